"""`verify` tells apart what can be wrong: docs/storage.md, "Verify"."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings, strategies as st

from caversham.archive import LogHead, Report, merkle_root, verify
from caversham.archive.ledger import LEAF_SIZE, Leaves
from caversham.types import Capture, Place
from tests.archive.looks import archive_in, fill, only_file, page


def kinds(report: Report) -> list[tuple[str, int | None]]:
    return [(problem.kind, problem.leaf) for problem in report.problems]


def place(capture: Capture) -> Place:
    assert capture.place
    return capture.place


def test_a_sound_archive_is_self_consistent(tmp_path: Path) -> None:
    """All records are counted, and the tree of each log is named."""
    fill(tmp_path, 3)
    fill(tmp_path, 1, writer="b")
    roots = {writer: merkle_root(Leaves(tmp_path / "ledger" / writer / "leaves")).hex() for writer in ("b", "w")}

    assert verify(tmp_path) == Report(
        record_count=6,
        withdrawn_count=0,
        problem_counts={},
        problems=(),
        logs=(LogHead(writer="b", size=2, root=roots["b"]), LogHead(writer="w", size=4, root=roots["w"])),
    )


def test_progress_ends_at_the_whole_size(tmp_path: Path) -> None:
    """Bytes read of bytes in all."""
    fill(tmp_path, 3, file_limit=900)
    total = sum(path.stat().st_size for path in tmp_path.rglob("*.gz"))
    seen: list[tuple[int, int]] = []
    verify(tmp_path, progress=lambda read, whole: seen.append((read, whole)))

    assert seen[-1] == (total, total)
    assert seen == sorted(seen)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False))
def test_a_flipped_bit_that_changes_a_record_is_found(tmp_path: Path, chance: object) -> None:
    """One bit anywhere: either a problem is found, or every record is still what its leaf says."""
    root = tmp_path / "archive_with_flips"
    if not root.exists():
        fill(root, 4)
    path = only_file(root)
    content = path.read_bytes()
    bit = chance.randrange(8 * len(content))  # type: ignore[attr-defined]  # hypothesis types it as object
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    path.write_bytes(flipped)
    report = verify(root)
    path.write_bytes(content)

    assert report.problem_counts or report.record_count == 5
    assert sum(report.problem_counts.values()) <= 1


def test_a_flipped_bit_in_the_ledger_is_found(tmp_path: Path) -> None:
    """A rewritten leaf matches no member."""
    fill(tmp_path, 4)
    path = tmp_path / "ledger/w/leaves"
    leaves = bytearray(path.read_bytes())
    leaves[2 * LEAF_SIZE + 7] ^= 1
    path.write_bytes(leaves)

    assert kinds(verify(tmp_path)) == [("altered", 2)]


def test_a_rewritten_record_is_found(tmp_path: Path) -> None:
    """A member that unpacks well but says something else does not match its leaf."""
    one, two = fill(tmp_path / "true", 3)[:2]
    with archive_in(tmp_path / "false") as archive:
        archive.append([page(0), page(1, body=b"<p>The minister closed the bridge.</p>"), page(2)])
    path, false = only_file(tmp_path / "true"), only_file(tmp_path / "false").read_bytes()
    path.write_bytes(false)
    report = verify(tmp_path / "true")

    assert kinds(report) == [("altered", place(two).leaf)]
    assert report.problems[0].offset == place(one).offset + place(one).size
    assert report.problems[0].file == place(one).file


def test_swapped_records_are_found(tmp_path: Path) -> None:
    """A record that is logged elsewhere does not stand in for another."""
    _, two, three, _ = fill(tmp_path, 4)
    path = only_file(tmp_path)
    content = path.read_bytes()
    a, b, end = place(two).offset, place(three).offset, place(three).offset + place(three).size
    path.write_bytes(content[:a] + content[b:end] + content[a:b] + content[end:])

    assert kinds(verify(tmp_path)) == [("missing", place(two).leaf), ("unlogged", None)]


def test_a_removed_member_is_a_leaf_without_a_member(tmp_path: Path) -> None:
    """Those after it are still known by their hash."""
    _, two, three, _ = fill(tmp_path, 4)
    path = only_file(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: place(two).offset] + content[place(three).offset :])

    assert kinds(verify(tmp_path)) == [("missing", place(two).leaf)]


def test_an_added_member_is_a_member_without_a_leaf(tmp_path: Path) -> None:
    """At the end of a log, or between two members."""
    for root, at_end in ((tmp_path / "end", True), (tmp_path / "between", False)):
        one = fill(root, 2)[0]
        (stranger,) = fill(root / "other", 1, writer="x")
        member = only_file(root / "other").read_bytes()[place(stranger).offset :]
        path = root / "archive" / place(one).file
        content = path.read_bytes()
        at = len(content) if at_end else place(one).offset
        path.write_bytes(content[:at] + member + content[at:])

        assert kinds(verify(root)) == [("unlogged", None)]


def test_a_truncated_member_is_found_at_every_length(tmp_path: Path) -> None:
    """A logged member that is cut is broken; cut off whole, it is missing."""
    last = fill(tmp_path, 2)[1]
    path = only_file(tmp_path)
    content = path.read_bytes()
    for length in range(place(last).offset, len(content)):
        path.write_bytes(content[:length])
        expected = "missing" if length == place(last).offset else "broken"

        assert kinds(verify(tmp_path)) == [(expected, place(last).leaf)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Each file names the one before it; the leaves of a missing one have no member."""
    fill(tmp_path, 6, file_limit=900, batch=6)
    files = sorted((tmp_path / "archive").rglob("*.gz"))
    for number, leaves, named in ((0, range(0), "w/2026/11/000000000000.warc.gz"), (1, range(3, 6), files[1].name)):
        content = files[number].read_bytes()
        files[number].unlink()
        report = verify(tmp_path)
        files[number].write_bytes(content)

        assert [problem.leaf for problem in report.problems if problem.kind == "missing"] == list(leaves)
        assert [problem.file for problem in report.problems if problem.kind == "missing_file"][-1].endswith(named)
    files[2].unlink()
    assert verify(tmp_path).problem_counts == {"missing": 3}


