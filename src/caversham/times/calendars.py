"""Days, times of day and the `Dated` made of them: the arithmetic below every reader of dates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from caversham.times.instants import day_in_zone, to_utc
from caversham.types import Dated, Precision

FIRST_YEAR, LAST_YEAR = 1800, 2200
PRINTED_LIMIT = 120  # code points kept in `Dated.printed`

SOLAR_HIJRI = 100  # added to the number of a month of the Iranian and Afghan calendar
DAY_WORD = 1000  # added to the number of a day of the month that a language writes as a word
SOLAR_YEARS = 621  # a Solar Hijri year begins in March of the Gregorian year that is larger by this
# 1 Farvardin 1403 is 20 March 2024 (Calendar Center, Institute of Geophysics, University of Tehran).
_SOLAR_EPOCH = date(2024, 3, 20).toordinal()
_SOLAR_EPOCH_YEAR = 1403


def make_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day, within our years; None: there is none."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def calendar_day(year: int, month: int, day: int) -> date | None:
    """The day of a month whose number says its calendar; None: there is none."""
    if month <= SOLAR_HIJRI:
        return make_day(year, month, day)
    return solar_day(year, month - SOLAR_HIJRI, day)


def solar_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a Solar Hijri date; None: there is none.

    Eight leap years in 33, as the arithmetic of the calendar goes; it agrees with the astronomical
    rule from 1799 to 2256. Source: Heydari-Malayeri 2004, "A concise review of the Iranian calendar".

    >>> solar_day(1402, 3, 22)
    datetime.date(2023, 6, 12)
    """
    if not FIRST_YEAR <= year + SOLAR_YEARS <= LAST_YEAR or not 1 <= month <= 12:
        return None
    if not 1 <= day <= _solar_length(year, month):
        return None
    days = _days_before(year) - _days_before(_SOLAR_EPOCH_YEAR)
    months = 31 * (month - 1) - max(0, month - 7)
    return date.fromordinal(_SOLAR_EPOCH + days + months + day - 1)


def _days_before(year: int) -> int:
    return 365 * (year - 1) + (8 * year + 21) // 33


def _solar_length(year: int, month: int) -> int:
    if month == 12:
        return _days_before(year + 1) - _days_before(year) - 336
    return 31 if month <= 6 else 30


def make_clock(
    hour: str, minute: str, second: str | None = None, fraction: str | None = None, *, half: str | None = None
) -> timedelta | None:
    """The time since midnight; None: no clock shows it. `half` is am or pm.

    24:00 is the end of the day; a leap second counts as the second before it.
    """
    hours, minutes, seconds = int(hour), int(minute), min(int(second or 0), 59)
    if half is not None and hours <= 12:
        hours = hours % 12 + (12 if half == "pm" else 0)
    elif half == "am":
        return None
    clock = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=_micros(fraction))
    is_real = minutes < 60 and int(second or 0) <= 60 and clock <= timedelta(days=1)
    return clock if is_real else None


def _micros(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def make_dated(year: int, month: int | None, day: int | None, *, printed: str) -> Dated | None:
    """A date without a time, as precise as its parts; None: there is no such day."""
    on = make_day(year, 1 if month is None else month, 1 if day is None else day)
    if on is None:
        return None
    precision = Precision.YEAR if month is None else Precision.MONTH if day is None else Precision.DAY
    return Dated(on=on, precision=precision, printed=printed.strip()[:PRINTED_LIMIT])


def make_timed(on: date, clock: timedelta, written: tzinfo, tz: tzinfo, *, printed: str) -> Dated:
    """The instant of a wall clock in the zone `written`, on its day in `tz`.

    Of the two instants that the end of summer time gives one wall clock, the first.
    """
    at = to_utc(datetime.combine(on, time(), written) + clock)
    text = printed.strip()[:PRINTED_LIMIT]
    return Dated(on=day_in_zone(at, tz), precision=Precision.MINUTE, at=at, printed=text)
