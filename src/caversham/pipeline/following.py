"""Following outlets: rounds of looks, kept as they come, once or until interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from time import monotonic

from caversham.collect.fetch import Fetcher, Limits
from caversham.collect.hosts import Pause, Politeness
from caversham.pipeline.hosts import HostLeases
from caversham.pipeline.intake import Tally
from caversham.pipeline.keeper import Keeper
from caversham.pipeline.rounds import Tools, collect_round
from caversham.ports import Archive, Clock, Store
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
            tools = Tools(
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
            await collect_round(tools, outlets)
            while is_watching:
                self._drain()
                await asyncio.sleep(ROUND_PAUSE_S)
                await collect_round(tools, outlets)
        return keeper.tally

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
