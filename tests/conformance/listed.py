"""The written list of expected failures, held strictly: one that passes fails the test, one that is not listed too."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

LIST = Path(__file__).parent / "expected_failures.toml"


@cache
def load_list() -> dict[str, list[dict[str, Any]]]:
    """By suite, groups of cases with one reason."""
    return tomllib.loads(LIST.read_text("utf-8"))


def listed(suite: str) -> Counter[str]:
    """The cases of a suite that are expected to fail; each group of them has a reason."""
    groups = load_list().get(suite, [])
    assert all(group["reason"].strip() for group in groups), f"a group of {suite} has no reason"
    return Counter(case for group in groups for case in group["cases"])


def check(suite: str, failed: Iterable[str]) -> None:
    """Fail where the cases that failed are not just those that the list names."""
    found, expected = Counter(failed), listed(suite)

    assert {"fails and is not listed": found - expected, "is listed and passes": expected - found} == {
        "fails and is not listed": Counter(),
        "is listed and passes": Counter(),
    }, suite
