"""What is written can be read again: by us, and by other tools."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings, strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

from caversham.archive import Leaves, WarcArchive, verify
from caversham.archive.captures import settle
from caversham.errors import RecordError, SettingsError, StationError
from caversham.types import Capture, CaptureId, CaptureKind, Earlier, OutletId, TimeBasis
from tests.archive.looks import NOW, REQUEST, archive_in, fill, now, only_file, page

JSON_KINDS = (CaptureKind.SIGHTING, CaptureKind.LISTING, CaptureKind.FAILURE, CaptureKind.ROW)
INSTANTS = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(2999, 1, 1)).map(  # noqa: DTZ001 made aware
    lambda instant: instant.replace(tzinfo=timezone(timedelta(hours=9)))
)
TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=12)
EARLIER = st.builds(Earlier, id=TEXT.map(CaptureId), url=TEXT, captured_at=INSTANTS)


def captures(hops: st.SearchStrategy[tuple[Capture, ...]] = st.just(())) -> st.SearchStrategy[Capture]:  # noqa: B008 a value
    return st.builds(
        Capture,
        url=TEXT,
        final_url=TEXT,
        outlet=TEXT.map(OutletId),
        kind=st.sampled_from(
            [kind for kind in CaptureKind if kind not in {CaptureKind.WITHDRAWN, CaptureKind.TOMBSTONE}]
        ),
        captured_at=INSTANTS,
        time_basis=st.sampled_from(TimeBasis),
        status=st.none() | st.integers(-1, 1200),
        headers=st.lists(st.tuples(TEXT | st.just("Transfer-Encoding"), TEXT), max_size=4).map(tuple),
        body=st.binary(max_size=60),
        sha256=TEXT,
        via=TEXT,
        vantage=TEXT,
        look=TEXT,
        request=st.binary(max_size=20),
        hops=hops,
        repeats=st.none() | EARLIER,
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(captures(st.lists(captures(), max_size=2).map(tuple)), min_size=1, max_size=3))
def test_what_is_written_is_read_back_equal(looks: list[Capture]) -> None:
    """For every capture, reading gives what `append` returned, which is `settle` of what it was given."""
    with tempfile.TemporaryDirectory() as folder, archive_in(Path(folder)) as archive:
        written = archive.append(looks)
        flat = [each for capture in written for each in (*capture.hops, replace(capture, hops=()))]
        assume(len({each.id for each in flat}) == len(flat))  # of equal looks `get` may name the first one's leaf

        assert list(archive.iter_captures()) == flat
        assert [
            archive.get(each.id, each.place.file, each.place.offset) for each in flat if each.id and each.place
        ] == [replace(each, request=b"") for each in flat]
        assert [replace(each, id=None, place=None) for each in flat] == [
            replace(settle(each), hops=()) for look in looks for each in (*look.hops, look)
        ]
        assert verify(Path(folder)).is_consistent


def test_the_same_look_written_twice_is_the_same_capture(tmp_path: Path) -> None:
    """What a crash makes us write again is known by its id."""
    with archive_in(tmp_path) as archive:
        look = page(1)
        first, second = archive.append([look]) + archive.append([look])

        assert first.id == second.id
        assert verify(tmp_path).is_consistent


@given(captures())
def test_settling_twice_is_settling_once(look: Capture) -> None:
    """The archive's form of a capture is stable."""
    assert settle(settle(look)) == settle(look)


