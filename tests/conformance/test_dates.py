"""Dates printed for people, on the rows of dateparser: the exact day, or no day at all.

dateparser also guesses: it takes "Friday", "10 pm", "3 days ago" and "05.06.12" for days, which no page of an archive
says for certain. Here those are no dates, and of all such rows it is asked that none is taken for another day.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from caversham.languages import LANGUAGES, all_months, get_language
from caversham.times import DAY_WORD, SOLAR_HIJRI, MonthTable, fold_print, parse_iso, parse_printed, parse_rfc822
from caversham.times.calendars import make_clock
from caversham.types import Dated, Precision
from tests.conformance.listed import check
from tests.conftest import SHARED, require

SUITE = SHARED / "suites/dateparser"
COUNTS = {
    "absolute": 508,
    "calendars": 118,
    "relative": 1052,
    "search": 244,
    "strptime": 33,
    "timezones": 48,
    "translation": 1313,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that shows a text: what is expected of its first date, and what is known beside it."""

    key: str  # file, line, beginning of the text
    text: str
    day: date | None  # None: there is none
    at: datetime | None  # as its wall clock shows it
    language: str  # "": dateparser finds it, so all months are tried
    near: date | None
    tz: tzinfo
    day_first: bool | None


@cache
def all_rows() -> tuple[Row, ...]:
    """Every row of the suite with a text in it; of some only that it has one is known."""
    require(SUITE.is_dir(), "needs ../shared/suites/dateparser")
    return tuple(row for name in COUNTS for row in iter_rows(SUITE / f"{name}.jsonl"))


def iter_rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        given = json.loads(line)
        text = next((given[name] for name in TEXTS if isinstance(given.get(name), str)), None)
        if text is None or given["test"] in UNSTATED:
            continue
        yield Row(
            key=f"{path.stem}:{number} {text[:40]}",
            text=text,
            day=expected_day(given),
            at=expected_at(given),
            language=language_of(given),
            near=near_of(given),
            tz=ZONES.get(given.get("timezone_str", ""), UTC),
            day_first={"DMY": True, "MDY": False}.get(given.get("order") or settings(given).get("DATE_ORDER", "")),
        )


# Tests that say nothing of a date: names of parts, languages, errors of the call; zones have a test of their own.
UNSTATED = {
    *("test_replace_months", "test_replace_weekdays", "test_replace_digits", "test_replace_day_literal_with_numerals"),
    *("test_search_date_string", "test_detection", "test_split", "test_weekday"),
    *("test_applicable_languages", "test_not_applicable_languages"),
    *("test_date_search_function_invalid_languages_type", "test_date_search_function_invalid_language_code"),
    *("test_extracting_valid_offset", "test_timezone_deleted_from_string"),
}
# The zones in which some rows state their days.
ZONES = {"EDT": timezone(timedelta(hours=-4)), "-05:00": timezone(timedelta(hours=-5))}
TEXTS = ("date_string", "datetime_string", "dt_string", "initial_string", "text", "string")


def expected_day(given: dict[str, Any]) -> date | None:
    """The first day that a row expects; that of a translation is what its English words say."""
    if "expected_year" in given:
        told = datetime.strptime(given["date_string"], given["date_format"])  # noqa: DTZ007  only the day is asked
        return told.date().replace(year=given["expected_year"])
    if "expected_translation" in given:
        order = get_language(language_of(given)).is_day_first(None)
        dated = parse_printed(given["expected_translation"], UTC, get_language("en").months, day_first=order)
        return dated.on if dated and dated.precision in EXACT else None
    stated = expected_at(given)
    return stated.date() if stated else None


def expected_at(given: dict[str, Any]) -> datetime | None:
    """The first date that a row states in so many words, by its wall clock."""
    expected = next((given[name] for name in ("expected", "dt", "dt_obj") if given.get(name)), None)
    if isinstance(expected, list):
        expected = expected[0][1] if isinstance(expected[0], list) else None
    return datetime.fromisoformat(expected["datetime"]) if isinstance(expected, dict) else None


EXACT = {Precision.DAY, Precision.MINUTE}


def settings(given: dict[str, Any]) -> dict[str, Any]:
    return given.get("settings") or {}


def language_of(given: dict[str, Any]) -> str:
    if "calendar" in given:
        return {"jalali": "fa", "hijri": "ar"}[given["calendar"]]
    several = given.get("languages") or given.get("locales") or []
    stated = given.get("shortname") or given.get("language") or (several[0] if len(several) == 1 else "")
    return str(stated).partition("-")[0]


def near_of(given: dict[str, Any]) -> date | None:
    stated = (
        given.get("now") or given.get("today") or given.get("relative_base") or settings(given).get("RELATIVE_BASE")
    )
    return datetime.fromisoformat(stated["datetime"] if isinstance(stated, dict) else stated).date() if stated else None


def read(row: Row) -> Dated | None:
    """As an extractor reads a date line: the forms of machines and feeds first, then what is printed for people."""
    dated = parse_iso(row.text, row.tz) or parse_rfc822(row.text, row.tz)
    if row.language and dated is None:
        language = get_language(row.language)
        day_first = language.is_day_first(None) if row.day_first is None else row.day_first
        return parse_printed(row.text, row.tz, language.months, near=row.near, day_first=day_first)
    return (
        dated
        or parse_printed(row.text, row.tz, all_months(), day_first=row.day_first)
        or parse_printed(row.text, row.tz, deep_months(), near=row.near, day_first=row.day_first)
    )


@cache
def deep_months() -> MonthTable:
    """Months of the languages that have a module: only theirs are sure enough for a day without a year."""
    return {name: all_months()[name] for one in LANGUAGES.values() for name in one.months if name in all_months()}


