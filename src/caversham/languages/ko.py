"""Korean, northern and southern. Months are numbers, June and October have forms of their own."""

from caversham.languages.folding import fold_hangul
from caversham.languages.hangul import strip_particles
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="ko",
    names={"en": "Korean", "ko": "한국어"},
    scripts=frozenset({"Hang"}),
    has_spaces=True,
    months=month_table(
        ("일월", "이월", "삼월", "사월", "오월", "유월, 륙월", "칠월", "팔월", "구월", "시월", "십일월", "십이월")
    ),
    fold=fold_hangul,
    stopwords=folded_words(
        "것 그 그리고 그러나 대하여 대한 등 또 또한 또는 및 수 우리 이 있는 있다 위하여 위한 의하여 자기 저 하는 한"
    ),
    strip=strip_particles,
)
