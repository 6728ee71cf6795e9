"""Imported observations as Content: what the row gives wins over what its text or page shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from caversham.errors import ExtractError
from caversham.extract.dates import Calendar
from caversham.extract.fields import collect_images, primary_subtag
from caversham.extract.page import Setting, read_page
from caversham.languages.detect import detect
from caversham.text import clean, squeeze
from caversham.times import parse_iso
from caversham.types import Content, Dated, Precision, Rule

NAME = "row@1"
_SAMPLE = 500  # code points that a language is told by

Row = Mapping[str, object]  # as the observation contract has it


def read_row(body: bytes, setting: Setting, *, rule: Rule | None) -> Content:
    """Find the Content of an observation: of its text, else of its html, else of its title alone.

    Raises:
        ExtractError: `bad_row`, or those of a page for its html; `no_article` for a row with none of the three.
    """
    row = _parse_row(body, setting.url)
    language = primary_subtag(_text(row, "language", "lang"))
    calendar = setting.calendar(language)
    published = _published(row, calendar)
    text = _plain(_text(row, "text"))
    html = _text(row, "html")
    if html and not text:
        page = read_page(html, setting, rule=rule, language=language, published=published)
        found = replace(page, extractor=f"{NAME}/{page.extractor}")
    else:
        found = _read_text(row, text, language, published, setting)
    return _with_given(found, row, calendar, setting.url)


def _parse_row(body: bytes, subject: str) -> Row:
    try:
        row = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ExtractError(f"{subject}: the row is not JSON", subject=subject, reason="bad_row") from error
    if not isinstance(row, dict):
        raise ExtractError(f"{subject}: the row is not a JSON object", subject=subject, reason="bad_row")
    return row


def _read_text(row: Row, text: str, language: str, published: Dated | None, setting: Setting) -> Content:
    title = clean(squeeze(_text(row, "title")))
    if not text and not title:
        raise ExtractError(f"{setting.url}: the row has neither text, html nor title", subject=setting.url)
    language = language or detect(f"{title}\n{text[:_SAMPLE]}", "")
    line = setting.dateline(text, setting.calendar(language), published)
    return Content(
        title=title,
        text=text,
        language=language,
        dateline=line.dateline,
        agency=line.agency,
        dated=line.dated,
        published=published,
        extractor=NAME,
    )


def _with_given(found: Content, row: Row, calendar: Calendar, base: str) -> Content:
    """Put in the fields that the row gives; what it leaves empty stays as found."""
    given = {
        "title": squeeze(_text(row, "title")),
        "section": squeeze(_text(row, "section", "topic")),
        "byline": squeeze(_text(row, "byline", "author")),
        "agency": squeeze(_text(row, "agency")),
        "dateline": squeeze(_text(row, "dateline")),
    }
    changed: dict[str, object] = {name: clean(value) for name, value in given.items() if value}
    if updated := _given_date(row, calendar, "updated_at", "updated_on"):
        changed["updated"] = updated
    if images := collect_images(_images(row), base):
        changed["images"] = images
    return replace(found, **changed)  # type: ignore[arg-type]  # each of the type of its field


def _published(row: Row, calendar: Calendar) -> Dated | None:
    """Read the instant where the row has one, else its day, else its date of any precision."""
    on = _given_date(row, calendar, "published_on")
    at = _given_date(row, calendar, "published_at")
    return at or (on and _day_of(on)) or _given_date(row, calendar, "date")


def _day_of(dated: Dated) -> Dated:
    return dated if dated.at is None else Dated(on=dated.on, precision=Precision.DAY, printed=dated.printed)


def _given_date(row: Row, calendar: Calendar, *names: str) -> Dated | None:
    """Read a date as the row states it, of any age."""
    value = _text(row, *names)
    if not value:
        return None
    return parse_iso(value, calendar.tz) or calendar.parse(value)


def _images(row: Row) -> list[tuple[str, str]]:
    """Pair the addresses of images with their captions, in order."""
    addresses = _texts(row, "images") or _texts(row, "image")
    captions = _texts(row, "captions") or _texts(row, "caption")
    captions += [""] * (len(addresses) - len(captions))
    return list(zip(addresses, map(clean, captions), strict=False))


def _text(row: Row, *names: str) -> str:
    """Give the first of these fields that holds something, as text; numbers count as their digits (a year)."""
    for name in names:
        value = row.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _texts(row: Row, name: str) -> list[str]:
    value = row.get(name)
    members = value if isinstance(value, list) else [value]
    return [squeeze(member) for member in members if isinstance(member, str)]


def _plain(text: str) -> str:
    """Bring row text into the form kept: one kind of line end, nothing around it, nothing else changed."""
    return clean(text).replace("\r\n", "\n").replace("\r", "\n").strip()
