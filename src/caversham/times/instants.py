"""Instants: aware, UTC, and as numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from caversham.errors import SettingsError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def zone(name: str) -> tzinfo:
    """The time zone of an IANA name.

    Raises:
        SettingsError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"no time zone is called {name!r}; use an IANA name such as 'Asia/Seoul'"
        raise SettingsError(message) from error


def to_micros(at: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware instant; negative before.

    A naive datetime is a TypeError here and below: it is never taken for local time.
    """
    return (at - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant, in UTC, of `to_micros`."""
    return EPOCH + micros * _MICROSECOND


def to_utc(at: datetime) -> datetime:
    """The same instant in UTC."""
    return EPOCH + (at - EPOCH)


def format_instant(at: datetime) -> str:
    """RFC 3339 with Z; fractions of a second only where there are any.

    >>> format_instant(datetime(2023, 6, 12, 9, tzinfo=zone("Asia/Seoul")))
    '2023-06-12T00:00:00Z'
    """
    return to_utc(at).replace(tzinfo=None).isoformat() + "Z"


def day_in_zone(at: datetime, tz: tzinfo) -> date:
    """The day on the calendar of `tz` at this instant."""
    return to_utc(at).astimezone(tz).date()
