"""A round of collecting: robots.txt, then sources, then the items that are due, host by host.

Everything that is seen goes to the `Keeper`, and what builds on it (items on listings) waits until it is acknowledged.
An interruption loses at most the looks under way, and these are due again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from caversham.collect.feeds import parse_feed
from caversham.collect.fetch import Fetcher
from caversham.collect.guard import is_allowed, parse_target
from caversham.collect.hosts import Politeness
from caversham.collect.imports import make_failure, make_listing
from caversham.collect.listings import parse_listing
from caversham.collect.robots import RobotsRules, parse_robots
from caversham.collect.sitemaps import parse_sitemap
from caversham.errors import AddressRefused, RobotsRefused
from caversham.pipeline.attempt import attempt
from caversham.pipeline.hosts import HostLeases
from caversham.pipeline.keeper import Keeper
from caversham.ports import Archive, Clock, SourceState, Store
from caversham.types import Address, Capture, CaptureId, CaptureKind, Link, Outlet, Skip, Source

T = TypeVar("T")
Subject = TypeVar("Subject", Source, Address)

Shown = tuple[tuple[Link, ...], tuple[str, ...]]  # links, child sitemaps
NOTHING_SHOWN: Shown = ((), ())

DUE_COUNT = 200  # addresses taken from the catalogue at once
INDEX_DEPTH = 2  # an index holds sitemaps, not indexes (sitemaps.org); one level of grace
CHILD_SITEMAP_LIMIT = 500  # of one index in one round; the rest comes with later rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a round works with."""

    fetcher: Fetcher
    politeness: Politeness
    keeper: Keeper
    store: Store
    archive: Archive
    leases: HostLeases
    clock: Clock
    allowed_hosts: frozenset[str]  # private ones
    ignore_robots_because: Mapping[str, str]
    children: dict[str, tuple[CaptureId, tuple[str, ...]]]  # by sitemap: the capture read, and its child sitemaps


async def collect_round(tools: Tools, outlets: Iterable[Outlet]) -> None:
    """Look once at everything of these outlets that is due; outlets side by side, hosts one look at a time.

    Raises StationError where what was seen cannot be kept.
    """
    try:
        await _side_by_side(_Visit(tools, outlet).make() for outlet in outlets)
    except BaseExceptionGroup as group:
        raise _first_of(group) from group


