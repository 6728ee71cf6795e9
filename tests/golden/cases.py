"""The golden contract: commands on the demo station, and exactly what they answer.

`demo.json` is a list of cases: `rule` (why the case is there), `command` (a line of shell), `exit_code`, `document`, and
where needed `stdin` (address of a page of the demo world, as it stands at the month's end) and `only` (addresses or
outlets of the rows that are kept of a long answer). In a command, `{next}` stands for the cursor that the case before gave.

The commands run in the order of the file on one station; to add a case, write rule and command, then `make accept`.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from caversham.demo.pages import render
from caversham.demo.world import World
from caversham.serve import cli

HERE = Path(__file__).parent
FILE = HERE / "demo.json"

# The only values that may differ between two stations that saw the same, and what stands for each in the file.
# Hosts are asked side by side, so the order of answers decides where a record lies and what the log's tree hashes to.
ORDER = {"leaf": 0, "offset": 0, "root": "0" * 64}
UNKNOWN = "almapp"  # no outlet: a wrong setting at the command line, something not held at the API
# Checks of `doctor` that tell of the machine, and of how many outlets the catalogue has by now.
MACHINE = {"outlets": "N known, 4 followed", "disk": "N MiB free"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One command, and what it answers."""

    rule: str
    command: str
    document: Any = None
    exit_code: int = 0
    stdin: str = ""
    only: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """What stands behind the name of the program."""
        return shlex.split(self.command)[1:]

    def to_json(self) -> dict[str, Any]:
        """The case as it stands in the file."""
        given = {"rule": self.rule, "command": self.command, "stdin": self.stdin, "only": list(self.only)}
        return {
            **{name: value for name, value in given.items() if value},
            "exit_code": self.exit_code,
            "document": self.document,
        }


def load_cases() -> list[Case]:
    """The cases as they were accepted."""
    cases = json.loads(FILE.read_text(encoding="utf-8"))
    return [Case(**{**case, "only": tuple(case.get("only", ()))}) for case in cases]


def save_cases(cases: Sequence[Case]) -> None:
    """Accept what these cases say."""
    rows = [case.to_json() for case in cases]
    FILE.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A case with what the command answers now, and the document that the API gave right after it."""

    case: Case
    api_document: Any  # None: the API has no such answer


def answer_all(cases: Sequence[Case], station: Path, world: World, get: Callable[[str], Any]) -> list[Answer]:
    """What the commands answer now, one after another, and what the API gives at these addresses."""
    answers: list[Answer] = []
    for case in cases:
        arguments = [one.replace("{next}", _cursor(answers)) for one in case.arguments]
        page = _page(world, case.stdin) if case.stdin else None
        exit_code, output = _ask(arguments, station) if page is None else _ask_process(arguments, station, page)
        answered = replace(case, exit_code=exit_code, document=shown(_parse(case, output), case.only))
        path = api_path(arguments)
        api_document = shown(get(path), case.only) if path else None
        answers.append(Answer(case=answered, api_document=api_document))
    return answers


def api_path(arguments: Sequence[str]) -> str | None:
    """The address at which the API gives the same document; None: it has none."""
    match [one for one in arguments if one != "--json"]:
        case ["search", query, *options] if "--station" not in options:
            names = [name.removeprefix("--") for name in options[::2]]
            return "/api/search?" + urlencode({"q": query, **dict(zip(names, options[1::2], strict=True))})
        case ["versions", url]:
            return "/api/versions?" + urlencode({"url": url})
        case ["outlets", "list"]:
            return "/api/outlets"
        case ["outlets", "show", outlet] if outlet != UNKNOWN:
            return f"/api/outlets/{outlet}"
        case ["status"]:
            return "/api/status"
        case _:
            return None


def shown(document: Any, only: Sequence[str] = ()) -> Any:
    """The document as the file shows it: masked, and with these rows alone."""
    if isinstance(document, dict):
        if document.get("check") in MACHINE:
            return {**document, "detail": MACHINE[document["check"]]}
        return {name: _order_free(name, shown(value, only)) for name, value in document.items()}
    if isinstance(document, list):
        return [shown(one, only) for one in document if not only or _is_wanted(one, only)]
    return document


def _order_free(name: str, value: Any) -> Any:
    return ORDER[name] if name in ORDER and value is not None else value


def _is_wanted(row: Any, only: Sequence[str]) -> bool:
    return not isinstance(row, dict) or row.get("url", row.get("id")) in {*only, None}


def _cursor(before: Sequence[Answer]) -> str:
    document = before[-1].case.document if before else None
    return str(document.get("next")) if isinstance(document, dict) else ""


def _parse(case: Case, output: str) -> Any:
    """One document, or the rows of an export."""
    if case.arguments[0] == "export":
        return [json.loads(line) for line in output.splitlines()]
    return json.loads(output)


def _ask(arguments: Sequence[str], station: Path) -> tuple[int, str]:
    """Exit code and output of a command, run in this process."""
    output = StringIO()
    environment = {"CAVERSHAM_STATION": str(station)}
    with (
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", ["caversham", *arguments]),
        redirect_stdout(output),
        redirect_stderr(StringIO()),
    ):
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0), output.getvalue()
    return 0, output.getvalue()


def _ask_process(arguments: Sequence[str], station: Path, stdin: bytes) -> tuple[int, str]:
    """The same in a process of its own, in a time zone far from those of outlets and tests."""
    environment = {**os.environ, "CAVERSHAM_STATION": str(station), "TZ": "America/New_York"}
    done = subprocess.run(
        [sys.executable, "-m", "caversham", *arguments],
        input=stdin, capture_output=True, check=False, timeout=60, env=environment,
    )  # fmt: skip
    return done.returncode, done.stdout.decode()


def _page(world: World, url: str) -> bytes:
    parts = urlsplit(url)
    site = next(name for name, one in world.sites.items() if one.port == parts.port)
    return render(world, site, parts.path, world.ends).body
