"""A round of collecting: robots.txt, then sources, then the items that are due, host by host.

Everything that is seen goes to the `Keeper`, and what builds on it (items on listings) waits until it is acknowledged.
An interruption loses at most the looks under way, and these are due again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import TypeVar

from caversham.collect.feeds import parse_feed
from caversham.collect.imports import make_listing
from caversham.collect.listings import parse_listing
from caversham.collect.sitemaps import parse_sitemap
from caversham.pipeline.asking import Tools, host_and_port, make_asker
from caversham.pipeline.attempt import attempt
from caversham.ports import SourceState
from caversham.types import Address, Capture, CaptureKind, Link, Outlet, Skip, Source

Subject = TypeVar("Subject", Source, Address)

Shown = tuple[tuple[Link, ...], tuple[str, ...]]  # links, child sitemaps
NOTHING_SHOWN: Shown = ((), ())

DUE_COUNT = 200  # addresses taken from the catalogue at once
INDEX_DEPTH = 2  # an index holds sitemaps, not indexes (sitemaps.org); one level of grace
POLLED = frozenset({"feed", "sitemap", "listing"})  # the other kinds are for `backfill`
CHILD_SITEMAP_LIMIT = 500  # of one index in one round; the rest comes with later rounds


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
        self._asker = make_asker(tools, outlet)
        self._polled: set[str] = set()  # an index may name itself, and what was kept is known only later

    async def make(self) -> None:
        """Poll what is due among the sources, then look at the items that are due."""
        await self._by_host([one for one in self._outlet.sources if one.kind in POLLED], self._poll)
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
        answer = await self._asker.ask(
            address.url, CaptureKind.PAGE, via=address.via, step="collect", conditional=address
        )
        if answer is not None:
            await self._tools.keeper.put([answer])

    async def _poll(self, source: Source, *, depth: int = 0) -> None:
        """Ask a source if it is due, and keep what it shows; an index of sitemaps leads on to its children.

        An index that is not due or has not changed still leads to children that may be due. None is asked twice.
        """
        if source.url in self._polled:
            return
        self._polled.add(source.url)
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
        answer = await self._asker.ask(source.url, CaptureKind.SOURCE, via=source.kind, step="poll", conditional=state)
        if answer is None:
            return None
        if answer.status != 200 or answer.repeats is not None:
            await self._tools.keeper.put([answer])
            return None
        shown = attempt("poll", source.url, lambda: parse_source(answer, source))
        if isinstance(shown, Skip):
            await self._tools.keeper.put([self._asker.failure(shown, via=source.kind), answer])
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
        held = self._asker.held(state)
        return parse_source(held, source) if held else NOTHING_SHOWN


def parse_source(answer: Capture, source: Source) -> Shown:
    """Links and child sitemaps of a source's answer."""
    if source.kind == "sitemap":
        return parse_sitemap(answer, source)
    return (parse_feed(answer, source) if source.kind == "feed" else parse_listing(answer, source)), ()
