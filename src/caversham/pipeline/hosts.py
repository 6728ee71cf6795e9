"""Which hosts this collector may ask, where several collectors share one catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from caversham.ports import Clock, LeaseBook

LEASE_LIFE = timedelta(minutes=15)  # longer than the longest wait and fetch of one look (collect/fetch.py: Limits)


class HostLeases:
    """The leases that one collector holds, renewed as it goes on asking."""

    def __init__(self, leases: LeaseBook, *, owner: str, clock: Clock) -> None:
        self._leases = leases
        self._owner = owner
        self._clock = clock
        self._tokens: dict[str, int] = {}
        self._renewed_at: dict[str, datetime] = {}

    @property
    def tokens(self) -> Mapping[str, int]:
        """By host, the fencing token that every write has to rest on."""
        return dict(self._tokens)

    def can_ask(self, host: str) -> bool:
        """Whether this collector holds the host now: by a lease that stands, or a new one."""
        now = self._clock()
        if host in self._tokens and now - self._renewed_at[host] < LEASE_LIFE / 3:
            return True
        if host in self._tokens and not self._leases.renew(host, self._tokens[host], now, LEASE_LIFE):
            del self._tokens[host]
        if host not in self._tokens:
            token = self._leases.acquire(host, self._owner, now, LEASE_LIFE)
            if token is None:
                return False
            self._tokens[host] = token
        self._renewed_at[host] = now
        return True

    def release_all(self) -> None:
        """Let other collectors have the hosts at once."""
        for host, token in self._tokens.items():
            self._leases.release(host, token)
        self._tokens.clear()
