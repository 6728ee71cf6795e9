"""The body and the date of a page that no rule describes: trafilatura and htmldate on a tree that is parsed once."""

from __future__ import annotations

import logging
from copy import copy
from datetime import date, timedelta

from htmldate import find_date
from lxml.etree import LxmlError, XPath
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from caversham.errors import ExtractError
from caversham.extract.blocks import block_text
from caversham.types import Dated, Precision

NAME = "generic@1"

# Measured on the 180 pages of scrapinghub/article-extraction-benchmark (F1 of word 4-grams, ms a page), trafilatura
# 2.3.1, 2026-11-23: default .955, 9.3; without comments .962, 8.9; without comments and tables .959; favour
# precision .946; favour recall, without comments, .963, 7.2.
_OPTIONS = Extractor(output_format="txt", fast=True, recall=True, comments=False, tables=True)

# Dates in the margin are those of other items.
_MARGINS = XPath(".//aside|.//nav|.//footer")

# What is told about single pages is told by our Skips.
for _name in ("trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def find_body(tree: HtmlElement, *, subject: str) -> str:
    """Find the article's text, "" where none is found. The tree stays as it is.

    Raises:
        ExtractError: `too_deep` for nesting that the extractor does not survive.
    """
    try:
        document = bare_extraction(tree, options=_OPTIONS)
    except RecursionError as error:
        message = f"{subject}: elements are nested too deep to look for an article"
        raise ExtractError(message, subject=subject, reason="too_deep") from error
    except (LxmlError, ArithmeticError, AttributeError, LookupError) as error:
        message = f"{subject}: trafilatura does not survive this page: {error!r}"
        raise ExtractError(message, subject=subject, reason="extractor_failed") from error
    return "" if document is None or isinstance(document, dict) else block_text(document.body)


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
