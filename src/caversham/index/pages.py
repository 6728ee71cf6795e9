"""Pages of a result: a fixed order, and cursors that keep their place in it.

Ranked queries go by score, rounded to four decimals, best first; the others by first day, newest first. Equals
go by a number drawn from the article id, so that the order does not depend on how the index was written. A
cursor names the last article given, not a count: what was added or dropped before it moves nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import tantivy

from caversham.errors import QueryError
from caversham.types import ArticleId, Query

SCALE = 10_000  # scores are f32 sums whose last bits depend on the order of adding
NEWEST = "newest"  # column: first day, then the tie number, as one number
TIE = "tie"
_TIE_BITS = 60
_CURSOR = re.compile(r"([0-9a-f]{12})-([0-9a-f]{1,15})-([0-9a-f]{1,16})-([0-9a-f]{1,15})")


@dataclass(frozen=True, slots=True)
class Row:
    """One article of a result. Rows sort by (-key, tie)."""

    key: int  # score times SCALE, or the column NEWEST
    tie: int
    address: tantivy.DocAddress

    @property
    def order(self) -> tuple[int, int]:
        """What rows sort by."""
        return -self.key, self.tie


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page, and how many rows there were up to it."""

    fingerprint: str  # of the query
    count: int
    key: int
    tie: int

    def __str__(self) -> str:
        return f"{self.fingerprint}-{self.count:x}-{self.key:x}-{self.tie:x}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a result, and where the next ones begin."""

    rows: tuple[Row, ...]
    next: str | None


def tie_number(article: ArticleId) -> int:
    """A number that stands for the article among equals."""
    return int.from_bytes(hashlib.sha256(article.encode()).digest()[:8], "big") >> (64 - _TIE_BITS)


def newest_number(first_day: int, tie: int) -> int:
    """Sorts by day, later ones higher; within a day by tie number, lower ones higher."""
    bits = 64 - 27  # 99991231 has 27 bits
    return first_day << bits | ((1 << bits) - 1 - (tie >> (_TIE_BITS - bits)))


def parse_cursor(text: str, query: Query) -> Cursor:
    """Raises QueryError for anything that is not a cursor of this query."""
    match = _CURSOR.fullmatch(text)
    if match is None or match[1] != _fingerprint(query):
        message = f"the cursor {text[:60]!r} is not one of this query; ask for the first page and go on from there"
        raise QueryError(message, query=query.text, position=0)
    return Cursor(match[1], *(int(group, 16) for group in match.groups()[1:]))


class Pager:
    """Reads one result page by page."""

    def __init__(self, searcher: tantivy.Searcher, clause: tantivy.Query, *, is_ranked: bool) -> None:
        self._searcher = searcher
        self._clause = clause
        self._is_ranked = is_ranked

    def page(self, query: Query, *, limit: int, cursor: Cursor | None) -> Page:
        """The rows after the cursor (None: the first ones), at most `limit`."""
        wanted = limit + 1 + (cursor.count if cursor else 0)
        while True:
            rows, is_all = self._first_rows(wanted)
            start = _after(rows, cursor) if cursor else 0
            if is_all or len(rows) > start + limit:
                break
            wanted *= 2
        chosen = tuple(rows[start : start + limit])
        if not chosen or len(rows) <= start + limit:
            return Page(chosen, None)
        last = Cursor(_fingerprint(query), start + limit, chosen[-1].key, chosen[-1].tie)
        return Page(chosen, str(last))

    def _first_rows(self, wanted: int) -> tuple[Sequence[Row], bool]:
        """At least the first `wanted` rows in order, and whether these are all.

        The index breaks ties its own way, so the last group of equals is read to its end before it is sorted.
        """
        most = max(1, self._searcher.num_docs)
        size = min(wanted + 1, most)
        while True:
            hits = self._hits(size)
            is_all = len(hits) < size or size == most
            whole = hits if is_all else [hit for hit in hits if hit[0] > hits[-1][0]]
            if is_all or len(whole) >= wanted:
                break
            size = min(size * 2 + 100, most)
        addresses = [address for _, address in whole]
        ties = self._searcher.fast_field_values(TIE, addresses)
        rows = (Row(key, int(tie or 0), address) for (key, address), tie in zip(whole, ties, strict=True))
        return sorted(rows, key=lambda row: row.order), is_all

    def _hits(self, size: int) -> list[tuple[int, tantivy.DocAddress]]:
        if not self._is_ranked:
            return self._searcher.search(self._clause, size, count=False, order_by_field=NEWEST).hits
        hits = self._searcher.search(self._clause, size, count=False).hits
        return [(round(score * SCALE), address) for score, address in hits]


def _after(rows: Sequence[Row], cursor: Cursor) -> int:
    """Where the rows after the cursor's begin; by its order where the row itself is gone."""
    for place, row in enumerate(rows):
        if row.tie == cursor.tie:
            return place + 1
    last = (-cursor.key, cursor.tie)
    return next((place for place, row in enumerate(rows) if row.order > last), len(rows))


def _fingerprint(query: Query) -> str:
    return hashlib.sha256(" ".join(query.text.split()).encode()).hexdigest()[:12]
