"""The one place that asks for an address: guarded, bounded, and kept exactly as answered.

Pages, feeds, robots.txt, archives: whatever is fetched is fetched here, so that every rule about what may be
asked, how long and how much stands once. The answer becomes a Capture with the body as sent; each redirect on
the way becomes one too.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aiohttp
import aiohttp.http_exceptions
import aiohttp_socks
from aiohttp.abc import AbstractResolver
from yarl import URL

from caversham.collect.guard import (
    REFUSAL,
    AddressInfo,
    Target,
    check_target,
    is_allowed,
    open_socket,
    parse_target,
)
from caversham.collect.hosts import Politeness, retry_after_s
from caversham.errors import AddressRefused, FetchError
from caversham.ports import Clock, SourceState
from caversham.types import Address, Capture, CaptureKind, OutletId, TimeBasis

AGENT = "Caversham/0.1"
MIB = 1024 * 1024

# RFC 9110, section 15.4, and RFC 7538; 300 and 304 name no one place to go on to.
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# RFC 6585, section 4, and RFC 9110, section 15.6.4: the host asks for a pause.
PAUSE_STATUSES = frozenset({429, 503})
# What the libraries below raise when there is no usable answer.
FOREIGN_ERRORS = (
    aiohttp.ClientError,
    aiohttp.http_exceptions.HttpProcessingError,
    aiohttp_socks.ProxyError,
    aiohttp_socks.ProxyConnectionError,
    aiohttp_socks.ProxyTimeoutError,
    OSError,
)
PROXY_ERRORS = (
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientHttpProxyError,
    aiohttp_socks.ProxyError,
    aiohttp_socks.ProxyConnectionError,
    aiohttp_socks.ProxyTimeoutError,
)
# Losses that say something about the host, not about one page of it.
HOST_FAILURES = frozenset({"no_answer", "timeout", "tls", "proxy", "cut_off"})

# Fields of a request that are between us and the proxy, and belong in no archive.
SECRETS = frozenset({"proxy-authorization"})

Permit = Callable[[str], Awaitable[None]]
OpenSocket = Callable[[AddressInfo], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much one fetch may take; beyond any of these it is a FetchError."""

    connect_s: float = 20.0  # a handshake across the world and one lost packet, several times over
    first_byte_s: float = 60.0  # silence, before the answer or within it; overloaded sites take half a minute
    total_s: float = 300.0  # the whole way with its redirects: 50 MiB at 1.4 Mbit/s
    size_bytes: int = 50 * MIB  # sitemaps.org: the largest sitemap; no page comes near it
    redirects: int = 10  # RFC 9309, section 2.3.1.2, asks for five at least; browsers follow 20
    field_bytes: int = 16 * 1024  # one header field; the largest seen are cookies and policies of 8 KiB
    field_count: int = 200  # header fields of one answer


