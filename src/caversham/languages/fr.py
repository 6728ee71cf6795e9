"""French."""

from caversham.languages.folding import fold_latin
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="fr",
    names={"en": "French", "fr": "français"},
    scripts=frozenset({"Latn"}),
    has_spaces=True,
    months=month_table(
        (
            "janvier, janv, jan",
            "février, févr, fév",
            "mars, mar",
            "avril, avr",
            "mai",
            "juin",
            "juillet, juil, juill",
            "août, aoû",
            "septembre, sept, sep",
            "octobre, oct",
            "novembre, nov",
            "décembre, déc",
        )
    ),
    day_first=True,
    fold=fold_latin,
    stopwords=folded_words(
        "a ainsi apres au aussi aux avant avec c ce cela ces cet cette comme d dans de des donc du elle elles en "
        "entre est et ete etre eux il ils j je l la le les leur leurs lui m mais meme n ne nos notre nous on ont ou "
        "par pas plus pour qu que qui s sa sans se selon ses si son sont sous sur t tous tout un une vers vous y"
    ),
    stemmer="french",
)
