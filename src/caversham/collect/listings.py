"""What a section page or front page shows, found by the selectors that the catalogue gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from caversham.collect.markup import refuse_costly
from caversham.errors import FeedError
from caversham.payload import decode, unpack
from caversham.text import clean, squeeze
from caversham.types import Capture, Link, Source
from caversham.urls import resolve

PAGE_LIMIT_BYTES = 10 * 1024 * 1024  # our choice; the largest front pages have 3 MB
ENTRY_LIMIT = 5_000  # our choice; section pages show some hundred
CLIMB_LIMIT = 64  # levels between a link and its entry; real pages have one to ten
TITLE_LIMIT = 1_000  # code points; a hint needs no more
DATE_LIMIT = 100  # code points


def parse_listing(capture: Capture, source: Source) -> tuple[Link, ...]:
    """Read the links of a section page in the order shown, each address once.

    Selectors of the source: `item` finds the entries (absent: every link is one), and within each entry `link`
    (absent: its first link), `title` (absent: the link's text) and `date` (absent: none).

    Raises FeedError: `no_links` where nothing is found, which is a page that changed rather than one without news;
    `too_large`, `bad_selector`. Raises PayloadError.
    """
    body = unpack(capture.body, capture.headers, limit=PAGE_LIMIT_BYTES, subject=capture.url)
    text = decode(body, capture.headers).text
    refuse_costly(text, subject=capture.url)
    links = tuple(_iter_links(_Page(text, source), capture, source))
    if not links:
        raise FeedError(
            f"{capture.url!r} shows no link where its selectors look: {dict(source.selectors)!r}",
            subject=capture.url,
            reason="no_links",
        )
    return links


def _iter_links(page: _Page, capture: Capture, source: Source) -> Iterator[Link]:
    base = resolve(capture.final_url, page.base()) or capture.final_url
    seen = {capture.final_url.partition("#")[0]}
    anchors, titles, dates = page.entries()
    for entry, anchor in anchors.items():
        url = resolve(base, (anchor.attributes.get("href") or "").strip())
        if url is None or url.partition("#")[0] in seen:
            continue
        seen.add(url.partition("#")[0])
        _check_count(len(seen), capture)
        yield Link(
            url=url,
            outlet=capture.outlet,
            source=source.url,
            found_at=capture.captured_at,
            title_hint=(_text(titles.get(entry)) or _text(anchor))[:TITLE_LIMIT],
            published_hint=_date(dates.get(entry))[:DATE_LIMIT],
        )


class _Page:
    """A page and the selectors to read it with.

    Each selector runs once over the page, and what it finds belongs to the nearest entry around it: looking
    into each entry anew would take quadratic time on nested ones.
    """

    def __init__(self, text: str, source: Source) -> None:
        self._tree = LexborHTMLParser(text)
        self._source = source

    def base(self) -> str:
        """Find what the page says its links are relative to; "" if it says nothing."""
        found = self._tree.css_first("base[href]")
        return (found.attributes.get("href") or "") if found is not None else ""

    def entries(self) -> tuple[Mapping[int, LexborNode], Mapping[int, LexborNode], Mapping[int, LexborNode]]:
        """Find the first link, title and date of each entry, by entry; links in order."""
        link = self._source.selectors.get("link") or "a[href]"
        entries = {node.mem_id for node in self._find(self._source.selectors.get("item") or link)}
        title, date = self._source.selectors.get("title", ""), self._source.selectors.get("date", "")
        return self._first(link, entries), self._first(title, entries), self._first(date, entries)

    def _first(self, selector: str, entries: set[int]) -> dict[int, LexborNode]:
        first: dict[int, LexborNode] = {}
        for node in self._find(selector):
            entry = _entry_of(node, entries)
            if entry is not None:
                first.setdefault(entry, node)
        return first

    def _find(self, selector: str) -> list[LexborNode]:
        """Find all nodes of a selector, none for the empty one. Raises FeedError (`bad_selector`)."""
        try:
            return self._tree.css(selector) if selector else []
        except SelectolaxError as error:
            raise FeedError(
                f"the selector {selector!r} of {self._source.url!r} cannot be read: {error}",
                subject=self._source.url,
                reason="bad_selector",
            ) from error


def _entry_of(node: LexborNode, entries: set[int]) -> int | None:
    """Find the nearest entry that a node is or lies in; None if there is none near."""
    around: LexborNode | None = node
    for _ in range(CLIMB_LIMIT):
        if around is None or around.mem_id in entries:
            break
        around = around.parent
    return around.mem_id if around is not None and around.mem_id in entries else None


def _date(node: LexborNode | None) -> str:
    """Give a date as printed, else as its `datetime` says; "" if there is none."""
    if node is None:
        return ""
    return _text(node) or squeeze(clean(node.attributes.get("datetime") or ""))


def _text(node: LexborNode | None) -> str:
    return squeeze(clean(node.text(separator=" "))) if node is not None else ""


def _check_count(count: int, capture: Capture) -> None:
    if count > ENTRY_LIMIT:
        raise FeedError(
            f"{capture.url!r} shows more than {ENTRY_LIMIT:,} entries", subject=capture.url, reason="too_large"
        )
