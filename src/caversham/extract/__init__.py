"""Captures become Content: `make_extract` builds the one function that does it."""

from __future__ import annotations

from collections.abc import Callable

from caversham.errors import ExtractError
from caversham.extract.page import Setting, read_page
from caversham.extract.rows import read_row
from caversham.extract.rules import choose_rule
from caversham.extract.trees import MAX_PAGE_BYTES
from caversham.payload import decode, media_type, unpack
from caversham.ports import Extract
from caversham.times import day_in_zone, zone
from caversham.types import Capture, CaptureKind, Content, Outlet, OutletId, TimeBasis

__all__ = ["make_extract"]

_MARKUP = ("html", "xml", "text/plain")  # parts of media types that a page may be sent under


def make_extract(outlets: Callable[[OutletId], Outlet]) -> Extract:
    """Build the function that finds title, text and fields in a capture of kind page, file or row.

    What it gives depends on the capture and the outlet alone. It raises ExtractError and PayloadError, and
    whatever `outlets` raises for an id it does not know.
    """

    def extract(capture: Capture) -> Content:
        outlet = outlets(capture.outlet)
        setting = Setting(
            url=capture.final_url,
            outlet=outlet,
            seen_on=day_in_zone(capture.captured_at, zone(outlet.timezone)),
            is_observed=capture.time_basis is TimeBasis.OBSERVED,
        )
        rule = choose_rule(outlet, capture)
        if capture.kind is CaptureKind.ROW:
            return read_row(capture.body, setting, rule=rule)
        return read_page(_read_markup(capture), setting, rule=rule)

    return extract


def _read_markup(capture: Capture) -> str:
    """Unpack and decode the text of a page.

    Raises:
        ExtractError: `not_html`, the capture is of something else than a page.
        PayloadError: the body does not unpack within the limit.
    """
    sent_as = media_type(capture.headers)
    is_page = capture.kind in {CaptureKind.PAGE, CaptureKind.FILE}
    if not is_page or (sent_as and not any(part in sent_as for part in _MARKUP)):
        message = f"{capture.final_url}: a {capture.kind} of type {sent_as or 'unknown'} is not a page to read"
        raise ExtractError(message, subject=capture.final_url, reason="not_html")
    raw = unpack(capture.body, capture.headers, limit=MAX_PAGE_BYTES, subject=capture.final_url)
    return decode(raw, capture.headers).text
