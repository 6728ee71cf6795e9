"""The past of an outlet: its own archive pages and numbers, Wayback and Common Crawl, from answers on the loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from caversham.answers import Backfilled, Walked
from caversham.errors import NotHeld, SettingsError, StationError
from caversham.pipeline.intake import Tally
from caversham.serve import documents
from caversham.station import Station
from caversham.types import Capture, State, TimeBasis
from tests.pipeline import past
from tests.pipeline.past import AGENCY, article, cdx_row, listing, make_past, put_crawl, put_memento, put_wayback
from tests.site import Answer, Asked, Site
from tests.stations import StandingClock

SINCE, UNTIL = date(2024, 3, 1), date(2024, 3, 31)
STAMP = "20240305091500"
CAVERSHAM = (sys.executable, "-m", "caversham")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without a word of its own."""
    with Site() as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, site: Site) -> Callable[..., Station]:
    """A station whose outlet has the sources given."""

    def make_one(*sources: str, clock: StandingClock | None = None) -> Station:
        return make_past(tmp_path / "station", site, *sources, clock=clock)

    return make_one


def titles(station: Station) -> list[str]:
    """The titles that are held."""
    return sorted(version.content.title for version in station.export())


def looked_at(site: Site, *starts: str) -> list[str]:
    """What was asked for below these paths, in order."""
    return [asked.target for asked in site.asked if asked.target.startswith(starts)]


# --- (a) archive pages -------------------------------------------------------------------------------


def put_days(site: Site) -> None:
    """Two days of an archive: the first of two pages, the second of one; all other days have none."""
    site.put("/days/2024/03/05/1", listing("/a", "/b"))
    site.put("/days/2024/03/05/2", listing("/c"))
    site.put("/days/2024/03/04/1", listing("/d"))
    for name in "abcd":
        site.put(f"/{name}", article(name))


def test_archive_pages_are_walked_from_the_newest_day_and_page_by_page(
    make: Callable[..., Station], site: Site
) -> None:
    """Until a page shows nothing new; a day without a page is a loss, a page behind the last one is none."""
    put_days(site)
    with make(past.ARCHIVE) as station:
        done = station.backfill("agency", since=date(2024, 3, 3), until=date(2024, 3, 5), ways=["archive"])

        assert looked_at(site, "/days", "/a", "/b", "/c", "/d") == [
            *("/days/2024/03/05/1", "/a", "/b", "/days/2024/03/05/2", "/c", "/days/2024/03/05/3"),
            *("/days/2024/03/04/1", "/d", "/days/2024/03/04/2", "/days/2024/03/03/1"),
        ]
        assert titles(station) == ["Report a", "Report b", "Report c", "Report d"]
        assert done.skips == {"missing_page": 1}
        template = site.url("/days/{year}/{month:02}/{day:02}/{page}")
        assert done.walks == (
            Walked(way="archive", source=template, requests=10, held=0, remaining=0, is_complete=True),
        )
        looks = station.article(site.url("/a")).captures
        assert [(look.time_basis, look.via, look.status) for look in looks] == [
            (TimeBasis.OBSERVED, site.url("/days/2024/03/05/1"), 200)
        ]


def test_a_finished_walk_asks_for_nothing_again(make: Callable[..., Station], site: Site) -> None:
    """Days that are over do not change; neither does what is held."""
    put_days(site)
    with make(past.ARCHIVE) as station:
        station.backfill("agency", since=date(2024, 3, 3), until=date(2024, 3, 5), ways=["archive"])
        before = documents.status(station.status())
        asked = len(site.asked)

        again = station.backfill("agency", since=date(2024, 3, 3), until=date(2024, 3, 5), ways=["archive"])

        assert (len(site.asked), again.walks[0].requests, again.walks[0].held) == (asked, 0, 4)
        assert (again.outcomes, again.skips) == ({}, {})
        assert documents.status(station.status()) == before


def test_a_budget_ends_a_run_and_says_what_is_left(make: Callable[..., Station], site: Site) -> None:
    """Each run goes on where the one before it ended, until nothing is left; nothing is asked for twice."""
    put_days(site)
    with make(past.ARCHIVE) as station:
        runs = [
            station.backfill("agency", since=date(2024, 3, 4), until=date(2024, 3, 5), ways=["archive"], limit=4)
            for _ in range(3)
        ]

        assert [(run.walks[0].requests, run.walks[0].remaining, run.walks[0].is_complete) for run in runs] == [
            (4, 2, False),  # the item of the second page, and the other day
            (4, 1, False),  # the page behind the last of the other day
            (1, 0, True),
        ]
        paths = looked_at(site, "/days", "/a", "/b", "/c", "/d")
        assert sorted(paths) == sorted(set(paths))
        assert titles(station) == ["Report a", "Report b", "Report c", "Report d"]


