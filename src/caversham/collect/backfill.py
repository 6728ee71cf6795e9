"""The way back through an outlet's own pages: which archive pages there are, and what day an entry is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice

from caversham.languages import all_months
from caversham.outlets.templates import fill, places_of
from caversham.times import day_in_zone, parse_iso, parse_printed, parse_rfc822, zone
from caversham.types import Link, Precision, Source

DAY = timedelta(days=1)
PAGE_LIMIT = 1_000  # pages of one day, month or year, or of an archive without dates; our choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that one archive page, or a run of numbered pages, stands for; both are included."""

    since: date
    until: date


def iter_periods(template: str, since: date, until: date) -> Iterator[Period]:
    """The days, months or years of a template that touch these days, newest first; without dates, all as one.

    >>> [str(period.since) for period in iter_periods("http://a.example/{year}/{month}", date(2024, 1, 9), date(2024, 2, 1))]
    ['2024-02-01', '2024-01-01']
    """
    places = places_of(template)
    if "year" not in places:
        yield Period(since=since, until=until)
        return
    last = until
    while last >= since:
        first = last if "day" in places else last.replace(day=1) if "month" in places else last.replace(month=1, day=1)
        yield Period(since=first, until=_end_of(first, places))
        if first == date.min:
            return
        last = first - DAY


def iter_pages(source: Source, period: Period) -> Iterator[str]:
    """The addresses of a period's pages, first page first; one, if the template has no place for a page."""
    day = period.since
    has_pages = "page" in places_of(source.url)
    pages = islice(count(source.first, source.step), PAGE_LIMIT) if has_pages else [source.first]
    for page in pages:
        yield fill(source.url, year=day.year, month=day.month, day=day.day, page=page)


def is_dated(source: Source) -> bool:
    """Whether the address of a page says of which days it is."""
    return "year" in places_of(source.url)


def day_of(link: Link, timezone: str) -> date | None:
    """The day that a source prints beside a link, in the outlet's time zone; None: none that can be read.

    A year or month alone is no day.
    """
    tz, printed = zone(timezone), link.published_hint
    dated = parse_iso(printed, tz) or parse_rfc822(printed, tz) or parse_printed(printed, tz, all_months())
    if dated is None or dated.precision not in {Precision.DAY, Precision.MINUTE}:
        return None
    return day_in_zone(dated.at, tz) if dated.at else dated.on


def iter_numbers(source: Source, *, is_upward: bool) -> Iterator[int]:
    """The numbers from the known one upward, or from the one below it down to 0."""
    if is_upward:
        return count(source.first, source.step)
    return iter(range(source.first - source.step, -1, -source.step))


def _end_of(first: date, places: frozenset[str]) -> date:
    """The last day of the day, month or year that begins here."""
    if "day" in places:
        return first
    year, month = (first.year, first.month) if "month" in places else (first.year, 12)
    return date.max if (year, month) == (9999, 12) else date(year + month // 12, month % 12 + 1, 1) - DAY
