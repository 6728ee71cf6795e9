"""A station: everything built from its folder, and the one door for the faces.

What may be shown to the public is decided here (`shows_text`) and nowhere else.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from caversham.answers import (
    ArticleAnswer,
    Backfilled,
    Check,
    Collected,
    Doctored,
    Gap,
    Held,
    Imported,
    OutletStatus,
    TriedSource,
    Withdrawn,
)
from caversham.archive import Report, WarcArchive, verify
from caversham.archive.files import leaves_path, list_writers
from caversham.errors import CavershamError, NotHeld, Refused, SettingsError, StationError
from caversham.index import FullTextIndex
from caversham.outlets.catalogue import check_outlets
from caversham.outlets.register import Register
from caversham.pipeline.attempt import attempt
from caversham.pipeline.indexing import drain_outbox
from caversham.pipeline.inputs import LISTS, failure_of, iter_file, iter_files
from caversham.pipeline.intake import NO_LEASES, Tally, batches, catalogue, take_in
from caversham.pipeline.reading import Reader
from caversham.pipeline.rebuild import catch_up, rebuild_catalogue
from caversham.ports import Clock, Extract
from caversham.search.find import find_articles
from caversham.search.query import parse_query
from caversham.settings import Settings, change_settings, read_settings
from caversham.store import SqlStore, open_store
from caversham.times import day_in_zone, zone
from caversham.types import Article, ArticleId, Capture, CaptureId, CaptureKind, Found, Outlet, OutletId, Skip, Version
from caversham.urls import article_id, canonical_url

if TYPE_CHECKING:
    from caversham.collect.fetch import Fetcher, Limits
    from caversham.collect.hosts import Pause
    from caversham.pipeline.following import Following

ARTICLE_ID = re.compile(r"[a-z2-7]{16}")
DAY = timedelta(days=1)
FREE_BYTES = 2**30  # `doctor` warns below this

Progress = Callable[[int], None]  # called with a count that grows


def utc_now() -> datetime:
    """The clock of the wall, aware and UTC."""
    return datetime.now(UTC)


def no_progress(_count: int) -> None:
    """Progress that nobody looks at."""


class Station:
    """One station. Reading needs nothing; whatever writes takes the writer's lock first.

    Use as a context manager, or call `close`.
    """

    def __init__(
        self, folder: Path, *, clock: Clock = utc_now, pause: Pause = asyncio.sleep, limits: Limits | None = None
    ) -> None:
        self.folder = folder
        self.clock = clock
        self._pause = pause  # how turns at a host are waited for; a clock that is not the wall's needs its own
        self._limits = limits  # of one fetch; None: those of collect/fetch.py
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

    # --- parts, built when first needed ---------------------------------------------------------

    @cached_property
    def register(self) -> Register:
        """The outlets of the catalogue, and the station's own."""
        return Register(self.folder / "outlets")

    @cached_property
    def archive(self) -> WarcArchive:
        """The truth on disk."""
        return WarcArchive(self.folder, writer=self.settings.writer, clock=self.clock)

    @cached_property
    def store(self) -> SqlStore:
        """The catalogue of captures, articles and versions."""
        url = self.settings.store
        return open_store(self.folder / "catalogue.db" if url == "sqlite" else url)

    @cached_property
    def holdings(self) -> SqlStore:
        """The catalogue, to be read. Raises StationError where it was lost: what it held would seem never held."""
        logs = [leaves_path(self.folder, writer) for writer in list_writers(self.folder)]
        if not self.store.positions() and any(log.exists() and log.stat().st_size for log in logs):
            message = "the catalogue is empty and the archive is not: make it again from the archive: caversham rebuild"
            raise StationError(message)
        return self.store

    @cached_property
    def index(self) -> FullTextIndex:
        """Full text."""
        return FullTextIndex(self.folder / "index")

    @cached_property
    def extract(self) -> Extract:
        """Capture to Content, by the rules of the outlets."""
        return load_extract(self.register)

    # --- finding --------------------------------------------------------------------------------

    def search(self, text: str, *, limit: int = 20, cursor: str | None = None, is_public: bool = False) -> Found:
        """Articles that match a query. Raises QueryError that names the position."""

        def shows_text(outlet: OutletId) -> bool:
            return not is_public or self.shows_text(self.register.get(outlet))

        query = parse_query(text)
        return find_articles(self.index, self.holdings, query, limit=limit, cursor=cursor, shows_text=shows_text)

    def article(self, address: str, *, is_public: bool = False) -> ArticleAnswer:
        """The article of an address or article id, with its versions and looks. Raises NotHeld."""
        article = self._get_article(address)
        outlet = self.register.get(article.outlet)
        return ArticleAnswer(
            article=article,
            outlet=outlet,
            versions=self.holdings.get_versions(article.id),
            captures=self.holdings.get_captures(article.id),
            shows_text=not is_public or self.shows_text(outlet),
        )

    def capture(self, capture: str, *, is_public: bool = False) -> Capture:
        """One look with the body as archived; of a revisit, that of the look it repeats.

        Raises NotHeld; Refused for what was withdrawn, and for what the public may not see; RecordError.
        """
        look = self.holdings.get_capture(CaptureId(capture))
        if is_public and not self.shows_text(self.register.get(look.outlet)):
            reason = "the operator of this station does not let the full text of this outlet be shown"
            raise Refused(f"withheld: {reason}", sha256=look.sha256, reason=reason)
        found = self._read_back(look)
        if found.repeats is not None and not found.body:
            found = replace(found, body=self._read_back(self.holdings.get_capture(found.repeats.id)).body)
        return found

    def _read_back(self, look: Capture) -> Capture:
        if look.id is None or look.place is None:
            raise NotHeld(f"the look at {look.url!r} lies in no file of the archive")
        found = self.archive.get(look.id, look.place.file, look.place.offset)
        if found.kind in (CaptureKind.WITHDRAWN, CaptureKind.TOMBSTONE):
            reason = "it was withdrawn from this station; the hash and the leaf stay"
            raise Refused(f"withdrawn: {reason}", sha256=look.sha256, reason=reason)
        return found

    def shows_text(self, outlet: Outlet) -> bool:
        """Whether the public may see the full text of this outlet: the one place that decides it."""
        return self.settings.shows_full_text(outlet)

    @property
    def reader(self) -> Reader:
        """Reads one page with the rules and settings of this station."""
        return Reader(
            fetcher=self._following.make_fetcher, extract=self.extract, register=self.register, clock=self.clock
        )

    def export(self) -> Iterator[Version]:
        """All versions by url and number, streamed."""
        return self.holdings.iter_versions()

    # --- taking in ------------------------------------------------------------------------------

    def import_paths(
        self, paths: Sequence[Path], *, url: str | None = None, progress: Progress = no_progress
    ) -> Imported:
        """Take in files and folders; what is known already changes nothing. `url` is the address of one HTML file."""
        files = [file for path in paths for file in iter_files(path)]
        rows = 0
        tally = Tally()
        followed = self.settings.follow
        self.catch_up()
        captures = chain.from_iterable(self._read(file, url, tally) for file in files)
        for batch in batches(captures):
            tally.add(self._take_in(batch))
            rows += len(batch)
            progress(rows)
        self.drain()
        return Imported(
            rows=rows,
            outcomes=tally.outcomes,
            skips=tally.skips,
            losses=tuple(tally.losses),
            newly_followed=tuple(outlet for outlet in self.settings.follow if outlet not in followed),
        )

    def collect(
        self, outlets: Sequence[str] = (), *, is_watching: bool = False, progress: Progress = no_progress
    ) -> Collected:
        """Look at all that is due of the followed outlets, or of these; with `is_watching` go on until interrupted."""
        chosen = [self.register.catalogue.get(outlet) for outlet in outlets or self.settings.follow]
        if not chosen:
            raise SettingsError("no outlet is followed; choose some: caversham outlets list, caversham follow ID")
        self.catch_up()
        tally = asyncio.run(self._following.look(chosen, is_watching=is_watching, progress=progress))
        self.drain()
        return Collected(
            outlets=tuple(outlet.id for outlet in chosen),
            outcomes=tally.outcomes,
            skips=tally.skips,
            losses=tuple(tally.losses),
        )

    def backfill(
        self,
        outlet: str,
        *,
        since: date,
        until: date | None = None,
        ways: Sequence[str] = (),
        limit: int | None = None,
        progress: Progress = no_progress,
    ) -> Backfilled:
        """Look into the past of an outlet, from `since` to `until` (today), by these ways or all that are allowed.

        `limit` bounds the requests of this run; the same call goes on where it ended. Raises SettingsError.
        """
        from caversham.pipeline.backfill import choose_ways  # noqa: PLC0415 # loads the network's libraries
        from caversham.pipeline.walking import Plan  # noqa: PLC0415 # the same

        chosen = self.register.catalogue.get(outlet)
        last = until or day_in_zone(self.clock(), zone(chosen.timezone))
        if since > last:
            raise SettingsError(f"--since {since} lies after the last day looked for, {last}")
        ways = choose_ways(chosen, self.settings.backfill, tuple(ways))
        plan = Plan(outlet=chosen, since=since, until=last, ways=ways, limit=limit)
        self.catch_up()
        walked, tally = asyncio.run(self._following.go_back(plan, owns=self._owner_of(chosen), progress=progress))
        self.drain()
        return Backfilled(
            outlet=chosen.id,
            since=since,
            until=last,
            walks=walked.walks,
            outcomes=tally.outcomes + walked.left_out,
            skips=tally.skips,
            losses=tuple(tally.losses),
        )

    def _owner_of(self, outlet: Outlet) -> Callable[[str], bool]:
        def owns(url: str) -> bool:
            found = self.register.catalogue.find_by_host(url)
            return found is not None and found.id == outlet.id

        return owns

    def try_sources(self, outlet: str) -> tuple[TriedSource, ...]:
        """Try every source of an outlet live; nothing is stored. Raises SettingsError for an unknown id."""
        return asyncio.run(self._following.check(self.register.catalogue.get(outlet), self.extract))

    @cached_property
    def _following(self) -> Following:
        # Loaded here, since only collecting and reading an address need the network's libraries.
        from caversham.pipeline.following import Following  # noqa: PLC0415

        return Following(
            settings=self.settings,
            limits=self._limits,
            pause=self._pause,
            store=self.store,
            archive=self.archive,
            clock=self.clock,
            take_in=self._take_in,
            drain=self.drain,
        )

    def _take_in(self, batch: Sequence[Capture], leases: Mapping[str, int] = NO_LEASES) -> Tally:
        return take_in(batch, archive=self.archive, store=self.store, extract=self.extract, leases=leases)

    def _read(self, file: Path, url: str | None, tally: Tally) -> Iterator[Capture]:
        if file.name.lower().endswith(LISTS):
            followed = attempt("import", file.name, lambda: self._follow_list(file))
            return iter([failure_of(followed, now=self.clock(), via=file.name)] if isinstance(followed, Skip) else [])

        def leave_out(why: str) -> None:
            tally.outcomes[why] += 1

        return iter_file(file, now=self.clock(), outlet_for=self.register.id_for, leave_out=leave_out, url=url)

    def _follow_list(self, file: Path) -> tuple[OutletId, ...]:
        """Follow the outlets of an OPML list; all that are followed now."""
        from caversham.collect.feeds import read_opml  # noqa: PLC0415 # only lists need the reader of feeds

        listed = [self.register.add_feed(title, source) for title, source in read_opml(file)]
        return self._set_followed(dict.fromkeys([*self.settings.follow, *listed]))

    # --- how things are ---------------------------------------------------------------------------

    def status(self) -> Held:
        """What is held and lost, how the outlets are, and which days are missing."""
        counts = self.holdings.count_status()
        outlets = tuple(
            OutletStatus(
                outlet=one.outlet,
                is_followed=one.outlet in self.settings.follow,
                articles=one.article_count,
                versions=one.version_count,
                size_bytes=counts.size_bytes.get(one.outlet, 0),
                last_answer_at=one.last_answer_at,
                requests=one.recent_count,
                failures=one.recent_failure_count,
                overdue=one.overdue_count if one.outlet in self.settings.follow else 0,
            )
            for one in self.store.list_outlet_health(self.clock())
        )
        budget = self.settings.disk_budget_gb
        return Held(
            articles=counts.article_count,
            addresses=counts.address_count,
            versions=counts.version_count,
            captures=counts.capture_count,
            sightings=counts.sighting_count,
            skips=counts.skips,
            size_bytes=sum(counts.size_bytes.values()),
            budget_bytes=int(budget * 10**9) if budget else None,
            outlets=outlets,
            gaps=tuple(
                Gap(outlet=outlet, since=since, until=until)
                for outlet, days in self.store.list_look_days().items()
                for since, until in gaps_of(days)
            ),
        )

    def verify(self, *, progress: Progress = no_progress) -> Report:
        """Compare every record with its leaf."""
        return verify(self.folder, progress=lambda done, _: progress(done))

    def check_outlets(self) -> tuple[str, ...]:
        """Every problem of the catalogue's files and the station's own."""
        folder = self.folder / "outlets"
        return check_outlets(folder) if folder.is_dir() else ()

    def examine(self) -> Doctored:
        """Look at everything that a working station needs."""
        free_bytes = shutil.disk_usage(self.folder).free
        return Doctored(
            checks=(
                Check(
                    name="contact",
                    is_ok=bool(self.settings.contact),
                    detail=self.settings.contact
                    or "set `contact` in station.toml: site owners must be able to reach you",
                ),
                _check("outlets", self._examine_outlets),
                _check("store", lambda: f"{self.holdings.count_status().capture_count:,} captures"),
                _check("index", lambda: f"{self.search('').total:,} articles"),
                Check(name="disk", is_ok=free_bytes > FREE_BYTES, detail=f"{free_bytes // 2**20:,} MiB free"),
            )
        )

    def _examine_outlets(self) -> str:
        unknown = [outlet for outlet in self.settings.follow if outlet not in self.register.catalogue]
        if unknown:
            raise SettingsError(f"followed, but not in the catalogue: {', '.join(unknown)}")
        return f"{len(self.register.catalogue)} known, {len(self.settings.follow)} followed"

    # --- keeping --------------------------------------------------------------------------------

    def catch_up(self) -> Tally:
        """Mend what an interruption left, before anything is written."""
        return catch_up(self.archive, self.store, self.extract, writer=self.settings.writer, progress=no_progress)

    def drain(self) -> int:
        """Let the index take up what the catalogue put into its outbox."""
        return drain_outbox(self.store, self.index, self.register.get)

    def rebuild(self, *, progress: Progress = no_progress) -> Tally:
        """Make catalogue and index again from the archive."""
        self.archive.recover()
        self.index.clear()
        tally = rebuild_catalogue(
            self.archive, self.store, self.extract, writer_count=len(list_writers(self.folder)), progress=progress
        )
        self.drain()
        return tally

    def withdraw(self, address: str, *, reason: str) -> Withdrawn:
        """Remove what must not be kept: the leaf and the hash stay. Raises NotHeld."""
        if not reason.strip():
            raise SettingsError("a withdrawal needs a reason: --reason TEXT; it is kept in the log")
        self.catch_up()
        article = self._get_article(address)
        doomed = [look for look in self.store.get_captures(article.id) if look.kind is not CaptureKind.WITHDRAWN]
        done = self.archive.withdraw(doomed, url=article.url, outlet=article.outlet, reason=reason, at=self.clock())
        catalogue([done.tombstone], store=self.store, extract=self.extract)
        with self.store.transaction() as tx:
            for file in done.files:
                tx.move_captures(list(self.archive.iter_places(file)))
        self.drain()
        return Withdrawn(url=article.url, article=article.id, records=len(doomed), reason=reason)

    def follow(self, outlets: Iterable[str]) -> tuple[OutletId, ...]:
        """Follow these outlets as well. Raises SettingsError for an id that no file of the catalogue has."""
        wanted = [self.register.catalogue.get(outlet).id for outlet in outlets]
        return self._set_followed(dict.fromkeys([*self.settings.follow, *wanted]))

    def unfollow(self, outlets: Iterable[str]) -> tuple[OutletId, ...]:
        """Follow these outlets no longer; what is held of them stays."""
        gone = set(outlets)
        return self._set_followed(outlet for outlet in self.settings.follow if outlet not in gone)

    def _set_followed(self, outlets: Iterable[OutletId]) -> tuple[OutletId, ...]:
        change_settings(self.folder, {"follow": list(outlets)})
        self.settings = read_settings(self.folder)
        return self.settings.follow

    def _get_article(self, address: str) -> Article:
        is_id = ARTICLE_ID.fullmatch(address)
        try:
            return self.holdings.get_article(ArticleId(address) if is_id else article_id(canonical_url(address)))
        except NotHeld as error:
            message = f"this station does not hold {address!r}: it was never captured, sighted or linked to"
            raise NotHeld(message) from error


