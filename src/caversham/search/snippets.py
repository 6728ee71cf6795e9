"""The piece of a text that shows best why a search found it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from caversham.search.matches import Match, ReadText
from caversham.types import Near, Span, Words

WIDTH = 240  # code points; two to three lines on a screen
LEAD = 60  # of them before the first match, at most
LONGEST = 4 * WIDTH  # where one word or phrase is that long
PIECE = 4_000  # code points that are read at once, up to the end of a line
AHEAD = 12_000  # code points after the first match in which a better place is looked for
SCAN_LIMIT = 400_000  # code points of a text that are searched at all
CUT = "…"

_GAP = re.compile(r"\s")
_MOST_MARKS = 4
_LONGEST_WORD = 200  # code points; what is longer may be cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of text, and what matched in it. White space is plain spaces; an ellipsis marks each end that was cut."""

    text: str
    spans: tuple[Span, ...]  # in the snippet, without overlap, in order


@dataclass(frozen=True, slots=True)
class _Find:
    """Neighbouring matches that fit into one snippet, in the text as it was read, and where that begins in the whole."""

    offset: int
    read: ReadText
    matches: Sequence[Match]

    @property
    def value(self) -> tuple[int, int]:
        """How much it says: different leaves, then matches."""
        return len({match.wanted for match in self.matches}), len(self.matches)


def make_snippet(text: str, language: str, leaves: Sequence[Words | Near]) -> Snippet:
    """The piece in which the most different leaves match, then the most matches; the first of equals.

    It cuts no word and no character from its marks, and has about WIDTH code points. Without a match it is the
    start of the text. Of a long text no more is read than is needed to find a good place.
    """
    found = find_match(text, language, leaves)
    if found is None:
        found = _Find(0, ReadText(text[: 2 * WIDTH], language), ())
    first, last = _frame(text, found)
    return _cut(text, first, last, found)


def shorten(snippet: Snippet, limit: int) -> Snippet:
    """At most `limit` code points of a snippet, from its first match on; words at its ends are left out rather than cut.

    >>> shorten(Snippet(text="one two three", spans=(Span(start=4, end=7, text="two"),)), 6).text
    '…two …'
    """
    if len(snippet.text) <= limit:
        return snippet
    first = snippet.spans[0].start if snippet.spans else 0
    start = min(first, len(snippet.text) - limit)
    if start and not snippet.text[start - 1].isspace():
        start = snippet.text.find(" ", start, first) + 1 or start
    end = start + limit
    if end < len(snippet.text):
        end = snippet.text.rfind(" ", start, end) + 1 or end
    before, after = CUT if start else "", CUT if end < len(snippet.text) else ""
    inside = [span for span in snippet.spans if start <= span.start and span.end <= end]
    offset = len(before) - start
    spans = tuple(Span(start=span.start + offset, end=span.end + offset, text=span.text) for span in inside)
    return Snippet(text=f"{before}{snippet.text[start:end]}{after}", spans=spans)


def find_match(text: str, language: str, leaves: Sequence[Words | Near]) -> _Find | None:
    """Where in the text the leaves match best; None if they do not match."""
    if not leaves:
        return None
    best: _Find | None = None
    for start, end in _pieces(text):
        if best and start > best.offset + best.matches[0].start + AHEAD:
            break
        found = _densest_in(text[start:end], start, language, leaves)
        if found.matches and (best is None or found.value > best.value):
            best = found
        if best and best.value[0] == len(leaves):
            break
    if best:
        return best
    if len(text) <= PIECE:
        return None
    whole = _densest_in(text[:SCAN_LIMIT], 0, language, leaves)  # what matches from one line to the next
    return whole if whole.matches else None


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the pieces in which a text is read: whole lines if they are not too long, else whole words."""
    start = 0
    while start < min(len(text), SCAN_LIMIT):
        line_end = text.find("\n", start + PIECE, start + 2 * PIECE)
        gap = _GAP.search(text, start + PIECE, start + PIECE + _LONGEST_WORD)
        end = line_end + 1 or (gap.end() if gap else start + PIECE)
        yield start, min(end, len(text))
        start = end


def _densest_in(text: str, offset: int, language: str, leaves: Sequence[Words | Near]) -> _Find:
    read = ReadText(text, language)
    return _Find(offset, read, _densest(read.matches(leaves)))


def _densest(matches: Sequence[Match]) -> Sequence[Match]:
    """The neighbouring matches that fit into a snippet and say most."""
    best: Sequence[Match] = ()
    best_value = (0, 0)
    last = 0
    counts: dict[int, int] = {}
    for first, match in enumerate(matches):
        while last < len(matches) and (matches[last].end - match.start <= WIDTH or last == first):
            counts[matches[last].wanted] = counts.get(matches[last].wanted, 0) + 1
            last += 1
        value = (sum(1 for count in counts.values() if count), last - first)
        if value > best_value:
            best, best_value = matches[first:last], value
        counts[match.wanted] -= 1
    return best


def _frame(text: str, found: _Find) -> tuple[int, int]:
    """Where to cut the text: at ends of words, with some room on both sides of the matches."""
    first = found.offset + found.matches[0].start if found.matches else 0
    last = max((found.offset + match.end for match in found.matches), default=0)
    room = max(WIDTH - (last - first), 0)
    earliest = max(min(first - min(LEAD, room // 2), len(text) - WIDTH), 0)
    latest = max(earliest + WIDTH, last)
    starts = (start + found.offset for start, _ in found.read.bounds)
    ends = (end + found.offset for _, end in reversed(found.read.bounds))
    start = 0 if earliest == 0 else next((start for start in starts if start >= earliest), first)
    end = len(text) if latest >= len(text) else next((end for end in ends if end <= latest), last)
    return _widen(text, min(start, first), max(end, last))


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in what belongs to the words at both ends: accents, brackets, quotation marks, a full stop."""
    for _ in range(_MOST_MARKS):
        if start and unicodedata.category(text[start - 1]) in ("Ps", "Pi"):
            start -= 1
        if end < len(text) and (_is_mark(text[end]) or unicodedata.category(text[end]) in ("Pe", "Pf", "Po")):
            end += 1
    return start, min(end, start + LONGEST)


def _is_mark(character: str) -> bool:
    """Whether the character belongs to the one before it: accents, joiners, variation selectors."""
    return unicodedata.category(character) in ("Mn", "Mc", "Me") or character in "\u200c\u200d"


def _cut(text: str, start: int, end: int, found: _Find) -> Snippet:
    piece = _GAP.sub(" ", text[start:end])
    before = CUT if text[:start].strip() else ""
    after = CUT if text[end:].strip() else ""
    offset = len(before) - start
    result = before + piece + after
    places = ((match.start + found.offset, min(match.end + found.offset, end)) for match in found.matches)
    inside = [(first + offset, last + offset) for first, last in places if first < last]
    spans = tuple(Span(start=first, end=last, text=result[first:last]) for first, last in _merge(inside))
    return Snippet(text=result, spans=spans)


def _merge(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places without overlap; neighbours that touch become one."""
    merged: list[tuple[int, int]] = []
    for start, end in places:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
