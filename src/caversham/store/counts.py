"""What the catalogue holds and how collecting goes, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row as Found, Select, case, func, select

from caversham.store.rows import from_micros, instant_or_none, to_micros
from caversham.store.schema import articles, captures, skips, versions
from caversham.types import CaptureKind, OutletId, TimeBasis

RECENT_COUNT = 50  # looks that the health of an outlet is judged by: about a day of a feed polled each half hour

# What we asked the outlet's site for ourselves or were shown of it, answered or not.
ASKED = (CaptureKind.PAGE.value, CaptureKind.SOURCE.value, CaptureKind.FAILURE.value)

# What says nothing of what the outlet showed on that day.
UNSEEN = (CaptureKind.FAILURE.value, CaptureKind.ROBOTS.value, CaptureKind.TOMBSTONE.value, CaptureKind.WITHDRAWN.value)
MICROS_A_DAY = 86_400 * 10**6
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCounts:
    """What the catalogue holds."""

    address_count: int  # every item known by its address
    article_count: int  # those with a text
    version_count: int
    capture_count: int
    sighting_count: int
    skips: Mapping[str, int]  # by reason
    size_bytes: Mapping[OutletId, int]  # of the records in the archive
    last_captured_at: Mapping[OutletId, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletHealth:
    """How collecting from one outlet goes."""

    outlet: OutletId
    address_count: int
    article_count: int
    version_count: int
    last_answer_at: datetime | None  # None: it never answered
    recent_count: int  # of its newest requests, at most RECENT_COUNT
    recent_failure_count: int  # of these
    next_due_at: datetime | None  # None: no address is to be looked at
    overdue_count: int


def count_status(connection: Connection) -> StatusCounts:
    """What the catalogue holds."""
    by_outlet = connection.execute(_CAPTURES).all()
    held = connection.execute(_VERSIONS).all()
    by_reason = connection.execute(
        select(skips.c.reason, func.count().label("skip_count")).group_by(skips.c.reason).order_by(skips.c.reason)
    )
    return StatusCounts(
        address_count=connection.execute(select(func.count()).select_from(articles)).scalar_one(),
        article_count=sum(row.article_count for row in held),
        version_count=sum(row.version_count for row in held),
        capture_count=sum(row.capture_count for row in by_outlet),
        sighting_count=sum(row.sighting_count for row in by_outlet),
        skips={row.reason: row.skip_count for row in by_reason},
        size_bytes={OutletId(row.outlet): int(row.size_bytes) for row in by_outlet},
        last_captured_at={OutletId(row.outlet): from_micros(row.last_captured_at) for row in by_outlet},
    )


def list_outlet_health(connection: Connection, now: datetime) -> tuple[OutletHealth, ...]:
    """How collecting goes, by outlet; every outlet of which an item is known or a capture is held.

    Rows and files of imports that could not be used are of no outlet: they are counted as losses alone.
    """
    planned = {row.outlet: row for row in connection.execute(_planned(now))}
    held = {row.outlet: row for row in connection.execute(_VERSIONS)}
    names = {*planned, *connection.execute(select(captures.c.outlet).distinct()).scalars()} - {""}
    return tuple(
        _health(connection, OutletId(outlet), planned.get(outlet), held.get(outlet)) for outlet in sorted(names)
    )


def list_look_days(connection: Connection) -> Mapping[OutletId, Sequence[date]]:
    """By outlet, the days (UTC) on which something of it was seen, ascending; assumed times do not count."""
    days: dict[OutletId, list[date]] = {}
    for row in connection.execute(look_days_statement()):
        days.setdefault(OutletId(row.outlet), []).append(EPOCH + timedelta(days=int(row.day)))
    return days


def look_days_statement() -> Select[Any]:
    """Outlets and days with a look, in order; an index holds all that is asked."""
    day = captures.c.captured_at.op("/")(MICROS_A_DAY).label("day")
    seen = (
        captures.c.time_basis != TimeBasis.ASSUMED.value,
        captures.c.kind.not_in(UNSEEN),
        captures.c.captured_at >= 0,
    )
    return select(captures.c.outlet, day).where(*seen).distinct().order_by("outlet", "day")


_CAPTURES: Select[Any] = (
    select(
        captures.c.outlet,
        func.count().label("capture_count"),
        func.sum(case((captures.c.kind == CaptureKind.SIGHTING.value, 1), else_=0)).label("sighting_count"),
        func.sum(captures.c.size).label("size_bytes"),
        func.max(captures.c.captured_at).label("last_captured_at"),
    )
    .group_by(captures.c.outlet)
    .order_by(captures.c.outlet)
)

_VERSIONS: Select[Any] = (
    select(
        articles.c.outlet,
        func.count().label("version_count"),
        func.sum(case((versions.c.number == 1, 1), else_=0)).label("article_count"),
    )
    .join_from(versions, articles, versions.c.article == articles.c.id)
    .group_by(articles.c.outlet)
)


def _planned(now: datetime) -> Select[Any]:
    is_overdue = articles.c.next_look_at <= to_micros(now)
    return select(
        articles.c.outlet,
        func.count().label("address_count"),
        func.min(articles.c.next_look_at).label("next_due_at"),
        func.sum(case((is_overdue, 1), else_=0)).label("overdue_count"),
    ).group_by(articles.c.outlet)


def _health(
    connection: Connection, outlet: OutletId, planned: Found[Any] | None, held: Found[Any] | None
) -> OutletHealth:
    asked = captures.c.outlet == outlet, captures.c.kind.in_(ASKED)
    newest = captures.c.captured_at.desc()
    recent = connection.execute(
        select(captures.c.kind, captures.c.status).where(*asked).order_by(newest).limit(RECENT_COUNT)
    ).all()
    answered = select(captures.c.captured_at).where(*asked, captures.c.status < 500).order_by(newest).limit(1)
    return OutletHealth(
        outlet=outlet,
        address_count=planned.address_count if planned else 0,
        article_count=held.article_count if held else 0,
        version_count=held.version_count if held else 0,
        last_answer_at=instant_or_none(connection.execute(answered).scalar()),
        recent_count=len(recent),
        recent_failure_count=sum(row.status is None or row.status >= 500 for row in recent),
        next_due_at=instant_or_none(planned.next_due_at if planned else None),
        overdue_count=planned.overdue_count if planned else 0,
    )
