"""Refuses HTML on which a parser that follows the standard would spend hours, or a machine's memory.

The HTML standard makes a parser look through all open elements at most start tags, through all attributes of an
element at each further one, and copy every formatting element that was left open into each paragraph. Lexbor does
as it says, and looks through the ancestors of an element at each blank of a selector. Real pages stay far below
these limits. All expressions here are linear: what one match has read, none reads again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

# Front pages have 5 to 20,000 tags. Blink nests at most 512 elements (maximumHTMLParserDOMTreeDepth); old pages leave
# hundreds open. Measured 2026-11-23, selectolax 1.0.2: 20,000 open elements take 1 s, 190,000 over 100 s.
TAG_LIMIT = 200_000
DEPTH_LIMIT = 5_000
# Measured 2026-11-24, selectolax 1.0.2: 40 elements of 4,900 attributes take 1.3 s, so a page full of them 30 s.
ATTRIBUTE_LIMIT = 500
OPTION_LIMIT = 10_000  # each looks at those before it: 20,000 take 1 s, 195,000 over 12 s
ROOT_LIMIT = 10  # attributes of a second `html` or `body` are added to the first: 40,000 take 8 s
# Of formatting elements: 1,000 left open and 2,000 paragraphs make 2 million, which take 700 MB.
COPY_LIMIT = 1_000_000
STEP_LIMIT = 100_000_000  # of a selector: `.b .a .c` among 150 open elements and 90,000 others is 2e9 and takes 8 s

# HTML, sections 13.1.2 (void elements) and 13.1.2.4 (optional end tags): these do not pile up without others that do.
NOT_NESTING = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
        *("li", "dt", "dd", "p", "rt", "rp", "optgroup", "option", "colgroup", "caption"),
        *("thead", "tbody", "tfoot", "tr", "td", "th", "html", "head", "body"),
    )
)
TAG_NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
WHOLE_TAG = re.compile(r"<[a-zA-Z](?:[^>=]++|=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+)?+)*+")
VALUE = re.compile(r"=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+)")
ATTRIBUTE = re.compile(r"[\s/]++|=")

# HTML, section 13.2.4.3: what a parser opens again where something else closed it. `a` and `nobr` are on that list
# too, but a second one closes the first.
FORMATTING = "b|big|code|em|font|i|s|small|strike|strong|tt|u"
FORMATTING_START = re.compile(rf"<(?:{FORMATTING})(?=[\s/>])", re.IGNORECASE)
# The rest of a tag that nobody could read in two ways.
PLAIN = r"""(?:\s+[a-z_:@.-][\w:@.-]*+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+))?)*+\s*/?>"""
PLAIN_TAG = re.compile(rf"<\w+{PLAIN}", re.IGNORECASE)
# A formatting element around text, line breaks, pictures, links and spans: its end tag closes it whatever is around.
CLOSED = re.compile(rf"<({FORMATTING}){PLAIN}[^<]*+(?:</?(?:a|span|br|img){PLAIN}[^<]*+)*+</\1\s*+>", re.IGNORECASE)
CLOSED_DEPTH = 6  # formatting elements in one another, as old editors write them
SAME_LIMIT = 3  # the same section: of equal ones the last three are opened again

DESCENDANT = re.compile(r"(?<![\s>+~,(])\s++(?![\s>+~,)])")
AMONG_SIBLINGS = re.compile(r"~(?!=)|:nth-|:has\(|-of-type")


def markup_refusal(text: str, selectors: Iterable[str] = ()) -> str | None:
    """Why lexbor must not be given this page, or be asked for these selectors in it; None: it may."""
    tag_count = text.count("<")
    if tag_count > TAG_LIMIT:
        return f"it has more than {TAG_LIMIT:,} tags"
    names = TAG_NAME.findall(text.lower())
    starts = Counter(name for slash, name in names if not slash)
    depth = _open_count(names)
    measures = (
        (depth, DEPTH_LIMIT, "elements open at one place"),
        (_attribute_count(text), ATTRIBUTE_LIMIT, "attributes in one element"),
        (starts["option"], OPTION_LIMIT, "options"),
        (starts["html"] + starts["body"], ROOT_LIMIT, "html and body tags"),
        (tag_count * _formatting_count(text), COPY_LIMIT, "elements made of formatting left open"),
        (max((_step_count(selector, tag_count, depth) for selector in selectors), default=0), STEP_LIMIT, "steps"),
    )
    return next((f"it has more than {limit:,} {what}" for found, limit, what in measures if found > limit), None)


def _open_count(names: Sequence[tuple[str, str]]) -> int:
    """Estimate the most elements open at one place; end tags that end nothing do not count."""
    still_open: Counter[str] = Counter()
    depth = most = 0
    for slash, name in names:
        if name in NOT_NESTING:
            continue
        change = 1 if not slash else -1 if still_open[name] else 0
        still_open[name] += change
        depth += change
        most = max(most, depth)
    return most


def _attribute_count(text: str) -> int:
    """Count the attributes of the element with the most, roughly: never fewer than there are."""
    long_tags = (tag for tag in WHOLE_TAG.findall(text) if len(tag) > ATTRIBUTE_LIMIT)
    return max((len(ATTRIBUTE.findall(VALUE.sub("= ", tag))) for tag in long_tags), default=0)


def _formatting_count(text: str) -> int:
    """Count the formatting elements that may be open at one place: never fewer than there are."""
    for _ in range(CLOSED_DEPTH):
        text, closed_count = CLOSED.subn("", text)
        if not closed_count:
            break
    plain: Counter[str] = Counter()
    others = 0
    for start in FORMATTING_START.finditer(text):
        tag = PLAIN_TAG.match(text, start.start())
        others += tag is None
        plain.update([tag[0]] if tag else [])
    return others + sum(min(count, SAME_LIMIT) for count in plain.values())


def _step_count(selector: str, tag_count: int, depth: int) -> int:
    """Estimate the steps that a selector takes: at each blank it climbs, at some signs it looks at all siblings.

    >>> _step_count(".article .text p, h1 > span", 1000, 50)
    2500000
    """
    parts = selector.split(",")
    return max(
        tag_count * depth ** len(DESCENDANT.findall(part.strip())) * tag_count ** len(AMONG_SIBLINGS.findall(part))
        for part in parts
    )
