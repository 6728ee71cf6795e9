"""Days and months as numbers, the form in which the index compares them.

A day is 20230612; a month is year * 12 + month, so that months follow one another without gaps.
"""

from __future__ import annotations

import calendar
import re

from caversham.types import Dated, Precision

UNDATED = 0
YEAR_ONLY = 1  # in place of a month, where only the year was printed; real months begin at 13

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def day_bounds(value: str) -> tuple[int, int] | None:
    """First and last day of 2023, 2023-06 or 2023-06-12; None if the value is none of these.

    >>> day_bounds("2023-02"), day_bounds("2023-02-29")
    ((20230201, 20230228), None)
    """
    match = _DAY.fullmatch(value)
    if match is None:
        return None
    year, month, day = (None if part is None else int(part) for part in match.groups())
    if not year or (month is not None and not 1 <= month <= 12):
        return None
    first, last = (month, month) if month else (1, 12)
    last_day = calendar.monthrange(year, last)[1]
    if day is None:
        return year * 10000 + first * 100 + 1, year * 10000 + last * 100 + last_day
    number = year * 10000 + first * 100 + day
    return (number, number) if 1 <= day <= last_day else None


def dated_bounds(dated: Dated | None) -> tuple[int, int]:
    """First and last day that a date as printed can mean; (0, 0) for none."""
    if dated is None or dated.precision is Precision.UNKNOWN:
        return UNDATED, UNDATED
    length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(dated.precision, 10)
    return day_bounds(dated.on.isoformat()[:length]) or (UNDATED, UNDATED)


def month_number(dated: Dated | None) -> int:
    """Number a month as year * 12 + month; UNDATED for no date, YEAR_ONLY for a year.

    >>> from datetime import date
    >>> month_number(Dated(on=date(2023, 6, 12), precision=Precision.DAY))
    24282
    """
    if dated is None or dated.precision is Precision.UNKNOWN:
        return UNDATED
    return YEAR_ONLY if dated.precision is Precision.YEAR else dated.on.year * 12 + dated.on.month


def month_name(number: int) -> str:
    """The month of `month_number` as it is written.

    >>> month_name(24282)
    '2023-06'
    """
    return f"{(number - 1) // 12:04}-{(number - 1) % 12 + 1:02}"
