"""Dates as printed, instants as told: what a text says about time, never more than it says.

`parse_iso` reads the dates of machines, `parse_rfc822` those of feeds and mail, `parse_printed` those
printed for people. Each gives a `Dated`, or None: "this is no date". Names of months are an argument, so
that this package knows no language. Years outside 1800..2200 are no dates of ours.
"""

from caversham.times.calendars import DAY_WORD, SOLAR_HIJRI
from caversham.times.instants import day_in_zone, format_instant, from_micros, to_micros, to_utc, zone
from caversham.times.machine import parse_instant, parse_iso, parse_rfc822
from caversham.times.printed import MonthTable, parse_printed
from caversham.times.spelling import fold_print, month_table

__all__ = [
    "DAY_WORD",
    "SOLAR_HIJRI",
    "MonthTable",
    "day_in_zone",
    "fold_print",
    "format_instant",
    "from_micros",
    "month_table",
    "parse_instant",
    "parse_iso",
    "parse_printed",
    "parse_rfc822",
    "to_micros",
    "to_utc",
    "zone",
]
