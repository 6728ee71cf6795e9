"""Which pages lead into the past, and what the indexes of archives say: no network, no store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, strategies as st

from caversham.collect.backfill import Period, day_of, is_dated, iter_numbers, iter_pages, iter_periods
from caversham.collect.cdx import (
    COMMON_CRAWL,
    WAYBACK,
    Collection,
    Entry,
    Listed,
    Part,
    index_hosts,
    memento_url,
    original_headers,
    parse_collections,
    parse_crawl,
    parse_page_count,
    parse_wayback,
    restore_memento,
    settle_record,
    wayback_query,
)
from caversham.errors import FeedError, PayloadError, RecordError
from caversham.outlets.templates import fill, places_of
from caversham.types import Capture, CaptureKind, Link, OutletId, Source, TimeBasis

AT = datetime(2024, 3, 5, 9, 15, tzinfo=UTC)
INDEX = "https://index.example/"


def answer(body: str | bytes) -> Capture:
    """An answer of an index."""
    raw = body.encode() if isinstance(body, str) else body
    return Capture(
        url=INDEX,
        final_url=INDEX,
        outlet=OutletId("agency"),
        kind=CaptureKind.SOURCE,
        captured_at=AT,
        time_basis=TimeBasis.OBSERVED,
        status=200,
        body=raw,
    )


# --- templates and periods ---------------------------------------------------------------------------


def test_a_template_is_filled_with_the_zeros_that_it_asks_for() -> None:
    """A number that is longer stays whole."""
    filled = fill("http://a.example/{year}/{month:02}/{day}/{page:03}", year=2024, month=3, day=5, page=1234)

    assert filled == "http://a.example/2024/03/5/1234"


@pytest.mark.parametrize("template", ["{hour}", "{year:2}", "{year", "a}", "{{year}}", "{year!r}", "{}", "{page.x}"])
def test_a_brace_that_is_no_place_is_refused(template: str) -> None:
    """Nothing of Python's own formatting is known: a file of the catalogue is data."""
    with pytest.raises(ValueError, match="brace"):
        places_of(f"http://a.example/{template}")


PERIODS = [
    (
        "{year}/{month}/{day}",
        [((2024, 3, 2), (2024, 3, 2)), ((2024, 3, 1), (2024, 3, 1)), ((2024, 2, 29), (2024, 2, 29))],
    ),
    ("{year}/{month}", [((2024, 3, 1), (2024, 3, 31)), ((2024, 2, 1), (2024, 2, 29))]),
    ("{year}", [((2024, 1, 1), (2024, 12, 31))]),
    ("{page}", [((2024, 2, 29), (2024, 3, 2))]),
]


@pytest.mark.parametrize(("places", "expected"), PERIODS, ids=[places for places, _ in PERIODS])
def test_periods_are_those_that_the_address_names_newest_first(places: str, expected: list[Any]) -> None:
    """A month or year that is touched is asked for whole."""
    found = iter_periods(f"http://a.example/{places}", date(2024, 2, 29), date(2024, 3, 2))

    assert list(found) == [Period(since=date(*since), until=date(*until)) for since, until in expected]


def test_the_first_and_the_last_year_that_dates_know_are_no_error() -> None:
    """A day of the year 1 or 9999 in a command is odd, not a crash."""
    assert len(list(iter_periods("http://a.example/{year}", date(1, 1, 1), date(1, 12, 31)))) == 1
    assert next(iter_periods("http://a.example/{year}", date(9999, 1, 1), date(9999, 12, 31))).until == date.max


def test_pages_are_counted_as_the_source_says() -> None:
    """Some sites begin with 0, some count items."""
    source = Source(kind="archive", url="http://a.example/{year}?from={page}", first=0, step=20)
    pages = islice(iter_pages(source, Period(since=date(2024, 1, 1), until=date(2024, 12, 31))), 3)

    assert list(pages) == [f"http://a.example/2024?from={number}" for number in (0, 20, 40)]
    assert is_dated(source)


