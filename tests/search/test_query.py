"""What people type becomes a Query, or a QueryError that says where and why."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from caversham.errors import QueryError
from caversham.search.lexer import FIELDS, MAX_LENGTH, QUOTES
from caversham.search.query import MAX_DEPTH, format_query, parse_query
from caversham.types import And, Filter, Near, Node, Not, Or, Query, Words


def words(text: str, position: int, **others: Any) -> Words:
    return replace(Words(text=text, position=position), **others)


def test_an_empty_query_has_no_root() -> None:
    assert Query(text=" \n", root=None) == parse_query(" \n")


def test_words_side_by_side_must_all_match() -> None:
    expected = And(parts=(words("Kim", 0), words("Jong-un", 4), words("Пхеньян", 12)))

    assert expected == parse_query("Kim Jong-un Пхеньян").root


def test_not_binds_before_near_before_and_before_or() -> None:
    near = Near(left=words("a", 0), right=words("b", 9), distance=3)
    expected = Or(parts=(And(parts=(near, Not(part=words("c", 15)))), words("d", 21)))

    assert expected == parse_query("a NEAR/3 b NOT c OR  d").root


def test_brackets_of_the_same_kind_dissolve() -> None:
    assert parse_query("a b c d").root is not None
    assert _without_positions(parse_query("a b c d").root) == _without_positions(parse_query("(a (b (c))) AND d").root)


def test_a_double_negation_is_none() -> None:
    assert _without_positions(parse_query("a").root) == _without_positions(parse_query("NOT -a").root)


def test_near_chains_link_neighbours() -> None:
    first = Near(left=words("a", 0), right=words("b", 7), distance=10)
    second = Near(left=words("b", 7), right=words("c", 16), distance=2)

    assert And(parts=(first, second)) == parse_query("a NEAR b NEAR/2 c").root


@pytest.mark.parametrize("text", ['"a b"', "“a b”", "„a b“", "”a b”", "«a b»", "»a b«", "「a b」", "『a b』"])
def test_phrases_stand_in_the_quotation_marks_of_any_script(text: str) -> None:
    assert words("a b", 0, is_phrase=True) == parse_query(text).root


def test_a_quotation_may_touch_a_word() -> None:
    expected = And(parts=(words("金正恩", 0), words("同志", 3, is_phrase=True)))

    assert expected == parse_query("金正恩「同志」").root


def test_fields_reach_into_brackets() -> None:
    inner = Or(parts=(words("a", 7, field="title"), words("b c", 12, field="title", is_phrase=True)))
    expected = And(parts=(inner, words("d", 24, field="past", is_prefix=False)))

    assert expected == parse_query('title:(a OR "b c") past:d').root


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("outlet:KCNA", "outlet", "kcna"),
        ("country:kp", "country", "KP"),
        ("LANG:ko", "lang", "ko"),
        ('section:"World  News"', "section", "world news"),
        ("since:2023", "since", "2023"),
        ("until:2024-02-29", "until", "2024-02-29"),
        ("state:gone", "state", "gone"),
        ("level:3", "level", "3"),
    ],
)
def test_filters_hold_one_plain_value(text: str, name: str, value: str) -> None:
    assert Filter(name=name, value=value, position=text.index(":") + 1) == parse_query(text).root


def test_filters_take_alternatives_in_brackets() -> None:
    expected = Or(
        parts=(Filter(name="outlet", value="kcna", position=8), Filter(name="outlet", value="rodong", position=16))
    )

    assert expected == parse_query("outlet:(kcna OR rodong)").root


def test_a_star_asks_for_what_begins_so() -> None:
    assert words("sanction", 0, is_prefix=True) == parse_query("sanction*").root
    assert words("国", 0, is_prefix=True) == parse_query("国*").root


def test_marks_between_words_say_nothing() -> None:
    assert _without_positions(parse_query("US allies").root) == _without_positions(parse_query("US & allies - …").root)


def test_what_no_text_holds_becomes_a_replacement_character() -> None:
    assert Query(text="a\ufffd\ufffd", root=words("a\ufffd\ufffd", 0)) == parse_query("a\x00\ud800")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ('a "b c', 2, 'the quotation that begins here has no end; close it with " or leave out "'),
        ("「a", 0, "the quotation that begins here has no end; close it with 」 or leave out 「"),
        ('a ""', 2, "there is no letter or digit between these quotation marks; put words there or leave them out"),
        ("a (b", 2, "this bracket is not closed; add ) or leave it out"),
        ("a) b", 1, "this bracket closes nothing; leave it out or open one before"),
        (")", 0, "this bracket closes nothing; leave it out or open one before"),
        ("a ()", 2, "these brackets are empty; write a word in them or leave them out"),
        ("(a OR)", 3, "a word is missing before this bracket; add it or leave the operator out"),
        ("a AND", 2, "something must follow AND; write a word or leave it out"),
        ("a NOT", 2, "something must follow NOT; write a word or leave it out"),
        ("(", 0, "something must follow the bracket; write a word or leave it out"),
        ("OR a", 0, "OR has nothing before it; write a word there or leave OR out"),
        ("a OR AND b", 5, "AND has nothing before it; write a word there or leave AND out"),
        ("a NEAR/3", 2, "something must follow NEAR; write a word or leave it out"),
        ("a NEAR NOT b", 7, "NEAR needs a word or a quoted phrase on each side, without NOT"),
        ("a NEAR (b c)", 2, "NEAR needs a word or a quoted phrase on each side"),
        ("aa NEAR bb*", 8, "NEAR takes whole words, in any form; leave the star out"),
        ("title:a NEAR b", 8, "both sides of NEAR must be of the same field"),
        ("a NEAR/x b", 2, "NEAR/ needs a number of words from 0 to 100, such as NEAR/10"),
        ("a NEAR/101 b", 2, "NEAR/ needs a number of words from 0 to 100, such as NEAR/10"),
        (
            "a titel:b",
            2,
            "there is no field 'titel'; write title:, or put it in quotation marks to search for it as words",
        ),
        (
            "language:ko",
            0,
            "there is no field 'language'; write lang:, or put it in quotation marks to search for it as words",
        ),
        ("title: a", 0, "title: needs a value directly after the colon"),
        ("lang:OR", 0, "lang: needs a value directly after the colon"),
        ("state:-gone", 6, "the hyphen that says NOT stands before the field: -state:"),
        ("title:(a past:b)", 9, "past: stands within the brackets of title:; write it outside of them"),
        ("outlet:(a b)", 10, "an article has one outlet; write OR between the values of outlet:( )"),
        ("outlet:kc*", 7, "outlet: takes whole values; leave the star out"),
        ("country:Korea", 8, "country: does not take 'Korea'; write two letters such as KP"),
        ("lang:korean", 5, "lang: does not take 'korean'; write a language tag such as ko, or und"),
        ("since:2023-02-30", 6, "since: does not take '2023-02-30'; write a date such as 2023, 2023-06 or 2023-06-12"),
        ("until:0000", 6, "until: does not take '0000'; write a date such as 2023, 2023-06 or 2023-06-12"),
        ("until:２０２３", 6, "until: does not take '２０２３'; write a date such as 2023, 2023-06 or 2023-06-12"),
        (
            "state:dead",
            6,
            "state: does not take 'dead'; write one of live, missing, gone, moved, replaced, restricted, unknown",
        ),
        ("a b*", 2, "a star needs at least two letters before it, as in sanction*"),
        ("*", 0, "a star needs at least two letters before it, as in sanction*"),
        ("ab*c", 2, "a star stands only at the end of a word, as in sanction*"),
        ("title:…", 6, "there is no letter or digit to search for; write a word"),
        (" — ", 0, "there is no letter or digit to search for; write a word"),
        ("a" * 1001, 1000, "the query has 1001 characters; shorten it to 1000"),
        ("(" * 21 + "a" + ")" * 21, 20, "there are more than 20 brackets within brackets; use fewer"),
    ],
)
def test_a_bad_query_says_where_and_what_to_do(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)

    assert (message, position, text) == (str(caught.value), caught.value.position, caught.value.query)


def test_an_unknown_field_without_a_neighbour_lists_all() -> None:
    with pytest.raises(QueryError, match=re.escape("title:, past:, outlet:, country:, lang:, section:, since:")):
        parse_query("xyzzy:a")


def test_the_deepest_and_longest_allowed_queries_parse() -> None:
    assert isinstance(parse_query("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).root, Words)
    assert isinstance(parse_query("-" * (MAX_LENGTH - 1) + "a").root, Not)


PIECES = st.sampled_from(
    [
        *QUOTES, *(closers[0] for closers in QUOTES.values()), *(f"{field}:" for field in FIELDS),
        "(", ")", "-", "*", " ", "  ", "AND", "OR", "NOT", "NEAR", "NEAR/3", "NEAR/", "x:", ":",
        "a", "missile", "2023-06", "kp", "gone", "国", "조선", "سلاح", "é", "e\u0301", "\u212a:", "—", "\x00", "\ud800",
    ]
)  # fmt: skip
QUERIES = (
    st.lists(PIECES, max_size=25).map("".join) | st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=60)
)


@given(QUERIES)
def test_any_string_is_a_query_or_a_query_error(text: str) -> None:
    """No other exception, and the position lies in the query."""
    result: Query | QueryError
    try:
        result = parse_query(text)
    except QueryError as error:
        result = error

    assert isinstance(result, Query) or 0 <= result.position <= len(text)


@given(QUERIES)
def test_a_query_written_down_parses_to_itself(text: str) -> None:
    """Positions aside: they are those of the text that was typed."""
    try:
        query = parse_query(text)
    except QueryError:
        return

    assert _without_positions(query.root) == _without_positions(parse_query(format_query(query)).root)


def test_a_query_is_written_down_plainly() -> None:
    query = parse_query("title:(a  OR 「b c」) AND NOT (x NEAR y) since:2023")

    assert format_query(query) == '(title:a OR title:"b c") -(x NEAR/10 y) since:"2023"'


def _without_positions(node: Node | None) -> Node | None:
    match node:
        case Words() | Filter():
            return replace(node, position=0)
        case Near():
            return replace(node, left=replace(node.left, position=0), right=replace(node.right, position=0))
        case And(parts=parts) | Or(parts=parts):
            return type(node)(parts=tuple(part for part in map(_without_positions, parts) if part))
        case Not(part=part):
            inner = _without_positions(part)
            return Not(part=inner) if inner else None
    return None
