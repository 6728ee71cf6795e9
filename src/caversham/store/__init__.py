"""The catalogue: what the archive holds, in tables. Derived, on SQLite or PostgreSQL."""

from caversham.store.counts import OutletHealth, StatusCounts
from caversham.store.database import SqlStore, open_store
from caversham.store.leases import Leases

__all__ = ["Leases", "OutletHealth", "SqlStore", "StatusCounts", "open_store"]
