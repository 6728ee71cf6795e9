"""A log is mended after a crash at any moment: docs/storage.md, "Order of writing"."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caversham.archive import Leaves, verify
from caversham.archive.ledger import LEAF_SIZE
from caversham.errors import StationError
from caversham.types import Capture
from tests.archive.looks import REQUEST, archive_in, fill, only_file, page

WRITER = """
import os, sys
from pathlib import Path
from tests.archive.looks import REQUEST, archive_in, page
root, start = Path(sys.argv[1]), int(sys.argv[2])
with archive_in(root, file_limit=20000) as archive, open(root / "returned", "a") as returned:
    for batch in range(10**9):
        first = start + batch * 3
        for capture in archive.append([page(first), page(first + 1, request=REQUEST), page(first + 2)]):
            print(capture.url, capture.id, file=returned)
        returned.flush()
        os.fsync(returned.fileno())
"""


def read_all(root: Path) -> list[Capture]:
    with archive_in(root, writer="reader") as archive:
        return list(archive.iter_captures())


def test_a_sound_log_is_left_as_it_is(tmp_path: Path) -> None:
    """Opening a log that was closed in peace changes no byte."""
    fill(tmp_path, 3)
    before = only_file(tmp_path).read_bytes()
    with archive_in(tmp_path) as archive:
        assert archive.recover() == 0

    assert only_file(tmp_path).read_bytes() == before


def test_an_empty_station_has_nothing_to_mend(tmp_path: Path) -> None:
    """The first opening finds no log."""
    with archive_in(tmp_path) as archive:
        assert archive.recover() == 0
        assert list(archive.iter_captures()) == []
    assert verify(tmp_path).is_consistent


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that says at once that it is done; for tests that cut files themselves, a thousand times."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_a_batch_cut_at_any_byte_is_cut_off_or_logged(tmp_path: Path, quick_disk: None) -> None:
    """Before its leaves are logged a batch may end anywhere: whole members stay, the rest goes."""
    first = fill(tmp_path, 2)
    path, ledger = only_file(tmp_path), tmp_path / "ledger/w/leaves"
    size, leaves = path.stat().st_size, ledger.read_bytes()
    with archive_in(tmp_path) as archive:
        second = archive.append([page(2, request=REQUEST), page(3)])
    content = path.read_bytes()
    places = [capture.place for capture in second if capture.place]
    ends = {places[0].offset, *(place.offset + place.size for place in places)}

    for length in range(size, len(content) + 1):
        path.write_bytes(content[:length])
        ledger.write_bytes(leaves)
        with archive_in(tmp_path) as archive:
            counted = archive.recover()
            third = archive.append([page(4)])

        whole = [capture for capture in second if capture.place and capture.place.offset + capture.place.size <= length]
        assert counted == len({end for end in ends if end <= length})
        assert read_all(tmp_path) == [*first, *whole, *third]
        assert verify(tmp_path).problem_counts == {}


def test_the_first_batch_of_all_cut_at_any_byte_is_cut_off_or_logged(tmp_path: Path, quick_disk: None) -> None:
    """The same for a log whose first file was begun."""
    fill(tmp_path, 1)
    path, ledger = only_file(tmp_path), tmp_path / "ledger/w/leaves"
    content = path.read_bytes()
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        ledger.write_bytes(b"")
        with archive_in(tmp_path) as archive:
            archive.recover()
            archive.append([page(4)])

        assert [capture.url[-1] for capture in read_all(tmp_path)] == (["0", "4"] if length == len(content) else ["4"])
        assert verify(tmp_path).problem_counts == {}


@pytest.mark.parametrize("size", [0, 1, LEAF_SIZE - 1, LEAF_SIZE, LEAF_SIZE + 1, 2 * LEAF_SIZE - 1])
def test_leaves_cut_anywhere_are_logged_again(tmp_path: Path, size: int) -> None:
    """A leaf that was half written is cut off, and the record's leaf is logged whole."""
    written = fill(tmp_path, 4, batch=4)
    path = tmp_path / "ledger/w/leaves"
    leaves = path.read_bytes()
    path.write_bytes(leaves[: len(leaves) - 2 * LEAF_SIZE + size])
    with archive_in(tmp_path) as archive:
        assert archive.recover() == 2 - size // LEAF_SIZE

    assert path.read_bytes() == leaves
    assert read_all(tmp_path) == written


def test_a_lost_ledger_is_logged_again_over_all_files(tmp_path: Path) -> None:
    """Members are complete and have no leaf: their leaves are logged, file by file."""
    written = fill(tmp_path, 7, batch=3, file_limit=900)
    path = tmp_path / "ledger/w/leaves"
    leaves = path.read_bytes()
    path.unlink()
    with archive_in(tmp_path) as archive:
        assert archive.recover() == len(leaves) // LEAF_SIZE

    assert path.read_bytes() == leaves
    assert read_all(tmp_path) == written


def test_a_file_that_was_begun_and_got_no_byte_is_used(tmp_path: Path) -> None:
    """A crash between the name of a new file and its first record."""
    fill(tmp_path, 2)
    only_file(tmp_path).with_name("000000000003.warc.gz").touch()
    with archive_in(tmp_path) as archive:
        archive.recover()
        archive.append([page(9)])

    assert verify(tmp_path).problem_counts == {}
    assert [capture.url[-1] for capture in read_all(tmp_path)] == ["0", "1", "9"]


