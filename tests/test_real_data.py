"""Real state-media data: what a station makes of it is counted a second time from the files themselves."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caversham.answers import Imported
from caversham.serve import documents
from caversham.station import Station
from tests.stations import StandingClock, make_station

SETS = ("china_reports_zh", "dprk_new_year_ko", "fars_fa", "kremlin_ru_events", "tehran_times_en")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a gzip JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def stream(shared: Path) -> Path:
    """What a daily visitor of one agency recorded."""
    return shared / "data" / "kcna_2024" / "observations.jsonl.gz"


@pytest.fixture(scope="module")
def agency(stream: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Station, Imported]]:
    """A station that took in the stream."""
    with make_station(tmp_path_factory.mktemp("agency"), StandingClock()) as station:
        yield station, station.import_paths([stream])


@pytest.fixture(scope="module")
def library(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A station that took in the other sets: Chinese, Korean, Persian, Russian, English."""
    with make_station(tmp_path_factory.mktemp("library"), StandingClock()) as station:
        for name in SETS:
            station.import_paths([shared / "data" / name / "articles.jsonl.gz"])
        yield station


def exported(station: Station) -> list[str]:
    """The export, line by line."""
    return [json.dumps(documents.export_row(version), ensure_ascii=False) for version in station.export()]


def test_every_row_of_the_stream_is_accounted_for(agency: tuple[Station, Imported]) -> None:
    """The README of the data says what the rows are."""
    station, imported = agency
    status = station.status()

    assert (imported.rows, dict(imported.outcomes), dict(imported.skips)) == (
        2113,
        {"version": 1862, "unchanged": 2, "sighting": 249},
        {},
    )
    assert (status.addresses, status.articles, status.versions, status.sightings) == (2078, 1841, 1862, 249)


def test_the_states_of_the_stream_are_the_versions(agency: tuple[Station, Imported], stream: Path) -> None:
    """By address, in order, each text that stood there; equal neighbours are one."""
    texts: dict[str, list[str]] = {}
    for row in read_rows(stream):
        if row["text"] and texts.setdefault(row["url"], [""])[-1] != row["text"].strip():
            texts[row["url"]].append(row["text"].strip())
    found: dict[str, list[str]] = {}
    for version in agency[0].export():
        found.setdefault(version.url, []).append(version.content.text)

    assert {url: len(states) - 1 for url, states in texts.items()} == {url: len(each) for url, each in found.items()}
    assert all(states[1:] == found[url] for url, states in texts.items() if "\r" not in "".join(states))


def test_importing_twice_changes_nothing_and_rebuild_gives_the_same_export(
    agency: tuple[Station, Imported], stream: Path
) -> None:
    """The same bytes, three times."""
    station, _ = agency
    before = exported(station)

    again = station.import_paths([stream])
    after_again = exported(station)
    station.rebuild()

    assert dict(again.outcomes) == {"known": 2113}
    assert after_again == before
    assert exported(station) == before
    assert station.verify().is_consistent


def test_the_days_without_a_look_are_told(agency: tuple[Station, Imported]) -> None:
    """The captures of four days are missing; each was stored shortly after midnight of the next day, or not at all."""
    gaps = [(gap.since.isoformat(), gap.until.isoformat()) for gap in agency[0].status().gaps]

    assert ("2024-10-18", "2024-10-18") in gaps
    assert all(gap.outlet == "kcna" for gap in agency[0].status().gaps)


def test_each_set_is_held_under_its_outlet_language_and_dates(library: Station, shared: Path) -> None:
    """Equal rows are one look; a year stays a year, and nothing borrows the time of its capture."""
    held: dict[str, Counter[str]] = {}
    for version in library.export():
        counts = held.setdefault(version.outlet, Counter())
        precision = version.content.published.precision.value if version.content.published else "undated"
        counts.update([version.content.language, precision])

    fars = {json.dumps(row, sort_keys=True) for row in read_rows(shared / "data/fars_fa/articles.jsonl.gz")}
    kremlin = read_rows(shared / "data/kremlin_ru_events/articles.jsonl.gz")
    undated = sum(not row["date"] for row in kremlin)
    assert held == {
        "state-council-cpc-via-zh-wikisource": Counter({"zh": 88, "year": 88}),
        "dprk-new-year-address": Counter({"ko": 73, "day": 73}),
        "fars": Counter({"fa": len(fars), "day": len(fars)}),
        "kremlin-ru": Counter({"ru": 200, "day": 200 - undated, "undated": undated}),
        "tehran-times": Counter({"en": 6000, "undated": 6000}),
    }


