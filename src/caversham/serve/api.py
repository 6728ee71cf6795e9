"""The HTTP API: the documents of the command line (docs/schemas/), under the rules for the public."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from functools import cache
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.requests import Request

from caversham.errors import NotHeld
from caversham.serve import documents
from caversham.serve.failures import BusyError
from caversham.station import Station
from caversham.types import Outlet, OutletId, Role, Version

MOST_HITS = 200  # on a page; the command line has the same limit
EXPORTS_AT_ONCE = 2  # each keeps one snapshot of the catalogue open until its reader has taken it all
ROWS_A_PIECE = 100

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": 'cannot be understood: {"error": {"kind", "message", "position"}}'},
    404: {"description": 'not held: {"error": {"kind", "message"}}'},
    503: {"description": "the station cannot answer now"},
}

router = APIRouter(prefix="/api", responses=_ERRORS)


async def the_station(request: Request) -> Station:
    """The station that this server serves."""
    station: Station = request.app.state.station
    return station


Here = Annotated[Station, Depends(the_station)]
Limit = Annotated[int, Query(ge=1, le=MOST_HITS, description="Hits on a page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]


@router.head("/search", include_in_schema=False)
@router.get("/search", summary="Find articles")
def search(station: Here, q: str = "", limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Articles that match a query, with counts of the whole result; an empty query finds everything."""
    return JSONResponse(documents.found(station.search(q, limit=limit, cursor=cursor, is_public=True)))


@router.head("/versions", include_in_schema=False)
@router.get("/versions", summary="Every version of an article and every look at it")
def versions(station: Here, url: Annotated[str, Query(description="Address or article id.")]) -> Response:
    """One article; texts are null, and text_withheld is true, where the operator does not let them be shown."""
    return JSONResponse(documents.article(station.article(url, is_public=True)))


@router.head("/outlets", include_in_schema=False)
@router.get("/outlets", summary="All outlets")
def outlets(station: Here, country: str = "", language: str = "", role: Role | None = None) -> Response:
    """The catalogue of outlets, or those of a country, language or role, and which are followed."""
    follow = station.settings.follow
    found = station.register.catalogue.find(country=country, language=language, role=role or "")
    return JSONResponse(documents.outlets((one, one.id in follow) for one in found))


@router.head("/outlets/{outlet}", include_in_schema=False)
@router.get("/outlets/{outlet}", summary="One outlet")
def outlet_page(station: Here, outlet: str) -> Response:
    """One outlet with its facts and where each comes from."""
    found = get_outlet(station, outlet)
    return JSONResponse(documents.outlet_page(found, is_followed=found.id in station.settings.follow))


@router.head("/status", include_in_schema=False)
@router.get("/status", summary="What is held and lost")
def status(station: Here) -> Response:
    """Counts, losses by reason, how the outlets are, and which days are missing."""
    return JSONResponse(documents.status(station.status()))


@router.head("/export", include_in_schema=False)
@router.get("/export", summary="Every version held, one JSON row a line")
async def export(request: Request, station: Here) -> Response:
    """All versions by address and order, streamed; `text` is null where the operator does not let it be shown."""
    slots: asyncio.Semaphore = request.app.state.export_slots
    if slots.locked():
        raise BusyError(f"{EXPORTS_AT_ONCE} exports are under way, which is as many as there may be; try again later")
    rows = _no_rows() if request.method == "HEAD" else _iter_pieces(station, slots)
    return StreamingResponse(rows, media_type="application/jsonl")


def get_outlet(station: Station, outlet: str) -> Outlet:
    """The outlet of the catalogue, or one without a file of which something is held. Raises NotHeld."""
    id_ = OutletId(outlet)
    if id_ in station.register.catalogue or any(one.outlet == id_ for one in station.status().outlets):
        return station.register.get(id_)
    raise NotHeld(f"no outlet {outlet!r} is known here")


async def _iter_pieces(station: Station, slots: asyncio.Semaphore) -> AsyncIterator[bytes]:
    async with slots:
        rows = _iter_rows(station)
        while piece := await run_in_threadpool(lambda: b"".join(islice(rows, ROWS_A_PIECE))):
            yield piece


async def _no_rows() -> AsyncIterator[bytes]:
    return
    yield b""


def _iter_rows(station: Station) -> Iterator[bytes]:
    @cache
    def shows_text(outlet: OutletId) -> bool:
        return station.shows_text(station.register.get(outlet))

    for version in station.export():
        yield _to_line(version, with_text=shows_text(version.outlet))


def _to_line(version: Version, *, with_text: bool) -> bytes:
    row = documents.export_row(version, with_text=with_text)
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
