"""The headline: of what a page tells machines, the part that it shows readers as a heading."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from caversham.extract.blocks import iter_lines
from caversham.extract.furniture import link_texts
from caversham.extract.metadata import Metadata
from caversham.text import squeeze
from caversham.types import Outlet

TITLE_LIMIT = 1_000  # code points; a longer "title" is the page

# "Title | Site", "Title - Site", "题目_频道_网站", "题目-新华网": the last part may be the site's.
_SEPARATOR = re.compile(r"\s*[|_]\s*|\s+[-–—:·»«•]+\s+|\s*[-–—](?=[^\W\da-zA-Z])")
# Wherever a title could be cut, if one of the pieces stands on the page.
_JOINT = re.compile(r"\s*(?:\||_|::|--+|[»›>•·])\s*|\s+[-–—~/:]\s+|\s*[-–—]")
_COLON = re.compile(r":\s+")  # in a headline too: tried where only the document has a title
_JOINTS = 12  # of a title that are looked at
# "...net", "...daily", "...news agency", "...television" in Chinese, Japanese and Korean.
_SITE_NAME = re.compile(
    "[^\\W\\d_]{1,8}(?:网|網|报|報|社|台|频道|頻道|新闻|新聞|在线|日报|ニュース|뉴스|통신|신문|일보|방송)"
)
_DASH = re.compile(r"\s+[-–—]\s+")
_SITE_WORDS = 5  # a longer last part is no name of a site

# What a reader sees, without readings above characters.
_STRINGS = XPath(".//text()[not(parent::script or parent::style or parent::rt or parent::rp)]")
_OUTSIDE = "ancestor::nav or ancestor::aside or ancestor::footer or ancestor-or-self::a"
_HEADINGS = XPath(f".//*[self::h1 or self::h2 or self::h3 or self::h4][not({_OUTSIDE})]")
_NAMED = XPath(
    f".//*[contains(@class, 'itle') or contains(@id, 'itle') or contains(@class, 'eadline')][not(*/*)][not({_OUTSIDE})]"
)
_HOME = re.compile(r"(?:(?:https?:)?//[^/]+)?/?(?:(?:index|default|home)\.[a-z]{2,5})?#?", re.IGNORECASE)
_HEADINGS_READ = 40
_LINES_READ = 2_000
_HEADLINE_LENGTH, _HEADLINE_WORDS = 12, 3  # the least of a heading that no title confirms


def find_title(tree: HtmlElement, metadata: Metadata, outlet: Outlet) -> str:
    """Find the headline: the heading that the page's own titles repeat, else these, without the site's name."""
    site = {outlet.name, *outlet.names.values(), *outlet.agency_credits, metadata.first("og:site_name")} - {""}
    told = [without_site(title, site) for title in told_titles(tree, metadata)]
    headings = _first_headings(tree, site)
    for heading in headings:
        if any(_are_alike(heading, title) for title in told):
            return without_site(heading, site, is_sure=True)
    is_told = bool(metadata.of_article("headline") or metadata.first("og:title"))
    if len(headings) == 1 and not is_told:
        return headings[0]
    joints = (_JOINT,) if is_told else (_JOINT, _COLON)
    shown = _shown_part(tree, {piece for title in told for piece in _pieces(title, joints)} - site)
    if not shown and not is_told:
        shown = _first_headline(tree, site) or without_name(told[0] if told else "")
    return next(filter(None, [shown, *told, *headings]), "")[:TITLE_LIMIT]


def _first_headings(tree: HtmlElement, site: Collection[str]) -> list[str]:
    """Give the texts of the headings of the first rank, without the site's name and emblem."""
    texts = (_text(heading) for heading in tree.iter("h1") if not _is_emblem(heading))
    return [text for text in texts if 0 < len(text) <= TITLE_LIMIT and text not in site]


def _is_emblem(heading: HtmlElement) -> bool:
    """Tell whether a heading is a link to the front page."""
    links = list(islice(heading.iter("a"), 2))
    return len(links) == 1 and bool(_HOME.fullmatch(links[0].get("href") or "x")) and _text(links[0]) == _text(heading)


