"""When a page says that it was published and changed: what it tells machines first, then what it prints.

An undated page stays undated: the day of the capture only bounds what is believed, it never fills in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from caversham.extract.fields import title_parts, told_titles
from caversham.extract.generic import find_page_date
from caversham.extract.metadata import Metadata
from caversham.languages import LANGUAGES, get_language
from caversham.text import squeeze
from caversham.times import MonthTable, parse_iso, parse_printed, parse_rfc822
from caversham.types import Dated, Precision

# Names of meta elements, best first: Open Graph (https://ogp.me/#type_article), schema.org microdata, Dublin Core
# (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/), Parse.ly, Chinese portals.
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "og:published_time",
    "article:published",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "parsely-pub-date",
    "publishdate",
    "publish_date",
    "publish-date",
    "publication_date",
    "pubdate",
    "date_published",
    "dc.date",
    "dcterms.date",
    "date",
)
_UPDATED = (
    "article:modified_time",
    "og:article:modified_time",
    "datemodified",
    "og:updated_time",
    "dcterms.modified",
    "last-modified",
    "lastmod",
)
# https://html.spec.whatwg.org/#microdata
_MARKED_PUBLISHED = XPath('.//*[@itemprop="datePublished"]|.//time[@pubdate or contains(@class, "publish")]')
_MARKED_UPDATED = XPath('.//*[@itemprop="dateModified"]')
_ASIDE = "ancestor-or-self::*[self::aside or self::nav or self::li or self::a or self::footer[not(ancestor::article)]]"
_TIMES = XPath(f".//time[not({_ASIDE})]")
# Where people look for a date: an element that is named for it.
_NAMED = re.compile("[Dd]ate|[Tt]ime|publi|posted|fecha|datum|tarih|info|source|meta")
_NAMED_FOR_DATES = XPath(f".//*[@class or @id][not(*/*/*)][not({_ASIDE})]")
_IMPRINT = re.compile("©|copyright", re.IGNORECASE)
_STRING = XPath("string()")
_PRINTED_LIMIT = 160  # code points: more than a line is no date line
_LINE_COUNT = 12  # elements of a kind that are looked at

_EARLIEST = date(1850, 1, 1)  # older than any agency: https://www.afp.com/en/agency/about (1835) has no dated items
_EPOCH = date(1970, 1, 1)  # what programs print for "no date"


@cache
def months_of(language: str) -> MonthTable:
    """Give the names of months in a language; those of all languages for one that we do not know."""
    if language in LANGUAGES:
        return get_language(language).months
    return {name: number for code in LANGUAGES for name, number in get_language(code).months.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How to read the dates of an outlet, and which of them can be true."""

    tz: tzinfo
    months: MonthTable
    latest: date  # the day of the capture
    date_format: str | None = None  # strptime format of the printed date; None: any known form

    def parse(self, text: str) -> Dated | None:
        """Read a date for machines or people; None: there is none, or one that cannot be true."""
        text = squeeze(text)
        dated = (
            self._parse_format(text)
            or parse_iso(text, self.tz)
            or parse_rfc822(text, self.tz)
            or (parse_printed(text, self.tz, self.months) if len(text) <= _PRINTED_LIMIT else None)
        )
        return dated if dated is not None and self.admits(dated) else None

    def admits(self, dated: Dated) -> bool:
        """Tell whether this can be a day of publication, as far as the capture knows."""
        return _EARLIEST <= dated.on <= self.latest + timedelta(days=1) and dated.on != _EPOCH

    def _parse_format(self, text: str) -> Dated | None:
        if self.date_format is None:
            return None
        try:
            read = datetime.strptime(text, self.date_format)  # noqa: DTZ007  the zone is given below
        except ValueError:
            return None  # printed otherwise than usual: the general readers try
        dated = parse_iso(_to_iso(read, self.date_format), self.tz)
        return replace(dated, printed=text) if dated is not None else None