def test_pages_without_dates_end_where_all_entries_are_too_old(make: Callable[..., Station], site: Site) -> None:
    """What the list prints beside an entry decides; entries of other days are not asked for."""
    site.put("/all?page=1", listing("/new", date="2024-04-02"))
    site.put("/all?page=2", listing("/a", date="5 March 2024"))
    site.put("/all?page=3", listing("/old", date="2024-02-28"))
    for name in ("a", "new", "old"):
        site.put(f"/{name}", article(name))
    with make(past.PAGES) as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["archive"])

        assert looked_at(site, "/all", "/a", "/new", "/old") == ["/all?page=1", "/all?page=2", "/a", "/all?page=3"]
        assert (titles(station), done.walks[0].is_complete, done.skips) == (["Report a"], True, {})


def test_a_list_without_any_date_ends_by_what_its_items_print(make: Callable[..., Station], site: Site) -> None:
    """The page whose items are all too old is the last one asked for."""
    for number, day in enumerate(("2024-03-05", "2024-02-05", "2024-01-05"), start=1):
        site.put(f"/all?page={number}", listing(f"/{number}"))
        site.put(f"/{number}", article(number, date=day))
    with make(past.PAGES) as station:
        station.backfill("agency", since=SINCE, until=UNTIL, ways=["archive"])

        assert looked_at(site, "/all") == ["/all?page=1", "/all?page=2"]


def test_a_page_of_today_is_asked_again_and_one_that_has_not_changed_leads_on(
    make: Callable[..., Station], site: Site
) -> None:
    """304 stands for what the page showed before, items that were never answered for among them."""
    clock = StandingClock()
    site.put("/days/2026/03/01/1", listing("/a"), etag='"1"')
    site.retry_later("/a", "3600")
    with make(past.ARCHIVE, clock=clock) as station:
        station.backfill("agency", since=date(2026, 3, 1), ways=["archive"])
        site.put("/a", article("a"))
        clock.move(hours=2)
        done = station.backfill("agency", since=date(2026, 3, 1), ways=["archive"])

        assert [asked.headers.get("if-none-match") for asked in site.asked if asked.path.startswith("/days")] == [
            *(None, '"1"', None),  # and the second page, which there is not
        ]
        assert (titles(station), done.skips) == (["Report a"], {})


def test_robots_txt_is_obeyed_on_the_way_back(make: Callable[..., Station], site: Site) -> None:
    """The page and the item that it refuses are never asked for; both are counted."""
    put_days(site)
    site.put("/robots.txt", "User-agent: *\nDisallow: /b\nDisallow: /days/2024/03/04/\n", content_type="text/plain")
    with make(past.ARCHIVE) as station:
        done = station.backfill("agency", since=date(2024, 3, 4), until=date(2024, 3, 5), ways=["archive"])

        assert looked_at(site, "/b", "/days/2024/03/04") == []
        assert (done.skips, titles(station)) == ({"robots": 2}, ["Report a", "Report c"])
        assert done.walks[0].is_complete is False


def test_a_host_that_asks_for_a_pause_is_left_alone(make: Callable[..., Station], site: Site) -> None:
    """Retry-After beyond our patience ends the walk; the rest is counted, and another run gets it."""
    clock = StandingClock()
    put_days(site)
    site.retry_later("/b", "3600", status=429)
    with make(past.ARCHIVE, clock=clock) as station:
        first = station.backfill("agency", since=date(2024, 3, 4), until=date(2024, 3, 5), ways=["archive"])
        asked = looked_at(site, "/days", "/a", "/b", "/c", "/d")
        site.put("/b", article("b"))
        clock.move(hours=2)
        second = station.backfill("agency", since=date(2024, 3, 4), until=date(2024, 3, 5), ways=["archive"])

        assert asked == ["/days/2024/03/05/1", "/a", "/b"]
        assert first.skips == {"unavailable": 1, "host_resting": 1}
        assert (first.walks[0].remaining, first.walks[0].is_complete) == (1, False)
        assert (second.skips, second.walks[0].is_complete) == ({}, True)
        assert titles(station) == ["Report a", "Report b", "Report c", "Report d"]


# --- (b) numbered addresses --------------------------------------------------------------------------


def put_numbers(site: Site) -> None:
    """Items 44 to 52, one a day, with a hole at 48 and 49."""
    for number in (44, 45, 46, 47, 50, 51, 52):
        site.put(f"/item/{number:04}", article(number, date=f"2024-03-{number - 40:02}"))


