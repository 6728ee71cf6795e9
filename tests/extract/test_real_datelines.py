"""Datelines in real articles: how many are found, and that none is found where there is none.

Labels by eye, 2026-11-23: all 58 English articles without one begin otherwise ("One day in May ..."); Russian event
pages, Chinese reports and Korean addresses have no datelines.
"""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from caversham.extract.datelines import Dateline, find_dateline
from caversham.languages import get_language

FOUND = [
    # data set, language, how the agency signs, articles with text, datelines or credits found
    ("kcna_2024", "en", ("KCNA",), 1840, 1782),
    ("kremlin_ru_events", "ru", (), 200, 0),
    ("china_reports_zh", "zh", (), 88, 0),
    ("dprk_new_year_ko", "ko", (), 73, 0),
    ("fars_fa", "fa", ("فارس",), 779, 525),
    ("tehran_times_en", "en", (), 6000, 5139),
]


@pytest.mark.parametrize(("folder", "language", "names", "count", "found"), FOUND, ids=[row[0] for row in FOUND])
def test_datelines_are_found_where_they_are(
    shared: Path, folder: str, language: str, names: tuple[str, ...], *, count: int, found: int
) -> None:
    """The counts are exact: more would be false ones, fewer a form forgotten."""
    lines = [find(row, language, names) for row in articles(shared, folder)]

    assert (len(lines), sum(line is not None for line in lines)) == (count, found)


def test_the_day_of_a_dateline_is_close_to_that_of_publication(shared: Path) -> None:
    """Of 1,782 datelines of a year, 1,774 have the day of publication and none lies after it."""
    rows = [(row, find(row, "en", ("KCNA",))) for row in articles(shared, "kcna_2024")]
    ages = [(date.fromisoformat(row["date"]) - line.dated.on).days for row, line in rows if line and line.dated]

    assert (len(ages), ages.count(0), min(ages), max(ages)) == (1782, 1774, 0, 7)


def articles(shared: Path, folder: str) -> list[dict[str, str]]:
    """The articles of a data set that have a text."""
    with gzip.open(shared / "data" / folder / "articles.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if (row["text"] or "").strip()]


def find(row: dict[str, str], language: str, names: tuple[str, ...]) -> Dateline | None:
    """The dateline of an article, its year told by the day of publication where there is one."""
    printed = row.get("date") or ""
    near = date.fromisoformat(printed) if len(printed) == 10 else None
    months = get_language(language).months
    return find_dateline(row["text"].strip(), months, tz=ZoneInfo("UTC"), near=near, signed_by=names)
