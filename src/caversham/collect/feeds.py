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
from dataclasses import dataclass
from html import escape
from html.entities import html5
from pathlib import Path
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
OPML_LIMIT_BYTES = 10 * 1024 * 1024  # the largest public list of feeds known to us has 0.4 MB
TITLE_LIMIT = 1_000  # code points; a hint needs no more
DATE_LIMIT = 100  # code points; the longest known form has 40

# feedparser reads 30,000 tags a second, and looks at the attributes of an element once for each of them (measured:
# 2026-11-23, feedparser 6.0.14). Real feeds have a hundred tags an item and ten attributes an element.
TAG_LIMIT = 200_000
ATTRIBUTE_LIMIT = 1_000

# What feedparser and the libraries below it raise for markup that their authors did not think of.
PARSER_ERRORS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)

# Feeds that feedparser has no version for: CDF (https://www.w3.org/TR/NOTE-CDFsubmit.html) by its root, RSS 0.90
# (https://www.rssboard.org/rss-0-9-0) by its namespace, which was served at both of these hosts.
CDF_ROOT = "channel"
RSS_090 = frozenset(f"http://{host}.netscape.com/rdf/simple/0.9/" for host in ("my", "channel"))

NO_CHARACTER = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, section 2.2
# feedparser takes a `uri` that no feed format knows for the address, and leaves out the one in the element.
LINK_URI = re.compile(r"(<link\s[^<>]*?)\buri(?=\s*=)", re.IGNORECASE)
CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]0*+([0-9a-fA-F]++)|0*+([0-9]++))")
# A section in which nothing is a reference, or one, or an ampersand that begins none.
REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(#[0-9]{1,9};|#[xX][0-9a-fA-F]{1,9};|[A-Za-z][A-Za-z0-9]{1,40};|)", re.DOTALL
)
REFERENCE_LIMIT = (
    1_000_000  # our choice: twenty for each entry of the largest sitemap; a list made of them takes minutes
)
XML_NAMES = frozenset(("amp;", "lt;", "gt;", "quot;", "apos;"))  # XML 1.0, section 4.6

HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
ENTITY_DECLARATION = re.compile(r"<!ENTITY", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a feed says of one item."""

    url: str | None  # absolute; None: it names no address
    title: str  # plain text; "" if it has none
    printed: str  # date of publication as printed; "" if it has none


def parse_feed(capture: Capture, source: Source) -> tuple[Link, ...]:
    """Read the links of a feed in document order; items without one are left out.

    Raises FeedError (`bad_feed`, `entities`, `too_large`) for what is no feed, PayloadError for what cannot be
    unpacked.
    """
    return tuple(
        Link(
            url=item.url,
            outlet=capture.outlet,
            source=source.url,
            found_at=capture.captured_at,
            title_hint=item.title,
            published_hint=item.printed,
        )
        for item in parse_items(capture)
        if item.url is not None
    )


def parse_items(capture: Capture) -> tuple[Item, ...]:
    """Read all items of a feed in document order, those without an address too. Raises as `parse_feed`."""
    text = read_text(capture, limit=FEED_LIMIT_BYTES)
    items = _json_items(text, capture) if text.lstrip().startswith("{") else _xml_items(text, capture)
    return tuple(
        Item(url=url, title=squeeze(clean(title[:TITLE_LIMIT])), printed=squeeze(clean(printed[:DATE_LIMIT])))
        for url, title, printed in items
    )


def read_text(capture: Capture, *, limit: int) -> str:
    """Unpack and decode a source's answer, drop what is no character of XML, and refuse what declares entities.

    Raises FeedError, PayloadError.
    """
    body = unpack(capture.body, capture.headers, limit=limit, subject=capture.url)
    if body.startswith(b"\x1f\x8b"):  # a .gz file, served as one: RFC 1952
        body = unpack(body, [("Content-Encoding", "gzip")], limit=limit, subject=capture.url)
    text = NO_CHARACTER.sub("", decode(body, capture.headers).text)
    refuse_entities(text, subject=capture.url)
    return text


def refuse_entities(text: str, *, subject: str) -> None:
    """Refuse XML that declares entities: no feed needs them, bombs and thefts of files are made of them.

    Raises FeedError (`entities`).
    """
    if ENTITY_DECLARATION.search(text):
        raise FeedError(f"{subject!r} declares XML entities, which no feed needs", subject=subject, reason="entities")


def mend_references(text: str) -> str:
    """Bring references into what XML without a document type knows, so that a lenient parser drops nothing.

    Those of HTML become characters, and an ampersand that begins none stands for itself. A text of hardly anything
    else stays as it is.

    >>> mend_references("?a=1&b=2 &amp; &uuml; &LT;")
    '?a=1&amp;b=2 &amp; ü &lt;'
    """
    return REFERENCE.sub(_mended_reference, text) if text.count("&") <= REFERENCE_LIMIT else text


def _mended_reference(found: re.Match[str]) -> str:
    name = found[1]
    if name is None or name.startswith("#") or name in XML_NAMES:
        return found[0]
    return escape(html5[name]) if name in html5 else f"&amp;{name}"


# --- RSS, RDF, Atom, CDF ---------------------------------------------------------------------


def _xml_items(text: str, capture: Capture) -> Iterator[tuple[str | None, str, str]]:
    """Read url, title and printed date of each item."""
    _refuse_pages(text, capture.url)
    is_feed, attribute_count = _scan_elements(text)
    _refuse_costly(text.count("<"), attribute_count, capture.url)
    parsed = _parse_markup(_readable(text), capture.url)
    if not is_feed and not parsed.get("version") and not parsed.entries:
        raise FeedError(f"{capture.url!r} is no feed: no RSS, RDF, Atom, CDF or JSON Feed", subject=capture.url)
    is_atom = str(parsed.get("version")).startswith("atom")
    for entry in parsed.entries:
        link = _entry_link(entry, is_atom=is_atom)
        yield _entry_url(entry, link, capture.final_url), _entry_title(entry), _entry_date(entry, is_atom=is_atom)


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


def _readable(text: str) -> str:
    """Take out what feedparser fails on or misreads."""
    return LINK_URI.sub(r"\1stated-by", CHARACTER_REFERENCE.sub(_valid_reference, text))


def _valid_reference(found: re.Match[str]) -> str:
    """Keep a reference to a character; one to none, on which feedparser fails, becomes U+FFFD."""
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    is_character = len(digits) <= 7 and int(digits, base) <= sys.maxunicode
    return found[0] if is_character else "&#xFFFD"


def _refuse_pages(text: str, subject: str) -> None:
    """Refuse web pages, which feedparser would take for empty feeds. Raises FeedError."""
    if HTML_START.match(text):
        raise FeedError(f"{subject!r} is a web page, not a feed", subject=subject)


def _refuse_costly(tag_count: int, attribute_count: int, subject: str) -> None:
    """Refuse what would keep feedparser busy for minutes. Raises FeedError."""
    if tag_count > TAG_LIMIT or attribute_count > ATTRIBUTE_LIMIT:
        raise FeedError(
            f"{subject!r} has more than {TAG_LIMIT:,} tags, or {ATTRIBUTE_LIMIT:,} attributes in one",
            subject=subject,
            reason="too_large",
        )


def _scan_elements(text: str) -> tuple[bool, int]:
    """Tell whether the root is that of a feed unknown to feedparser, and count the attributes of the fullest element.

    Of the well-formed part; what is not well-formed is for feedparser to read.
    """
    roots, counts = [False], [0]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(counts) == 1:
            roots.append(name.lower() == CDF_ROOT or not RSS_090.isdisjoint(attributes.values()))
        counts.append(len(attributes))

    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler = start
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003
    return roots[-1], max(counts)


def _entry_link(entry: Any, *, is_atom: bool) -> str:
    """Give an item's link as stated; "" if it has none.

    Of Atom's links the first to the item itself counts, and none to what comes with it (RFC 4287, section 4.2.7.2).
    """
    links = [link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate" and is_atom]
    return str(next(filter(None, links), "") or entry.get("link") or "")


def _entry_url(entry: Any, link: str, base: str) -> str | None:
    """Find an item's address; None if it has none. A GUID stands in only where it is an address itself."""
    guid = str(entry.get("id") or "")
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
    """Strip tags and resolve references; scripts and styles are no text.

    >>> plain_text("Rice &amp; <b>barley</b><script>sow()</script>")
    'Rice & barley'
    """
    if "<" not in markup and "&" not in markup:
        return markup
    tree = LexborHTMLParser(markup)
    tree.strip_tags(["script", "style"])
    return tree.text()


# --- JSON Feed -------------------------------------------------------------------------------


def _json_items(text: str, capture: Capture) -> Iterator[tuple[str | None, str, str]]:
    """Read url, title and printed date of each item. Source: https://www.jsonfeed.org/version/1.1/."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{capture.url!r} is no feed: {error}", subject=capture.url) from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise FeedError(f"{capture.url!r} is JSON but no JSON Feed: it has no items", subject=capture.url)
    for item in feed["items"]:
        if isinstance(item, dict):
            yield _item_url(item, capture.final_url), _string(item, "title"), _string(item, "date_published")


def _item_url(item: dict[str, Any], base: str) -> str | None:
    stated = _string(item, "url") or _string(item, "external_url")
    return resolve(base, stated) if stated else resolve("", _string(item, "id"))


def _string(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


# --- OPML ------------------------------------------------------------------------------------


def read_opml(path: Path) -> tuple[tuple[str, Source], ...]:
    """Read an OPML file as `parse_opml` does. Raises FeedError, also where the file cannot be read."""
    try:
        with path.open("rb") as stream:
            body = stream.read(OPML_LIMIT_BYTES + 1)
    except OSError as error:
        raise FeedError(f"{str(path)!r}: {error.strerror}", subject=path.name, reason="unreadable") from error
    return parse_opml(body, subject=path.name)


def parse_opml(body: bytes, *, subject: str) -> tuple[tuple[str, Source], ...]:
    """Read the feeds of an OPML list, each with its title ("" if it has none), in order, each address once.

    Folders are opened, inclusions of other lists are not. Broken files give what can be read, and several lists in
    one file are one.

    Raises FeedError for what is no OPML, and for what is too large to be a list: it is never cut.

    Source: http://opml.org/spec2.opml, "Subscription lists".
    """
    if len(body) > OPML_LIMIT_BYTES:
        message = f"{subject!r} is larger than {OPML_LIMIT_BYTES:,} bytes, which no list is; divide it"
        raise FeedError(message, subject=subject, reason="too_large")
    text = NO_CHARACTER.sub("", decode(body, ()).text)
    refuse_entities(text, subject=subject)
    documents = _parse_tree(f"<all>{mend_references(text)}</all>")
    if documents is None or _root_name(documents) != "opml":
        raise FeedError(f"{subject!r} is no OPML list", subject=subject)
    feeds: dict[str, tuple[str, Source]] = {}
    for outline in documents.iter("{*}outline"):
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
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _root_name(documents: Any) -> str:
    """Name the root of the first document, in lower case and without prefix; "" if there is none."""
    root = next(documents.iterchildren("{*}*"), None)
    return "" if root is None else local_name(root.tag)


def local_name(name: str) -> str:
    """The name of an element or attribute without its namespace, or a prefix that was not declared, in lower case.

    >>> local_name("{http://www.sitemaps.org/schemas/sitemap/0.9}urlset"), local_name("news:Title")
    ('urlset', 'title')
    """
    return name.rpartition("}")[2].rpartition(":")[2].lower()


def _outline_feed(outline: Any) -> tuple[str, Source] | None:
    """Read one line of the list; None if it is a folder or another list."""
    stated = {local_name(name): value.strip() for name, value in outline.attrib.items()}
    url = resolve("", stated.get("xmlurl", ""))
    if url is None or stated.get("type", "").lower() in {"include", "source"}:
        return None
    language = stated.get("language", "").partition("-")[0].lower()
    title = squeeze(clean((stated.get("text") or stated.get("title") or "")[:TITLE_LIMIT]))
    return title, Source(kind="feed", url=url, language=language if language.isalpha() else None)
