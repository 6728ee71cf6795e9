"""When to look again, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies

from caversham.types import Look
from caversham.watch.decide import next_look, next_poll, retry_after
from tests.watch.test_states import FAILED, HOUR, NOON, ROW, SIGHTED, look

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def at(hours: float, shown: str | None = None, **changes: Any) -> Look:
    """A look so many hours after noon, which may be a fraction."""
    return look(0, shown, **({"captured_at": NOON + hours * HOUR} | changes))


@pytest.mark.parametrize(
    ("checked_after", "due_after"),
    [
        (0 * HOUR, 1 * HOUR),
        (1 * HOUR, 6 * HOUR),
        (5 * HOUR, 6 * HOUR),
        (6 * HOUR, 1 * DAY),
        (1 * DAY, 3 * DAY),
        (3 * DAY, 7 * DAY),
        (7 * DAY, 30 * DAY),
        (30 * DAY, 90 * DAY),
        (90 * DAY, 270 * DAY),
        (269 * DAY, 270 * DAY),
        (270 * DAY, 450 * DAY),
        (10_000 * DAY, 10_170 * DAY),
    ],
)
def test_an_item_is_looked_at_ever_less_often_but_for_ever(checked_after: timedelta, due_after: timedelta) -> None:
    """1 h, 6 h, 24 h, 3 d, 7 d, 30 d, 90 d, then every 180 d, all counted from the first look that showed it."""
    looks = [at(0, "A"), at(checked_after / HOUR, "A")]

    assert next_look(looks) == NOON + due_after


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([at(0, status=404)], DAY),
        ([at(0, "A"), at(10, status=404)], 10 * HOUR + DAY),
        ([at(0, "A"), at(10, status=404), at(34, status=410)], 10 * HOUR + 7 * DAY),
        ([at(0, "A"), at(10, status=404), at(10 + 7 * 24, status=404)], 10 * HOUR + 14 * DAY),
        ([at(0, "A"), at(10, status=404), at(10 + 14 * 24, status=404)], 10 * HOUR + 194 * DAY),
        # A failure in between is no answer: it does not begin the count anew.
        ([at(0, "A"), at(10, status=404), at(20, **FAILED), at(34, status=404)], 10 * HOUR + 7 * DAY),
        # Having been back does.
        ([at(0, status=404), at(24, "A"), at(48, status=404)], 72 * HOUR),
    ],
)
def test_a_missing_item_is_looked_at_again_after_1_7_and_14_days(looks: list[Look], expected: timedelta) -> None:
    assert next_look(looks) == NOON + expected


@pytest.mark.parametrize(
    ("failure_count", "pause"),
    [
        (1, 10 * MINUTE),
        (2, 20 * MINUTE),
        (3, 40 * MINUTE),
        (7, 640 * MINUTE),
        (8, 1280 * MINUTE),
        (9, DAY),
        (10, DAY),
        (10**9, DAY),
    ],
)
def test_failures_double_the_pause_up_to_a_day(failure_count: int, pause: timedelta) -> None:
    assert retry_after(failure_count) == pause


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([at(0, **FAILED)], 10 * MINUTE),
        ([at(0, "A"), at(1, **FAILED), at(2, status=503)], 2 * HOUR + 20 * MINUTE),
        # An answer ends the row of failures, whatever it says.
        ([at(0, **FAILED), at(1, "A")], 2 * HOUR),
        ([at(0, "A"), at(1, **FAILED), at(2, status=404)], 2 * HOUR + DAY),
        # A sighting is no answer.
        ([at(0, **FAILED), at(1, **FAILED), at(2, **SIGHTED)], HOUR + 20 * MINUTE),
    ],
)
def test_after_failures_the_pause_decides_whatever_was_held(looks: list[Look], expected: timedelta) -> None:
    assert next_look(looks) == NOON + expected


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([], None),
        ([at(3, **SIGHTED), at(5, **SIGHTED)], NOON + 3 * HOUR),
        ([at(0, "A", **ROW), at(50, **SIGHTED)], NOON + HOUR),
        ([at(0, status=403)], NOON + HOUR),
        ([at(0, "A"), at(2, status=451)], NOON + 6 * HOUR),
        ([at(0), at(2)], NOON + 6 * HOUR),
    ],
)
def test_what_was_only_sighted_is_due_since_then_and_an_answer_without_text_keeps_the_schedule(
    looks: list[Look], expected: datetime | None
) -> None:
    assert next_look(looks) == expected


def test_an_item_of_an_outlet_that_is_not_followed_is_left_alone() -> None:
    assert next_look([at(0, "A")], is_followed=False) is None


def test_an_instant_at_the_end_of_time_does_no_harm() -> None:
    """An import may claim any instant."""
    end = datetime.max.replace(tzinfo=UTC)

    assert next_look([at(0, "A", captured_at=end)]) == end
    assert next_poll("feed", 0, changed=True, last=end) == end


@given(strategies.lists(strategies.tuples(strategies.integers(0, 9999), strategies.sampled_from([200, 403, 404, 503]))))
def test_the_next_look_is_always_after_the_last_and_at_most_180_days_later(given_looks: list[tuple[int, int]]) -> None:
    looks = [at(hour, "A" if status == 200 else None, status=status) for hour, status in given_looks]
    due = next_look(looks)

    assert (due is None) == (not looks)
    if due:
        last = max(each.captured_at for each in looks)
        assert last < due <= last + 180 * DAY


@pytest.mark.parametrize(
    ("kind", "failure_count", "changed", "pause"),
    [
        ("feed", 0, True, 10 * MINUTE),
        ("feed", 0, False, 30 * MINUTE),
        ("listing", 0, True, 30 * MINUTE),
        ("listing", 0, False, 30 * MINUTE),
        ("sitemap", 0, True, 6 * HOUR),
        ("sitemap", 0, False, 6 * HOUR),
        ("robots", 0, False, 24 * HOUR),
        ("something new", 0, True, 30 * MINUTE),
        ("feed", 1, False, 10 * MINUTE),
        ("sitemap", 2, False, 20 * MINUTE),
        ("listing", 99, False, DAY),
    ],
)
def test_a_source_is_polled_as_often_as_its_kind_changes(
    kind: str, failure_count: int, *, changed: bool, pause: timedelta
) -> None:
    assert next_poll(kind, failure_count, changed=changed, last=NOON) == NOON + pause
