"""What the conformance tests share: reading the outside suites, and examining each case within its time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import thread_time
from typing import Any

from caversham.types import Capture, CaptureKind, Link, OutletId, TimeBasis
from tests.conformance.listed import check
from tests.conftest import require

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUTLET = OutletId("suite")
CASE_LIMIT_S = 1.0  # of one core

MET, OTHER, REFUSED, FAILED = "met", "about other fields", "refused", "failed"


def suite(shared: Path, name: str) -> Path:
    """The folder of a suite; skips where it is absent."""
    folder = shared / "suites" / name
    require(folder.is_dir(), f"needs ../shared/suites/{name}")
    return folder


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def list_files(folder: Path, *suffixes: str) -> list[Path]:
    """The files below a folder with these endings, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in suffixes)


def answer_of(body: bytes, *, url: str, headers: Iterable[tuple[str, str]] = ()) -> Capture:
    """The capture of an answer 200 with this body."""
    return Capture(
        url=url,
        final_url=url,
        outlet=OUTLET,
        kind=CaptureKind.SOURCE,
        captured_at=NOW,
        time_basis=TimeBasis.OBSERVED,
        status=200,
        headers=tuple(headers),
        body=body,
    )


def is_sound(link: Link) -> bool:
    """Tell whether a link has what every link has: an address of the web, and hints within their limits."""
    is_web = link.url.startswith(("http://", "https://"))
    return is_web and len(link.title_hint) <= 1_000 and len(link.published_hint) <= 100


def examine(name: str, cases: Mapping[str, Callable[[], str]]) -> Counter[str]:
    """Examine each case and count the outcomes; those that failed must be just the listed ones.

    A case gives its outcome, in words that begin with FAILED if it failed; these are printed. One that takes too long
    failed too. What a case raises stops the test.
    """
    outcomes = {}
    for case, outcome_of in cases.items():
        started = thread_time()
        outcome = outcome_of()
        taken = thread_time() - started
        outcomes[case] = outcome if taken <= CASE_LIMIT_S else f"{FAILED}: took {taken:.1f} s"
    failed = {case: outcome for case, outcome in outcomes.items() if outcome.startswith(FAILED)}
    print(*(f"{case}: {outcome}" for case, outcome in failed.items()), sep="\n")  # noqa: T201 - shown if the test fails
    check(name, failed.keys())
    return Counter(outcome.partition(":")[0] for outcome in outcomes.values())
