"""Arabic. Months have western names in Egypt and the Gulf, Syriac ones in the Levant, French ones in the Maghreb."""

from caversham.languages.folding import fold_arabic
from caversham.languages.language import Language, folded_words
from caversham.times import month_table

LANGUAGE = Language(
    code="ar",
    names={"en": "Arabic", "ar": "العربية"},
    scripts=frozenset({"Arab"}),
    has_spaces=True,
    months=month_table(
        (
            "يناير, كانون الثاني, جانفي",
            "فبراير, شباط, فيفري",
            "مارس, آذار",
            "أبريل, إبريل, نيسان, أفريل",
            "مايو, أيار, ماي",
            "يونيو, يونيه, حزيران, جوان",
            "يوليو, يوليه, تموز, جويلية",
            "أغسطس, آب, أوت",
            "سبتمبر, أيلول",
            "أكتوبر, تشرين الأول",
            "نوفمبر, تشرين الثاني",
            "ديسمبر, كانون الأول",
        )
    ),
    day_first=True,
    fold=fold_arabic,
    stopwords=folded_words(
        "أن أو أي إلى إن إذا التي الذي الذين ألا أما أنه أنها بعد بين تلك تم ثم حتى حول حيث خلال ذلك على عن عند غير "
        "في قد كان كانت كل كما لا لم لن له لها ليس ما مع من منذ نحو هذا هذه هناك هو هي هم و وفي وقد وكان ولا يكون"
    ),
    stemmer="arabic",
)
