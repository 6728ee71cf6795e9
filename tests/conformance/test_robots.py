"""The questions of Protego and of Google about robots.txt, and the files of real sites."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from caversham.collect.robots import RobotsRules, parse_robots
from tests.conformance.suites import FAILED, MET, OTHER, answer_of, examine, read_rows, suite

URL = "http://news.example.org/robots.txt"
NEWS = "http://news.example.org/2026/03/01/news.html?id=1"

# What we have under the kinds of both suites; the other kinds are about what Caversham does not read.
ANSWERS: Mapping[str, Callable[[RobotsRules, dict[str, Any]], object]] = {
    "can_fetch": lambda rules, row: rules.allows(row["url"]),
    "allowed": lambda rules, row: rules.allows(row["url"]),
    "crawl_delay": lambda rules, _: rules.crawl_delay_s,
    "sitemaps": lambda rules, _: list(rules.sitemaps),
    "report": lambda rules, _: {"sitemap": next(iter(rules.sitemaps), None)},
}


def outcome_of(row: dict[str, Any]) -> str:
    """Answer one question."""
    if row["kind"] not in ANSWERS or (row["kind"] == "report" and "sitemap" not in row["expected"]):
        return OTHER
    found = ANSWERS[row["kind"]](rules_of(row), row)
    return MET if found == row["expected"] else f"{FAILED}: {found!r} instead of {row['expected']!r}"


def rules_of(row: dict[str, Any]) -> RobotsRules:
    text = row.get("text", row.get("robots"))
    body = text.encode() if text is not None else base64.b64decode(row.get("base64") or row["robots_base64"])
    return parse_robots(answer_of(body, url=URL), agent=row.get("agent", "caversham"))


def examine_rows(name: str, path: Path) -> Counter[str]:
    """Answer each question; they are named by their test and their place in it, from 1."""
    seen: Counter[str] = Counter()
    cases = {}
    for row in read_rows(path):
        seen[row["test"]] += 1
        cases[f"{row['test']} {seen[row['test']]}"] = partial(outcome_of, row)
    return examine(name, cases)


def test_the_questions_of_google_are_answered(shared: Path) -> None:
    """RFC 9309 and what Google reads beyond it. The other kinds ask for parts of its library."""
    counts = examine_rows("robots_google", suite(shared, "robots_google") / "cases.jsonl")

    assert counts == {MET: 142, FAILED: 5, OTHER: 44}


def test_the_questions_of_protego_are_answered(shared: Path) -> None:
    """Allowed, delays, sitemaps. We do not read rates, visiting hours and preferred hosts."""
    counts = examine_rows("robots_protego", suite(shared, "robots_protego") / "cases.jsonl")

    assert counts == {MET: 371, FAILED: 14, OTHER: 15}


def test_the_robots_files_of_real_sites_are_read(shared: Path) -> None:
    """HTML error pages and what is no UTF-8 among them; a news item is allowed on most."""
    path = suite(shared, "robots_protego") / "real_robots_files.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]

    counts = examine(
        "robots_real", {f"{number} {row['site']}": partial(read_real, row) for number, row in enumerate(rows)}
    )

    assert counts == {"allowed": 4091, "refused": 140}


def read_real(row: dict[str, Any]) -> str:
    rules = rules_of(row)
    if rules.reason != "rules":
        return f"{FAILED}: {rules.reason}"
    return "allowed" if rules.allows(NEWS) else "refused"
