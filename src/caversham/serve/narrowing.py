"""Searches made from a search: a filter set or taken off, as the links of a result page need them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from caversham.search.query import format_query
from caversham.types import And, Filter, Node, Or, Query

FIELDS = {"outlet": "outlet", "country": "country", "language": "lang", "state": "state", "level": "level"}  # of facets

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?", re.ASCII | re.IGNORECASE)


def list_filters(query: Query) -> tuple[Filter, ...]:
    """The filters that hold for the whole result, in order."""
    return tuple(part for part in _parts(query) if isinstance(part, Filter))


def set_filters(query: Query, **values: str) -> str:
    """The query with these filters, in place of those of the same names.

    >>> from caversham.search.query import parse_query
    >>> set_filters(parse_query("rice OR maize"), lang="es")
    '(rice OR maize) lang:es'
    """
    fresh = [Filter(name=name, value=value, position=0) for name, value in values.items()]
    return _format([*_without(query, values), *fresh])


def drop_filters(query: Query, *names: str) -> str:
    """The query without its filters of these names."""
    return _format(_without(query, names))


def _without(query: Query, names: Collection[str]) -> list[Node]:
    return [part for part in _parts(query) if not (isinstance(part, Filter) and part.name in names)]


def _parts(query: Query) -> tuple[Node, ...]:
    if query.root is None:
        return ()
    return query.root.parts if isinstance(query.root, And) else (query.root,)


def _format(parts: Sequence[Node]) -> str:
    return " ".join(_format_part(part, is_alone=len(parts) == 1) for part in parts)


def _format_part(part: Node, *, is_alone: bool) -> str:
    """One part of a conjunction; a filter as people write it, without quotation marks where it needs none."""
    if isinstance(part, Filter) and _PLAIN.fullmatch(part.value):
        return f"{part.name}:{part.value}"
    text = format_query(Query(text="", root=part))
    return text if is_alone or not isinstance(part, Or) else f"({text})"
