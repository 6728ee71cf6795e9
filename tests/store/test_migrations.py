"""The schema: made, brought up to date, and never guessed at."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Select, create_engine, inspect, text

from caversham.errors import SettingsError, StationError
from caversham.store import SqlStore, open_store
from caversham.store.counts import look_days_statement
from caversham.store.due import due_statement
from caversham.store.reading import page_statement
from caversham.store.schema import REVISION, metadata
from tests.store.values import NOON, OUTLET


@contextmanager
def connected(store_url: str) -> Iterator[Connection]:
    engine = create_engine(store_url.replace("postgresql:", "postgresql+pg8000:"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_the_migrations_end_in_the_schema_that_the_program_uses_on_sqlite(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'migrated.db'}").close()
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    metadata.create_all(declared)
    declared.dispose()

    migrated = {name: sql for name, sql in made_by(tmp_path / "migrated.db").items() if "alembic" not in name}
    assert migrated == made_by(tmp_path / "declared.db")


def made_by(path: Path) -> dict[str, str]:
    """Every table and index of a file, with the statement that made it."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_the_migrations_end_in_the_schema_that_the_program_uses_on_postgresql(postgres_url: str) -> None:
    open_store(postgres_url).close()

    with connected(postgres_url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_revision_that_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", "caversham.store:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_a_catalogue_of_a_newer_program_is_left_alone_and_said_to_be_so(store_url: str) -> None:
    open_store(store_url).close()
    with connected(store_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))

    with pytest.raises(StationError, match=r"'r9999'.*install the newer Caversham"):
        open_store(store_url)
    with connected(store_url) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "r9999"


def test_many_that_open_an_empty_database_at_once_make_one_catalogue(store_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [store_url] * 4))

    assert [store.count_status().capture_count for store in stores] == [0] * 4
    for store in stores:
        store.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(store_url: str) -> None:
    with connected(store_url) as connection:
        connection.execute(text("CREATE TABLE outbox (seq INTEGER)"))

    with pytest.raises(StationError, match="outbox"):
        open_store(store_url)
    with connected(store_url) as connection:
        assert inspect(connection).get_table_names() == ["outbox"]


def test_every_text_column_sorts_by_code_point_on_postgresql(postgres_url: str) -> None:
    open_store(postgres_url).close()
    columns = text(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )

    with connected(postgres_url) as connection:
        assert connection.execute(columns).scalars().all() == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    path.write_text("This is a letter, and quite a long one." * 100)

    with pytest.raises(StationError, match="file is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("This is a letter")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StationError, match="unable to open database file"):
        open_store(f"sqlite:///{tmp_path}/nowhere/catalogue.db")


def test_without_the_driver_of_postgresql_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pg8000", None)

    with pytest.raises(SettingsError, match=r"install caversham\[postgres\]"):
        open_store("postgresql://caversham@127.0.0.1/station")


def test_sqlite_commits_are_on_disk_before_they_are_acknowledged(tmp_path: Path) -> None:
    """synchronous=2 is FULL; without it a power failure may take back what was reported as done."""
    store = open_store(f"sqlite:///{tmp_path / 'catalogue.db'}")
    with store._backend.writing() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    store.close()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def plan_of(store: SqlStore, statement: Select[Any]) -> str:
    """How SQLite goes about it."""
    with store._backend.reading() as connection:
        sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
        return "; ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))


def test_what_is_due_is_read_from_an_index_in_order(tmp_path: Path) -> None:
    """Neither a scan nor a sort: a million articles that are not due cost nothing."""
    with closing(open_store(f"sqlite:///{tmp_path / 'catalogue.db'}")) as store:
        plan = plan_of(store, due_statement(OUTLET, NOON, 100))

    assert plan == "SEARCH articles USING INDEX articles_due (outlet=? AND next_look_at<?)"


def test_every_page_of_a_stream_is_found_by_the_index(tmp_path: Path) -> None:
    """A page that began at the first address again would make an export of a million articles endless."""
    with closing(open_store(f"sqlite:///{tmp_path / 'catalogue.db'}")) as store:
        plan = plan_of(store, page_statement(("https://vesna.example/", "a")))

    assert plan == "SEARCH articles USING INDEX articles_url (<expr>>?)"


def test_days_with_a_look_are_found_in_an_index_alone(tmp_path: Path) -> None:
    """The gaps of a station of a million captures would otherwise take seconds."""
    with closing(open_store(f"sqlite:///{tmp_path / 'catalogue.db'}")) as store:
        plan = plan_of(store, look_days_statement())

    assert plan.startswith("SCAN captures USING COVERING INDEX captures_outlet")


def test_a_catalogue_of_the_first_revision_is_brought_up_to_date(tmp_path: Path) -> None:
    """What it holds stays."""
    path = tmp_path / "catalogue.db"
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP INDEX captures_outlet")
        connection.execute("CREATE INDEX captures_outlet ON captures (outlet, captured_at, kind, status, size)")
        connection.execute("INSERT INTO positions VALUES ('main', 7)")
        connection.execute("UPDATE alembic_version SET version_num = 'r0001'")
        connection.commit()

    with closing(open_store(f"sqlite:///{path}")) as store:
        assert store.positions() == {"main": 7}
    assert "time_basis" in made_by(path)["captures_outlet"]
