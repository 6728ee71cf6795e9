"""HTML as a tree, within bounds of size, depth and crowding."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from caversham.errors import ExtractError

MAX_PAGE_BYTES = 50 * 2**20  # unpacked; as for what is fetched
# trafilatura takes 40 us an element, and square time for inline elements side by side in one paragraph: 0.8 s for
# 5,000, 27 s for 20,000 (measured: 2.3.1 on generated pages, 2026-11-23). Articles have 500 to 5,000 elements.
MAX_TAGS = 200_000
CROWD = 5_000  # children of one element that stand inside the line

_INLINE_NAMES = "a abbr acronym b bdi bdo big cite del em font i ins mark q s small span strong sub sup u"
_INLINE = frozenset(_INLINE_NAMES.split())

# XML 1.0, section 2.2, forbids these characters, and lxml refuses them when text is written to a tree.
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_CONTROL_REFERENCE = re.compile(rb"&#0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9]);?")
_CONTROL_HEX_REFERENCE = re.compile(rb"&#[xX]0*(?:[1-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF])(?![0-9a-fA-F]);?")
_NONCHARACTERS = ("\ufffe", "\uffff")
_REPLACEMENT = "\ufffd".encode()


_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)


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


def parse_tree(text: str, *, subject: str) -> HtmlElement:
    """Parse a page into a tree without comments; scripts stay, since some hold data.

    NUL and what else XML cannot hold become U+FFFD or are dropped.

    Raises:
        ExtractError: `too_large`, `too_deep`, or `no_article` where there is no markup at all.
    """
    raw = _printable(text)
    tag_count = raw.count(b"<")
    if tag_count > MAX_TAGS or len(raw) > MAX_PAGE_BYTES:
        raise _too_large(subject, f"{tag_count} tags in {len(raw)} bytes")
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
        raise _too_large(subject, f"more than {CROWD} elements stand in one line")
    return tree


def _printable(text: str) -> bytes:
    for character in ("\0", *_NONCHARACTERS):
        text = text.replace(character, "\ufffd") if character in text else text
    raw = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    if b"&#" in raw:
        raw = _CONTROL_REFERENCE.sub(_REPLACEMENT, raw)
        raw = _CONTROL_HEX_REFERENCE.sub(_REPLACEMENT, raw)
    return raw


def _is_crowded(tree: HtmlElement) -> bool:
    return any(
        len(element) > CROWD and sum(child.tag in _INLINE for child in element) > CROWD for element in tree.iter()
    )


def _too_large(subject: str, size: str) -> ExtractError:
    return ExtractError(f"{subject}: too large to look for an article in: {size}", subject=subject, reason="too_large")