async def _side_by_side(looks: Iterable[Coroutine[object, object, None]]) -> None:
    """Let all go on together; where one cannot go on, none does."""
    async with asyncio.TaskGroup() as group:
        for look in looks:
            group.create_task(look)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that stopped the others."""
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


class _Visit:
    """One round at one outlet."""

    def __init__(self, tools: Tools, outlet: Outlet) -> None:
        self._tools = tools
        self._outlet = outlet
        self._robots: dict[str, RobotsRules | None] = {}

    async def make(self) -> None:
        """Poll what is due among the sources, then look at the items that are due."""
        await self._by_host(self._outlet.sources, self._poll)
        await self._tools.keeper.settle()
        looked_at: set[str] = set()
        while due := [a for a in self._due() if a.url not in looked_at]:
            looked_at.update(address.url for address in due)
            await self._by_host(due, self._look_at)
            await self._tools.keeper.settle()

    async def _by_host(self, subjects: Sequence[Subject], look: Callable[[Subject], Awaitable[None]]) -> None:
        """Look at each subject; hosts side by side, those of one host in order. Hosts of other collectors are left."""
        by_host: dict[str, list[Subject]] = {}
        for subject in subjects:
            by_host.setdefault(host_and_port(subject.url), []).append(subject)

        async def look_at_each(host: str) -> None:
            for subject in by_host[host]:
                if not self._tools.leases.can_ask(host):
                    return
                await look(subject)

        await _side_by_side(look_at_each(host) for host in by_host)

    def _due(self) -> Sequence[Address]:
        return self._tools.store.due(self._outlet.id, self._tools.clock(), DUE_COUNT)

    async def _look_at(self, address: Address) -> None:
        answer = await self._ask(address.url, CaptureKind.PAGE, via=address.via, step="collect", conditional=address)
        if answer is not None:
            await self._tools.keeper.put([answer])

    async def _poll(self, source: Source, *, depth: int = 0) -> None:
        """Ask a source if it is due, and keep what it shows; an index of sitemaps leads on to its children.

        An index that is not due or has not changed still leads to children that may be due.
        """
        state = self._tools.store.get_source(source.url)
        shown: Shown | None = None
        if state.next_poll_at is None or state.next_poll_at <= self._tools.clock():
            shown = await self._ask_source(source, state)
        children = shown[1] if shown else self._known_children(source, state)
        if depth == INDEX_DEPTH:
            return
        for url in children[:CHILD_SITEMAP_LIMIT]:
            if self._tools.leases.can_ask(host_and_port(url)):
                await self._poll(Source(kind="sitemap", url=url, language=source.language), depth=depth + 1)

    async def _ask_source(self, source: Source, state: SourceState) -> Shown | None:
        """What a source shows now; None where nothing new was to be had. Its answer is handed over.

        What it shows is handed over before the answer itself: a crash between the two must not leave a source that
        counts as asked, with items that nobody was told of.
        """
        answer = await self._ask(source.url, CaptureKind.SOURCE, via=source.kind, step="poll", conditional=state)
        if answer is None:
            return None
        if answer.status != 200 or answer.repeats is not None:
            await self._tools.keeper.put([answer])
            return None
        shown = attempt("poll", source.url, lambda: _parse(answer, source))
        if isinstance(shown, Skip):
            await self._tools.keeper.put([self._failure(shown, via=source.kind), answer])
            return None
        if shown[0]:
            at = answer.captured_at
            listing = make_listing(shown[0], url=source.url, outlet=self._outlet.id, now=at, via=source.kind)
            await self._tools.keeper.put([listing])
        await self._tools.keeper.put([answer])
        return shown

    def _known_children(self, source: Source, state: SourceState) -> tuple[str, ...]:
        """The child sitemaps of the last answer that we hold; it is read once, however many rounds follow."""
        if source.kind != "sitemap" or state.earlier is None:
            return ()
        read_from, children = self._tools.children.get(source.url, (None, ()))
        if read_from != state.earlier.id:
            shown = attempt("poll", source.url, lambda: self._shown_before(source, state))
            children = () if isinstance(shown, Skip) else shown[1]
            self._tools.children[source.url] = (state.earlier.id, children)
        return children

    def _shown_before(self, source: Source, state: SourceState) -> Shown:
        """What a source showed when it last answered. Raises RecordError, FeedError, PayloadError."""
        held = self._held(state)
        return _parse(held, source) if held else NOTHING_SHOWN

    async def _ask(
        self, url: str, kind: CaptureKind, *, via: str, step: str, conditional: Address | SourceState | None
    ) -> Capture | None:
        """The answer of an address; None where the loss was handed over instead."""
        answer = await _outcome(step, url, self._fetch(url, kind, via=via, conditional=conditional))
        if isinstance(answer, Skip):
            await self._tools.keeper.put([self._failure(answer, via=via)])
            return None
        return answer

    async def _fetch(
        self, url: str, kind: CaptureKind, *, via: str, conditional: Address | SourceState | None
    ) -> Capture:
        self._stay_home(url)
        await self._obey_robots(url)
        return await self._tools.fetcher.fetch(
            url, outlet=self._outlet.id, kind=kind, via=via, conditional=conditional, permit=self._obey_robots
        )

    def _stay_home(self, url: str) -> None:
        """Refuse a private host that station.toml allows, but for another outlet: a public feed may name anything."""
        target = parse_target(url)
        own = frozenset({*self._outlet.hosts, *(host_and_port(source.url) for source in self._outlet.sources)})
        if is_allowed(target, self._tools.allowed_hosts) and not is_allowed(target, own):
            message = f"{url!r} is no host of {self._outlet.id!r}; allow_hosts holds for outlets that have the host"
            raise AddressRefused(message, subject=url)

    async def _obey_robots(self, url: str) -> None:
        """Raise RobotsRefused where the site asks robots to leave this address alone."""
        host = host_and_port(url)
        if self._outlet.id in self._tools.ignore_robots_because:
            self._tools.politeness.set_delay(host, delay_s=self._outlet.delay_s)
            return
        rules = await self._robots_of(url, host)
        if rules is None or not rules.allows(url):
            message = f"robots.txt of {host!r} " + ("could not be read" if rules is None else f"refuses {url!r}")
            raise RobotsRefused(message, subject=url)

    async def _robots_of(self, url: str, host: str) -> RobotsRules | None:
        if host not in self._robots:
            self._tools.politeness.set_delay(host, delay_s=self._outlet.delay_s)
            answer = await self._robots_answer(url)
            self._robots[host] = parse_robots(answer) if answer else None
            self._set_delay(host, self._robots[host])
        return self._robots[host]

    def _set_delay(self, host: str, rules: RobotsRules | None) -> None:
        delay_s = max(self._outlet.delay_s, (rules.crawl_delay_s if rules else None) or 0.0)
        self._tools.politeness.set_delay(host, delay_s=delay_s)

    async def _robots_answer(self, url: str) -> Capture | None:
        """The robots.txt in force: ours if it is fresh enough, else asked for; None: it cannot be had."""
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc}/robots.txt"
        state = self._tools.store.get_source(address)
        if state.next_poll_at is None or state.next_poll_at <= self._tools.clock():
            return await self._fetch_robots(address, state)
        return self._held(state) if state.failure_count == 0 else None

    async def _fetch_robots(self, address: str, state: SourceState) -> Capture | None:
        look = self._tools.fetcher.fetch(
            address, outlet=self._outlet.id, kind=CaptureKind.ROBOTS, via="robots", conditional=state
        )
        answer = await _outcome("robots", address, look)
        if isinstance(answer, Skip):
            await self._tools.keeper.put([self._failure(answer, via="robots")])
            return None
        await self._tools.keeper.put([answer])
        return self._held(state) if answer.repeats else answer

    def _held(self, state: SourceState) -> Capture | None:
        """The last answer of a source with a body, read back from the archive."""
        if state.earlier is None:
            return None
        known = self._tools.store.get_capture(state.earlier.id)
        if known.id is None or known.place is None:
            return None
        return self._tools.archive.get(known.id, known.place.file, known.place.offset)

    def _failure(self, skip: Skip, *, via: str) -> Capture:
        return make_failure(skip, url=skip.subject, outlet=self._outlet.id, now=self._tools.clock(), via=via)


def host_and_port(url: str) -> str:
    """The host of an address with its port, as leases and turns go by."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.rpartition("@")[2].lower().removesuffix(default)


async def _outcome(step: str, subject: str, look: Coroutine[object, object, T]) -> T | Skip:
    """What a look gave, or the Skip that says why it gave nothing."""
    task = asyncio.ensure_future(look)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    return attempt(step, subject, task.result)


def _parse(answer: Capture, source: Source) -> Shown:
    """Links and child sitemaps of a source's answer."""
    if source.kind == "sitemap":
        return parse_sitemap(answer, source)
    return (parse_feed(answer, source) if source.kind == "feed" else parse_listing(answer, source)), ()