def outcome(row: Row) -> str:
    """How our answer stands to the row's: "right", "none", "vague", or "another day"."""
    dated = read(row)
    if dated is None:
        return "right" if row.day is None else "none"
    if dated.precision in EXACT:
        return "right" if dated.on == row.day else "another day"
    if row.day is not None and sum(map(str.isdigit, row.text)) <= 4 and row.day.isoformat().startswith(dated.iso):
        return "right"  # a month or a year, of which dateparser makes the day that its settings prefer
    return "right" if row.day is None else "vague"


def months_known(row: Row) -> bool:
    """Whether the months of the row's language are kept here; dateparser has 193 languages and regions."""
    return not row.language or bool(get_language(row.language).months)


def test_the_suite_is_whole() -> None:
    """3,316 rows in seven files; 2,968 of them show a text and say which day it means, or that it means none."""
    require((SUITE).is_dir(), "needs ../shared/suites/dateparser")
    counts = {path.stem: len(path.read_text(encoding="utf-8").splitlines()) for path in SUITE.glob("*.jsonl")}

    assert counts == COUNTS
    assert (sum(counts.values()), len(all_rows())) == (3316, 2968)


def test_every_row_is_read_to_the_day_but_for_the_written_reasons() -> None:
    """Of the languages whose months are kept here: the day that is printed, no day where none is."""
    check("dateparser", [row.key for row in all_rows() if months_known(row) and outcome(row) != "right"])


def test_no_time_that_is_read_is_another_than_the_printed_one() -> None:
    """Where a row shows a time and we name an instant, they are the same to the minute; printed zones have their test."""
    times = {row.key: (clock_read(row), row.at) for row in all_rows() if row.at and outcome(row) == "right"}
    both = {key: (ours, stated) for key, (ours, stated) in times.items() if ours}

    assert {key: pair for key, pair in both.items() if pair[0] != (pair[1].hour, pair[1].minute)} == {}
    assert len(both) > 100


def clock_read(row: Row) -> tuple[int, int] | None:
    """Hour and minute of the instant that is read; None: no time is, or its zone is printed beside it."""
    here, there = read(row), read(replace(row, tz=timezone(timedelta(hours=5))))
    if here is None or there is None or here.at is None or here.at == there.at:
        return None
    local = here.at.astimezone(row.tz)
    return local.hour, local.minute


def test_no_row_of_another_language_is_taken_for_another_day() -> None:
    """Of languages that nobody follows here, nothing is read rather than something else."""
    others = [row for row in all_rows() if not months_known(row)]

    assert [row.key for row in others if outcome(row) == "another day"] == []
    assert Counter(map(outcome, others))["right"] > 300  # numbers mean the same, and relative dates are none


def test_no_relative_date_is_taken_for_a_printed_one() -> None:
    """What was 3 days ago is not printed: none of 1,052 rows has a day here, but for the one that prints one."""
    dated = [row.key for row in all_rows() if row.key.startswith("relative:") and read(row) is not None]

    assert dated == ["relative:971 15th of Aug, 2014 Diane Bennett"]


def test_the_months_of_the_solar_year_are_known_by_name() -> None:
    """All twelve, in order."""
    rows = [json.loads(line) for line in (SUITE / "calendars.jsonl").read_text(encoding="utf-8").splitlines()]
    names = [row["date_string"] for row in rows if row["test"] == "test_replace_months"]

    assert [get_language("fa").months[fold_print(name)] - SOLAR_HIJRI for name in names] == list(range(1, 13))


def test_days_in_persian_words_are_numbers() -> None:
    """The ordinal numbers, which dates are made of; cardinal numbers count hours and things."""
    rows = [json.loads(line) for line in (SUITE / "calendars.jsonl").read_text(encoding="utf-8").splitlines()]
    words = {fold_print(row["persian"]): int(row["numeral"]) for row in rows if "numeral" in row}
    known = {name: number - DAY_WORD for name, number in get_language("fa").months.items() if number > DAY_WORD}

    assert {word: number for word, number in words.items() if known.get(word, number) != number} == {}
    assert len(words.keys() & known.keys()) > 20


def test_offsets_are_read_from_the_zones_that_are_printed() -> None:
    """Each row's clock is, by its offset, that of the instant that we read; a zone that is none leaves the outlet's."""
    rows = [json.loads(line) for line in (SUITE / "timezones.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [row for row in rows if "expected_offset" in row]

    assert len(asked) == 40
    check("dateparser_zones", [row["initial_string"] for row in asked if not is_offset_read(row)])


def is_offset_read(row: dict[str, Any]) -> bool:
    """Whether the instant read lies the expected hours from the clock that is printed."""
    text, expected = row["initial_string"], row["expected_offset"]
    here, there = (instant_read(text, timezone(timedelta(hours=hours))) for hours in (0, 5))
    if expected is None or here is None:
        return expected is None and (here is None or here != there)
    clock = re.search(r"(\d\d?):(\d\d)(?::\d\d)?(?:\.\d+)?\s?(am|pm)?", text)
    local = make_clock(clock[1], clock[2], half=clock[3]) if clock else None
    printed = timedelta(hours=here.hour, minutes=here.minute) + timedelta(hours=expected)
    return here == there and local is not None and (printed - local) % timedelta(days=1) == timedelta()


def instant_read(text: str, tz: tzinfo) -> datetime | None:
    dated = parse_iso(text, tz) or parse_rfc822(text, tz) or parse_printed(text, tz, all_months())
    return dated.at if dated else None
