"""What Alembic runs: the migrations, inside the transaction that `migrate.upgrade` opened."""

from __future__ import annotations

from alembic import context

from caversham.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's DDL is transactional too, once the driver does not begin by itself
)
with context.begin_transaction():
    context.run_migrations()