def test_a_logged_member_that_is_damaged_is_not_cut(tmp_path: Path) -> None:
    """A leaf says that the record was whole: this is damage, left alone, and writing goes on in a new file."""
    fill(tmp_path, 3)
    damaged = only_file(tmp_path)
    content = damaged.read_bytes()[:-5]
    damaged.write_bytes(content)
    with archive_in(tmp_path) as archive:
        assert archive.recover() == 0
        archive.append([page(9)])
    report = verify(tmp_path)

    assert damaged.read_bytes() == content
    assert [(problem.kind, problem.leaf) for problem in report.problems] == [("broken", 3)]
    assert sorted(path.name for path in damaged.parent.iterdir()) == ["000000000000.warc.gz", "000000000004.warc.gz"]
    with archive_in(tmp_path) as archive:
        skips: list[str] = []
        found = [capture.url[-1] for capture in archive.iter_captures(skip=lambda skip: skips.append(skip.reason))]
    assert (found, skips) == (["0", "1", "9"], ["broken_member"])


def test_an_unlogged_member_that_is_broken_before_a_whole_one_is_not_cut(tmp_path: Path) -> None:
    """Only an incomplete last member is cut; anything else is damage, and stays."""
    fill(tmp_path, 4, batch=4)
    path, ledger = only_file(tmp_path), tmp_path / "ledger/w/leaves"
    content = bytearray(path.read_bytes())
    content[read_all(tmp_path)[2].place.offset + 40] ^= 0xFF  # type: ignore[union-attr]  # what was read has a place
    path.write_bytes(content)
    ledger.write_bytes(ledger.read_bytes()[: 3 * LEAF_SIZE])
    with archive_in(tmp_path) as archive:
        archive.recover()
        archive.append([page(9)])

    assert path.read_bytes() == content
    assert verify(tmp_path).problem_counts == {"broken": 1, "unlogged": 1}
    assert [capture.url[-1] for capture in read_all(tmp_path)] == ["0", "1", "9"]


def test_a_ledger_that_ends_before_records_that_cannot_be_read_stops_writing(tmp_path: Path) -> None:
    """To go on would give later records wrong leaves."""
    fill(tmp_path, 6, file_limit=900)
    first = min((tmp_path / "archive").rglob("*.gz"))
    content = bytearray(first.read_bytes())
    content[-20] ^= 0xFF
    first.write_bytes(content)
    (tmp_path / "ledger/w/leaves").write_bytes(b"")
    with archive_in(tmp_path) as archive, pytest.raises(StationError, match="bring back ledger and archive"):
        archive.recover()


def test_recovery_reads_from_the_last_batch_on(tmp_path: Path) -> None:
    """The mark in the lock file saves reading the file from its start; a wrong one is not believed."""
    written = fill(tmp_path, 6)
    lock = tmp_path / "archive/w/lock"
    note = lock.read_bytes()
    assert written[4].place
    for wrong in (b'"leaf": 4', b'"leaf": 99', b'"leaf": "x"', b'"offset": 7'):
        key = wrong.partition(b":")[0]
        old = next(part for part in (b'"leaf": 5', b'"offset": %d' % written[4].place.offset) if part.startswith(key))
        lock.write_bytes(note.replace(old, wrong))
        with archive_in(tmp_path) as archive:
            archive.recover()
            assert list(archive.iter_captures()) == written
    lock.write_bytes(b"[")
    with archive_in(tmp_path) as archive:
        archive.append([page(6)])
    assert verify(tmp_path).problem_counts == {}
    assert len(Leaves(tmp_path / "ledger/w/leaves")) == 8


def test_a_failed_append_is_mended_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails between members and leaves, nothing is lost or written twice afterwards."""
    with archive_in(tmp_path) as archive:
        archive.append([page(1)])
        with monkeypatch.context() as patch:
            patch.setattr("caversham.archive.ledger.write_all", _fail)
            with pytest.raises(StationError):
                archive.append([page(2)])
        archive.append([page(3)])

    assert [capture.url[-1] for capture in read_all(tmp_path)] == ["1", "2", "3"]
    assert verify(tmp_path).problem_counts == {}


def test_a_writer_killed_at_random_moments_loses_nothing_it_had_returned(tmp_path: Path) -> None:
    """Ten times kill -9: what `append` had returned is there exactly once, and the archive verifies."""
    chance = random.Random(20261123)
    (tmp_path / "returned").touch()
    for turn in range(10):
        process = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, str(turn * 10**6)], env=os.environ)
        before = (tmp_path / "returned").stat().st_size
        while (tmp_path / "returned").stat().st_size == before and process.poll() is None:
            pass
        for _ in range(chance.randrange(200_000)):
            pass
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        with archive_in(tmp_path) as archive:
            archive.recover()
        assert verify(tmp_path).problem_counts == {}

    returned = [
        tuple(line.split()) for line in (tmp_path / "returned").read_text().splitlines() if line.count(" ") == 1
    ]
    held = [(capture.url, capture.id) for capture in read_all(tmp_path)]
    assert len(returned) >= 30
    assert len(set(held)) == len(held)
    assert set(returned) <= set(held)


def _fail(descriptor: int, content: bytes) -> None:
    raise OSError(28, "No space left on device")
