"""Each outlet's rules on its own markup: `<outlet>/<case>/` holds page.html, meta.json and expected.json.

page.html has the outlet's markup with our words; meta.json says where and when it was seen; expected.json is the whole
Content, written by `ACCEPT=1 pytest tests/outlets` and reviewed as a diff.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest

from caversham.extract import make_extract
from caversham.outlets.catalogue import load_catalogue
from caversham.types import Capture, CaptureKind, Content, Dated, Image, OutletId, TimeBasis

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/*/page.html"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_page_of_an_outlet_is_read_by_its_rule(case: Path) -> None:
    """The whole Content is as expected, and a rule of the outlet made it."""
    content = to_json(read_case(case))
    expected = case / "expected.json"
    if os.environ.get("ACCEPT"):
        expected.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    assert content == json.loads(expected.read_text(encoding="utf-8"))
    assert str(content["extractor"]).startswith(f"{case.parent.name}@")
    assert "generic" not in str(content["extractor"])


def test_every_outlet_with_rules_has_a_case() -> None:
    """A rule without a page that it reads is a guess."""
    assert {outlet.id for outlet in load_catalogue() if outlet.rules} == {case.parent.name for case in CASES}


def read_case(case: Path) -> Content:
    """What is found in the page of a case, seen as its meta.json says."""
    meta = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    capture = Capture(
        url=meta["url"],
        final_url=meta["url"],
        outlet=OutletId(case.parent.name),
        kind=CaptureKind.PAGE,
        captured_at=datetime.fromisoformat(meta["captured_at"]),
        time_basis=TimeBasis.OBSERVED,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=(case / "page.html").read_bytes(),
    )
    return make_extract(load_catalogue().get)(capture)


def to_json(content: Content) -> dict[str, object]:
    """Content with its dates as they are told and its images as pairs."""
    return {field.name: _plain(getattr(content, field.name)) for field in fields(content)}


def _plain(value: object) -> object:
    if isinstance(value, Dated):
        return [value.iso, value.printed]
    if isinstance(value, tuple):
        return [[image.url, image.caption] for image in value if isinstance(image, Image)]
    return value