def test_a_log_whose_files_are_all_gone_is_found(tmp_path: Path) -> None:
    """The ledger alone proves nothing."""
    fill(tmp_path, 2)
    only_file(tmp_path).unlink()

    assert verify(tmp_path).problem_counts == {"missing_file": 1}


def test_a_file_that_is_none_of_the_log_is_found(tmp_path: Path) -> None:
    """Whatever lies in a log's folder and looks like a WARC must be in the ledger."""
    fill(tmp_path, 2)
    (tmp_path / "archive/w/stray.warc.gz").write_bytes(only_file(tmp_path).read_bytes())

    assert verify(tmp_path).problem_counts == {"unlogged": 1}


def test_a_batch_that_is_being_written_is_no_problem(tmp_path: Path) -> None:
    """Members without leaves at the end of a log belong to the process that holds its lock."""
    with archive_in(tmp_path) as archive:
        archive.append([page(1)])
        with only_file(tmp_path).open("ab") as stream:
            stream.write(os.urandom(100))
        assert verify(tmp_path).problem_counts == {}

    assert verify(tmp_path).problem_counts == {"broken": 1}


def test_damage_everywhere_takes_no_more_than_a_list_of_a_thousand(tmp_path: Path) -> None:
    """All problems are counted, the first thousand are listed."""
    fill(tmp_path, 1200, batch=1200)
    (tmp_path / "ledger/w/leaves").write_bytes(bytes(1201 * LEAF_SIZE))
    report = verify(tmp_path)

    assert report.problem_counts == {"altered": 1201}
    assert [problem.leaf for problem in report.problems] == list(range(1000))
