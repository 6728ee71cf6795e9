"""Addresses, measured on suites of others: where we agree, and in writing where we do not and why."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from caversham.errors import SubjectError
from caversham.urls import canonical_url, resolve

# Why our canonical form is not that of a suite. Each class is a decision, stated in the docstring of urls.py.
AGREES = "the same, to the letter"
NOT_WEB = "not http or https: refused"
NO_SCHEME = "no http scheme: we invent none"
HOST = "host: WHATWG refuses it too"
DOTS = "host of nothing but dots: refused, the root dot is dropped and nothing is left"
BYTES = "bytes that are no UTF-8: not an address in text"
FRAGMENT = "fragment: names a place in a page, not a page"
EMPTY_QUERY = "empty query: dropped"
ESCAPES = "escapes: undone once, for unreserved characters only, and put only where browsers put them"
SLASHES = "double slashes: kept, servers tell them apart"
QUERY = "query: order, empty parameters and empty values kept, servers may tell them apart"
USERINFO = "user and password: dropped"
ROOT_DOT = "root dot: dropped"
SITE = "www, https, session ids, letter case and trailing slashes: kept, a reader would not find the page again"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def canonical_or_none(url: str) -> str | None:
    try:
        return canonical_url(url)
    except SubjectError:
        return None


def classify(given: str, wanted: str, ours: str | None, *, aggressive: bool = False) -> str:
    """Name the class of a disagreement; "unexplained" fails the test."""
    if ours is None:
        if not re.match(r"\s*https?:", given, re.IGNORECASE):
            return NO_SCHEME
        return DOTS if resolve("", given) else HOST
    rules = (
        (BYTES, re.search("[\x80-\x9f]", given)),
        (FRAGMENT, "#" in wanted),
        (EMPTY_QUERY, wanted == ours + "?"),
        (SLASHES, re.sub(r"(?<!:)//+", "/", ours.replace("/../..", "")) == re.sub(r"(?<!:)//+", "/", wanted)),
        (USERINFO, "@" in wanted and wanted.rpartition("@")[2] == ours.removeprefix("http://")),
        (ROOT_DOT, "./" in wanted and wanted.replace("...", "") == ours),
        (ESCAPES, fully_unescaped(wanted) == fully_unescaped(ours)),
        (QUERY, parameters(wanted) == parameters(ours)),
        (SITE, aggressive),
    )
    return next((name for name, applies in rules if applies), "unexplained: " + given)


def fully_unescaped(url: str) -> str:
    while (once := unquote(url)) != url:
        url = once
    return url


def parameters(url: str) -> tuple[str, list[str]]:
    before, _, query = url.partition("?")
    return before, sorted(filter(None, (part.removesuffix("=") for part in query.split("&") if part[:1] != "=")))


def tally(pairs: Iterable[Sequence[str]], *, aggressive: bool = False) -> Counter[str]:
    found: Counter[str] = Counter()
    for given, wanted in pairs:
        ours = canonical_or_none(given)
        if not wanted.startswith(("http:", "https:")):
            found[NOT_WEB if ours is None else f"unexplained: {given}"] += 1
        else:
            found[AGREES if ours == wanted else classify(given, wanted, ours, aggressive=aggressive)] += 1
    return found


def test_every_address_of_the_whatwg_suite_is_parsed_as_browsers_do(shared: Path) -> None:
    """869 of 869: http and https to the letter, all else refused."""
    cases = [case for case in load(shared / "suites/urls/whatwg/urltestdata.json") if isinstance(case, dict)]

    wrong = []
    for case in cases:
        href = None if case.get("failure") else case["href"]
        expected = href if href and href.startswith(("http:", "https:")) else None
        if resolve(case["base"] or "", case["input"]) != expected:
            wrong.append(case["input"])
    assert (len(cases), wrong) == (869, [])


def test_links_of_the_crawler_commons_suite_resolve(shared: Path) -> None:
    """All but the one link to a file."""
    path = shared / "suites/urls/crawler_commons/resolve.csv"
    rows = [row for row in read_rows(path) if not row[2].startswith("file:")]

    assert [row for row in rows if resolve(row[1], row[0]) != row[2]] == []
    assert len(rows) == 21


def test_invalid_addresses_of_the_crawler_commons_suite_are_refused(shared: Path) -> None:
    rows = read_rows(shared / "suites/urls/crawler_commons/invalid.csv")

    assert [canonical_or_none(row[0]) for row in rows] == [None, None]


def read_rows(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip() and line[0] != "#"]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True)]


@pytest.mark.parametrize(
    ("suite", "expected"),
    [
        (
            "semantic_precise",
            {NOT_WEB: 118, AGREES: 104, ESCAPES: 20, DOTS: 12, HOST: 8, FRAGMENT: 7, NO_SCHEME: 3, SLASHES: 3}
            | {QUERY: 3, BYTES: 1, EMPTY_QUERY: 1},
        ),
        (
            "supplemental_whatwg",
            {NOT_WEB: 43, AGREES: 34, ESCAPES: 17, DOTS: 12, HOST: 5, USERINFO: 3, FRAGMENT: 2}
            | {ROOT_DOT: 1, EMPTY_QUERY: 1},
        ),
        ("aggressive", {SITE: 26, NO_SCHEME: 13, QUERY: 2, AGREES: 1}),
    ],
)
def test_canonical_forms_agree_with_urlcanon_but_for_written_reasons(
    shared: Path, suite: str, expected: dict[str, int]
) -> None:
    """Counts by class; an address that fits none of the classes fails."""
    pairs = load(shared / f"suites/urls/urlcanon/{suite}.json")
    read = [(from_bytes(given), wanted) for given, wanted in pairs.items()]

    assert tally(read, aggressive=suite == "aggressive") == expected


def from_bytes(text: str) -> str:
    """Undo what the suite does to bytes: one character a byte."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def test_canonical_forms_agree_with_crawler_commons_but_for_written_reasons(shared: Path) -> None:
    rows = read_rows(shared / "suites/urls/crawler_commons/weird_to_normalized.csv")

    assert tally(rows) == {AGREES: 82, QUERY: 11, SLASHES: 6, NOT_WEB: 6, ESCAPES: 4, HOST: 2, NO_SCHEME: 1}


def test_ipv4_spellings_of_urlcanon_are_understood(shared: Path) -> None:
    """47 of 47; what is no number there is a name or refused here."""
    cases = load(shared / "suites/urls/urlcanon/funky_ipv4.json")

    wrong = {}
    for given, wanted in cases.items():
        ours = canonical_or_none(f"http://{given}/")
        expected = {f"http://{wanted}/"} if wanted else {None, f"http://{given}/"}
        if ours not in expected:
            wrong[given] = ours
    assert (len(cases), wrong) == (47, {})


def test_dot_segments_of_urlcanon_are_resolved(shared: Path) -> None:
    """All of the web kind; a backslash is a slash."""
    cases = load(shared / "suites/urls/urlcanon/path_dots.json")["special"]

    wrong = [given for given, wanted in cases.items() if canonical_url(f"http://h{given}") != to_slashes(wanted)]
    assert (len(cases), wrong) == (376, [])


def to_slashes(path: str) -> str:
    return "http://h" + path.replace("\\", "/")


def test_addresses_of_urlcanon_do_not_change_twice(shared: Path) -> None:
    cases = load(shared / "suites/urls/urlcanon/idempotence.json")

    once = [url for url in map(canonical_or_none, cases) if url]
    assert [canonical_url(url) for url in once] == once
    assert len(once) > 15
