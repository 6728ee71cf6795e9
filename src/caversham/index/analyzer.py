"""How a text, and a word of a query, become the terms that the index compares.

The index reads one stream a field, in which each term takes two places: at 2n the term itself, folded; at
2n + 1 its root, marked with a tilde. Exact phrases compare even places, plain words both, and both stand at
known distances from one another. The root of a word is its stem (the word itself where its language has
none). The root of a pair of Han or Kana characters is the second character, so that one character is found
wherever it stands: as a root, or as the first of a pair.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from caversham.languages import LANGUAGES
from caversham.languages.terms import Term, terms
from caversham.types import Words

ALL_LANGUAGES = frozenset({*LANGUAGES, "und"})  # in which a word of a query is read, unless lang: names one
ROOT = "~"  # never part of a term: terms are letters, digits and marks
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3031-\u3035\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A term at a place of the stream, relative to the first word of its pattern."""

    place: int
    term: str
    is_prefix: bool = False


Pattern = tuple[Slot, ...]  # all must stand at their places


def is_unspaced(character: str) -> bool:
    """Whether the character is of a script that writes words without spaces between (Han, Kana).

    Source: the block names of Unicode 15.1, Blocks.txt.
    """
    return bool(_UNSPACED.match(character))


def root(term: Term) -> str:
    """What stands at the odd place of a term."""
    if _UNSPACED.match(term.text[-1]):
        return ROOT + term.text[-1]
    return ROOT + (term.stem or term.text)


def stream(text: str, language: str) -> str:
    """The text as the index reads it, places separated by spaces."""
    return " ".join(place for term in terms(text, language) for place in (term.text, root(term)))


def patterns(words: Words, languages: Iterable[str]) -> tuple[Pattern, ...]:
    """Every pattern of which one must stand in a text for these words to match it, without repetition.

    A phrase matches by its terms alone; other words also by their stems in any of the languages. Empty if
    there is nothing in the words that a text could hold.
    """
    text = unicodedata.normalize("NFC", words.text)
    readings = dict.fromkeys(_read(text, language) for language in languages)
    found = (pattern for reading in readings if reading for pattern in _reading_patterns(reading, words))
    return tuple(dict.fromkeys(found))


def width(pattern: Pattern) -> int:
    """How many words a pattern spans."""
    return pattern[-1].place // 2 + 1


def _reading_patterns(reading: tuple[Term, ...], words: Words) -> Iterator[Pattern]:
    exact = tuple(Slot(2 * place, term.text) for place, term in enumerate(reading))
    last = reading[-1].text
    if _is_lone(last) or (words.is_prefix and not is_unspaced(last[-1])):
        exact = (*exact[:-1], Slot(exact[-1].place, last, is_prefix=True))
    yield exact
    if _is_lone(reading[0].text):
        yield (Slot(1, ROOT + reading[0].text), *exact[1:])
    if not words.is_phrase and not words.is_prefix:
        yield tuple(_root_slot(slot, term) for slot, term in zip(exact, reading, strict=True))


def _root_slot(slot: Slot, term: Term) -> Slot:
    """The root in place of the term, except for Han and Kana, whose roots say less than they do."""
    return slot if is_unspaced(term.text[-1]) else Slot(slot.place + 1, root(term))


def _is_lone(text: str) -> bool:
    """Whether this is one character that texts hold in pairs."""
    return len(text) == 1 and is_unspaced(text)


@lru_cache(maxsize=4096)
def _read(text: str, language: str) -> tuple[Term, ...]:
    return tuple(Term(text=term.text, stem=term.stem, start=0, end=0, position=0) for term in terms(text, language))
