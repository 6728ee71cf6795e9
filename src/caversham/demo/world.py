"""The fictional world as values: sites, items and what each shows when, and the events planted in them.

Everything is invented: Almaran, its agency and its daily, its neighbours, and two foreign sites that cite
them. The texts lie in `world/*.toml`; `world/timeline.toml` lists what was planted, for tests to check against.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

ITEM_FILES = ("home.toml", "external.toml", "daily.toml", "abroad.toml")
SHOWING_FIELDS = frozenset(
    {"title", "text", "printed", "byline", "caption", "status", "location", "is_listed", "is_soft_404"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The furniture of pages in one language."""

    months: tuple[str, ...]
    date: str  # format of a printed date
    labels: Mapping[str, str]
    is_rtl: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A front or section page: it lists the newest items of a language or section; "" means any."""

    path: str
    label: str
    language: str = ""
    section: str = ""
    limit: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An RSS or Atom feed of the newest items of a language; "" means any."""

    path: str
    kind: str  # rss, atom
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A time in which a site gives no answer at all (outage), or refuses everybody (forbidden)."""

    since: datetime
    until: datetime
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host of the world, at a port of its own."""

    id: str
    port: int
    outlet: str
    name: str
    tagline: str
    language: str
    template: str
    robots: str
    pages: tuple[Page, ...]
    feeds: tuple[Feed, ...] = ()
    closures: tuple[Closure, ...] = ()
    has_sitemap: bool = False
    has_etags: bool = False

    @property
    def base(self) -> str:
        """Scheme, host and port, without a slash."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What an item's address shows from an instant on."""

    since: datetime
    title: str
    text: str  # paragraphs separated by an empty line
    printed: str  # the date as printed; "" undated
    byline: str = ""
    caption: str = ""
    status: int = 200
    location: str = ""  # where a redirect leads
    is_listed: bool = True
    is_soft_404: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One address and its life. Items of one `story` are the same news in other words or languages."""

    site: str
    path: str
    language: str
    section: str
    story: str
    showings: tuple[Showing, ...]  # in order of time
    charset: str = "utf-8"
    is_nfd: bool = False

    @property
    def shown_at(self) -> datetime:
        """The instant from which the address answers."""
        return self.showings[0].since

    def at(self, now: datetime) -> Showing | None:
        """What the address shows now; None before it exists."""
        return next((showing for showing in reversed(self.showings) if showing.since <= now), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a page shows at one moment of an event: the status (0: no answer) and what its text holds and lacks."""

    path: str
    status: int
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something planted in the month; `kind` is a kind of change, `none` for noise that is no change."""

    kind: str
    site: str
    path: str
    at: datetime
    what: str
    before: tuple[Sight, ...]
    after: tuple[Sight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A place where the spinner broke a foreign page: what stands there, and what it stood for."""

    site: str
    path: str
    kind: str
    text: str
    repair: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a foreign page attributes to the agency, and where it really rests; `rests_on` "" means nowhere."""

    site: str
    path: str
    text: str
    rests_on: str  # site:path
    rests_text: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it. `begins` and `ends` bound the simulated month."""

    zone: ZoneInfo
    begins: datetime
    ends: datetime
    words: Mapping[str, Words]
    sites: Mapping[str, Site]
    items: tuple[Item, ...]
    events: tuple[Event, ...]
    damages: tuple[Damage, ...]
    claims: tuple[Claim, ...]
    templates: tuple[tuple[str, str], ...]  # by file name

    def url(self, site: str, path: str) -> str:
        """The whole address of a path."""
        return self.sites[site].base + path

    def find_item(self, site: str, path: str) -> Item | None:
        """The item at a path of a site; None if there never is one."""
        return next((item for item in self.items if (item.site, item.path) == (site, path)), None)

    def at_ports(self, ports: Mapping[str, int]) -> World:
        """The same world with other ports, by site; sites that are not named keep theirs."""
        sites = {name: replace(site, port=ports.get(name, site.port)) for name, site in self.sites.items()}
        return replace(self, sites=MappingProxyType(sites))


def load_world() -> World:
    """The world that the package carries."""
    sites = _read("sites.toml")
    timeline = _read("timeline.toml")
    words = {language: _words(table) for language, table in sites["words"].items()}
    zone = ZoneInfo(sites["zone"])
    tables = [table for file in ITEM_FILES for table in _read(file)["items"]]
    return World(
        zone=zone,
        begins=sites["begins"],
        ends=sites["ends"],
        words=MappingProxyType(words),
        sites=MappingProxyType({table["id"]: _site(table) for table in sites["sites"]}),
        items=tuple(_item(table, words, zone) for table in tables),
        events=tuple(_event(table) for table in timeline["events"]),
        damages=tuple(Damage(**table) for table in timeline["damages"]),
        claims=tuple(Claim(**table) for table in timeline["claims"]),
        templates=tuple(_read_texts("templates")),
    )


