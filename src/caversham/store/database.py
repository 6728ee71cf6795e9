"""The catalogue as the rest of the program sees it (`ports.Store`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from caversham.errors import NotHeld, SettingsError
from caversham.ports import SourceState
from caversham.store import counts, due, reading
from caversham.store.backend import Backend
from caversham.store.counts import OutletHealth, StatusCounts
from caversham.store.leases import Leases
from caversham.store.migrate import upgrade
from caversham.store.postgres import connect_postgres
from caversham.store.rows import VERSION, to_capture, to_version
from caversham.store.schema import DERIVED, captures, outbox, positions, versions
from caversham.store.sqlite import connect_sqlite
from caversham.store.transaction import SqlTransaction
from caversham.types import Address, Article, ArticleId, Capture, CaptureId, OutletId, Version

SCHEMES = {"sqlite": connect_sqlite, "postgresql": connect_postgres}


def open_store(place: str | Path) -> SqlStore:
    """Open the catalogue in a file, or at `postgresql://user@host/database`; make or migrate it.

    Raises SettingsError for an address that cannot be used, StationError when the database cannot be opened or was
    made by a newer Caversham.
    """
    try:
        address = URL.create("sqlite", database=str(place)) if isinstance(place, Path) else make_url(place)
    except (ArgumentError, ValueError) as error:  # the second for a port that is no number
        raise SettingsError("the store address is not one: write postgresql://user@host/database") from error
    if address.drivername not in SCHEMES:
        raise SettingsError(f"no store is called {address.drivername!r}; there are: {', '.join(SCHEMES)}")
    backend = SCHEMES[address.drivername](address)
    try:
        upgrade(backend)
    except BaseException:
        backend.close()
        raise
    return SqlStore(backend)


class SqlStore:
    """One open catalogue, safe to use from several threads. Every method may raise StationError."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.leases = Leases(backend)

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """The only write transaction of all processes: durable at the end, undone by any exception."""
        with self._backend.writing() as connection:
            yield SqlTransaction(self._backend, connection)

    def positions(self) -> Mapping[str, int]:
        """By writer, the first leaf that is not catalogued."""
        with self._backend.reading() as connection:
            return {row.writer: row.leaf for row in connection.execute(select(positions))}

    def due(self, outlet: OutletId, now: datetime, limit: int) -> tuple[Address, ...]:
        """Addresses due for a look: oldest due first, then by id."""
        with self._backend.reading() as connection:
            return due.find_due(connection, outlet, now, limit)

    def get_source(self, url: str) -> SourceState:
        """What is known of a source; of one that was never polled, nothing."""
        with self._backend.reading() as connection:
            return reading.get_source(connection, url)

    def get_article(self, article: ArticleId) -> Article:
        """The article; that which an alias leads to, unless the alias was itself held. Raises NotHeld."""
        with self._backend.reading() as connection:
            return reading.get_article(connection, article)

    def get_versions(self, article: ArticleId) -> tuple[Version, ...]:
        """By number, from 1; none if the article is not held."""
        statement = VERSION.where(versions.c.article == article).order_by(versions.c.number)
        with self._backend.reading() as connection:
            return tuple(to_version(row) for row in connection.execute(statement))

    def get_version(self, version: CaptureId) -> Version:
        """The version that is cited by this capture. Raises NotHeld."""
        with self._backend.reading() as connection:
            row = connection.execute(VERSION.where(versions.c.capture == version)).one_or_none()
        if row is None:
            raise NotHeld(
                f"the station holds no version {version!r}: a version is cited by the id of its first capture"
            )
        return to_version(row)

    def get_latest(self, articles: Sequence[ArticleId]) -> Mapping[ArticleId, Version]:
        """The newest version of each article; articles without any are absent."""
        with self._backend.reading() as connection:
            return reading.find_latest(connection, articles)

    def get_capture(self, capture: CaptureId) -> Capture:
        """Without body, request and hops. Raises NotHeld."""
        with self._backend.reading() as connection:
            row = connection.execute(select(captures).where(captures.c.id == capture)).one_or_none()
        if row is None:
            raise NotHeld(f"the station holds no capture {capture!r}")
        return to_capture(row)

    def get_captures(self, article: ArticleId) -> tuple[Capture, ...]:
        """Every look at an article, without bodies, in order."""
        order = (captures.c.captured_at, captures.c.writer, captures.c.leaf)
        with self._backend.reading() as connection:
            rows = connection.execute(select(captures).where(captures.c.article == article).order_by(*order))
            return tuple(to_capture(row) for row in rows)

    def iter_versions(self) -> Iterator[Version]:
        """All versions by url and number, streamed from one snapshot."""
        with self._backend.reading() as connection:
            yield from reading.iter_versions(connection)

    def iter_outbox(self, limit: int) -> Sequence[tuple[int, ArticleId]]:
        """Articles that the index has yet to take up, with their numbers; an article may come more than once."""
        statement = select(outbox.c.seq, outbox.c.article).order_by(outbox.c.seq).limit(limit)
        with self._backend.reading() as connection:
            return [(row.seq, ArticleId(row.article)) for row in connection.execute(statement)]

    def clear_outbox(self, upto: int) -> None:
        """Forget what the index has taken up, this number included."""
        with self._backend.writing() as connection:
            connection.execute(delete(outbox).where(outbox.c.seq <= upto))

    def fill_outbox(self) -> None:
        """Put every article that has a version into the outbox, for an index that was made anew."""
        held = select(versions.c.article).where(versions.c.number == 1).order_by(versions.c.article)
        with self._backend.writing() as connection:
            connection.execute(delete(outbox))
            connection.execute(outbox.insert().from_select(["article"], held))

    def list_look_days(self) -> Mapping[OutletId, Sequence[date]]:
        """By outlet, the days (UTC) on which something of it was seen, ascending; assumed times do not count."""
        with self._backend.reading() as connection:
            return counts.list_look_days(connection)

    def count_status(self) -> StatusCounts:
        """What the catalogue holds, counted."""
        with self._backend.reading() as connection:
            return counts.count_status(connection)

    def list_outlet_health(self, now: datetime) -> tuple[OutletHealth, ...]:
        """How collecting goes, by outlet."""
        with self._backend.reading() as connection:
            return counts.list_outlet_health(connection, now)

    def clear(self) -> None:
        """Empty the catalogue, before it is rebuilt. Leases stay."""
        with self._backend.writing() as connection:
            for table in DERIVED:
                connection.execute(delete(table))

    def close(self) -> None:
        """Close every connection."""
        self._backend.close()
