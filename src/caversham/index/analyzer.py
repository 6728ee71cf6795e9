"""How a text, and a word of a query, become the terms that the index compares.

The index reads one stream a field, in which each word takes two places: at 2n its term, folded; at 2n + 1 its
root, marked with a tilde. Exact phrases compare even places, plain words both, and all stand at known distances
from one another. The root of a word is its stem (the term itself where it has none). Scripts without spaces
between words are read in overlapping pairs of characters, each at the place of its first one; there the root
is that first character, and the last character of a run, which begins no pair, has a word of its own. So every
character is found by itself, wherever it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from caversham.languages import LANGUAGES
from caversham.languages.scripts import LETTERS, UNSPACED
from caversham.languages.terms import LONGEST, Term, find_written, forms_in, is_plain, terms
from caversham.types import Words

ALL_LANGUAGES = tuple(sorted({*LANGUAGES, "und"}))  # in which a word of a query is read, unless lang: names one
_REMEMBERED = 1 << 16  # words a language, as in languages/terms.py
ROOT = "~"  # never part of a term: terms are letters, digits and marks, without white space, never empty

_UNSPACED = re.compile(f"[{''.join(LETTERS[code] for code in sorted(UNSPACED))}]")


class Places(NamedTuple):
    """A text as the index reads it."""

    terms: list[str]  # two a word: term and root
    bounds: list[tuple[int, int]]  # one a word: where it stands, in code points


class Slot(NamedTuple):
    """A term at a place of the stream, counted from the first word of its pattern."""

    place: int
    term: str
    is_prefix: bool = False


Pattern = tuple[Slot, ...]  # all must stand at their places


def is_unspaced(text: str) -> bool:
    """Whether a text begins in a script that writes words without spaces between."""
    return bool(_UNSPACED.match(text))


def read_places(text: str, language: str) -> Places:
    """Read a text: at 2n and 2n + 1 the term and the root of the word at position n.

    Snippets read every hit of a page by this loop; it makes no object for a word.
    """
    forms = forms_in(language)
    places: list[str] = []
    bounds: list[tuple[int, int]] = []
    for match in find_written(text):
        if match.lastgroup == "run":
            _read_run(match[0], match.start(), places, bounds)
        elif (form := forms(match[0][:LONGEST]))[0]:
            places += (form[0], ROOT + form[1])
            bounds.append(match.span())
    return Places(places, bounds)


def stream(text: str, language: str) -> str:
    """Write a text as the index reads it, places separated by spaces.

    It goes word by word through what is remembered of each word, and writes runs without spaces as they stand: a
    fifth of the time of `read_places`, whose answer it is.
    """
    write = _written_in(language)
    written = [
        _write_run(match[0]) if match.lastgroup == "run" else write(match[0][:LONGEST]) for match in find_written(text)
    ]
    return " ".join(filter(None, written))


def patterns(words: Words, languages: Iterable[str]) -> tuple[Pattern, ...]:
    """List the patterns of which one must stand in a text for these words to match it, without repetition.

    A phrase matches by its terms alone; other words also by their roots in any of the languages. Empty if
    there is nothing in the words that a text could hold.
    """
    text = unicodedata.normalize("NFC", words.text)
    readings = dict.fromkeys(_read(text, language) for language in languages)
    found = (pattern for reading in readings if reading for pattern in _reading_patterns(reading, words))
    return tuple(dict.fromkeys(found))


def width(pattern: Pattern) -> int:
    """Count the words that a pattern spans; in scripts without spaces, the characters."""
    return pattern[-1].place // 2 + 1 + _is_pair(pattern[-1].term)


@cache
def _written_in(language: str) -> Callable[[str], str]:
    forms = forms_in(language)

    @lru_cache(maxsize=_REMEMBERED)
    def write(word: str) -> str:
        term, stem = forms(word)
        return f"{term} {ROOT}{stem}" if term else ""

    return write


def _write_run(run: str) -> str:
    """A run without spaces: its pairs, each with its first character, and the last character by itself."""
    places: list[str] = []
    _read_run(run, 0, places, [])
    return " ".join(places)


def _read_run(run: str, offset: int, places: list[str], bounds: list[tuple[int, int]]) -> None:
    """Add a run without spaces; its last character, which begins no pair, has a word of its own."""
    if is_plain(run):
        _read_plain_run(run, offset, places, bounds)
        return
    last = None
    for last in terms(run, "und"):
        places += (last.text, ROOT + last.text[0])
        bounds.append((offset + last.start, offset + last.end))
    if last and _is_pair(last.text):
        places += (last.text[1:], ROOT + last.text[1:])
        bounds.append((offset + last.end - 1, offset + last.end))


def _read_plain_run(run: str, offset: int, places: list[str], bounds: list[tuple[int, int]]) -> None:
    for one, two in pairwise(run):
        places += (one + two, ROOT + one)
    places += (run[-1], ROOT + run[-1])
    end = offset + len(run)
    bounds += [(at, at + 2) for at in range(offset, end - 1)]
    bounds.append((end - 1, end))


def _is_pair(term: str) -> bool:
    return len(term) > 1 and is_unspaced(term)


def _root(term: Term) -> str:
    return ROOT + (term.text[0] if is_unspaced(term.text) else term.stem)


def _reading_patterns(reading: tuple[Term, ...], words: Words) -> Iterator[Pattern]:
    exact = tuple(_exact_slot(term) for term in reading)
    if words.is_prefix and not is_unspaced(reading[-1].text):
        exact = (*exact[:-1], exact[-1]._replace(is_prefix=True))
    yield exact
    if not words.is_phrase and not words.is_prefix:
        yield tuple(_root_slot(term) for term in reading)


def _exact_slot(term: Term) -> Slot:
    """Name the place of a term. One character by itself stands in texts as a root, since they hold it in pairs."""
    if is_unspaced(term.text) and not _is_pair(term.text):
        return Slot(2 * term.position + 1, _root(term))
    return Slot(2 * term.position, term.text)


def _root_slot(term: Term) -> Slot:
    """Name the place of a root; a pair keeps its own, because its root says less."""
    return _exact_slot(term) if is_unspaced(term.text) else Slot(2 * term.position + 1, _root(term))


@lru_cache(maxsize=4096)
def _read(text: str, language: str) -> tuple[Term, ...]:
    """Read the terms of a query's words; those that differ by nothing that matters are equal."""
    return tuple(term._replace(start=0, end=0) for term in terms(text, language))