@pytest.mark.parametrize(
    "look",
    [
        page(1, request=REQUEST),
        replace(page(2), url="http://news.example/2?a=b&ж=한국", final_url="http://news.example/2?a=b&ж=한국"),
        replace(page(3), captured_at=datetime(1948, 9, 9, 1, 2, 3, 4, tzinfo=UTC), time_basis=TimeBasis.IMPORTED),
        replace(page(4), url="http://news.example/old", kind=CaptureKind.REDIRECT, status=301),
        replace(page(5), headers=(("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"), ("X-Latin", "caf\udce9"), ("X", ""))),
        replace(
            page(6), status=None, headers=(), time_basis=TimeBasis.THIRD_PARTY_ARCHIVE, look="ab" * 32, via="old.warc"
        ),
        replace(page(7), kind=CaptureKind.ROW, headers=(), body=b'{"title":"\xd0\xb6"}', via="rows.jsonl", status=404),
        replace(page(8), kind=CaptureKind.FILE, headers=(), status=None),
        replace(
            page(9), kind=CaptureKind.FAILURE, headers=(), status=None, body=b'{"reason":"timeout"}', vantage="tor"
        ),
        page(
            10, repeats=Earlier(id=CaptureId("ab" * 32), url="http://news.example/9", captured_at=NOW), sha256="cd" * 32
        ),
    ],
)
def test_an_ordinary_capture_is_kept_as_it_is(tmp_path: Path, look: Capture) -> None:
    """Nothing but the hash of the body, the id and the place is added."""
    with archive_in(tmp_path) as archive:
        (written,) = archive.append([look])

    digest = look.sha256 if look.repeats else sha256(look.body).hexdigest()
    assert replace(written, id=None, place=None) == replace(look, sha256=digest)


def test_a_header_that_breaks_lines_cannot_add_a_record(tmp_path: Path) -> None:
    """Line ends in what a server sends become visible, and framing holds."""
    evil = "x\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nCaversham-Kind: withdrawn"
    look = replace(page(1), url=f"http://a.example/{evil}", headers=((evil, evil),), via=evil, outlet=OutletId(evil))
    with archive_in(tmp_path) as archive:
        (written,) = archive.append([replace(look, final_url=look.url)])

        assert list(archive.iter_captures()) == [written]
    assert written.url == (
        "http://a.example/x%0D%0A%0D%0AWARC/1.1%0D%0AWARC-Type:%20response%0D%0ACaversham-Kind:%20withdrawn"
    )
    assert written.headers[0][1].startswith("x%0D%0A%0D%0AWARC/1.1%0D%0A")
    assert written.via.startswith("x%0D%0A%0D%0AWARC/1.1%0D%0A")
    assert [record.rec_type for record in _read_with_warcio(only_file(tmp_path))] == ["warcinfo", "response"]


def test_a_transfer_encoding_is_kept_under_another_name(tmp_path: Path) -> None:
    """The body is stored out of its chunks, so no field may announce any."""
    look = replace(page(1), headers=(("transfer-encoding", "chunked"),))
    with archive_in(tmp_path) as archive:
        (written,) = archive.append([look])

    assert written.headers == (("X-Archive-Transfer-Encoding", "chunked"),)


def test_other_tools_read_our_files_and_find_every_digest_right(tmp_path: Path) -> None:
    """Each record type passes the digest check of warcio, revisits included."""
    earlier = Earlier(id=CaptureId("ab" * 32), url="https://news.example/item/1", captured_at=NOW)
    looks = [
        page(1, request=REQUEST),
        page(2, repeats=earlier, sha256=sha256(page(1).body).hexdigest(), request=REQUEST),
        replace(page(3, repeats=earlier), status=304, sha256="cd" * 32),
        *(replace(page(4), kind=kind, headers=(), body=b"{}") for kind in JSON_KINDS),
        replace(page(5), kind=CaptureKind.FILE, status=None, headers=()),
    ]
    with archive_in(tmp_path) as archive:
        archive.append(looks)
    records = _read_with_warcio(only_file(tmp_path))

    assert [record.rec_type for record in records] == [
        *("warcinfo", "request", "response", "request", "revisit", "revisit"),
        *("metadata", "metadata", "metadata", "resource", "resource"),
    ]
    assert [record.rec_headers.get_header("WARC-Profile").rsplit("/", 1)[-1] for record in records[4:6]] == [
        "identical-payload-digest",
        "server-not-modified",
    ]
    assert records[4].rec_headers.get_header("WARC-Refers-To-Target-URI") == "https://news.example/item/1"
    assert records[1].rec_headers.get_header("WARC-Concurrent-To") == records[2].rec_headers.get_header(
        "WARC-Record-ID"
    )
    assert len({record.rec_headers.get_header("WARC-Record-ID") for record in records}) == len(records)
    assert all(record.rec_headers.get_header("WARC-Record-ID")[24] == "8" for record in records)


