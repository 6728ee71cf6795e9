"""One open database: who reads, who writes, and how its errors become ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, Connection, Engine, Table, Text, any_, cast, func, literal, select, text
from sqlalchemy.exc import SQLAlchemyError

from caversham.errors import StationError

Row = dict[str, Any]
T = TypeVar("T")
IN_COUNT = 500  # values in one IN (...): SQLite takes 32,766 variables, PostgreSQL's protocol 65,535


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Readers and writers of one database. A reader sees a snapshot and never waits for a writer.

    `insert` makes the dialect's statement, `send` executes it with many rows at once. `lock` is the statement that makes
    the caller the only writer until its transaction ends; None if beginning a transaction does so.
    """

    readers: Engine
    writers: Engine
    insert: Callable[[Table], Any]  # sqlite.Insert or postgresql.Insert: alike, without a common type
    send: Callable[[Connection, Any, Sequence[Row]], None]
    lock: str | None = None

    @property
    def name(self) -> str:
        """The address of the database, without its password."""
        return self.writers.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose statements all see the same snapshot.

        Raises StationError when the database fails.
        """
        with self._translated(), self.readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only write transaction of all processes: committed at the end, undone by any exception.

        Raises StationError when the database fails.
        """
        with self._translated(), self.writers.begin() as connection:
            if self.lock:
                connection.execute(text(self.lock))
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.readers.dispose()
        self.writers.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise StationError(
                f"the catalogue {self.name!r} failed: {cause}; nothing of this transaction was kept. "
                "Mend the cause (disk, right to write, lock, server) and start again: what is missing is read back from "
                "the archive. A catalogue that is damaged can be deleted: `caversham rebuild` makes it again"
            ) from error


def add_new(backend: Backend, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; those whose key is there already are left out."""
    if rows:
        backend.send(connection, backend.insert(table).on_conflict_do_nothing(), rows)


def put(
    backend: Backend, connection: Connection, table: Table, rows: Sequence[Row], *, keep: Sequence[str] = ()
) -> None:
    """Insert rows; those whose key is there already are replaced, but for the columns to `keep`.

    No two rows have the same key: PostgreSQL would refuse them.
    """
    if not rows:
        return
    statement = backend.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in {*keys, *keep}}
    backend.send(connection, statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def among(connection: Connection, column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """Make the condition that the column holds one of the values.

    PostgreSQL gets them as one JSON parameter: pg8000 takes four times as long to send 500 (measured: 60 and 15 ms). As
    an array they are found by the column's index, whatever the planner believes of the table.
    """
    is_one: ColumnElement[bool]
    if connection.dialect.name == "sqlite":
        is_one = column.in_(values)
        return is_one
    listed = select(func.json_array_elements_text(cast(literal(json.dumps(values), Text), JSON)))
    is_one = column == any_(func.array(listed.scalar_subquery()))
    return is_one


def chunks(values: Sequence[T], count: int = IN_COUNT) -> Iterator[Sequence[T]]:
    """Cut values into pieces that fit one statement."""
    for start in range(0, len(values), count):
        yield values[start : start + count]