def test_numbers_are_walked_up_to_a_run_of_misses_and_down_to_the_first_day(
    make: Callable[..., Station], site: Site
) -> None:
    """A hole smaller than the run does not end the walk; items of days before do."""
    put_numbers(site)
    with make(past.NUMBERED) as station:
        done = station.backfill("agency", since=date(2024, 3, 6), until=UNTIL, ways=["numbered"])

        assert looked_at(site, "/item") == [
            *(f"/item/{number:04}" for number in (50, 51, 52, 53, 54, 55)),
            *(f"/item/{number:04}" for number in (49, 48, 47, 46, 45, 44, 43)),
        ]
        assert titles(station) == [f"Report {number}" for number in (44, 45, 46, 47, 50, 51, 52)]
        assert (done.skips, done.walks[0].is_complete) == ({}, True)
        assert done.outcomes == {"source": 6, "version": 7, "robots": 1}
        with pytest.raises(NotHeld):
            station.article(site.url("/item/0048"))


def test_a_number_where_nothing_was_is_asked_again_only_where_numbers_grow(
    make: Callable[..., Station], site: Site
) -> None:
    """A day later there may be new items above; below, a hole stays a hole."""
    clock = StandingClock()
    put_numbers(site)
    with make(past.NUMBERED, clock=clock) as station:
        station.backfill("agency", since=date(2024, 3, 6), until=UNTIL, ways=["numbered"])
        at_once = station.backfill("agency", since=date(2024, 3, 6), until=UNTIL, ways=["numbered"])
        site.put("/item/0053", article(53, date="2024-03-13"))
        clock.move(days=1)
        asked = len(site.asked)

        station.backfill("agency", since=date(2024, 3, 6), until=UNTIL, ways=["numbered"])

        assert at_once.walks[0].requests == 0
        assert [one.target for one in site.asked[asked:] if one.path != "/robots.txt"] == [
            f"/item/{number:04}" for number in (53, 54, 55, 56)
        ]


def test_a_page_without_an_article_is_a_miss_and_is_asked_for_once(make: Callable[..., Station], site: Site) -> None:
    """Many sites answer 200 for what they do not have."""
    site.put("/item/0050", article(50, date="2024-03-10"))
    for number in (47, 48, 49, 51, 52, 53):
        site.put(f"/item/{number:04}", "<html><title>Nothing here</title><body></body></html>")
    with make(past.NUMBERED) as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["numbered"])
        again = station.backfill("agency", since=SINCE, until=UNTIL, ways=["numbered"])

        assert (done.walks[0].requests, done.skips, titles(station)) == (7, {"no_article": 6}, ["Report 50"])
        assert (again.walks[0].requests, again.walks[0].held, again.skips) == (0, 7, {})


def test_a_site_that_refuses_all_numbers_is_left_after_a_run_of_them(make: Callable[..., Station], site: Site) -> None:
    """Refusals count as misses, or the walk would have no end."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    with make(past.NUMBERED) as station:
        done = station.backfill("agency", since=SINCE, ways=["numbered"])

        assert (looked_at(site, "/item"), done.skips) == ([], {"robots": 6})


# --- (c) Wayback -------------------------------------------------------------------------------------


def test_mementos_are_held_as_captures_of_their_own_time(make: Callable[..., Station], site: Site) -> None:
    """The archive vouches for the time; the fields are those of the outlet's server."""
    url = f"{AGENCY}/1?id=7"
    put_wayback(site, [cdx_row(STAMP, url)])
    put_memento(site, STAMP, url, article(1), at="Tue, 05 Mar 2024 09:15:00 GMT")
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        question = (
            "/cdx/search/cdx?url=agency.example&matchType=domain&output=json"
            "&fl=timestamp,original,mimetype,statuscode,digest,length&from=20240301&to=20240331"
            "&filter=statuscode:200&filter=mimetype:text/html&collapse=digest&limit=5000&showResumeKey=true"
        )
        assert looked_at(site, "/cdx") == [question]
        (look,) = station.article(url).captures
        assert (look.url, look.captured_at, look.time_basis, look.via, look.status) == (
            url,
            datetime(2024, 3, 5, 9, 15, tzinfo=UTC),
            TimeBasis.THIRD_PARTY_ARCHIVE,
            "wayback",
            200,
        )
        held = station.capture(look.id or "")
        assert held.headers == (("Server", "nginx/1.2"), ("content-type", "text/html; charset=utf-8"))
        assert held.body == article(1).encode()
        assert (done.outcomes, done.skips) == ({"robots": 1, "source": 1, "version": 1}, {})
        assert done.walks == (
            Walked(way="wayback", source=site.url(""), requests=2, held=0, remaining=0, is_complete=True),
        )
        assert station.search("lower valley").total == 1


