"""The feeds of feedparser and gofeed: every file is survived, and what they expect of links, titles and dates is met."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from caversham.collect.feeds import Item, parse_feed, parse_items
from caversham.errors import SubjectError
from caversham.payload import decode
from caversham.text import clean, squeeze
from caversham.times import parse_iso, parse_rfc822
from caversham.types import Dated, Source
from caversham.urls import resolve
from tests.conformance.expectations import NotOurs, Place, holds
from tests.conformance.suites import (
    FAILED,
    MET,
    OTHER,
    REFUSED,
    answer_of,
    examine,
    is_sound,
    list_files,
    read_rows,
    suite,
)

# Where feedparser's own tests serve their files: addresses are relative to it.
SERVED_AT = "http://127.0.0.1:8097/tests/"

STATEMENT = re.compile(r"Expect:\s*(.*?)\s*(?:-->.*)?$", re.MULTILINE)
HEADER = re.compile(r"^\s*Header:\s*([\w-]+):[ \t]*(.*?)\s*$", re.MULTILINE)
HAS_ITEMS = re.compile(rb"<(?:[a-z]+:)?(?:entry|item)\b", re.IGNORECASE)
# A title that is text, not markup: Atom says so, or packs it (Atom 0.3: the type is then text/plain).
TEXT_TITLE = re.compile(rb"""<title(?:\s+type=["']text(?:/plain)?["']|\s+mode=["']base64["'])+\s*>""")
ABOUT = re.compile(rb"""<item\b[^>]*\babout=["']([^"']*)["']""")


# --- Projections: what another library expects, in our form ----------------------------------


def as_title(stated: str, body: bytes) -> str:
    """The plain title of one line that we should have where a library gives text or markup."""
    return squeeze(clean(stated if TEXT_TITLE.search(body) else "".join(Pieces(stated).pieces)))


class Pieces(HTMLParser):
    """The text of markup, by another parser than ours."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def carry(body: bytes) -> bytes:
    """Make the fields of a feed without items those of one item: we keep nothing of a feed itself.

    Raises NotOurs where it has items, or no element to put one in.
    """
    if not HAS_ITEMS.search(body) and b"<textInput" not in body:
        for parent, item in ((b"feed", b"entry"), (b"channel", b"item"), (b"CHANNEL", b"ITEM")):
            start = re.search(rb"<%b\b[^>]*[^/]>|<%b>" % (parent, parent), body)
            if start:
                inside, end, after = body[start.end() :].partition(b"</%b>" % parent)
                attributes = start[0].removeprefix(b"<" + parent) if parent == b"CHANNEL" else b">"
                opened = body[: start.end()] + b"<%b%b" % (item, attributes)
                return opened + inside + b"</%b>" % item + end + after
    raise NotOurs


def instant(printed: str) -> tuple[int, ...] | None:
    """The printed date as feedparser writes instants: year, month, day, hour, minute, second, weekday, day of year, 0."""
    dated = read_date(printed)
    if dated is None:
        return None
    return (*(dated.at.astimezone(UTC) if dated.at else dated.on).timetuple()[:8], 0)


def read_date(printed: str) -> Dated | None:
    return parse_rfc822(printed, UTC) or parse_iso(printed, UTC)


# --- feedparser ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCase:
    """A file of feedparser's suite, and what we have under feedparser's names. A `Reading`."""

    url: str
    body: bytes
    text: str  # as far as the comment goes
    headers: tuple[tuple[str, str], ...]

    def items(self, body: bytes) -> tuple[Item, ...]:
        return parse_items(answer_of(body, url=self.url, headers=self.headers))

    def found(self, place: Place) -> Any:
        if place == ("encoding",):
            return decode(self.body, self.headers).text
        if place == ("entries", "len"):
            return len(self.items(self.body))
        if place[0] == "feed":
            return self.field(place[1:], lambda: self.items(carry(self.body))[0])
        if place[0] == "entries" and len(place) > 2:
            return self.field(place[2:], lambda: self.items(self.body)[place[1]])
        raise NotOurs

    def field(self, name: Place, item: Callable[[], Item]) -> Any:
        """What we have of a field of an item. Atom's `updated` is no date of publication (RFC 4287, 4.2.15)."""
        if name in {("title",), ("title_detail", "value")}:
            return item().title
        if name == ("link",):
            return item().url
        if name[0].startswith("updated") and b"<feed" in self.body:
            raise NotOurs
        if name in {("published",), ("updated",)}:
            return item().printed
        if name in {("published_parsed",), ("updated_parsed",)}:
            return instant(item().printed)
        raise NotOurs

    def expected(self, place: Place, value: Any) -> Any:
        if place == ("encoding",):  # sets have many names; what counts is the text
            return self.decoded(value)
        if place[-1] == "link":
            return resolve(self.url, value)
        if place[-1] in {"title", "value"}:
            return as_title(value, self.body)
        return value

    def decoded(self, encoding: str) -> str:
        try:
            return codecs.decode(self.body, encoding).removeprefix("\ufeff")
        except LookupError as error:
            raise NotOurs(encoding) from error


def read_case(path: Path, name: str) -> FeedCase:
    body = path.read_bytes()
    text = next(text for encoding in readings(body) if "Expect:" in (text := body.decode(encoding, "replace")))
    return FeedCase(url=SERVED_AT + name, body=body, text=text, headers=tuple(HEADER.findall(text)))


def readings(body: bytes) -> Iterable[str]:
    """Encodings that the comment of a file may be read in."""
    return (decode(body, ()).encoding, "utf-32", "utf-32-be", "utf-32-le", "utf-16-be", "utf-16-le")


def outcome_of(path: Path, name: str) -> str:
    """Read a file of feedparser's suite as a feed, and hold it against its statement."""
    case = read_case(path, name)
    refusal = refusal_of(case.body, case.url, case.headers)
    (statement,) = STATEMENT.findall(case.text)
    try:
        return MET if holds(statement, case) else f"{FAILED}: {statement}"
    except NotOurs:
        return REFUSED if refusal else OTHER
    except SubjectError as error:
        return f"{FAILED}: {error}"


def refusal_of(body: bytes, url: str, headers: Iterable[tuple[str, str]] = ()) -> str:
    """The reason why a feed is refused; "" if it gives links, which must be sound. Nothing else ever comes out."""
    try:
        links = parse_feed(answer_of(body, url=url, headers=headers), Source(kind="feed", url=url))
    except SubjectError as error:
        return error.reason
    assert all(map(is_sound, links)), url
    return ""


def test_the_feeds_of_feedparser_are_read_as_it_says(shared: Path) -> None:
    """What its files state of titles, links, dates, counts and encodings; also of the feed itself."""
    folder = suite(shared, "feedparser")
    names = {str(path.relative_to(folder)): path for path in list_files(folder, ".xml", ".json")}

    counts = examine("feedparser", {name: partial(outcome_of, path, name) for name, path in names.items()})

    assert counts == {MET: 605, OTHER: 1484, REFUSED: 3, FAILED: 15}


def date_outcome(row: dict[str, Any]) -> str:
    """Read a date as feedparser's parser of this format does."""
    printed, stated = row["input_value"], row["expected_value"]
    found = instant(printed)
    return MET if found == (stated and tuple(stated)) else f"{FAILED}: {found}"


def test_the_dates_of_feedparser_are_read_as_it_says(shared: Path) -> None:
    """The dates of machines; UTC holds where no zone is written."""
    rows = read_rows(suite(shared, "feedparser") / "dates.jsonl")

    counts = examine(
        "feedparser_dates",
        {f"{row['parse_date']} {row['input_value']}": partial(date_outcome, row) for row in rows},
    )

    assert counts == {MET: 54, FAILED: 18}


# --- gofeed ----------------------------------------------------------------------------------

GOFEED_URL = "http://news.example.org/feed"


def expectation_beside(path: Path) -> Path:
    """Where gofeed keeps what it expects of a feed."""
    return path.with_suffix(".json") if path.suffix == ".xml" else path.with_name(f"{path.stem}_expected.json")


def stated_link(item: dict[str, Any], about: str) -> str | None:
    """The address that we should have of an item; without a link, what names the item stands in if it is one."""
    links = [link for link in item.get("links") or [] if isinstance(link, dict)]
    pages = [link["href"] for link in links if link.get("href") and link.get("rel", "alternate") == "alternate"]
    stated = item.get("link") or item.get("url") or item.get("external_url") or next(iter(pages), None)
    if stated:
        return resolve(GOFEED_URL, stated)
    names = (resolve("", str(name)) for name in (item.get("id"), item.get("guid"), about) if name)
    return next(filter(None, names), None)


def stated_items(stated: dict[str, Any], body: bytes) -> list[tuple[str | None, str, str]]:
    """What we should have of the items that gofeed expects."""
    items = stated.get("items") or stated.get("entries") or []
    abouts = [about.decode() for about in ABOUT.findall(body)] or [""] * len(items)
    dates = [next((item[key] for key in DATES if item.get(key)), "") for item in items]
    return [
        (stated_link(item, about), as_title(item.get("title") or "", body), printed)
        for item, about, printed in zip(items, abouts, dates, strict=True)
    ]


DATES = ("published", "pubDate", "date_published")


def gofeed_outcome(path: Path) -> str:
    """Read a feed of gofeed's suite, and hold it against the JSON beside it."""
    body = path.read_bytes()
    refusal = refusal_of(body, GOFEED_URL)
    beside = expectation_beside(path)
    if refusal or not beside.is_file():
        return f"{FAILED}: {refusal}" if beside.is_file() else REFUSED if refusal else OTHER
    stated = json.loads(beside.read_text(encoding="utf-8"))
    expected = stated_items(stated, body)
    found = [(item.url, item.title, item.printed) for item in parse_items(answer_of(body, url=GOFEED_URL))]
    if found != expected:
        return f"{FAILED}: {found} instead of {expected}"
    return carried_outcome(body, stated["title"]) if stated.get("title") and not expected else MET


def carried_outcome(body: bytes, stated: str) -> str:
    """Hold the title of a feed without items against the expected one."""
    try:
        (item,) = parse_items(answer_of(carry(body), url=GOFEED_URL))
    except NotOurs:
        return MET  # it has no items, as expected
    title = as_title(stated, body)
    return MET if item.title == title else f"{FAILED}: {item.title!r} instead of {title!r}"


def test_the_feeds_of_gofeed_are_read_as_it_says(shared: Path) -> None:
    """Items in order, each with link, title and date; of feeds without items the title."""
    folder = suite(shared, "gofeed")
    paths = list_files(folder, ".xml", ".json")
    beside = {expectation_beside(path) for path in paths}
    feeds = {str(path.relative_to(folder)): path for path in paths if path not in beside}

    counts = examine("gofeed", {name: partial(gofeed_outcome, path) for name, path in feeds.items()})

    assert (len(paths), counts) == (1091, {MET: 534, OTHER: 9, REFUSED: 4, FAILED: 5})


def test_what_gofeed_expects_is_survived_as_a_feed_too(shared: Path) -> None:
    """The JSON beside its feeds looks like JSON Feed and is none: links or a loss."""
    paths = list_files(suite(shared, "gofeed"), ".json")

    assert Counter(refusal_of(path.read_bytes(), GOFEED_URL) for path in paths) == {"": 278, "bad_feed": 272}