def outlet_files(world: World) -> Mapping[str, str]:
    """The outlets of the world as files of a catalogue folder: texts by file name, with the world's ports."""
    ports = {str(port): str(world.sites[site].port) for site, port in load_ports().items()}
    pattern = re.compile(rf"(?<=127\.0\.0\.1:)(?:{'|'.join(ports)})\b")
    texts = {name: pattern.sub(lambda port: ports[port.group()], text) for name, text in _read_texts("outlets")}
    return MappingProxyType(texts)


def load_ports() -> Mapping[str, int]:
    """The ports that the world has unless others are asked for, by site."""
    return MappingProxyType({table["id"]: table["port"] for table in _read("sites.toml")["sites"]})


def planned_instants(world: World, *, every: timedelta = timedelta(hours=6)) -> tuple[datetime, ...]:
    """When a collector should look to see each state: at regular times, and after each event and new item.

    In order, the first at the beginning of the month and the last at its end.
    """
    steps = int((world.ends - world.begins) / every)
    regular = [world.begins + every * number for number in range(steps + 1)]
    turns = [event.at for event in world.events] + [item.shown_at for item in world.items]
    after = [at + timedelta(minutes=5) for at in turns if world.begins <= at < world.ends]
    return tuple(sorted({*regular, *after, world.ends}))


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "world" / file).read_text(encoding="utf-8"))


def _read_texts(folder: str) -> Iterable[tuple[str, str]]:
    entries = (files(__package__) / folder).iterdir()
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in sorted(entries, key=lambda entry: entry.name)]


def _words(table: Mapping[str, Any]) -> Words:
    labels = {name: value for name, value in table.items() if name not in {"months", "date", "rtl"}}
    return Words(
        months=tuple(table["months"]),
        date=table["date"],
        labels=MappingProxyType(labels),
        is_rtl=table.get("rtl", False),
    )


def _site(table: Mapping[str, Any]) -> Site:
    parts = {
        "pages": tuple(Page(**page) for page in table["pages"]),
        "feeds": tuple(Feed(**feed) for feed in table.get("feeds", ())),
        "closures": tuple(Closure(**closure) for closure in table.get("closures", ())),
    }
    return Site(**{**table, **parts})


def _item(table: Mapping[str, Any], words: Mapping[str, Words], zone: ZoneInfo) -> Item:
    first = Showing(
        since=table["shown_at"],
        title=table["title"],
        text=table["text"].strip(),
        printed=table.get("printed", printed_date(table["shown_at"], words[table["language"]], zone)),
        byline=table.get("byline", ""),
        caption=table.get("caption", ""),
    )
    showings = [first]
    for change in table.get("changes", ()):
        showings.append(_changed(showings[-1], change))
    return Item(
        site=table["site"],
        path=table["path"],
        language=table["language"],
        section=table["section"],
        story=table["story"],
        showings=tuple(showings),
        charset=table.get("charset", "utf-8"),
        is_nfd=table.get("is_nfd", False),
    )


def _changed(showing: Showing, change: Mapping[str, Any]) -> Showing:
    text = change.get("text", showing.text).strip()
    for old, new in change.get("edits", ()):
        if text.count(old) != 1:
            raise ValueError(f"an edit of {showing.title!r} needs its place exactly once: {old!r}")
        text = text.replace(old, new)
    kept = {name: value for name, value in change.items() if name in SHOWING_FIELDS}
    return replace(showing, **{**kept, "text": text, "since": change["at"]})


def printed_date(instant: datetime, words: Words, zone: ZoneInfo) -> str:
    """An instant as the pages of a language print it.

    >>> words = Words(months=("January",), date="{month} {day}, {year} {time}", labels={})
    >>> printed_date(datetime.fromisoformat("2026-01-02T03:04:00+00:00"), words, ZoneInfo("Asia/Kathmandu"))
    'January 2, 2026 08:49'
    """
    local = instant.astimezone(zone)
    return words.date.format(
        day=local.day, month=words.months[local.month - 1], year=local.year, time=local.strftime("%H:%M")
    )


def _event(table: Mapping[str, Any]) -> Event:
    parts = {side: tuple(_sight(table["path"], sight) for sight in table[side]) for side in ("before", "after")}
    return Event(**{**table, **parts})


def _sight(path: str, table: Mapping[str, Any]) -> Sight:
    return Sight(
        path=table.get("path", path),
        status=table.get("status", 200),
        holds=tuple(table.get("holds", ())),
        lacks=tuple(table.get("lacks", ())),
    )
