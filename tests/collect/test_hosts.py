"""One request at a time to a host, with pauses that grow when it is in trouble."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from caversham.collect.hosts import LONGEST_RETRY_AFTER_S, Politeness, backoff_s, retry_after_s
from caversham.errors import FetchError
from caversham.types import CaptureKind
from tests.collect.conftest import HASTY, NOW, OUTLET, make_fetcher
from tests.site import Answer, Site


@dataclass(slots=True)
class FalseTime:
    """A clock that moves only when somebody pauses."""

    now: datetime = NOW
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        """Tell the time."""
        return self.now

    async def pause(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 09:31:00 GMT", 60.0),
        ("Sunday, 01-Mar-26 09:31:00 GMT", 60.0),
        ("Sun Mar  1 09:31:00 2026", 60.0),
        ("Sun, 01 Mar 2026 18:31:00 +0900", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("9" * 5000, LONGEST_RETRY_AFTER_S),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER_S),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(stated: str, seconds: float | None) -> None:
    """Seconds or one of three date forms (RFC 9110, section 5.6.7), never longer than a day."""
    assert seconds == retry_after_s([("Content-Type", "text/html"), ("RETRY-AFTER", stated)], NOW)


def test_no_retry_after_is_unknown() -> None:
    """Without the field nothing is asked of us."""
    assert retry_after_s([("Content-Type", "text/html")], NOW) is None


@given(st.text())
def test_any_retry_after_is_a_wait_within_bounds_or_unknown(stated: str) -> None:
    """A header cannot bring us down or send us away for ever."""
    seconds = retry_after_s([("Retry-After", stated)], NOW)

    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER_S


@given(st.integers(), st.integers())
def test_more_failures_never_shorten_the_wait(one: int, other: int) -> None:
    """Back-off grows with failures and has an end."""
    fewer, more = sorted((one, other))

    assert 0 <= backoff_s(fewer) <= backoff_s(more) <= 6 * 3600


def test_requests_to_a_host_keep_their_distance() -> None:
    """Starts lie `delay_s` apart; another host does not wait."""
    time = FalseTime()
    politeness = Politeness(clock=time.clock, pause=time.pause)
    politeness.set_delay("a.example", delay_s=5)

    starts = asyncio.run(take_turns(politeness, time, ["a.example", "a.example", "b.example", "a.example"]))

    assert starts == [0.0, 5.0, 5.0, 10.0]


def test_an_absurd_delay_is_not_waited_for() -> None:
    """A Crawl-delay of a century is heeded for ten minutes."""
    time = FalseTime()
    politeness = Politeness(clock=time.clock, pause=time.pause)
    politeness.set_delay("a.example", delay_s=3e9)

    assert asyncio.run(take_turns(politeness, time, ["a.example", "a.example"])) == [0.0, 600.0]


def test_turns_can_be_taken_in_one_event_loop_after_another() -> None:
    """A station lives longer than the loops it runs."""
    time = FalseTime()
    politeness = Politeness(clock=time.clock, pause=time.pause)

    async def crowd() -> None:
        await asyncio.gather(*(take_turns(politeness, time, ["a.example"]) for _ in range(3)))

    asyncio.run(crowd())
    asyncio.run(crowd())

    assert time.pauses == [1.0] * 5


def test_a_host_is_asked_by_one_at_a_time() -> None:
    """Whoever comes while a turn is held waits for its end."""
    time = FalseTime()
    politeness = Politeness(clock=time.clock, pause=time.pause)
    log: list[str] = []

    async def ask(name: str) -> None:
        async with politeness.turn("a.example"):
            log.append(f"{name} begins")
            await asyncio.sleep(0)
            log.append(f"{name} ends")

    async def both() -> None:
        await asyncio.gather(ask("one"), ask("two"))

    asyncio.run(both())

    assert log == ["one begins", "one ends", "two begins", "two ends"]


def test_a_host_in_trouble_is_left_alone_longer_each_time() -> None:
    """Half a minute is waited out; two minutes are refused at once, so that others get their turn."""
    time = FalseTime()
    politeness = Politeness(clock=time.clock, pause=time.pause)
    waits = []
    for _ in range(3):
        politeness.note_failure("a.example")
        waits.append(politeness.wait_s("a.example"))

    with pytest.raises(FetchError) as caught:
        asyncio.run(take_turns(politeness, time, ["a.example"]))

    assert (waits, caught.value.reason, time.pauses) == ([30.0, 60.0, 120.0], "host_resting", [])


def test_an_answer_ends_the_back_off() -> None:
    """One success, and the host is treated like any other."""
    politeness = Politeness(clock=lambda: NOW)
    politeness.note_failure("a.example")
    politeness.note_answer("a.example")

    assert (politeness.wait_s("a.example"), politeness.wait_s("never.example")) == (0.0, 0.0)


def test_hosts_that_were_seen_once_are_forgotten() -> None:
    """A site that redirects to ever new hosts does not fill the memory."""
    time = FalseTime()
    politeness = Politeness(clock=time.clock, pause=time.pause)
    asyncio.run(take_turns(politeness, time, ["a.example"]))
    time.now += timedelta(days=1)
    for number in range(10_001):
        politeness.note_answer(f"{number}.example")

    assert len(politeness._hosts) < 10_000


def test_retry_after_of_an_answer_is_kept(site: Site) -> None:
    """429 and 503 are captures like any other, and the host rests as long as it asked."""
    site.retry_later("/", "50", status=429)
    site.put("/next", "fine")
    time = FalseTime()

    statuses = asyncio.run(ask_in_order(site, time, ["/", "/next", "/next"]))

    assert (statuses, time.pauses) == ([429, 200, 200], [50.0, 1.0])


def test_a_long_retry_after_does_not_hold_up_the_run(site: Site) -> None:
    """An hour is not waited for: the address is a counted loss until then."""
    site.put_sequence("/", [Answer(status=503, headers=(("Retry-After", "3600"),)), Answer()])
    time = FalseTime()

    with pytest.raises(FetchError) as caught:
        asyncio.run(ask_in_order(site, time, ["/", "/"]))

    assert (caught.value.reason, time.pauses, site.count("/")) == ("host_resting", [], 1)


def test_a_site_sees_one_connection_and_redirects_wait_their_turn(site: Site) -> None:
    """Ten addresses at once are ten requests one after the other, hops included."""
    site.redirect("/old", "/new")
    site.put("/new", "here")
    time = FalseTime()

    async def at_once() -> list[int | None]:
        politeness = Politeness(clock=time.clock, pause=time.pause)
        async with make_fetcher(site.host, clock=time.clock, politeness=politeness) as fetcher:
            jobs = (fetcher.fetch(site.url("/old"), outlet=OUTLET, kind=CaptureKind.PAGE) for _ in range(5))
            return [capture.status for capture in await asyncio.gather(*jobs)]

    assert asyncio.run(at_once()) == [200] * 5
    assert (len(site.asked), site.peak_connection_count, time.pauses) == (10, 1, [1.0] * 9)


def test_a_dead_host_backs_off(site: Site) -> None:
    """Silence counts against the host."""
    site.stall("/")
    time = FalseTime()

    async def twice() -> list[str]:
        politeness = Politeness(clock=time.clock, pause=time.pause)
        reasons = []
        async with make_fetcher(site.host, clock=time.clock, politeness=politeness, limits=HASTY) as fetcher:
            for _ in range(2):
                with pytest.raises(FetchError) as caught:
                    await fetcher.fetch(site.url("/"), outlet=OUTLET, kind=CaptureKind.PAGE)
                reasons.append(caught.value.reason)
        return reasons

    assert (asyncio.run(twice()), time.pauses) == (["timeout", "timeout"], [30.0])


async def take_turns(politeness: Politeness, time: FalseTime, hosts: list[str]) -> list[float]:
    """Take turns one after another; the second at which each began."""
    starts = []
    for host in hosts:
        async with politeness.turn(host):
            starts.append((time.now - NOW).total_seconds())
    return starts


async def ask_in_order(site: Site, time: FalseTime, paths: list[str]) -> list[int | None]:
    politeness = Politeness(clock=time.clock, pause=time.pause)
    async with make_fetcher(site.host, clock=time.clock, politeness=politeness) as fetcher:
        return [(await fetcher.fetch(site.url(path), outlet=OUTLET, kind=CaptureKind.PAGE)).status for path in paths]
