"""Every change the catalogue's schema has been through, as Alembic scripts."""
