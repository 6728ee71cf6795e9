"""What must not be kept is taken out, and the archive still proves the rest: docs/storage.md, "Withdrawal"."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from caversham.archive import verify, withdrawal
from caversham.errors import RecordError, StationError
from caversham.types import Capture, CaptureId, CaptureKind, OutletId
from tests.archive.looks import NOW, REQUEST, archive_in, only_file, page

SECRET = b"<p>A name that must not be kept.</p>"
URL = "https://news.example/item/1"


def fill_with_secret(root: Path) -> tuple[Capture, ...]:
    with archive_in(root) as archive:
        return archive.append(
            [page(0), page(1, body=SECRET, request=REQUEST + SECRET), page(2), page(3, body=SECRET * 3)]
        )


def test_a_withdrawn_record_leaves_its_hash_and_a_tombstone(tmp_path: Path) -> None:
    """Body, head and request are gone from the disk; leaves and root stay; verify says withdrawn."""
    written = fill_with_secret(tmp_path)
    leaves = (tmp_path / "ledger/w/leaves").read_bytes()
    with archive_in(tmp_path) as archive:
        done = archive.withdraw([written[1], written[3]], url=URL, outlet=OutletId("agency"), reason="safety", at=NOW)
        found = list(archive.iter_captures())
    report = verify(tmp_path)

    assert (tmp_path / "ledger/w/leaves").read_bytes()[: len(leaves)] == leaves
    assert (report.record_count, report.withdrawn_count, report.problem_counts) == (4, 3, {})
    assert [capture.kind for capture in found] == [
        CaptureKind.PAGE,
        CaptureKind.WITHDRAWN,
        CaptureKind.PAGE,
        CaptureKind.WITHDRAWN,
        CaptureKind.TOMBSTONE,
    ]
    assert [capture.id for capture in found] == [*(capture.id for capture in written), done.tombstone.id]
    assert found[-1] == done.tombstone
    assert json.loads(done.tombstone.body)["reason"] == "safety"
    assert [record["leaf"] for record in json.loads(done.tombstone.body)["records"]] == [2, 3, 5]
    assert (found[1].url, found[1].headers, b"name" in found[1].body) == ("", (), False)
    assert not any(SECRET in record for record in _records(tmp_path))
    assert [path.name for path in only_file(tmp_path).parent.iterdir()] == [only_file(tmp_path).name]


def test_places_after_a_withdrawal_are_told_and_old_ones_still_work(tmp_path: Path) -> None:
    """Records behind a withdrawn one have moved in their file."""
    written = fill_with_secret(tmp_path)
    with archive_in(tmp_path) as archive:
        done = archive.withdraw([written[1]], url=URL, outlet=OutletId("agency"), reason="law", at=NOW)
        places = {id: place for name in done.files for id, place in archive.iter_places(name)}

        assert list(places) == [*(capture.id for capture in written), done.tombstone.id]
        for capture in (written[0], written[2], written[3]):
            assert capture.id
            assert capture.place
            by_new = archive.get(capture.id, capture.place.file, places[capture.id].offset)
            by_old = archive.get(capture.id, capture.place.file, capture.place.offset)
            assert by_new == by_old
            assert (by_new.body, by_new.place) == (capture.body, places[capture.id])
        assert places[CaptureId(written[3].id or "")] != written[3].place
        assert archive.get(CaptureId(written[1].id or ""), done.files[0], 0).kind is CaptureKind.WITHDRAWN


def test_writing_goes_on_after_a_withdrawal(tmp_path: Path) -> None:
    """The file was replaced; the log goes on at its end."""
    written = fill_with_secret(tmp_path)
    with archive_in(tmp_path) as archive:
        archive.withdraw([written[1]], url=URL, outlet=OutletId("agency"), reason="law", at=NOW)
        (after,) = archive.append([page(9)])

        assert list(archive.iter_captures())[-1] == after
    assert verify(tmp_path).problem_counts == {}


@pytest.mark.parametrize("stop", ["before the files", "between two files"])
def test_an_interrupted_withdrawal_is_carried_out_when_the_log_is_opened(
    tmp_path: Path, stop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tombstone whose records still stand, in one file or in several."""
    with archive_in(tmp_path, file_limit=900) as archive:
        written = archive.append([page(number, body=SECRET) for number in range(6)])
        rewrite, done = withdrawal._rewrite, list[str]()

        def interrupt(file: object, *rest: object) -> None:
            if stop == "before the files" or done:
                raise KeyboardInterrupt
            done.append("one")
            rewrite(file, *rest)  # type: ignore[arg-type]  # handed through

        monkeypatch.setattr(withdrawal, "_rewrite", interrupt)
        with pytest.raises(KeyboardInterrupt):
            archive.withdraw(written, url=URL, outlet=OutletId("agency"), reason="law", at=NOW)
        monkeypatch.setattr(withdrawal, "_rewrite", rewrite)
        assert verify(tmp_path).withdrawn_count == (2 if done else 0)
        archive.recover()
        files = {path: path.read_bytes() for path in tmp_path.rglob("*.gz")}
        archive.recover()
        (after,) = archive.append([page(9)])

        assert {path: path.read_bytes()[: len(files[path])] for path in files} == files
        assert list(archive.iter_captures())[-1] == after
    report = verify(tmp_path)
    assert (report.withdrawn_count, report.problem_counts) == (6, {})
    assert not any(SECRET in record for record in _records(tmp_path))


