"""Made-up captures, contents and lives for the catalogue's tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from caversham.ports import Transaction
from caversham.text import comparable
from caversham.types import (
    ArticleId,
    Capture,
    CaptureId,
    CaptureKind,
    Content,
    Dated,
    Earlier,
    Image,
    Link,
    OutletId,
    Place,
    Precision,
    TimeBasis,
)
from caversham.watch.decide import next_look
from caversham.watch.states import article_of, runs_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUTLET = OutletId("vesna")
ITEM = ArticleId("aaaaaaaaaaaaaaaa")
URL = "https://vesna.example/news/1"

FULL = Content(
    title="Весна: \U0001f33e урожай",
    text="Первая строка.\nВторая строка.",
    language="ru",
    section="Экономика",
    dateline="Vesna, March 1",
    agency="VNA",
    byline="A. Writer",
    images=(Image(url="https://vesna.example/1.jpg", caption="Поле"), Image(url="https://vesna.example/2.jpg")),
    dated=Dated(on=date(1948, 9, 1), precision=Precision.MONTH, printed="September 1948"),
    published=Dated(on=date(2026, 3, 1), precision=Precision.MINUTE, at=NOON, printed="1 марта, 15:00"),
    updated=Dated(on=date(2026, 3, 2), precision=Precision.DAY),
    canonical="https://vesna.example/news/1?lang=ru",
    extractor="vesna@3",
)


def sha(text: str) -> str:
    """The SHA-256 of a text, as ids look."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_capture(leaf: int, **changes: Any) -> Capture:
    """The capture at a leaf: a page, answered one hour after that of the leaf before."""
    capture = Capture(
        url=URL,
        final_url=URL,
        outlet=OUTLET,
        kind=CaptureKind.PAGE,
        captured_at=NOON + timedelta(hours=leaf),
        time_basis=TimeBasis.OBSERVED,
        status=200,
        headers=(("ETag", f'"{leaf}"'), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=\udcff")),
        sha256=sha(f"body {leaf}"),
        via="https://vesna.example/feed.xml",
        id=CaptureId(sha(f"record {leaf}")),
        place=Place(writer="one", leaf=leaf, file="one/2026/03/000000000000.warc.gz", offset=leaf * 100, size=100),
    )
    return replace(capture, **changes)


def make_content(text: str, **changes: Any) -> Content:
    """A content of which only the text matters."""
    return replace(Content(title="A title", text=text, language="en", extractor="vesna@1"), **changes)


def make_link(url: str = URL, **changes: Any) -> Link:
    """A link found at noon."""
    link = Link(url=url, outlet=OUTLET, source="https://vesna.example/feed.xml", found_at=NOON, title_hint="A title")
    return replace(link, **changes)


def repeat(capture: Capture) -> Earlier:
    """What a revisit says of the capture that it repeats."""
    assert capture.id is not None
    return Earlier(id=capture.id, url=capture.final_url, captured_at=capture.captured_at)


def add_looks(
    tx: Transaction, looks: Iterable[tuple[Capture, Content | None]], *, article: ArticleId = ITEM, url: str = URL
) -> None:
    """Catalogue looks at one article and everything that follows from them, as the pipeline does."""
    given = list(looks)
    ids = tx.add_contents([content for _, content in given if content])
    found = iter(ids)
    rows: Sequence[Any] = [
        (capture, article, next(found) if content else None, content and comparable(content.title, content.text))
        for capture, content in given
    ]
    tx.add_captures(rows)
    known = tx.get_looks([article])[article]
    tx.put_articles([(article_of(article, url, OUTLET, known), runs_of(known), next_look(known))])
