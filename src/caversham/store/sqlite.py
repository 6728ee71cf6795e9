"""The catalogue in one file, SQLite: one writer, readers undisturbed beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, Insert, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import QueuePool

from caversham.store.backend import Backend, Row

BUSY_MS = 60_000  # a batch is committed in less than a second; whoever waits longer meets a stuck process
READER_COUNT = 16

# https://www.sqlite.org/pragma.html. synchronous=FULL: in WAL mode NORMAL may lose the last commits at a power
# failure, and a commit is our acknowledgement. secure_delete: what is withdrawn leaves no bytes in free pages.
WRITER_PRAGMAS = (
    f"busy_timeout={BUSY_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "wal_autocheckpoint=20000",  # pages, 80 MB: a batch changes thousands, and most of them again in the next ones
    "cache_size=-65536",  # KiB: keys are hashes, so every insert meets another page
)
READER_PRAGMAS = (f"busy_timeout={BUSY_MS}", "query_only=ON", "cache_size=-16384")


def connect_sqlite(url: URL) -> Backend:
    """Make the backend for a file, which is made when it is first written."""
    return Backend(
        readers=_make_engine(url, READER_PRAGMAS, begin="BEGIN", pool_count=READER_COUNT),
        writers=_make_engine(url, WRITER_PRAGMAS, begin="BEGIN IMMEDIATE", pool_count=1),
        insert=sqlite.insert,
        send=_send,
    )


def _send(connection: Connection, statement: Insert, rows: Sequence[Row]) -> None:
    connection.execute(statement, rows)


def _make_engine(url: URL, pragmas: tuple[str, ...], *, begin: str, pool_count: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_count,
        max_overflow=0,
        pool_timeout=BUSY_MS / 1000,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", partial(_set_up, pragmas))
    event.listen(engine, "begin", partial(_begin, begin))
    return engine


def _set_up(pragmas: tuple[str, ...], connection: sqlite3.Connection, _record: Any) -> None:
    # The driver would begin transactions by itself, always deferred; None leaves that to `_begin`.
    connection.isolation_level = None
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin(statement: str, connection: Connection) -> None:
    connection.exec_driver_sql(statement)