def make_reader(folder: Path | None) -> Reader:
    """A reader with the settings of the station in `folder`; None: with no station, for public addresses only."""
    if folder is not None:
        return Station(folder).reader
    register = Register(None)

    def make_fetcher() -> Fetcher:
        from caversham.collect.fetch import Fetcher  # noqa: PLC0415 # only an address needs the network's libraries

        return Fetcher(contact="", allowed_hosts=frozenset(), proxies={}, clock=utc_now)

    return Reader(fetcher=make_fetcher, extract=load_extract(register), register=register, clock=utc_now)


def load_extract(register: Register) -> Extract:
    """The extractor. Loaded here, since its libraries cost a second that only taking in needs."""
    from caversham.extract import make_extract  # noqa: PLC0415

    return make_extract(register.get)


def gaps_of(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Runs of days that are missing between these days, which ascend.

    >>> [(since.day, until.day) for since, until in gaps_of([date(2024, 1, 1), date(2024, 1, 4)])]
    [(2, 3)]
    """
    for before, after in pairwise(days):
        if (after - before).days > 1:
            yield before + DAY, after - DAY


def _check(name: str, examine: Callable[[], str]) -> Check:
    try:
        return Check(name=name, is_ok=True, detail=examine())
    except CavershamError as error:
        return Check(name=name, is_ok=False, detail=str(error))
