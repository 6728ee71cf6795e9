"""WARC and ARC files of other tools, made here: every damage survived and reported. Real ones: tests/conformance."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from caversham.archive import iter_foreign
from caversham.archive.foreign import ForeignFile, iter_file
from caversham.archive.records import parse_date
from caversham.types import Capture, CaptureKind, OutletId, Skip, TimeBasis
from tests.archive.looks import fill, only_file


def read(content: bytes, *, limit: int = 1 << 26) -> tuple[list[Capture], list[Skip]]:
    file = ForeignFile(name="a.warc.gz", open=lambda: io.BytesIO(content), limit=limit)
    found = list(iter_file(file))
    return [each for each in found if isinstance(each, Capture)], [each for each in found if isinstance(each, Skip)]


def reasons(skips: list[Skip]) -> list[str]:
    return [skip.reason for skip in skips]


def response(
    number: int, *, body: bytes = b"", headers: str = "Content-Type: text/html\r\n", fields: str = ""
) -> bytes:
    """A record as some other tool would write it."""
    block = f"HTTP/1.1 200 OK\r\n{headers}\r\n".encode() + (body or b"<p>Number %d</p>" % number)
    return record("response", f"http://a.example/{number}", block, fields=fields)


def record(kind: str, target: str, block: bytes, *, fields: str = "", date: str = "2016-03-01T09:00:00Z") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {target}\r\nWARC-Date: {date}\r\n{fields}"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def test_a_page_has_everything_that_its_record_says() -> None:
    """Time basis, address, date, headers, source and identity."""
    body = b"<p>9 o'clock in Seoul</p>"
    block = b"HTTP/1.0 404 Not Found\r\nX-A: b\r\n folded\r\n\r\n" + body
    (capture,), skips = read(record("response", "http://a.example/x", block, date="2016-03-01T09:00:00.5+09:00"))
    digest = sha256(body).hexdigest()

    assert skips == []
    assert capture == Capture(
        url="http://a.example/x",
        final_url="http://a.example/x",
        outlet=OutletId(""),
        kind=CaptureKind.PAGE,
        captured_at=datetime(2016, 3, 1, 0, 0, 0, 500000, tzinfo=UTC),
        time_basis=TimeBasis.THIRD_PARTY_ARCHIVE,
        status=404,
        headers=(("X-A", "b folded"),),
        body=body,
        sha256=digest,
        via="a.warc.gz",
        look=sha256(f"http://a.example/x\n2016-03-01T00:00:00.500000Z\n{digest}".encode()).hexdigest(),
    )


def test_packed_and_plain_files_give_the_same_looks() -> None:
    """Compression, also of the whole file at once, is not part of an identity."""
    records = [response(number) for number in range(3)]
    plain = read(b"".join(records))
    assert read(b"".join(map(gzip.compress, records))) == plain
    assert read(gzip.compress(b"".join(records))) == plain
    assert len(plain[0]) == 3


def test_chunks_are_joined_where_there_are_any() -> None:
    """The bytes decide, not the field; a body cut inside a chunk gives what is there."""
    chunked = "Transfer-Encoding: chunked\r\n"
    cases = {
        b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n": b"hello world",
        b"<p>no chunks</p>": b"<p>no chunks</p>",
        b"5\r\nhello\r\n6\r\n wo": b"hello wo",
        b"5\r\nhello\r\nnonsense": b"5\r\nhello\r\nnonsense",
        b"fffffff\r\nhe": b"he",
    }
    for stored, body in cases.items():
        (capture,), _ = read(response(1, body=stored, headers=chunked))
        assert capture.body == body
        assert capture.headers == (("X-Archive-Transfer-Encoding", "chunked"),)


def test_a_revisit_gets_the_body_of_its_original_in_the_same_file() -> None:
    """By digest or by address and date; without an original it is a loss."""
    digest = "WARC-Payload-Digest: sha1:G7HRM7BGOKSKMSXZAHMUQTTV53QOFSMK\r\n"
    refers = "WARC-Refers-To-Target-URI: http://a.example/1\r\nWARC-Refers-To-Date: 2016-03-01T09:00:00Z\r\n"
    plain = [
        response(1),
        record("revisit", "http://a.example/1", b"HTTP/1.1 304 Not Modified\r\n\r\n", fields=refers, date="2016-03-02"),
        record("revisit", "http://a.example/2", b"HTTP/1.1 203 OK\r\nX: y\r\n\r\n", fields=refers),
        record("revisit", "http://a.example/3", b"", fields=digest),
    ]
    for content in (b"".join(plain), b"".join(map(gzip.compress, plain))):
        captures, skips = read(content)
        assert [(each.url[-1], each.status, each.body) for each in captures] == [
            ("1", 200, b"<p>Number 1</p>"),
            ("1", 200, b"<p>Number 1</p>"),
            ("2", 203, b"<p>Number 1</p>"),
        ]
        assert len({each.look for each in captures}) == 3
        assert reasons(skips) == ["revisit_without_original"]


def test_a_file_cut_at_any_byte_gives_the_whole_records_before() -> None:
    """The rest is one loss; what follows a cut is never invented."""
    members = [gzip.compress(response(number)) for number in range(2)]
    for content, ends in ((b"".join(members), [len(members[0]), sum(map(len, members))]),):
        for length in range(1, len(content)):
            captures, skips = read(content[:length])
            assert len(captures) == sum(end <= length for end in ends)
            assert len(skips) == (length not in ends)


def test_a_flipped_byte_costs_one_record() -> None:
    """Reading goes on at the next gzip member; a record whose check sum is wrong is not believed."""
    members = [gzip.compress(response(number), mtime=0) for number in range(3)]
    start, end = len(members[0]), len(members[0]) + len(members[1])
    content = b"".join(members)
    for at in range(start, end):
        flipped = bytearray(content)
        flipped[at] ^= 0x55
        captures, skips = read(bytes(flipped))
        whole = [each.url[-1] for each in captures]

        assert (whole, len(skips)) in [(["0", "2"], 1), (["0", "1", "2"], 0)]
        assert all(each.body == b"<p>Number %s</p>" % each.url[-1].encode() for each in captures)


def test_damage_in_a_plain_file_costs_what_it_touches() -> None:
    """Reading goes on at the next line that begins a record."""
    records = [response(number) for number in range(4)]
    records[1] = records[1].replace(b"Content-Length: ", b"Content-Length: x")
    records[2] = records[2].replace(b"WARC/1.0", b"W?RC/1.0")
    captures, skips = read(b"".join(records))

    assert [each.url[-1] for each in captures] == ["0", "3"]
    assert reasons(skips) == ["bad_length"]


def test_a_first_member_that_is_broken_does_not_hide_the_others() -> None:
    """What the file is, is then told by the next member."""
    members = [gzip.compress(response(number)) for number in range(2)]
    members[0] = members[0][:12] + b"\xff" * 20 + members[0][32:]
    captures, skips = read(b"".join(members))

    assert [each.url[-1] for each in captures] == ["1"]
    assert reasons(skips) == ["broken_member"]


def test_wrong_digests_are_losses() -> None:
    """A digest of the block decides; without one, that of the payload, in chunks or out of them."""
    good = sha256(b"<p>Number 1</p>").hexdigest()
    wrong = "0" * 64
    for field, is_read in (
        (f"WARC-Payload-Digest: sha256:{good}\r\n", True),
        (f"WARC-Payload-Digest: sha256:{wrong}\r\n", False),
        (f"WARC-Block-Digest: sha256:{wrong}\r\n", False),
        ("WARC-Block-Digest: crc:1234\r\n", True),
        ("WARC-Block-Digest: sha1:not-base-anything!\r\n", True),
    ):
        captures, skips = read(response(1, fields=field))
        assert (len(captures), reasons(skips)) == ((1, []) if is_read else (0, ["digest_mismatch"]))


def test_each_record_that_cannot_be_used_has_its_reason() -> None:
    """Bookkeeping is not counted; a page that cannot be used is."""
    cases = {
        record("response", "http://a.example/", b"no head"): ["bad_http_head"],
        record("response", "http://a.example/", b"HTTP/1.1 200 OK\r\n\r\n", date="yesterday"): ["bad_date"],
        record("response", "http://a.example/", b"", fields="WARC-Segment-Number: 1\r\n"): ["segmented"],
        record("response", "", b"HTTP/1.1 200 OK\r\n\r\n"): ["no_address"],
        record("response", "dns:a.example", b"x"): [],
        record("request", "http://a.example/", b"GET / HTTP/1.1\r\n\r\n"): [],
        record("metadata", "http://a.example/", b"x"): [],
        record("resource", "urn:pageinfo:http://a.example/", b"x"): [],
        b"": ["not_an_archive"],
        b"<html>": ["not_an_archive"],
    }
    assert {content: reasons(read(content)[1]) for content in cases} == cases
    assert list(iter_foreign(Path("no such file.warc"))) == [
        Skip(
            step="import",
            subject="no such file.warc",
            reason="unreadable_file",
            detail="[Errno 2] No such file or directory: 'no such file.warc'",
        )
    ]


def test_a_record_beyond_the_limit_is_passed_over() -> None:
    """It is counted, and the next one is read."""
    large = response(1, body=b"x" * 5000)
    for content in (response(0) + large + response(2), b"".join(map(gzip.compress, (response(0), large, response(2))))):
        captures, skips = read(content, limit=4000)
        assert [each.url[-1] for each in captures] == ["0", "2"]
        assert reasons(skips) == ["too_large"]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that states more than may be thrown away is left at its first bytes."""
    monkeypatch.setattr("caversham.archive.streams._WASTE_LIMIT", 1 << 20)
    bomb = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999\r\n\r\n" + bytes(1 << 24)
    captures, skips = read(gzip.compress(bomb) + gzip.compress(response(1)))

    assert [each.url[-1] for each in captures] == ["1"]
    assert reasons(skips) == ["too_large"]


