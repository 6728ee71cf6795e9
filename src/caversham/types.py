"""The values that flow through Caversham: frozen, slotted, keyword-only.

    Outlet -> Link -> Capture -> Version -> Hit

Instants are aware and UTC. Positions are code points, half-open. Collections are tuples or
read-only mappings. `None` means unknown, and the field's comment says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

ArticleId = NewType("ArticleId", str)  # 80 bits of the SHA-256 of the canonical URL: 16 base32 letters
CaptureId = NewType("CaptureId", str)  # SHA-256 of the uncompressed WARC record, 64 hex digits
OutletId = NewType("OutletId", str)  # file name of the outlet in the catalogue: "kcna"

NOTHING: Mapping[str, str] = MappingProxyType({})


class Role(StrEnum):
    """What an outlet is in a chain of quotation; only `state` counts in shares."""

    STATE = "state"
    WIRE = "wire"
    RELAY = "relay"
    MIRROR = "mirror"
    OTHER = "other"
    UNKNOWN = "unknown"


class Audience(StrEnum):
    """For whom an outlet or edition is made."""

    DOMESTIC = "domestic"
    EXTERNAL = "external"
    BOTH = "both"
    UNKNOWN = "unknown"


class State(StrEnum):
    """The life of an article, as far as the looks at its address tell."""

    LIVE = "live"
    MISSING = "missing"
    GONE = "gone"
    MOVED = "moved"
    REPLACED = "replaced"
    RESTRICTED = "restricted"
    UNKNOWN = "unknown"


class TimeBasis(StrEnum):
    """Who vouches for the time of a capture."""

    OBSERVED = "observed"  # our own clock, while we looked
    IMPORTED = "imported"  # the row or file that was imported says so
    ASSUMED = "assumed"  # nothing says so: the instant of import stands in
    THIRD_PARTY_ARCHIVE = "third_party_archive"  # the WARC, ARC or WACZ of another tool says so


class CaptureKind(StrEnum):
    """What a look was at. Only the first three can make a version."""

    PAGE = "page"  # an HTTP answer of an item's address, live or from a WARC
    ROW = "row"  # an imported observation; the body is its canonical JSON
    FILE = "file"  # an HTML file without an HTTP answer
    SIGHTING = "sighting"  # address and title were seen somewhere; the page was not
    LISTING = "listing"  # what a feed, sitemap or front page showed, in order
    SOURCE = "source"  # the HTTP answer of a feed, sitemap or section page
    ROBOTS = "robots"  # the HTTP answer of /robots.txt
    REDIRECT = "redirect"  # one hop on the way to another capture
    FAILURE = "failure"  # no answer, or a row that cannot be used; the body says why
    TOMBSTONE = "tombstone"  # a withdrawal
    WITHDRAWN = "withdrawn"  # what a withdrawal left of a record


class Precision(StrEnum):
    """How much of a date was printed."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date as printed, never more precise than its print.

    `on` is the day in the outlet's time zone (the first day of the month or year where only these
    were printed); `at` is the UTC instant, set exactly when `precision` is minute.
    """

    on: date
    precision: Precision
    at: datetime | None = None
    printed: str = ""

    @property
    def iso(self) -> str:
        """RFC 3339 with Z, or `2023-06-12`, `2023-06`, `2023`.

        >>> Dated(on=date(1948, 9, 1), precision=Precision.MONTH).iso
        '1948-09'
        """
        if self.at is not None:
            return self.at.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
        length = {Precision.DAY: 10, Precision.MONTH: 7, Precision.YEAR: 4}[self.precision]
        return self.on.isoformat()[:length]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open range of code points and the text that stands there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a fact about an outlet comes from."""

    source: str
    checked_on: date | None  # None: never checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something an outlet publishes that points at its items."""

    kind: str  # feed, sitemap, listing; archive and numbered, which only a backfill asks
    url: str  # of an archive or numbered: a template (outlets/templates.py)
    language: str | None = None  # BCP 47 primary subtag; None: not stated
    selectors: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # listing, archive: item, link, title, date
    since: date | None = None
    until: date | None = None
    checked: str = "never"  # when and how the address was seen to work
    first: int = 1  # archive: the number of the first page; numbered: a number that is known to have existed
    step: int = 1  # from one page or number to the next
    misses: int = 20  # numbered: so many numbers in a row without an item of the period end the walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """CSS selectors for an outlet's pages, valid for captures of a period."""

    selectors: Mapping[str, str]  # title, body, date, updated, section, byline, captions, images, remove
    since: date | None = None
    until: date | None = None
    hosts: tuple[str, ...] = ()  # empty: every host of the outlet
    date_format: str | None = None  # strptime format of the printed date; None: any known form


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One language service of an outlet."""

    language: str
    audience: Audience = Audience.UNKNOWN
    hosts: tuple[str, ...] = ()
    path_prefix: str = ""
    delay_s: int | None = None  # usual delay behind the original; None: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher, as the catalogue describes it."""

    id: OutletId
    name: str
    names: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # by language
    country: str | None = None  # ISO 3166-1 alpha-2; None: unknown
    role: Role = Role.UNKNOWN
    control: str = "unknown"  # State Media Monitor's typology
    organ_of: str | None = None  # "party: Workers' Party of Korea"; None: unknown
    audience: Audience = Audience.UNKNOWN
    editions: tuple[Edition, ...] = ()
    hosts: tuple[str, ...] = ()
    timezone: str = "UTC"  # IANA name
    sources: tuple[Source, ...] = ()
    rules: tuple[Rule, ...] = ()
    agency_credits: tuple[str, ...] = ()  # how the agency signs: "KCNA", "조선중앙통신"
    delay_s: float = 5.0  # pause between two requests to one host
    mirrors: tuple[str, ...] = ()
    predecessors: tuple[str, ...] = ()
    closed_on: date | None = None  # None: open, as far as known
    legal_note: str = ""
    note: str = ""  # what a reader of its texts should know: a change of government, a break, whom it is taken for
    facts: Mapping[str, Citation] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something a source pointed at."""

    url: str
    outlet: OutletId
    source: str  # address of the feed, sitemap or section page
    found_at: datetime
    title_hint: str = ""
    published_hint: str = ""  # as printed by the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record lies: which log and leaf, which file, which bytes of it."""

    writer: str
    leaf: int
    file: str  # relative to the station's archive folder
    offset: int
    size: int  # of the compressed member


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The capture whose body a revisit repeats."""

    id: CaptureId
    url: str
    captured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One look at one address. Live page, archive record and imported row become this."""

    url: str  # as asked for
    final_url: str  # where the answer came from, after redirects
    outlet: OutletId
    kind: CaptureKind
    captured_at: datetime
    time_basis: TimeBasis
    status: int | None  # HTTP status; None: not known, or there was no HTTP answer
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""  # as sent, transfer encoding taken off, content encoding left on
    sha256: str = ""  # of `body`, 64 hex digits; what a revisit points back to
    via: str = ""  # the source or file that led here
    vantage: str = ""  # from where we looked: "" is the station itself, else the proxy's name
    look: str = ""  # identity of the look where it may come twice (imports); "" for our own
    request: bytes = b""  # request line and headers as sent; b"": not known
    hops: tuple[Capture, ...] = ()  # redirects on the way, in order
    repeats: Earlier | None = None  # set: `body` may be empty, it is that of the earlier capture
    id: CaptureId | None = None  # None: not yet written to the archive
    place: Place | None = None  # None: not yet written to the archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An illustration of an article, by address only."""

    url: str
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one look showed, extracted."""

    title: str
    text: str  # the body; paragraphs separated by one newline
    language: str = "und"
    section: str = ""
    dateline: str = ""  # "Pyongyang, November 29"
    agency: str = ""  # the agency credit: "KCNA"
    byline: str = ""
    images: tuple[Image, ...] = ()
    dated: Dated | None = None  # of the speech, signature or dateline; None: not printed
    published: Dated | None = None  # as printed; None: undated
    updated: Dated | None = None  # as printed; None: not printed
    canonical: str | None = None  # rel=canonical, absolute; None: the page has none
    extractor: str = ""  # "kcna@3", "generic@2", "row@1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the catalogue keeps of a capture of an item, in the order (captured_at, place)."""

    capture: CaptureId
    captured_at: datetime
    time_basis: TimeBasis
    position: tuple[str, int]  # writer, leaf
    status: int | None
    sha256: str
    content: str | None  # id of the Content; None: nothing was extracted
    comparable: str | None  # equal for equal title and text; None: nothing was extracted
    kind: CaptureKind = CaptureKind.PAGE
    outlet: OutletId = OutletId("")  # "" not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of consecutive looks that showed the same title and text: the frame of a version."""

    number: int  # from 1, for display only
    first: Look
    last_seen_at: datetime
    look_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The life of one item."""

    id: ArticleId
    url: str  # canonical
    outlet: OutletId
    state: State
    first_held_at: datetime | None  # None: only sighted, or never answered
    last_seen_at: datetime | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A run of looks that showed the same title and text. Its citable id is its first capture."""

    id: CaptureId
    article: ArticleId
    url: str
    outlet: OutletId
    number: int
    content: Content
    captured_at: datetime
    time_basis: TimeBasis
    last_seen_at: datetime
    look_count: int
    sha256: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A loss, counted."""

    step: str  # collect, archive, import, extract, ...
    subject: str  # an address, or file:line
    reason: str  # a short snake_case word
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An item's address that is due for a look."""

    article: ArticleId
    url: str  # to be asked for, as the source gave it
    outlet: OutletId
    via: str  # the source that pointed at it
    attempt_count: int  # looks without an answer since the last answer
    earlier: Earlier | None = None  # last capture with a body of its own; None: never held
    sha256: str = ""  # of that body
    etag: str = ""  # validators of the last answer; "": none given
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the index holds of one article."""

    article: ArticleId
    version: CaptureId  # the latest
    title: str
    text: str  # of the latest version
    past: str  # lines that stood only in older versions
    outlet: OutletId
    country: str  # "" unknown
    role: Role
    language: str
    section: str
    state: State
    level: str  # "" unknown
    published: Dated | None


# --- Queries ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One written word, or several side by side in quotation marks."""

    text: str
    position: int  # of its first code point in the query
    is_phrase: bool = False
    is_prefix: bool = False
    field: str = "text"  # text (title and body), title, past


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Both sides within `distance` words of each other, in any order."""

    left: Words
    right: Words
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """outlet:, country:, lang:, section:, state:, since:, until: and the like."""

    name: str
    value: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All parts must match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one part must match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part must not match."""

    part: Node


Node = Words | Near | Filter | And | Or | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A checked search. `root` is None for the empty query, which finds everything."""

    text: str
    root: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A version that a search found."""

    url: str
    article: ArticleId
    version: CaptureId
    title: str
    outlet: OutletId
    language: str
    published: Dated | None
    state: State
    level: str | None  # authority level; None: unknown
    score: float
    snippet: str
    spans: tuple[Span, ...]  # what matched, in the snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How many articles matched in a month, and their share of all that state outlets published in it."""

    month: str  # 2023-06
    count: int
    share: float | None  # None: the month holds nothing of a state outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of hits with the counts of the whole result. All counts are of articles."""

    query: str
    total: int
    undated: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    months: tuple[Month, ...]
    next: str | None  # cursor of the next page; None: this was the last