def test_numbers_go_up_without_end_and_down_to_zero() -> None:
    """The known number comes once."""
    source = Source(kind="numbered", url="http://a.example/{number}", first=5, step=2)

    assert list(islice(iter_numbers(source, is_upward=True), 3)) == [5, 7, 9]
    assert list(iter_numbers(source, is_upward=False)) == [3, 1]


DAYS = [
    ("2024-03-05", date(2024, 3, 5)),
    ("Tue, 05 Mar 2024 23:30:00 GMT", date(2024, 3, 6)),
    ("5 March 2024", date(2024, 3, 5)),
    ("2024년 3월 5일", date(2024, 3, 5)),
    ("March 2024", None),
    ("yesterday", None),
    ("", None),
]


@pytest.mark.parametrize(("printed", "expected"), DAYS, ids=[printed for printed, _ in DAYS])
def test_the_day_beside_a_link_is_one_of_the_outlets_time_zone(printed: str, expected: date | None) -> None:
    """An instant is a day in Pyongyang; a month alone is none."""
    link = Link(url="http://a.example/1", outlet=OutletId("a"), source="", found_at=AT, published_hint=printed)

    assert day_of(link, "Asia/Pyongyang") == expected


# --- Wayback -----------------------------------------------------------------------------------------


def test_the_documented_answer_of_the_cdx_server_is_read() -> None:
    """Fields by the names of the first array, in any order; an empty array and the key stand at the end."""
    rows: list[list[str]] = [
        ["original", "urlkey", "timestamp", "statuscode"],
        ["http://agency.example:80/1#top", "example,agency)/1", "20240305091500", "200"],
        ["http://agency.example:80/1", "example,agency)/1", "20240305091500", "200"],
        [],
        ["example%2Cagency%29%2F1+20240305091500%21"],
    ]

    assert parse_wayback(answer(json.dumps(rows))) == Listed(
        entries=(Entry(url="http://agency.example/1", captured_at=AT, via=WAYBACK),),
        losses=(),
        resume_key="example%2Cagency%29%2F1+20240305091500%21",
    )


@pytest.mark.parametrize("body", ["", "[]", "[]\n", '[["timestamp","original"]]'])
def test_an_answer_without_captures_is_one(body: str) -> None:
    """The server sends nothing, or an empty array."""
    assert parse_wayback(answer(body)) == Listed(entries=(), losses=())


def test_a_key_is_sent_back_as_it_was_given() -> None:
    """It comes encoded; what could end it or begin another field is encoded."""
    asked = wayback_query("https://w.example", "a.example", date(2024, 1, 1), date(2024, 1, 2), "a%2C+b&limit=1#")

    assert asked.endswith("&showResumeKey=true&resumeKey=a%2C+b%26limit%3D1%23")


def test_a_memento_is_asked_for_unchanged() -> None:
    """`id_` behind the time."""
    entry = Entry(url="http://a.example/?q=1&r=2", captured_at=AT, via=WAYBACK)

    assert (
        memento_url("https://w.example", entry) == "https://w.example/web/20240305091500id_/http://a.example/?q=1&r=2"
    )


HEADERS = [
    ([("x-archive-orig-date", "x"), ("Date", "y"), ("X-Archive-Orig-Connection", "close")], (("date", "x"),)),
    (
        [("Content-Encoding", "gzip"), ("X-Archive-Orig-Content-Encoding", "br")],
        (("Content-Encoding", "gzip"),),
    ),
    ([("X-Archive-Orig-content-encoding", "gzip")], (("content-encoding", "gzip"),)),
    (
        [("Content-Type", "text/html"), ("X-Archive-Orig-Content-Type", "text/html; charset=euc-kr")],
        (("Content-Type", "text/html; charset=euc-kr"),),
    ),
]


