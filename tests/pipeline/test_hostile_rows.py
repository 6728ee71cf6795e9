"""No row, record or listing of others stops an import, and none that was archived stops the catalogue."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from caversham.station import Station
from tests.stations import StandingClock, make_station

GOOD = b'{"url": "http://other.example/", "text": "A good row of another outlet.", "outlet": "other"}'
URL = "http://agency.example/1"
ROWS = {
    "a number like infinity": b'{"url": "http://agency.example/1", "x": 1e999}',
    "a white outlet": json.dumps({"url": URL, "text": "x", "outlet": "  "}).encode(),
    "an outlet that is half a character": json.dumps({"url": URL, "text": "x", "outlet": "\ud800"}).encode(),
    "an address after a control character": json.dumps({"url": "\x01" + URL, "text": "x"}).encode(),
    "a tab in the host": json.dumps({"url": "http://agency.exa\tmple/1", "text": "x"}).encode(),
    "titles for no address": json.dumps({"listing": URL, "urls": [URL], "titles": []}).encode(),
    "titles that are numbers": json.dumps({"listing": URL, "urls": [URL], "titles": [5]}).encode(),
    "titles that are no list": json.dumps({"listing": URL, "urls": [URL], "titles": 7, "published": {}}).encode(),
    "addresses that are none": json.dumps({"listing": URL, "urls": ["nope", "http://a b/"]}).encode(),
    "a year before the first": json.dumps({"url": URL, "captured_at": "0001-01-01T00:00:00+09:00"}).encode(),
    "brackets without end": b'{"url": "http://agency.example/1", "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


def check_goes_on(folder: Path, file: Path) -> None:
    """Every row of the file is accounted for, the good one is held, and the catalogue can be made again."""
    with make_station(folder, StandingClock()) as station:
        imported = station.import_paths([file])
        held = [version.content.text for version in station.export()]
    assert "A good row of another outlet." in held
    assert sum(imported.outcomes.values()) == imported.rows == 2
    with Station(folder, clock=StandingClock()) as again:
        again.rebuild()
        assert [version.content.text for version in again.export()] == held


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_hostile_row_is_one_row(row: bytes, tmp_path: Path) -> None:
    """It is used, or it is a counted loss."""
    (tmp_path / "rows.jsonl").write_bytes(row + b"\n" + GOOD)

    check_goes_on(tmp_path / "station", tmp_path / "rows.jsonl")


@pytest.mark.parametrize(
    "target",
    ["http://a b/", "http://", "http://[bad/", "http://host.example:99999/", "http://a.example/" + "x" * 10**5],
)
def test_a_record_with_an_address_that_is_none_is_one_loss(target: str, tmp_path: Path) -> None:
    """Crawlers write what they were told."""
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>A good row of another outlet."
    records = [
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-02-01T00:00:00Z\r\n"
        f"Content-Type: application/http\r\nContent-Length: {len(page)}\r\n\r\n".encode()
        + page
        + b"\r\n\r\n"
        for url in (target, "http://other.example/1")
    ]
    (tmp_path / "crawl.warc.gz").write_bytes(b"".join(map(gzip.compress, records)))

    check_goes_on(tmp_path / "station", tmp_path / "crawl.warc.gz")
