"""What a sitemap points at: XML with the news extension, indexes of sitemaps, plain lists, feeds used as sitemaps.

Source of form and limits: https://www.sitemaps.org/protocol.html; of the news extension:
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap, both read 2026-11.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

from lxml import etree

from caversham.collect.feeds import DATE_LIMIT, TITLE_LIMIT, local_name, mend_references, parse_feed, read_text
from caversham.errors import FeedError
from caversham.text import clean, squeeze
from caversham.types import Capture, Link, Source
from caversham.urls import resolve

SITEMAP_LIMIT_BYTES = 50 * 1024 * 1024  # the protocol: 52,428,800 bytes, unpacked
ENTRY_LIMIT = 50_000  # the protocol, for sitemaps and indexes alike
ROOT_WITHIN = 100_000  # code points; comments and style sheets stand before it

FEED_ROOTS = frozenset({"rss", "feed", "rdf"})
SITEMAP_ROOTS = frozenset({"urlset", "sitemapindex"})

Parsed = tuple[tuple[Link, ...], tuple[str, ...]]


def parse_sitemap(capture: Capture, source: Source) -> Parsed:
    """Read the entries of a sitemap and the addresses of the sitemaps that an index names, both in order.

    `lastmod` is not a date of publication and is left out; only the news extension states one. Wrong namespaces
    are taken for the right one.

    Raises FeedError (`bad_feed`, `entities`, `too_large`), PayloadError.
    """
    text = read_text(capture, limit=SITEMAP_LIMIT_BYTES).lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return _parse_lines(text, capture, source), ()
    root = _root_name(text)
    if root in FEED_ROOTS:
        return parse_feed(capture, source), ()
    if root not in SITEMAP_ROOTS:
        raise FeedError(f"{capture.url!r} is no sitemap: its root is {root!r}", subject=capture.url)
    return _parse_tree(text, capture, source)


def _root_name(text: str) -> str:
    """Name the root element, in lower case and without prefix; "" if there is none."""
    root = next(_iter_elements(text[:ROOT_WITHIN], "start"), None)
    return "" if root is None else local_name(root.tag)


def _iter_elements(text: str, event: str) -> Iterator[Any]:
    """Stream elements: without network, entities or unbounded depth, and as far as the text can be read."""
    events = etree.iterparse(
        io.BytesIO(mend_references(text).encode("utf-8", "replace")),
        events=(event,),
        tag="{*}*",
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    with contextlib.suppress(etree.XMLSyntaxError):  # what came before the damage was given already
        for _, element in events:
            yield element


def _parse_tree(text: str, capture: Capture, source: Source) -> Parsed:
    """Read entries as they end and drop them at once, so that memory does not grow with the file."""
    links: list[Link] = []
    children: list[str] = []
    for element in _iter_elements(text, "end"):
        name = local_name(element.tag)
        if name == "url":
            links.extend(_entry_link(element, capture, source))
        elif name == "sitemap":
            children.extend(_address(element, capture))
        if name in {"url", "sitemap"}:
            _drop(element)
        _check_count(max(len(links), len(children)), capture)
    if not links and not children and "loc>" in text:
        raise FeedError(f"{capture.url!r} is no sitemap that can be read: no entry has an address", subject=capture.url)
    return tuple(links), tuple(children)


def _drop(element: Any) -> None:
    """Forget an element that was read and all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _check_count(count: int, capture: Capture) -> None:
    if count > ENTRY_LIMIT:
        raise FeedError(
            f"{capture.url!r} has more than {ENTRY_LIMIT:,} entries, which the protocol forbids",
            subject=capture.url,
            reason="too_large",
        )


def _entry_link(element: Any, capture: Capture, source: Source) -> Iterator[Link]:
    """Make a link of a `url` element; none if it names no address."""
    for url in _address(element, capture):
        news = _child(element, "news")
        yield Link(
            url=url,
            outlet=capture.outlet,
            source=source.url,
            found_at=capture.captured_at,
            title_hint=_child_text(news, "title")[:TITLE_LIMIT],
            published_hint=_child_text(news, "publication_date")[:DATE_LIMIT],
        )


def _address(element: Any, capture: Capture) -> Iterator[str]:
    """Find the address of an entry, which some sites write without its `loc`."""
    stated = _child_text(element, "loc") or squeeze(clean(element.text or ""))
    url = resolve(capture.final_url, stated) if stated else None
    if url is not None:
        yield url


def _child(element: Any, name: str) -> Any:
    """Find the first child of this local name; None if there is none."""
    return next((child for child in element.iterchildren("{*}*") if local_name(child.tag) == name), None)


def _child_text(element: Any, name: str) -> str:
    child = _child(element, name) if element is not None else None
    return squeeze(clean("".join(child.itertext()))) if child is not None else ""


def _parse_lines(text: str, capture: Capture, source: Source) -> tuple[Link, ...]:
    """Read a plain list: one absolute address a line. Raises FeedError where no line is one."""
    stated = [line.strip() for line in text.splitlines() if line.strip()]
    _check_count(len(stated), capture)
    urls = [url for line in stated if (url := resolve("", line)) is not None]
    if stated and not urls:
        raise FeedError(f"{capture.url!r} is no sitemap: no line of it is an address", subject=capture.url)
    return tuple(Link(url=url, outlet=capture.outlet, source=source.url, found_at=capture.captured_at) for url in urls)
