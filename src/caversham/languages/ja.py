"""Japanese. Text has no spaces: the index keeps pairs of characters. Months are numbers."""

from caversham.languages.folding import fold_han
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="ja",
    names={"en": "Japanese", "ja": "日本語"},
    scripts=frozenset({"Hani", "Kana"}),
    has_spaces=False,
    months=month_table(
        ("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月")
    ),
    fold=fold_han,
    stopwords=folded_words(
        "の に は を た が で て と し れ さ ある いる も する から な こと として い や など なっ ない この ため その"
    ),
)
