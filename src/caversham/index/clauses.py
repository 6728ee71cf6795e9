"""A checked query in the terms of the index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

import tantivy
from tantivy import FieldType, Occur

from caversham.errors import QueryError
from caversham.index.analyzer import ALL_LANGUAGES, Pattern, Slot, patterns, width
from caversham.index.days import day_bounds
from caversham.types import And, Filter, Near, Node, Not, Or, Query, Words

# Streams that a field of the query is looked up in. Title and text are apart, so no phrase crosses from one to the other.
_STREAMS = {"text": ("text", "title"), "title": ("title",), "past": ("past",)}
# Slots of phrases times documents, summed over one query: about four seconds. Measured 2026-11 on 9,000 articles and two
# busy cores: 0.1 us for a slot of a phrase in a document, 0.03 us for a prefix in a document.
MAX_WORK = 40_000_000
_PREFIX_PART = 4  # a document costs a prefix as much as a quarter slot of a phrase
_COLUMNS = {"lang": "language"}  # filters whose column has another name
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")  # docs.rs/regex, "Syntax"

_Q = tantivy.Query


def to_clause(query: Query, schema: tantivy.Schema, searcher: tantivy.Searcher) -> tantivy.Query:
    """The query as the index asks it; words score by BM25, everything else is worth nothing.

    Raises QueryError for phrases and prefixes that would keep the index busy for seconds.
    """
    if query.root is None:
        return _Q.all_query()
    return _Compiler(query.text, schema, searcher).compile(query.root, ALL_LANGUAGES)


def is_ranked(node: Node | None) -> bool:
    """Whether some articles match better than others: a whole word of two letters or more is wanted.

    Filters, negations, prefixes and single letters tell articles apart, but do not rank them.
    """
    match node:
        case Words(text=text, is_prefix=is_prefix):
            return not is_prefix and len(text) > 1
        case Near():
            return True
        case And(parts=parts) | Or(parts=parts):
            return any(map(is_ranked, parts))
    return False


class _Compiler:
    """Turns nodes into clauses. `languages` are those in which words are read: a lang: beside them narrows it."""

    def __init__(self, text: str, schema: tantivy.Schema, searcher: tantivy.Searcher) -> None:
        self._text = text
        self._schema = schema
        self._searcher = searcher
        self._work = 0
        self._position = 0  # of the words that are being compiled

    def compile(self, node: Node, languages: Sequence[str]) -> tantivy.Query:
        match node:
            case Words(position=position):
                self._position = position
                return self._any_pattern(node, patterns(node, languages))
            case Near(left=left):
                self._position = left.position
                return self._near(node, languages)
            case Filter():
                return _Q.const_score_query(self._filter(node), 0.0)
            case And(parts=parts):
                return self._all_of(parts, languages)
            case Or(parts=parts):
                return _any_of(self.compile(part, languages) for part in parts)
            case Not():
                return self._all_of((node,), languages)

    def _all_of(self, parts: Sequence[Node], languages: Sequence[str]) -> tantivy.Query:
        named = [part.value for part in parts if isinstance(part, Filter) and part.name == "lang"]
        languages = named or languages
        wanted = [self.compile(part, languages) for part in parts if not isinstance(part, Not)]
        unwanted = [self.compile(part.part, languages) for part in parts if isinstance(part, Not)]
        if not wanted:  # the index finds nothing by negation alone
            wanted = [_Q.const_score_query(_Q.all_query(), 0.0)]
        musts = [(Occur.Must, clause) for clause in wanted]
        return _Q.boolean_query([*musts, *((Occur.MustNot, clause) for clause in unwanted)])

    def _filter(self, node: Filter) -> tantivy.Query:
        if node.name in ("since", "until"):
            first, last = day_bounds(node.value) or (0, 0)  # a Query holds only valid dates
            low, high = ("last_day", (first, None)) if node.name == "since" else ("first_day", (1, last))
            return _Q.range_query(self._schema, low, FieldType.Unsigned, *high)
        return _Q.term_query(self._schema, _COLUMNS.get(node.name, node.name), node.value, index_option="basic")

    def _any_pattern(self, words: Words, found: Iterable[Pattern]) -> tantivy.Query:
        streams = _STREAMS[words.field]
        return _any_of(self._pattern(stream, pattern) for pattern, stream in product(found, streams))

    def _pattern(self, stream: str, pattern: Pattern, *, slop: int = 0) -> tantivy.Query:
        self._spend(stream, pattern)
        if len(pattern) == 1:
            return self._slot(stream, pattern[0])
        if any(slot.is_prefix for slot in pattern):
            expressions: list[str | tuple[int, str]] = [(slot.place, _expression(slot)) for slot in pattern]
            return _Q.regex_phrase_query(self._schema, stream, expressions, slop)
        return _Q.phrase_query(self._schema, stream, [(slot.place, slot.term) for slot in pattern], slop)

    def _slot(self, stream: str, slot: Slot) -> tantivy.Query:
        if slot.is_prefix:
            return _Q.regex_query(self._schema, stream, _expression(slot))
        return _Q.term_query(self._schema, stream, slot.term, index_option="freq")

    def _spend(self, stream: str, pattern: Pattern) -> None:
        """Add what a pattern may cost; QueryError where the sum is too much.

        A phrase costs the documents of its rarest term; a prefix a part of all documents, since its words are not known.
        """
        whole = [slot.term for slot in pattern if not slot.is_prefix]
        if len(pattern) > 1:
            self._work += len(pattern) * min(self._searcher.doc_freq(stream, term) for term in whole)
        if len(whole) < len(pattern):
            self._work += self._searcher.num_docs // _PREFIX_PART
        if self._work > MAX_WORK:
            message = (
                "these phrases, prefixes or words in NEAR are too frequent to be looked up together; "
                "use fewer or rarer ones, or a lower number after NEAR/"
            )
            raise QueryError(message, query=self._text, position=self._position)

    def _near(self, node: Near, languages: Sequence[str]) -> tantivy.Query:
        lefts, rights = (_near_patterns(side, languages) for side in (node.left, node.right))
        streams = _STREAMS[node.left.field]
        return _any_of(
            self._near_pair(stream, left, right, node.distance)
            for left, right, stream in product(lefts, rights, streams)
        )

    def _near_pair(self, stream: str, left: Pattern, right: Pattern, distance: int) -> tantivy.Query:
        """Both patterns with at most `distance` words between, in either order.

        Two different terms of one kind share no place, so that slop is exact for them, and cheap; in any other case
        every distance is a phrase of its own. With slop s the index lets the second stand up to s places from where
        it should.
        """
        if left != right and _is_single(left) and _is_single(right) and left[0].place == right[0].place:
            pairs = (
                (left[0], Slot(right[0].place + 2, right[0].term)),
                (right[0], Slot(left[0].place + 2, left[0].term)),
            )
            return _any_of(self._pattern(stream, pair, slop=2 * distance) for pair in pairs)
        return _any_of(
            self._pattern(stream, (*first, *_shift(second, width(first) + gap)))
            for first, second in ((left, right), (right, left))
            for gap in range(distance + 1)
        )


def _near_patterns(words: Words, languages: Sequence[str]) -> tuple[Pattern, ...]:
    """The patterns of one side, without the term of a plain word: its roots find all that the term finds."""
    found = patterns(words, languages)
    if words.is_phrase or not any(map(_is_root, found)):
        return found
    return tuple(pattern for pattern in found if len(pattern) > 1 or _is_root(pattern))


def _is_root(pattern: Pattern) -> bool:
    return len(pattern) == 1 and pattern[0].place == 1


def _is_single(pattern: Pattern) -> bool:
    return len(pattern) == 1 and width(pattern) == 1


def _shift(pattern: Pattern, words: int) -> Pattern:
    return tuple(Slot(slot.place + 2 * words, slot.term, slot.is_prefix) for slot in pattern)


def _expression(slot: Slot) -> str:
    escaped = _SPECIAL.sub(r"\\\g<0>", slot.term)
    return f"{escaped}.*" if slot.is_prefix else escaped


def _any_of(clauses: Iterable[tantivy.Query]) -> tantivy.Query:
    """At least one of the clauses; nothing is found if there are none."""
    options = list(clauses)
    return options[0] if len(options) == 1 else _Q.boolean_query([(Occur.Should, option) for option in options])
