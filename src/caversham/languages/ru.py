"""Russian."""

from caversham.languages.folding import fold_cyrillic
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="ru",
    names={"en": "Russian", "ru": "русский"},
    scripts=frozenset({"Cyrl"}),
    has_spaces=True,
    months=month_table(
        (
            "января, январь, январе, янв",
            "февраля, февраль, феврале, фев, февр",
            "марта, март, марте, мар",
            "апреля, апрель, апреле, апр",
            "мая, май, мае",
            "июня, июнь, июне, июн",
            "июля, июль, июле, июл",
            "августа, август, августе, авг",
            "сентября, сентябрь, сентябре, сен, сент",
            "октября, октябрь, октябре, окт",
            "ноября, ноябрь, ноябре, ноя, нояб",
            "декабря, декабрь, декабре, дек",
        )
    ),
    day_first=True,
    fold=fold_cyrillic,
    stopwords=folded_words(
        "а без более бы был была были было в вам вас весь во вот все всех вы где да для до его ее если есть еще же за "
        "и из или им их к как ко когда который которые кто ли мы на над не него нее нет ни них но о об он она они оно "
        "от по под при с со так также там то того тоже только у уже что чтобы это этого этой этот я"
    ),
    stemmer="russian",
)