def test_the_capture_id_and_the_leaf_are_the_hash_of_the_record(tmp_path: Path) -> None:
    """Anyone with the file can compute both: header and block, without the two closing line ends."""
    (written,) = fill(tmp_path, 1)
    assert written.place
    member = only_file(tmp_path).read_bytes()[written.place.offset :][: written.place.size]
    record = gzip.decompress(member)

    assert record.endswith(b"</p>\r\n\r\n")
    assert sha256(record[:-4]).hexdigest() == written.id
    assert Leaves(tmp_path / "ledger" / "w" / "leaves")[written.place.leaf].hex() == written.id


def test_the_same_captures_give_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in a file depends on the run."""
    fill(tmp_path / "one", 5)
    fill(tmp_path / "two", 5, batch=3)

    assert only_file(tmp_path / "one").read_bytes() == only_file(tmp_path / "two").read_bytes()


def test_files_are_cut_by_size_and_named_by_their_first_leaf(tmp_path: Path) -> None:
    """Sorted by name, the files are the log in order; each begins with a warcinfo that names the one before."""
    written = fill(tmp_path, 6, batch=6, file_limit=900)
    files = sorted((tmp_path / "archive" / "w" / "2026" / "11").iterdir())
    follows = [_read_with_warcio(path)[0].content for path in files]

    assert [path.name for path in files] == [f"{leaf:012d}.warc.gz" for leaf in (0, 3, 6)]
    assert [b"follows" in block for block in follows] == [False, True, True]
    assert follows[2].endswith(b"follows: w/2026/11/000000000003.warc.gz\r\n")
    with archive_in(tmp_path) as archive:
        assert list(archive.iter_captures()) == written
    assert verify(tmp_path).is_consistent


def test_files_are_cut_at_the_month_of_writing(tmp_path: Path) -> None:
    """A file holds what was written in one month, whatever the captures' own dates."""
    months = iter([NOW, datetime(2026, 12, 1, tzinfo=UTC)])
    for number in range(2):
        at = next(months)
        archive = WarcArchive(tmp_path, writer="w", clock=lambda at=at: at)  # type: ignore[misc]  # a default binds it
        archive.append([page(number)])
        archive.close()

    names = sorted(path.relative_to(tmp_path / "archive").as_posix() for path in (tmp_path / "archive").rglob("*.gz"))
    assert names == ["w/2026/11/000000000000.warc.gz", "w/2026/12/000000000002.warc.gz"]
    assert verify(tmp_path).record_count == 4


def test_reading_begins_where_it_is_asked_to(tmp_path: Path) -> None:
    """`since` names the first leaf wanted of each log; a log that it does not name is read whole."""
    mine, theirs = fill(tmp_path, 6, file_limit=900), fill(tmp_path, 2, writer="other")
    wanted = [capture for capture in mine if capture.place and capture.place.leaf >= 5]
    with archive_in(tmp_path) as archive:
        assert list(archive.iter_captures({"w": 5})) == theirs + wanted
        assert list(archive.iter_captures({"w": 100, "other": 100})) == []


def test_a_request_comes_back_with_its_capture_also_at_the_first_leaf_wanted(tmp_path: Path) -> None:
    """A request is a record of its own, one leaf before the answer."""
    with archive_in(tmp_path) as archive:
        written = archive.append([page(1, request=REQUEST), page(2), page(3, request=REQUEST)])
        leaves = [capture.place.leaf for capture in written if capture.place]

        assert leaves == [2, 3, 5]
        assert [capture.request for capture in archive.iter_captures()] == [REQUEST, b"", REQUEST]
        assert [capture.request for capture in archive.iter_captures({"w": 5})] == [REQUEST]


