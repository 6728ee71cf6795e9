"""The headline: the piece of a document's title that the page shows, wherever it stands."""

from __future__ import annotations

import pytest

from tests.extract.captures import SENTENCES, extract, page_capture

HEADLINE, SITE = "Farmers begin rice planting early", "Daily Herald of State"
SHOWN = {
    "heading of the second rank": "<h2>{}</h2>",
    "named heading": "<h3 class=headline>{}</h3>",
    "box": "<div class=title>{}</div>",
    "inline": '<span class="news-title">{}</span>',
    "bold line": "<p align=center><b>{}</b></p>",
    "below the emblem": f"<h1 class=logo><a href=/>{SITE}</a></h1><h2>{{}}</h2>",
}
PATTERNS = [
    "{t} - {s}", "{t} | {s}", "{t} — {s}", "{t}_{s}", "{t}--{s}", "{s} - {t}", "{s} | {t}", "{s}: {t}", "{t} :: {s}",
    "{t} » {s}", "{t} - News - {s}", "{t} / {s}", "{t}-{s}", "{s} > News > {t}", "{t}", "{t} &#8211; {s}", "{t} • {s}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shown", SHOWN)
def test_the_shown_piece_of_a_title_is_the_headline(pattern: str, shown: str) -> None:
    """No site has to be known by name."""
    title = pattern.format(t=HEADLINE, s=SITE)

    assert find(title, SHOWN[shown].format(HEADLINE)) == HEADLINE


ALONE = [
    # the document's title, the headline where the page shows none
    (f"{HEADLINE} - {SITE}", HEADLINE),
    (f"{HEADLINE} | {SITE}", HEADLINE),
    ("North-South talks - a first step", "North-South talks - a first step"),
    ("农民提前开始插秧-中新网", "农民提前开始插秧"),
    ("농민들 모내기를 앞당겨 시작 - 례시통신", "농민들 모내기를 앞당겨 시작"),
]


@pytest.mark.parametrize(("title", "headline"), ALONE)
def test_a_title_alone_loses_what_looks_like_the_sites_name(title: str, headline: str) -> None:
    """What begins with a small letter goes on."""
    assert find(title, "") == headline


@pytest.mark.parametrize("heading", ["<h2>{}</h2>", "<div class=title>{}</div>"])
def test_a_document_that_is_titled_by_the_site_has_its_first_heading(heading: str) -> None:
    """Many templates have one title for every page."""
    assert find(SITE, heading.format(HEADLINE)) == HEADLINE


def test_a_linked_line_is_the_headline_of_another_item() -> None:
    """Lists repeat what is long enough to be a headline."""
    linked = f"<h2><a href=/2>{SITE}</a></h2><div class=title>{HEADLINE}</div>"

    assert find(f"{SITE} - {HEADLINE}", linked) == HEADLINE


def test_readings_above_characters_are_no_part_of_a_headline() -> None:
    """Ruby annotations would double every word."""
    assert find("", "<h1><ruby>田植<rt>たう</rt></ruby>えが早く始まる</h1>") == "田植えが早く始まる"


def find(title: str, shown: str) -> str:
    """The headline of a page with this title that shows this above its text."""
    page = f"<html><head><title>{title}</title></head><body><ul><li><a href=/>Home</a></li></ul>{shown}"
    return extract(page_capture(f"{page}<div class=txt><p>{SENTENCES}</p></div></body></html>")).title