def test_withdrawing_twice_names_each_record_once(tmp_path: Path) -> None:
    """The second tombstone speaks only of what still stood."""
    written = fill_with_secret(tmp_path)
    with archive_in(tmp_path) as archive:
        archive.withdraw([written[1]], url=URL, outlet=OutletId("agency"), reason="law", at=NOW)
        again = archive.withdraw([written[1], written[3]], url=URL, outlet=OutletId("agency"), reason="law", at=NOW)

    assert [record["id"] for record in json.loads(again.tombstone.body)["records"]] == [written[3].id]
    assert verify(tmp_path).withdrawn_count == 3
    assert not any(SECRET in record for record in _records(tmp_path))


def test_a_record_taken_out_without_a_tombstone_is_removed(tmp_path: Path) -> None:
    """Whoever only puts a withdrawn member in the place of a record is found out."""
    written = fill_with_secret(tmp_path)
    doomed = withdrawal.find_doomed(tmp_path, [written[1]])
    withdrawal.carry_out(tmp_path, doomed, NOW)

    assert [(problem.kind, problem.leaf) for problem in verify(tmp_path).problems] == [("removed", 2), ("removed", 3)]


def test_the_log_of_another_writer_must_be_free(tmp_path: Path) -> None:
    """A file is not replaced while somebody may append to it."""
    with archive_in(tmp_path, writer="collector") as collector, archive_in(tmp_path, writer="desk") as desk:
        written = collector.append([page(1, body=SECRET), page(2)])
        with pytest.raises(StationError, match="collector"):
            desk.withdraw([written[0]], url=URL, outlet=OutletId("agency"), reason="law", at=NOW)
        assert verify(tmp_path).withdrawn_count == 0
        collector.close()
        desk.withdraw([written[0]], url=URL, outlet=OutletId("agency"), reason="law", at=NOW)
        collector.append([page(3)])

    report = verify(tmp_path)
    assert (report.withdrawn_count, report.problem_counts) == (1, {})


def test_a_record_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    """No tombstone is logged for what cannot be found."""
    written = fill_with_secret(tmp_path)
    before = only_file(tmp_path).read_bytes()
    with archive_in(tmp_path / "other") as other:
        (stranger,) = other.append([page(77)])
    with archive_in(tmp_path) as archive:
        for wrong in ([written[0], stranger], [page(5)]):
            with pytest.raises(RecordError):
                archive.withdraw(wrong, url=URL, outlet=OutletId("agency"), reason="law", at=NOW)

    assert (tmp_path / "archive/w/2026/11/000000000000.warc.gz").read_bytes() == before


def _records(root: Path) -> list[bytes]:
    """All bytes that the archive's members unpack to."""
    return [gzip.decompress(path.read_bytes()) for path in (root / "archive").rglob("*.warc.gz*")]
