"""docs/conformance.md says what the tests say."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conformance.listed import load_list

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
ROW = re.compile(r"^\| [^|]+ \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| `(\w+)` \|$", re.MULTILINE)


def test_the_page_states_the_failures_of_the_list() -> None:
    """And all cases are accounted for."""
    rows = [
        (row[5], *(int(number.replace(",", "")) for number in row[:5])) for row in ROW.findall(PAGE.read_text("utf-8"))
    ]
    listed = {name: sum(len(group["cases"]) for group in groups) for name, groups in load_list().items()}

    assert rows
    for name, cases, met, other, refused, failed in rows:
        assert (name, cases, failed) == (name, met + other + refused + failed, listed.get(name, 0))
