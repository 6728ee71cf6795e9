"""Section pages give the links that their selectors find, in the order shown."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from caversham.collect.listings import parse_listing
from caversham.errors import FeedError
from caversham.types import Source
from tests.collect.captures import answer, link

PAGE = """\
<html><head><title>Coast</title></head><body>
<nav><a href="/about">About</a></nav>
<ul>
 <li class="item"><h3><a href="/1?id=1#top">Rice &amp; barley</a></h3> <span class="d">1 March 2026</span></li>
 <li class="item"><a href="2"><img src="a.png"></a><h3>New <b>bridge</b>\n opens</h3>
   <time class="d" datetime="2026-03-01"></time></li>
 <li class="item">no link</li>
 <li class="item"><a href="javascript:open(3)">three</a></li>
 <li class="item"><a href="/1?id=1">again</a></li>
 <li class="item"><a href="#here">this page</a></li>
 <li class="item"><a href="//cdn.example.org/4">Порт</a><a href="/more">more</a></li>
</ul></body></html>
"""
LISTING = Source(
    kind="listing",
    url="http://news.example.org/section/",
    selectors={"item": "li.item", "title": "h3", "date": ".d"},
)


def test_entries_are_read_in_order() -> None:
    """Absolute, each once, with the title and date shown; what leads nowhere is left out."""
    links = parse_listing(answer(PAGE, url=LISTING.url), LISTING)

    assert links == (
        link("http://news.example.org/1?id=1#top", "Rice & barley", "1 March 2026", source=LISTING),
        link("http://news.example.org/section/2", "New bridge opens", "2026-03-01", source=LISTING),
        link("http://cdn.example.org/4", "Порт", source=LISTING),
    )


def test_links_may_be_the_entries() -> None:
    """Without `item` every link that the selector finds is an entry of its own."""
    source = Source(kind="listing", url=LISTING.url, selectors={"link": "h3 a, nav a"})

    assert (
        link("http://news.example.org/about", "About", source=source),
        link("http://news.example.org/1?id=1#top", "Rice & barley", source=source),
    ) == parse_listing(answer(PAGE, url=LISTING.url), source)


def test_a_stated_base_counts() -> None:
    """Links are relative to <base>, as in browsers."""
    page = '<base href="/archive/"><li class="item"><a href="7">seven</a></li>'

    assert (link("http://news.example.org/archive/7", "seven", source=LISTING),) == parse_listing(
        answer(page, url=LISTING.url), LISTING
    )


def test_a_page_in_another_character_set_is_read() -> None:
    """The set that the page states."""
    page = '<meta charset="euc-kr"><li class="item"><a href="1">평양</a></li>'.encode("euc-kr")

    assert tuple(found.title_hint for found in parse_listing(answer(page, url=LISTING.url), LISTING)) == ("평양",)


@pytest.mark.parametrize("body", ["", "<p>We have moved.</p>", '<div><a href="/1">one</a></div>'])
def test_a_page_that_shows_nothing_is_a_loss(body: str) -> None:
    """A redesign must not look as if everything was taken down."""
    with pytest.raises(FeedError) as caught:
        parse_listing(answer(body, url=LISTING.url), LISTING)

    assert caught.value.reason == "no_links"


def test_a_selector_that_cannot_be_read_is_a_loss() -> None:
    """It names the source whose entry in the catalogue is wrong."""
    source = Source(kind="listing", url=LISTING.url, selectors={"item": "li[["})

    with pytest.raises(FeedError) as caught:
        parse_listing(answer(PAGE, url=LISTING.url), source)

    assert ("bad_selector", LISTING.url) == (caught.value.reason, caught.value.subject)


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000,
        "<div></x>" * 90_000,
        "<table><tr><td>" * 60_000,
        "<a>" * 300_000,
        "<a " + " ".join(f"a{number}=1" for number in range(50_000)) + ">",
        "<a " + "".join(f'a{number}="<>"' for number in range(50_000)) + ">",
        '<a x="' * 100_000,
        '<li class="item"><a href="1">' + "".join(f'<li class="item"><a href="{n}">x</a>' for n in range(6_000)),
    ],
)
def test_a_page_made_to_take_hours_is_refused(body: str) -> None:
    """Nesting, attributes, entries: each has its measure, taken in linear time."""
    with pytest.raises(FeedError) as caught:
        parse_listing(answer(body, url=LISTING.url), LISTING)

    assert caught.value.reason == "too_large"


@given(st.text(alphabet="<>/\"'= abdhilref#:?&;!-\0é", max_size=300))
def test_any_page_gives_links_or_a_loss(body: str) -> None:
    """No markup brings the parser down."""
    source = Source(kind="listing", url=LISTING.url, selectors={"link": "a"})
    with contextlib.suppress(FeedError):
        links = parse_listing(answer(f"{body}<a href=/x>{body}", url=LISTING.url), source)

        assert all(found.url.startswith(("http://", "https://")) for found in links)


def test_a_title_far_from_any_entry_belongs_to_none() -> None:
    """What stands outside of all entries is no entry's title."""
    page = '<h3>Latest</h3><span class="d">today</span><li class="item"><a href="/1">one</a></li>'

    assert parse_listing(answer(page, url=LISTING.url), LISTING) == (
        link("http://news.example.org/1", "one", source=LISTING),
    )
