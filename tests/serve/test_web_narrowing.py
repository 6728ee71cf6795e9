"""Searches made from a search, and months made into bars."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, strategies as st

from caversham.errors import QueryError
from caversham.search.query import parse_query
from caversham.serve.narrowing import drop_filters, list_filters, set_filters
from caversham.serve.timeline import MOST_MONTHS, Bar, make_timeline
from caversham.types import Filter, Month, Query

WORDS = (
    "rice",
    "水稻",
    '"a b"',
    "OR",
    "NOT",
    "(",
    ")",
    "lang:ar",
    "-lang:ar",
    "since:2024",
    "title:x",
    "sect*",
    "a NEAR/3 b",
)


def parsed(text: str) -> Query:
    try:
        return parse_query(text)
    except QueryError:
        assume(condition=False)
        raise


@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
def test_a_filter_that_was_set_holds_and_can_be_taken_off_again(text: str) -> None:
    """What else the query says stays as it was."""
    query = parsed(text)
    narrowed = parse_query(set_filters(query, lang="ko"))
    filters = [(one.name, one.value) for one in list_filters(narrowed)]

    assert filters == [(o.name, o.value) for o in list_filters(query) if o.name != "lang"] + [("lang", "ko")]
    assert drop_filters(narrowed, "lang") == drop_filters(query, "lang")


@pytest.mark.parametrize("value", ["two words", 'with "marks"', "-x", "北京", "a:b"])
def test_a_filter_of_any_value_is_read_as_it_was_set(value: str) -> None:
    (found,) = list_filters(parse_query(set_filters(parse_query(""), section=value)))

    assert replace(found, position=0) == Filter(name="section", value=value, position=0)


def test_months_without_articles_keep_their_place() -> None:
    found = [Month(month="2023-12", count=4, share=0.5), Month(month="2024-02", count=1, share=None)]
    timeline = make_timeline(found)

    assert timeline.bars == (
        Bar(label="2023-12", count=4, share=0.5),
        Bar(label="2024-01", count=0, share=None),
        Bar(label="2024-02", count=1, share=None),
    )
    assert (timeline.unit, timeline.top, timeline.top_share) == ("month", 4, 0.5)


def test_long_times_are_shown_by_year() -> None:
    """A share of a year is not the sum of shares, so it is not known."""
    found = [Month(month=month, count=2, share=0.1) for month in ("1948-09", "1949-01", "1949-12", "1958-10")]
    timeline = make_timeline(found)

    assert timeline.unit == "year"
    assert [bar.count for bar in timeline.bars] == [2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert timeline.top_share == 0
    assert make_timeline(()).bars == ()


@given(st.integers(12, 120_000 - MOST_MONTHS), st.integers(0, MOST_MONTHS - 1))
def test_a_timeline_never_has_more_bars_than_stated(first: int, length: int) -> None:
    months = [
        Month(month=f"{n // 12:04}-{n % 12 + 1:02}", count=1, share=None) for n in sorted({first, first + length})
    ]

    assert [len(make_timeline(months).bars), make_timeline(months).unit] == [length + 1, "month"]
