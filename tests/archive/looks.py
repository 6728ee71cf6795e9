"""Captures to write, and an archive to write them to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from caversham.archive import WarcArchive
from caversham.types import Capture, CaptureKind, Earlier, OutletId, TimeBasis

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
REQUEST = b"GET /item HTTP/1.1\r\nHost: news.example\r\n\r\n"
HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("ETag", '"1"'))


def now() -> datetime:
    return NOW


@contextmanager
def archive_in(root: Path, *, writer: str = "w", **options: int) -> Iterator[WarcArchive]:
    """An archive that gives its lock back."""
    archive = WarcArchive(root, writer=writer, clock=now, **options)
    try:
        yield archive
    finally:
        archive.close()


def page(
    number: int, *, body: bytes = b"", request: bytes = b"", repeats: Earlier | None = None, sha256: str = ""
) -> Capture:
    """The live answer of an address of its own."""
    return Capture(
        url=f"https://news.example/item/{number}",
        final_url=f"https://news.example/item/{number}",
        outlet=OutletId("example"),
        kind=CaptureKind.PAGE,
        captured_at=NOW,
        time_basis=TimeBasis.OBSERVED,
        status=200,
        headers=HEADERS,
        body=b"" if repeats else body or f"<p>The minister opened bridge number {number}.</p>".encode(),
        sha256=sha256,
        request=request,
        repeats=repeats,
    )


def fill(root: Path, count: int, *, batch: int = 2, writer: str = "w", **options: int) -> list[Capture]:
    """Write pages in batches; what came back."""
    with archive_in(root, writer=writer, **options) as archive:
        numbers = list(range(count))
        return [
            capture
            for start in range(0, count, batch)
            for capture in archive.append([page(number) for number in numbers[start : start + batch]])
        ]


def only_file(root: Path) -> Path:
    """The one WARC file of a small archive."""
    (path,) = (root / "archive").rglob("*.warc.gz")
    return path
