"""Values to rows and back. Text is cleaned where it enters."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import zstandard
from sqlalchemy import Row as Found, Select, select

from caversham.errors import StationError
from caversham.ports import SourceState
from caversham.store.backend import Row
from caversham.store.schema import articles, captures, contents, texts, versions
from caversham.text import clean
from caversham.types import (
    Article,
    ArticleId,
    Capture,
    CaptureId,
    CaptureKind,
    Content,
    Dated,
    Earlier,
    Image,
    Look,
    OutletId,
    Place,
    Precision,
    State,
    TimeBasis,
    Version,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

ARTICLE: Select[Any] = select(
    articles.c.id,
    articles.c.url,
    articles.c.outlet,
    articles.c.state,
    articles.c.first_held_at,
    articles.c.last_seen_at,
    articles.c.checked_at,
)

LOOK: Select[Any] = select(
    captures.c.id,
    captures.c.article,
    captures.c.captured_at,
    captures.c.time_basis,
    captures.c.writer,
    captures.c.leaf,
    captures.c.status,
    captures.c.sha256,
    captures.c.content,
    captures.c.comparable,
    captures.c.kind,
    captures.c.outlet,
)

VERSION: Select[Any] = (
    select(
        versions.c.capture,
        versions.c.article,
        articles.c.url,
        articles.c.outlet,
        versions.c.number,
        contents.c.fields,
        texts.c.zstd,
        captures.c.captured_at,
        captures.c.time_basis,
        versions.c.last_seen_at,
        versions.c.look_count,
        captures.c.sha256,
        articles.c.state,
    )
    .join_from(versions, articles, versions.c.article == articles.c.id)
    .join(captures, versions.c.capture == captures.c.id)
    .join(contents, versions.c.content == contents.c.id)
    .join(texts, contents.c.text == texts.c.id)
)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970; negative before.

    >>> to_micros(datetime(1948, 9, 9, tzinfo=UTC))
    -672537600000000
    """
    return (instant - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC instant."""
    return EPOCH + timedelta(microseconds=micros)


def micros_or_none(instant: datetime | None) -> int | None:
    """As `to_micros`; None stays unknown."""
    return None if instant is None else to_micros(instant)


def instant_or_none(micros: int | None) -> datetime | None:
    """As `from_micros`; None stays unknown."""
    return None if micros is None else from_micros(micros)


def storable(text: str) -> str:
    """Replace what a database does not take: NUL and lone surrogates. An address is otherwise kept as it was given."""
    return text.replace("\0", "\ufffd") if text.isascii() else _UNSTORABLE.sub("\ufffd", text)


# --- Contents --------------------------------------------------------------------------------


class Packed(NamedTuple):
    """A content ready to be stored. Equal contents have equal ids, whoever extracted them and whenever."""

    id: str
    text_id: str
    text: bytes
    fields: str


def pack_content(content: Content) -> Packed:
    """The content as its text and all other fields, each once, with the SHA-256 that names it."""
    text = clean(content.text).encode()
    text_id = hashlib.sha256(text).hexdigest()
    fields = json.dumps(_fields(content), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Packed(hashlib.sha256(f"{text_id}\n{fields}".encode()).hexdigest(), text_id, text, fields)


def _fields(content: Content) -> dict[str, Any]:
    """Every field but the text; what is empty is left out."""
    fields = {
        "title": clean(content.title),
        "language": clean(content.language),
        "section": clean(content.section),
        "dateline": clean(content.dateline),
        "agency": clean(content.agency),
        "byline": clean(content.byline),
        "images": [[storable(image.url), clean(image.caption)] for image in content.images],
        "dated": _from_dated(content.dated),
        "published": _from_dated(content.published),
        "updated": _from_dated(content.updated),
        "canonical": None if content.canonical is None else storable(content.canonical),
        "extractor": clean(content.extractor),
    }
    return {name: value for name, value in fields.items() if value not in ("", None, [])}


def unpack_content(fields: str, zstd: bytes) -> Content:
    """The content that was packed."""
    known = json.loads(fields)
    return Content(
        title=known.get("title", ""),
        text=zstandard.decompress(zstd).decode(),
        language=known.get("language", ""),
        section=known.get("section", ""),
        dateline=known.get("dateline", ""),
        agency=known.get("agency", ""),
        byline=known.get("byline", ""),
        images=tuple(Image(url=url, caption=caption) for url, caption in known.get("images", ())),
        dated=_to_dated(known.get("dated")),
        published=_to_dated(known.get("published")),
        updated=_to_dated(known.get("updated")),
        canonical=known.get("canonical"),
        extractor=known.get("extractor", ""),
    )


def _from_dated(dated: Dated | None) -> list[Any] | None:
    if dated is None:
        return None
    return [dated.on.isoformat(), dated.precision.value, micros_or_none(dated.at), clean(dated.printed)]


def _to_dated(parts: list[Any] | None) -> Dated | None:
    if parts is None:
        return None
    on, precision, at, printed = parts
    return Dated(on=date.fromisoformat(on), precision=Precision(precision), at=instant_or_none(at), printed=printed)


# --- Captures and looks ----------------------------------------------------------------------


def capture_row(capture: Capture, article: ArticleId | None, content: str | None, comparable: str | None) -> Row:
    """The row of a capture that was written to the archive."""
    if capture.id is None or capture.place is None:
        raise StationError(
            f"the capture of {capture.url!r} is not in the archive yet: append it there before it is catalogued"
        )
    return {
        "id": capture.id,
        "article": article,
        "content": content,
        "comparable": comparable,
        "url": storable(capture.url),
        "final_url": storable(capture.final_url),
        "outlet": storable(capture.outlet),
        "kind": capture.kind.value,
        "captured_at": to_micros(capture.captured_at),
        "time_basis": capture.time_basis.value,
        "status": capture.status,
        # Escaped to ASCII, so that header bytes that are no text come back as they were.
        "headers": json.dumps(capture.headers, separators=(",", ":")),
        "sha256": capture.sha256,
        "via": storable(capture.via),
        "vantage": storable(capture.vantage),
        "look": storable(capture.look) or None,
        "repeats": capture.repeats.id if capture.repeats else None,
        "repeats_url": storable(capture.repeats.url) if capture.repeats else None,
        "repeats_at": to_micros(capture.repeats.captured_at) if capture.repeats else None,
        **place_row(capture.place),
    }


def withdrawn_row(article: ArticleId, url: str, outlet: OutletId, at: datetime) -> Row:
    """What a withdrawal leaves of a capture's row, beside its id and place."""
    left = Capture(
        url=url,
        final_url=url,
        outlet=outlet,
        kind=CaptureKind.WITHDRAWN,
        captured_at=at,
        time_basis=TimeBasis.OBSERVED,
        status=None,
        id=CaptureId(""),
        place=Place(writer="", leaf=0, file="", offset=0, size=0),
    )
    kept = {"id", *place_row(Place(writer="", leaf=0, file="", offset=0, size=0))}
    return {name: value for name, value in capture_row(left, article, None, None).items() if name not in kept}


def place_row(place: Place) -> Row:
    """The columns that say where a record lies."""
    return {
        "writer": storable(place.writer),
        "leaf": place.leaf,
        "file": storable(place.file),
        "start": place.offset,
        "size": place.size,
    }


def to_capture(row: Found[Any]) -> Capture:
    """A capture, without body, request and hops."""
    return Capture(
        url=row.url,
        final_url=row.final_url,
        outlet=OutletId(row.outlet),
        kind=CaptureKind(row.kind),
        captured_at=from_micros(row.captured_at),
        time_basis=TimeBasis(row.time_basis),
        status=row.status,
        headers=to_headers(row.headers),
        sha256=row.sha256,
        via=row.via,
        vantage=row.vantage,
        look=row.look or "",
        repeats=to_earlier(row.repeats, row.repeats_url, row.repeats_at),
        id=CaptureId(row.id),
        place=Place(writer=row.writer, leaf=row.leaf, file=row.file, offset=row.start, size=row.size),
    )


def to_headers(headers: str) -> tuple[tuple[str, str], ...]:
    """Header fields in the order in which they were sent."""
    return tuple((name, value) for name, value in json.loads(headers))


def to_earlier(id_: str | None, url: str, at: int) -> Earlier | None:
    """The capture that is repeated; None if none is."""
    return None if id_ is None else Earlier(id=CaptureId(id_), url=url, captured_at=from_micros(at))


def to_look(row: Found[Any]) -> Look:
    """A row of LOOK."""
    return Look(
        capture=CaptureId(row.id),
        captured_at=from_micros(row.captured_at),
        time_basis=TimeBasis(row.time_basis),
        position=(row.writer, row.leaf),
        status=row.status,
        sha256=row.sha256,
        content=row.content,
        comparable=row.comparable,
        kind=CaptureKind(row.kind),
        outlet=OutletId(row.outlet),
    )


# --- Articles, versions, sources -------------------------------------------------------------


def article_row(article: Article, next_look_at: datetime | None) -> Row:
    """What the looks at an article say of it. What a source said of it stays as it is."""
    return {
        "id": article.id,
        "url": storable(article.url),
        "outlet": storable(article.outlet),
        "state": article.state.value,
        "first_held_at": micros_or_none(article.first_held_at),
        "last_seen_at": micros_or_none(article.last_seen_at),
        "checked_at": micros_or_none(article.checked_at),
        "next_look_at": micros_or_none(next_look_at),
    }


def to_article(row: Found[Any]) -> Article:
    """A row of ARTICLE."""
    return Article(
        id=ArticleId(row.id),
        url=row.url,
        outlet=OutletId(row.outlet),
        state=State(row.state),
        first_held_at=instant_or_none(row.first_held_at),
        last_seen_at=instant_or_none(row.last_seen_at),
        checked_at=instant_or_none(row.checked_at),
    )


def to_version(row: Found[Any]) -> Version:
    """A row of VERSION."""
    return Version(
        id=CaptureId(row.capture),
        article=ArticleId(row.article),
        url=row.url,
        outlet=OutletId(row.outlet),
        number=row.number,
        content=unpack_content(row.fields, row.zstd),
        captured_at=from_micros(row.captured_at),
        time_basis=TimeBasis(row.time_basis),
        last_seen_at=from_micros(row.last_seen_at),
        look_count=row.look_count,
        sha256=row.sha256,
        state=State(row.state),
    )


def source_id(url: str) -> str:
    """The key of a source: addresses may be too long for an index."""
    return hashlib.sha256(storable(url).encode()).hexdigest()


def source_row(state: SourceState, outlet: OutletId) -> Row:
    """The row of a source."""
    return {
        "id": source_id(state.url),
        "url": storable(state.url),
        "outlet": storable(outlet),
        "polled_at": micros_or_none(state.polled_at),
        "next_poll_at": micros_or_none(state.next_poll_at),
        "failure_count": state.failure_count,
        "earlier": state.earlier.id if state.earlier else None,
        "earlier_url": storable(state.earlier.url) if state.earlier else None,
        "earlier_at": to_micros(state.earlier.captured_at) if state.earlier else None,
        "sha256": state.sha256,
        "etag": storable(state.etag),
        "last_modified": storable(state.last_modified),
    }


def to_source(row: Found[Any]) -> SourceState:
    """A row of `sources`."""
    return SourceState(
        url=row.url,
        polled_at=instant_or_none(row.polled_at),
        next_poll_at=instant_or_none(row.next_poll_at),
        failure_count=row.failure_count,
        earlier=to_earlier(row.earlier, row.earlier_url, row.earlier_at),
        sha256=row.sha256,
        etag=row.etag,
        last_modified=row.last_modified,
    )
