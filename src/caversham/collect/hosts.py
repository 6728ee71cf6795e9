"""How often a host is asked: one request at a time, with a pause between, longer when it is in trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from caversham.errors import FetchError
from caversham.ports import Clock

Pause = Callable[[float], Awaitable[None]]

# Our choice: what most crawlers wait where a site states nothing.
DEFAULT_DELAY_S = 1.0
# Our choice: beyond this a turn is not waited for, so that one host in trouble does not hold up a run.
PATIENCE_S = 60.0
# Our choice: doubling from half a minute to a quarter of a day loses nothing that the watch plan would not catch.
FIRST_BACKOFF_S = 30.0
LONGEST_BACKOFF_S = 6 * 3600.0
# Our choice: a site may send us away for a day, not for ever.
LONGEST_RETRY_AFTER_S = 24 * 3600.0
# Our choice: a Crawl-delay of hours is a refusal, which robots.txt has other words for; ten minutes are heeded.
LONGEST_DELAY_S = 600.0
# A hostile site can redirect to any number of hosts; idle ones beyond this are forgotten.
HOST_LIMIT = 10_000


def backoff_s(failures: int) -> float:
    """Seconds to leave a host alone after so many failures in a row: 0, 30, 60, 120 … six hours.

    >>> [backoff_s(failures) for failures in (0, 1, 2, 3, 99)]
    [0.0, 30.0, 60.0, 120.0, 21600.0]
    """
    if failures <= 0:
        return 0.0
    return min(FIRST_BACKOFF_S * 2.0 ** min(failures - 1, 30), LONGEST_BACKOFF_S)


def retry_after_s(headers: Sequence[tuple[str, str]], now: datetime) -> float | None:
    """Seconds that a Retry-After field asks us to stay away, at most a day; None: none is stated or readable.

    Source: RFC 9110, section 10.2.3: seconds or an HTTP date.

    >>> retry_after_s([("retry-after", "120")], datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    """
    stated = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if stated.isascii() and stated.isdigit():
        return min(float(stated[:12]), LONGEST_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)


@dataclass(slots=True)
class _Host:
    """What is remembered of one host."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    delay_s: float | None = None
    started_at: datetime | None = None  # start of the latest request; None: never asked
    rests_until: datetime | None = None  # None: it may be asked
    failure_count: int = 0
    waiting_count: int = 0  # turns taken or waited for


class Politeness:
    """Whose turn it is: requests to one host (name and port) follow one another with a delay between their starts."""

    def __init__(self, *, clock: Clock, pause: Pause = asyncio.sleep, patience_s: float = PATIENCE_S) -> None:
        self._clock = clock
        self._pause = pause
        self._patience_s = patience_s
        self._hosts: dict[str, _Host] = {}

    def set_delay(self, host: str, *, delay_s: float) -> None:
        """Set the seconds between request starts: of the outlet, or of robots.txt where that asks for more."""
        self._get(host).delay_s = min(max(delay_s, 0.0), LONGEST_DELAY_S)

    def wait_s(self, host: str) -> float:
        """Seconds until this host may be asked again, as things stand."""
        known = self._hosts.get(host)
        if known is None:
            return 0.0
        return max((self._next_at(known) - self._clock()).total_seconds(), 0.0)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for this host's turn and hold it.

        Raises FetchError (`host_resting`) at once when the wait is longer than our patience.
        """
        known = self._get(host)
        if known.waiting_count == 0:
            known.lock = asyncio.Lock()  # a lock belongs to the event loop that first waited for it
        known.waiting_count += 1
        try:
            async with known.lock:
                await self._wait(host, known)
                known.started_at = self._clock()
                yield
        finally:
            known.waiting_count -= 1

    def note_answer(self, host: str) -> None:
        """Note that the host answers: failures before this are forgotten."""
        known = self._get(host)
        known.failure_count = 0
        known.rests_until = None

    def note_failure(self, host: str, *, retry_after_s: float | None = None) -> None:
        """Leave a host alone that gave no answer or asked for a pause, longer each time."""
        known = self._get(host)
        known.failure_count += 1
        rest_s = max(backoff_s(known.failure_count), retry_after_s or 0.0)
        known.rests_until = self._clock() + timedelta(seconds=rest_s)

    async def _wait(self, host: str, known: _Host) -> None:
        left_s = self.wait_s(host)
        delay_s = DEFAULT_DELAY_S if known.delay_s is None else known.delay_s
        if left_s > max(self._patience_s, delay_s):
            raise FetchError(
                f"{host!r} is left alone for another {left_s:.0f} s: it failed or asked for a pause",
                subject=host,
                reason="host_resting",
            )
        if left_s > 0:
            await self._pause(left_s)

    def _next_at(self, known: _Host) -> datetime:
        delay_s = DEFAULT_DELAY_S if known.delay_s is None else known.delay_s
        earliest = known.rests_until or datetime.min.replace(tzinfo=UTC)
        if known.started_at is None:
            return earliest
        return max(earliest, known.started_at + timedelta(seconds=delay_s))

    def _get(self, host: str) -> _Host:
        if host not in self._hosts:
            if len(self._hosts) >= HOST_LIMIT:
                self._forget_idle()
            self._hosts[host] = _Host()
        return self._hosts[host]

    def _forget_idle(self) -> None:
        now = self._clock()
        for host, known in list(self._hosts.items()):
            if known.waiting_count == 0 and self._next_at(known) <= now:
                del self._hosts[host]
