"""What a section page or front page shows, found by the selectors that the catalogue gives."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from caversham.errors import FeedError
from caversham.payload import decode, unpack
from caversham.text import clean, squeeze
from caversham.types import Capture, Link, Source
from caversham.urls import resolve

PAGE_LIMIT_BYTES = 10 * 1024 * 1024  # our choice; the largest front pages have 3 MB
TITLE_LIMIT = 1_000  # code points; a hint needs no more
DATE_LIMIT = 100  # code points


def parse_listing(capture: Capture, source: Source) -> tuple[Link, ...]:
    """Read the links of a section page in the order shown, each address once.

    Selectors of the source: `item` finds the entries (absent: every link is one), and within each entry `link`
    (absent: its first link), `title` (absent: the link's text) and `date` (absent: none).

    Raises FeedError: `no_links` where nothing is found, which is a page that changed rather than one without news;
    `bad_selector`. Raises PayloadError.
    """
    body = unpack(capture.body, capture.headers, limit=PAGE_LIMIT_BYTES, subject=capture.url)
    page = LexborHTMLParser(decode(body, capture.headers).text)
    try:
        links = tuple(_iter_links(page, capture, source))
    except (SelectolaxError, ValueError) as error:
        raise FeedError(
            f"the selectors of {source.url!r} cannot be read: {dict(source.selectors)!r}: {error}",
            subject=source.url,
            reason="bad_selector",
        ) from error
    if not links:
        raise FeedError(
            f"{capture.url!r} shows no link where its selectors look: {dict(source.selectors)!r}",
            subject=capture.url,
            reason="no_links",
        )
    return links


def _iter_links(page: LexborHTMLParser, capture: Capture, source: Source) -> Iterator[Link]:
    base = _base_address(page, capture.final_url)
    seen = {capture.final_url.partition("#")[0]}
    for item in page.css(source.selectors.get("item") or source.selectors.get("link") or "a[href]"):
        anchor = _anchor(item, source)
        url = resolve(base, (anchor.attributes.get("href") or "").strip()) if anchor is not None else None
        if anchor is None or url is None or url.partition("#")[0] in seen:
            continue
        seen.add(url.partition("#")[0])
        yield Link(
            url=url,
            outlet=capture.outlet,
            source=source.url,
            found_at=capture.captured_at,
            title_hint=_text_of(item, source.selectors.get("title"))[:TITLE_LIMIT] or _text(anchor)[:TITLE_LIMIT],
            published_hint=_text_of(item, source.selectors.get("date"))[:DATE_LIMIT],
        )


def _base_address(page: LexborHTMLParser, url: str) -> str:
    """Find what links are relative to: the page, unless it says otherwise."""
    base = page.css_first("base[href]")
    stated = (base.attributes.get("href") or "") if base is not None else ""
    return resolve(url, stated) or url


def _anchor(item: LexborNode, source: Source) -> LexborNode | None:
    """Find the link of an entry, which may be the entry itself; None if there is none."""
    selector = source.selectors.get("link") or "a[href]"
    return item if item.css_matches(selector) and item.attributes.get("href") else item.css_first(selector)


def _text_of(item: LexborNode, selector: str | None) -> str:
    """Give the text that a selector finds in an entry, else its `datetime`; "" if nothing is found."""
    found = item.css_first(selector) if selector else None
    if found is None:
        return ""
    return _text(found) or squeeze(clean(found.attributes.get("datetime") or ""))


def _text(node: LexborNode) -> str:
    return squeeze(clean(node.text(separator=" ")))
