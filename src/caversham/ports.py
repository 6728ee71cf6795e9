"""The replaceable parts, as Protocols. Each has one contract test that every backend passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from caversham.types import (
    Address,
    Article,
    ArticleId,
    Capture,
    CaptureId,
    Content,
    Document,
    Earlier,
    Link,
    Look,
    OutletId,
    Query,
    Run,
    Skip,
    Version,
)

Clock = Callable[[], datetime]  # aware, UTC
Extract = Callable[[Capture], Content]  # raises ExtractError, PayloadError


class Archive(Protocol):
    """The truth: WARC records and the ledger that proves them. One writer a process, under a lock."""

    def append(self, captures: Sequence[Capture]) -> tuple[Capture, ...]:
        """Write records, fsync, log their leaves, fsync; the captures come back with id and place.

        A capture with `hops` writes these first; they come back in its `hops`, with id and place.
        Raises StationError when the disk does not take them.
        """
        ...

    def recover(self) -> int:
        """Cut an incomplete last member, log complete members without a leaf; count the latter."""
        ...

    def iter_captures(
        self, since: Mapping[str, int] | None = None, *, skip: Callable[[Skip], None] | None = None
    ) -> Iterator[Capture]:
        """Read captures back, log by log, in order; `since` gives the first leaf wanted by writer.

        A redirect comes back before the capture that it led to, whose `hops` are then empty. A record that
        cannot be read goes to `skip`; without it, it raises RecordError.
        """
        ...

    def get(self, capture: CaptureId, file: str, offset: int) -> Capture:
        """Read one capture back; the body of a revisit is empty, its `repeats` says whose it is.

        Raises RecordError when the record is not there or is not the one asked for.
        """
        ...

    def close(self) -> None:
        """Let go of files, locks and connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source from its past answers."""

    url: str
    polled_at: datetime | None  # None: never
    next_poll_at: datetime | None  # None: due at once
    failure_count: int  # since the last answer
    earlier: Earlier | None  # last answer with a body; None: none
    sha256: str
    etag: str
    last_modified: str


class LeaseBook(Protocol):
    """Which collector may ask which host."""

    def acquire(self, host: str, owner: str, now: datetime, ttl: timedelta) -> int | None:
        """The fencing token of a new lease; None while another owner holds the host."""
        ...

    def renew(self, host: str, token: int, now: datetime, ttl: timedelta) -> bool:
        """Whether the lease still stands with this token, and if so lasts until `now` + `ttl`."""
        ...

    def release(self, host: str, token: int) -> None:
        """Let others take the host at once."""
        ...


class Transaction(Protocol):
    """One transaction of the catalogue; all of it is seen by readers, or nothing."""

    def known_looks(self, looks: Sequence[str]) -> frozenset[str]:
        """Which of these look identities are catalogued already."""
        ...

    def add_captures(self, captures: Sequence[tuple[Capture, ArticleId | None, str | None, str | None]]) -> None:
        """Store captures (without bodies), each with its article, content id and comparable key."""
        ...

    def add_contents(self, contents: Sequence[Content]) -> tuple[str, ...]:
        """Store contents once each; their ids (SHA-256 of all fields), in order."""
        ...

    def get_looks(self, articles: Sequence[ArticleId]) -> Mapping[ArticleId, tuple[Look, ...]]:
        """All looks at these articles, unordered; articles without any are absent."""
        ...

    def looks_by_capture(self, captures: Sequence[CaptureId]) -> Mapping[CaptureId, tuple[ArticleId | None, Look]]:
        """The looks that these captures are, each with its article; unknown ones are absent."""
        ...

    def get_source(self, url: str) -> SourceState:
        """As Store.get_source, within this transaction."""
        ...

    def put_articles(self, lives: Sequence[tuple[Article, tuple[Run, ...], datetime | None]]) -> None:
        """Insert or replace articles with their versions and the instant of the next look.

        Every article put here enters the outbox of the index. None: no further look is planned.
        """
        ...

    def add_links(self, links: Sequence[tuple[ArticleId, str, Link]]) -> None:
        """Make addresses known (with canonical URL), due at `found_at`; known ones stay as they are."""
        ...

    def put_source(self, state: SourceState, outlet: OutletId) -> None:
        """Remember what is known of a source after a look at it."""
        ...

    def add_alias(self, alias: ArticleId, article: ArticleId) -> None:
        """The address `alias` leads to `article`: it is never due again by itself."""
        ...

    def add_skips(self, skips: Sequence[Skip]) -> None:
        """Count losses."""
        ...

    def add_withdrawal(
        self, article: ArticleId, *, url: str, outlet: OutletId, at: datetime, reason: str, records: Sequence[CaptureId]
    ) -> None:
        """Forget the article's versions, contents and title, and all of these captures but their ids and places."""
        ...

    def withdrawn(self, articles: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Which of these were withdrawn."""
        ...

    def check_lease(self, host: str, token: int) -> None:
        """Raises StationError where the lease was lost: nothing may be written under it."""
        ...

    def advance(self, writer: str, leaf: int) -> None:
        """Everything of this log before `leaf` is catalogued."""
        ...


class Store(Protocol):
    """The catalogue: derived, rebuilt from the archive at will."""

    @property
    def leases(self) -> LeaseBook:
        """Which collector may ask which host."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The only write transaction: durable at its end, undone by any exception."""
        ...

    def positions(self) -> Mapping[str, int]:
        """By writer, the first leaf that is not catalogued."""
        ...

    def due(self, outlet: OutletId, now: datetime, limit: int) -> tuple[Address, ...]:
        """Addresses due for a look: oldest due first, then by id."""
        ...

    def get_source(self, url: str) -> SourceState:
        """What is known of a source; of one that was never polled, nothing."""
        ...

    def get_article(self, article: ArticleId) -> Article:
        """Follows an alias. Raises NotHeld."""
        ...

    def get_versions(self, article: ArticleId) -> tuple[Version, ...]:
        """By number, from 1."""
        ...

    def get_version(self, version: CaptureId) -> Version:
        """Raises NotHeld."""
        ...

    def get_latest(self, articles: Sequence[ArticleId]) -> Mapping[ArticleId, Version]:
        """The newest version of each; articles without any are absent."""
        ...

    def get_capture(self, capture: CaptureId) -> Capture:
        """Without body. Raises NotHeld."""
        ...

    def get_captures(self, article: ArticleId) -> tuple[Capture, ...]:
        """Every look at an article, without bodies, in order."""
        ...

    def iter_versions(self) -> Iterator[Version]:
        """All versions by url and number, streamed."""
        ...

    def iter_outbox(self, limit: int) -> Sequence[tuple[int, ArticleId]]:
        """Articles that the index has yet to take up, with growing numbers."""
        ...

    def clear_outbox(self, upto: int) -> None:
        """Forget what the index has taken up, this number included."""
        ...

    def fill_outbox(self) -> None:
        """Put every article into the outbox, for an index that was made anew."""
        ...

    def list_look_days(self) -> Mapping[OutletId, Sequence[date]]:
        """By outlet, the days (UTC) on which something of it was seen, ascending; assumed times do not count."""
        ...

    def clear(self) -> None:
        """Empty the catalogue, before it is rebuilt."""
        ...

    def close(self) -> None:
        """Let go of files, locks and connections."""
        ...


class Index(Protocol):
    """Full text: derived, rebuilt from the catalogue at will."""

    @property
    def is_stale(self) -> bool:
        """Whether the index was made anew and lacks what the catalogue holds."""
        ...

    def mark_complete(self) -> None:
        """Say that everything of the catalogue is in the index."""
        ...

    def hold(self) -> AbstractContextManager[bool]:
        """Be the one that writes, unless another is: then False, at once."""
        ...

    def update(self, documents: Iterable[Document], deleted: Iterable[ArticleId] = ()) -> None:
        """Upsert by article, then delete, commit; `deleted` is read when all documents were. Only the holder of the index lock may call this."""
        ...

    def find(self, query: Query, *, limit: int, cursor: str | None) -> Matches:
        """Raises QueryError for a cursor that is not one of this query."""
        ...

    def clear(self) -> None:
        """Empty the index; it is stale until `mark_complete`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What the index knows of a result; `search.find` makes hits of it."""

    total: int
    undated: int
    articles: tuple[tuple[ArticleId, float], ...]  # with score, best first
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    months: tuple[tuple[str, int, int, int], ...]  # month; matching; of these, and of all held, by state outlets
    next: str | None
