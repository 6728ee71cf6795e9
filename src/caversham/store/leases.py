"""Who may ask which host, where several collectors share one catalogue.

A lease is held until it is released or expires. Its token grows with every holder (a fencing token: Kleppmann 2016,
"How to do distributed locking"), and every transaction checks the tokens that it rests on, so a collector that slept
past its lease cannot write.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update

from caversham.store.backend import Backend
from caversham.store.rows import to_micros
from caversham.store.schema import leases


class Leases:
    """The leases of one catalogue. Every method may raise StationError."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def acquire(self, host: str, owner: str, now: datetime, ttl: timedelta) -> int | None:
        """The token of a new lease; None while another owner holds the host.

        An owner who holds it already gets a new token, so that what it did before a restart is fenced off too.
        """
        statement = self._backend.insert(leases).values(
            host=host, owner=owner, token=1, expires_at=to_micros(now + ttl)
        )
        taken_over = statement.on_conflict_do_update(
            index_elements=["host"],
            set_={"owner": owner, "token": leases.c.token + 1, "expires_at": statement.excluded.expires_at},
            where=or_(leases.c.expires_at <= to_micros(now), leases.c.owner == owner),
        )
        with self._backend.writing() as connection:
            return connection.execute(taken_over.returning(leases.c.token)).scalar()

    def renew(self, host: str, token: int, now: datetime, ttl: timedelta) -> bool:
        """Whether the lease still stands with this token, and if so lasts until `now` + `ttl`."""
        is_held = (leases.c.host == host, leases.c.token == token, leases.c.expires_at > to_micros(now))
        with self._backend.writing() as connection:
            result = connection.execute(update(leases).where(*is_held).values(expires_at=to_micros(now + ttl)))
            return result.rowcount == 1

    def release(self, host: str, token: int) -> None:
        """Let others take the host at once; nothing happens if the lease was lost before."""
        is_held = (leases.c.host == host, leases.c.token == token)
        # The row stays, for its token must never be given out again.
        with self._backend.writing() as connection:
            connection.execute(update(leases).where(*is_held).values(owner="", expires_at=0))
