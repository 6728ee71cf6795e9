"""Folding: the one spelling under which the index keeps a word, and a query looks for it.

The script of a word decides, not the language of its text: a query of three words has no language that one
could be sure of, and must be folded as the text was. So ñ folds to n in every language, and ü to u: whoever
types "espana" or "Muller" finds España and Müller. The German ae, oe, ue are not taken for umlauts (neue,
Israel); the stemmer may do so. Each function leaves a folded word as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from caversham.languages import hangul
from caversham.languages.scripts import JOINERS, LETTERS, MARKS

_INVISIBLE = re.compile(f"[{JOINERS}]+")
_ACCENTS = re.compile(f"[{JOINERS}{MARKS}]+")
_STRESS = re.compile(f"[{JOINERS}\u0300\u0301]+")

# Letters that Unicode does not take apart.
_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "þ": "th", "ŋ": "n"}
)
_CYRILLIC = str.maketrans({"ё": "е"})
# Alef with hamza, madda or wasla; alef maksura and Persian yeh; Persian and Urdu forms of kaf and heh; teh marbuta.
_ARABIC = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىیے", "ي"),
        **dict.fromkeys("کڪ", "ك"),
        **dict.fromkeys("ةۀہھەۂۃ", "ه"),
    }
)


def fold_latin(word: str) -> str:
    """Without case, accents and ligatures; also for scripts that have no function of their own.

    Only accents go: the vowel signs of Indian scripts are letters.

    >>> fold_latin("Straße"), fold_latin("Señor"), fold_latin("Œuvre")
    ('strasse', 'senor', 'oeuvre')
    """
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", letters).translate(_LATIN))


def fold_cyrillic(word: str) -> str:
    """Without case and stress; ё is е, й stays.

    >>> fold_cyrillic("Королёв")
    'королев'
    """
    letters = unicodedata.normalize("NFKC", word).casefold()
    bare = _STRESS.sub("", unicodedata.normalize("NFD", letters))
    return unicodedata.normalize("NFC", bare).translate(_CYRILLIC)


def fold_arabic(word: str) -> str:
    """Without vowel signs, tatweel and joiners; one form of alef, yeh, kaf and heh.

    Arabic and Persian keyboards write these with different letters, so both fold to one.

    >>> fold_arabic("إيران") == fold_arabic("ایران")
    True
    """
    letters = unicodedata.normalize("NFKC", word)
    return _ACCENTS.sub("", letters).translate(_ARABIC)


def fold_hangul(word: str) -> str:
    """Whole syllables, in the spelling that North and South share.

    >>> fold_hangul("로씨야"), fold_hangul("녀성")
    ('러시아', '여성')
    """
    letters = unicodedata.normalize("NFKC", word)
    return hangul.fold_spelling(_INVISIBLE.sub("", letters))


def fold_han(run: str) -> str:
    """Full forms of letters of any width. Traditional and simplified forms stay apart."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", run))


FOLDS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "Latn": fold_latin,
        "Cyrl": fold_cyrillic,
        "Arab": fold_arabic,
        "Hang": fold_hangul,
        "Hani": fold_han,
        "Kana": fold_han,
    }
)
_KNOWN = "".join(LETTERS[code] for code in FOLDS)
_RUN = re.compile(
    "|".join(f"(?P<{code}>[{LETTERS[code]}{MARKS}{JOINERS}]+)" for code in FOLDS)
    + rf"|(?P<Zzzz>(?:(?![{_KNOWN}])[^\W\d_])+)"
)


def fold_text(text: str) -> str:
    """Every run of letters folded by its script; all else stays."""
    return _RUN.sub(lambda run: FOLDS.get(run.lastgroup or "", fold_latin)(run[0]), text)
