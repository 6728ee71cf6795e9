"""How dates are printed in languages that have no module of their own: read from `calendars.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from caversham.languages.language import NO_MONTHS
from caversham.times import month_table


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCalendar:
    """Names of months in one language, and whether 03/04/2023 is its 3 April; None: not known."""

    months: Mapping[str, int]
    day_first: bool | None


_UNKNOWN = PrintedCalendar(months=NO_MONTHS, day_first=None)


@cache
def printed_calendars() -> Mapping[str, PrintedCalendar]:
    """Every language of the file, by BCP 47 primary subtag."""
    tables = tomllib.loads((files(__package__) / "calendars.toml").read_text(encoding="utf-8"))
    return MappingProxyType({code: _calendar(table) for code, table in tables.items()})


def printed_calendar(code: str) -> PrintedCalendar:
    """The calendar of a language, an empty one where the file has none."""
    return printed_calendars().get(code, _UNKNOWN)


def _calendar(table: Mapping[str, object]) -> PrintedCalendar:
    names, day_first = table["months"], table.get("day_first")
    months = month_table(map(str, names)) if isinstance(names, list) else NO_MONTHS
    return PrintedCalendar(
        months=MappingProxyType(months), day_first=day_first if isinstance(day_first, bool) else None
    )
