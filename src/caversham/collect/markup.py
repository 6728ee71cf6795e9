"""Refuses HTML on which a parser that follows the standard would spend quadratic time.

The HTML standard makes a parser look through all open elements at most start tags, and through all attributes
of an element at each further one. Lexbor does as it says, so a page of a few megabytes made for it takes hours.
Real pages stay far below these limits. All expressions here are linear: what one match has read, none reads again.
"""

from __future__ import annotations

import re
from collections import Counter

from caversham.errors import FeedError

# Front pages have 5 to 20,000 tags. Blink nests at most 512 elements (maximumHTMLParserDOMTreeDepth); old pages leave
# hundreds open. Measured 2026-11-23, selectolax 1.0.2: 20,000 open elements take 1 s, 190,000 over 100 s.
TAG_LIMIT = 200_000
DEPTH_LIMIT = 5_000
ATTRIBUTE_LIMIT = 5_000

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


def refuse_costly(text: str, *, subject: str) -> None:
    """Refuse a page with too many tags, too many open elements or too many attributes in one.

    Raises FeedError (`too_large`).
    """
    tags = text.count("<")
    absurd = tags > TAG_LIMIT or _open_count(text) > DEPTH_LIMIT or _attribute_count(text) > ATTRIBUTE_LIMIT
    if absurd:
        raise FeedError(
            f"{subject!r} is no page that people read: more than {TAG_LIMIT:,} tags, {DEPTH_LIMIT:,} of them open, or "
            f"{ATTRIBUTE_LIMIT:,} attributes in one",
            subject=subject,
            reason="too_large",
        )


def _open_count(text: str) -> int:
    """Estimate the most elements open at one place; end tags that end nothing do not count."""
    still_open: Counter[str] = Counter()
    depth = most = 0
    for slash, name in TAG_NAME.findall(text.lower()):
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
