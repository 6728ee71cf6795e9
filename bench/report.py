"""Tables of figures, printed and written to docs/ with date and machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of a table."""

    name: str
    measured: str
    beside: str  # the aim, the best known figure, or the peer of the same run


def write_report(path: Path, title: str, about: str, figures: Sequence[Figure]) -> None:
    """Print the table, and write it as Markdown."""
    rows = "\n".join(f"| {one.name} | {one.measured} | {one.beside} |" for one in figures)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    text = (
        f"# {title}\n\n{about}\n\nMeasured {datetime.now(UTC):%Y-%m-%d} on {machine}.\n\n"
        f"| figure | measured | beside it |\n|---|---|---|\n{rows}\n"
    )
    path.write_text(text, encoding="utf-8")
    print(text)
