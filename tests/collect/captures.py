"""Captures as the fetcher would make them, for parsers of what it brings."""

from __future__ import annotations

from caversham.types import Capture, CaptureKind, Link, Source, TimeBasis
from tests.collect.conftest import NOW, OUTLET

URL = "http://news.example.org/feed"
SOURCE = Source(kind="feed", url=URL)


def answer(
    body: bytes | str, *, status: int | None = 200, content_type: str = "", packed: str = "", url: str = URL
) -> Capture:
    """Make the capture of an answer with this body."""
    stated = (("Content-Type", content_type), ("Content-Encoding", packed))
    return Capture(
        url=url,
        final_url=url,
        outlet=OUTLET,
        kind=CaptureKind.SOURCE,
        captured_at=NOW,
        time_basis=TimeBasis.OBSERVED,
        status=status,
        headers=tuple((name, value) for name, value in stated if value),
        body=body.encode() if isinstance(body, str) else body,
    )


def link(url: str, title: str = "", printed: str = "", *, source: Source = SOURCE) -> Link:
    """Make the link that a parser should give."""
    return Link(url=url, outlet=OUTLET, source=source.url, found_at=NOW, title_hint=title, published_hint=printed)
