"""HTML as a tree, within bounds of size, depth and crowding."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from caversham.errors import ExtractError

MAX_PAGE_BYTES = 50 * 2**20  # unpacked; as for what is fetched

# What libxml2 2.14, trafilatura 2.3 and htmldate 1.11 take more than linear time or much memory for, measured on
# generated pages, 2026-11-23. The largest of 194 real pages have 1.5 MB and 8,100 tags.
MAX_MARKUP_BYTES = 8 * 2**20  # without embedded pictures: 3 s and 300 MB
MAX_TAGS = 100_000  # 4 s
CROWD = 5_000  # inline elements side by side: 0.8 s; 20,000 take 27 s
MAX_ATTRIBUTES = 2_000  # of one element; 40,000 take 38 s

# Text times the number of elements around it: trafilatura reads the text of each box anew. 2.5 * 10**9 take 40 s.
MAX_NESTED_TEXT = 2 * 10**8
_NESTED_BYTES = 2**19  # a smaller page within the bound of depth takes no longer than the largest

_INLINE_NAMES = "a abbr acronym b bdi bdo big cite del em font i ins mark q s small span strong sub sup u"
_INLINE = frozenset(_INLINE_NAMES.split())

_UNREAD = frozenset(("script", "style"))

_EMBEDDED = re.compile(rb"data:[a-zA-Z0-9/+.-]{1,60};base64,[A-Za-z0-9+/=%\s]{1000,}")  # RFC 2397
_ATTRIBUTE = rb"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+"""
_LADEN_TAG = re.compile(rb"<[a-zA-Z][^\s/>]*+(?:%s){%d}" % (_ATTRIBUTE, MAX_ATTRIBUTES))
_LADEN_BYTES = 2**16  # a smaller page holds too few attributes to matter
_SCRIPT = re.compile(rb"<script\b.*?(?:</script|\Z)", re.DOTALL | re.IGNORECASE)

# XML 1.0, section 2.2, forbids these characters, and lxml refuses them when text is written to a tree.
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_CONTROL_REFERENCE = re.compile(rb"&#0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9]);?")
_CONTROL_HEX_REFERENCE = re.compile(rb"&#[xX]0*(?:[1-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF])(?![0-9a-fA-F]);?")
_REPLACED = ("\0", "\ufffe", "\uffff")
_REPLACEMENT = "\ufffd".encode()

_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)


def parse_tree(text: str, *, subject: str) -> HtmlElement:
    """Parse a page into a tree without comments and what browsers do not show; scripts stay, since some hold data.

    NUL and what else XML cannot hold become U+FFFD or are dropped.

    Raises:
        ExtractError: `too_large`, `too_deep`, or `no_article` where there is no markup at all.
    """
    raw = _printable(text)
    tag_count = raw.count(b"<")
    _check_size(raw, tag_count, subject)
    # A parser of its own for each page: its error log tells whether the page was cut off.
    parser = make_parser()
    try:
        tree: HtmlElement = document_fromstring(raw, parser=parser)
    except (etree.LxmlError, AssertionError) as error:  # lxml asserts that a document has a root
        raise ExtractError(f"{subject}: there is no HTML in this page", subject=subject) from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        message = f"{subject}: elements are nested deeper than libxml2 reads (2,048)"
        raise ExtractError(message, subject=subject, reason="too_deep")
    if tag_count > CROWD and _is_crowded(tree):
        raise _too_large(subject, f"more than {CROWD:,} elements stand in one line")
    etree.strip_elements(tree, "template", "noscript", with_tail=False)
    if len(raw) > _NESTED_BYTES and _nested_text(tree) > MAX_NESTED_TEXT:
        message = f"{subject}: too much text is nested too deep to look for an article"
        raise ExtractError(message, subject=subject, reason="too_deep")
    return tree


def make_parser() -> HTMLParser:
    """Make a parser for UTF-8 whose depth is bounded at 2,048 and whose elements are of one class.

    lxml.html asks a Python function for the class of each element, which costs a tenth of an extraction.
    """
    parser = HTMLParser(
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
        huge_tree=True,
    )
    parser.set_element_class_lookup(_ONE_CLASS)
    return parser


def _printable(text: str) -> bytes:
    for character in _REPLACED:
        text = text.replace(character, "\ufffd") if character in text else text
    raw = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    if b"&#" in raw:
        raw = _CONTROL_REFERENCE.sub(_REPLACEMENT, raw)
        raw = _CONTROL_HEX_REFERENCE.sub(_REPLACEMENT, raw)
    return _EMBEDDED.sub(b"data:,", raw) if len(raw) > MAX_MARKUP_BYTES else raw


def _check_size(raw: bytes, tag_count: int, subject: str) -> None:
    if len(raw) > MAX_MARKUP_BYTES:
        raise _too_large(subject, f"{len(raw):,} bytes of markup")
    if tag_count > MAX_TAGS:
        raise _too_large(subject, f"{tag_count:,} tags")
    # Scripts are full of what looks like a tag that never ends.
    if len(raw) > _LADEN_BYTES and _LADEN_TAG.search(raw) and _LADEN_TAG.search(_SCRIPT.sub(b"", raw)):
        raise _too_large(subject, f"an element with more than {MAX_ATTRIBUTES:,} attributes")


def _nested_text(tree: HtmlElement) -> int:
    """Add up the lengths of all texts, each as often as elements stand around it."""
    total, depth = 0, 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            depth += 1
            total += depth * len(element.text or "") if element.tag not in _UNREAD else 0
        else:
            depth -= 1
            total += depth * len(element.tail or "")
    return total


def _is_crowded(tree: HtmlElement) -> bool:
    return any(
        len(element) > CROWD and sum(child.tag in _INLINE for child in element) > CROWD for element in tree.iter()
    )


def _too_large(subject: str, size: str) -> ExtractError:
    return ExtractError(f"{subject}: too large to look for an article in: {size}", subject=subject, reason="too_large")
