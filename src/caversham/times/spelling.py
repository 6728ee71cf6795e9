"""One plain spelling for printed dates and the names of months in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_PLAIN = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−", "-"), "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "،": ",", "၊": ",", "؛": ";", "ı": "i"}
)
_FOREIGN_DIGIT = re.compile(r"[^\x00-\x7f\D]")
_DROPPED = frozenset({"Mn", "Mc", "Cf"})  # accents, vowel signs; direction marks, joiners


def fold_print(text: str) -> str:
    """A spelling without case, accents, invisible characters, wide forms or local digits.

    >>> fold_print("١٢ Février ２０２３")
    '12 fevrier 2023'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) not in _DROPPED)
    plain = unicodedata.normalize("NFC", bare).translate(_PLAIN)
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain)


def month_table(names: Iterable[str], *, first: int = 1) -> dict[str, int]:
    """Number the months, each given with all its spellings in one string, separated by commas.

    >>> month_table(["Januar, Jänner, Jan"])
    {'januar': 1, 'janner': 1, 'jan': 1}
    """
    return {
        fold_print(name.strip()): number
        for number, spellings in enumerate(names, first)
        for name in spellings.split(",")
    }