@pytest.mark.parametrize(("sent", "expected"), HEADERS)
def test_the_fields_of_the_outlets_own_server_come_back(sent: Any, expected: Any) -> None:
    """The coding is that of the body that we have; fields of the connection are left out."""
    assert original_headers(sent) == expected


def test_hosts_below_others_and_private_ones_are_not_asked_for() -> None:
    """A question for a domain covers its subdomains; archives know nothing of a private host."""
    hosts = [
        "www.a.example",
        "a.example",
        "a.example:8080",
        "localhost:1",
        "192.168.0.1",
        "175.45.176.71",
        "xa.example",
    ]

    assert index_hosts(hosts) == ("a.example", "175.45.176.71", "xa.example")


# --- Common Crawl ------------------------------------------------------------------------------------

LINE = {
    "urlkey": "example,agency)/1",
    "timestamp": "20240305091500",
    "url": "http://agency.example/1",
    "mime": "text/html",
    "status": "200",
    "length": "8548",
    "offset": "272838009",
    "filename": "crawl-data/CC-MAIN-2024-10/segments/1707947474650.85/warc/a-00381.warc.gz",
}
READ = Entry(
    url="http://agency.example/1",
    captured_at=AT,
    via=COMMON_CRAWL,
    part=Part(file=LINE["filename"], offset=272838009, size=8548),
)


def test_lines_of_json_and_of_cdxj_say_the_same() -> None:
    """CDXJ has key and time before the object, which need not repeat them."""
    rest = {name: value for name, value in LINE.items() if name not in {"urlkey", "timestamp"}}
    cdxj = f"example,agency)/1 20240305091500 {json.dumps(rest)}"

    assert parse_crawl(answer(json.dumps(LINE))).entries == (READ,)
    assert parse_crawl(answer(cdxj)).entries == (READ,)


def test_a_line_that_names_no_part_of_a_file_is_a_loss_with_its_number() -> None:
    """The lines around it are read."""
    other = {**LINE, "filename": "/etc/passwd"}
    listed = parse_crawl(answer("\n".join(json.dumps(line) for line in (other, LINE))))

    assert (listed.entries, [(one.subject, one.reason) for one in listed.losses]) == (
        (READ,),
        [(f"{INDEX}#1", "bad_row")],
    )


def test_the_number_of_pages_is_read_in_both_forms() -> None:
    """An object where JSON was asked for, else the number."""
    assert [parse_page_count(answer(body)) for body in ('{"pages": 4, "pageSize": 5, "blocks": 18}', "4\n")] == [4, 4]


@pytest.mark.parametrize("body", ['{"pages": -1}', '{"pages": true}', '"4"', "[]", '{"pages": 99999999}', "4.5"])
def test_a_number_of_pages_that_is_none_is_refused(body: str) -> None:
    """Or a run would ask for pages without end."""
    with pytest.raises(FeedError):
        parse_page_count(answer(body))


def test_crawls_are_those_at_the_host_that_was_asked_with_the_days_of_their_names() -> None:
    """`from` and `to` are given for newer crawls; else the week of the name bounds them."""
    rows = [
        {
            "id": "CC-MAIN-2026-30",
            "cdx-api": f"{INDEX}a-index",
            "from": "2026-07-12T00:00:00",
            "to": "2026-07-25T00:00:00",
        },
        {"id": "CC-MAIN-2024-10", "cdx-api": f"{INDEX}b-index"},
        {"id": "CC-MAIN-2008-2009", "cdx-api": f"{INDEX}c-index"},
        {"id": "CC-MAIN-2012", "cdx-api": f"{INDEX}d-index"},
        {"id": "CC-MAIN-2024-99", "cdx-api": f"{INDEX}e-index"},
        {"id": "CC-MAIN-2024-11", "cdx-api": "https://elsewhere.example/index"},
        {"id": "CC-MAIN-2024-12", "cdx-api": "file:///etc/passwd"},
        {"id": "CC-MAIN-2024-13", "cdx-api": 7},
        {"id": "../..", "cdx-api": f"{INDEX}f-index"},
        "CC-MAIN-2024-14",
    ]
    days = [
        (date(2026, 7, 12), date(2026, 7, 25)),
        (date(2024, 1, 29), date(2024, 4, 8)),
        (date(2008, 1, 1), date(2009, 12, 31)),
        (date(2012, 1, 1), date(2012, 12, 31)),
        (date(2024, 1, 1), date(2024, 12, 31)),
    ]
    names = ["CC-MAIN-2026-30", "CC-MAIN-2024-10", "CC-MAIN-2008-2009", "CC-MAIN-2012", "CC-MAIN-2024-99"]

    assert parse_collections(answer(json.dumps(rows))) == tuple(
        Collection(id=id_, index=f"{INDEX}{letter}-index", since=since, until=until)
        for id_, letter, (since, until) in zip(names, "abcde", days, strict=True)
    )