class Fetcher:
    """Fetches addresses for all outlets; an async context manager that holds the connections.

    `allowed_hosts` are the private hosts that station.toml names. An outlet with a proxy is asked through it or
    not at all. With `politeness`, each request, redirects included, waits for its host's turn. `resolver` and
    `open_socket` are there for tests.
    """

    def __init__(
        self,
        *,
        contact: str,
        allowed_hosts: frozenset[str],
        proxies: Mapping[OutletId, str],
        clock: Clock,
        limits: Limits | None = None,
        politeness: Politeness | None = None,
        resolver: AbstractResolver | None = None,
        open_socket: OpenSocket = open_socket,
    ) -> None:
        self._agent = make_agent(contact)
        self._allowed_hosts = allowed_hosts
        self._proxies = proxies
        self._clock = clock
        self._limits = limits or Limits()
        self._politeness = politeness
        self._resolver = resolver
        self._open_socket = open_socket
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def fetch(
        self,
        url: str,
        *,
        outlet: OutletId,
        kind: CaptureKind,
        via: str = "",
        conditional: Address | SourceState | None = None,
        byte_range: tuple[int, int] | None = None,
        permit: Permit | None = None,
    ) -> Capture:
        """Look at one address, following redirects, which are kept in `hops`.

        With `conditional`, its validators are sent; 304, and 200 with the body we hold, come back with `repeats`.
        With `byte_range` (offset, size) only these bytes are asked for; whether the answer is 206 is for the caller.
        `permit` is asked about the target of each redirect and may raise, as for robots.txt. Every HTTP status is
        an answer.

        Raises AddressRefused; FetchError with reason `no_answer`, `timeout`, `tls`, `proxy`, `bad_answer`,
        `cut_off`, `too_large`, `redirect_loop`, `too_many_redirects`, `bad_url` or `host_resting`.
        """
        proxy = self._proxies.get(outlet, "")
        look = _Look(
            outlet=outlet, kind=kind, via=via, proxy=proxy, fields=_validators(conditional) | _range(byte_range)
        )
        target, hops, left_s = parse_target(url), [], self._limits.total_s
        while True:
            answer, took_s = await self._ask(target, look, left_s)
            location = _location(answer)
            if not location:
                break
            hops.append(replace(answer, kind=CaptureKind.REDIRECT))
            left_s -= took_s
            before, target = target, _next_target(target, location, hops, self._limits.redirects)
            self._check_way(before, target, is_proxied=bool(proxy))
            if permit is not None:
                await permit(target.url)
        return _compare(replace(answer, url=url, hops=tuple(hops)), conditional)

    def _check_way(self, before: Target, target: Target, *, is_proxied: bool) -> None:
        """Refuse a redirect from elsewhere to a private host: that station.toml allows it is no leave for strangers."""
        if not is_allowed(before, self._allowed_hosts):
            check_target(target, is_proxied=is_proxied)

    async def _ask(self, target: Target, look: _Look, left_s: float) -> tuple[Capture, float]:
        """Send one request, in its host's turn; the answer, and the seconds that it took."""
        if not is_allowed(target, self._allowed_hosts):
            check_target(target, is_proxied=bool(look.proxy))
        async with self._turn(target):
            started_s = asyncio.get_running_loop().time()
            answer = await self._exchange(target, look, left_s)
            took_s = asyncio.get_running_loop().time() - started_s
        return answer, took_s

    @asynccontextmanager
    async def _turn(self, target: Target) -> AsyncIterator[None]:
        """Hold the host's turn, where politeness is asked for."""
        async with AsyncExitStack() as stack:
            if self._politeness is not None:
                await stack.enter_async_context(self._politeness.turn(target.netloc))
            yield

    async def _exchange(self, target: Target, look: _Look, left_s: float) -> Capture:
        """Ask and read to the end; what goes wrong becomes a FetchError and is noted against the host."""
        captured_at = self._clock()
        session = self._session(look.proxy, is_named=is_allowed(target, self._allowed_hosts))
        try:
            async with (
                asyncio.timeout(left_s),
                session.get(
                    URL(target.url, encoded=True), headers=look.fields, proxy=look.http_proxy, allow_redirects=False
                ) as response,
            ):
                body = await self._read(response, target)
                answer = look.capture(target, response, body, captured_at=captured_at)
        except FOREIGN_ERRORS as error:
            failure = _to_fetch_error(error, target.url)
            self._note(target, is_failure=failure.reason in HOST_FAILURES)
            raise failure from error
        if look.http_proxy is not None and answer.status == 407:
            raise FetchError(f"the proxy wants a password for {target.url!r}", subject=target.url, reason="proxy")
        self._note(target, is_failure=answer.status in PAUSE_STATUSES, answer=answer)
        return answer

    async def _read(self, response: aiohttp.ClientResponse, target: Target) -> bytes:
        """Read a body within the limit of size; a stated length beyond it is not even begun."""
        limit = self._limits.size_bytes
        body = bytearray()
        if (response.content_length or 0) <= limit:
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > limit:
                    break
        if max(len(body), response.content_length or 0) > limit:
            response.close()
            raise FetchError(f"{target.url!r} sends more than {limit} bytes", subject=target.url, reason="too_large")
        return bytes(body)

    def _note(self, target: Target, *, is_failure: bool, answer: Capture | None = None) -> None:
        if self._politeness is None:
            return
        if is_failure:
            retry_s = retry_after_s(answer.headers, self._clock()) if answer is not None else None
            self._politeness.note_failure(target.netloc, retry_after_s=retry_s)
        else:
            self._politeness.note_answer(target.netloc)

    # --- Connections ---

    def _session(self, proxy: str, *, is_named: bool) -> aiohttp.ClientSession:
        """Get the session of a way out: through a proxy, to hosts allowed by name, to the public net."""
        way = proxy or ("allowed" if is_named else "public")
        if way not in self._sessions:
            self._sessions[way] = self._make_session(self._connector(proxy, is_named=is_named))
        return self._sessions[way]

    def _connector(self, proxy: str, *, is_named: bool) -> aiohttp.BaseConnector:
        if proxy.startswith("socks"):
            # The library knows socks5 only by that name; rdns is what the h of socks5h means.
            return aiohttp_socks.ProxyConnector.from_url(proxy.replace("socks5h://", "socks5://", 1), rdns=True)
        if proxy or is_named:
            return aiohttp.TCPConnector(resolver=self._resolver)
        return aiohttp.TCPConnector(resolver=self._resolver, socket_factory=self._open_socket)

    def _make_session(self, connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": self._agent,
                "Accept": "*/*",
                "Accept-Encoding": "gzip, deflate",
            },
            timeout=aiohttp.ClientTimeout(sock_connect=self._limits.connect_s, sock_read=self._limits.first_byte_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            requote_redirect_url=False,
            max_line_size=self._limits.field_bytes,
            max_field_size=self._limits.field_bytes,
            max_headers=self._limits.field_count,
        )


