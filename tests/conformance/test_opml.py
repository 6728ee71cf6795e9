"""The lists of listparser: every file is survived, and what they state of the feeds of OPML is met."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from caversham.collect.feeds import parse_opml
from caversham.errors import FeedError
from tests.conformance.expectations import NotOurs, Place, holds
from tests.conformance.suites import FAILED, MET, OTHER, REFUSED, examine, list_files, suite

STATEMENT = re.compile(r"^\s*Eval:\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCase:
    """What we have of a list under listparser's names. A `Reading`."""

    feeds: list[dict[str, str]]

    def found(self, place: Place) -> Any:
        if place == ("result", "feeds", "len"):
            return len(self.feeds)
        if place[:2] == ("result", "feeds") and place[-1] in {"url", "title"}:
            return self.feeds[place[2]][place[3]] if place[2] < len(self.feeds) else None
        raise NotOurs

    def expected(self, place: Place, value: Any) -> Any:  # noqa: ARG002 - of the protocol
        return value


def outcome_of(path: Path) -> str:
    """Read a list, and hold it against each statement of its comment."""
    body = path.read_bytes()
    try:
        feeds = [{"title": title, "url": feed.url} for title, feed in parse_opml(body, subject=path.name)]
    except FeedError as error:
        return REFUSED if b"<opml" not in body and error.reason == "bad_feed" else f"{FAILED}: {error}"
    verdicts = [verdict_on(statement, feeds) for statement in STATEMENT.findall(body.decode("utf-8", "replace"))]
    unmet = [verdict for verdict in verdicts if verdict.startswith(FAILED)]
    return next(iter(unmet), MET if MET in verdicts else OTHER)


def verdict_on(statement: str, feeds: list[dict[str, str]]) -> str:
    try:
        return MET if holds(statement, ListCase(feeds=feeds)) else f"{FAILED}: {statement}"
    except NotOurs:
        return OTHER


def test_the_lists_of_listparser_are_read_as_it_says(shared: Path) -> None:
    """Number, addresses and titles of feeds. What is no OPML (FOAF in RDF) is refused by name."""
    folder = suite(shared, "listparser_opml")
    names = {str(path.relative_to(folder)): path for path in list_files(folder, ".xml")}

    counts = examine("listparser_opml", {name: partial(outcome_of, path) for name, path in names.items()})

    assert counts == {MET: 24, OTHER: 60, REFUSED: 26}
