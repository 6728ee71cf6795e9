"""The body and the date of a page that no rule describes: trafilatura and htmldate on a tree that is parsed once."""

from __future__ import annotations

import logging
from copy import copy
from datetime import date, timedelta
from itertools import islice

from htmldate import find_date
from lxml.etree import LxmlError, XPath
from lxml.html import HtmlElement, document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from caversham.errors import ExtractError
from caversham.extract.blocks import block_text, iter_lines
from caversham.extract.furniture import DENSE, link_texts, without_furniture
from caversham.extract.layout import settle
from caversham.extract.trees import make_parser
from caversham.text import squeeze
from caversham.types import Dated, Precision

NAME = "generic@2"

# Measured on the 180 pages of scrapinghub/article-extraction-benchmark (F1 of word 4-grams, ms a page), trafilatura
# 2.3.1, 2026-11-23: default .955, 9.3; without comments .962, 8.9; without comments and tables .959; favour
# precision .946; favour recall, without comments, .963, 7.2. With `settle` and `without_furniture`, 2026-11-24: .974.
_OPTIONS = Extractor(output_format="txt", fast=True, recall=True, comments=False, tables=True)
# The same for Han, kana and hangul: trafilatura counts letters, and where it finds fewer than its least number, takes
# up menus and margins. A brief of 250 Latin letters has 40 to 80 of these.
_DENSE_OPTIONS = copy(_OPTIONS)
_DENSE_OPTIONS.min_extracted_size = _OPTIONS.min_extracted_size // 6

_STRING = XPath("string()")

_LINES_READ = 2_000
_WHOLE = 0.8  # of what was run together; the rest are spaces
_RUN_TOGETHER = 10_000  # code points; a longer page is not searched line by line

_HEADS_READ, _HEAD_LENGTH = 10, 200

# Part of what a page tells machines that it must show at least, else this is the better text.
_SHOWN = 0.6
# Dates in the margin and beside links are those of other items.
_MARGINS = XPath(".//aside|.//nav|.//footer|.//li[.//a]")

# What is told about single pages is told by our Skips.
for _name in ("trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def find_body(tree: HtmlElement, *, told: str = "", subject: str) -> str:
    """Find the article's text, "" where none is found. The tree stays as it is.

    `told` is the text as the page tells it to machines: it serves where the page shows readers much less of it.

    Raises:
        ExtractError: `too_deep` for nesting that the extractor does not survive.
    """
    page = settle(tree)
    try:
        document = bare_extraction(page, options=_DENSE_OPTIONS if _is_dense(tree) else _OPTIONS)
    except RecursionError as error:
        message = f"{subject}: elements are nested too deep to look for an article"
        raise ExtractError(message, subject=subject, reason="too_deep") from error
    except (LxmlError, ArithmeticError, AttributeError, LookupError) as error:
        message = f"{subject}: trafilatura does not survive this page: {error!r}"
        raise ExtractError(message, subject=subject, reason="extractor_failed") from error
    lines = [] if document is None or isinstance(document, dict) else list(iter_lines(document.body))
    if len(lines) == 1:
        lines = _own_lines(page, lines[0])
    shown = "\n".join(without_furniture(lines, link_texts(tree)))
    is_less = len(shown) < _SHOWN * len(told) or ("\n" not in shown and len(shown) <= len(told))
    return _told_lines(told) if is_less else shown


def _own_lines(page: HtmlElement, line: str) -> list[str]:
    """Give the lines of the page where the extractor found no article and ran them together into one."""
    start = page.find("body")
    if start is None or len(line) > _RUN_TOGETHER:
        return [line]
    lines = [own for own in islice(iter_lines(start), _LINES_READ) if own in line]
    return lines if sum(map(len, lines)) >= _WHOLE * len(line) else [line]


def _told_lines(told: str) -> str:
    """Give the paragraphs of a text that is told as plain text or as HTML."""
    if "</" not in told:
        return "\n".join(filter(None, map(squeeze, told.splitlines())))
    try:
        return block_text(document_fromstring(told.encode("utf-8", "replace"), parser=make_parser()))
    except (LxmlError, AssertionError):  # lxml asserts that a document has a root
        return ""


def _is_dense(tree: HtmlElement) -> bool:
    """Tell by its title and headings whether a page is written in a script of few characters."""
    heads = "".join(str(_STRING(head))[:_HEAD_LENGTH] for head in islice(tree.iter("title", "h1", "h2"), _HEADS_READ))
    return 3 * len(DENSE.findall(heads)) > sum(map(str.isalpha, heads))


def find_page_date(tree: HtmlElement, *, url: str, latest: date) -> Dated | None:
    """Find a day that the page's markup, address or text seems to give; None: nothing, or not a whole day.

    `latest` bounds it, so that the answer does not depend on the day on which it is asked.
    """
    page = copy(tree)
    for element in _MARGINS(page):
        if element.getparent() is not None:
            element.drop_tree()
    try:
        found = find_date(
            page,
            extensive_search=False,  # the extensive one guesses from copyright years
            original_date=True,
            url=url,
            max_date=(latest + timedelta(days=1)).isoformat(),
        )
    except (LxmlError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None  # a page without a date is no loss of the page
    return None if found is None else Dated(on=date.fromisoformat(found), precision=Precision.DAY)