def test_a_hundred_thousand_empty_members_are_read_without_recursion() -> None:
    """Depth never follows input."""
    captures, skips = read(gzip.compress(b"\r\n") * 100_000 + gzip.compress(response(1)))

    assert (len(captures), skips) == (1, [])


def test_our_own_files_can_be_imported_elsewhere(tmp_path: Path) -> None:
    """A station's WARC is a WARC like any other."""
    written = fill(tmp_path, 3)
    found = list(iter_foreign(only_file(tmp_path), outlet_for=lambda url: OutletId(url[-1])))

    assert [(each.url, each.body, each.headers, each.outlet) for each in found if isinstance(each, Capture)] == [
        (each.url, each.body, each.headers, each.url[-1]) for each in written
    ]


def test_what_warcio_writes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records, with the digests that it makes."""
    monkeypatch.setattr(WARCWriter, "_create_temp_file", staticmethod(io.BytesIO))  # it leaves its files open
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
    writer.write_record(
        writer.create_warc_record(
            "http://a.example/", "response", payload=io.BytesIO(b"<p>x</p>"), http_headers=headers
        )
    )
    writer.write_record(
        writer.create_warc_record(
            "http://a.example/f", "resource", payload=io.BytesIO(b"<p>y</p>"), warc_content_type="text/html"
        )
    )
    captures, skips = read(buffer.getvalue())

    assert skips == []
    assert [(each.url, each.status, each.headers, each.body) for each in captures] == [
        ("http://a.example/", 200, (("Content-Type", "text/html"),), b"<p>x</p>"),
        ("http://a.example/f", None, (("Content-Type", "text/html"),), b"<p>y</p>"),
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x1f\x8b\x08\x00", b"WARC/1.0\r\n", b"filedesc://x 1 20000101000000 a 0\n"]),
)
@example(b"\x1f\x8b\x08" * 50, b"")
@example(b"http://a.example 1 20000101000000 text/html 99\n", b"filedesc://x 1 20000101000000 a 0\n")
def test_any_bytes_give_captures_and_skips_and_nothing_else(junk: bytes, start: bytes) -> None:
    """Nothing in a file raises."""
    for content in (start + junk, gzip.compress(start + junk), response(1) + junk, gzip.compress(response(1)) + junk):
        read(content)


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("2016-01-11T23:24:25Z", datetime(2016, 1, 11, 23, 24, 25, tzinfo=UTC)),
        ("2016-01-11T23:24:25.412030Z", datetime(2016, 1, 11, 23, 24, 25, 412030, tzinfo=UTC)),
        ("2016-01-11T23:24:25.123456789Z", datetime(2016, 1, 11, 23, 24, 25, 123456, tzinfo=UTC)),
        ("2016-01-11T09:00:00+09:00", datetime(2016, 1, 11, tzinfo=UTC)),
        ("2016-01-11T23:24Z", datetime(2016, 1, 11, 23, 24, tzinfo=UTC)),
        ("2016-01", datetime(2016, 1, 1, tzinfo=UTC)),
        ("1948-09-09", datetime(1948, 9, 9, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("20140216050221", datetime(2014, 2, 16, 5, 2, 21, tzinfo=UTC)),
    ],
)
def test_dates_of_archives_are_read(date: str, instant: datetime) -> None:
    """W3CDTF in any precision, and the 14 digits of ARC."""
    assert parse_date(date) == instant


@pytest.mark.parametrize("date", ["", "2016-13-01", "20140230000000", "2016-01-11T25:00:00Z", "0000-01-01", "x" * 99])
def test_what_is_no_date_is_none(date: str) -> None:
    """No instant is guessed."""
    with pytest.raises(ValueError):
        parse_date(date)
