"""What a page says of itself to machines: meta elements and JSON-LD, read once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from lxml.html import HtmlElement

from caversham.text import squeeze

Node = Mapping[str, object]  # an object of JSON-LD

_NAMING = ("property", "name", "itemprop", "http-equiv")
_NODE_LIMIT = 5_000  # objects and lists of JSON-LD looked at in one page
_SCRIPT_LIMIT = 2 * 2**20  # code points of one script

_JSON = json.JSONDecoder(strict=False)
_WRAPPING = re.compile(r"<!--|-->|(?://|/\*)?\s?<!\[CDATA\[(?:\*/)?|(?://|/\*)?\s?\]\]>(?:\*/)?")
_LAST_COMMA = re.compile(r",\s*([}\]])")

# https://schema.org/Article and its subtypes end in one of these.
_ARTICLE_ENDINGS = ("Article", "Posting", "Report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Meta elements by lower-case name (the first of each), and the JSON-LD object of the article."""

    named: Mapping[str, str]
    article: Node  # empty: the page has none
    page: Node  # the JSON-LD object of the page itself, where it tells a date; empty: none does
    crumbs: tuple[str, ...]  # names of the breadcrumbs, from the front page down

    def first(self, *names: str) -> str:
        """Give the first of these meta elements that says anything, else ""."""
        return next((self.named[name] for name in names if self.named.get(name)), "")

    @property
    def body(self) -> str:
        """The text that the article's JSON-LD gives, with its paragraphs, else ""."""
        told = self.article.get("articleBody")
        return unescape(told) if isinstance(told, str) and len(told) <= _SCRIPT_LIMIT else ""

    def of_article(self, key: str) -> str:
        """Give the first string under this key of the article's JSON-LD, else ""."""
        return next(iter(strings_of(self.article.get(key))), "")


def read_metadata(tree: HtmlElement) -> Metadata:
    """Read meta elements and JSON-LD. What is no JSON is passed over: browsers and search engines do so too."""
    named: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = squeeze(element.get("content") or "")
        for attribute in _NAMING if content else ():
            name = element.get(attribute)
            if name:
                named.setdefault(name.lower(), content)
    nodes = list(_iter_nodes(tree))
    return Metadata(
        named=named,
        article=_choose_article(nodes, named.get("og:title", "")),
        page=next(filter(_is_dated_page, nodes), {}),
        crumbs=next((crumbs for crumbs in map(_crumbs, nodes) if crumbs), ()),
    )


def strings_of(value: object) -> list[str]:
    """Give the strings that a JSON-LD value stands for: itself, its name or value, or those of its members."""
    found: list[str] = []
    for member in value if isinstance(value, list) else [value]:
        named = (member.get("name") or member.get("@value")) if isinstance(member, dict) else member
        if isinstance(named, str) and squeeze(named):
            found.append(squeeze(unescape(named)))  # many programs escape for HTML what stands in JSON
    return found


def _iter_nodes(tree: HtmlElement) -> Iterator[Node]:
    scripts = [script.text or "" for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower()]
    pending = [_parse_json(text) for text in reversed(scripts) if len(text) <= _SCRIPT_LIMIT]
    for _ in range(_NODE_LIMIT):
        if not pending:
            return
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            value = list(value.values())
        if isinstance(value, list):
            pending.extend(member for member in reversed(value) if isinstance(member, dict | list))


def _parse_json(text: str) -> object:
    """Parse the first value of a script, None if there is none; as written, else without what often stands wrong in it."""
    for attempt in (str, _unwrapped, _without_last_commas):
        try:
            return _JSON.raw_decode(attempt(text).strip())[0]
        except (ValueError, RecursionError):
            continue
    return None


def _unwrapped(text: str) -> str:
    """Take off the marks that hid scripts from browsers of the nineties."""
    return _WRAPPING.sub(" ", text)


def _without_last_commas(text: str) -> str:
    return _LAST_COMMA.sub(r"\1", _unwrapped(text))


def _is_dated_page(node: Node) -> bool:
    """Tell a https://schema.org/WebPage that says when it was published, as many programs write beside the article."""
    return bool(node.get("datePublished")) and any(kind.endswith("Page") for kind in strings_of(node.get("@type")))


def _choose_article(nodes: list[Node], title: str) -> Node:
    """Choose the first article, but one with the page's own title before others: some pages describe what they link to."""
    articles = [node for node in nodes if _is_article(node)]
    own = (node for node in articles if title and title in strings_of(node.get("headline")))
    return next(own, articles[0] if articles else {})


def _is_article(node: Node) -> bool:
    kinds = strings_of(node.get("@type"))
    return any(kind.endswith(_ARTICLE_ENDINGS) for kind in kinds)


def _crumbs(node: Node) -> tuple[str, ...]:
    """Read a https://schema.org/BreadcrumbList."""
    items = node.get("itemListElement")
    if "BreadcrumbList" not in strings_of(node.get("@type")) or not isinstance(items, list):
        return ()
    names = (strings_of(item.get("name") or item.get("item")) for item in items if isinstance(item, dict))
    return tuple(name[0] for name in names if name)
