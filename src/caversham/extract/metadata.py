"""What a page says of itself to machines: meta elements and JSON-LD, read once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from lxml.html import HtmlElement

from caversham.text import squeeze

Node = Mapping[str, object]  # an object of JSON-LD

_NAMING = ("property", "name", "itemprop", "http-equiv")
_NODE_LIMIT = 5_000  # objects and lists of JSON-LD looked at in one page
_SCRIPT_LIMIT = 2 * 2**20  # code points of one script

# https://schema.org/Article and its subtypes end in one of these.
_ARTICLE_ENDINGS = ("Article", "Posting", "Report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Meta elements by lower-case name (the first of each), and the JSON-LD object of the article."""

    named: Mapping[str, str]
    article: Node  # empty: the page has none
    crumbs: tuple[str, ...]  # names of the breadcrumbs, from the front page down

    def first(self, *names: str) -> str:
        """Give the first of these meta elements that says anything, else ""."""
        return next((self.named[name] for name in names if self.named.get(name)), "")

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
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


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
