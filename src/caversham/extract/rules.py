"""An outlet's own selectors, on the tree that browsers build (lexbor)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from lxml.html import HtmlElement, document_fromstring
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from caversham.errors import ExtractError, SubjectError
from caversham.extract.blocks import block_text
from caversham.extract.fields import source_of
from caversham.extract.titles import TITLE_LIMIT
from caversham.extract.trees import make_parser
from caversham.text import squeeze
from caversham.types import Capture, Outlet, Rule
from caversham.urls import host_of, matches_host

_NODE_LIMIT = 5_000  # elements that one selector may find
_ATTRIBUTES = ("datetime", "content")  # where machine-readable dates stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What a rule's selectors found; "" and () where there is no selector or it found nothing."""

    title: str = ""
    text: str = ""
    date: str = ""  # as printed
    updated: str = ""  # as printed
    section: str = ""
    byline: str = ""
    images: tuple[tuple[str, str], ...] = ()  # address as written, caption


def choose_rule(outlet: Outlet, capture: Capture) -> Rule | None:
    """Choose the rule for the day and host of a capture, the later of two; None: no rule covers it."""
    on = capture.captured_at.date()
    host = _host(capture.final_url) if any(rule.hosts for rule in outlet.rules) else ""
    covering = [rule for rule in outlet.rules if _covers(rule, on) and _is_of(rule, host)]
    return max(covering, key=lambda rule: rule.since or date.min, default=None)


def rule_name(outlet: Outlet, rule: Rule) -> str:
    """Name what made a Content, "kcna@3": the outlet and the place of the rule among its rules."""
    return f"{outlet.id}@{outlet.rules.index(rule) + 1}"


def apply_rule(rule: Rule, text: str, *, subject: str) -> Selected:
    """Apply the rule's selectors to a page.

    Raises:
        ExtractError: `bad_rule`, a selector is no CSS that lexbor reads.
    """
    page = LexborHTMLParser(text.replace("\0", "\ufffd"))
    try:
        return _select(page, rule.selectors)
    except (SelectolaxError, ValueError) as error:
        message = f"{subject}: a selector of its rule does not work: {error}; see the outlet's file in the catalogue"
        raise ExtractError(message, subject=subject, reason="bad_rule") from error


def _host(url: str) -> str:
    try:
        return host_of(url)
    except SubjectError:
        return ""  # a file that names no web address belongs to no host


def _covers(rule: Rule, on: date) -> bool:
    return (rule.since or date.min) <= on <= (rule.until or date.max)


def _is_of(rule: Rule, host: str) -> bool:
    return not rule.hosts or matches_host(host, rule.hosts)


def _select(page: LexborHTMLParser, selectors: Mapping[str, str]) -> Selected:
    # Pictures and captions often stand in the body and are then taken out of it with `remove`: read them first.
    images = tuple(_images(page, selectors))
    title = _first_text(page, selectors, "title")[:TITLE_LIMIT]
    found = {name: _first_text(page, selectors, name) for name in ("section", "byline")}
    dates = {name: _first_date(page, selectors, name) for name in ("date", "updated")}
    for node in _all(page, selectors, "remove"):
        node.decompose()
    text = "\n".join(filter(None, map(_paragraphs, _outermost(_all(page, selectors, "body")))))
    return Selected(title=title, text=text, images=images, **found, **dates)


def _all(page: LexborHTMLParser, selectors: Mapping[str, str], name: str) -> list[LexborNode]:
    return page.css(selectors[name])[:_NODE_LIMIT] if name in selectors else []


def _outermost(nodes: list[LexborNode]) -> Iterator[LexborNode]:
    """Leave out nodes that stand inside another: their text would come twice."""
    chosen = {node.mem_id for node in nodes}
    for node in nodes:
        above = node.parent
        while above is not None and above.mem_id not in chosen:
            above = above.parent
        if above is None:
            yield node


def _first_text(page: LexborHTMLParser, selectors: Mapping[str, str], name: str) -> str:
    return next((text for text in map(_text, _all(page, selectors, name)) if text), "")


def _first_date(page: LexborHTMLParser, selectors: Mapping[str, str], name: str) -> str:
    for node in _all(page, selectors, name):
        told = next(filter(None, map(node.attributes.get, _ATTRIBUTES)), None) or _text(node)
        if told:
            return told
    return ""


def _images(page: LexborHTMLParser, selectors: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pair pictures with captions: those that stand in one figure, else in order where there are as many of both."""
    found = [(node, source_of(node.attributes.items())) for node in _all(page, selectors, "images")]
    captions = [_text(node) for node in _all(page, selectors, "captions")]
    in_order = captions if len(captions) == len(found) else [""] * len(found)
    for (node, source), caption in zip(found, in_order, strict=True):
        yield source, _figure_caption(node) or caption


def _figure_caption(node: LexborNode) -> str:
    above = node.parent
    while above is not None and above.tag != "figure":
        above = above.parent
    caption = above.css_first("figcaption") if above is not None else None
    return _text(caption) if caption is not None else ""


def _text(node: LexborNode) -> str:
    return squeeze(_paragraphs(node))


def _paragraphs(node: LexborNode) -> str:
    return block_text(_to_lxml(node))


def _to_lxml(node: LexborNode) -> HtmlElement:
    """Give the element itself, or the document made of it where libxml2 puts it into another."""
    document = document_fromstring((node.html or "<p></p>").encode("utf-8", "replace"), parser=make_parser())
    inside = document.xpath("/html/body/*")
    return inside[0] if len(inside) == 1 and inside[0].tag == node.tag else document
