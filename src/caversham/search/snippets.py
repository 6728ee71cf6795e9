"""The piece of a text that shows best why a search found it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caversham.index.analyzer import Word
from caversham.search.matches import Match, ReadText
from caversham.types import Near, Span, Words

WIDTH = 240  # code points; two to three lines on a screen
LEAD = 60  # of them before the first match, at most
SCAN_LIMIT = 200_000  # code points of a text that are searched for matches; its start is shown where none is found
CUT = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of text, and what matched in it. White space is plain spaces; an ellipsis marks each end that was cut."""

    text: str
    spans: tuple[Span, ...]  # in the snippet, without overlap, in order


def make_snippet(text: str, language: str, leaves: Iterable[Words | Near]) -> Snippet:
    """The piece in which the most different leaves match, then the most matches; the first of equals.

    It cuts no word and no character from its marks, and has about WIDTH code points. Without a match it is the
    start of the text.
    """
    scanned = text[:SCAN_LIMIT]
    read = ReadText(scanned, language)
    matches = read.matches(leaves)
    chosen = _densest(matches)
    start, end = _frame(scanned, read.words, chosen)
    return _cut(text, start, end, matches)


def has_match(text: str, language: str, leaves: Iterable[Words | Near]) -> bool:
    """Whether any of the leaves matches in the text."""
    return bool(ReadText(text[:SCAN_LIMIT], language).matches(leaves))


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


def _frame(text: str, words: Sequence[Word], chosen: Sequence[Match]) -> tuple[int, int]:
    """Where to cut the text: at ends of words, with some room on both sides of the matches."""
    first = chosen[0].start if chosen else 0
    last = min(chosen[-1].end, first + WIDTH) if chosen else 0
    room = max(WIDTH - (last - first), 0)
    earliest = max(first - min(LEAD, room // 2), 0)
    earliest = max(min(earliest, len(text) - WIDTH), 0)
    latest = max(earliest + WIDTH, last)
    start = min((word.start for word in words if word.start >= earliest), default=first)
    end = max((word.end for word in words if word.end <= latest), default=last)
    return _widen(text, 0 if earliest == 0 else min(start, first), len(text) if latest >= len(text) else max(end, last))


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the marks that belong to the words at both ends: accents, quotation marks, a full stop."""
    while start and not text[start - 1].isspace() and unicodedata.category(text[start - 1]) in ("Ps", "Pi", "Mn", "Mc"):
        start -= 1
    while end < len(text) and (_is_mark(text[end]) or unicodedata.category(text[end]) in ("Pe", "Pf", "Po")):
        end += 1
    return start, end


def _is_mark(character: str) -> bool:
    """Whether the character belongs to the one before it: accents, joiners, variation selectors."""
    return unicodedata.category(character) in ("Mn", "Mc", "Me") or character in "\u200c\u200d"


def _cut(text: str, start: int, end: int, matches: Sequence[Match]) -> Snippet:
    piece = "".join(" " if character.isspace() else character for character in text[start:end])
    before = CUT if text[:start].strip() else ""
    after = CUT if text[end:].strip() else ""
    offset = len(before) - start
    inside = [
        (match.start + offset, match.end + offset) for match in matches if start <= match.start and match.end <= end
    ]
    result = before + piece + after
    return Snippet(
        text=result, spans=tuple(Span(start=first, end=last, text=result[first:last]) for first, last in _merge(inside))
    )


def _merge(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places without overlap; neighbours that touch become one."""
    merged: list[tuple[int, int]] = []
    for start, end in places:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