def test_long_lists_are_read_page_by_page_with_the_key_that_each_gives(
    make: Callable[..., Station], site: Site
) -> None:
    """The key goes into the next question as it was given; a run that ends on the way goes on from what it kept."""
    rows = [cdx_row(f"202403050915{number:02}", f"{AGENCY}/{number}") for number in range(6)]
    put_wayback(site, rows[:2], rows[2:4], rows[4:])
    for stamp, url, *_ in rows:
        put_memento(site, stamp, url, article(url[-1]))
    with make() as station:
        runs = [station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"], limit=4) for _ in range(3)]

        assert [(run.walks[0].requests, run.walks[0].remaining) for run in runs] == [(4, 2), (4, 1), (1, 0)]
        assert [target.rpartition("&")[2] for target in looked_at(site, "/cdx")] == [
            "showResumeKey=true",
            "resumeKey=example%2Cagency%29%2F+1",
            "resumeKey=example%2Cagency%29%2F+2",
        ]
        assert len(looked_at(site, "/web")) == 6
        assert titles(station) == [f"Report {number}" for number in range(6)]
        assert runs[-1].walks[0].is_complete


def test_an_index_that_leads_in_a_circle_is_left(make: Callable[..., Station], site: Site) -> None:
    """A key that was given before ends the list."""
    body = json.dumps([past.NAMES, cdx_row(STAMP, f"{AGENCY}/1"), [], ["again"]])
    site.put("/cdx/search/cdx", body, content_type="application/json")
    put_memento(site, STAMP, f"{AGENCY}/1", article(1))
    with make() as station:
        station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (len(looked_at(site, "/cdx")), titles(station)) == (2, ["Report 1"])


def test_only_items_of_the_outlet_and_the_days_are_taken_from_a_list(make: Callable[..., Station], site: Site) -> None:
    """Hosts of others, private ones among them, other days and front pages are counted and never asked for."""
    rows = [
        cdx_row(STAMP, "http://10.0.0.1/keys"),
        cdx_row(STAMP, "http://stranger.example/1"),
        cdx_row("20190305091500", f"{AGENCY}/old"),
        cdx_row(STAMP, f"{AGENCY}:80/"),
        cdx_row(STAMP, f"{AGENCY}/1"),
    ]
    put_wayback(site, rows)
    put_memento(site, STAMP, f"{AGENCY}/1", article(1))
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert looked_at(site, "/web") == [f"/web/{STAMP}id_/{AGENCY}/1"]
        counts = {"other_host": 2, "other_day": 1, "front_page": 1, "robots": 1, "source": 1, "version": 1}
        assert (done.outcomes, done.skips) == (counts, {})


MALFORMED: Sequence[object] = [
    ["20240305091500"],
    cdx_row("2024", f"{AGENCY}/1"),
    cdx_row("20241305091500", f"{AGENCY}/1"),
    cdx_row("00010305091500", f"{AGENCY}/1"),
    cdx_row(STAMP, "javascript:alert(1)"),
    cdx_row(STAMP, f"{AGENCY}/1", status="301"),
    [7, None, {}, [], True, 1e9],
]


def test_lines_that_cannot_be_used_are_counted_once(make: Callable[..., Station], site: Site) -> None:
    """The good line among them is taken in; the next run meets them as known."""
    put_wayback(site, [*MALFORMED, cdx_row(STAMP, f"{AGENCY}/1")])
    put_memento(site, STAMP, f"{AGENCY}/1", article(1))
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])
        again = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (done.skips, titles(station)) == ({"bad_row": len(MALFORMED)}, ["Report 1"])
        assert (again.skips, again.outcomes) == ({}, {"known": len(MALFORMED)})


HOSTILE = [
    (b"<html>We are down for repairs</html>", "bad_index"),
    (b"[" * 200_000, "bad_index"),
    (b'{"message": "no"}', "bad_index"),
    (b'[["a", "b"], ["c", "d"]]', "bad_index"),
    (json.dumps([past.NAMES, *[cdx_row(STAMP, f"{AGENCY}/1")] * 5_001]).encode(), "too_large"),
    (json.dumps([past.NAMES, [], ["k" * 9_000]]).encode(), "bad_index"),
    (b"[" + b"9" * 5_000 + b"]", "bad_index"),
    (b"[" + b"[]," * 1_000_000 + b"[]]", "too_large"),
]


@pytest.mark.parametrize(("body", "reason"), HOSTILE, ids=range(len(HOSTILE)))
def test_an_answer_that_is_no_list_is_one_loss(
    make: Callable[..., Station], site: Site, body: bytes, reason: str
) -> None:
    """Whatever an index says, the run goes on, says so, and is not complete."""
    site.put("/cdx/search/cdx", body, content_type="application/json")
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (done.skips, done.walks[0].is_complete) == ({reason: 1}, False)
        assert looked_at(site, "/web") == []


