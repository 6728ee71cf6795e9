"""Which addresses are due, and what was last seen there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row as Found, Select, select

from caversham.store.reading import find_rows
from caversham.store.rows import to_earlier, to_headers, to_micros
from caversham.store.schema import articles, captures
from caversham.types import Address, CaptureId, CaptureKind, OutletId

RETRY_STATUSES = frozenset({408, 425, 429})  # "not now": RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4

# A fixed order of columns and no headers: an item may have hundreds of looks.
_SEEN = select(
    captures.c.id,
    captures.c.article,
    captures.c.url,
    captures.c.final_url,
    captures.c.kind,
    captures.c.status,
    captures.c.captured_at,
    captures.c.sha256,
    captures.c.repeats,
).order_by(captures.c.article, captures.c.captured_at, captures.c.writer, captures.c.leaf)


def find_due(connection: Connection, outlet: OutletId, now: datetime, limit: int) -> tuple[Address, ...]:
    """Addresses due for a look: oldest due first, then by id."""
    items = connection.execute(due_statement(outlet, now, limit)).all()
    seen: dict[str, list[Found[Any]]] = {item.id: [] for item in items}
    for row in find_rows(connection, _SEEN, captures.c.article, list(seen)):
        seen[row.article].append(row)
    bodies = {article: _since_body(rows) for article, rows in seen.items()}
    headers = _find_headers(connection, [row.id for rows in bodies.values() for row in rows])
    return tuple(_address(item, seen[item.id], bodies[item.id], headers) for item in items)


def due_statement(outlet: OutletId, now: datetime, limit: int) -> Select[Any]:
    """The items that are due, without what was seen of them."""
    return (
        select(articles.c.id, articles.c.url, articles.c.address, articles.c.outlet, articles.c.via)
        .where(articles.c.outlet == outlet, articles.c.next_look_at <= to_micros(now))
        .order_by(articles.c.next_look_at, articles.c.id)
        .limit(limit)
    )


def _since_body(rows: Sequence[Found[Any]]) -> Sequence[Found[Any]]:
    """The last answer with a body of its own, and the answers after it that repeated it."""
    answers = [row for row in rows if row.kind == CaptureKind.PAGE and row.status in {200, 304}]
    start = max((place for place, row in enumerate(answers) if row.status == 200 and row.repeats is None), default=None)
    return () if start is None else answers[start:]


def _find_headers(connection: Connection, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    statement = select(captures.c.id, captures.c.headers)
    return {
        row.id: {name.lower(): value for name, value in to_headers(row.headers)}
        for row in find_rows(connection, statement, captures.c.id, ids)
    }


def _address(
    item: Any,
    rows: Sequence[Found[Any]],
    since_body: Sequence[Found[Any]],
    headers: Mapping[str, Mapping[str, str]],
) -> Address:
    body = since_body[0] if since_body else None
    answers = [headers[row.id] for row in reversed(since_body)]
    return Address(
        article=item.id,
        # No source pointed at it: ask where the last look was answered. The canonical form may not answer.
        url=item.address or (rows[-1].final_url if rows else item.url),
        outlet=item.outlet,
        via=item.via,
        attempt_count=_attempt_count(rows),
        earlier=to_earlier(CaptureId(body.id), body.final_url, body.captured_at) if body else None,
        sha256=body.sha256 if body else "",
        etag=_newest(answers, "etag"),
        last_modified=_newest(answers, "last-modified"),
    )


def _attempt_count(rows: Sequence[Found[Any]]) -> int:
    count = 0
    for row in reversed(rows):
        if row.kind == CaptureKind.SIGHTING:
            continue
        if row.kind != CaptureKind.FAILURE and not _is_no_answer(row.status):
            break
        count += 1
    return count


def _is_no_answer(status: int | None) -> bool:
    return status is not None and (status >= 500 or status in RETRY_STATUSES)


def _newest(answers: Iterable[Mapping[str, str]], name: str) -> str:
    return next((value for answer in answers if (value := answer.get(name, ""))), "")
