"""Addresses, on the suites of others.

Which one binds: the WHATWG suite says how an address is parsed and resolved, since that is how readers' browsers do
it. What of two addresses is the same page is ours to say (`urls@1`, docstring of urls.py); urlcanon and
crawler-commons measure it, and each case where we decide otherwise is in the written list with its reason.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from caversham.errors import SubjectError
from caversham.urls import canonical_url, resolve
from tests.conformance.listed import check

WEB = ("http:", "https:")


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_rows(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip() and line[0] != "#"]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True)]


def from_bytes(text: str) -> str:
    """Undo what urlcanon does to bytes: one character a byte."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def canonical_or_none(url: str) -> str | None:
    try:
        return canonical_url(url)
    except SubjectError:
        return None


def web_or_none(url: str | None) -> str | None:
    """What a case expects of us: addresses of other schemes are refused."""
    return url if url and url.startswith(WEB) else None


def disagreements(pairs: Iterable[Sequence[str]]) -> list[str]:
    """The addresses whose canonical form is not the one wanted."""
    return [given for given, wanted in pairs if canonical_or_none(from_bytes(given)) != web_or_none(wanted)]


def wrongly_resolved(cases: Iterable[dict[str, Any]]) -> list[str]:
    """The inputs that lead elsewhere, here, than the case says."""
    return [
        case["input"]
        for case in cases
        if resolve(case["base"] or "", case["input"]) != (None if case.get("failure") else web_or_none(case["href"]))
    ]


# --- Parsing: WHATWG binds ------------------------------------------------------------------


def test_every_address_of_the_whatwg_suite_is_parsed_as_browsers_do(shared: Path) -> None:
    """869 of 869: http and https to the letter, all else refused."""
    cases = [case for case in load(shared / "suites/urls/whatwg/urltestdata.json") if isinstance(case, dict)]

    assert (len(cases), wrongly_resolved(cases)) == (869, [])


def test_the_older_copy_of_that_suite_differs_where_the_standard_changed(shared: Path) -> None:
    """439 cases of 2016, as urlcanon keeps them."""
    cases = [case for case in load(shared / "suites/urls/urlcanon/urltestdata.json") if isinstance(case, dict)]

    assert len(cases) == 439
    check("urlcanon_whatwg_2016", wrongly_resolved(cases))


def test_hosts_and_ports_are_those_that_urlcanon_reads(shared: Path) -> None:
    """111 addresses in odd notations: the web ones have the same host and port, the others are refused."""
    cases = load(shared / "suites/urls/urlcanon/parsing.json")

    read = {given: web_place(from_bytes(given)) for given in cases}
    wanted = {given: (case["host"].lower(), case["port"]) for given, case in cases.items()}
    assert len(cases) == 111
    assert sum(place is not None for place in read.values()) == 46
    assert {given: place for given, place in read.items() if place and place != wanted[given]} == {}


def web_place(url: str) -> tuple[str, str] | None:
    """Host and stated port; None: it is no web address."""
    found = resolve("", url)
    parts = urlsplit(found) if found else None
    return parts and (parts.hostname or "", str(parts.port or ""))


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
    """All 376 of the web kind; a backslash is a slash. The 376 of other schemes are not ours to parse."""
    cases = load(shared / "suites/urls/urlcanon/path_dots.json")["special"]

    wrong = [given for given, wanted in cases.items() if canonical_url(f"http://h{given}") != to_slashes(wanted)]
    assert (len(cases), wrong) == (376, [])


def to_slashes(path: str) -> str:
    return "http://h" + path.replace("\\", "/")


def test_links_of_the_crawler_commons_suite_resolve(shared: Path) -> None:
    """21 of 21; the one link to a file is refused."""
    rows = read_rows(shared / "suites/urls/crawler_commons/resolve.csv")

    assert [row for row in rows if resolve(row[1], row[0]) != web_or_none(row[2])] == []
    assert len(rows) == 22


def test_invalid_addresses_of_the_crawler_commons_suite_are_refused(shared: Path) -> None:
    rows = read_rows(shared / "suites/urls/crawler_commons/invalid.csv")

    assert [canonical_or_none(row[0]) for row in rows] == [None, None]


# --- The same page: `urls@1` binds ----------------------------------------------------------


@pytest.mark.parametrize(
    ("suite", "count"), [("semantic_precise", 280), ("supplemental_whatwg", 118), ("aggressive", 42)]
)
def test_canonical_forms_agree_with_urlcanon_but_for_written_reasons(shared: Path, suite: str, count: int) -> None:
    pairs = load(shared / f"suites/urls/urlcanon/{suite}.json")

    assert len(pairs) == count
    check(f"urlcanon_{suite}", disagreements(pairs.items()))


def test_canonical_forms_agree_with_crawler_commons_but_for_written_reasons(shared: Path) -> None:
    rows = read_rows(shared / "suites/urls/crawler_commons/weird_to_normalized.csv")

    assert len(rows) == 112
    check("crawler_commons_normalised", disagreements(rows))


@pytest.mark.parametrize(("group", "suite", "count"), [("Canonicalizer.DefaultIA", "ia", 7), ("google", "google", 28)])
def test_canonical_forms_agree_with_what_surts_are_made_of_but_for_written_reasons(
    shared: Path, group: str, suite: str, count: int
) -> None:
    """The addresses of surt.json; its sort keys, and ssurt.json, test a function that we do not have."""
    cases = load(shared / "suites/urls/urlcanon/surt.json")[group]
    pairs = [(given, wanted) for given, wanted in cases.items() if given.startswith(WEB)]

    assert len(pairs) == count
    check(f"urlcanon_surt_{suite}", disagreements(pairs))


def test_addresses_of_urlcanon_do_not_change_twice(shared: Path) -> None:
    """What is canonical once stays so; of the 43 the others are no web addresses."""
    cases = load(shared / "suites/urls/urlcanon/idempotence.json")

    once = [url for url in map(canonical_or_none, cases) if url]
    assert [canonical_url(url) for url in once] == once
    assert (len(cases), len(once)) == (43, 18)