def test_an_index_is_asked_again_after_a_week_for_what_is_new(make: Callable[..., Station], site: Site) -> None:
    """With its validators; what has not changed is read back."""
    clock = StandingClock()
    body = json.dumps([past.NAMES, cdx_row(STAMP, f"{AGENCY}/1")])
    site.put("/cdx/search/cdx", body, content_type="application/json", etag='"1"')
    put_memento(site, STAMP, f"{AGENCY}/1", article(1))
    with make(clock=clock) as station:
        for days in (0, 6, 2):
            clock.move(days=days)
            done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        asked = [one.headers.get("if-none-match") for one in site.asked if one.path.startswith("/cdx")]
        assert (asked, len(looked_at(site, "/web"))) == ([None, '"1"'], 1)
        assert (done.walks[0].held, done.skips, done.walks[0].is_complete) == (1, {}, True)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_index_that_refuses_is_a_loss_and_no_empty_list(
    make: Callable[..., Station], site: Site, status: int
) -> None:
    """Only an index that says so lists nothing; the next run asks again."""
    site.put("/cdx/search/cdx", "Blocked", status=status)
    with make() as station:
        runs = [station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"]) for _ in range(2)]

        assert [(run.skips, run.walks[0].requests, run.walks[0].is_complete) for run in runs] == [
            ({"no_index": 1}, 1, False)
        ] * 2


def test_a_bomb_in_place_of_a_list_is_one_loss(make: Callable[..., Station], site: Site) -> None:
    """It is unpacked no further than an index may be large."""
    site.bomb("/cdx/search/cdx", size_mib=100)
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (sum(done.skips.values()), done.walks[0].is_complete) == (1, False)


def test_mementos_of_errors_and_redirects_and_of_other_times_are_losses_for_good(
    make: Callable[..., Station], site: Site
) -> None:
    """What an archive does not hold it will not hold tomorrow: such an address is asked for once."""
    names = ("moved", "missing", "later", "gone")
    put_wayback(site, [cdx_row(STAMP, f"{AGENCY}/{name}") for name in names])
    site.redirect(f"/web/{STAMP}id_/{AGENCY}/moved", f"/web/20200101000000id_/{AGENCY}/moved")
    put_memento(site, STAMP, f"{AGENCY}/missing", "not here", status=404)
    put_memento(site, STAMP, f"{AGENCY}/later", article(1), at="Wed, 06 Mar 2024 09:15:00 GMT")
    put_memento(site, STAMP, f"{AGENCY}/gone", "blocked", status=403)
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])
        asked = len(site.asked)
        again = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert done.skips == {"redirect": 1, "error_memento": 2, "other_memento": 1}
        assert done.walks[0].is_complete
        assert (len(site.asked), again.walks[0].held, again.skips, titles(station)) == (asked, 4, {}, [])


def test_an_archive_that_asks_for_a_pause_is_asked_again_by_another_run(
    make: Callable[..., Station], site: Site
) -> None:
    """503 with Retry-After: nothing more is asked of it now, and nothing is lost for good."""
    clock = StandingClock()
    put_wayback(site, [cdx_row(STAMP, f"{AGENCY}/{number}") for number in (1, 2, 3)])
    site.retry_later(f"/web/{STAMP}id_/{AGENCY}/1", "900")
    for number in (2, 3):
        put_memento(site, STAMP, f"{AGENCY}/{number}", article(number))
    with make(clock=clock) as station:
        first = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])
        put_memento(site, STAMP, f"{AGENCY}/1", article(1))
        clock.move(hours=1)
        second = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (first.skips, first.walks[0].remaining) == ({"unavailable": 1, "host_resting": 1}, 1)
        assert (second.skips, second.walks[0].is_complete) == ({}, True)
        assert titles(station) == ["Report 1", "Report 2", "Report 3"]


def test_robots_txt_of_an_archive_is_obeyed_unless_a_written_reason_says_why_not(
    make: Callable[..., Station], site: Site, tmp_path: Path
) -> None:
    """The way's name stands for the outlet's in [robots]."""
    put_wayback(site, [])
    site.put("/robots.txt", "User-agent: *\nDisallow: /cdx\n", content_type="text/plain")
    with make() as station:
        refused = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])
    with (tmp_path / "station" / "station.toml").open("a") as file:
        file.write('\n[robots.wayback]\nignore_because = "its documented interface for programs"\n')
    with Station(tmp_path / "station", clock=StandingClock()) as allowed:
        done = allowed.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

    assert (refused.skips, done.skips, len(looked_at(site, "/cdx"))) == ({"robots": 1}, {}, 1)


def test_a_withdrawn_page_is_not_asked_of_an_archive(make: Callable[..., Station], site: Site) -> None:
    """Also not under another time than that which was held."""
    put_wayback(site, [cdx_row(STAMP, f"{AGENCY}/1")])
    put_memento(site, STAMP, f"{AGENCY}/1", article(1))
    with make() as station:
        station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])
        station.withdraw(f"{AGENCY}/1", reason="safety of a person")
        put_wayback(site, [cdx_row(STAMP, f"{AGENCY}/1"), cdx_row("20240306091500", f"{AGENCY}/1")])

        done = station.backfill("agency", since=SINCE, until=date(2024, 3, 30), ways=["wayback"])

        assert (done.walks[0].held, len(looked_at(site, "/web")), titles(station)) == (2, 1, [])


