"""Captures and outlets for the tests of extraction."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from caversham.extract import make_extract
from caversham.types import Capture, CaptureKind, Content, Outlet, OutletId, TimeBasis

SEEN_AT = datetime(2024, 6, 14, 9, tzinfo=UTC)
URL = "https://news.example.org/2024/item-7"
SEOUL = Outlet(id=OutletId("agency"), name="Example Agency", timezone="Asia/Seoul", agency_credits=("EXA",))

SENTENCES = "The council met in the capital and heard a report on the harvest of this year. " * 8


def page_capture(
    body: bytes | str,
    *,
    seen_at: datetime = SEEN_AT,
    basis: TimeBasis = TimeBasis.OBSERVED,
    kind: CaptureKind = CaptureKind.PAGE,
    content_type: str = "text/html; charset=utf-8",
    url: str = URL,
) -> Capture:
    """A look at a page of the outlet."""
    return Capture(
        url=url,
        final_url=url,
        outlet=SEOUL.id,
        kind=kind,
        captured_at=seen_at,
        time_basis=basis,
        status=200,
        headers=(("Content-Type", content_type),),
        body=body.encode() if isinstance(body, str) else body,
    )


def row_capture(row: object, *, basis: TimeBasis = TimeBasis.IMPORTED) -> Capture:
    """A look that an imported row describes."""
    body = json.dumps(row, sort_keys=True, ensure_ascii=True).encode()
    return page_capture(body, kind=CaptureKind.ROW, content_type="application/json", basis=basis)


def extract(capture: Capture, outlet: Outlet = SEOUL) -> Content:
    """What is found in a capture of this outlet."""
    return make_extract({outlet.id: outlet}.__getitem__)(capture)


def article(body: str = f"<p>{SENTENCES}</p>", *, head: str = "", title: str = "Council hears report") -> str:
    """A page with one article."""
    return (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{title} - Example Agency</title>{head}</head>"
        f"<body><nav><a href=/>Home</a></nav><article><h1>{title}</h1>{body}</article></body></html>"
    )
