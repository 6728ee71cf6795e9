"""A round at a real site: what the site asks of us is heeded, what went wrong is recorded, and what was cut short goes on."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import create_server

import pytest

from caversham.pipeline import rounds
from caversham.settings import change_settings
from caversham.station import Station
from caversham.types import CaptureKind
from tests.site import Answer, Asked, Site
from tests.stations import NOON, StandingClock, make_station, page, put_feed

HARVEST = "The ministry reported on the harvest of the year in the valley and thanked the farmers for their work."


class PausingClock(StandingClock):
    """A clock that moves while somebody waits, and at no other time."""

    async def pause(self, seconds: float) -> None:
        """Let the time pass that is waited for."""
        self.move(seconds=seconds)


@pytest.fixture
def site() -> Iterator[Site]:
    """An agency with two items."""
    with Site() as running:
        running.put("/1", page("One", HARVEST))
        running.put("/2", page("Two", HARVEST + " The bridge was opened."))
        put_feed(running, "/1", "/2")
        yield running


@pytest.fixture
def clock() -> PausingClock:
    """Noon, until somebody waits."""
    return PausingClock()


@pytest.fixture
def station(tmp_path: Path, clock: PausingClock, site: Site) -> Iterator[Station]:
    """A station that follows the site."""
    make_station(tmp_path, clock, site=site).close()
    with Station(tmp_path, clock=clock, pause=clock.pause) as opened:
        yield opened


def follow_sitemap(station: Station, site: Site) -> None:
    """Let the outlet name /map.xml instead of its feed."""
    toml = station.folder / "outlets" / "agency.toml"
    toml.write_text(toml.read_text().replace('"feed"', '"sitemap"').replace("rss.xml", "map.xml"))


def put_sitemap(site: Site, path: str, *items: str) -> None:
    entries = "".join(f"<url><loc>{site.url(item)}</loc></url>" for item in items)
    site.put(path, f"<urlset>{entries}</urlset>", content_type="application/xml")


def put_index(site: Site, path: str, *children: str) -> None:
    entries = "".join(f"<sitemap><loc>{site.url(child)}</loc></sitemap>" for child in children)
    site.put(path, f"<sitemapindex>{entries}</sitemapindex>", content_type="application/xml")


def failures(station: Station) -> list[tuple[str, str, str]]:
    """Step, subject and reason of each failure in the archive."""
    bodies = [json.loads(one.body) for one in station.archive.iter_captures() if one.kind is CaptureKind.FAILURE]
    return [(body["step"], body["subject"], body["reason"]) for body in bodies]


def titles(station: Station) -> list[str]:
    """The titles of all versions."""
    return sorted(version.content.title for version in station.export())


def paths(site: Site) -> list[str]:
    """What was asked for, in order."""
    return [asked.path for asked in site.asked]


# --- robots.txt ------------------------------------------------------------------------------


def test_what_robots_txt_refuses_is_recorded_and_counted(station: Station, site: Site) -> None:
    """Not asked for, and no secret either: the archive says so, and the other item is there."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /2\n", content_type="text/plain")

    collected = station.collect()

    assert paths(site) == ["/robots.txt", "/rss.xml", "/1"]
    assert collected.skips == {"robots": 1}
    assert failures(station) == [("collect", site.url("/2"), "robots")]


def test_a_redirect_to_what_robots_txt_refuses_is_not_followed(station: Station, site: Site) -> None:
    """The rules hold for every address on the way."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /secret\n", content_type="text/plain")
    site.redirect("/2", "/secret/2")

    collected = station.collect()

    assert sorted(paths(site)) == ["/1", "/2", "/robots.txt", "/rss.xml"]
    assert collected.skips == {"robots": 1}


@pytest.mark.parametrize("status", [429, 503])
def test_a_robots_txt_that_cannot_be_had_refuses_everything(status: int, station: Station, site: Site) -> None:
    """RFC 9309, section 2.3.1.4."""
    site.put("/robots.txt", "later", status=status)

    collected = station.collect()

    assert paths(site) == ["/robots.txt"]
    assert collected.skips == {"robots": 1}


def test_a_robots_txt_that_has_not_changed_keeps_its_rules(station: Station, site: Site, clock: PausingClock) -> None:
    """Asked again after a day, it answers 304, which has no rules of its own."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /2\n", content_type="text/plain", etag='"rules"')
    station.collect()
    clock.move(days=2)

    station.collect()

    assert (site.count("/robots.txt"), site.last("/robots.txt").headers["if-none-match"]) == (2, '"rules"')
    assert (site.count("/1"), site.count("/2")) == (2, 0)


def test_the_crawl_delay_lies_between_the_starts_of_requests(station: Station, site: Site) -> None:
    """Sources and items alike, from the answer on that stated it."""
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 7\n", content_type="text/plain")

    station.collect()

    kinds = {CaptureKind.ROBOTS, CaptureKind.SOURCE, CaptureKind.PAGE}
    looks = sorted((one.captured_at, one.kind) for one in station.archive.iter_captures() if one.kind in kinds)
    assert [((at - NOON).total_seconds(), kind) for at, kind in looks] == [
        (0.0, CaptureKind.ROBOTS),
        (7.0, CaptureKind.SOURCE),
        (14.0, CaptureKind.PAGE),
        (21.0, CaptureKind.PAGE),
    ]