def make_agent(contact: str) -> str:
    """Name ourselves, with the address that site owners can write to.

    >>> make_agent("station@example.org")
    'Caversham/0.1 (+station@example.org)'
    """
    role = "".join(letter for letter in contact if letter.isascii() and letter.isprintable() and letter not in "()")
    return f"{AGENT} (+{role.strip()})" if role.strip() else AGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is the same for every answer on one fetch's way."""

    outlet: OutletId
    kind: CaptureKind
    via: str
    proxy: str
    fields: Mapping[str, str]  # header fields beside those that every request has

    @property
    def http_proxy(self) -> str | None:
        """The proxy that aiohttp speaks to itself; None: none, or SOCKS, which its connector speaks."""
        return self.proxy if self.proxy.startswith("http") else None

    def capture(
        self, target: Target, response: aiohttp.ClientResponse, body: bytes, *, captured_at: datetime
    ) -> Capture:
        """Make the capture of one answer, redirects not yet told apart."""
        return Capture(
            url=target.url,
            final_url=target.url,
            outlet=self.outlet,
            kind=self.kind,
            captured_at=captured_at,
            time_basis=TimeBasis.OBSERVED,
            status=response.status,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers),
            body=body,
            sha256=hashlib.sha256(body).hexdigest(),
            via=self.via,
            vantage=_name_of(self.proxy),
            request=_request_head(target, response.request_info, is_proxied=self.http_proxy is not None),
        )


def _request_head(target: Target, sent: aiohttp.RequestInfo, *, is_proxied: bool) -> bytes:
    """Write the request head as it went out, but for what only the proxy may know.

    A proxy for plain http is told the whole address.
    """
    asked = target.url if is_proxied and target.scheme == "http" else URL(target.url, encoded=True).raw_path_qs
    said = ((name, value) for name, value in sent.headers.items() if name.lower() not in SECRETS)
    fields = "".join(f"{name}: {value}\r\n" for name, value in said)
    return f"{sent.method} {asked} HTTP/1.1\r\n{fields}\r\n".encode()


