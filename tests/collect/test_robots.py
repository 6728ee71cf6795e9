"""robots.txt is obeyed as RFC 9309 says, and no file of it brings us down."""

from __future__ import annotations

import gzip
from time import thread_time

import pytest
from hypothesis import given, strategies as st

from caversham.collect.robots import READ_BYTES, parse_robots
from tests.collect.captures import answer

ROBOTS = "http://news.example.org/robots.txt"
FILE = """\
Sitemap: /sitemap.xml
User-agent: *
Disallow: /private/
Crawl-delay: 7

User-agent: Caversham
Disallow: /drafts/
Allow: /drafts/open
Sitemap: https://cdn.example.org/news.xml
Sitemap: mailto:nobody@example.org
"""


def test_our_own_group_counts_before_the_group_for_all() -> None:
    """RFC 9309, section 2.2.1: the group that names us is the only one."""
    rules = parse_robots(answer(FILE, url=ROBOTS))
    paths = ["/", "/private/1", "/drafts/1", "/drafts/open/1", "/robots.txt"]

    assert [rules.allows(f"http://news.example.org{path}") for path in paths] == [True, True, False, True, True]
    assert (
        rules.crawl_delay_s,
        rules.sitemaps,
    ) == (None, ("http://news.example.org/sitemap.xml", "https://cdn.example.org/news.xml"))


def test_the_delay_for_all_is_ours_where_nobody_names_us() -> None:
    """Crawl-delay is no part of the RFC, but a wish that we heed."""
    rules = parse_robots(answer("user-agent: *\ncrawl-delay: 2.5\n", url=ROBOTS))

    assert (rules.allows("http://news.example.org/1"), rules.crawl_delay_s) == (True, 2.5)


@pytest.mark.parametrize(
    ("status", "allowed", "reason"),
    [
        (200, False, "rules"),
        (None, False, "rules"),
        (302, True, "no_rules"),
        (401, True, "no_rules"),
        (404, True, "no_rules"),
        (410, True, "no_rules"),
        (304, False, "unreachable"),
        (429, False, "unreachable"),
        (500, False, "unreachable"),
        (503, False, "unreachable"),
    ],
)
def test_the_status_decides_where_there_are_no_rules(*, status: int | None, allowed: bool, reason: str) -> None:
    """No file: all is allowed. No answer: nothing is (RFC 9309, section 2.3.1)."""
    rules = parse_robots(answer("user-agent: *\ndisallow: /", status=status, url=ROBOTS))

    assert (allowed, reason) == (rules.allows("http://news.example.org/1"), rules.reason)


def test_a_host_that_does_not_answer_allows_nothing() -> None:
    """RFC 9309, section 2.3.1.4: unreachable means complete disallow."""
    rules = parse_robots(None)

    assert (
        rules.allows("http://news.example.org/"),
        rules.reason,
        rules.crawl_delay_s,
        rules.sitemaps,
    ) == (False, "unreachable", None, ())


def test_a_packed_file_is_unpacked() -> None:
    """Servers compress robots.txt too."""
    rules = parse_robots(answer(gzip.compress(FILE.encode()), packed="gzip", url=ROBOTS))

    assert not rules.allows("http://news.example.org/drafts/1")


def test_a_file_that_does_not_unpack_allows_nothing() -> None:
    """We cannot know what it asks."""
    rules = parse_robots(answer(b"\x1f\x8b\x08broken", packed="gzip", url=ROBOTS))

    assert (rules.allows("http://news.example.org/1"), rules.reason) == (False, "unreadable")


