"""Parse what people type into a search box into a checked Query, and write a Query down again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from caversham.errors import QueryError
from caversham.index.days import day_bounds
from caversham.search.lexer import FILTERS, QUOTES, Kind, Sign, has_word, iter_signs
from caversham.types import And, Filter, Near, Node, Not, Or, Query, State, Words

MAX_DEPTH = 20  # brackets within brackets

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_ENDS = (Kind.CLOSE, Kind.OR)
_BINARY = {Kind.AND: "AND", Kind.OR: "OR", Kind.NEAR: "NEAR"}


def parse_query(text: str) -> Query:
    """Parse a search; an empty one finds everything.

    Words side by side must all stand in the article; `OR`, `NOT` (or a leading hyphen), brackets,
    "quoted phrases" in any script's marks, `prefix*`, `a NEAR/5 b` (at most five words between, in any
    order) and fields (`title: past: outlet: country: lang: section: state: level: since: until:`), also
    `title:(a OR b)`. Operators are upper-case. NOT binds closest, then NEAR, AND, OR. NUL and lone surrogates
    count as U+FFFD.

    Raises QueryError, with the position, for anything that cannot be understood.

    >>> parse_query("missile -test").root
    And(parts=(Words(text='missile', position=0, is_phrase=False, is_prefix=False, field='text'), \
Not(part=Words(text='test', position=9, is_phrase=False, is_prefix=False, field='text'))))
    """
    clean = _UNPRINTABLE.sub("\ufffd", text)
    signs = tuple(iter_signs(clean))
    if signs:
        return Query(text=clean, root=_Parser(clean, signs).parse())
    if clean and not clean.isspace():
        raise QueryError("there is no letter or digit to search for; write a word", query=clean, position=0)
    return Query(text=clean, root=None)


def format_query(query: Query) -> str:
    """Write a query in its plainest form; parsing that gives the same query, positions aside.

    >>> format_query(parse_query("title:(a  OR b) AND NOT 「c」"))
    '(title:a OR title:b) -"c"'
    """
    return _format(query.root) if query.root else ""


class _Parser:
    """Recursive descent over the signs of one query; the depth is that of its brackets, which is bounded."""

    def __init__(self, query: str, signs: Sequence[Sign]) -> None:
        self._query = query
        self._signs = signs
        self._at = 0
        self._depth = 0
        self._field = ""  # whose brackets we are in; "": none

    def parse(self) -> Node:
        node = self._alternatives()
        if rest := self._peek():
            raise self._error("this bracket closes nothing; leave it out or open one before", rest.position)
        return node

    def _alternatives(self) -> Node:
        parts = [self._conjunction()]
        while self._take(Kind.OR):
            parts.append(self._conjunction())
        return _join(Or, parts)

    def _conjunction(self) -> Node:
        parts = [self._negation()]
        while (sign := self._peek()) and sign.kind not in _ENDS:
            if not self._take(Kind.AND):
                self._check_side_by_side(sign)
            parts.append(self._negation())
        return _join(And, parts)

    def _check_side_by_side(self, sign: Sign) -> None:
        if self._field in FILTERS and sign.kind is not Kind.NOT:
            message = f"an article has one {self._field}; write OR between the values of {self._field}:( )"
            raise self._error(message, sign.position)

    def _negation(self) -> Node:
        is_negated = False
        while self._take(Kind.NOT):
            is_negated = not is_negated
        node = self._proximity()
        return _negate(node) if is_negated else node

    def _proximity(self) -> Node:
        left = self._operand()
        parts: list[Node] = []
        while near := self._take(Kind.NEAR):
            right = self._operand()
            if not (isinstance(left, Words) and isinstance(right, Words)):
                raise self._error("NEAR needs a word or a quoted phrase on each side", near.position)
            if prefix := next((side for side in (left, right) if side.is_prefix), None):
                raise self._error("NEAR takes whole words, in any form; leave the star out", prefix.position)
            if left.field != right.field:
                raise self._error("both sides of NEAR must be of the same field", near.position)
            parts.append(Near(left=left, right=right, distance=near.distance))
            left = right
        return _join(And, parts) if parts else left

    def _operand(self) -> Node:
        sign = self._peek()
        if sign is None:
            last = self._signs[-1]
            name = _BINARY.get(last.kind, "NOT" if last.kind is Kind.NOT else "the bracket")
            raise self._error(f"something must follow {name}; write a word or leave it out", last.position)
        self._at += 1
        if sign.kind is Kind.OPEN:
            return self._group(sign)
        if sign.kind is Kind.FIELD:
            return self._of_field(sign)
        if sign.kind in (Kind.WORD, Kind.PHRASE):
            return self._value(sign)
        raise self._unexpected(sign)

    def _unexpected(self, sign: Sign) -> QueryError:
        before = self._signs[self._at - 2] if self._at > 1 else None
        if sign.kind is Kind.NOT:
            return self._error("NEAR needs a word or a quoted phrase on each side, without NOT", sign.position)
        if sign.kind is not Kind.CLOSE:
            name = _BINARY[sign.kind]
            return self._error(f"{name} has nothing before it; write a word there or leave {name} out", sign.position)
        if before and before.kind is Kind.OPEN:
            return self._error("these brackets are empty; write a word in them or leave them out", before.position)
        if before:
            return self._error(
                "a word is missing before this bracket; add it or leave the operator out", before.position
            )
        return self._error("this bracket closes nothing; leave it out or open one before", sign.position)

    def _group(self, opening: Sign) -> Node:
        if self._depth == MAX_DEPTH:
            raise self._error(f"there are more than {MAX_DEPTH} brackets within brackets; use fewer", opening.position)
        self._depth += 1
        node = self._alternatives()
        if not self._take(Kind.CLOSE):
            raise self._error("this bracket is not closed; add ) or leave it out", opening.position)
        self._depth -= 1
        return node

    def _of_field(self, field: Sign) -> Node:
        if self._field:
            message = f"{field.text}: stands within the brackets of {self._field}:; write it outside of them"
            raise self._error(message, field.position)
        sign = self._peek()
        if sign is None or sign.kind not in (Kind.OPEN, Kind.WORD, Kind.PHRASE):
            raise self._error(f"{field.text}: needs a value directly after the colon", field.position)
        self._field = field.text
        node = self._operand()
        self._field = ""
        return node

    def _value(self, sign: Sign) -> Node:
        if self._field in FILTERS:
            return self._filter(sign)
        if not has_word(sign.text):
            raise self._error("there is no letter or digit to search for; write a word", sign.position)
        return Words(
            text=sign.text,
            position=sign.position,
            is_phrase=sign.kind is Kind.PHRASE,
            is_prefix=sign.is_prefix,
            field=self._field or "text",
        )

    def _filter(self, sign: Sign) -> Filter:
        if sign.is_prefix:
            raise self._error(f"{self._field}: takes whole values; leave the star out", sign.position)
        value = unicodedata.normalize("NFC", " ".join(sign.text.split()))
        value = value.upper() if self._field == "country" else value.casefold()
        is_valid, wanted = _VALUES[self._field]
        if not is_valid(value):
            raise self._error(f"{self._field}: does not take {sign.text!r}; write {wanted}", sign.position)
        return Filter(name=self._field, value=value, position=sign.position)

    def _peek(self) -> Sign | None:
        return self._signs[self._at] if self._at < len(self._signs) else None

    def _take(self, kind: Kind) -> Sign | None:
        sign = self._peek()
        if sign is None or sign.kind is not kind:
            return None
        self._at += 1
        return sign

    def _error(self, message: str, position: int) -> QueryError:
        return QueryError(message, query=self._query, position=position)


def _is_country(value: str) -> bool:
    return len(value) == 2 and value.isascii() and value.isalpha()


def _is_language(value: str) -> bool:
    return 2 <= len(value) <= 3 and value.isascii() and value.isalpha()


def _is_day(value: str) -> bool:
    return day_bounds(value) is not None


_STATES = tuple(state.value for state in State)
_DATE = (_is_day, "a date such as 2023, 2023-06 or 2023-06-12")
_ANY = (has_word, "a value with letters or digits")
_VALUES: dict[str, tuple[Callable[[str], bool], str]] = {  # what a filter takes, and how to say so
    "outlet": _ANY,
    "section": _ANY,
    "level": _ANY,
    "country": (_is_country, "two letters such as KP"),
    "lang": (_is_language, "a language tag such as ko, or und"),
    "since": _DATE,
    "until": _DATE,
    "state": (_STATES.__contains__, f"one of {', '.join(_STATES)}"),
}


def _join(kind: type[And | Or], parts: Sequence[Node]) -> Node:
    """One node of the parts, those of the same kind dissolved."""
    if len(parts) == 1:
        return parts[0]
    return kind(parts=tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))))


def _negate(node: Node) -> Node:
    return node.part if isinstance(node, Not) else Not(part=node)


def _format(node: Node) -> str:
    match node:
        case Words():
            return _format_words(node)
        case Near(left=left, right=right, distance=distance):
            return f"{_format(left)} NEAR/{distance} {_format(right)}"
        case Filter(name=name, value=value):
            return f"{name}:{_quote(value)}"
        case Not(part=part):
            return f"-{_bracket(part, And, Or, Near)}"
        case And(parts=parts):
            return " ".join(_bracket(part, Or) for part in parts)
        case Or(parts=parts):
            return " OR ".join(map(_format, parts))


def _bracket(node: Node, *kinds: type[Node]) -> str:
    return f"({_format(node)})" if isinstance(node, kinds) else _format(node)


def _format_words(words: Words) -> str:
    field = "" if words.field == "text" else f"{words.field}:"
    if words.is_phrase:
        return field + _quote(words.text)
    return f"{field}{words.text}{'*' if words.is_prefix else ''}"


def _quote(text: str) -> str:
    """The text in the first quotation marks whose closing mark is not in it."""
    opening, closers = next(pair for pair in QUOTES.items() if not set(pair[1]) & set(text))
    return f"{opening}{text}{closers[0]}"
