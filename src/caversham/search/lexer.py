"""The signs of a query: words, quotations, brackets, operators and field names, with their places."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from caversham.errors import QueryError
from caversham.index.analyzer import is_unspaced

MAX_LENGTH = 1000  # code points of a query; the longest honest one we know has 300
MAX_DISTANCE = 100  # of NEAR; each unit is one more phrase to look up
DEFAULT_DISTANCE = 10  # of NEAR without a number, as in SQLite FTS5 (sqlite.org/fts5.html, section 3.5)

WORD_FIELDS = ("title", "past")
FILTERS = ("outlet", "country", "lang", "section", "since", "until", "state", "level")
FIELDS = (*WORD_FIELDS, *FILTERS)

QUOTES = {  # opening mark: marks that close it
    '"': '"',
    "“": "”“",
    "„": "“”‟",
    "‟": "”“",
    "”": "”",
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
    "〝": "〞〟",
    "＂": "＂",
}
_OPEN = "(（"
_CLOSE = ")）"
_BREAKS = frozenset(_OPEN + _CLOSE).union(QUOTES)
_FIELD = re.compile(r"([A-Za-z]+):")
_NEAR = re.compile(r"NEAR(?:/(.*))?", re.DOTALL)
_OTHER_NAMES = {
    "language": "lang",
    "source": "outlet",
    "date": "since",
    "after": "since",
    "from": "since",
    "before": "until",
    "to": "until",
}


class Kind(Enum):
    """What a sign is."""

    WORD = auto()
    PHRASE = auto()
    FIELD = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    NEAR = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One sign of a query."""

    kind: Kind
    position: int  # of its first code point in the query
    text: str = ""  # of a word or phrase without its marks; the name of a field
    is_prefix: bool = False
    distance: int = 0  # of NEAR


def iter_signs(query: str) -> Iterator[Sign]:
    """Yield the signs of a query in order; marks that say nothing are left out.

    Raises QueryError for a query that is too long, a quotation without end, an unknown field, a star or
    a NEAR that cannot be.
    """
    if len(query) > MAX_LENGTH:
        message = f"the query has {len(query)} characters; shorten it to {MAX_LENGTH}"
        raise QueryError(message, query=query, position=MAX_LENGTH)
    at = 0
    while at < len(query):
        sign, at = _next_sign(query, at)
        if sign:
            yield sign


def has_word(text: str) -> bool:
    """Whether there is a letter or digit in the text."""
    return any(map(str.isalnum, text))


def _next_sign(query: str, at: int) -> tuple[Sign | None, int]:
    """The sign at a place (None: nothing that counts) and the place after it."""
    character = query[at]
    if character.isspace():
        return None, at + 1
    if character in _OPEN:
        return Sign(kind=Kind.OPEN, position=at), at + 1
    if character in _CLOSE:
        return Sign(kind=Kind.CLOSE, position=at), at + 1
    if character in QUOTES:
        return _read_phrase(query, at)
    if character == "-":
        return (Sign(kind=Kind.NOT, position=at) if _is_minus(query, at) else None), at + 1
    return _read_run(query, at)


def _is_minus(query: str, at: int) -> bool:
    """Whether a hyphen here says NOT: it begins a word, a quotation, a bracket or another such hyphen."""
    before, after = query[at - 1 : at], query[at + 1 : at + 2]
    is_first = not before or before.isspace() or before in f"-{_OPEN}"
    return is_first and bool(after) and not after.isspace() and after not in _CLOSE


def _read_phrase(query: str, at: int) -> tuple[Sign, int]:
    closers = QUOTES[query[at]]
    end = next((place for place in range(at + 1, len(query)) if query[place] in closers), None)
    if end is None:
        message = f"the quotation that begins here has no end; close it with {closers[0]} or leave out {query[at]}"
        raise QueryError(message, query=query, position=at)
    if not has_word(query[at + 1 : end]):
        message = "there is no letter or digit between these quotation marks; put words there or leave them out"
        raise QueryError(message, query=query, position=at)
    return Sign(kind=Kind.PHRASE, position=at, text=query[at + 1 : end]), end + 1


def _read_run(query: str, at: int) -> tuple[Sign | None, int]:
    """An operator, a field's name or a word: what stands up to the next space, bracket or quotation mark."""
    end = at
    while end < len(query) and not query[end].isspace() and query[end] not in _BREAKS:
        end += 1
    run = query[at:end]
    if field := _FIELD.match(run):
        return _field(query, at, field[1]), at + field.end()
    if run in ("AND", "OR", "NOT"):
        return Sign(kind=Kind[run], position=at), end
    if near := _NEAR.fullmatch(run):
        return Sign(kind=Kind.NEAR, position=at, distance=_distance(query, at, near[1])), end
    return _word(query, at, run), end


def _field(query: str, at: int, name: str) -> Sign:
    known = name.lower()
    if known not in FIELDS:
        near = [_OTHER_NAMES[known]] if known in _OTHER_NAMES else difflib.get_close_matches(known, FIELDS, n=1)
        wanted = " or ".join(f"{field}:" for field in near) or f"one of {', '.join(f'{field}:' for field in FIELDS)}"
        message = f"there is no field {name!r}; write {wanted}, or put it in quotation marks to search for it as words"
        raise QueryError(message, query=query, position=at)
    after = query[at + len(name) + 1 : at + len(name) + 2]
    if after == "-":
        message = f"the hyphen that says NOT stands before the field: -{known}:"
        raise QueryError(message, query=query, position=at + len(name) + 1)
    if not after or after.isspace() or after in _CLOSE:
        message = f"{known}: needs a value directly after the colon"
        raise QueryError(message, query=query, position=at)
    return Sign(kind=Kind.FIELD, position=at, text=known)


def _distance(query: str, at: int, digits: str | None) -> int:
    if digits is None:
        return DEFAULT_DISTANCE
    if not (digits.isascii() and digits.isdigit() and int(digits) <= MAX_DISTANCE):
        message = f"NEAR/ needs a number of words from 0 to {MAX_DISTANCE}, such as NEAR/{DEFAULT_DISTANCE}"
        raise QueryError(message, query=query, position=at)
    return int(digits)


def _word(query: str, at: int, run: str) -> Sign | None:
    """A word or the beginning of one; None for a run of marks alone, unless it stands as a field's value."""
    text = run.removesuffix("*")
    if "*" in text:
        message = "a star stands only at the end of a word, as in sanction*"
        raise QueryError(message, query=query, position=at + text.index("*"))
    is_prefix = text != run
    if is_prefix:
        _check_prefix(query, at, text)
    if not has_word(text) and query[at - 1 : at] != ":":
        return None
    return Sign(kind=Kind.WORD, position=at, text=text, is_prefix=is_prefix)


def _check_prefix(query: str, at: int, text: str) -> None:
    letters = [character for character in text if character.isalnum()]
    if len(letters) < 2 and not any(map(is_unspaced, letters)):
        message = "a star needs at least two letters before it, as in sanction*"
        raise QueryError(message, query=query, position=at)
