"""Writes the generated parts of the docs; with --check says whether they are as they should be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer.main

from caversham.serve.cli import app

TARGET = Path(__file__).with_name("cli.md")
HEAD = """# Command line

Generated from the program by `make docs`.

Exit codes: 0 done (no hits and damage are answers) · 1 something was skipped or a row failed · 2 usage or settings ·
3 verification failed · 130 interrupted. With `--json` a command answers with one JSON document; its schema is
`docs/schemas/<command>.json`.
"""


def describe_commands() -> str:
    """The reference of every command, in the order of the program."""
    group: Any = typer.main.get_command(app)
    return HEAD + "".join(_describe(name, command) for name, command in _walk(group, "caversham"))


def _walk(command: Any, name: str) -> list[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        return [(name, command)]
    return [found for child, inner in children.items() for found in _walk(inner, f"{name} {child}")]


def _describe(name: str, command: Any) -> str:
    parameters = [parameter for parameter in command.params if parameter.name != "help"]
    arguments = " ".join(_usage(one) for one in parameters if one.param_type_name == "argument")
    rows = [f"| `{' '.join(one.opts)}` | {_text(one)} |" for one in parameters if one.param_type_name == "option"]
    table = "\n| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
    return f"\n## `{f'{name} {arguments}'.strip()}`\n\n{' '.join((command.help or '').split())}\n{table}"


def _usage(argument: Any) -> str:
    name = (argument.metavar or argument.name or "").upper()
    many = "…" if argument.nargs == -1 else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"


def _text(option: Any) -> str:
    default = option.default
    shown = default not in (None, False, "", ()) and not callable(default)
    return (option.help or "").replace("|", "\\|") + (f" Default: `{default}`." if shown else "")


def main() -> None:
    """Write or check."""
    text = describe_commands()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET.name} is not what the program says; write it again: make docs")


if __name__ == "__main__":
    main()
