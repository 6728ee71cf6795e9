"""The pages: complete without scripts, and made of the same documents that programs get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from caversham.answers import ArticleAnswer
from caversham.errors import NotHeld
from caversham.search.query import parse_query
from caversham.serve import documents
from caversham.serve.api import Cursor, Here, get_outlet
from caversham.serve.narrowing import FIELDS, drop_filters, list_filters, set_filters
from caversham.serve.rendering import render
from caversham.serve.timeline import make_timeline
from caversham.station import Station
from caversham.types import Found, OutletId, Query

NEWEST = 12  # items on the first page
HITS = 20  # on a page of results
SHOWN_LOOKS = 200  # of one article; the API has all of them
SHOWN_FACETS = 12  # values of each facet

_READING: dict[str, Any] = {"methods": ["GET", "HEAD"], "include_in_schema": False}

router = APIRouter()


@router.api_route("/", **_READING)
def home(station: Here) -> HTMLResponse:
    """Search box, newest items, and what this station is."""
    found = station.search("", limit=NEWEST, is_public=True)
    return render(
        "home.html",
        found=documents.found(found),
        followed=station.settings.follow,
        names=_names(station, [hit.outlet for hit in found.hits]),
    )


@router.api_route("/search", **_READING)
def search(station: Here, q: str = "", cursor: Cursor = None) -> HTMLResponse:
    """Hits, facets and months of a query. A query that cannot be understood is answered by `failures`."""
    query = parse_query(q)
    found = station.search(q, limit=HITS, cursor=cursor, is_public=True)
    return render(
        "search.html",
        q=query.text,
        found=documents.found(found),
        is_first=cursor is None,
        facets=_facets(query, found),
        filters=[(f"{one.name}:{one.value}", drop_filters(query, one.name)) for one in list_filters(query)],
        timeline=make_timeline(found.months),
        month_queries=_month_queries(query, found),
        names=_names(
            station, [hit.outlet for hit in found.hits] + [OutletId(id_) for id_, _ in found.facets["outlet"]]
        ),
    )


@router.api_route("/a/{article}", **_READING)
def article(station: Here, article: str) -> HTMLResponse:
    """The latest version of an article, all versions and every look at it."""
    return _article_page(station.article(article, is_public=True), number=None)


@router.api_route("/a/{article}/v/{number}", **_READING)
def version(station: Here, article: str, number: int) -> HTMLResponse:
    """One version of an article."""
    answer = station.article(article, is_public=True)
    if not 1 <= number <= len(answer.versions):
        raise NotHeld(f"this article has {len(answer.versions)} versions here, and none with the number {number}")
    return _article_page(answer, number=number)


@router.api_route("/captures/{capture}", **_READING)
def capture(station: Here, capture: str) -> Response:
    """The bytes of one look as they were sent, for keeping and checking: never shown as a page of this server."""
    look = station.capture(capture, is_public=True)
    name = f"{capture[:16]}.bin"
    return Response(
        look.body,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.api_route("/o", **_READING)
def outlets(station: Here) -> HTMLResponse:
    """All outlets, and how collecting goes."""
    held = documents.status(station.status())
    health = {one["outlet"]: one for one in held["outlets"]}
    known = [station.register.get(OutletId(id_)) for id_ in {*station.register.catalogue.outlets, *health}]
    rows = [documents.outlet_row(one, is_followed=one.id in station.settings.follow) for one in known]
    rows.sort(key=lambda row: (row["id"] not in health, not row["followed"], row["name"].casefold()))
    return render("outlets.html", outlets=rows, health=health, gaps=_gaps_by_outlet(held["gaps"]))


@router.api_route("/o/{outlet}", **_READING)
def outlet_page(station: Here, outlet: str) -> HTMLResponse:
    """One outlet: facts with their sources, editions, sources, and how collecting goes."""
    found = get_outlet(station, outlet)
    held = documents.status(station.status())
    return render(
        "outlet.html",
        outlet=documents.outlet_page(found, is_followed=found.id in station.settings.follow),
        health=next((one for one in held["outlets"] if one["outlet"] == found.id), None),
        gaps=_gaps_by_outlet(held["gaps"]).get(found.id, []),
        shows_text=station.shows_text(found),
    )


@router.api_route("/status", **_READING)
def status(station: Here) -> HTMLResponse:
    """What is held, and what was lost."""
    held = documents.status(station.status())
    return render("status.html", held=held, names=_names(station, [one["outlet"] for one in held["outlets"]]))


def _article_page(answer: ArticleAnswer, *, number: int | None) -> HTMLResponse:
    document = documents.article(answer)
    place = (number or len(answer.versions)) - 1
    return render(
        "article.html",
        article=document,
        outlet=answer.outlet,
        is_latest=number is None,
        shown=document["versions"][place] if answer.versions else None,
        text=answer.versions[place].content.text if answer.versions else "",
        looks={look["id"]: look for look in document["captures"]},
        shown_looks=list(reversed(document["captures"]))[:SHOWN_LOOKS],
    )


def _facets(query: Query, found: Found) -> Mapping[str, list[dict[str, Any]]]:
    """By facet, its values with their counts and the query that keeps only them."""
    return {
        facet: [
            {"value": value, "count": count, "q": set_filters(query, **{FIELDS[facet]: value})}
            for value, count in values[:SHOWN_FACETS]
        ]
        for facet, values in found.facets.items()
        if values and facet in FIELDS
    }


def _month_queries(query: Query, found: Found) -> Mapping[str, str]:
    """By bar of the timeline, the query that keeps only its articles."""
    bars = make_timeline(found.months).bars
    return {bar.label: set_filters(query, since=bar.label, until=bar.label) for bar in bars if bar.count}


def _names(station: Station, outlets: Iterable[OutletId]) -> Mapping[OutletId, str]:
    return {outlet: station.register.get(outlet).name for outlet in outlets}


def _gaps_by_outlet(gaps: Iterable[dict[str, str]]) -> Mapping[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for gap in gaps:
        found.setdefault(gap["outlet"], []).append(gap)
    return found
