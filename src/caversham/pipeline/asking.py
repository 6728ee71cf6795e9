"""Asking on behalf of one outlet: robots.txt obeyed, private hosts of others left alone, every loss accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from caversham.collect.fetch import Fetcher
from caversham.collect.guard import is_allowed, parse_target
from caversham.collect.hosts import Politeness
from caversham.collect.imports import make_failure
from caversham.collect.robots import RobotsRules, parse_robots
from caversham.errors import AddressRefused, FetchError, RobotsRefused
from caversham.pipeline.attempt import attempt
from caversham.pipeline.hosts import HostLeases
from caversham.pipeline.keeper import Keeper
from caversham.ports import Archive, Clock, SourceState, Store
from caversham.types import Address, Capture, CaptureId, CaptureKind, Outlet, OutletId, Skip

T = TypeVar("T")


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
    # by sitemap: the capture read, and its child sitemaps
    children: dict[str, tuple[CaptureId, tuple[str, ...]]] = field(default_factory=dict)


class Asker:
    """Asks addresses for one outlet.

    Of the private hosts that station.toml allows only `own_hosts` are asked: a public page may name anything.
    `delay_s` is the least pause between two requests to a host.
    """

    def __init__(
        self, tools: Tools, outlet: OutletId, *, own_hosts: frozenset[str], delay_s: float, ignores_robots: bool
    ) -> None:
        self._tools = tools
        self._outlet = outlet
        self._own_hosts = own_hosts
        self._delay_s = delay_s
        self._ignores_robots = ignores_robots
        self._robots: dict[str, RobotsRules | None] = {}

    async def ask(
        self, url: str, kind: CaptureKind, *, via: str, step: str, conditional: Address | SourceState | None
    ) -> Capture | None:
        """The answer of an address; None where the loss was handed over instead."""
        answer = await self.try_ask(url, kind, via=via, step=step, conditional=conditional)
        if isinstance(answer, Skip):
            await self._tools.keeper.put([self.failure(answer, via=via)])
            return None
        return answer

    async def try_ask(
        self,
        url: str,
        kind: CaptureKind,
        *,
        via: str,
        step: str,
        conditional: Address | SourceState | None = None,
        byte_range: tuple[int, int] | None = None,
        follows: bool = True,
    ) -> Capture | Skip:
        """The answer of an address, or why there is none. Without `follows` a redirect is a loss (`redirect`)."""
        look = self._fetch(url, kind, via=via, conditional=conditional, byte_range=byte_range, follows=follows)
        return await _outcome(step, url, look)

    def held(self, state: SourceState) -> Capture | None:
        """The last answer of a source with a body, read back from the archive. Raises RecordError."""
        if state.earlier is None:
            return None
        known = self._tools.store.get_capture(state.earlier.id)
        if known.id is None or known.place is None:
            return None
        return self._tools.archive.get(known.id, known.place.file, known.place.offset)

    def failure(self, skip: Skip, *, via: str, url: str = "", look: str = "") -> Capture:
        """A loss as a capture, at its subject or at `url`; `look` is its identity where it may come twice."""
        address = url or skip.subject
        return make_failure(skip, url=address, outlet=self._outlet, now=self._tools.clock(), via=via, look=look)

    async def _fetch(
        self,
        url: str,
        kind: CaptureKind,
        *,
        via: str,
        conditional: Address | SourceState | None,
        byte_range: tuple[int, int] | None,
        follows: bool,
    ) -> Capture:
        self._stay_home(url)
        await self._obey_robots(url)
        return await self._tools.fetcher.fetch(
            url,
            outlet=self._outlet,
            kind=kind,
            via=via,
            conditional=conditional,
            byte_range=byte_range,
            permit=self._obey_robots if follows else _refuse_redirect,
        )

    def _stay_home(self, url: str) -> None:
        """Refuse a private host that station.toml allows, but for another outlet: a public feed may name anything."""
        target = parse_target(url)
        if is_allowed(target, self._tools.allowed_hosts) and not is_allowed(target, self._own_hosts):
            message = f"{url!r} is no host of {self._outlet!r}; allow_hosts holds for outlets that have the host"
            raise AddressRefused(message, subject=url)

    async def _obey_robots(self, url: str) -> None:
        """Raise RobotsRefused where the site asks robots to leave this address alone."""
        host = host_and_port(url)
        if self._ignores_robots:
            self._tools.politeness.set_delay(host, delay_s=self._delay_s)
            return
        rules = await self._robots_of(url, host)
        if rules is None or not rules.allows(url):
            message = f"robots.txt of {host!r} " + ("could not be read" if rules is None else f"refuses {url!r}")
            raise RobotsRefused(message, subject=url)

    async def _robots_of(self, url: str, host: str) -> RobotsRules | None:
        if host not in self._robots:
            self._tools.politeness.set_delay(host, delay_s=self._delay_s)
            answer = await self._robots_answer(url)
            self._robots[host] = parse_robots(answer) if answer else None
            self._set_delay(host, self._robots[host])
        return self._robots[host]

    def _set_delay(self, host: str, rules: RobotsRules | None) -> None:
        delay_s = max(self._delay_s, (rules.crawl_delay_s if rules else None) or 0.0)
        self._tools.politeness.set_delay(host, delay_s=delay_s)

    async def _robots_answer(self, url: str) -> Capture | None:
        """The robots.txt in force: ours if it is fresh enough, else asked for; None: it cannot be had."""
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.netloc}/robots.txt"
        state = self._tools.store.get_source(address)
        if state.next_poll_at is None or state.next_poll_at <= self._tools.clock():
            return await self._fetch_robots(address, state)
        return self.held(state) if state.failure_count == 0 else None

    async def _fetch_robots(self, address: str, state: SourceState) -> Capture | None:
        look = self._tools.fetcher.fetch(
            address, outlet=self._outlet, kind=CaptureKind.ROBOTS, via="robots", conditional=state
        )
        answer = await _outcome("robots", address, look)
        if isinstance(answer, Skip):
            await self._tools.keeper.put([self.failure(answer, via="robots")])
            return None
        await self._tools.keeper.put([answer])
        return self.held(state) if answer.repeats else answer


def make_asker(tools: Tools, outlet: Outlet) -> Asker:
    """An asker for the outlet's own hosts, with its own pause."""
    return Asker(
        tools,
        outlet.id,
        own_hosts=frozenset({*outlet.hosts, *(host_and_port(source.url) for source in outlet.sources)}),
        delay_s=outlet.delay_s,
        ignores_robots=outlet.id in tools.ignore_robots_because,
    )


def host_and_port(url: str) -> str:
    """The host of an address with its port, as leases and turns go by."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.rpartition("@")[2].lower().removesuffix(default)


async def _refuse_redirect(url: str) -> None:
    raise FetchError(f"it leads on to {url!r}, which is not what was asked for", subject=url, reason="redirect")


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