def _shown_part(tree: HtmlElement, told: Collection[str]) -> str:
    """Find the longest piece of a told title that is a heading, an element named for titles, or a line of its own."""
    pieces = set(map(_folded, told))
    groups = (
        map(_text, islice(_HEADINGS(tree), _HEADINGS_READ)),
        map(_text, islice(_NAMED(tree), _HEADINGS_READ)),
        islice(iter_lines(tree), _LINES_READ),
    )
    links = link_texts(tree) if pieces else frozenset()
    for texts in groups if pieces else ():
        best = max((text for text in texts if _folded(text) in pieces and text not in links), key=len, default="")
        if best:
            return best
    return ""


def _pieces(title: str, joints: Iterable[re.Pattern[str]]) -> Iterator[str]:
    """Give a title, and what stands before and after each place where it could be cut."""
    yield title
    for joint in islice(chain.from_iterable(pattern.finditer(title) for pattern in joints), _JOINTS):
        yield title[: joint.start()].strip()
        yield title[joint.end() :].strip()


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _first_headline(tree: HtmlElement, site: Collection[str]) -> str:
    """Give the first heading that is long enough for a headline, "" for none."""
    texts = map(_text, islice(chain(_HEADINGS(tree), _NAMED(tree)), _HEADINGS_READ))
    return next((text for text in texts if text not in site and _is_headline(text)), "")


def _is_headline(text: str) -> bool:
    is_long = len(text.split()) >= _HEADLINE_WORDS and len(text) >= _HEADLINE_LENGTH
    return (is_long or (not text.isascii() and len(text) >= _HEADLINE_LENGTH)) and len(text) <= TITLE_LIMIT


def told_titles(tree: HtmlElement, metadata: Metadata) -> list[str]:
    """Give the titles that the page tells machines, best first, with the site's name where it stands in them."""
    documents = [squeeze(element.text or "") for element in tree.iter("title")][:1]
    told = [metadata.of_article("headline"), metadata.first("og:title", "twitter:title"), *documents]
    return [title for title in told if title]


def _are_alike(heading: str, title: str) -> bool:
    """Tell whether one is a part of the other, and more than half of it."""
    short, long = sorted((heading, title), key=len)
    return short in long and 2 * len(short) > len(long)


def title_parts(title: str) -> list[str]:
    """Give what stands between the separators of a title.

    >>> title_parts("Rice planting begins | News | Example")
    ['Rice planting begins', 'News', 'Example']
    """
    return _SEPARATOR.split(title)


def without_site(title: str, names: Iterable[str], *, is_sure: bool = False) -> str:
    """Take the site's name off either end of a title, and the sections between them.

    A last part that is not known as the site's name is taken for it where a bar or underline stands before it, or
    where it ends like one. `is_sure`: a bar alone is no reason.

    >>> without_site("Rice planting begins - News - Example", ["Example"])
    'Rice planting begins'
    """
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts or not title[: cuts[0].start()].strip():
        return title
    known = {name.casefold() for name in names}
    if title[: cuts[0].start()].casefold() in known:
        return title[cuts[0].end() :].strip()
    last = title[cuts[-1].end() :].casefold()
    has_bar = cuts[-1][0].strip() in {"|", "_"} and not is_sure
    is_set_off = has_bar or _SITE_NAME.fullmatch(last) is not None
    if last in known or (is_set_off and cuts[-1].start() >= len(last)):
        return _before_sections(title, cuts)
    return title


def _before_sections(title: str, cuts: list[re.Match[str]]) -> str:
    """Cut off what the same separator sets off at the end, as long as the longer part stays: "题目_频道_网站"."""
    cut = cuts[-1]
    for earlier in reversed(cuts[:-1]):
        section = title[earlier.end() : cut.start()]
        if earlier[0].strip() != cut[0].strip() or earlier.start() <= len(section):
            break
        cut = earlier
    return title[: cut.start()].strip()


def without_name(title: str) -> str:
    """Take off a last part after a dash that looks like a name: short, and not beginning with a small letter.

    >>> without_name("Rice planting begins - Example Times"), without_name("North-South talks - a first step")
    ('Rice planting begins', 'North-South talks - a first step')
    """
    cuts = list(_DASH.finditer(title))
    if not cuts:
        return title
    name = title[cuts[-1].end() :]
    is_name = not name[:1].islower() and len(name.split()) <= _SITE_WORDS and len(name) < cuts[-1].start()
    return title[: cuts[-1].start()] if is_name else title


def _text(element: HtmlElement) -> str:
    return squeeze("".join(_STRINGS(element)))
