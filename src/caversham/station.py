"""A station: everything built from its folder, and the one door for the faces.

What may be shown to the public is decided here (`shows_text`) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from caversham.archive import WarcArchive
from caversham.errors import NotHeld, SettingsError
from caversham.extract import make_extract
from caversham.index import FullTextIndex
from caversham.outlets.catalogue import Catalogue, load_catalogue
from caversham.pipeline.indexing import drain_outbox
from caversham.pipeline.intake import Tally
from caversham.pipeline.rebuild import catch_up, rebuild_catalogue
from caversham.ports import Clock
from caversham.search.find import find_articles
from caversham.search.query import parse_query
from caversham.settings import Settings, change_settings, read_settings, write_settings
from caversham.store import open_store
from caversham.types import Article, ArticleId, Capture, CaptureId, Found, Outlet, OutletId, Version
from caversham.urls import article_id, canonical_url

Progress = Callable[[int], None]  # called with a count that grows


def utc_now() -> datetime:
    """The clock of the wall, aware and UTC."""
    return datetime.now(UTC)


def no_progress(_count: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAnswer:
    """An article with its versions and every look at it."""

    article: Article
    outlet: Outlet
    versions: tuple[Version, ...]
    captures: tuple[Capture, ...]
    shows_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days on which an outlet that was followed before and after was not looked at."""

    outlet: OutletId
    since: date
    until: date


class Station:
    """One station. Reading needs nothing; whatever writes takes the writer's lock first.

    Use as a context manager, or call `close`.
    """

    def __init__(self, folder: Path, *, clock: Clock = utc_now) -> None:
        self.folder = folder
        self.clock = clock
        self.settings: Settings = read_settings(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of locks and connections."""
        for part in ("archive", "store"):
            if part in self.__dict__:
                getattr(self, part).close()

    @cached_property
    def catalogue(self) -> Catalogue:
        """The outlets: ours, and those of the station's own folder `outlets/`."""
        return load_catalogue([self.folder / "outlets"])

    @cached_property
    def archive(self) -> WarcArchive:
        """The truth on disk."""
        return WarcArchive(self.folder, writer=self.settings.writer, clock=self.clock)

    @cached_property
    def store(self) -> SqlStore:
        """The catalogue of captures, articles and versions."""
        url = self.settings.store
        return open_store(f"sqlite:///{self.folder / 'catalogue.db'}" if url == "sqlite" else url)

    @cached_property
    def index(self) -> FullTextIndex:
        """Full text."""
        return FullTextIndex(self.folder / "index")

