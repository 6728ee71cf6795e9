"""Terms: what the index holds of a text, and what a query asks for. One analyzer for both.

* Words of scripts with spaces: one term each, folded, and its stem on the same position. Apostrophes,
  hyphens, and the border of letters and figures divide: l'accord, Kim's, Su-35 and Su35 are two terms each,
  so "Kim Jong Un" finds "Kim Jong Un's" and F16 finds F-16.
* Runs of Han, kana and other scripts without spaces: overlapping pairs, each at the position of its first
  character. A run takes as many positions as it has characters, so that pairs of two runs never stand side
  by side, and a phrase is found exactly where it is written. A run of one character is one term.
* Numbers: one term in ASCII digits, without separators of thousands, with a point before decimals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from caversham.languages import LANGUAGES, get_language
from caversham.languages.folding import FOLDS, fold_han, fold_latin
from caversham.languages.scripts import JOINERS, LETTERS, MARKS, UNSPACED, script_of
from caversham.languages.stems import stem_for

Forms = Callable[[str], tuple[str, str]]  # a word as written -> folded, stem

_REMEMBERED = 1 << 16  # words a language; measured on 6,000 news items of one outlet: 45,000 different words
LONGEST = 100  # code points of a word that count; longer ones are addresses, keys or noise


class Term(NamedTuple):
    """One word, number or pair of characters: `start` to `end` is where it stands, in code points."""

    text: str  # folded, without white space
    stem: str  # equal to `text` where there are no stems
    start: int
    end: int
    position: int  # terms that stand side by side are one apart


_RUN = "".join(letters for code, letters in LETTERS.items() if code in UNSPACED)
_KNOWN = "".join(LETTERS.values())
_INSIDE = MARKS + JOINERS
_THOUSANDS = r"(?![0٠۰])\d{1,3}(?P<separator>[.,٬'’\u00a0\u2009\u202f ])\d{3}(?:(?P=separator)\d{3})*(?!\d)"
_DECIMALS = r"[.,٫]\d+(?![.,:]?\d)"

_TOKEN = re.compile(
    "|".join(
        (
            *(f"[{letters}][{letters}{_INSIDE}]*" for code, letters in LETTERS.items() if code not in UNSPACED),
            f"(?P<run>[{_RUN}][{_RUN}{_INSIDE}]*)",
            rf"(?<!\d[.,]){_THOUSANDS}(?:{_DECIMALS})?(?![.,]?\d)",
            rf"(?<!\d[.,])\d+{_DECIMALS}|\d+",
            rf"(?![{_KNOWN}])[^\W\d_](?:(?![{_KNOWN}])[^\W\d_]|[{_INSIDE}])*",
        )
    )
)
_GROUPED = re.compile(_THOUSANDS)
_UNIT = re.compile(rf"[{_RUN}][{_INSIDE}]*")
_LOOSE = re.compile(f"[{_INSIDE}]")


def terms(text: str, language: str) -> Iterator[Term]:
    """The terms of an NFC text, in order.

    >>> [(term.text, term.stem, term.position) for term in terms("Kim's 1,500 visits", "en")]
    [('kim', 'kim', 0), ('s', 's', 1), ('1500', '1500', 2), ('visits', 'visit', 3)]
    >>> [(term.text, term.position) for term in terms("新华社、北京", "zh")]
    [('新华', 0), ('华社', 1), ('北京', 3)]
    """
    forms = forms_in(language)
    position = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "run":
            units = _units(match[0])
            yield from _pairs(units, match.start(), position)
            position += len(units)
        else:
            folded, stem = forms(match[0][:LONGEST])
            if folded:
                yield Term(folded, stem, match.start(), match.end(), position)
                position += 1


def find_written(text: str) -> Iterator[re.Match[str]]:
    """The words, numbers and runs without spaces of a text, as written, in order; `lastgroup` is "run" for a run.

    Of a word only LONGEST code points count.
    """
    return _TOKEN.finditer(text)


def is_plain(run: str) -> bool:
    """Whether each character of a run without spaces is a unit that folding leaves as it is."""
    return unicodedata.is_normalized("NFKC", run) and not _LOOSE.search(run)


def forms_in(language: str) -> Forms:
    """How a word of a text in this language is folded and stemmed; remembers what it has seen.

    A folded form that is empty is no term.
    """
    code = language if language in LANGUAGES else get_language(language).code
    return _remembering(code if code in LANGUAGES else "und")


@cache
def _remembering(code: str) -> Forms:
    """Fold and stem a word of a text in this language, or remember how it was."""

    @lru_cache(maxsize=_REMEMBERED)
    def forms(word: str) -> tuple[str, str]:
        if word[0].isdecimal():
            number = _fold_number(word)
            return number, number
        script = script_of(word[0])
        # Some ligatures fold to several words; a lone tatweel folds to none.
        folded = "".join(FOLDS.get(script, fold_latin)(word).split())
        stem = stem_for(code, script)
        return folded, stem(word, folded) if stem and folded else folded

    return forms


def _fold_number(written: str) -> str:
    """The number in ASCII digits.

    >>> _fold_number("1.500,75"), _fold_number("١٬٥٠٠"), _fold_number("12,5")
    ('1500.75', '1500', '12.5')
    """
    grouped = _GROUPED.match(written)
    whole = grouped.end() if grouped else _figures_end(written)
    digits = "".join(_ascii(figure) for figure in written[:whole] if figure.isdecimal())
    decimals = "".join(_ascii(figure) for figure in written[whole + 1 :])
    return f"{digits}.{decimals}" if decimals else digits


def _figures_end(written: str) -> int:
    return next((place for place, figure in enumerate(written) if not figure.isdecimal()), len(written))


def _ascii(figure: str) -> str:
    return str(unicodedata.decimal(figure))


def _units(run: str) -> list[tuple[str, int, int]]:
    """The characters of a run, folded, each with what belongs to it, and where in the run it stands."""
    if is_plain(run):
        return [(character, place, place + 1) for place, character in enumerate(run)]
    return [(fold_han(unit[0]), unit.start(), unit.end()) for unit in _UNIT.finditer(run)]


def _pairs(units: list[tuple[str, int, int]], offset: int, position: int) -> Iterator[Term]:
    if len(units) == 1:
        (character, start, end) = units[0]
        yield Term(character, character, offset + start, offset + end, position)
    for place, ((one, start, _), (two, _, end)) in enumerate(pairwise(units), position):
        yield Term(one + two, one + two, offset + start, offset + end, place)
