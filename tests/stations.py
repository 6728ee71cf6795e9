"""Stations for tests: a folder, a clock that stands where the test puts it, and an outlet on a loopback site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from caversham.settings import change_settings, write_settings
from caversham.station import Station
from tests.site import Site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

OUTLET = """\
name = "Test Agency"
country = "XA"
role = "state"
hosts = ["127.0.0.1:{port}"]
timezone = "Asia/Pyongyang"
agency_credits = ["TA"]
delay_s = 0

[[sources]]
kind = "feed"
url = "{base}/rss.xml"
language = "en"
checked = "by this test"
"""


class StandingClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**delta)


def make_station(folder: Path, clock: StandingClock, *, site: Site | None = None, store: str = "sqlite") -> Station:
    """A station in `folder`; with a site it follows that site as the outlet `agency`."""
    write_settings(folder, contact="test@example.org")
    change_settings(folder, {"store": store})
    if site is not None:
        follow_site(folder, site)
    return Station(folder, clock=clock)


def follow_site(folder: Path, site: Site) -> None:
    """Let the station in `folder` follow a loopback site as the outlet `agency`."""
    (folder / "outlets").mkdir(exist_ok=True)
    (folder / "outlets" / "agency.toml").write_text(OUTLET.format(port=site.port, base=site.url("")))
    change_settings(folder, {"follow": ["agency"], "allow_hosts": [site.host]})


def put_feed(site: Site, *paths: str) -> None:
    """Let the site's feed name these items."""
    items = "".join(f"<item><title>Item {path}</title><link>{site.url(path)}</link></item>" for path in paths)
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Agency</title>{items}</channel></rss>'
    site.put("/rss.xml", feed, content_type="application/rss+xml")


def page(title: str, *paragraphs: str, date: str = "2026-03-01") -> str:
    """A page as a news site has it: head, navigation, article, footer."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Test Agency</title>'
        f'<meta property="article:published_time" content="{date}"></head><body><nav><a href="/">Home</a>'
        f'<a href="/news">News</a></nav><article><h1>{title}</h1>{body}</article>'
        "<footer>Copyright Test Agency</footer></body></html>"
    )