# --- A site in trouble -----------------------------------------------------------------------


def test_a_site_that_asks_for_a_pause_is_left_alone_until_then(
    station: Station, site: Site, clock: PausingClock
) -> None:
    """Retry-After holds for the host: the other item is not asked for either, and both come later."""
    site.retry_later("/1", "3600")
    site.retry_later("/2", "3600")
    collected = station.collect()
    assert site.count("/1") + site.count("/2") == 1
    assert collected.skips == {"host_resting": 1}
    clock.move(seconds=3500)
    station.collect()
    assert site.count("/1") + site.count("/2") == 1
    site.put("/1", page("One", HARVEST))
    site.put("/2", page("Two", HARVEST))
    clock.move(days=1)

    station.collect()

    assert titles(station) == ["One", "Two"]


def test_a_proxy_that_fails_is_never_bypassed(station: Station, site: Site, clock: PausingClock) -> None:
    """The site sees nothing of us, and the reason is recorded."""
    with closing(create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    change_settings(station.folder, {"proxy": {"agency": f"http://127.0.0.1:{port}"}})

    with Station(station.folder, clock=clock, pause=clock.pause) as proxied:
        collected = proxied.collect()

        assert site.asked == []
        assert collected.skips == {"proxy": 1, "robots": 1}
        assert failures(proxied) == [
            ("robots", site.url("/robots.txt"), "proxy"),
            ("poll", site.url("/rss.xml"), "robots"),
        ]


# --- Where sources and items lead ------------------------------------------------------------


def test_the_children_of_an_index_are_followed_two_levels_deep(station: Station, site: Site) -> None:
    """An index of indexes is allowed for; what lies deeper is not asked for."""
    follow_sitemap(station, site)
    put_index(site, "/map.xml", "/news.xml", "/years.xml")
    put_sitemap(site, "/news.xml", "/1")
    put_index(site, "/years.xml", "/2026.xml")
    put_index(site, "/2026.xml", "/march.xml")

    with Station(station.folder, clock=station.clock) as follower:
        follower.collect()

    assert sorted(paths(site)) == ["/1", "/2026.xml", "/map.xml", "/news.xml", "/robots.txt", "/years.xml"]


def test_an_index_leads_to_a_limited_number_of_children_in_a_round(
    station: Station, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many it names."""
    monkeypatch.setattr(rounds, "CHILD_SITEMAP_LIMIT", 2)
    follow_sitemap(station, site)
    put_index(site, "/map.xml", "/a.xml", "/b.xml", "/c.xml")
    for name in "abc":
        put_sitemap(site, f"/{name}.xml")

    with Station(station.folder, clock=station.clock) as follower:
        follower.collect()

    assert paths(site) == ["/robots.txt", "/map.xml", "/a.xml", "/b.xml"]


def test_an_index_that_names_itself_ends(station: Station, site: Site) -> None:
    """None is asked twice in a round, whoever names it."""
    follow_sitemap(station, site)
    put_index(site, "/map.xml", "/map.xml")

    with Station(station.folder, clock=station.clock) as follower:
        follower.collect()

    assert paths(site) == ["/robots.txt", "/map.xml"]


def test_an_address_that_moved_is_the_same_article_and_is_not_asked_for_again(
    station: Station, site: Site, clock: PausingClock
) -> None:
    """The article is known by where it answered; the address that led there is its alias."""
    put_feed(site, "/old")
    site.redirect("/old", "/1", status=301)
    station.collect()
    clock.move(hours=1)

    station.collect()

    moved = station.article(site.url("/old"))
    assert moved.article == station.article(site.url("/1")).article
    assert [version.content.title for version in moved.versions] == ["One"]
    assert (site.count("/old"), site.count("/1")) == (1, 2)


# --- Interruptions ---------------------------------------------------------------------------


def test_a_round_that_was_interrupted_goes_on_where_it_was(station: Station, site: Site) -> None:
    """What was seen is kept and not asked for again; the look that was cut short is made anew."""
    pages = {"/1": page("One", HARVEST).encode(), "/2": page("Two", HARVEST).encode()}

    async def interrupt() -> None:
        loop, is_second = asyncio.get_running_loop(), asyncio.Event()

        def stall() -> Iterator[bytes]:
            loop.call_soon_threadsafe(is_second.set)
            site._closing.wait()
            yield b""

        def answer(asked: Asked) -> Answer | Iterator[bytes]:
            if site.count("/1") + site.count("/2") == 1:
                return Answer(headers=(("Content-Type", "text/html"),), body=pages[asked.path])
            return stall()

        site.route("/1", answer)
        site.route("/2", answer)
        outlets = [station.register.catalogue.get("agency")]
        look = asyncio.create_task(station._following.look(outlets, is_watching=False, progress=lambda _: None))
        await is_second.wait()
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look

    asyncio.run(interrupt())
    for path, body in pages.items():
        site.put(path, body)

    station.collect()

    assert paths(site)[:2] == ["/robots.txt", "/rss.xml"]
    assert sorted(Counter(paths(site)[2:]).values()) == [1, 2]
    assert titles(station) == ["One", "Two"]