def test_what_stands_after_500_kib_is_not_read() -> None:
    """RFC 9309, section 2.5."""
    filler = b"# nothing\n" * (READ_BYTES // 10 + 1)

    assert parse_robots(answer(filler + b"user-agent: *\ndisallow: /", url=ROBOTS)).allows("http://news.example.org/1")


def test_a_rule_that_the_limit_cuts_is_not_read() -> None:
    """What is left of it would ask for something else."""
    text = b"user-agent: *\n#" + b"x" * (READ_BYTES - len("user-agent: *\n#\ndisallow: /")) + b"\ndisallow: /secret\n"

    assert parse_robots(answer(text, url=ROBOTS)).allows("http://news.example.org/1")


@pytest.mark.parametrize(
    "text",
    [
        "user-agent: a\n" * 12_000 + "user-agent: *\n" + "disallow: /b\n" * 12_000,
        "user-agent: *\ndisallow: /" + "*b" * 250_000,
        "user-agent: *\n" + "disallow: /*" + "a*" * 1_000 + "b$\n",
    ],
)
def test_a_file_made_to_take_hours_takes_no_time(text: str) -> None:
    """Ten thousand agents with ten thousand rules each; a rule of asterisks."""
    started = thread_time()

    parse_robots(answer(text, url=ROBOTS)).allows("http://news.example.org/" + "a" * 7_000)

    assert thread_time() - started < 1.0


@pytest.mark.parametrize(
    "line",
    ["User-agent: Caversham/1.0", "USER-AGENT:caversham", "useragent caversham", "User agent : caversham (news)"],
)
def test_we_are_named_however_it_is_written(line: str) -> None:
    """Letter case, version and comment do not hide our name (RFC 9309, section 2.2.1)."""
    rules = parse_robots(answer(f"User-agent: *\nAllow: /\n\n{line}\nDisallow: /\n", url=ROBOTS))

    assert not rules.allows("http://news.example.org/1")


@pytest.mark.parametrize("name", ["Caversham-News", "Cav", "*caversham*", "the caversham"])
def test_a_name_that_is_like_ours_is_not_ours(name: str) -> None:
    """Product tokens are compared whole."""
    rules = parse_robots(answer(f"User-agent: {name}\nDisallow: /\n", url=ROBOTS))

    assert rules.allows("http://news.example.org/1")


def test_other_records_do_not_end_the_head_of_a_group() -> None:
    """RFC 9309, section 2.2.4: parsing them must not interfere."""
    text = "User-agent: caversham\nSitemap: /map.xml\nWhatever: x\nCrawl-delay: .5\nUser-agent: other\nDisallow: /x\n"

    rules = parse_robots(answer(text, url=ROBOTS))

    assert (
        rules.allows("http://news.example.org/x"),
        rules.crawl_delay_s,
        rules.sitemaps,
    ) == (False, 0.5, ("http://news.example.org/map.xml",))


def test_groups_for_the_same_agent_are_one() -> None:
    """RFC 9309, section 2.2.1."""
    text = "User-agent: caversham\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: caversham\nDisallow: /c\n"

    rules = parse_robots(answer(text, url=ROBOTS))

    assert [rules.allows(f"http://news.example.org/{name}") for name in "abc"] == [False, True, False]


def test_the_longest_rule_counts_and_of_two_the_one_that_allows() -> None:
    """RFC 9309, section 2.2.2."""
    text = "User-agent: *\nDisallow: /news\nAllow: /news/open\nDisallow: /same\nAllow: /same\nDisallow: /*.pdf$\n"
    paths = ["/news/1", "/news/open/1", "/same", "/open.pdf", "/open.pdf?page=1", "/robots.txt"]

    rules = parse_robots(answer(text, url=ROBOTS))

    assert [rules.allows(f"http://news.example.org{path}") for path in paths] == [False, True, True, False, True, True]


def test_an_address_is_compared_however_it_is_escaped() -> None:
    """RFC 9309, section 2.2.2: what need not be escaped is not, what must be is."""
    rules = parse_robots(answer("User-agent: *\nDisallow: /ニュース/%7eold/%2fx\n", url=ROBOTS))
    paths = ["/ニュース/~old/%2Fx", "/%E3%83%8B%e3%83%a5%E3%83%BC%E3%82%B9/%7Eold/%2fx", "/ニュース/~old//x"]

    assert [rules.allows(f"http://news.example.org{path}") for path in paths] == [False, False, True]


def test_what_is_no_address_is_not_allowed() -> None:
    """Nobody will ask for it."""
    assert not parse_robots(answer("user-agent: *\nallow: /", url=ROBOTS)).allows("http://[?")


@given(st.binary(), st.text())
def test_any_bytes_are_rules(body: bytes, url: str) -> None:
    """Whatever stands there, there is an answer."""
    assert parse_robots(answer(b"user-agent: *\n" + body, url=ROBOTS)).allows(url) in {True, False}
