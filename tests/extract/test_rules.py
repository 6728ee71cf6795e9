"""An outlet's own rules: which one reads a capture, and what it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from caversham.errors import ExtractError
from caversham.extract.rules import choose_rule
from caversham.types import Image, Rule
from tests.extract.captures import SENTENCES, SEOUL, article, extract, page_capture

OLD = Rule(selectors={"title": "h2", "body": "#old"}, until=date(2020, 12, 31))
NEW = Rule(selectors={"title": "h1", "body": ".text"}, since=date(2021, 1, 1))
OUTLET = replace(SEOUL, rules=(OLD, NEW))

PAGE = """<html><body><h1>New title</h1><h2>Old title</h2>
<div id="old">Old words.</div><div class="text"><p>New words.</p><p>More.</p></div></body></html>"""


@pytest.mark.parametrize(
    ("seen_at", "title", "text", "extractor"),
    [
        (datetime(2020, 12, 31, 23, tzinfo=UTC), "Old title", "Old words.", "agency@1"),
        (datetime(2021, 1, 1, tzinfo=UTC), "New title", "New words.\nMore.", "agency@2"),
    ],
)
def test_a_capture_is_read_by_the_rule_of_its_day(seen_at: datetime, title: str, text: str, extractor: str) -> None:
    """A redesign adds a rule; the old one keeps old captures readable. Both days belong to a rule's period."""
    content = extract(page_capture(PAGE, seen_at=seen_at), OUTLET)

    assert (content.title, content.text, content.extractor) == (title, text, extractor)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://www.agency.example/1", True),
        ("https://en.agency.example/1", True),
        ("https://other.example/1", False),
        ("urn:file:1", False),
    ],
)
def test_a_rule_reads_pages_of_its_hosts(url: str, *, found: bool) -> None:
    """Subdomains belong to a host; what has no host belongs to none."""
    rule = replace(NEW, hosts=("agency.example",))

    assert choose_rule(replace(SEOUL, rules=(rule,)), page_capture("", url=url)) == (rule if found else None)


def test_a_rule_that_finds_no_body_gives_way_and_says_so() -> None:
    """Better the generic text, and a name that shows that the rule is out of date."""
    content = extract(page_capture(article()), replace(SEOUL, rules=(NEW,)))

    assert (content.text, content.extractor) == (SENTENCES.strip(), "agency@1/generic@2")


def test_every_selector_is_used() -> None:
    """Title, body, both dates, section, byline, pictures with captions; what is to be removed is gone."""
    names = ("title", "body", "date", "updated", "section", "byline", "images", "captions", "remove")
    selectors = {name: f".{name}" for name in names}
    page = """<html><body><b class=section>Politics</b><h5 class=title>Harvest <i>report</i></h5>
      <i class=date>12/06/2024 09:30</i><i class=updated datetime="2024-06-13">yesterday</i><i class=byline>A. Writer</i>
      <div class=body><div class=body><p>One.<script>evil()</script></p><p class=remove>Share.</p><p>Two<br>three.</p>
      <img class=images src=/a.jpg><p class="captions remove">A farm.</p></div></div></body></html>"""
    rule = Rule(selectors=selectors, date_format="%d/%m/%Y %H:%M")

    content = extract(page_capture(page), replace(SEOUL, rules=(rule,)))

    assert (content.title, content.text) == ("Harvest report", "One.\nTwo\nthree.")
    assert (content.section, content.byline) == ("Politics", "A. Writer")
    assert content.images == (Image(url="https://news.example.org/a.jpg", caption="A farm."),)
    assert content.published is not None
    assert (content.published.iso, content.published.printed) == ("2024-06-12T00:30:00Z", "12/06/2024 09:30")
    assert content.updated is not None
    assert content.updated.iso == "2024-06-13"


@pytest.mark.parametrize(
    ("date_format", "printed", "iso"),
    [
        ("%d.%m.%Y", "12.06.2024", "2024-06-12"),
        ("%m.%Y", "06.2024", "2024-06"),
        ("%Y", "1948", "1948"),
        ("%d.%m.%Y", "12 June 2024", "2024-06-12"),  # printed otherwise than usual
        ("%d.%m.%Y", "soon", None),
    ],
)
def test_a_printed_date_is_as_precise_as_its_format(date_format: str, printed: str, iso: str | None) -> None:
    """A format without a day gives a month, one without a month a year."""
    rule = Rule(selectors={"body": "article", "date": ".d"}, date_format=date_format)
    content = extract(page_capture(article(f"<i class=d>{printed}</i><p>Words.</p>")), replace(SEOUL, rules=(rule,)))

    assert (content.published and content.published.iso) == iso


def test_a_clock_without_zone_gives_way_to_the_same_clock_with_one() -> None:
    """A page that prints London time for an outlet in Seoul tells machines so."""
    head = '<meta property="article:published_time" content="2024-06-12T09:30:00+01:00">'
    rule = Rule(selectors={"body": "article", "date": ".d"})
    page = article("<i class=d>12 June 2024 09:30</i><p>Words.</p>", head=head)

    published = extract(page_capture(page), replace(SEOUL, rules=(rule,))).published

    assert published is not None
    assert published.iso == "2024-06-12T08:30:00Z"


def test_a_selector_that_is_no_css_is_named() -> None:
    """The catalogue checks selectors; one that slips through is counted with its reason."""
    with pytest.raises(ExtractError) as caught:
        extract(page_capture(PAGE), replace(SEOUL, rules=(Rule(selectors={"body": "div[["}),)))

    assert caught.value.reason == "bad_rule"
