"""What the world's sites answer to a path at an instant: a pure function of the world."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from urllib.parse import quote

from jinja2 import DictLoader, Environment, StrictUndefined

from caversham.demo.world import Feed, Item, Page, Showing, Site, World, printed_date

FEED_LIMIT = 15
NEWS_DAYS = timedelta(days=2)  # a news sitemap holds two days: https://www.google.com/schemas/sitemap-news/0.9
HTML = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer. Status 0 means that the site is out: the connection closes without a word."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def render(world: World, site: str, path: str, now: datetime) -> Answer:
    """What a site answers to GET of a path at an instant; the query of the path is ignored."""
    place = world.sites[site]
    closure = next((closure for closure in place.closures if closure.since <= now < closure.until), None)
    if closure is not None:
        return Answer(status=0) if closure.kind == "outage" else _refusal()
    return _render_open(world, place, path.partition("?")[0], now)


def _render_open(world: World, site: Site, path: str, now: datetime) -> Answer:
    if path == "/robots.txt":
        return _text(site.robots.lstrip().format(base=site.base), "text/plain")
    item = world.find_item(site.id, path)
    showing = item.at(now) if item is not None else None
    if item is not None and showing is not None:
        return _render_item(world, site, item, showing, now)
    page = next((page for page in site.pages if page.path == path), None)
    if page is not None:
        return _render_page(world, site, page, now)
    feed = next((feed for feed in site.feeds if feed.path == path), None)
    if feed is not None:
        return _render_feed(world, site, feed, now)
    if site.has_sitemap and path in {"/sitemap.xml", "/sitemap-items.xml", "/sitemap-news.xml"}:
        return _render_sitemap(world, site, path, now)
    return _missing(world, site, 404, now)


def _render_item(world: World, site: Site, item: Item, showing: Showing, now: datetime) -> Answer:
    if showing.is_soft_404:
        return _missing(world, site, 200, now)
    if showing.location:
        return Answer(status=showing.status, headers=(("Location", site.base + showing.location),))
    if showing.status != 200:
        return _missing(world, site, showing.status, now)
    listed = [
        other for other in _newest(world, site, now) if other.path != item.path and other.language == item.language
    ]
    page = _fill(
        world,
        site,
        site.template,
        now,
        language=item.language,
        item=item,
        showing=_decomposed(showing) if item.is_nfd else showing,
        paragraphs=_paragraphs(item, showing),
        url=site.base + item.path,
        image=f"{site.base}/img{quote(item.path)}.jpg",
        published=item.shown_at.astimezone(UTC).isoformat(),
        related=_entries(listed[:4], now),
        more=_entries(listed[4:5], now),
        views=_count_views(item, now),
    )
    return _html(page, charset=item.charset, validators=_validators(site, item, showing))


def _paragraphs(item: Item, showing: Showing) -> tuple[str, ...]:
    text = unicodedata.normalize("NFD", showing.text) if item.is_nfd else showing.text
    return tuple(text.split("\n\n"))


def _decomposed(showing: Showing) -> Showing:
    return replace(showing, title=unicodedata.normalize("NFD", showing.title))


def _count_views(item: Item, now: datetime) -> int:
    """A counter that grows with time: noise that every look sees and no version may hold."""
    minutes = int((now - item.shown_at).total_seconds() // 60)
    return 17 + minutes % 9973 + len(item.path)


def _validators(site: Site, item: Item, showing: Showing) -> tuple[tuple[str, str], ...]:
    """Weak, as real sites do it: they follow the item, not the furniture around it."""
    if not site.has_etags:
        return ()
    seen = (item.path, showing.title, showing.text, showing.printed, showing.caption)
    mark = sha256("\0".join(seen).encode()).hexdigest()
    modified = format_datetime(showing.since.astimezone(UTC), usegmt=True)
    return (("ETag", f'W/"{mark[:16]}"'), ("Last-Modified", modified))


def _newest(world: World, site: Site, now: datetime) -> list[Item]:
    """Items that the site lists now, newest first."""
    shown = ((item, item.at(now)) for item in world.items if item.site == site.id)
    listed = [item for item, showing in shown if showing is not None and showing.is_listed]
    return sorted(listed, key=lambda item: (item.shown_at, item.path), reverse=True)


def _entries(items: Iterable[Item], now: datetime) -> tuple[tuple[Item, Showing], ...]:
    return tuple((item, showing) for item in items if (showing := item.at(now)) is not None)


def _render_page(world: World, site: Site, page: Page, now: datetime) -> Answer:
    items = [
        item
        for item in _newest(world, site, now)
        if page.language in {"", item.language} and page.section in {"", item.section}
    ]
    language = page.language or site.language
    text = _fill(
        world, site, "listing.html", now, language=language, page=page, entries=_entries(items[: page.limit], now)
    )
    return _html(text)


def _render_feed(world: World, site: Site, feed: Feed, now: datetime) -> Answer:
    items = [item for item in _newest(world, site, now) if feed.language in {"", item.language}][:FEED_LIMIT]
    text = _fill(
        world,
        site,
        f"{feed.kind}.xml",
        now,
        language=feed.language or site.language,
        feed=feed,
        entries=_entries(items, now),
        rfc822=lambda instant: format_datetime(instant.astimezone(world.zone)),
        summary=lambda showing: showing.text.split("\n\n")[0].replace("\0", ""),
    )
    return _text(text, "application/atom+xml" if feed.kind == "atom" else "application/rss+xml")


def _render_sitemap(world: World, site: Site, path: str, now: datetime) -> Answer:
    items: Sequence[Item] = _newest(world, site, now)
    if path == "/sitemap-news.xml":
        items = [item for item in items if now - item.shown_at <= NEWS_DAYS]
    template = "sitemapindex.xml" if path == "/sitemap.xml" else "sitemap.xml"
    is_news = path == "/sitemap-news.xml"
    return _text(
        _fill(world, site, template, now, language=site.language, entries=_entries(items, now), is_news=is_news),
        "application/xml",
    )


def _missing(world: World, site: Site, status: int, now: datetime) -> Answer:
    return replace(_html(_fill(world, site, "missing.html", now, language=site.language)), status=status)


def _refusal() -> Answer:
    return replace(_html("<!DOCTYPE html><title>403 Forbidden</title><h1>403 Forbidden</h1>"), status=403)


def _fill(world: World, site: Site, template: str, now: datetime, *, language: str, **values: object) -> str:
    """A template filled in; markup in values is escaped."""
    words = world.words[language]
    return (
        _environment(world.templates)
        .get_template(template)
        .render(
            site=site,
            language=language,
            words=words.labels,
            is_rtl=words.is_rtl,
            clock=printed_date(now, words, world.zone),
            now=now,
            **values,
        )
    )


@cache
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    """Compiled once: a page of the month is asked for thousands of times."""
    return Environment(loader=DictLoader(dict(templates)), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _html(text: str, *, charset: str = "utf-8", validators: tuple[tuple[str, str], ...] = ()) -> Answer:
    answer = _text(text, HTML, charset=charset)
    return replace(answer, headers=answer.headers + validators)


def _text(text: str, kind: str, *, charset: str = "utf-8") -> Answer:
    body = text.encode(charset, "xmlcharrefreplace")
    return Answer(status=200, headers=(("Content-Type", f"{kind}; charset={charset}"),), body=body)
