"""Spanish. The ñ folds to n, as all accents do: `folding` says why."""

from caversham.languages.folding import fold_latin
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="es",
    names={"en": "Spanish", "es": "español"},
    scripts=frozenset({"Latn"}),
    has_spaces=True,
    months=month_table(
        (
            "enero, ene",
            "febrero, feb",
            "marzo, mar",
            "abril, abr",
            "mayo, may",
            "junio, jun",
            "julio, jul",
            "agosto, ago",
            "septiembre, setiembre, sept, sep, set",
            "octubre, oct",
            "noviembre, nov",
            "diciembre, dic",
        )
    ),
    day_first=True,
    fold=fold_latin,
    stopwords=folded_words(
        "a al algo antes como con contra cual cuando de del desde donde dos e el ella ellos en entre era es esa ese "
        "esta estas este estos fue ha han hasta hay la las le les lo los mas me mi muy no nos o otra otro para pero "
        "por porque que quien se ser si sin sobre son su sus tambien te tiene todo todos un una uno y ya"
    ),
    stemmer="spanish",
)
