"""One file of command and exact answer, the same through command line and API."""

from __future__ import annotations

import json
from collections.abc import Sequence

import httpx
import pytest

from tests.golden.cases import Case, api_path, load_cases, shown

CASES = load_cases()
PLACES = [pytest.param(place, id=f"{place}-{case.command}") for place, case in enumerate(CASES)]
ASKED = [pytest.param(place, id=case.command) for place, case in enumerate(CASES) if api_path(case, CASES)]


@pytest.mark.parametrize("place", PLACES)
def test_a_command_answers_what_was_accepted(answers: Sequence[Case], place: int) -> None:
    """Names, order of fields, values and exit code; `make accept` writes the file anew, to be read as a diff."""
    expected = load_cases()[place]

    assert as_text(answers[place]) == as_text(expected)


def as_text(case: Case) -> str:
    return json.dumps(case.to_json(), ensure_ascii=False, indent=1)


@pytest.mark.parametrize("place", ASKED)
def test_the_api_gives_the_same_document(answers: Sequence[Case], api: httpx.Client, place: int) -> None:
    """What the operator lets be shown is one value at every face, also when it is an error."""
    case = answers[place]
    path = api_path(case, answers)
    assert path is not None

    document = api.get(path).json()

    assert shown(document, case.only) == case.document
