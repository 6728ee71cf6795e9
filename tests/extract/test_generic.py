"""What the generic road joins, takes out and falls back to, one rule a test."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from caversham.errors import ExtractError
from caversham.types import Outlet
from tests.extract.captures import SENTENCES, SEOUL, article, extract, page_capture

BODY = SENTENCES.strip()
FIRST = "Farmers in the plain began planting rice two weeks earlier than last year because there is water enough."
SECOND = "The minister said that the ministry expects a harvest one third larger and that poor families will be helped."
THIRD = "The committee will meet again next month to hear a report on roads, on schools and on the new bridges."


def body_of(inside: str, *, outlet: Outlet = SEOUL) -> str:
    """The text found in a page with this in its body."""
    return extract(page_capture(f"<html><head><title>Rice</title></head><body>{inside}</body></html>"), outlet).text


def test_an_article_cut_into_boxes_is_read_whole() -> None:
    """Advertisements stand between boxes of one class."""
    boxes = [f"<div class=article__body><p>{text}</p><p>{text[::-1]}</p></div>" for text in (FIRST, SECOND, THIRD)]
    inside = "<div class=ad><a href=/ad>Advertisement</a></div>".join(boxes)

    expected = "\n".join(part for text in (FIRST, SECOND, THIRD) for part in (text, text[::-1]))
    assert body_of(f"<article><h1>Rice</h1>{inside}</article>") == expected


def test_two_articles_on_one_page_stay_two() -> None:
    """Some pages load the next item below; its box has the same class in an article of its own."""
    texts = f"{FIRST} {SENTENCES}".strip(), f"{SECOND} {SENTENCES}".strip()
    pages = (f"<article><div class=article-body><p>{text}</p><p>{THIRD}</p></div></article>" for text in texts)

    assert body_of("".join(pages)) == f"{texts[0]}\n{THIRD}"


LINES = [
    # a line below the first paragraph, whether it belongs to the article
    ("<p><a href=/2>Ministers of two countries meet again</a></p>", False),
    ("<p>Read also: <a href=/2>Ministers of two countries meet again</a></p>", False),
    ("<p>[Related: <a href=/2>Ministers of two countries meet again</a>]</p>", False),
    ("<p><a href=/2>Ministers of two countries meet again</a> 12.06.2024</p>", False),
    ("<p><a href=/2>部长们再次举行会议</a></p>", False),
    ("<p><a href=/2>The minister</a> spoke of the harvest again.</p>", True),
    ("<p><a href=/2>Rice</a></p>", True),  # a name in a list
    ("<p><a href=https://example.org/law>https://example.org/law</a></p>", True),  # an address printed for its own sake
    ("<p>Read also the law of 1948.</p>", True),
]


@pytest.mark.parametrize(("line", "is_kept"), LINES)
def test_a_line_that_is_a_link_to_another_item_is_left_out(line: str, *, is_kept: bool) -> None:
    """Words around the link make it a sentence; a label does not."""
    lines = body_of(f"<article><p>{FIRST}</p>{line}<p>{SECOND}</p></article>").split("\n")

    assert (len(lines) == 3) is is_kept


ENDS = [
    "<p>© 2024 Example Agency</p>",
    "<p>All rights reserved.</p>",
    "<p>版权所有 违者必究</p>",
    "<p>(责任编辑：某某)</p>",
    "<p>Share</p><p>Comments:</p>",
    "<p>Поделиться</p>",
    "<p>شارك</p>",
    "<p><a href=/a>Politics</a> | <a href=/b>Economy</a></p>",
    "<p>Tags <a href=/a>rice</a>, <a href=/b>water</a>, <a href=/c>plain</a></p>",
    "<p>***</p>",
]


@pytest.mark.parametrize("end", ENDS)
def test_labels_and_imprints_below_the_text_are_left_out(end: str) -> None:
    """A line counts only if nothing else is in it."""
    assert body_of(f"<article><p>{FIRST}</p><p>{SECOND}</p>{end}</article>") == f"{FIRST}\n{SECOND}"


def test_a_page_of_links_keeps_them() -> None:
    """Where links are all there is, they are what the page says."""
    links = [f"Report number {number} of the committee for roads and bridges" for number in range(9)]
    inside = "".join(f"<p><a href=/{number}>{link}</a></p>" for number, link in enumerate(links))

    assert links[4] in body_of(f"<article>{inside}</article>")


def test_a_told_text_serves_where_the_page_shows_less() -> None:
    """A page that a script draws, or that shows the first paragraph only; told as HTML or as plain text."""
    told = json.dumps({"@type": "Article", "articleBody": f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"})
    plain = json.dumps({"@type": "Article", "articleBody": f"{FIRST}\n\n{SECOND}\n{THIRD}"})
    for text in (told, plain):
        page = f'<script type="application/ld+json">{text}</script><article><p>{FIRST}</p></article>'
        assert body_of(page) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_a_told_text_that_is_shorter_gives_way() -> None:
    """Many pages tell machines the first sentences."""
    told = json.dumps({"@type": "Article", "articleBody": FIRST})
    page = f'<script type="application/ld+json">{told}</script><article><p>{FIRST}</p><p>{SECOND}</p></article>'

    assert body_of(page) == f"{FIRST}\n{SECOND}"


def test_typed_lines_are_paragraphs_where_no_blank_line_is() -> None:
    """A text between blank lines may be broken anywhere."""
    assert body_of(f"<pre>{FIRST}\n{SECOND}</pre>") == f"{FIRST}\n{SECOND}"
    assert body_of(
        f"<pre>{FIRST[:40]}\n{FIRST[40:]}\n\n{SECOND}</pre>"
    ) == f"{FIRST[:40]} {FIRST[40:]}\n{SECOND}".replace("  ", " ")


@pytest.mark.parametrize(
    ("country", "iso"), [("NG", "2024-04-03"), ("US", "2024"), (None, "2024")], ids=["Nigeria", "America", "unknown"]
)
def test_the_country_of_the_outlet_tells_the_order_of_a_date(country: str | None, iso: str) -> None:
    """English is printed both ways; where both may be meant the year alone is certain."""
    page = article(f"<p><time>03/04/2024</time></p><p>{SENTENCES}</p>")
    published = extract(page_capture(page), replace(SEOUL, country=country)).published

    assert published is not None
    assert published.iso == iso


def test_the_date_beside_the_headline_wins_over_dates_in_lists() -> None:
    """Nothing is marked; the items of a list have days of their own."""
    others = "".join(f"<div class=date>2024-06-0{n}</div><p><a href=/{n}>Item {n}</a></p>" for n in range(1, 5))
    inside = f"<div>{others}</div><h1>Council hears report</h1><p>Wednesday, 12 June 2024</p><p>{SENTENCES}</p>"
    page = f"<html><head><title>Council hears report</title></head><body>{inside}</body></html>"

    published = extract(page_capture(page)).published
    assert published is not None
    assert published.iso == "2024-06-12"


def test_the_day_in_a_caption_is_not_taken_for_that_of_the_page() -> None:
    """A picture under the headline may be of any day."""
    inside = f"<h1>Council hears report</h1><p>The old hall of the council in the capital seen on 24 April 2019</p><p>{SENTENCES}</p>"

    assert extract(page_capture(f"<title>Council hears report</title>{inside}")).published is None


def test_headline_and_date_above_the_text_are_not_repeated_in_it() -> None:
    """They are fields of their own; a dateline stays."""
    inside = f"<h1>Council hears report</h1><p>12 June 2024 09:30</p><p>Capital, June 12 (EXA) -- {SENTENCES}</p>"

    content = extract(page_capture(article(inside)))
    assert content.text == f"Capital, June 12 (EXA) -- {BODY}"


def test_text_nested_too_deep_is_refused() -> None:
    """The extractor reads the text of every box anew."""
    with pytest.raises(ExtractError) as caught:
        body_of("<div><h3><a href=x>a title of words</a></h3>" * 500 + "word " * 120_000)

    assert caught.value.reason == "too_deep"