def _name_of(proxy: str) -> str:
    """Name a proxy without its password; "" is the station itself.

    >>> _name_of("socks5h://user:secret@127.0.0.1:9050")
    'socks5h://127.0.0.1:9050'
    """
    return f"{proxy.partition('://')[0]}://{proxy.rpartition('://')[2].rpartition('@')[2]}" if proxy else ""


def _validators(conditional: Address | SourceState | None) -> dict[str, str]:
    """Make the fields that ask for an answer only if it changed. Source: RFC 9110, section 13.1."""
    if conditional is None or conditional.earlier is None:
        return {}
    stated = {"If-None-Match": conditional.etag, "If-Modified-Since": conditional.last_modified}
    return {name: value for name, value in stated.items() if value and value.isascii() and value.isprintable()}


def _range(byte_range: tuple[int, int] | None) -> dict[str, str]:
    """Make the field that asks for a part. Source: RFC 9110, section 14.2; both ends are included.

    >>> _range((100, 50))
    {'Range': 'bytes=100-149', 'Accept-Encoding': 'identity'}
    """
    if byte_range is None:
        return {}
    offset, size = byte_range
    return {"Range": f"bytes={offset}-{offset + size - 1}", "Accept-Encoding": "identity"}


def _location(answer: Capture) -> str:
    """Where an answer sends us on to; "" if nowhere. Bytes are read as UTF-8, as browsers do."""
    if answer.status not in REDIRECTS:
        return ""
    stated = next((value for name, value in answer.headers if name.lower() == "location"), "")
    return stated.encode("latin-1").decode("utf-8", "replace")


def _next_target(target: Target, location: str, hops: list[Capture], limit: int) -> Target:
    """Check that a redirect leads on. Raises FetchError where it leads in a circle or too far."""
    following = parse_target(location, base=target.url)
    if any(hop.url == following.url for hop in hops):
        raise FetchError(
            f"{hops[0].url!r} redirects in a circle, back to {following.url!r}",
            subject=hops[0].url,
            reason="redirect_loop",
        )
    if len(hops) > limit:
        raise FetchError(
            f"{hops[0].url!r} redirects more than {limit} times", subject=hops[0].url, reason="too_many_redirects"
        )
    return following


def _compare(answer: Capture, conditional: Address | SourceState | None) -> Capture:
    """Mark an answer that repeats the body we hold. Raises FetchError for a 304 that nobody asked for."""
    earlier = conditional.earlier if conditional is not None else None
    if answer.status == 304:
        if conditional is None or earlier is None:
            raise FetchError(
                f"{answer.final_url!r} says 304 though nothing older was named", subject=answer.url, reason="bad_answer"
            )
        return replace(answer, repeats=earlier, sha256=conditional.sha256)
    if conditional is not None and answer.status == 200 and answer.sha256 == conditional.sha256:
        return replace(answer, repeats=earlier)
    return answer


# --- Errors ----------------------------------------------------------------------------------


def _to_fetch_error(error: Exception, url: str) -> FetchError:
    """Translate what the libraries raise; each reason is a word that skips are counted by."""
    if REFUSAL in str(error):
        return AddressRefused(f"{url!r} is refused: its name leads to {REFUSAL}: {error}", subject=url)
    reasons: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
        (PROXY_ERRORS, "proxy"),
        ((aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError, ssl.SSLError), "tls"),
        (TimeoutError, "timeout"),
        (aiohttp.ClientPayloadError, "cut_off"),
        (aiohttp.InvalidURL, "bad_url"),
        ((aiohttp.ClientResponseError, aiohttp.http_exceptions.HttpProcessingError), "bad_answer"),
    )
    reason = next((reason for kinds, reason in reasons if isinstance(error, kinds)), "no_answer")
    what = str(error) or type(error).__name__
    return FetchError(f"no usable answer from {url!r} ({reason}): {what}", subject=url, reason=reason)