def _to_iso(read: datetime, date_format: str) -> str:
    """Write what was read as ISO 8601, as precise as the format that read it."""
    if "%H" in date_format or "%I" in date_format:
        return f"{read:%Y-%m-%dT%H:%M:%S%z}"
    length = 10 if "%d" in date_format else 7 if "%m" in date_format or "%b" in date_format.lower() else 4
    return f"{read:%Y-%m-%d}"[:length]


def find_published(
    tree: HtmlElement, metadata: Metadata, calendar: Calendar, *, url: str, printed: str = ""
) -> Dated | None:
    """Find the date of publication that the page gives; None: it gives none.

    `printed` is where the outlet's rule says that the date stands: it wins over what the page tells machines.
    """
    texts = [metadata.of_article("datePublished"), *(metadata.named.get(name, "") for name in _PUBLISHED)]
    told = _best(texts, calendar)
    ruled = calendar.parse(printed)
    if ruled is not None:
        return told if told is not None and _is_same_clock(ruled, told) else ruled
    return (
        told
        or _best(_texts(tree, _MARKED_PUBLISHED), calendar)
        or _best(_texts(tree, _TIMES), calendar)
        or _printed(tree, calendar)
        or _best((title_parts(title)[-1] for title in told_titles(tree, metadata)), calendar)
        or _searched(tree, calendar, url)
    )


def _is_same_clock(ruled: Dated, told: Dated) -> bool:
    """Tell whether two instants differ as one wall clock read in two zones does.

    A page prints no zone where it tells machines one; zones lie whole or half hours apart, up to 26.
    """
    if ruled.at is None or told.at is None:
        return False
    seconds = abs((ruled.at - told.at).total_seconds()) // 60 * 60
    return seconds % 1800 == 0 and seconds <= 26 * 3600


def find_updated(tree: HtmlElement, metadata: Metadata, calendar: Calendar) -> Dated | None:
    """Find the date of the last change that the page gives; None: it gives none."""
    told = [metadata.of_article("dateModified"), *(metadata.named.get(name, "") for name in _UPDATED)]
    return _best(told, calendar) or _best(_texts(tree, _MARKED_UPDATED), calendar)


def _best(texts: Iterable[str], calendar: Calendar) -> Dated | None:
    """Choose the first date, with its time where a later text gives one for the same day."""
    dates = [dated for dated in map(calendar.parse, filter(None, texts)) if dated]
    if not dates:
        return None
    first = dates[0]
    exact = (dated for dated in dates if dated.precision is Precision.MINUTE and dated.on == first.on)
    return next(exact, first) if first.precision is Precision.DAY else first


def _texts(tree: HtmlElement, path: XPath) -> Iterator[str]:
    for element in path(tree)[:_LINE_COUNT]:
        yield element.get("datetime") or element.get("content") or _line(element)


def _printed(tree: HtmlElement, calendar: Calendar) -> Dated | None:
    """Find the first whole day printed in an element that is named for it."""
    named = (element for element in _NAMED_FOR_DATES(tree) if _is_named(element))
    lines = map(_line, islice(named, 4 * _LINE_COUNT))
    dates = (calendar.parse(line) for line in lines if 5 < len(line) <= _PRINTED_LIMIT and not _IMPRINT.search(line))
    return next((dated for dated in dates if dated and dated.precision in {Precision.DAY, Precision.MINUTE}), None)


def _is_named(element: HtmlElement) -> bool:
    return bool(_NAMED.search(element.get("class", "")) or _NAMED.search(element.get("id", "")))


def _line(element: HtmlElement) -> str:
    return squeeze(str(_STRING(element)))[: _PRINTED_LIMIT + 1]


def _searched(tree: HtmlElement, calendar: Calendar, url: str) -> Dated | None:
    found = find_page_date(tree, url=url, latest=calendar.latest)
    return found if found is not None and calendar.admits(found) else None
