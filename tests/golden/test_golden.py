"""One file of command and exact answer, the same through command line and API."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from tests.golden.cases import Answer, Case, api_path, load_cases

CASES = load_cases()
ALL = [pytest.param(place, id=f"{place}-{case.command}") for place, case in enumerate(CASES)]
OF_API = [one for one, case in zip(ALL, CASES, strict=True) if api_path(case.arguments)]


@pytest.mark.parametrize("place", ALL)
def test_a_command_answers_what_was_accepted(answers: Sequence[Answer], place: int) -> None:
    """Names, order of fields, values and exit code; `make accept` writes the file anew, to be read as a diff."""
    expected = load_cases()[place]

    assert as_text(answers[place].case) == as_text(expected)


def as_text(case: Case) -> str:
    return json.dumps(case.to_json(), ensure_ascii=False, indent=1)


@pytest.mark.parametrize("place", OF_API)
def test_the_api_gives_the_same_document(answers: Sequence[Answer], place: int) -> None:
    """One value at every face where the operator lets all be shown, also when it is an error."""
    assert answers[place].api_document == answers[place].case.document
