"""The life of an article, told by the looks at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies

from caversham.types import Article, ArticleId, CaptureId, CaptureKind, Look, OutletId, Run, State, TimeBasis
from caversham.watch.states import article_of, is_failure, order_looks, runs_of, state_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

SIGHTED: dict[str, Any] = {"kind": CaptureKind.SIGHTING, "status": None}
FAILED: dict[str, Any] = {"kind": CaptureKind.FAILURE, "status": None}
ROW: dict[str, Any] = {"kind": CaptureKind.ROW, "status": None}


def look(hour: int, shown: str | None = None, *, position: tuple[str, int] | None = None, **changes: Any) -> Look:
    """A look so many hours after noon; `shown` is both its content and what that compares by."""
    fields: dict[str, Any] = {
        "capture": CaptureId(f"{hour:064x}"),
        "captured_at": NOON + hour * HOUR,
        "time_basis": TimeBasis.OBSERVED,
        "position": position or ("one", hour),
        "status": 200,
        "sha256": "",
        "content": shown,
        "comparable": shown,
    }
    return Look(**(fields | changes))


def frames(*looks: Look) -> list[tuple[str | None, int]]:
    return [(run.first.comparable, run.look_count) for run in runs_of(looks)]


def test_looks_are_ordered_by_instant_then_writer_then_leaf() -> None:
    late = look(1, position=("a", 0))
    same = [look(0, position=("a", 2)), look(0, position=("a", 10)), look(0, position=("b", 1))]

    assert order_looks([late, *reversed(same)]) == (*same, late)


def test_a_run_is_framed_by_its_first_and_last_look() -> None:
    first, last = look(0, "A"), look(5, "A")

    assert runs_of([last, look(3, "A"), first]) == (
        Run(number=1, first=first, last_seen_at=last.captured_at, look_count=3),
    )


def test_a_b_a_are_three_runs() -> None:
    runs = runs_of([look(0, "A"), look(1, "B"), look(2, "A")])

    assert [(run.number, run.first.comparable) for run in runs] == [(1, "A"), (2, "B"), (3, "A")]


def test_looks_that_showed_no_text_make_no_run_and_break_none() -> None:
    between = [look(1, **FAILED), look(2, status=404), look(3, **SIGHTED), look(4, status=304), look(5)]

    assert frames(look(0, "A"), *between, look(6, "A")) == [("A", 2)]
    assert frames(*between) == []
    assert frames() == []


def test_a_revisit_counts_to_the_run_that_it_repeats() -> None:
    """The catalogue gives a revisit the content of the capture whose body it repeats."""
    assert frames(look(0, "A"), look(1, "A", status=304), look(2, "B")) == [("A", 2), ("B", 1)]


def test_contents_that_compare_equal_are_one_run() -> None:
    """Another content id, such as another date tag in the title, is the same text to a reader."""
    assert frames(look(0, "A"), look(1, "A", content="A with a tag")) == [("A", 2)]


@given(strategies.lists(strategies.sampled_from(["A", "B", None]), max_size=8), strategies.randoms())
def test_runs_do_not_depend_on_the_order_in_which_looks_came(shown: list[str | None], random: Any) -> None:
    looks = [look(hour // 2, text, position=("one", hour)) for hour, text in enumerate(shown)]
    shuffled = random.sample(looks, len(looks))

    assert runs_of(shuffled) == runs_of(looks)
    assert sum(run.look_count for run in runs_of(looks)) == len([text for text in shown if text])


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([], State.UNKNOWN),
        ([look(0, "A")], State.LIVE),
        ([look(0, "A", **ROW)], State.LIVE),
        ([look(0, "A"), look(1, status=304)], State.LIVE),
        ([look(0, "A"), look(1, status=404)], State.MISSING),
        ([look(0, "A"), look(1, status=410)], State.MISSING),
        ([look(0, status=404, kind=CaptureKind.ROW)], State.MISSING),
        ([look(0, "A"), look(1, status=403)], State.RESTRICTED),
        ([look(0, "A"), look(1, status=451)], State.RESTRICTED),
        ([look(0, status=404), look(1, "A")], State.LIVE),
        ([look(1, "A"), look(0, status=404)], State.LIVE),
        ([look(0, "A"), look(1, **FAILED)], State.UNKNOWN),
        ([look(0, "A"), look(1, status=500)], State.UNKNOWN),
        ([look(0, "A"), look(1, status=429)], State.UNKNOWN),
        ([look(0, status=404), look(1, **FAILED)], State.UNKNOWN),
        ([look(0, **FAILED), look(1, status=404)], State.MISSING),
        ([look(0, "A"), look(1)], State.LIVE),
        ([look(0, "A"), look(1, **SIGHTED)], State.LIVE),
        ([look(0, **SIGHTED)], State.UNKNOWN),
        ([look(0)], State.UNKNOWN),
        ([look(0, status=302)], State.UNKNOWN),
    ],
)
def test_the_last_look_that_says_anything_decides_the_state(looks: list[Look], expected: State) -> None:
    assert state_of(looks) is expected


def test_only_what_the_site_could_not_answer_is_a_failure() -> None:
    assert [
        status
        for status in (200, 304, 403, 404, 408, 410, 425, 429, 451, 500, 503)
        if is_failure(look(0, status=status))
    ] == [
        408,
        425,
        429,
        500,
        503,
    ]


def make_article(**changes: Any) -> Article:
    fields: dict[str, Any] = {
        "id": ArticleId("a" * 16),
        "url": "https://vesna.example/1",
        "outlet": OutletId("vesna"),
        "state": State.UNKNOWN,
        "first_held_at": None,
        "last_seen_at": None,
        "checked_at": None,
    }
    return Article(**(fields | changes))


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([], make_article()),
        ([look(3, **SIGHTED)], make_article()),  # a sighting is no look at the page
        (
            [look(9, **FAILED), look(4, "B"), look(2, "A"), look(1, **SIGHTED), look(5, "B")],
            make_article(
                first_held_at=NOON + 2 * HOUR,
                last_seen_at=NOON + 5 * HOUR,
                checked_at=NOON + 9 * HOUR,
                state=State.UNKNOWN,
            ),
        ),
    ],
)
def test_an_article_is_what_its_looks_tell(looks: list[Look], expected: Article) -> None:
    assert article_of(expected.id, expected.url, expected.outlet, looks) == expected
