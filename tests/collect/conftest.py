"""What the tests of collecting share: a site, a clock that stands still, and a name service that lies."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from caversham.collect.fetch import Fetcher, Limits
from caversham.collect.guard import AddressInfo, open_socket
from caversham.errors import FetchError
from caversham.types import Capture, CaptureKind, OutletId
from tests.site import Site

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OUTLET = OutletId("coastal")
SMALL = Limits(connect_s=10.0, first_byte_s=10.0, total_s=20.0, size_bytes=100_000, field_bytes=4096, field_count=50)
HASTY = replace(SMALL, first_byte_s=0.3, total_s=0.6)  # for sites that never come to an end


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on the loopback, gone when the test is over."""
    with Site() as running:
        yield running


@pytest.fixture
def fetch(site: Site) -> Callable[..., Capture]:
    """Fetch one address with small limits; the site is allowed by name, nothing else is private and allowed."""

    def fetch_one(url: str, *, settings: dict[str, Any] | None = None, **options: Any) -> Capture:
        async def once() -> Capture:
            async with make_fetcher(site.host, **(settings or {})) as fetcher:
                return await fetcher.fetch(url, **{"outlet": OUTLET, "kind": CaptureKind.PAGE, **options})

        return asyncio.run(once())

    return fetch_one


def make_fetcher(*allowed: str, **settings: Any) -> Fetcher:
    """Build a fetcher that may ask `allowed`; settings replace the defaults."""
    defaults: dict[str, Any] = {
        "contact": "station@example.org",
        "allowed_hosts": frozenset(allowed),
        "proxies": {},
        "clock": lambda: NOW,
        "limits": SMALL,
    }
    return Fetcher(**{**defaults, **settings})


@dataclass(slots=True)
class LyingNames(AbstractResolver):
    """A name service that says the same addresses for every name, and remembers who was asked for."""

    addresses: tuple[str, ...] = ("127.0.0.1",)
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - of the interface
    ) -> list[ResolveResult]:
        """Answer with our addresses; without any, as for a name that nobody has."""
        self.asked.append(host)
        if not self.addresses:
            raise OSError("no such name")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def ask(urls: list[str], names: LyingNames, *, allowed: str = "") -> tuple[list[str], list[Any]]:
    """Fetch each address; how each ended, and the addresses that got a socket."""
    sockets: list[Any] = []

    def recorded(address_info: AddressInfo) -> socket.socket:
        made = open_socket(address_info)
        sockets.append(address_info[4])
        return made

    async def each() -> list[str]:
        async with make_fetcher(*filter(None, [allowed]), resolver=names, open_socket=recorded) as fetcher:
            return [await ending(fetcher, url) for url in urls]

    return asyncio.run(each()), sockets


async def ending(fetcher: Fetcher, url: str) -> str:
    try:
        await fetcher.fetch(url, outlet=OUTLET, kind=CaptureKind.PAGE)
    except FetchError as error:
        return error.reason
    return "answered"
