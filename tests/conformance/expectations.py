"""What the comment at the top of a suite's file states, compared without running it as code.

The statements are Python expressions over the result of another library. `Reading` says what Caversham has under a
name of that library, and brings what is expected into our form; parts that are about nothing of ours are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, Protocol

Place = tuple[Any, ...]  # ("entries", 0, "title"); ("entries", "len") for len(entries)


class NotOurs(Exception):
    """A statement about something that Caversham does not keep."""


class Reading(Protocol):
    """What Caversham read of a file, under the names of another library. Both raise NotOurs."""

    def found(self, place: Place) -> Any:
        """What we have there; None if there is nothing."""

    def expected(self, place: Place, value: Any) -> Any:
        """What we should have there if the other library has `value`."""


def holds(statement: str, reading: Reading) -> bool:
    """Tell whether a statement is met. Raises NotOurs where no part of it is about us."""
    return _holds(ast.parse(statement.strip(), mode="eval").body, reading)


def _holds(node: ast.expr, reading: Reading) -> bool:
    if isinstance(node, ast.BoolOp):
        verdicts = _verdicts(node.values, reading)
        return all(verdicts) if isinstance(node.op, ast.And) else any(verdicts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _holds(node.operand, reading)
    if isinstance(node, ast.Compare) and all(isinstance(op, ast.Eq) for op in node.ops):
        place = _place(node.left)
        return all(reading.found(place) == _other_side(place, other, reading) for other in node.comparators)
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
        places = _elements(node.comparators[0])
        return any(reading.found(place) == reading.expected(place, _value(node.left)) for place in places)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "has_key":
        return reading.found((*_place(node.func.value), _value(node.args[0]))) is not None
    raise NotOurs(ast.unparse(node))


def _verdicts(nodes: Iterable[ast.expr], reading: Reading) -> list[bool]:
    """The verdicts on the parts that are about us; at least one."""
    verdicts = []
    for node in nodes:
        try:
            verdicts.append(_holds(node, reading))
        except NotOurs:
            continue
    if not verdicts:
        raise NotOurs
    return verdicts


def _other_side(place: Place, node: ast.expr, reading: Reading) -> Any:
    """What a comparison has on its right: another place, or a value for this one."""
    if isinstance(node, ast.Subscript):
        return reading.found(_place(node))
    return reading.expected(place, _value(node))


def _elements(node: ast.expr) -> list[Place]:
    if isinstance(node, ast.Tuple):
        return [_place(element) for element in node.elts]
    raise NotOurs(ast.unparse(node))


def _place(node: ast.expr) -> Place:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (*_place(node.value), node.attr)
    if isinstance(node, ast.Subscript):
        return (*_place(node.value), _value(node.slice))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return (*_place(node.args[0]), node.func.id)
    raise NotOurs(ast.unparse(node))


def _value(node: ast.expr) -> Any:
    """The value of a literal, or of a sum of strings."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _value(node.left) + _value(node.right)
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise NotOurs(ast.unparse(node)) from error
