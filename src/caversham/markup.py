"""Refuses HTML on which a parser that follows the standard would spend hours, or a machine's memory.

The HTML standard makes a parser look through all open elements at most start tags, through all attributes of an
element at each further one, and copy every formatting element that was left open into each paragraph. Lexbor does
as it says, and looks through the ancestors of an element at each blank of a selector. Real pages stay far below
these limits. What is counted here is never less than what the parser will meet, and counting takes linear time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

# Measured 2026-11-24, selectolax 1.0.2; the figures for real pages are those of 198 saved ones.
TAG_LIMIT = 200_000  # real: 8,100
DEPTH_LIMIT = 5_000  # elements open at one place; real: 450. 20,000 take 1 s, 190,000 over 100 s
ATTRIBUTE_LIMIT = 1_000  # of one element; real: 90. 40,000 take 8 s
OPTION_LIMIT = 10_000  # real: 154. Each looks at those before it: 20,000 take 1 s, 195,000 over 12 s
ROOT_LIMIT = 20  # real: 7. Attributes of a second `html` or `body` are added to the first
COPY_LIMIT = 1_000_000  # of formatting elements; real: 18,000. A page of 36 kB can make 4 million, which take 1.4 GB
STEP_LIMIT = 100_000_000  # of a selector. `.b .a .c` among 150 open elements and 90,000 others: 2e9, which take 8 s

# HTML, sections 13.1.2 (void elements) and 13.1.2.4 (optional end tags): these do not pile up without others that do.
NOT_NESTING = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
        *("li", "dt", "dd", "p", "rt", "rp", "optgroup", "option", "colgroup", "caption"),
        *("thead", "tbody", "tfoot", "tr", "td", "th", "html", "head", "body"),
    )
)
# A tag with all its attributes; or what begins or ends text in which tags are none: comments and CDATA, and the
# forms that the standard reads as comments.
TOKEN = re.compile(
    r"<(?P<slash>/?)(?P<name>[a-z][^\s/>]*+)(?P<rest>(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>"
    r"|(?P<opening><!--|<!\[cdata\[)|(?P<closing>-->|--!>|\]\]>)|<[!?/](?P<bogus>[^>]*+)>"
)
HIDDEN = re.compile(r"<[a-z]")
ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+"""
# Wherever a tag may begin, so that nothing can hide one.
ATTRIBUTES = re.compile(rf"(?=<[a-z][^\s/>]*+((?:{ATTRIBUTE}){{0,{ATTRIBUTE_LIMIT}}}+)({ATTRIBUTE})?)", re.IGNORECASE)
OVERLAP_LIMIT = 20  # times the length of a page that all its tags read so may have; real: 2

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
    if _has_laden_element(text):
        return f"it has more than {ATTRIBUTE_LIMIT:,} attributes in one element"
    depth, starts = _count_elements(text)
    measures = (
        (depth, DEPTH_LIMIT, "elements open at one place"),
        (starts["option"], OPTION_LIMIT, "options"),
        (starts["html"] + starts["body"], ROOT_LIMIT, "html and body tags"),
        (tag_count * _formatting_count(text), COPY_LIMIT, "elements made of formatting left open"),
        (max((_step_count(selector, tag_count, depth) for selector in selectors), default=0), STEP_LIMIT, "steps"),
    )
    return next((f"it has more than {limit:,} {what}" for found, limit, what in measures if found > limit), None)


def _count_elements(text: str) -> tuple[int, Counter[str]]:
    """Count the most elements open at one place, and the start tags of each name.

    An end tag counts only directly after its own element's content: one that stands in a comment, a script or
    anything else that is open there, closes nothing. Tags within a tag, which may be some after all, are never closed.
    """
    still_open: list[str] = []
    starts: Counter[str] = Counter()
    most = hidden_count = 0
    for token in TOKEN.finditer(text.lower()):
        slash, name, rest, opening, closing, bogus = token.groups()
        content = rest or bogus
        if content and "<" in content:
            hidden_count += len(HIDDEN.findall(content))
        if name and not slash:
            starts[name] += 1
        if name in NOT_NESTING:
            continue
        if opening or (name and not slash):
            still_open.append(name or "!")
            most = max(most, len(still_open))
        elif (closing or name) and still_open and still_open[-1] == (name or "!"):
            still_open.pop()
    return most + hidden_count, starts


def _has_laden_element(text: str) -> bool:
    """Tell whether an element has too many attributes, or tags stand in tags so often that nobody could tell."""
    length = 0
    for found in ATTRIBUTES.finditer(text):
        length += found.end(1) - found.start(1)
        if found[2] is not None or length > OVERLAP_LIMIT * len(text):
            return True
    return False


def _formatting_count(text: str) -> int:
    """Count the formatting elements that may be open at one place."""
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
    steps: int = max(
        tag_count * depth ** len(DESCENDANT.findall(part.strip())) * tag_count ** len(AMONG_SIBLINGS.findall(part))
        for part in selector.split(",")
    )
    return steps
