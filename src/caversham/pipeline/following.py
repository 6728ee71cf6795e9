"""Following outlets: rounds of looks, kept as they come, once or until interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from caversham.answers import TriedSource
from caversham.collect.fetch import Fetcher, Limits
from caversham.collect.hosts import Pause, Politeness
from caversham.pipeline.asking import Tools
from caversham.pipeline.backfill import WalkedBack, walk_back
from caversham.pipeline.checking import try_sources
from caversham.pipeline.hosts import HostLeases
from caversham.pipeline.intake import Tally
from caversham.pipeline.keeper import Keeper
from caversham.pipeline.rounds import collect_round
from caversham.pipeline.walking import Plan
from caversham.ports import Archive, Clock, Extract, Store
from caversham.settings import Settings
from caversham.types import Capture, CaptureId, Outlet

INDEX_PAUSE_S = 1.0  # a commit of the index costs as much as a hundred commits of the catalogue
ROUND_PAUSE_S = 15.0  # between two rounds of --watch; what is due is asked of the catalogue, which costs little

TakeIn = Callable[[Sequence[Capture], Mapping[str, int]], Tally]


class Following:
    """What one process needs to follow outlets; hosts are remembered from one round to the next."""

    def __init__(
        self,
        *,
        settings: Settings,
        limits: Limits | None,
        pause: Pause,
        store: Store,
        archive: Archive,
        clock: Clock,
        take_in: TakeIn,
        drain: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._store = store
        self._archive = archive
        self._clock = clock
        self._take_in = take_in
        self._drain = drain
        self._politeness = Politeness(clock=clock, pause=pause)
        self._drained_s = monotonic()
        self._children: dict[str, tuple[CaptureId, tuple[str, ...]]] = {}

    async def look(self, outlets: Sequence[Outlet], *, is_watching: bool, progress: Callable[[int], None]) -> Tally:
        """Make one round, or go on until interrupted; `progress` gets the count of what was kept so far."""
        async with self._tools(progress) as tools:
            await collect_round(tools, outlets)
            while is_watching:
                self._drain()
                await asyncio.sleep(ROUND_PAUSE_S)
                await collect_round(tools, outlets)
        return tools.keeper.tally

    async def go_back(
        self, plan: Plan, *, owns: Callable[[str], bool], progress: Callable[[int], None]
    ) -> tuple[WalkedBack, Tally]:
        """Look into an outlet's past; `progress` as for `look`."""
        async with self._tools(progress) as tools:
            walked = await walk_back(tools, plan, archives=self._settings.backfill, owns=owns)
        return walked, tools.keeper.tally

    async def check(self, outlet: Outlet, extract: Extract) -> tuple[TriedSource, ...]:
        """Try every source of an outlet; nothing is kept, and no host is leased."""
        async with self.make_fetcher() as fetcher, Keeper(lambda _: Tally()) as keeper:
            leases = HostLeases(self._store.leases, owner=self._settings.writer, clock=self._clock)
            return await try_sources(self._make_tools(fetcher, keeper, leases), outlet, extract)

    @asynccontextmanager
    async def _tools(self, progress: Callable[[int], None]) -> AsyncIterator[Tools]:
        """What looks are made with; all that was handed over is kept when it ends."""
        leases = HostLeases(self._store.leases, owner=self._settings.writer, clock=self._clock)

        def keep(batch: Sequence[Capture]) -> Tally:
            tally = self._take_in(batch, leases.tokens)
            self._drain_now_and_then()
            progress(keeper.tally.outcomes.total() + tally.outcomes.total())
            return tally

        async with AsyncExitStack() as stack:
            stack.callback(leases.release_all)
            fetcher = await stack.enter_async_context(self.make_fetcher())
            keeper = await stack.enter_async_context(Keeper(keep))
            yield self._make_tools(fetcher, keeper, leases)

    def _make_tools(self, fetcher: Fetcher, keeper: Keeper, leases: HostLeases) -> Tools:
        return Tools(
            fetcher=fetcher,
            politeness=self._politeness,
            keeper=keeper,
            store=self._store,
            archive=self._archive,
            leases=leases,
            clock=self._clock,
            allowed_hosts=self._settings.allow_hosts,
            ignore_robots_because=self._settings.ignore_robots_because,
            children=self._children,
        )

    def make_fetcher(self) -> Fetcher:
        """The guarded fetch, with the settings of the station."""
        settings = self._settings
        return Fetcher(
            contact=settings.contact,
            allowed_hosts=settings.allow_hosts,
            proxies=settings.proxies,
            clock=self._clock,
            limits=self._limits,
            politeness=self._politeness,
        )

    def _drain_now_and_then(self) -> None:
        if monotonic() - self._drained_s > INDEX_PAUSE_S:
            self._drain()
            self._drained_s = monotonic()