REFUSED = [
    (parse_collections, "{}", "bad_index"),
    (parse_collections, json.dumps([{}] * 1_001), "too_large"),
    (parse_collections, '[{"id": "CC-MAIN-2024-10", "cdx-api": "https://elsewhere.example/"}]', "bad_index"),
    (parse_crawl, "x\n" * 50_001, "too_large"),
    (parse_wayback, json.dumps([["timestamp", "original"], *[["a", "b"]] * 5_001]), "too_large"),
    (parse_wayback, "[" + "1," * 2_000_000 + "1]", "too_large"),
]


@pytest.mark.parametrize(("parse", "body", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_an_answer_beyond_what_was_asked_for_is_refused(parse: Any, body: str, reason: str) -> None:
    """Before it takes memory."""
    with pytest.raises(FeedError) as refused:
        parse(answer(body))

    assert refused.value.reason == reason


def test_a_day_that_is_none_leaves_that_of_the_name() -> None:
    """`from` and `to` are somebody else's words."""
    row = {"id": "CC-MAIN-2024-10", "cdx-api": f"{INDEX}b-index", "from": "soon", "to": 7}
    (found,) = parse_collections(answer(json.dumps([row])))

    assert (found.since, found.until) == (date(2024, 1, 29), date(2024, 4, 8))


def test_what_an_archive_plays_back_has_to_be_what_was_asked_for() -> None:
    """A time that cannot be read is taken for none; a record with another status is no page."""
    entry = Entry(url="http://agency.example/1", captured_at=AT, via=WAYBACK)
    played = replace(answer("<p>Rice"), headers=(("Memento-Datetime", "once"), ("Content-Type", "text/html")))
    found = restore_memento(played, entry, OutletId("agency"))

    assert (found.headers, found.time_basis) == ((("Content-Type", "text/html"),), TimeBasis.THIRD_PARTY_ARCHIVE)
    with pytest.raises(RecordError, match="has status 404"):
        settle_record(replace(found, status=404), entry, OutletId("agency"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
NAMED = st.fixed_dictionaries(dict.fromkeys(LINE, JSON)) | JSON


@given(st.binary(max_size=300) | st.lists(NAMED, max_size=4).map(lambda rows: json.dumps(rows).encode()))
def test_whatever_an_index_answers_it_is_a_list_or_an_error_of_ours(body: bytes) -> None:
    """Nothing else comes out of any of the readers."""
    for parse in (parse_wayback, parse_crawl, parse_page_count, parse_collections):
        try:
            parse(answer(body))
        except (FeedError, PayloadError):
            continue


@given(st.lists(NAMED, max_size=4))
def test_whatever_a_line_says_it_is_an_entry_or_a_loss(rows: list[Any]) -> None:
    """Every line is accounted for."""
    listed = parse_crawl(answer("\n".join(json.dumps(row) for row in rows)))
    wayback = parse_wayback(answer(json.dumps([["timestamp", "original"], *[[row, row] for row in rows]])))

    assert len(listed.entries) + len(listed.losses) == len(rows)
    assert len(wayback.losses) == len(rows)
