"""The database's schema, brought to the newest revision."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from caversham.errors import StationError
from caversham.store.backend import Backend
from caversham.store.schema import REVISION


def upgrade(backend: Backend) -> None:
    """Make the tables, or bring them to this program's revision. Opening processes wait for one another.

    Raises StationError when the database was made by a newer Caversham.
    """
    with backend.reading() as connection:
        if _revision_of(connection) == REVISION:
            return
    with backend.writing() as connection:
        _upgrade(connection, backend.name)


def _revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, name: str) -> None:
    # Imported here: most starts find the newest revision and need none of it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "caversham.store:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = _revision_of(connection)
    if revision is not None and revision not in known:
        raise StationError(
            f"the catalogue {name!r} is of revision {revision!r}, this Caversham knows up to {REVISION!r}: install the "
            "newer Caversham that made it, or move the catalogue away and run `caversham rebuild`"
        )
    command.upgrade(config, "head")
