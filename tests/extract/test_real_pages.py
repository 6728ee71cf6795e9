"""Saved pages of state and public outlets: title, date and language as a reader of the page sees them.

The labels are ours, read off the pages; the manifest has none. No outlet's rule is used: this is the generic road.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.extract.captures import extract, page_capture

SEEN_AT = datetime(2026, 11, 23, tzinfo=UTC)

# file, title, date of publication, language; dates without a zone are read in Seoul, the zone of the test's outlet
PAGES = [
    ("AnadoluAjansi_2025_04_05", "Türkiye'de elektrikli araç şarj istasyonu sayısı 11 bini aştı", "2025-04-05", "tr"),
    ("BBC_2026_04_25", "What is Nato and which countries are in it?", "2012-05-10T14:29:05Z", "en"),
    ("CBCNews_2024_08_08", "What's next for Gaza, after Yahya Sinwar's appointment as Hamas political head?",
     "2024-08-08T08:00:00Z", "en"),
    ("DW_2023_04_28", "Ukrainische Gegenoffensive: Ziele, Chancen, Risiken", "2023-04-28", "de"),
    ("DailyNewsTZ_2025_01_23", "Solar-powered streetlights boost Lindi women’s businesses", "2019-04-24T06:59:25Z", "en"),
    ("NRK_2024_08_05", "Tårene rant for norsk OL-håp – så kom sjokkvendingen", "2024-08-05T11:05:32Z", "no"),
    ("People_2024_04_24",
     "促进航天技术更好惠及人民――习近平主席向首届“中国－拉美和加勒比国家航天合作论坛”致贺信为中拉深化航天合作指明方向",
     "2024-04-24", "zh"),
    ("RT_4a44ab3e", ("‘He died in my hands’: 3 pro-Morales demonstrators killed in clashes with Bolivia’s police & soldiers"
     " near barricaded fuel plant"), "2019-11-20T05:47:00Z", "en"),
    ("Tagesschau_2023_04_28", "Ausschuss zur Ahrtal-Flut: Zwei Rücktritte - und viele offene Fragen",
     "2023-04-28T15:23:42Z", "de"),
    ("VoiceOfAmerica_2024_04_28", "America's child care crisis is holding back moms without college degrees",
     "2024-04-28T07:00:00Z", "en"),
    ("chinese_article", "港特首梁振英就住宅违建事件道歉", "2012-12-10T09:24:01Z", "zh"),
    ("jis.gov.jm-investment", "Wide Range Of Investment Opportunities At AICE 2022", "2022-04-26", "en"),
    ("nhk.or.jp.k100", "子どもへの体罰を禁止する法律ができる", None, "ja"),  # its date has no year
    ("xinhuanet.com.c_1125597921", "武汉的声音：有英勇的你，才有英雄的城！-新华网", "2020-02-19T11:29:58Z", "zh"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title", "iso", "language"), PAGES, ids=[page[0] for page in PAGES])
def test_title_date_and_language_are_those_of_the_page(
    shared: Path, name: str, title: str, iso: str | None, language: str
) -> None:
    """Dates keep the precision they are printed in; a page without a year stays undated."""
    body = (shared / "data" / "html_fixtures" / f"{name}.html").read_bytes()
    content = extract(page_capture(body, seen_at=SEEN_AT, content_type="text/html"))

    assert (content.title, content.published and content.published.iso, content.language) == (title, iso, language)


def test_every_saved_page_has_labels(shared: Path) -> None:
    """No page is left out because it is hard."""
    assert {path.stem for path in (shared / "data" / "html_fixtures").glob("*.html")} == {page[0] for page in PAGES}