# --- (d) Common Crawl --------------------------------------------------------------------------------


def test_records_of_common_crawl_are_read_out_of_the_middle_of_their_files(
    make: Callable[..., Station], site: Site
) -> None:
    """Only the crawl of these days is asked, and of its file only the bytes that the index names."""
    records = {("20240303080000", f"{AGENCY}/0"): article(0), (STAMP, f"{AGENCY}/1"): article(1)}
    lines = put_crawl(site, records)
    with make() as station:
        done = station.backfill("agency", since=date(2024, 3, 4), until=UNTIL, ways=["commoncrawl"])

        assert looked_at(site, "/cc/CC-MAIN-2019") == []
        assert looked_at(site, "/cc/CC-MAIN-2024") == [
            "/cc/CC-MAIN-2024-10-index?url=agency.example&matchType=domain&output=json&from=20240304&to=20240331"
            f"&filter=%3Dstatus%3A200&filter=%3Dmime%3Atext%2Fhtml&{which}"
            for which in ("showNumPages=true", "page=0", "page=1")
        ]
        (asked,) = (one for one in site.asked if one.path.startswith("/data"))
        offset, size = int(lines[1]["offset"]), int(lines[1]["length"])
        assert asked.headers["range"] == f"bytes={offset}-{offset + size - 1}"
        (look,) = station.article(f"{AGENCY}/1").captures
        assert (look.captured_at, look.time_basis, look.via, look.outlet) == (
            datetime(2024, 3, 5, 9, 15, tzinfo=UTC),
            TimeBasis.THIRD_PARTY_ARCHIVE,
            "commoncrawl",
            "agency",
        )
        assert (titles(station), done.skips, done.outcomes["other_day"]) == (["Report 1"], {}, 1)
        assert done.walks[0].is_complete


def test_a_second_run_through_common_crawl_asks_for_nothing(make: Callable[..., Station], site: Site) -> None:
    """Indexes and records are held, also the answer that a page lists nothing."""
    put_crawl(site, {(STAMP, f"{AGENCY}/1"): article(1)})
    with make() as station:
        station.backfill("agency", since=SINCE, until=UNTIL, ways=["commoncrawl"])
        asked = len(site.asked)
        again = station.backfill("agency", since=SINCE, until=UNTIL, ways=["commoncrawl"])

        assert (len(site.asked), again.walks[0].requests, again.walks[0].held) == (asked, 0, 1)


def test_parts_that_are_not_what_the_index_says_are_losses(make: Callable[..., Station], site: Site) -> None:
    """Wrong lengths, wrong places, records of others, paths that lead away, sizes that nobody reads."""
    url = f"{AGENCY}/9"
    good = put_crawl(site, {(STAMP, f"{AGENCY}/1"): article(1), ("20240306091500", f"{AGENCY}/2"): article(2)})
    first = {**good[0], "timestamp": "20240307000000", "url": url}
    hostile: list[Mapping[str, str]] = [
        {**good[0], "url": f"{AGENCY}/1?cut", "length": str(int(good[0]["length"]) - 20)},
        {**good[0], "url": f"{AGENCY}/1?two", "length": str(int(good[0]["length"]) + int(good[1]["length"]))},
        {**good[0], "url": f"{AGENCY}/1?beyond", "offset": "999999"},
        {**good[0], "url": f"{AGENCY}/1?inside", "offset": "7"},
        first,
        {**first, "filename": "crawl-data/../../secret.warc.gz"},
        {**first, "filename": "http://10.0.0.1/a.warc.gz"},
        {**first, "length": "99999999999"},
        {**first, "offset": "-1"},
    ]
    past.put_crawl_index(site, [*hostile, *good])
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["commoncrawl"])

        assert titles(station) == ["Report 1", "Report 2"]
        assert sum(done.skips.values()) == len(hostile)
        assert (done.skips["bad_row"], done.skips["no_range"], done.skips["other_record"]) == (4, 1, 1)
        assert done.walks[0].is_complete
        assert {one.path for one in site.asked if one.path.startswith("/data")} == {f"/data/{past.FILE}"}


def test_a_server_that_knows_no_ranges_is_not_believed(make: Callable[..., Station], site: Site) -> None:
    """The whole file in place of the part is a loss, not a page."""
    put_crawl(site, {(STAMP, f"{AGENCY}/1"): article(1)})
    site.put(f"/data/{past.FILE}", b"the whole of it" * 5_000, content_type="application/octet-stream")
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["commoncrawl"])

        assert (done.skips, titles(station)) == ({"no_range": 1}, [])


def test_a_list_of_crawls_cannot_lead_to_another_host(make: Callable[..., Station], site: Site) -> None:
    """An index at another host than the one in the settings is no index."""
    with Site() as secret:
        crawls = [{"id": past.CRAWL, "cdx-api": secret.url("/index")}, {"id": 7}, None, {"id": "../x", "cdx-api": "/"}]
        site.put("/cc/collinfo.json", json.dumps(crawls), content_type="application/json")
        with make() as station:
            done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["commoncrawl"])

        assert (done.skips, secret.asked) == ({"bad_index": 1}, [])


