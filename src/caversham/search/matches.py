"""Where a query matches in one text: the same terms and patterns as in the index, so that both agree."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from caversham.index.analyzer import ALL_LANGUAGES, ROOT, Pattern, Slot, is_unspaced, patterns, read_places, width
from caversham.types import And, Near, Node, Or, Words


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """A place in the text, and which of the wanted words stands there."""

    start: int
    end: int
    wanted: int  # number of the Words or Near in `wanted_words`


@dataclass(frozen=True, slots=True, order=True)
class _Run:
    """Words number `first` to `last`, exclusive, of a text."""

    first: int
    last: int
    pattern: Pattern


def wanted_words(node: Node | None) -> tuple[Words | Near, ...]:
    """What a query looks for in texts, in its order; what it excludes is not among them."""
    match node:
        case Words() | Near():
            return (node,)
        case And(parts=parts) | Or(parts=parts):
            return tuple(leaf for part in parts for leaf in wanted_words(part))
    return ()


def field_of(leaf: Words | Near) -> str:
    """text, title or past."""
    return leaf.left.field if isinstance(leaf, Near) else leaf.field


class ReadText:
    """One text as the index reads it, with the places of its terms."""

    def __init__(self, text: str, language: str) -> None:
        self._places, self.bounds = read_places(text, language)
        self._found: dict[str, list[int]] = {}
        for number, place in enumerate(self._places):
            self._found.setdefault(place, []).append(number)

    def matches(self, leaves: Iterable[Words | Near]) -> list[Match]:
        """All matches of these leaves, in text order."""
        found: set[Match] = set()
        for number, leaf in enumerate(leaves):
            runs = self._near(leaf) if isinstance(leaf, Near) else self._runs(leaf)
            found.update(Match(*self._bounds(run), number) for run in runs)
        return sorted(found)

    def _near(self, near: Near) -> Iterator[_Run]:
        """Runs of both sides that have a partner within the distance."""
        lefts, rights = sorted(self._runs(near.left)), sorted(self._runs(near.right))
        yield from _partnered(lefts, rights, near.distance)
        yield from _partnered(rights, lefts, near.distance)

    def _runs(self, words: Words) -> Iterator[_Run]:
        for pattern in patterns(words, ALL_LANGUAGES):
            for base in self._bases(pattern[0]):
                if all(self._has(base, slot) for slot in pattern[1:]):
                    yield _Run(base // 2, base // 2 + width(pattern), pattern)

    def _bases(self, slot: Slot) -> Iterator[int]:
        """Places of the stream from which the slot's place is counted."""
        if slot.is_prefix:
            numbers: Iterable[int] = (
                n for n in range(0, len(self._places), 2) if self._places[n].startswith(slot.term)
            )
        else:
            numbers = self._found.get(slot.term, ())
        return (number - slot.place for number in numbers)

    def _has(self, base: int, slot: Slot) -> bool:
        number = base + slot.place
        if number >= len(self._places):
            return False
        place = self._places[number]
        return place.startswith(slot.term) if slot.is_prefix else place == slot.term

    def _bounds(self, run: _Run) -> tuple[int, int]:
        """Start and end in the text; where one character was asked for, only that of its pair."""
        last = run.pattern[-1]
        last_start, last_end = self.bounds[run.first + last.place // 2]
        is_character = last.place % 2 and is_unspaced(last.term.removeprefix(ROOT))
        return self.bounds[run.first][0], last_start + 1 if is_character else last_end


def _partnered(runs: Sequence[_Run], partners: Sequence[_Run], distance: int) -> Iterator[_Run]:
    """The runs that have a partner at most `distance` words before or after."""
    firsts = sorted(partner.first for partner in partners)
    lasts = sorted(partner.last for partner in partners)
    for run in runs:
        is_after = bisect_left(firsts, run.last) < bisect_right(firsts, run.last + distance)
        is_before = bisect_left(lasts, run.first - distance) < bisect_right(lasts, run.first)
        if is_after or is_before:
            yield run
