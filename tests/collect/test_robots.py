"""robots.txt is obeyed as RFC 9309 says, and no file of it brings us down."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from caversham.collect.robots import READ_BYTES, parse_robots
from tests.collect.captures import answer
from tests.conftest import require

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


def test_a_file_made_to_take_hours_is_not_read() -> None:
    """Ten thousand agents with ten thousand rules each."""
    text = "user-agent: a{0}\n" * 12_000 + "disallow: /b\n" * 12_000

    assert parse_robots(answer(text, url=ROBOTS)).reason == "unreadable"


def test_what_is_no_address_is_not_allowed() -> None:
    """Nobody will ask for it."""
    assert not parse_robots(answer("user-agent: *\nallow: /", url=ROBOTS)).allows("http://[?")


@given(st.binary(), st.text())
def test_any_bytes_are_rules(body: bytes, url: str) -> None:
    """Whatever stands there, there is an answer."""
    assert parse_robots(answer(b"user-agent: *\n" + body, url=ROBOTS)).allows(url) in {True, False}


def test_every_real_file_is_read(shared: Path) -> None:
    """4,231 files of real sites, HTML error pages among them."""
    path = shared / "suites" / "robots_protego" / "real_robots_files.jsonl.gz"
    require(path.is_file(), "needs ../shared/suites/robots_protego")
    reasons = []
    with gzip.open(path) as lines:
        for line in lines:
            row = json.loads(line)
            body = row["text"].encode() if row.get("text") is not None else base64.b64decode(row["base64"])
            rules = parse_robots(answer(body, url=ROBOTS))
            rules.allows("http://news.example.org/2026/03/01/news.html?id=1")
            reasons.append(rules.reason)

    assert reasons == ["rules"] * 4231


def test_the_questions_of_protego_are_answered(shared: Path) -> None:
    """376 questions whether an address is allowed; what Protego reads beyond the RFC is welcome."""
    rows = suite_rows(shared / "suites" / "robots_protego" / "cases.jsonl", "can_fetch")

    wrong = [row["test"] for row in rows if allows(row) != row["expected"]]

    assert (len(rows), wrong) == (376, [])


def test_the_questions_of_rfc_9309_are_answered(shared: Path) -> None:
    """62 of the 72 rows of Google's suite that test the RFC; the others are readings of Protego's own."""
    rows = suite_rows(shared / "suites" / "robots_google" / "cases.jsonl", "allowed")
    by_rfc = [row for row in rows if row["test"].startswith("ID_")]

    wrong = Counter(row["test"] for row in by_rfc if allows(row) != row["expected"])

    assert (len(by_rfc), wrong) == (72, PROTEGO_READS_OTHERWISE)


PROTEGO_READS_OTHERWISE = {
    "ID_Encoding": 3,  # it compares addresses after unescaping, the suite only the octets that the crawler was given
    "ID_LineSyntax_Groups_OtherRules": 1,  # an unknown line ends the list of agents that share a group
    "ID_UserAgentValueCaseInsensitive": 6,  # "foo bar" is one agent's name, not the token "foo"
}


def allows(row: dict[str, Any]) -> bool:
    text = row["robots"].encode() if "robots" in row else base64.b64decode(row["robots_base64"])
    return parse_robots(answer(text, url=ROBOTS), agent=row["agent"]).allows(row["url"])


def suite_rows(path: Path, kind: str) -> list[dict[str, Any]]:
    require(path.is_file(), f"needs ../shared/suites/{path.parent.name}")
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["kind"] == kind]