# --- all of them, interrupted --------------------------------------------------------------------------


def put_everything(site: Site) -> None:
    """Something on each way."""
    put_days(site)
    put_numbers(site)
    rows = [cdx_row(f"202403040915{number:02}", f"{AGENCY}/{number}") for number in range(4)]
    put_wayback(site, rows[:2], rows[2:])
    for stamp, url, *_ in rows:
        put_memento(site, stamp, url, article(url[-1]))
    put_crawl(
        site, {(f"2024030509150{number}", f"{AGENCY}/{number}"): article(f"{number} again") for number in range(4)}
    )


def walk(station: Station, limit: int | None = None) -> Backfilled:
    """All ways, over three days."""
    return station.backfill("agency", since=date(2024, 3, 4), until=date(2024, 3, 6), limit=limit)


def exported(station: Station) -> list[str]:
    """The export, byte for byte."""
    return [json.dumps(documents.export_row(version)) for version in station.export()]


def test_a_walk_that_is_killed_again_and_again_equals_one_that_is_not(tmp_path: Path, site: Site) -> None:
    """A batch that cannot be written stops the run at that moment, as a kill does: nothing is lost, nothing is twice."""
    put_everything(site)
    sources = (past.ARCHIVE, past.NUMBERED)
    with make_past(tmp_path / "calm", site, *sources) as calm:
        whole = walk(calm)
        expected, looks = exported(calm), calm.store.count_status().capture_count
    kills = 0
    make_past(tmp_path / "killed", site, *sources).close()
    for moment in range(1, 60):
        with Station(tmp_path / "killed", clock=StandingClock()) as station:
            fail_at(station, batch=1 + moment % 4)
            try:
                walk(station)
            except StationError:
                kills += 1
            else:
                break
    with Station(tmp_path / "killed", clock=StandingClock()) as station:
        last = walk(station)

        assert kills > 5
        assert exported(station) == expected
        assert station.store.count_status().capture_count == looks
        assert station.verify().is_consistent
        assert all(one.requests == 0 for one in last.walks)
        assert [one.is_complete for one in whole.walks] == [one.is_complete for one in last.walks] == [True] * 4
        station.rebuild()
        assert exported(station) == expected


def fail_at(station: Station, *, batch: int) -> None:
    """Let the station write so many batches, archive one more, and come to its end before it is catalogued."""
    count = 0
    take_in = station._take_in

    def take_in_or_fail(captures: Sequence[Capture], leases: Mapping[str, int]) -> Tally:
        nonlocal count
        count += 1
        if count > batch:
            station.archive.append(captures)
            raise StationError("killed")
        return take_in(captures, leases)

    station._following._take_in = take_in_or_fail


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_asks_goes_on_when_started_again(tmp_path: Path, site: Site) -> None:
    """Kill -9 at a request of each way; what was acknowledged before is not asked for again."""
    put_everything(site)
    sources = (past.ARCHIVE, past.NUMBERED)
    with make_past(tmp_path / "calm", site, *sources) as calm:
        needed, expected = sum(one.requests for one in walk(calm).walks), titles(calm)
    make_past(tmp_path / "killed", site, *sources).close()
    days = ("--since", "2024-03-04", "--until", "2024-03-06")
    command = [*CAVERSHAM, "backfill", "agency", *days, "--station", str(tmp_path / "killed"), "--json"]
    asked, kills = len(site.asked), (5, 8, 9, 7)
    for count in kills:
        victims: list[subprocess.Popen[bytes]] = []
        kill_at(site, victims, count)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            victims.append(process)
        assert process.returncode == -signal.SIGKILL

    done = subprocess.run(command, capture_output=True, check=False, timeout=60)

    assert [walked["complete"] for walked in json.loads(done.stdout)["walks"]] == [True] * 4
    again = len([one for one in site.asked[asked:] if one.path != "/robots.txt"]) - needed
    assert again < sum(kills)  # what was under way, or answered and not yet written, when a process died
    with Station(tmp_path / "killed") as station:
        assert titles(station) == expected
        assert station.verify().is_consistent


def kill_at(site: Site, victims: Sequence[subprocess.Popen[bytes]], count: int) -> None:
    """Kill the process that made this many more requests, before the last one is answered."""
    answer, wanted = Site._answer.__get__(site), len(site.asked) + count

    def answer_or_kill(asked: Asked) -> Any:
        if len(site.asked) == wanted:
            victims[0].kill()
        return answer(asked)

    site._answer = answer_or_kill  # type: ignore[method-assign]  # of this one site, for this one test


