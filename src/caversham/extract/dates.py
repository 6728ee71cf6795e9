"""When a page says that it was published and changed: what it tells machines first, then what it prints.

An undated page stays undated: the day of the capture only bounds what is believed, it never fills in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain, islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from caversham.extract.blocks import iter_lines
from caversham.extract.generic import find_page_date
from caversham.extract.metadata import Metadata, strings_of
from caversham.extract.titles import title_parts, told_titles
from caversham.languages import all_months
from caversham.text import squeeze
from caversham.times import MonthTable, format_instant, from_micros, parse_iso, parse_printed, parse_rfc822
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
_NAMED = re.compile(
    "[Dd]ate|[Tt]ime|publi|posted|submitted|created|fecha|datum|tarih|ngay|tanggal|waktu|riqi|info|source|meta"
)
_NAMED_FOR_DATES = XPath(f".//*[@class or @id][not(*/*/*)][not({_ASIDE})]")
_IMPRINT = re.compile("©|copyright", re.IGNORECASE)
_STRING = XPath("string()")
_PRINTED_LIMIT = 160  # code points: more than a line is no date line
_WORD_LIMIT = 20  # words: with byline, place and both dates; a sentence of this length is rarely without them
_BARE_WORDS, _BARE_LENGTH = 6, 60  # words without figures: weekday, month, eras, a label
_DIGIT = re.compile(r"\d")
_UNIX_TIME = re.compile(r"1\d{9}(?:\d{3})?", re.ASCII)  # from September 2001
_YEAR = re.compile(r"\d{4}")
_LINE_COUNT = 12  # elements of a kind that are looked at
_LINES_READ = 2_000  # of a page, until the headline is found
_TITLE_PLACES = 4  # breadcrumbs and lists repeat a headline
_LINES_UNDER, _LINES_ABOVE = 6, 3

_EARLIEST = date(1850, 1, 1)  # older than any agency: https://www.afp.com/en/agency/about (1835) has no dated items
_EPOCH = date(1970, 1, 1)  # what programs print for "no date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How to read the dates of an outlet, and which of them can be true."""

    tz: tzinfo
    months: MonthTable
    latest: date  # the day of the capture
    day_first: bool | None = None  # whether 03/04/2023 is 3 April; None: one cannot know
    date_format: str | None = None  # strptime format of the printed date; None: any known form

    def parse(self, text: str) -> Dated | None:
        """Read a date for machines or people; None: there is none, or one that cannot be true."""
        text = squeeze(text)
        dated = (
            self._parse_format(text)
            or parse_iso(text, self.tz)
            or parse_rfc822(text, self.tz)
            or self._parse_printed(text)
        )
        return dated if dated is not None and self.admits(dated) else None

    def parse_line(self, line: str) -> Dated | None:
        """Read the day or instant that a line is printed for; None for prose, imprints and what names no whole day."""
        if len(line) > _PRINTED_LIMIT or not _DIGIT.search(line) or _IMPRINT.search(line):
            return None
        dated = self.parse(line)
        return dated if dated and dated.precision in {Precision.DAY, Precision.MINUTE} else None

    def is_date_line(self, line: str, dated: Dated) -> bool:
        """Tell whether a line is printed for this date alone, with a label or a zone at most."""
        found = self.parse_line(line) if _is_bare(line) else None
        return found is not None and found.on == dated.on

    def _parse_printed(self, text: str) -> Dated | None:
        """Read a line with the language's names of months, else with those of any: templates are often in another."""
        if len(text) > _PRINTED_LIMIT or not _DIGIT.search(text):
            return None
        found = parse_printed(text, self.tz, self.months, day_first=self.day_first)
        if found is None and _YEAR.search(text):
            return parse_printed(text, self.tz, all_months(), day_first=self.day_first)
        return found

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
    tree: HtmlElement, metadata: Metadata, calendar: Calendar, *, url: str, title: str = "", printed: str = ""
) -> Dated | None:
    """Find the date of publication that the page gives; None: it gives none.

    `title` is the headline, beside which most pages print it. `printed` is where the outlet's rule says that the date stands: it wins over what the page tells machines.
    """
    texts = [metadata.of_article("datePublished"), *(metadata.named.get(name, "") for name in _PUBLISHED)]
    told = _best(map(_to_told, [*texts, *strings_of(metadata.page.get("datePublished"))]), calendar)
    ruled = calendar.parse(printed)
    if ruled is not None:
        return told if told is not None and _is_same_clock(ruled, told) else ruled
    return (
        told
        or _best(_texts(tree, _MARKED_PUBLISHED), calendar)
        or _best(_texts(tree, _TIMES), calendar)
        or _beside_title(tree, calendar, title)
        or _printed(tree, calendar)
        or _best((title_parts(title)[-1] for title in told_titles(tree, metadata)), calendar)
        or _searched(tree, calendar, url)
    )


def _to_told(text: str) -> str:
    """Write a number of seconds or milliseconds since 1970, as some programs tell a time, as ISO 8601."""
    if not _UNIX_TIME.fullmatch(text):
        return text
    return format_instant(from_micros(int(text[:10]) * 1_000_000))


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


def _beside_title(tree: HtmlElement, calendar: Calendar, title: str) -> Dated | None:
    """Find the day printed in the lines under the headline, else in those above it, wherever it stands on the page."""
    lines = list(islice(iter_lines(tree), _LINES_READ)) if title else []
    places = [place for place, line in enumerate(lines) if line == title][:_TITLE_PLACES]
    under = (line for place in places for line in lines[place + 1 : place + 1 + _LINES_UNDER])
    above = (line for place in places for line in reversed(lines[max(0, place - _LINES_ABOVE) : place]))
    dates = (calendar.parse_line(line) for line in chain(under, above) if len(line.split()) <= _WORD_LIMIT)
    return next((dated for dated in dates if dated and (dated.at or _is_bare(dated.printed))), None)


def _is_bare(line: str) -> bool:
    """Tell a line that is a date from one about a picture: captions are longer, and tell no time of day."""
    return len(line) <= _BARE_LENGTH and sum(not _DIGIT.search(word) for word in line.split()) <= _BARE_WORDS


def _printed(tree: HtmlElement, calendar: Calendar) -> Dated | None:
    """Find the first whole day printed in an element that is named for it."""
    named = (element for element in _NAMED_FOR_DATES(tree) if _is_named(element))
    lines = map(_line, islice(named, 4 * _LINE_COUNT))
    return next(filter(None, map(calendar.parse_line, lines)), None)


def _is_named(element: HtmlElement) -> bool:
    return bool(_NAMED.search(element.get("class", "")) or _NAMED.search(element.get("id", "")))


def _line(element: HtmlElement) -> str:
    return squeeze(str(_STRING(element)))[: _PRINTED_LIMIT + 1]


def _searched(tree: HtmlElement, calendar: Calendar, url: str) -> Dated | None:
    found = find_page_date(tree, url=url, latest=calendar.latest)
    return found if found is not None and calendar.admits(found) else None
