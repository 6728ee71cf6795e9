"""Chinese. Text has no spaces: the index keeps pairs of characters."""

from caversham.languages.folding import fold_han
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="zh",
    names={"en": "Chinese", "zh": "中文"},
    scripts=frozenset({"Hani"}),
    has_spaces=False,
    months=month_table(
        ("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月")
    ),
    fold=fold_han,
    stopwords=folded_words("的 了 和 是 在 有 与 及 对 为 就 也 都 而 并 将 等 这 那 其 之 于 以 上 中 下"),
)
