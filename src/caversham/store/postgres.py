"""The catalogue on a PostgreSQL server, for several collectors."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.dialects import postgresql

from caversham.errors import SettingsError
from caversham.store.backend import Backend

# One catalogue transaction at a time, so that reading an article's looks and then writing its versions is safe.
# Commits are short. The key is arbitrary ("cavers" in ASCII); it must only be the same for all.
LOCK = "SELECT pg_advisory_xact_lock(109270249337459)"
CONNECTION_COUNT = 16


def connect_postgres(url: URL) -> Backend:
    """Make the backend for a database of a server. Raises SettingsError when the driver is absent."""
    return Backend(
        readers=_make_engine(url, isolation="REPEATABLE READ"),
        writers=_make_engine(url, isolation="READ COMMITTED"),
        insert=postgresql.insert,
        lock=LOCK,
    )


def _make_engine(url: URL, *, isolation: str) -> Engine:
    address = url.set(drivername="postgresql+pg8000")
    try:
        engine = create_engine(address, pool_size=CONNECTION_COUNT, isolation_level=isolation, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SettingsError("the driver of PostgreSQL is absent: install caversham[postgres]") from error
    # Many rows in one statement: pg8000 would send them one by one and wait for each.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine
