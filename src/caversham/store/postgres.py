"""The catalogue on a PostgreSQL server, for several collectors."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Insert,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.types import TypeEngine

from caversham.errors import SettingsError
from caversham.store.backend import Backend, Row

# One catalogue transaction at a time, so that reading an article's looks and then writing its versions is safe.
# Commits are short. The key is arbitrary ("cavers" in ASCII); it must only be the same for all.
LOCK = "SELECT pg_advisory_xact_lock(109270249337459)"
CONNECTION_COUNT = 16

# Our statements find few rows by an index. The planner believes that only once the tables were analysed; while they fill
# it would rather read whole tables and sort what is left: for one page of a stream, all articles that follow it.
TURNED_OFF = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan", "jit")


def connect_postgres(url: URL) -> Backend:
    """Make the backend for a database of a server. Raises SettingsError when the driver is absent."""
    return Backend(
        readers=_make_engine(url, isolation="REPEATABLE READ"),
        writers=_make_engine(url, isolation="READ COMMITTED"),
        insert=postgresql.insert,
        send=_send,
        lock=LOCK,
    )


def _send(connection: Connection, statement: Insert, rows: Sequence[Row]) -> None:
    """Send all rows as one JSON parameter.

    pg8000 would send them one by one and wait for each (measured: 2,500 round trips for a batch of 500 captures; so: 12).
    It also reads a statement letter by letter, so a long list of VALUES is no way out.
    """
    names = list(rows[0])
    columns = [statement.table.c[name] for name in names]
    given = func.json_to_recordset(cast(bindparam("rows", type_=Text), postgresql.JSON))
    record = given.table_valued(*(column(each.name, _sent_type(each)) for each in columns)).render_derived(
        with_types=True
    )
    values = [
        func.decode(record.c[each.name], "base64") if isinstance(each.type, LargeBinary) else record.c[each.name]
        for each in columns
    ]
    connection.execute(statement.from_select(names, select(*values)), {"rows": json.dumps(rows, default=_to_base64)})


def _sent_type(stored: ColumnClause[Any]) -> TypeEngine[Any]:
    return stored.type if isinstance(stored.type, Integer) else Text()


def _to_base64(value: bytes) -> str:
    return b64encode(value).decode()


def _make_engine(url: URL, *, isolation: str) -> Engine:
    address = url.set(drivername="postgresql+pg8000")
    try:
        engine = create_engine(address, pool_size=CONNECTION_COUNT, isolation_level=isolation, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SettingsError("the driver of PostgreSQL is absent: install caversham[postgres]") from error
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: DBAPIConnection, _record: Any) -> None:
    cursor = connection.cursor()
    for setting in TURNED_OFF:
        cursor.execute(f"SET {setting} = off")
    cursor.close()
    connection.commit()
