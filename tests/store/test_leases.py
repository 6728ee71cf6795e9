"""Leases on hosts: one collector at a time, and none that slept too long can write."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from caversham.errors import StationError
from caversham.store import SqlStore, open_store
from tests.store.values import ITEM, NOON, add_looks, make_capture, make_content

HOST = "vesna.example"
TTL = timedelta(minutes=5)


@pytest.fixture
def other(store: SqlStore, store_url: str) -> Iterator[SqlStore]:
    """The same catalogue, as another collector has it open; `store` has made its tables."""
    with closing(open_store(store_url)) as opened:
        yield opened


def write_under(token: int, store: SqlStore) -> None:
    """A batch of a collector that believes it holds the lease."""
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content("stale"))])
        tx.check_lease(HOST, token)


def test_a_host_is_leased_to_one_owner_until_it_expires(store: SqlStore, other: SqlStore) -> None:
    first = store.leases.acquire(HOST, "one", NOON, TTL)
    refused = other.leases.acquire(HOST, "two", NOON + TTL - timedelta(microseconds=1), TTL)
    elsewhere = other.leases.acquire("elsewhere.example", "two", NOON, TTL)
    second = other.leases.acquire(HOST, "two", NOON + TTL, TTL)

    assert (first, refused, elsewhere, second) == (1, None, 1, 2)


def test_a_heartbeat_keeps_a_lease(store: SqlStore, other: SqlStore) -> None:
    token = store.leases.acquire(HOST, "one", NOON, TTL)
    assert token == 1

    assert store.leases.renew(HOST, token, NOON + TTL / 2, TTL)
    assert other.leases.acquire(HOST, "two", NOON + TTL, TTL) is None


def test_an_expired_lease_cannot_be_renewed(store: SqlStore, other: SqlStore) -> None:
    token = store.leases.acquire(HOST, "one", NOON, TTL)
    assert token == 1

    assert not store.leases.renew(HOST, token, NOON + TTL, TTL)
    assert other.leases.acquire(HOST, "two", NOON + TTL, TTL) == 2
    assert not store.leases.renew(HOST, token, NOON + TTL, TTL)


def test_a_released_host_is_free_at_once_and_its_token_never_comes_back(store: SqlStore, other: SqlStore) -> None:
    token = store.leases.acquire(HOST, "one", NOON, TTL)
    assert token == 1
    store.leases.release(HOST, token)

    assert other.leases.acquire(HOST, "two", NOON, TTL) == 2
    store.leases.release(HOST, token)
    assert store.leases.acquire(HOST, "one", NOON, TTL) is None


def test_an_owner_that_starts_again_fences_its_former_self_off(store: SqlStore, other: SqlStore) -> None:
    before = store.leases.acquire(HOST, "one", NOON, TTL)
    after = other.leases.acquire(HOST, "one", NOON, TTL)
    assert (before, after) == (1, 2)

    with other.transaction() as tx:
        tx.check_lease(HOST, 2)
    with pytest.raises(StationError, match="lease"), store.transaction() as tx:
        tx.check_lease(HOST, 1)


def test_a_write_under_a_lost_lease_leaves_nothing(store: SqlStore, other: SqlStore) -> None:
    """The collector slept past its lease, another took the host over: the sleeper's batch is refused."""
    stale = store.leases.acquire(HOST, "one", NOON, TTL)
    fresh = other.leases.acquire(HOST, "two", NOON + TTL, TTL)
    assert (stale, fresh) == (1, 2)

    with pytest.raises(StationError, match="taken over"):
        write_under(1, store)
    with other.transaction() as tx:
        tx.check_lease(HOST, 2)
        add_looks(tx, [(make_capture(1), make_content("fresh"))])

    assert [version.content.text for version in store.get_versions(ITEM)] == ["fresh"]


@pytest.mark.parametrize("is_released", [True, False])
def test_a_write_without_a_lease_is_refused(store: SqlStore, *, is_released: bool) -> None:
    if is_released:
        store.leases.acquire(HOST, "one", NOON, TTL)
        store.leases.release(HOST, 1)

    with pytest.raises(StationError, match="lease"), store.transaction() as tx:
        tx.check_lease(HOST, 1)


def test_of_many_that_ask_at_once_one_gets_the_host(store: SqlStore, other: SqlStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit((store, other)[number % 2].leases.acquire, HOST, f"owner {number}", NOON, TTL)
            for number in range(16)
        ]
        tokens = [each.result() for each in asked]

    assert sorted(token or 0 for token in tokens) == [0] * 15 + [1]
