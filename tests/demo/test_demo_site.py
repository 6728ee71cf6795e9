"""The fictional sites over real HTTP on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.client import BadStatusLine, RemoteDisconnected
from urllib.parse import urlsplit

import defusedxml.ElementTree
import feedparser
import httpx
import pytest

from caversham.demo.site import DemoSite
from caversham.demo.world import Event, load_world
from caversham.errors import StationError

WORLD = load_world()
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoSite]:
    with DemoSite(WORLD, dict.fromkeys(WORLD.sites, 0)) as site:
        yield site


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as opened:
        yield opened


def get(demo: DemoSite, client: httpx.Client, site: str, path: str, **headers: str) -> httpx.Response:
    return client.get(demo.world.url(site, path), headers=headers)


@pytest.mark.parametrize("event", WORLD.events, ids=lambda event: f"{event.kind}-{event.site}{event.path}")
def test_events_are_seen_over_http(demo: DemoSite, client: httpx.Client, event: Event) -> None:
    """What the pure rendering says is what the server answers; an outage is a connection closed without a word."""
    demo.set_time(event.at)
    for sight in event.after:
        try:
            status = get(demo, client, event.site, sight.path).status_code
        except httpx.RemoteProtocolError:
            status = 0
        assert status == sight.status


def test_every_listed_address_answers(demo: DemoSite, client: httpx.Client) -> None:
    """At the end of the month each link of each feed and sitemap leads to a page."""
    demo.set_time(WORLD.ends)
    listed: set[str] = set()
    for site in demo.world.sites.values():
        for feed in site.feeds:
            parsed = feedparser.parse(get(demo, client, site.id, feed.path).content)
            assert not parsed.bozo
            assert parsed.entries
            listed.update(entry.link for entry in parsed.entries)
        if site.has_sitemap:
            index = defusedxml.ElementTree.fromstring(get(demo, client, site.id, "/sitemap.xml").content)
            for part in index.iter(f"{SITEMAP}loc"):
                tree = defusedxml.ElementTree.fromstring(client.get(part.text or "").content)
                listed.update(loc.text or "" for loc in tree.iter(f"{SITEMAP}loc"))

    assert [url for url in sorted(listed) if client.get(url).status_code != 200] == []
    assert len({urlsplit(url).path for url in listed}) > 50


def test_a_known_answer_is_not_sent_again(demo: DemoSite, client: httpx.Client) -> None:
    """The agency gives validators that follow the item; the daily gives none."""
    item = WORLD.find_item("home", "/nota/26018.html")
    assert item is not None
    demo.set_time(item.shown_at)
    first = get(demo, client, "home", item.path)
    demo.set_time(item.shown_at + timedelta(hours=1))
    known = get(demo, client, "home", item.path, **{"If-None-Match": first.headers["ETag"]})
    demo.set_time(item.showings[1].since)
    changed = get(demo, client, "home", item.path, **{"If-None-Match": first.headers["ETag"]})

    assert (known.status_code, known.content) == (304, b"")
    assert changed.status_code == 200
    assert "421.600" in changed.text
    assert "ETag" not in get(demo, client, "daily", "/").headers


def test_head_answers_without_a_body(demo: DemoSite, client: httpx.Client) -> None:
    """HEAD has the headers of GET."""
    demo.set_time(WORLD.ends)
    head, body = (client.request(method, demo.world.url("home", "/")) for method in ("HEAD", "GET"))

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(body.content))


def test_requests_are_counted_and_unknown_paths_are_not_found(demo: DemoSite, client: httpx.Client) -> None:
    """Nonsense gets the site's own not-found page."""
    demo.set_time(WORLD.ends)
    before = demo.request_count
    answers = [get(demo, client, "home", path) for path in ("/nada", "/%00", "/nota/26011.html?x=1")]

    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert "Página no encontrada" in answers[0].text
    assert demo.request_count == before + 3


def test_a_taken_port_is_an_error_that_says_so() -> None:
    """And what was opened before it is closed again."""
    with DemoSite(WORLD, dict.fromkeys(WORLD.sites, 0)) as first:
        taken = first.ports["minute"]
        with pytest.raises(StationError, match=f"'minute' cannot listen on 127.0.0.1:{taken}"):
            DemoSite(WORLD, {**dict.fromkeys(WORLD.sites, 0), "minute": taken})


def test_a_closed_site_answers_nothing(client: httpx.Client) -> None:
    """Closing twice is no error."""
    demo = DemoSite(WORLD, dict.fromkeys(WORLD.sites, 0))
    demo.close()
    demo.close()

    with pytest.raises((httpx.ConnectError, RemoteDisconnected, BadStatusLine)):
        get(demo, client, "home", "/")
