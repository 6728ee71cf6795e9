"""Dates written by and for machines: ISO 8601, RFC 3339, RFC 822."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

from caversham.times.calendars import make_clock, make_dated, make_day, make_timed
from caversham.times.zones import RFC822_HOURS, make_offset, zone_after
from caversham.types import Dated

_LIMIT = 100  # code points: no machine's date is longer

# RFC 3339 section 5.6, and of ISO 8601 the calendar dates (extended, basic, reduced). Slashes and dots
# between year, month and day are no ISO; year-first forms mean the same in every country.
_ISO = re.compile(
    r"(?P<year>\d{4})"
    r"(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?:(?P=sep)(?P<day>\d{1,2}))?|(?P<basic_month>\d\d)(?P<basic_day>\d\d))?"
    r"(?:[Tt ]\s?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)

# RFC 822 section 5 with the four-digit years of RFC 2822 section 3.3; feeds also write months in full,
# hyphens, and times of twelve hours.
_RFC822 = re.compile(
    r"(?:[a-z]{2,9}\.?\s*,?\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[a-z]{3,9})\.?[\s,-]+(?P<year>\d{2,4})"
    r"(?:[\s,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,9})?)?\s*(?P<half>[ap]m)?"
    r"\s*(?P<zone>[+-]\d{1,2}:?\d\d|[a-z]{1,5}(?:\s?[+-]\d{1,2}(?::?\d\d)?)?)?(?:\s*\([^()]*\))?)?",
    re.ASCII,
)
# The form of C's asctime (RFC 9110 section 5.6.7), which some write with a zone, or with the year before the time.
_ASCTIME = re.compile(
    r"(?P<weekday>[a-z]{3}),?\s+(?P<month>[a-z]{3})\s+(?P<day>\d{1,2})\s+(?:(?P<year>\d{4})\s+)?"
    r"(?P<time>\d{1,2}:\d\d:\d\d)(?:\s+(?P<zone>[+-]\d{4}|[a-z]{1,5}))?(?(year)|\s+(?P<last>\d{4}))",
    re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_instant(text: str) -> datetime | None:
    """The UTC instant of an RFC 3339 or ISO 8601 time with its zone; None: it is not one."""
    match = _ISO.fullmatch(text.strip()) if len(text) <= _LIMIT else None
    if match is None or match["zone"] is None:
        return None
    dated = _iso_dated(match, UTC, text)
    return dated.at if dated else None


def parse_iso(text: str, tz: tzinfo) -> Dated | None:
    """The date of a year-first numeric form; `tz` holds where no zone is written.

    2023, 2023-06, 2023-06-12, 20230612, with - / or . between the parts, and a time after T or a space.
    24:00 is the midnight that ends the day; a leap second counts as the second before it.
    """
    match = _ISO.fullmatch(text.strip().removesuffix(".")) if len(text) <= _LIMIT else None
    return match and _iso_dated(match, tz, text)


def _iso_dated(match: re.Match[str], tz: tzinfo, text: str) -> Dated | None:
    year, month, day = int(match["year"]), _part(match, "month"), _part(match, "day")
    if match["hour"] is None:
        return make_dated(year, month, day, printed=text)
    on = make_day(year, month or 0, day or 0)
    clock = make_clock(match["hour"], match["minute"], match["second"], match["fraction"])
    written = _iso_zone(match["zone"], tz)
    if on is None or clock is None or written is None:
        return None
    return make_timed(on, clock, written, tz, printed=text)


def _part(match: re.Match[str], name: str) -> int | None:
    figures = match[name] or match[f"basic_{name}"]
    return None if figures is None else int(figures)


def _iso_zone(written: str | None, tz: tzinfo) -> tzinfo | None:
    if written is None:
        return tz
    if written in "Zz":
        return UTC
    return make_offset(written[0], written[1:3], written[3:].lstrip(":"))


def parse_rfc822(text: str, tz: tzinfo | None = None) -> Dated | None:
    """The date of a feed item: "Mon, 12 Jun 2023 09:00:00 +0900".

    `on` is the day in `tz`, without it the day in the zone written. A time without a known zone holds in
    `tz`; without that too, only the day is certain. Two-digit years are 1950..2049 (RFC 2822 section 4.3).
    """
    match = _RFC822.fullmatch(_day_first(text.strip().lower())) if len(text) <= _LIMIT else None
    if match is None or match["month"][:3] not in _MONTHS:
        return None
    year, month, day = _full_year(match["year"]), _MONTHS.index(match["month"][:3]) + 1, int(match["day"])
    on = make_day(year, month, day)
    if on is None or match["hour"] is None:
        return make_dated(year, month, day, printed=text)
    clock = make_clock(match["hour"], match["minute"], match["second"], half=match["half"])
    if clock is None:
        return None
    written = _feed_zone(match["zone"], tz, datetime.combine(on, time()) + clock)
    if written is None:
        return make_dated(year, month, day, printed=text)
    return make_timed(on, clock, written, tz or written, printed=text)


def _day_first(text: str) -> str:
    """Bring the form of asctime into the order of RFC 822; other text stays."""
    match = _ASCTIME.fullmatch(text)
    if match is None:
        return text
    return f"{match['day']} {match['month']} {match['year'] or match['last']} {match['time']} {match['zone'] or ''}"


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if len(digits) == 2 and int(digits) < 50 else 1900)


def _feed_zone(written: str | None, tz: tzinfo | None, local: datetime) -> tzinfo | None:
    if not written:
        return tz
    if written in RFC822_HOURS:
        return timezone(timedelta(hours=RFC822_HOURS[written]))
    if len(written) == 1:  # military letters: so often wrong that RFC 2822 section 4.3 reads all of them as UTC
        return UTC
    if written[0] in "+-":
        return make_offset(written[0], written[1:-2].rstrip(":"), written[-2:])
    return zone_after(written, tz or UTC, local, otherwise=tz)