def test_reading_needs_no_lock_and_sees_what_is_logged(tmp_path: Path) -> None:
    """Another process may write meanwhile; an unfinished batch is not shown."""
    with archive_in(tmp_path) as writer:
        first = writer.append([page(1)])
        reader = WarcArchive(tmp_path, writer="reader", clock=now)
        reading = reader.iter_captures()
        assert next(reading) == first[0]
        writer.append([page(2)])
        with only_file(tmp_path).open("ab") as stream:
            stream.write(b"\x1f\x8b\x08half")

        assert list(reading) == []
        assert [capture.url[-1] for capture in reader.iter_captures()] == ["1", "2"]
        assert not (tmp_path / "archive" / "reader").exists()


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    """The second is told who holds the log; when the first closes, the log is free."""
    with archive_in(tmp_path) as first, archive_in(tmp_path) as second:
        first.append([page(1)])
        note = json.loads((tmp_path / "archive" / "w" / "lock").read_bytes())
        with pytest.raises(StationError, match=rf"written by process {note['pid']} on {note['host']}"):
            second.append([page(2)])
        first.close()

        second.append([page(2)])
        assert verify(tmp_path).is_consistent


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    """Nobody has to delete a lock file."""
    code = (
        "import os, sys; from pathlib import Path; from tests.archive.looks import fill, archive_in, page\n"
        "a = archive_in(Path(sys.argv[1])).__enter__(); a.append([page(1)]); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path], check=False).returncode == -9

    with archive_in(tmp_path) as archive:
        archive.append([page(2)])
    assert verify(tmp_path).record_count == 3


def test_a_capture_is_not_given_for_another(tmp_path: Path) -> None:
    """`get` answers only with the record that has the id asked for."""
    one, two = fill(tmp_path, 2)
    assert one.id
    assert two.id
    assert one.place
    with archive_in(tmp_path) as archive:
        with pytest.raises(RecordError) as unknown:
            archive.get(CaptureId("0" * 64), one.place.file, one.place.offset)
        for name in ("../../etc/passwd", "/etc/passwd", "w/2026/../000000000000.warc.gz", "w/2026/11/x", ""):
            with pytest.raises(RecordError) as nowhere:
                archive.get(one.id, name, 0)
            assert nowhere.value.reason == "no_such_file"
        with pytest.raises(RecordError):
            archive.get(one.id, "w/2027/11/000000000000.warc.gz", 0)

        assert unknown.value.reason == "no_such_record"
        assert archive.get(two.id, one.place.file, one.place.offset) == two


@pytest.mark.parametrize("writer", ["", "..", "a/b", "A", ".hidden", "x" * 64])
def test_a_writer_has_a_plain_name(tmp_path: Path, writer: str) -> None:
    """The name becomes a folder."""
    with pytest.raises(SettingsError):
        WarcArchive(tmp_path, writer=writer, clock=now)


def test_a_capture_too_large_for_a_record_stops_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before anything is written."""
    monkeypatch.setattr("caversham.archive.logs.RECORD_LIMIT", 1 << 21)
    with archive_in(tmp_path) as archive:
        with pytest.raises(RecordError) as refused:
            archive.append([page(1), page(2, body=b"x" * (1 << 21))])

        assert refused.value.reason == "too_large"
        assert list(archive.iter_captures()) == []


def test_a_naive_instant_is_refused(tmp_path: Path) -> None:
    """An instant without a zone is a mistake of the caller."""
    with archive_in(tmp_path) as archive, pytest.raises(ValueError, match="time zone"):
        archive.append([replace(page(1), captured_at=datetime(2026, 1, 1))])  # noqa: DTZ001 the point


def test_appending_nothing_writes_nothing(tmp_path: Path) -> None:
    """No lock, no file, no leaf."""
    with archive_in(tmp_path) as archive:
        assert archive.append([]) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_is_an_error_of_the_run(tmp_path: Path) -> None:
    """OSError is told as StationError, and the log can be written when the cause is gone."""
    (tmp_path / "archive").write_bytes(b"in the way")
    with archive_in(tmp_path) as archive:
        with pytest.raises(StationError):
            archive.append([page(1)])
        (tmp_path / "archive").unlink()

        assert len(archive.append([page(1)])) == 1


class _Read(NamedTuple):
    rec_type: str
    rec_headers: StatusAndHeaders
    content: bytes


def _read_with_warcio(path: Path) -> list[_Read]:
    """Every record, with its digests checked."""
    with path.open("rb") as stream:
        records = ArchiveIterator(stream, check_digests="raise")
        return [_Read(each.rec_type, each.rec_headers, each.content_stream().read()) for each in records]
