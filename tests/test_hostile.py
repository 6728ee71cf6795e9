"""A hostile site among good ones: nothing gets through, nothing stops the rest, every loss is counted."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from caversham.collect.fetch import Limits
from caversham.settings import change_settings, write_settings
from caversham.station import Station
from tests.site import Site
from tests.stations import OUTLET, StandingClock, page, put_feed

QUICK = Limits(connect_s=2.0, first_byte_s=0.5, total_s=1.5, size_bytes=2_000_000, field_bytes=8192, field_count=60)
REPORT = "The ministry reported that the plan for the year was fulfilled in every district of the valley. " * 4


@pytest.fixture
def hostile() -> Iterator[Site]:
    """A site whose feed names one good item and every bad one that the test adds."""
    with Site() as site:
        site.put("/good", page("A good item", REPORT))
        yield site


def follow(folder: Path, *sites: Site) -> Station:
    """A station that follows these sites as agency-0, agency-1, ..."""
    write_settings(folder, contact="test@example.org")
    (folder / "outlets").mkdir()
    names = [f"agency-{number}" for number in range(len(sites))]
    for name, site in zip(names, sites, strict=True):
        text = OUTLET.format(port=site.port, base=site.url("")).replace("Test Agency", name)
        (folder / "outlets" / f"{name}.toml").write_text(text)
    change_settings(folder, {"follow": names, "allow_hosts": [site.host for site in sites]})
    return Station(folder, clock=StandingClock(), pause=no_pause, limits=QUICK)


async def no_pause(_seconds: float) -> None:
    """The clock stands; waiting would not move it."""


def titles(station: Station) -> set[str]:
    """What is held."""
    return {version.content.title for version in station.export()}


def test_what_hurts_is_counted_and_the_rest_goes_on(hostile: Site, tmp_path: Path) -> None:
    """Slow, endless, cut, exploding and looping answers beside a good item, and a good outlet beside the bad one."""
    hostile.stall("/stall")
    hostile.drip("/drip", b"<p>word</p>" * 10_000)
    hostile.endless("/endless")
    hostile.cut_off("/cut", b"<p>half", promised=5000)
    hostile.bomb("/bomb", size_mib=200)
    hostile.flood("/flood", count=500)
    hostile.redirect("/loop", "/loop")
    hostile.put("/large", b"<p>" + b"x" * 3_000_000)
    hostile.put("/deep", "<div>" * 200_000)
    hostile.put("/empty", "")
    hostile.put("/nul", b"\0" * 1000)
    paths = ["/stall", "/drip", "/endless", "/cut", "/bomb", "/flood", "/loop", "/large", "/deep", "/empty", "/nul"]
    put_feed(hostile, *paths, "/good")
    with Site() as decent:
        decent.put("/fine", page("A fine item", REPORT))
        put_feed(decent, "/fine")
        with follow(tmp_path, hostile, decent) as station:
            clock_moves = 0
            collected = [station.collect()]
            while (
                "A good item" not in titles(station) and clock_moves < 20
            ):  # a host in trouble is left alone for a while
                clock_moves += 1
                station.clock.move(hours=6)  # type: ignore[attr-defined] # a StandingClock
                collected.append(station.collect())

            assert titles(station) == {"A good item", "A fine item"}
            losses = station.status().skips
            assert sum(losses.values()) >= len(paths)
            assert {"timeout", "too_large", "cut_off", "redirect_loop"} <= set(losses)
            assert sum(sum(one.skips.values()) for one in collected) == sum(losses.values())
            assert station.verify().is_consistent


def test_a_wrong_charset_is_read_all_the_same(hostile: Site, tmp_path: Path) -> None:
    """UTF-8 that calls itself Latin, and a Russian page in its own code that calls itself nothing."""
    hostile.put("/latin", page("Señal é ü", REPORT), content_type="text/html; charset=iso-8859-1")
    russian = page("Указ", "Министерство сообщило о выполнении плана во всех районах долины. " * 6)
    russian = russian.replace('<meta charset="utf-8">', "")
    hostile.put("/koi", russian.encode("windows-1251"), content_type="text/html; charset=windows-1251")
    put_feed(hostile, "/latin", "/koi")
    with follow(tmp_path, hostile) as station:
        station.collect()

        assert titles(station) == {"Señal é ü", "Указ"}


def test_script_is_never_text(hostile: Site, tmp_path: Path) -> None:
    """Script in every place: none of it is in title or text."""
    script = "<script>steal('everything')</script>"
    hostile.put(
        "/script", script + page(f"Plan fulfilled {script}", f"{script}{REPORT}", f"<b onclick='steal()'>{REPORT}</b>")
    )
    put_feed(hostile, "/script")
    with follow(tmp_path, hostile) as station:
        station.collect()
        contents = [version.content for version in station.export()]

    assert len(contents) == 1
    assert "steal" not in contents[0].title + contents[0].text


@pytest.mark.parametrize(
    "feed",
    [
        b"<html><body>no feed</body></html>",
        b"\0" * 10_000,
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><link>&x;</link></item></channel></rss>',
        gzip.compress(b"\0" * 30_000_000),
    ],
)
def test_a_feed_that_is_none_is_a_loss_of_that_source(hostile: Site, tmp_path: Path, feed: bytes) -> None:
    """The station goes on, and what is held stays."""
    put_feed(hostile, "/good")
    with follow(tmp_path, hostile) as station:
        station.collect()
        headers = [("Content-Encoding", "gzip")] if feed[:2] == b"\x1f\x8b" else []
        hostile.put("/rss.xml", feed, content_type="application/rss+xml", headers=headers)
        station.clock.move(hours=1)  # type: ignore[attr-defined] # a StandingClock
        collected = station.collect()

        assert titles(station) == {"A good item"}
        assert sum(collected.skips.values()) == 1
