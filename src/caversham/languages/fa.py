"""Persian. Dates are of the Solar Hijri calendar, in Afghanistan with the names of the zodiac, or Gregorian."""

import re

from caversham.languages.folding import fold_arabic
from caversham.languages.language import Language, folded_words
from caversham.times import DAY_WORD, SOLAR_HIJRI, month_table

# Plural, possessive and superlative endings and the -i of adjectives, in folded letters; three letters must stay.
_ENDING = re.compile(r"(?<=\w{3})(?:ها(?:ي(?:شان|مان|تان|ش|م|ت|ي)?)?|ترين|ي)$")


def strip_endings(word: str) -> str:
    """The folded word without its endings, as often as one can be taken off.

    >>> strip_endings("كشورهاي")
    'كشور'
    """
    while (shorter := _ENDING.sub("", word)) != word:
        word = shorter
    return word


# Days of the month as ceremonious dates have them, with the spellings of "thirtieth".
_DAYS = (
    *("یکم, اول", "دوم", "سوم", "چهارم", "پنجم", "ششم", "هفتم", "هشتم", "نهم", "دهم"),
    *("یازدهم", "دوازدهم", "سیزدهم", "چهاردهم", "پانزدهم", "شانزدهم", "هفدهم", "هجدهم, هیجدهم", "نوزدهم", "بیستم"),
    *("بیست و یکم", "بیست و دوم", "بیست و سوم", "بیست و چهارم", "بیست و پنجم", "بیست و ششم", "بیست و هفتم"),
    *("بیست و هشتم", "بیست و نهم", "سی ام, سی‌ام", "سی و یکم"),
)

LANGUAGE = Language(
    code="fa",
    names={"en": "Persian", "fa": "فارسی"},
    scripts=frozenset({"Arab"}),
    has_spaces=True,
    months=month_table(
        (
            "ژانویه, جنوری",
            "فوریه, فبروری",
            "مارس, مارچ",
            "آوریل, اپریل",
            "مه, مهٔ, می",
            "ژوئن, جون",
            "ژوئیه, جولای",
            "اوت, آگوست, اگست",
            "سپتامبر, سپتمبر",
            "اکتبر, اکتوبر",
            "نوامبر, نومبر",
            "دسامبر, دسمبر",
        )
    )
    | month_table(
        (
            "فروردین, حمل",
            "اردیبهشت, ثور",
            "خرداد, جوزا",
            "تیر, سرطان",
            "مرداد, امرداد, اسد",
            "شهریور, سنبله",
            "مهر, میزان",
            "آبان, عقرب",
            "آذر, قوس",
            "دی, جدی",
            "بهمن, دلو",
            "اسفند, اسپند, حوت",
        ),
        first=SOLAR_HIJRI + 1,
    )
    | month_table(_DAYS, first=DAY_WORD + 1),
    fold=fold_arabic,
    stopwords=folded_words(
        "آن آنها از است اگر اما او این با باید بر برای بود به بین پس پیش تا تر خود در دو دیگر را شد شده شود کرد کرده "
        "کند که ما مورد می نمی نیز نیست هر هم همه و ولی وی هستند یا یک"
    ),
    strip=strip_endings,
)
