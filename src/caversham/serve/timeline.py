"""The months of a search result as bars: gaps filled, long times by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from caversham.types import Month

MOST_MONTHS = 120  # beyond ten years a bar would be narrower than a finger or a pixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month or year: how many articles, and which part of all that state outlets published in it."""

    label: str  # 2023-06 or 2023; also what since: and until: take
    count: int
    share: float | None  # None: not known, as for a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Bars side by side in time, none left out."""

    unit: str  # month or year
    bars: tuple[Bar, ...]

    @property
    def top(self) -> int:
        """The highest count."""
        return max((bar.count for bar in self.bars), default=0)

    @property
    def top_share(self) -> float:
        """The highest share; 0 where none is known."""
        return max((bar.share for bar in self.bars if bar.share is not None), default=0.0)


def make_timeline(months: Sequence[Month]) -> Timeline:
    """Bars from the first month to the last, by year where there are more than MOST_MONTHS.

    >>> found = [Month(month="2023-11", count=2, share=0.5), Month(month="2024-01", count=1, share=None)]
    >>> [(bar.label, bar.count) for bar in make_timeline(found).bars]
    [('2023-11', 2), ('2023-12', 0), ('2024-01', 1)]
    """
    if not months:
        return Timeline(unit="month", bars=())
    first, last = (_number(months[place].month) for place in (0, -1))
    if last - first >= MOST_MONTHS:
        return Timeline(unit="year", bars=_years(months))
    by_number = {_number(month.month): month for month in months}
    return Timeline(unit="month", bars=tuple(_bar(number, by_number.get(number)) for number in range(first, last + 1)))


def _years(months: Sequence[Month]) -> tuple[Bar, ...]:
    counts = {int(year): sum(m.count for m in some) for year, some in groupby(months, lambda month: month.month[:4])}
    span = range(min(counts), max(counts) + 1)
    return tuple(Bar(label=f"{year:04}", count=counts.get(year, 0), share=None) for year in span)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _bar(number: int, month: Month | None) -> Bar:
    label = f"{number // 12:04}-{number % 12 + 1:02}"
    return Bar(label=label, count=month.count if month else 0, share=month.share if month else None)