def test_runs_of_a_few_requests_end_where_one_run_ends(tmp_path: Path, site: Site) -> None:
    """The budget is of the run, over all of its ways; every request is made once."""
    put_everything(site)
    with make_past(tmp_path / "whole", site, past.ARCHIVE, past.NUMBERED) as whole:
        needed = sum(one.requests for one in walk(whole).walks)
        expected = exported(whole)
    asked = len(site.asked)
    with make_past(tmp_path / "parts", site, past.ARCHIVE, past.NUMBERED) as parts:
        requests: list[int] = []
        while not requests or requests[-1]:
            requests.append(sum(one.requests for one in walk(parts, limit=7).walks))

        assert sum(requests) == needed
        assert set(requests[:-2]) == {7}
        assert exported(parts) == expected
        assert len([one for one in site.asked[asked:] if one.path != "/robots.txt"]) == needed


def test_a_host_that_another_collector_holds_is_left_to_it(make: Callable[..., Station], site: Site) -> None:
    """Nothing is asked, and the answer says that the way was not gone."""
    put_wayback(site, [])
    clock = StandingClock()
    with make(clock=clock) as station:
        station.store.leases.acquire(site.host, "another", clock(), clock() - clock().replace(hour=0))

        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (site.asked, done.walks[0].requests, done.walks[0].is_complete) == ([], 0, False)


def test_an_edit_between_two_archives_is_a_second_version(make: Callable[..., Station], site: Site) -> None:
    """Captures of archives are looks like any other, in the order of their time."""
    put_everything(site)
    with make() as station:
        walk(station)

        answer = station.article(f"{AGENCY}/2")
        assert [(version.number, version.content.title) for version in answer.versions] == [
            (1, "Report 2"),
            (2, "Report 2 again"),
        ]
        assert answer.article.state is State.LIVE


def test_collect_leaves_the_ways_into_the_past_alone(make: Callable[..., Station], site: Site) -> None:
    """Their addresses are templates; only `backfill` fills them."""
    with make(past.ARCHIVE, past.NUMBERED) as station:
        done = station.collect(["agency"])

        assert (done.outcomes, done.skips, site.asked) == ({}, {}, [])


# --- refusals --------------------------------------------------------------------------------------------


REFUSED = [
    (["elsewhere"], "'elsewhere' is no way into the past; these are: archive, numbered, wayback, commoncrawl"),
    (["archive"], "nothing can be had from 'archive'"),
    (["wayback", "numbered"], "nothing can be had from 'numbered'"),
]


@pytest.mark.parametrize(("ways", "told"), REFUSED, ids=lambda value: str(value)[:20])
def test_a_way_that_cannot_be_gone_is_an_error(make: Callable[..., Station], ways: Sequence[str], told: str) -> None:
    """It would be a run that finds nothing and looks like an answer."""
    with make() as station, pytest.raises(SettingsError, match=told):
        station.backfill("agency", since=SINCE, until=UNTIL, ways=ways)


def test_an_outlet_without_a_way_is_an_error(make: Callable[..., Station], site: Site, tmp_path: Path) -> None:
    """Neither sources of the past nor a host that an archive could know."""
    make().close()
    (tmp_path / "station" / "outlets" / "nobody.toml").write_text('name = "Nobody"')
    with (
        Station(tmp_path / "station") as station,
        pytest.raises(SettingsError, match="no way into the past of 'nobody'"),
    ):
        station.backfill("nobody", since=SINCE, until=UNTIL)


def test_days_in_the_wrong_order_are_an_error(make: Callable[..., Station]) -> None:
    """Before anything is asked."""
    with make() as station, pytest.raises(SettingsError, match="lies after the last day"):
        station.backfill("agency", since=UNTIL, until=SINCE)


def test_an_archive_that_the_settings_leave_empty_is_not_asked(make: Callable[..., Station], site: Site) -> None:
    """The operator decides which of them may be."""
    put_wayback(site, [])
    with make() as station:
        path = station.folder / "station.toml"
        path.write_text(path.read_text().replace(f'common_crawl = "{site.url("/cc")}"', 'common_crawl = ""'))
    with Station(station.folder, clock=StandingClock()) as again:
        done = again.backfill("agency", since=SINCE, until=UNTIL)

        assert [one.way for one in done.walks] == ["wayback"]


def test_an_answer_that_never_comes_three_times_ends_the_way(make: Callable[..., Station], site: Site) -> None:
    """A host in trouble is left alone; what was listed stays for another run."""
    put_wayback(site, [cdx_row(STAMP, f"{AGENCY}/{number}") for number in range(5)])
    for number in range(5):
        site.route(f"/web/{STAMP}id_/{AGENCY}/{number}", lambda _: Answer(status=500))
    with make() as station:
        done = station.backfill("agency", since=SINCE, until=UNTIL, ways=["wayback"])

        assert (done.skips, done.walks[0].remaining) == ({"unavailable": 3}, 2)
