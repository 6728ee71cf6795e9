"""The dashboard, docs/scores.md: one table of figures, each beside the best known one, with its command and date."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DASHBOARD = Path(__file__).resolve().parents[1] / "docs" / "scores.md"
COMMANDS = ("make score", "make bench", "make million-rebuild")  # in the order of the table
ABOUT = """\
# Figures

`make score` measures quality, `make bench` speed and memory; each writes its own rows again. What needs `../shared` is
left out where that is absent. The haystack of every figure of search is the station of a million articles that
`make million` loads. Rates are per second of processor time, all threads counted, so that a busy machine disturbs them
little; times of answers are by the clock.
"""
_HEAD = "| figure | measured | beside it | command | on |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of the table."""

    name: str
    measured: str
    beside: str  # the aim, the best known figure, or the peer of the same run


def write_figures(command: str, figures: Sequence[Figure]) -> None:
    """Put the figures of a command in the place of those that it wrote before, and print them."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    fresh = [f"| {one.name} | {one.measured} | {one.beside} | `{command}` | {today} |" for one in figures]
    rows = [row for known in COMMANDS for row in (fresh if known == command else _rows_of(known))]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    DASHBOARD.write_text(f"{ABOUT}\nMeasured on {machine}.\n\n{_HEAD}" + "\n".join(rows) + "\n", encoding="utf-8")
    print(_HEAD + "\n".join(fresh))


def _rows_of(command: str) -> list[str]:
    """The rows of the table that a command wrote."""
    lines = DASHBOARD.read_text(encoding="utf-8").splitlines() if DASHBOARD.exists() else []
    return [line for line in lines if f"| `{command}` |" in line]
