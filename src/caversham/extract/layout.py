"""What misleads the extractor: an article cut into boxes, a text without markup, lists of other items beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from copy import copy
from itertools import islice

from lxml import etree
from lxml.etree import XPath
from lxml.html import HtmlElement

# Names of the containers that trafilatura looks for first.
_BODY_NAME = re.compile("(?:article|art|entry|post|story|page|text)(?:-|_|__)?(?:body|content|text)", re.IGNORECASE)
_MARGINS = ("aside", "nav", "footer")
_ARTICLE_PARAGRAPHS = XPath(".//article[not(.//article)]//div/p")
_PARAGRAPHS_READ = 1_000
_PROSE = 60  # code points of a paragraph that is no button

_TYPED_LENGTH = 100  # code points of an element `pre` that is an article and no table or program
_TYPED_READ = 20
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")

_RANKS = ("h2", "h3", "h4", "h5")
_HEADINGS_READ = 500
_CLIMB = 4  # elements between a heading and the box of its item
_ITEMS = 3  # boxes of one kind side by side that are a list
_ITEM_LENGTH = 600  # code points; an item of a list has a headline and an excerpt


def settle(tree: HtmlElement) -> HtmlElement:
    """Give the page with the boxes of one article joined, typed texts in paragraphs, lists of other items taken out.

    The tree stays as it is; where there is nothing to do it is given back, else a copy.
    """
    found = _find_twins(tree), _find_items(tree), _find_typed(tree)
    if not any(found):
        return tree
    page = copy(tree)
    twins, items, typed = [_same_in(page, elements) for elements in found]
    for box in twins[1:]:
        twins[0].extend(list(box))
    for item in items:
        if item.getparent() is not None:
            item.drop_tree()
    for element in typed:
        _break_lines(element)
    return page


def _same_in(page: HtmlElement, elements: list[HtmlElement]) -> list[HtmlElement]:
    """Find the elements of a copy that stand where these stand."""
    found = []
    for element in elements:
        twin = page
        for place in _places(element):
            twin = twin[place]
        found.append(twin)
    return found


def _places(element: HtmlElement) -> list[int]:
    """Give the number of an element among its siblings, and of those above it, from the root down."""
    places = []
    above = element.getparent()
    while above is not None:
        places.append(above.index(element))
        element, above = above, above.getparent()
    return places[::-1]


def _find_typed(tree: HtmlElement) -> list[HtmlElement]:
    """Find long plain texts whose only paragraphs are their line ends."""
    typed = (element for element in tree.iter("pre") if not len(element) and len(element.text or "") >= _TYPED_LENGTH)
    return list(islice(typed, _TYPED_READ))


def _break_lines(element: HtmlElement) -> None:
    """Make paragraphs of the parts between blank lines, of lines where there are no blank ones."""
    text = element.text or ""
    parts = _BLANK_LINE.split(text) if _BLANK_LINE.search(text) else text.splitlines()
    element.tag, element.text = "div", None
    for part in parts:
        etree.SubElement(element, "p").text = part


def _find_twins(tree: HtmlElement) -> list[HtmlElement]:
    """Find the boxes of one class, side by side in one article, that hold most of its paragraphs; [] for none.

    Where advertisements cut an article into boxes, the extractor would take the first for the whole.
    """
    kinds: dict[tuple[HtmlElement, str], dict[HtmlElement, int]] = {}
    for paragraph in _ARTICLE_PARAGRAPHS(tree)[:_PARAGRAPHS_READ]:
        box = paragraph.getparent()
        name = box.get("class") or ""
        if _BODY_NAME.search(name) and _is_prose(paragraph):
            counts = kinds.setdefault((next(box.iterancestors("article")), name), {})
            counts[box] = counts.get(box, 0) + 1
    boxes = max(kinds.values(), key=len, default={})
    return list(boxes) if len(boxes) > 1 and min(boxes.values()) > 1 else []


def _is_prose(paragraph: HtmlElement) -> bool:
    """Tell whether a paragraph is a longer one of the text, and none of the margin."""
    return exceeds(paragraph, _PROSE) and next(paragraph.iterancestors(*_MARGINS), None) is None


def exceeds(element: HtmlElement, length: int) -> bool:
    """Tell whether the text in an element has more code points than this, reading no further."""
    count = 0
    for text in element.itertext():
        count += len(text)
        if count > length:
            return True
    return False


def _find_items(tree: HtmlElement) -> list[HtmlElement]:
    """Find boxes of one kind, several side by side, that each hold a headline with a link and little else."""
    lists: dict[HtmlElement, dict[HtmlElement, None]] = {}
    kinds: dict[HtmlElement, Counter[tuple[str, str | None]]] = {}
    headings = (heading for heading in tree.iter(*_RANKS) if _is_linked(heading))
    for heading in islice(headings, _HEADINGS_READ):
        for box in _boxes_above(heading, kinds):
            lists.setdefault(box.getparent(), {})[box] = None
    items = [box for boxes in lists.values() if len(boxes) >= _ITEMS for box in boxes]
    return [item for item in items if not exceeds(item, _ITEM_LENGTH)]


def _is_linked(heading: HtmlElement) -> bool:
    above = heading.getparent()
    return heading.find("a") is not None or (above is not None and above.tag == "a")


def _boxes_above(
    heading: HtmlElement, kinds: dict[HtmlElement, Counter[tuple[str, str | None]]]
) -> Iterator[HtmlElement]:
    """Give the box of a headline: the first above it that has others of its kind beside it."""
    box = heading.getparent()
    for _ in range(_CLIMB):
        above = None if box is None else box.getparent()
        if box is None or above is None:
            return
        if above not in kinds:
            kinds[above] = Counter((other.tag, other.get("class")) for other in above)
        if kinds[above][box.tag, box.get("class")] >= _ITEMS:
            yield box
            return
        box = above
