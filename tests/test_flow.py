"""The whole path: from a site on the loopback to a search hit, through station, command line and API."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from caversham.errors import NotHeld
from caversham.serve import documents
from caversham.settings import change_settings
from caversham.station import Station
from caversham.types import State
from tests.site import Site
from tests.stations import StandingClock, make_station, page, put_feed

HARVEST = (
    "Port Serene, March 1 (TA) -- The rice harvest exceeded the plan by three percent, the ministry announced today.",
    "The ministry thanked the farmers of the lower valley, who worked through a late and rainy spring this year.",
)
BRIDGE = (
    "The bridge over the river was opened to traffic on Sunday after two years of work by five hundred builders.",
)


@pytest.fixture
def site() -> Iterator[Site]:
    """A small agency: a feed with two items."""
    with Site() as running:
        running.put("/robots.txt", "User-agent: *\nDisallow: /secret/\n", content_type="text/plain")
        running.put("/1", page("Rice harvest exceeds plan", *HARVEST), etag='"1"')
        running.put("/2", page("Bridge opened", *BRIDGE))
        put_feed(running, "/1", "/2")
        yield running


@pytest.fixture
def clock() -> StandingClock:
    """Noon, until the test moves it."""
    return StandingClock()


@pytest.fixture
def station(tmp_path: Path, clock: StandingClock, site: Site) -> Iterator[Station]:
    """A station that follows the site."""
    with make_station(tmp_path / "station", clock, site=site) as made:
        yield made


def exported(station: Station) -> list[dict[str, object]]:
    """Every row of the export."""
    return [documents.export_row(version) for version in station.export()]


def test_an_item_of_a_feed_is_found_by_a_phrase_of_its_text(station: Station, site: Site) -> None:
    """Feed, page, archive, catalogue, index, search: one collect, one hit."""
    station.collect()

    found = station.search('"rice harvest exceeded the plan"')

    assert [(hit.url, hit.title, hit.outlet, hit.state) for hit in found.hits] == [
        (site.url("/1"), "Rice harvest exceeds plan", "agency", State.LIVE)
    ]
    assert [span.text for span in found.hits[0].spans] == ["rice harvest exceeded the plan"]
    assert (found.total, found.undated) == (1, 0)


def test_a_second_round_asks_for_nothing_that_is_not_due(station: Station, site: Site) -> None:
    """The schedule decides; an item just looked at is left alone."""
    station.collect()
    asked = len(site.asked)

    station.collect()

    assert len(site.asked) == asked


def test_an_edit_is_a_second_version_and_an_unchanged_page_is_a_revisit(
    station: Station, site: Site, clock: StandingClock
) -> None:
    """After an hour both items are due: one has changed, the other answers 304."""
    station.collect()
    site.put("/2", page("Bridge opened", BRIDGE[0].replace("five hundred", "six hundred")))
    clock.move(hours=1)

    station.collect()

    edited, unchanged = station.article(site.url("/2")), station.article(site.url("/1"))
    assert [(version.number, "six" in version.content.text) for version in edited.versions] == [(1, False), (2, True)]
    assert [(version.number, version.look_count) for version in unchanged.versions] == [(1, 2)]
    assert [look.status for look in unchanged.captures] == [200, 304]
    assert station.search("past:five").total == 1
    assert station.search("five").total == 0


def test_a_missing_item_keeps_its_text_and_its_state_says_so(
    station: Station, site: Site, clock: StandingClock
) -> None:
    """404 is an answer about the item; what it said before stays."""
    station.collect()
    site.remove("/2")
    clock.move(hours=1)

    station.collect()

    assert [(hit.title, hit.state) for hit in station.search("state:missing").hits] == [
        ("Bridge opened", State.MISSING)
    ]


def test_an_item_that_leads_to_the_front_page_keeps_its_text_and_makes_no_article_of_that_page(
    station: Station, site: Site, clock: StandingClock
) -> None:
    """Sites send what they removed to their front page; that look is one at the item, and it is counted."""
    station.collect()
    site.put("/", page("Test Agency", *HARVEST, *BRIDGE))
    site.redirect("/2", "/")
    clock.move(hours=1)

    collected = station.collect()

    assert collected.skips == {"led_home": 1}
    assert [look.final_url for look in station.article(site.url("/2")).captures] == [site.url("/2"), site.url("/")]
    assert [version.content.title for version in station.export()] == ["Rice harvest exceeds plan", "Bridge opened"]
    clock.move(minutes=1)
    assert station.collect().outcomes == {}


def test_what_robots_txt_refuses_is_counted_and_never_asked_for(station: Station, site: Site) -> None:
    """The listing names it, so its address is known; the page is not fetched."""
    put_feed(site, "/secret/1")

    collected = station.collect()

    assert site.count("/secret/1") == 0
    assert collected.skips == {"robots": 1}


def test_rebuild_gives_the_same_rows(station: Station, site: Site, clock: StandingClock) -> None:
    """Catalogue and index are functions of the archive."""
    station.collect()
    site.put("/1", page("Rice harvest exceeds plan", "A correction was published by the ministry on the next day."))
    clock.move(hours=2)
    station.collect()
    before, due = exported(station), station.store.due(station.settings.follow[0], clock.now.replace(year=2027), 100)

    station.rebuild()

    assert exported(station) == before
    assert station.store.due(station.settings.follow[0], clock.now.replace(year=2027), 100) == due
    assert station.search("correction").total == 1


def test_a_withdrawn_item_is_gone_from_text_index_and_disk_and_is_not_taken_in_again(
    station: Station, site: Site, clock: StandingClock
) -> None:
    """The leaf and the hash stay, and verify tells a withdrawal from a loss."""
    station.collect()

    station.withdraw(site.url("/2"), reason="safety of a person")
    clock.move(hours=3)
    station.collect()

    assert station.search("bridge").total == 0
    assert "Bridge" not in json.dumps(exported(station))
    report = station.verify()
    assert (report.is_consistent, report.withdrawn_count) == (True, 2)  # the page and the request for it
    assert site.count("/2") == 1
    before = exported(station)
    station.rebuild()
    assert exported(station) == before
    assert all(look.kind.value == "withdrawn" for look in station.article(site.url("/2")).captures)


def test_what_is_not_held_is_said_to_be_not_held(station: Station) -> None:
    """An unknown address is an error that says so."""
    with pytest.raises(NotHeld, match=r"nowhere\.example"):
        station.article("http://nowhere.example/1")


def test_the_command_line_answers_what_the_station_answers(station: Station, site: Site) -> None:
    """`search --json` is the document of the same search."""
    station.collect()
    expected = documents.found(station.search("harvest"))

    command = [sys.executable, "-m", "caversham", "search", "harvest", "--json", "--station", str(station.folder)]
    answer = subprocess.run(command, capture_output=True, check=False, timeout=60)

    assert (answer.returncode, json.loads(answer.stdout)) == (0, expected)


def test_a_feed_cannot_lead_to_a_private_host_that_is_allowed_for_another_outlet(station: Station, site: Site) -> None:
    """allow_hosts opens a host for the outlet that has it, not for everybody's links."""
    with Site() as secret:
        secret.put("/keys", page("Keys", *BRIDGE))
        change_settings(station.folder, {"allow_hosts": [site.host, secret.host]})
        feed = f"<rss version='2.0'><channel><item><link>{secret.url('/keys')}</link></item></channel></rss>"
        site.put("/rss.xml", feed, content_type="application/rss+xml")

        with Station(station.folder, clock=station.clock) as again:
            collected = again.collect()

        assert collected.skips == {"address_refused": 1}
        assert len(secret.asked) == 0
