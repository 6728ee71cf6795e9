"""`make million-rebuild`: the million made again from its archive, in a copy: time, memory, and whether it is equal."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path

from bench.memory import with_peak
from bench.million.load import SIZE, make_million
from bench.report import Figure, write_figures
from caversham.serve import documents
from caversham.station import Station


def main() -> None:
    """Measure and write."""
    folder = make_million()
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        shutil.copytree(folder, Path(name) / "station", ignore=_derived)
        with Station(folder) as original, Station(Path(name) / "station") as copy:
            begun = time.monotonic()
            _, peak_mb = with_peak(lambda: copy.rebuild(progress=show))
            seconds = time.monotonic() - begun
            is_equal = digest(copy) == digest(original)
    equal = "equal" if is_equal else "DIFFERENT"
    figures = [
        Figure(
            name=f"rebuild of {SIZE:,} articles from the archive, catalogue and index",
            measured=f"{seconds / 60:.0f} min, {peak_mb:.0f} MB of anonymous memory at most, export {equal}",
            beside="aim under 1 GB, equal to the byte",
        )
    ]
    write_figures("make million-rebuild", figures)


def _derived(_folder: str, names: list[str]) -> set[str]:
    """Not copied: what a rebuild makes, and the peer."""
    return {name for name in names if name.startswith(("catalogue.db", "index", "peer.db"))}


def show(count: int) -> None:
    """Progress on the terminal."""
    if count % 50_000 < 500:
        print(f"{count:,} records", flush=True)


def digest(station: Station) -> str:
    """Of everything that `export` gives."""
    total = hashlib.sha256()
    for version in station.export():
        total.update(json.dumps(documents.export_row(version), ensure_ascii=False).encode())
    return total.hexdigest()


if __name__ == "__main__":
    main()
