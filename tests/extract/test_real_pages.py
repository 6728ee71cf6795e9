"""Saved pages of state and public outlets: title, date, language and body as a reader of the page sees them.

The labels are ours (`fixtures.toml`), read off the pages; the manifest has none. No outlet's rule is used: this is the
generic road.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from caversham.extract import make_extract
from caversham.outlets.catalogue import load_catalogue
from caversham.types import Content
from tests.extract.captures import SEOUL, extract, page_capture
from tests.extract.test_suite_articles import score

SEEN_AT = datetime(2026, 11, 23, tzinfo=UTC)
LABELS = tomllib.loads((Path(__file__).parent / "fixtures.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LABELS)
def test_title_date_and_language_are_those_of_the_page(shared: Path, name: str) -> None:
    """Dates keep the precision they are printed in; a page without a year stays undated."""
    content, label = read(shared, name), LABELS[name]

    found = (content.title, content.published and content.published.iso, content.language)

    assert found == (label["title"], label.get("published"), label["language"])


@pytest.mark.parametrize("name", LABELS)
def test_the_body_begins_and_ends_where_the_article_does(shared: Path, name: str) -> None:
    """Nothing of the page around it is taken up; what is still wrong is known by name."""
    assert list(find_faults(read(shared, name).text, LABELS[name])) == LABELS[name].get("known", [])


def find_faults(body: str, label: Mapping[str, list[str]]) -> Iterator[str]:
    """Name what is wrong with a body."""
    if not any(map(body.startswith, label["begins"])):
        yield "begins"
    if not any(map(body.endswith, label["ends"])):
        yield "ends"
    yield from (f"without: {words}" for words in label["without"] if words in body)


# Figures of 2026-11-24. The summary above the text of the second page is outside the box that the text stands in.
GOLD = {"chinese_article": 1.0, "RT_4a44ab3e": 0.90}


@pytest.mark.parametrize(("name", "f1"), GOLD.items())
def test_the_body_is_the_one_that_others_wrote_down(shared: Path, name: str, f1: float) -> None:
    """F1 of word 4-grams against the text in the manifest."""
    manifest = gzip.decompress((shared / "data" / "html_fixtures" / "manifest.jsonl.gz").read_bytes())
    texts = {row["file"]: row.get("gold_text") for row in map(json.loads, manifest.splitlines())}
    truth = {name: texts[f"{name}.html"]}

    assert round(score(truth, {name: read(shared, name).text})[2], 2) >= f1


# Saved page, its address, and the day on which it was saved.
RULED = [
    ("AnadoluAjansi_2025_04_05", "https://www.aa.com.tr/tr/ekonomi/1", "2025-04-05"),
    ("BBC_2026_04_25", "https://www.bbc.com/news/1", "2026-04-25"),
    ("CBCNews_2024_08_08", "https://www.cbc.ca/news/world/1", "2024-08-08"),
    ("DW_2023_04_28", "https://www.dw.com/de/a-1", "2023-04-28"),
    ("DailyNewsTZ_2025_01_23", "https://dailynews.co.tz/1", "2025-01-23"),
    ("NRK_2024_08_05", "https://www.nrk.no/1", "2024-08-05"),
    ("People_2024_04_24", "http://politics.people.com.cn/1", "2024-04-25"),
    ("RT_4a44ab3e", "https://www.rt.com/news/473849", "2019-11-21"),
    ("Tagesschau_2023_04_28", "https://www.tagesschau.de/1", "2023-04-28"),
    ("VoiceOfAmerica_2024_04_28", "https://www.voanews.com/a/1.html", "2024-04-28"),
    ("jis.gov.jm-investment", "https://jis.gov.jm/1", "2022-04-27"),
    ("nhk.or.jp.k100", "https://www3.nhk.or.jp/news/easy/k100.html", "2019-06-25"),
    ("xinhuanet.com.c_1125597921", "http://www.xinhuanet.com/politics/c_1125597921.htm", "2020-02-20"),
]


@pytest.mark.parametrize(("name", "url", "on"), RULED, ids=[page[0] for page in RULED])
def test_an_outlets_rule_reads_its_saved_page_without_fault(shared: Path, name: str, url: str, on: str) -> None:
    """What the generic road still gets wrong, the selectors get right."""
    body = (shared / "data" / "html_fixtures" / f"{name}.html").read_bytes()
    outlet = load_catalogue().find_by_host(url)
    assert outlet is not None
    capture = page_capture(body, seen_at=datetime.fromisoformat(f"{on}T23:00Z"), content_type="text/html", url=url)
    content = make_extract({SEOUL.id: outlet}.__getitem__)(capture)

    assert content.extractor.startswith(f"{outlet.id}@")
    assert "generic" not in content.extractor
    assert content.title in LABELS[name]["title"]
    assert list(find_faults(content.text, LABELS[name])) == []


def test_every_saved_page_has_labels(shared: Path) -> None:
    """No page is left out because it is hard."""
    assert {path.stem for path in (shared / "data" / "html_fixtures").glob("*.html")} == set(LABELS)


@cache
def read(shared: Path, name: str) -> Content:
    """What is found in a saved page."""
    body = (shared / "data" / "html_fixtures" / f"{name}.html").read_bytes()
    return extract(page_capture(body, seen_at=SEEN_AT, content_type="text/html"))
