"""Documents for tests: everything has a default but the id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from caversham.types import ArticleId, CaptureId, Dated, Document, OutletId, Precision, Role, State

PLAIN = Document(
    article=ArticleId(""),
    version=CaptureId("0" * 64),
    title="",
    text="",
    past="",
    outlet=OutletId("herald"),
    country="KP",
    role=Role.STATE,
    language="en",
    section="",
    state=State.LIVE,
    level="",
    published=None,
)


def make_document(article: str, text: str = "", **others: Any) -> Document:
    """A document of these fields; `published` may be written 2023, 2023-06 or 2023-06-12."""
    if isinstance(printed := others.get("published"), str):
        others["published"] = make_dated(printed)
    return replace(PLAIN, article=ArticleId(article), text=text, **others)


def make_dated(printed: str) -> Dated:
    """A date of the precision that it is written with."""
    precision = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}[len(printed)]
    return Dated(on=date.fromisoformat(printed + "0000-01-01"[len(printed) :]), precision=precision, printed=printed)