@pytest.mark.parametrize(
    ("query", "name", "pattern"),
    [
        ('"改革开放"', "china_reports_zh", "改革开放"),
        ('"人民公社"', "china_reports_zh", "人民公社"),
        ("title:政府工作报告", "china_reports_zh", None),
        ('"nuclear weapons"', "tehran_times_en", r"(?i)\bnuclear[\W_]+weapons\b"),
        ("enrichm*", "tehran_times_en", r"(?i)\benrichm"),
        ("Вьетнам*", "kremlin_ru_events", r"(?i)\bвьетнам"),
    ],
)
def test_a_search_finds_what_a_second_reading_of_the_file_finds(
    library: Station, shared: Path, query: str, name: str, pattern: str | None
) -> None:
    """Title and text, read with a regular expression that the index has never seen."""
    rows = read_rows(shared / "data" / name / "articles.jsonl.gz")
    if pattern is None:
        wanted = {row["url"] for row in rows if "政府工作报告" in row["title"]}
    else:
        wanted = {row["url"] for row in rows if re.search(pattern, f"{row['title']}\n{row['text']}")}

    found = library.search(f"{query} outlet:{outlet_of(library, rows[0])}", limit=1)

    assert wanted
    assert found.total == len(wanted)


def outlet_of(library: Station, row: dict[str, Any]) -> str:
    """The outlet under which a row was taken in."""
    return library.article(row["url"]).article.outlet


@pytest.mark.parametrize(
    ("one", "other"),
    [("여성", "녀성"), ("역사", "력사"), ("کتاب", "كتاب"), ("переговоры", "переговоров")],
)
def test_two_spellings_of_one_word_find_the_same(library: Station, one: str, other: str) -> None:
    """Northern and southern Korean, Persian and Arabic letters, Russian cases."""
    first, second = library.search(one), library.search(other)

    assert first.total > 0
    assert first.total == second.total


def test_particles_do_not_hide_a_korean_word(library: Station, shared: Path) -> None:
    """조국통일 is found with and without what is attached to it."""
    rows = read_rows(shared / "data" / "dprk_new_year_ko" / "articles.jsonl.gz")
    wanted = sum("조국통일을" in row["text"] for row in rows)

    assert library.search("조국통일").total >= wanted > 0


def test_what_is_undated_is_counted_apart_and_matches_no_period(library: Station) -> None:
    """6,000 items without a date are found, and in no month."""
    everything = library.search("outlet:tehran-times")

    assert (everything.total, everything.undated, everything.months) == (6000, 6000, ())
    assert library.search("outlet:tehran-times since:1900").total == 0


def test_a_year_is_found_by_any_period_that_it_may_lie_in(library: Station) -> None:
    """A report of 1954 may be of March 1954."""
    assert library.search("outlet:state-council-cpc-via-zh-wikisource since:1954-03 until:1954-03").total > 0
    assert library.search("outlet:dprk-new-year-address since:1949 until:1949").total == 1


def test_the_seed_archive_holds_both_languages_and_the_trap(shared: Path, tmp_path: Path) -> None:
    """The greeting of 2023, the letters of 2022, and the greeting of the year before."""
    with make_station(tmp_path, StandingClock()) as station:
        imported = station.import_paths([shared / "data" / "seed" / "archive.jsonl.gz"])
        days = Counter(
            (version.content.language, version.content.published.iso)
            for version in station.export()
            if version.content.published
        )

    assert dict(imported.outcomes) == {"version": 6}
    assert {day for _, day in days} == {"2022-06-12", "2022-08-15", "2023-06-12"}
    assert {language for language, _ in days} == {"en", "ko"}


def test_saved_pages_without_an_address_are_counted_losses(shared: Path, tmp_path: Path) -> None:
    """A page that states no address is not given one."""
    with make_station(tmp_path, StandingClock()) as station:
        imported = station.import_paths([shared / "data" / "html_fixtures"])
        page = shared / "data" / "html_fixtures" / "chinese_article.html"
        named = station.import_paths([page], url="http://press.example/1")

    pages = len(list((shared / "data" / "html_fixtures").glob("*.html")))
    assert imported.outcomes["version"] + imported.skips.get("no_address", 0) >= pages
    assert imported.outcomes["version"] >= 8
    assert dict(named.outcomes) == {"version": 1}


def test_lists_of_feeds_are_followed(shared: Path, tmp_path: Path) -> None:
    """Every list of the folder is read; what was unknown becomes an outlet with its feed."""
    with make_station(tmp_path, StandingClock()) as station:
        station.import_paths([shared / "data" / "source_lists" / "awesome_rss_opml"])
    with Station(tmp_path) as again:
        followed = [again.register.get(outlet) for outlet in again.settings.follow]

    assert len(followed) > 200
    assert all(outlet.sources for outlet in followed if outlet.role == "unknown")


def test_archive_files_of_others_never_end_in_a_traceback(shared: Path, tmp_path: Path) -> None:
    """Good and damaged, WARC and ARC: pages are held, losses counted."""
    with make_station(tmp_path, StandingClock()) as station:
        imported = station.import_paths([shared / "suites" / "warc"])
        status = station.status()

    assert imported.outcomes["version"] > 10
    assert sum(imported.skips.values()) > 0
    assert sum(imported.skips.values()) == sum(status.skips.values())
