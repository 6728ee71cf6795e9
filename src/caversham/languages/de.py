"""German. ß folds to ss and umlauts to their vowels; ae, oe, ue stay: `folding` says why."""

from caversham.languages.folding import fold_latin
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="de",
    names={"en": "German", "de": "Deutsch"},
    scripts=frozenset({"Latn"}),
    has_spaces=True,
    months=month_table(
        (
            "Januar, Jänner, Jan, Jän",
            "Februar, Feber, Feb, Febr",
            "März, Maerz, Mär, Mrz",
            "April, Apr",
            "Mai",
            "Juni, Jun",
            "Juli, Jul",
            "August, Aug",
            "September, Sep, Sept",
            "Oktober, Okt",
            "November, Nov",
            "Dezember, Dez",
        )
    ),
    day_first=True,
    fold=fold_latin,
    stopwords=folded_words(
        "aber alle als also am an auch auf aus bei bis da damit dann das dass dem den der des die dies diese dieser "
        "durch ein eine einem einen einer eines er es fur gegen hat hatte ich ihr ihre im in ist ja kann kein mehr mit "
        "nach nicht noch nur ob oder ohne sein seine sich sie sind so uber um und uns unter vom von vor war was wenn "
        "werden wie wir wird wo zu zum zur"
    ),
    stemmer="german",
)
