"""WARC and ARC files of warcio, jwarc and webarchive-commons: valid records read, damage survived and reported.

The record of what warcio reads (observed_with_warcio.jsonl) is an observation, not a norm: where a file is damaged we
read on behind the damage, and believe no record whose digest is wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.recordloader import ArcWarcRecord

from caversham.archive import iter_foreign
from caversham.types import Capture, Skip
from tests.stations import StandingClock, make_station

# by file of the suite: pages read, losses by reason; the suite's own notes say which files are damaged and how
SUITE: dict[str, tuple[int, dict[str, int]]] = {
    "jwarc/cc.warc.gz": (1, {}),
    "jwarc/gzip_extra_sl.warc.gz": (0, {}),
    "warcio/bad.arc": (0, {"bad_length": 2, "bad_http_head": 1}),
    "warcio/example-bad-non-chunked.warc.gz": (1, {"digest_mismatch": 1}),
    "warcio/example-bad.warc.gz.bad": (2, {"revisit_without_original": 1}),
    "warcio/example-digest.warc": (0, {}),
    "warcio/example-iana.org-chunked.warc": (1, {}),
    "warcio/example-resource.warc.gz": (1, {}),
    "warcio/example-space-in-target-uri.warc.gz": (0, {}),
    "warcio/example-space-in-url.arc": (0, {"cut_file": 1}),
    "warcio/example-trunc.warc": (0, {"digest_mismatch": 1, "bad_record": 1}),
    "warcio/example-wget-bad-target-uri.warc.gz": (1, {}),
    "warcio/example-wrong-chunks.warc.gz": (0, {"digest_mismatch": 1}),
    "warcio/example.arc": (1, {}),
    "warcio/example.arc.gz": (1, {}),
    "warcio/example.warc": (2, {}),
    "warcio/example.warc.gz": (2, {}),
    "warcio/post-test.warc.gz": (3, {}),
    "webarchive_commons/IAH-20080430204825-00000-blackbook-truncated.arc": (7, {}),
    "webarchive_commons/IAH-urls-wget.warc": (16, {}),
    "webarchive_commons/IAH-urls-wget.warc.gz": (16, {}),
    "webarchive_commons/abcd.gz": (0, {"not_an_archive": 1}),
    "webarchive_commons/double-single-inflate-error.gz": (0, {"broken_member": 1}),
    "webarchive_commons/empty.gz": (0, {"not_an_archive": 1}),
    "webarchive_commons/hi-2.gz": (0, {"not_an_archive": 1}),
    "webarchive_commons/hi.gz": (0, {"not_an_archive": 1}),
    "webarchive_commons/link-extraction-test.warc": (6, {"no_address": 1}),
    "webarchive_commons/mutliple-headers.warc": (1, {}),
}


# what becomes of them in a station; the six that no import takes for archives by their names are not among them
OUTCOMES = {"version": 15, "unchanged": 4, "known": 16, "not_page": 15, "skipped": 10}
SKIPS = {
    "bad_http_head": 1,
    "bad_length": 2,
    "bad_record": 1,
    "cut_file": 1,
    "digest_mismatch": 3,
    "no_address": 1,
    "no_article": 1,
}


@pytest.mark.parametrize("name", SUITE)
def test_the_outside_suite_is_read_and_its_damage_reported(shared: Path, name: str) -> None:
    """Pages and losses of each of the 28 files."""
    found = list(iter_foreign(shared / "suites/warc" / name))
    losses = Counter(each.reason for each in found if isinstance(each, Skip))

    assert (sum(isinstance(each, Capture) for each in found), dict(losses)) == SUITE[name]


def test_no_file_of_the_suite_is_forgotten(shared: Path) -> None:
    """The table above is whole."""
    folder = shared / "suites/warc"
    files = {path.relative_to(folder).as_posix() for path in folder.glob("*/*")}
    assert {name for name in files if not name.endswith(".txt")} == set(SUITE)


@pytest.mark.parametrize("name", ["example-iana.org-chunked.warc", "example.arc.gz", "post-test.warc.gz"])
def test_bodies_are_those_that_warcio_reads(shared: Path, name: str) -> None:
    """Same addresses, same bodies out of their chunks, content encoding left on."""
    path = shared / "suites/warc/warcio" / name
    with path.open("rb") as stream:
        theirs = [
            (each.rec_headers.get_header("WARC-Target-URI"), _read_sent(each))
            for each in ArchiveIterator(stream, no_record_parse=False, arc2warc=True)
            if each.rec_type == "response"
        ]
    ours = [each for each in iter_foreign(path) if isinstance(each, Capture)]

    assert [each.url for each in ours] == [url for url, _ in theirs]
    assert [each.body for each in ours] == [body for _, body in theirs]


def _read_sent(record: ArcWarcRecord) -> bytes:
    """The body out of its chunks, with its content encoding left on."""
    if record.http_headers.get_header("Transfer-Encoding") == "chunked":
        return bytes(ChunkedDataReader(record.raw_stream, decomp_type=None).read())
    return bytes(record.raw_stream.read())


def test_whatever_warcio_reads_is_a_page_here_or_a_counted_loss(shared: Path) -> None:
    """Answers and revisits of all 28 files. Resources are not compared: those of wget and Perma are no web addresses."""
    rows = [json.loads(line) for line in (shared / "suites/warc/observed_with_warcio.jsonl").read_text().splitlines()]

    assert {row["file"] for row in rows} == set(SUITE)
    for row in rows:
        pages, losses = SUITE[row["file"]]
        assert pages + sum(losses.values()) >= row["types"].get("response", 0) + row["types"].get("revisit", 0), row


def test_what_warcio_cannot_read_to_its_end_is_reported_or_read_better(shared: Path) -> None:
    """All of its errors are losses here too, but for one file of which it reads the header and we seven pages."""
    rows = [json.loads(line) for line in (shared / "suites/warc/observed_with_warcio.jsonl").read_text().splitlines()]

    silent = {row["file"]: SUITE[row["file"]][0] for row in rows if row["error"] and not SUITE[row["file"]][1]}
    assert silent == {"webarchive_commons/IAH-20080430204825-00000-blackbook-truncated.arc": 7}


def test_a_station_takes_the_suite_in_and_counts_what_it_loses(shared: Path, tmp_path: Path) -> None:
    """Every page held once, every loss in the tally, the archive consistent; a second import changes nothing."""
    folders = [shared / "suites/warc" / name for name in ("jwarc", "warcio", "webarchive_commons")]
    with make_station(tmp_path / "station", StandingClock()) as station:
        imported = station.import_paths(folders)
        again = station.import_paths(folders)

        assert station.verify().is_consistent
        assert dict(imported.skips) == SKIPS
        assert dict(imported.outcomes) == OUTCOMES
        assert dict(again.outcomes) == {"known": 54, "not_page": 15}


def test_a_file_that_is_no_archive_by_name_is_refused_with_a_reason(shared: Path, tmp_path: Path) -> None:
    """The plain gzip files of the suite, given one by one."""
    files = sorted((shared / "suites/warc/webarchive_commons").glob("*[!c].gz"))
    with make_station(tmp_path / "station", StandingClock()) as station:
        imported = station.import_paths(files)

        assert (dict(imported.outcomes), dict(imported.skips)) == ({"skipped": 5}, {"unknown_format": 5})
