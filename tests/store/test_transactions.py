"""What a transaction promises: all of it or nothing, durable, one writer at a time, readers undisturbed."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from caversham.errors import SettingsError, StationError
from caversham.store import SqlStore, open_store
from caversham.types import ArticleId, Capture, CaptureId, CaptureKind, Content, Version
from tests.store.values import ITEM, NOON, OUTLET, add_looks, make_capture, make_content, make_link

DYING = """
import os, signal, sys
from caversham.store import open_store
from tests.store.values import add_looks, make_capture, make_content

store = open_store(sys.argv[1])
with store.transaction() as tx:
    add_looks(tx, [(make_capture(0), make_content("acknowledged"))])
with store.transaction() as tx:
    add_looks(tx, [(make_capture(leaf), make_content(str(leaf))) for leaf in range(1, 700)])
    os.kill(os.getpid(), signal.SIGKILL)
"""


class BrokenOff(Exception):  # it is no error of the program
    """What a test breaks a transaction off with."""


def add_one(store: SqlStore, leaf: int, text: str = "A") -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(leaf), make_content(text))])


def add_of_everything(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content("A"))])
        tx.add_links([(ArticleId("new"), "https://vesna.example/new", make_link())])
        tx.advance("one", 1)
        raise BrokenOff


def test_a_transaction_that_breaks_off_leaves_nothing(store: SqlStore) -> None:
    with pytest.raises(BrokenOff):
        add_of_everything(store)

    assert list(store.iter_versions()) == []
    assert (store.positions(), store.iter_outbox(10), store.due(OUTLET, NOON, 10)) == ({}, [], ())


def test_a_killed_process_leaves_what_it_acknowledged_and_nothing_of_the_rest(store_url: str) -> None:
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run([sys.executable, "-c", DYING, store_url], cwd=root, check=False, capture_output=True)

    with closing(open_store(store_url)) as store:
        assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
        assert [version.content.text for version in store.iter_versions()] == ["acknowledged"]
        assert store.count_status().capture_count == 1


def test_a_reader_is_not_disturbed_by_a_writer_and_sees_only_what_is_committed(store: SqlStore) -> None:
    add_one(store, 0, "A")
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(1), make_content("B"))])
        during = [version.content.text for version in store.get_versions(ITEM)]
    after = [version.content.text for version in store.get_versions(ITEM)]

    assert (during, after) == (["A"], ["A", "B"])


def test_a_stream_shows_one_snapshot_to_its_end(store: SqlStore) -> None:
    """150 articles are more than one page: the rest is read after the writer has changed it."""
    with store.transaction() as tx:
        for number in range(150):
            looks = [(make_capture(number), make_content("old"))]
            add_looks(tx, looks, article=ArticleId(f"{number:04}"), url=f"https://vesna.example/{number:04}")
    stream = store.iter_versions()
    first = next(stream)
    with store.transaction() as tx:
        looks = [(make_capture(1000), make_content("new"))]
        add_looks(tx, looks, article=ArticleId("0149"), url="https://vesna.example/0149")

    seen: list[Version] = [first, *stream]
    assert [version.content.text for version in seen] == ["old"] * 150


def test_a_stream_that_is_not_read_to_its_end_holds_nothing_up(store: SqlStore) -> None:
    add_one(store, 0)
    for _ in range(40):
        next(store.iter_versions())

    add_one(store, 1)
    assert store.count_status().capture_count == 2


def test_writers_wait_for_one_another(store: SqlStore, store_url: str) -> None:
    """Each reads the looks, adds one and writes the versions: nothing of another's may be lost in between."""
    with closing(open_store(store_url)) as other, ThreadPoolExecutor(4) as pool:
        ended = [pool.submit(add_one, (store, other)[leaf % 2], leaf) for leaf in range(40)]
        for each in ended:
            each.result()

    (version,) = store.get_versions(ITEM)
    assert version.look_count == 40


def test_a_broken_reference_is_refused_as_a_failure_of_the_station(store: SqlStore) -> None:
    with pytest.raises(StationError, match="nothing of this transaction was kept"), store.transaction() as tx:
        tx.add_captures([(make_capture(0), ITEM, "no such content", "key")])

    assert store.count_status().capture_count == 0


def test_an_address_without_a_backend_is_a_matter_of_settings() -> None:
    with pytest.raises(SettingsError, match="there are: sqlite, postgresql"):
        open_store("oracle://host/db")
    with pytest.raises(SettingsError, match="not one"):
        open_store("catalogue.db")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StationError) as caught:
        open_store("postgresql://caversham:hunter2@127.0.0.1:1/station")

    assert "127.0.0.1:1/station" in str(caught.value)
    assert "hunter2" not in str(caught.value)


# --- Order independence ----------------------------------------------------------------------


LOOKS: dict[str, tuple[dict[str, object], Content | None]] = {
    "A": ({}, make_content("A")),
    "B": ({}, make_content("B")),
    "A, set differently": ({}, make_content("A  ", title="A title [Juche115.3.1.]")),
    "missing": ({"status": 404}, None),
    "failed": ({"status": None, "kind": CaptureKind.FAILURE}, None),
    "sighted": ({"status": None, "kind": CaptureKind.SIGHTING}, None),
}


@strategies.composite
def arrivals(draw: strategies.DrawFn) -> tuple[list[tuple[Capture, Content | None]], list[int]]:
    """Looks, several at the same instant, and the sizes of the batches that they come in."""
    kinds = draw(strategies.lists(strategies.sampled_from(sorted(LOOKS)), min_size=1, max_size=9))
    looks = []
    for leaf, kind in enumerate(kinds):
        changes, content = LOOKS[kind]
        looks.append((make_capture(leaf, captured_at=make_capture(leaf // 2).captured_at, **changes), content))
    return draw(strategies.permutations(looks)), draw(strategies.lists(strategies.integers(1, 4), max_size=9))


def catalogue_in_batches(store: SqlStore, looks: list[tuple[Capture, Content | None]], sizes: list[int]) -> object:
    """Everything that is shown of the article afterwards."""
    store.clear()
    rest = list(looks)
    for size in [*sizes, len(looks)]:
        batch, rest = rest[:size], rest[size:]
        if batch:
            with store.transaction() as tx:
                add_looks(tx, batch)
    due = store.due(OUTLET, NOON.replace(year=2099), 10)
    return list(store.iter_versions()), store.get_article(ITEM), store.get_captures(ITEM), due


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrival=arrivals())
def test_looks_give_the_same_versions_in_whatever_order_and_batches_they_come(
    store: SqlStore, arrival: tuple[list[tuple[Capture, Content | None]], list[int]]
) -> None:
    looks, sizes = arrival
    in_order = sorted(looks, key=lambda look: CaptureId(f"{look[0].place and look[0].place.leaf:04}"))

    assert catalogue_in_batches(store, looks, sizes) == catalogue_in_batches(store, in_order, [])
