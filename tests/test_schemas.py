"""Every answer fits the schema that docs/schemas/ promises for its command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from jsonschema import Draft202012Validator

from caversham.serve.cli import app
from tests.golden.cases import Case, load_cases

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"
CASES = load_cases()
SHARED = {"error.json", "export-row.json"}  # of no single command that has --json
SAME = {"demo": "status"}  # commands whose document is that of another


def walk(command: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """Every command with its name as schemas are named: `outlets-list`."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield "-".join(names), command
        return
    for name, child in inner.items():
        yield from walk(child, *names, name)


def commands_with_json() -> set[str]:
    """The names of all commands that have --json."""
    every = walk(typer.main.get_command(app))
    return {name for name, command in every if any("--json" in one.opts for one in command.params)}


def load(name: str) -> Draft202012Validator:
    """The checks of one schema."""
    return Draft202012Validator(json.loads((FOLDER / name).read_text(encoding="utf-8")))


def schema_of(case: Case) -> str:
    """The file that a case's document has to fit."""
    first, *rest = case.arguments
    name = "-".join((first, rest[0])) if first == "outlets" else first
    is_error = isinstance(case.document, dict) and "error" in case.document
    return "error.json" if is_error else f"{name}.json"


def test_each_command_with_json_has_a_schema_and_each_schema_a_command() -> None:
    """The names are those of the commands."""
    expected = {f"{SAME.get(name, name)}.json" for name in commands_with_json()} | SHARED

    assert {path.name for path in FOLDER.glob("*.json")} == expected


def test_each_schema_is_met_by_an_accepted_answer() -> None:
    """A schema that nothing is measured by can say anything; `collect` and `backfill` are measured where they run."""
    measured = {schema_of(case) for case in CASES if case.arguments[0] != "export"} | {"export-row.json"}

    assert {path.name for path in FOLDER.glob("*.json")} - measured == {"collect.json", "backfill.json"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command)
def test_every_accepted_answer_fits_its_schema(case: Case) -> None:
    """Documents fit the schema of the command, rows of an export that of a row."""
    rows = case.document if case.arguments[0] == "export" else [case.document]
    checks = load("export-row.json" if case.arguments[0] == "export" else schema_of(case))

    assert [error.message for row in rows for error in checks.iter_errors(row)] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_a_schema_leaves_nothing_open(path: Path) -> None:
    """Objects name what they must hold and take nothing else, so that a field cannot come or go unseen."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    optional = {"position", "sha256", "reason", "id"}  # of errors; of rows that had one

    for part in objects_of(schema):
        assert part["additionalProperties"] is False
        assert set(part["properties"]) - set(part["required"]) <= optional


def objects_of(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that describes an object with fields."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from objects_of(part)
