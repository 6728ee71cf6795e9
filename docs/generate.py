"""Writes the generated pages of the docs; with --check says whether they are as they should be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typer.main

from caversham.serve.cli import app

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "src" / "caversham"
MODULES_HEAD = """# Modules

Generated from the first line of every module by `make docs`. [design.md](design.md) says how they work together.
"""
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


def describe_modules() -> str:
    """Every module with the first line of its docstring, package by package."""
    packages = [PACKAGE, *sorted(file.parent for file in PACKAGE.glob("*/__init__.py"))]
    return MODULES_HEAD + "".join(map(_describe_package, packages))


def _describe_package(folder: Path) -> str:
    name = ".".join(folder.relative_to(PACKAGE.parent).parts)
    files = sorted(file for file in folder.glob("*.py") if not file.name.startswith("__"))
    rows = "".join(f"| `{file.stem}` | {_first_line(file)} |\n" for file in files)
    table = f"\n| module | |\n|---|---|\n{rows}" if rows else ""
    return f"\n## `{name}`\n\n{_first_line(folder / '__init__.py')}\n{table}"


def _first_line(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].replace("|", "\\|")


TARGETS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"cli.md": describe_commands, "modules.md": describe_modules}
)


def main() -> None:
    """Write or check."""
    for name, describe in TARGETS.items():
        target, text = DOCS / name, describe()
        if "--check" not in sys.argv:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            sys.exit(f"{name} is not what the program says; write it again: make docs")


if __name__ == "__main__":
    main()
