"""Scripts: which letters belong to which, as classes for regular expressions.

Codes are those of ISO 15924. Source of the ranges: Unicode 15.1, Scripts.txt and Blocks.txt, cut down to
what is a letter in running text.
"""

from __future__ import annotations

import re
from types import MappingProxyType

# Inside of a character class. Letters only: what may follow them inside a word is in JOINERS and MARKS.
LETTERS = MappingProxyType(
    {
        "Latn": r"A-Za-zªºÀ-ÖØ-öø-ʸ\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f\ua722-\ua787\ua78b-\ua7ff"
        r"\uab30-\uab64\ufb00-\ufb06Ａ-Ｚａ-ｚ",
        "Cyrl": r"\u0400-\u0481\u048a-\u052f\u1c80-\u1c8a\ua640-\ua66e\ua680-\ua69b",
        "Arab": r"\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff"
        r"\u0750-\u077f\u08a0-\u08c9\ufb50-\ufbb1\ufbd3-\ufc5d\ufc64-\ufcf1\ufcf5-\ufd3d\ufd50-\ufdc7\ufdf0-\ufdfb\ufe80-\ufefc",
        "Hang": r"\u1100-\u11ff\u3131-\u3163\u3165-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb\uffa1-\uffdc",
        "Hani": r"\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
        r"\U00020000-\U000323af",
        "Kana": r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d\U0001b000-\U0001b16f",
        "Thai": r"\u0e01-\u0e3a\u0e40-\u0e4e",
        "Laoo": r"\u0e81-\u0ec6\u0ec8-\u0ece\u0edc-\u0edf",
        "Mymr": r"\u1000-\u103f\u1050-\u108f\u109a-\u109f",
        "Khmr": r"\u1780-\u17d3\u17d7\u17dc\u17dd",
        "Tibt": r"\u0f00\u0f40-\u0fbc",
        "Grek": r"\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fbc\u1fc2-\u1fcc"
        r"\u1fd0-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ffc",
        "Hebr": r"\u05d0-\u05f2\ufb1d-\ufb4f",
        "Armn": r"\u0531-\u0556\u0560-\u0588\ufb13-\ufb17",
        "Geor": r"\u10a0-\u10fa\u10fc-\u10ff\u1c90-\u1cbf\u2d00-\u2d2d",
        "Ethi": r"\u1200-\u135a\u1380-\u138f\u2d80-\u2dde",
        "Deva": r"\u0900-\u0963\u0971-\u097f",
        "Beng": r"\u0980-\u09e3\u09f0\u09f1",
        "Guru": r"\u0a00-\u0a5f\u0a70-\u0a75",
        "Gujr": r"\u0a80-\u0ae3",
        "Orya": r"\u0b00-\u0b63\u0b71",
        "Taml": r"\u0b80-\u0be5",
        "Telu": r"\u0c00-\u0c63",
        "Knda": r"\u0c80-\u0ce3",
        "Mlym": r"\u0d00-\u0d63\u0d7a-\u0d7f",
        "Sinh": r"\u0d80-\u0ddf\u0df2\u0df3",
        "Mong": r"\u1820-\u1878",
    }
)

# Written without spaces between words.
UNSPACED = frozenset({"Hani", "Kana", "Thai", "Laoo", "Mymr", "Khmr", "Tibt"})

# Invisible inside a word: soft hyphen, zero-width joiners, direction marks, variation selectors, tatweel.
JOINERS = r"\u00ad\u200c-\u200f\u2060\ufe00-\ufe0f\ufeff\u0640"
# Accents and vowel signs that stand beside letters (Mn), and the letter-like signs of transliteration (ʾ ʿ).
MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff\u02b9-\u02bb\u02bd-\u02bf\u3099\u309a\uff9e\uff9f"
)

_SCRIPT = re.compile("|".join(f"(?P<{code}>[{letters}])" for code, letters in LETTERS.items()))


def script_of(letter: str) -> str:
    """The script of a letter; "Zzzz" for one that we have no class for.

    >>> script_of("я"), script_of("역"), script_of("?")
    ('Cyrl', 'Hang', 'Zzzz')
    """
    match = _SCRIPT.match(letter)
    return (match and match.lastgroup) or "Zzzz"
