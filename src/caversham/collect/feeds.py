"""What a feed points at: RSS, RDF, Atom, CDF and JSON Feed; and the feeds that an OPML list names.

Feeds are foreign text. They are decoded once by `payload`, entity declarations are refused before any parser
sees them, and feedparser gets a stream, never a string, which it would take for an address or a file name.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

import feedparser
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from caversham.errors import FeedError
from caversham.payload import decode, unpack
from caversham.text import clean, squeeze
from caversham.types import Capture, Link, Source
from caversham.urls import resolve

# Our choice: the largest feeds seen hold full texts of a thousand items in 5 MB; feedparser reads 1 MB a second.
FEED_LIMIT_BYTES = 10 * 1024 * 1024
TITLE_LIMIT = 1_000  # code points; a hint needs no more
DATE_LIMIT = 100  # code points; the longest known form has 40

# feedparser reads 30,000 tags a second, and looks at the attributes of an element once for each of them (measured:
# 2026-11-23, feedparser 6.0.14). Real feeds have a hundred tags an item and ten attributes an element.
TAG_LIMIT = 200_000
ATTRIBUTE_LIMIT = 1_000

# What feedparser and the libraries below it raise for markup that their authors did not think of.
PARSER_ERRORS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)

CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]0*+([0-9a-fA-F]++)|0*+([0-9]++))")
HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
ENTITY_DECLARATION = re.compile(r"<!ENTITY", re.IGNORECASE)


def parse_feed(capture: Capture, source: Source) -> tuple[Link, ...]:
    """Read the links of a feed in document order; items without one are left out.

    Raises FeedError (`bad_feed`, `entities`, `too_large`) for what is no feed, PayloadError for what cannot be
    unpacked.
    """
    text = read_text(capture, limit=FEED_LIMIT_BYTES)
    items = _json_items(text, capture) if text.lstrip().startswith("{") else _xml_items(text, capture)
    return tuple(
        Link(
            url=url,
            outlet=capture.outlet,
            source=source.url,
            found_at=capture.captured_at,
            title_hint=squeeze(clean(title[:TITLE_LIMIT])),
            published_hint=squeeze(clean(printed[:DATE_LIMIT])),
        )
        for url, title, printed in items
    )


def read_text(capture: Capture, *, limit: int) -> str:
    """Unpack and decode a source's answer, and refuse what declares entities.

    Raises FeedError, PayloadError.
    """
    body = unpack(capture.body, capture.headers, limit=limit, subject=capture.url)
    if body.startswith(b"\x1f\x8b"):  # a .gz file, served as one: RFC 1952
        body = unpack(body, [("Content-Encoding", "gzip")], limit=limit, subject=capture.url)
    text = decode(body, capture.headers).text
    refuse_entities(text, subject=capture.url)
    return text


def refuse_entities(text: str, *, subject: str) -> None:
    """Refuse XML that declares entities: no feed needs them, bombs and thefts of files are made of them.

    Raises FeedError (`entities`).
    """
    if ENTITY_DECLARATION.search(text):
        raise FeedError(f"{subject!r} declares XML entities, which no feed needs", subject=subject, reason="entities")


# --- RSS, RDF, Atom, CDF ---------------------------------------------------------------------


def _xml_items(text: str, capture: Capture) -> Iterator[tuple[str, str, str]]:
    """Read url, title and printed date of each item with a link."""
    _refuse_costly(text, capture.url)
    parsed = _parse_markup(CHARACTER_REFERENCE.sub(_valid_reference, text), capture.url)
    if not parsed.get("version") and not parsed.entries:
        raise FeedError(f"{capture.url!r} is no feed: no RSS, RDF, Atom, CDF or JSON Feed", subject=capture.url)
    is_atom = str(parsed.get("version")).startswith("atom")
    for entry in parsed.entries:
        url = _entry_url(entry, capture.final_url)
        if url is not None:
            yield url, _entry_title(entry), _entry_date(entry, is_atom=is_atom)


def _parse_markup(text: str, subject: str) -> Any:
    """Let feedparser read; raises FeedError where it fails."""
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except PARSER_ERRORS as error:
        raise FeedError(f"{subject!r} is no feed that can be read: {error}", subject=subject) from error


def _valid_reference(found: re.Match[str]) -> str:
    """Keep a reference to a character; one to none, on which feedparser fails, becomes U+FFFD."""
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    is_character = len(digits) <= 7 and int(digits, base) <= sys.maxunicode
    return found[0] if is_character else "&#xFFFD"


def _refuse_costly(text: str, subject: str) -> None:
    """Refuse web pages and what would keep feedparser busy for minutes. Raises FeedError."""
    if HTML_START.match(text):
        raise FeedError(f"{subject!r} is a web page, not a feed", subject=subject)
    if text.count("<") > TAG_LIMIT or _has_absurd_element(text):
        raise FeedError(
            f"{subject!r} has more than {TAG_LIMIT:,} tags, or {ATTRIBUTE_LIMIT:,} attributes in one",
            subject=subject,
            reason="too_large",
        )


def _has_absurd_element(text: str) -> bool:
    """Tell whether an element of the well-formed part has too many attributes."""
    counts = [0]
    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler = lambda _, attributes: counts.append(len(attributes))
    with contextlib.suppress(expat.ExpatError):  # what is not well-formed is for feedparser to read
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003
    return max(counts) > ATTRIBUTE_LIMIT


def _entry_url(entry: Any, base: str) -> str | None:
    """Find an item's address; None if it has none. A GUID stands in only where it is an address itself."""
    link, guid = str(entry.get("link") or ""), str(entry.get("id") or "")
    is_from_guid = not link or bool(entry.get("guidislink"))
    if is_from_guid and not guid.startswith("/"):
        return resolve("", guid)
    return resolve(base, link)


