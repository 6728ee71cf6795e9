"""The sources of an outlet, tried live: what each shows now. Nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from caversham.answers import TriedSource
from caversham.collect.backfill import Period, iter_pages
from caversham.outlets.templates import fill
from caversham.pipeline.asking import Asker, Tools, make_asker
from caversham.pipeline.attempt import attempt
from caversham.pipeline.rounds import parse_source
from caversham.ports import Extract
from caversham.times import day_in_zone, parse_instant, parse_rfc822, zone
from caversham.types import Capture, CaptureKind, Link, Outlet, Skip, Source


async def try_sources(tools: Tools, outlet: Outlet, extract: Extract) -> tuple[TriedSource, ...]:
    """Ask every source of an outlet once, in order; robots.txt is obeyed.

    An archive is asked for the page of today, numbered addresses for the number that is known to have existed.
    """
    asker = make_asker(tools, outlet)
    on = day_in_zone(tools.clock(), zone(outlet.timezone))
    sources = [replace(source, url=_address(source, Period(since=on, until=on))) for source in outlet.sources]
    return tuple([await _try_one(asker, source, extract) for source in sources])


def _address(source: Source, today: Period) -> str:
    if source.kind == "numbered":
        return fill(source.url, number=source.first)
    return next(iter(iter_pages(source, today))) if source.kind == "archive" else source.url


async def _try_one(asker: Asker, source: Source, extract: Extract) -> TriedSource:
    kind = CaptureKind.PAGE if source.kind == "numbered" else CaptureKind.SOURCE
    answer = await asker.try_ask(source.url, kind, via=source.kind, step="check")
    if isinstance(answer, Skip):
        return _failed(source, None, f"{answer.reason}: {answer.detail}")
    if answer.status != 200:
        return _failed(source, answer.status, f"it answers {answer.status}, not 200")
    links = attempt("check", source.url, lambda: _shown(answer, source, extract))
    if isinstance(links, Skip):
        return _failed(source, answer.status, f"{links.reason}: {links.detail}")
    newest = max(links, key=_instant, default=None)  # where no date can be read: the one shown first
    return TriedSource(
        kind=source.kind, url=source.url, status=answer.status, links=len(links), newest=newest, error=""
    )


def _failed(source: Source, status: int | None, error: str) -> TriedSource:
    return TriedSource(kind=source.kind, url=source.url, status=status, links=0, newest=None, error=error)


def _shown(answer: Capture, source: Source, extract: Extract) -> tuple[Link, ...]:
    """The links of a source; of a numbered address the item itself; of an index of sitemaps its sitemaps."""
    if source.kind == "numbered":
        content = extract(answer)
        printed = content.published.iso if content.published else ""
        return (_link(answer, answer.final_url, content.title, printed),)
    links, children = parse_source(answer, source)
    return links or tuple(_link(answer, url, "", "") for url in children)


def _link(answer: Capture, url: str, title: str, printed: str) -> Link:
    return Link(
        url=url,
        outlet=answer.outlet,
        source=answer.url,
        found_at=answer.captured_at,
        title_hint=title,
        published_hint=printed,
    )


def _instant(link: Link) -> float:
    """When a link was published, as machines write it; before everything else where it is not said so."""
    dated = parse_rfc822(link.published_hint)
    at: datetime | None = parse_instant(link.published_hint) or (dated.at if dated else None)
    return at.timestamp() if at else float("-inf")
