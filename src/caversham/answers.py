"""What a station answers, as values; `serve/documents.py` makes JSON of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from caversham.types import Article, ArticleId, Capture, Link, Outlet, OutletId, Skip, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAnswer:
    """An article with its versions and every look at it."""

    article: Article
    outlet: Outlet
    versions: tuple[Version, ...]
    captures: tuple[Capture, ...]
    shows_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the rows and records of an import."""

    rows: int
    outcomes: Mapping[str, int]
    skips: Mapping[str, int]
    losses: tuple[Skip, ...]  # the first of what was skipped
    newly_followed: tuple[OutletId, ...]  # outlets that a list named


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What became of the looks of a round of collecting."""

    outlets: tuple[OutletId, ...]
    outcomes: Mapping[str, int]
    skips: Mapping[str, int]
    losses: tuple[Skip, ...]  # the first of what was skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """How far one way into the past was gone."""

    way: str  # archive, numbered, wayback, commoncrawl
    source: str  # template of the outlet's pages, or address of the archive that was asked
    requests: int  # made in this run, those for robots.txt not counted
    held: int  # items met that needed no request
    remaining: int  # addresses that are known and were not asked for
    is_complete: bool  # the end was reached, and nothing is left for another run


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What became of the looks into an outlet's past."""

    outlet: OutletId
    since: date
    until: date
    walks: tuple[Walked, ...]
    outcomes: Mapping[str, int]
    skips: Mapping[str, int]
    losses: tuple[Skip, ...]  # the first of what was skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedSource:
    """What a source showed when it was tried; nothing of it is stored."""

    kind: str
    url: str  # as it was asked for
    status: int | None  # None: no answer
    links: int
    newest: Link | None  # None: it showed none
    error: str  # "": none


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What was withdrawn."""

    url: str
    article: ArticleId
    records: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that `doctor` looked at."""

    name: str
    is_ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctored:
    """What `doctor` found."""

    checks: tuple[Check, ...]

    @property
    def is_ok(self) -> bool:
        """Whether every check passed."""
        return all(check.is_ok for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStatus:
    """How one outlet is."""

    outlet: OutletId
    is_followed: bool
    articles: int
    versions: int
    size_bytes: int
    last_answer_at: datetime | None  # None: it never answered
    requests: int  # the newest ones, at most a day's worth
    failures: int  # of these
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days, both included, on which an outlet that was looked at before and after was not looked at."""

    outlet: OutletId
    since: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the station holds, and what it lost."""

    articles: int  # with a text
    addresses: int  # known items, those only sighted included
    versions: int
    captures: int
    sightings: int
    skips: Mapping[str, int]
    size_bytes: int
    budget_bytes: int | None  # None: no budget
    outlets: tuple[OutletStatus, ...]
    gaps: tuple[Gap, ...]
