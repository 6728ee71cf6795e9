"""Imported observations become Content: what the row gives wins, and nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from caversham.errors import ExtractError
from caversham.types import Content, Dated, Image, Precision
from tests.extract.captures import SENTENCES, article, extract, page_capture, row_capture

TEXT = "Capital, June 12 (EXA) -- The council met.\n\nIt heard a report \non the harvest of this year."
ROW = {"url": "https://news.example.org/1", "title": "Council meets", "text": TEXT, "language": "en"}
FOUND = Content(
    title="Council meets",
    text=TEXT,
    language="en",
    dateline="Capital, June 12",
    agency="EXA",
    extractor="row@1",
)


def with_row(**fields: object) -> Content:
    return extract(row_capture(ROW | fields))


def test_a_row_keeps_its_text_as_it_is() -> None:
    """Paragraphs, blank lines and spaces inside stay; the dateline is found, its year is not guessed."""
    assert with_row() == FOUND


FIELDS = [
    # given, what differs from the row without it
    ({"lang": "en-GB", "language": ""}, {}),
    ({"language": "English"}, {"language": "en"}),  # no tag: the text tells
    ({"language": None}, {"language": "en"}),
    ({"section": "Politics"}, {"section": "Politics"}),
    ({"topic": "Politics"}, {"section": "Politics"}),
    ({"section": "Politics", "topic": "News"}, {"section": "Politics"}),
    ({"section": " ", "topic": "News"}, {"section": "News"}),
    ({"byline": "A. Writer"}, {"byline": "A. Writer"}),
    ({"author": "A. Writer"}, {"byline": "A. Writer"}),
    ({"agency": "Other"}, {"agency": "Other"}),
    ({"title": "Council\n meets "}, {"title": "Council meets"}),
    ({"images": ["/a.jpg", "/b.jpg"], "captions": ["A farm."]}, {"images": (
        Image(url="https://news.example.org/a.jpg", caption="A farm."), Image(url="https://news.example.org/b.jpg"))}),
    ({"image": "https://news.example.org/a.jpg"}, {"images": (Image(url="https://news.example.org/a.jpg"),)}),
    ({"text": f" \r\n{TEXT}\r\n".replace("\n\n", "\r\n\r\n")}, {"text": TEXT}),
    ({"text": f"{TEXT} Cafe\u0301 \0 \ud800"}, {"text": f"{TEXT} Café \ufffd \ufffd"}),
    ({"html": "<p>Another text.</p>"}, {}),  # the text wins
    ({"other": {"kept": "elsewhere"}}, {}),
    ({"section": 7, "byline": ["x"], "images": {"a": 1}}, {"section": "7"}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "differs"), FIELDS)
def test_given_fields_win_and_empty_means_absent(given: dict[str, object], differs: dict[str, object]) -> None:
    """Both names of a field are read; a field that is empty or of another kind counts as absent."""
    assert with_row(**given) == replace(FOUND, **differs)  # type: ignore[arg-type]  # the table above is typed by Content


DATES = [
    ({"published_on": "2024-06-13"}, "2024-06-13", "2024-06-12"),
    ({"published_at": "2024-06-13T09:00:00+09:00"}, "2024-06-13T00:00:00Z", "2024-06-12"),
    ({"published_at": "2024-06-13T09:00:00"}, "2024-06-13T00:00:00Z", "2024-06-12"),  # in the outlet's zone
    ({"published_on": "2024-06-13", "published_at": "2024-06-13T00:00:00Z"}, "2024-06-13T00:00:00Z", "2024-06-12"),
    ({"published_on": "2024-06-13T09:00:00Z"}, "2024-06-13", "2024-06-12"),  # a day, whatever stands behind it
    ({"date": "2024-06-13"}, "2024-06-13", "2024-06-12"),
    ({"date": "2024-06"}, "2024-06", "2024-06-12"),
    ({"date": "2024"}, "2024", "2024-06-12"),
    ({"date": 2024}, "2024", "2024-06-12"),
    ({"date": "1946-01-01"}, "1946-01-01", "1945-06-12"),
    ({"date": "13 June 2024"}, "2024-06-13", "2024-06-12"),
    ({"date": None}, None, None),
    ({"date": ""}, None, None),
    ({"date": "unknown"}, None, None),
]


@pytest.mark.parametrize(("given", "published", "dated"), DATES)
def test_dates_keep_the_precision_they_are_given_in(
    given: dict[str, object], published: str | None, dated: str | None
) -> None:
    """A year is a year; the dateline's day is the last one before the end of what is known."""
    content = with_row(**given)

    assert (content.published and content.published.iso, content.dated and content.dated.iso) == (published, dated)


def test_a_title_alone_is_a_look_with_an_empty_text() -> None:
    """The row says that the page was there and had this title."""
    assert extract(row_capture({"title": "Council meets on the harvest of the year", "language": "en"})) == Content(
        title="Council meets on the harvest of the year", text="", language="en", extractor="row@1"
    )


def test_html_of_a_row_is_read_like_a_page() -> None:
    """The same page, fetched or imported, gives the same text; the row's own fields win."""
    markup = article(f"<p>Capital, June 12 (EXA) -- {SENTENCES}</p>")
    page = extract(page_capture(markup))
    row = extract(row_capture({"html": markup, "title": "A better title", "published_on": "2024-06-13"}))

    assert row == replace(
        page,
        title="A better title",
        published=Dated(on=date(2024, 6, 13), precision=Precision.DAY, printed="2024-06-13"),
        extractor="row@1/generic@2",
    )


def test_an_update_is_kept_apart_from_the_publication() -> None:
    """Both are printed; neither replaces the other."""
    content = with_row(published_on="2024-06-13", updated_at="2024-06-14T00:00:00Z")

    assert content.published is not None
    assert content.updated is not None
    assert content.published.on == date(2024, 6, 13)
    assert content.updated.at == datetime(2024, 6, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "reason"), [({}, "no_article"), ({"text": " ", "title": ""}, "no_article"), (["text"], "bad_row")]
)
def test_a_row_without_anything_is_refused(row: object, reason: str) -> None:
    """Nothing was seen, so nothing is stored."""
    with pytest.raises(ExtractError) as caught:
        extract(row_capture(row))

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("given", "language"),
    [({"language": "ZH-Hans"}, "zh"), ({"lang": "fr_FR"}, "fr"), ({"language": "ko", "lang": "en"}, "ko"), ({}, "und")],
)
def test_a_given_language_wins_over_detection(given: dict[str, str], language: str) -> None:
    """The primary subtag, in lower case; words too few to tell a language by are `und`."""
    assert extract(row_capture({"text": "OK 24"} | given)).language == language