def _entry_title(entry: Any) -> str:
    """Give an item's title as plain text, whatever markup it came in."""
    title = str(entry.get("title") or "")
    if (entry.get("title_detail") or {}).get("type") == "text/plain":
        return title
    return plain_text(title[: 10 * TITLE_LIMIT])


def _entry_date(entry: Any, *, is_atom: bool) -> str:
    """Give the printed date of publication; "" if there is none.

    feedparser files Dublin Core's date under `updated`; Atom's own `updated` says nothing of publication.
    """
    if "published" in entry:
        return str(entry["published"])
    return str(entry["updated"]) if "updated" in entry and not is_atom else ""


def plain_text(markup: str) -> str:
    """Strip tags and resolve references.

    >>> plain_text("Rice &amp; <b>barley</b>")
    'Rice & barley'
    """
    if "<" not in markup and "&" not in markup:
        return markup
    return LexborHTMLParser(markup).text() if markup.strip() else ""


# --- JSON Feed -------------------------------------------------------------------------------


def _json_items(text: str, capture: Capture) -> Iterator[tuple[str, str, str]]:
    """Read url, title and printed date of each item with a link. Source: https://www.jsonfeed.org/version/1.1/."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{capture.url!r} is no feed: {error}", subject=capture.url) from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise FeedError(f"{capture.url!r} is JSON but no JSON Feed: it has no items", subject=capture.url)
    for item in feed["items"]:
        url = _item_url(item, capture.final_url) if isinstance(item, dict) else None
        if url is not None:
            yield url, _string(item, "title"), _string(item, "date_published")


def _item_url(item: dict[str, Any], base: str) -> str | None:
    stated = _string(item, "url") or _string(item, "external_url")
    return resolve(base, stated) if stated else resolve("", _string(item, "id"))


def _string(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


# --- OPML ------------------------------------------------------------------------------------


def parse_opml(body: bytes, *, subject: str) -> tuple[tuple[str, Source], ...]:
    """Read the feeds of an OPML list, each with its title ("" if it has none), in order, each address once.

    Folders are opened, inclusions of other lists are not. Broken files give what can be read.

    Raises FeedError for what is no OPML.

    Source: http://opml.org/spec2.opml, "Subscription lists".
    """
    if len(body) > FEED_LIMIT_BYTES:
        raise FeedError(f"{subject!r} is larger than {FEED_LIMIT_BYTES} bytes", subject=subject, reason="too_large")
    text = decode(body, ()).text
    refuse_entities(text, subject=subject)
    root = _parse_tree(text)
    if root is None or not isinstance(root.tag, str) or etree.QName(root).localname.lower() != "opml":
        raise FeedError(f"{subject!r} is no OPML list", subject=subject)
    feeds: dict[str, tuple[str, Source]] = {}
    for outline in root.iter("{*}outline"):
        feed = _outline_feed(outline)
        if feed is not None:
            feeds.setdefault(feed[1].url, feed)
    return tuple(feeds.values())


def _parse_tree(text: str) -> Any:
    """Parse XML leniently, without network, entities or unbounded depth; None if there is no element."""
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(text.strip().encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _outline_feed(outline: Any) -> tuple[str, Source] | None:
    """Read one line of the list; None if it is a folder or another list."""
    stated = {etree.QName(name).localname.lower(): value.strip() for name, value in outline.attrib.items()}
    url = resolve("", stated.get("xmlurl", ""))
    if url is None or stated.get("type", "").lower() in {"include", "source"}:
        return None
    language = stated.get("language", "").partition("-")[0].lower()
    title = squeeze(clean((stated.get("text") or stated.get("title") or "")[:TITLE_LIMIT]))
    return title, Source(kind="feed", url=url, language=language if language.isalpha() else None)
