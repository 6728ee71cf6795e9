"""`make million`: a station that holds the world, made once and kept.

Three processes share the work, as three machines would: two import, each with a log of its own, through the same
import as everybody's; one writes what they import next and keeps the index. What was begun is gone on with; a station
that is whole is left as it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.memory import with_peak
from bench.million.world import World
from caversham.pipeline.indexing import COMMIT_COUNT
from caversham.settings import write_settings
from caversham.station import Station

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "million"
SIZE = 1_000_000
PART_COUNT = 50
IMPORTERS = 2
AHEAD = 2 * IMPORTERS  # parts written before they are imported
VERSION = 1  # to be raised when the world or what a station keeps of it changes
PAUSE_S = 0.2


def main() -> None:
    """Make the station, or say that it is there; its size may be given."""
    if sys.argv[1:2] == ["--import"]:
        import_parts(Path(sys.argv[2]), int(sys.argv[3]))
        return
    print(make_million(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE))


def make_million(size: int = SIZE) -> Path:
    """The folder of the station that holds a world of this size."""
    folder = CACHE / f"{size}-{VERSION}"
    if (folder / "loaded.json").exists():
        return folder
    begun = time.monotonic()
    world = World(size)
    if not (folder / "station.toml").exists():
        write_settings(folder, contact="bench@example.org")
        write_outlets(folder / "outlets", world)
    (folder / "parts").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "bench.million.load", "--import", str(folder)]
    importers = [subprocess.Popen([*command, str(number)], cwd=ROOT) for number in range(IMPORTERS)]
    with Station(folder) as station:
        _, peak_mb = with_peak(partial(feed_and_index, station, world, importers))
        if any(importer.returncode for importer in importers):
            sys.exit(f"an import stopped; the same command goes on with {folder}")
        status = station.status()
    done = {
        "articles": status.articles,
        "versions": status.versions,
        "seconds": round(time.monotonic() - begun),
        "anonymous_mb": max(peak_mb, *(float(note.read_text()) for note in (folder / "parts").glob("*.done"))),
    }
    (folder / "loaded.json").write_text(json.dumps(done) + "\n")
    print(f"loaded {status.articles:,} articles in {done['seconds']:,} s")
    return folder


def write_outlets(folder: Path, world: World) -> None:
    """The outlets of the world, as files of the station's own."""
    folder.mkdir(exist_ok=True)
    for outlet in world.outlets:
        text = "".join(f"{key} = {json.dumps(outlet[key])}\n" for key in ("name", "country", "role"))
        (folder / f"{outlet['id']}.toml").write_text(f'{text}hosts = ["{outlet["id"]}.example"]\n')


def feed_and_index(station: Station, world: World, importers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Write the parts a little ahead of the imports, and index what they have brought."""
    folder = station.folder / "parts"
    left = [number for number in range(PART_COUNT) if not _note(folder, number).exists()]
    with station.index.hold():
        while any(importer.poll() is None for importer in importers):
            if left and sum(1 for _ in folder.glob("*.jsonl")) < AHEAD:
                write_part(folder, world, left.pop(0))
            elif len(station.store.iter_outbox(COMMIT_COUNT)) == COMMIT_COUNT:
                station.drain()
            else:
                time.sleep(PAUSE_S)
        station.drain()


def write_part(folder: Path, world: World, number: int) -> None:
    """One part of the world as observations."""
    first, last = (world.size * part // PART_COUNT for part in (number, number + 1))
    fresh = folder / f"{number:03}.new"
    with fresh.open("w", encoding="utf-8") as file:
        for story in map(world.story, range(first, last)):
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in story.rows())
    fresh.rename(fresh.with_suffix(".jsonl"))


def import_parts(folder: Path, importer: int) -> None:
    """Import every other part, each as soon as it is there."""
    parent = os.getppid()
    with Station(folder) as station:
        station.settings = replace(station.settings, writer=f"importer-{importer}")
        for note in (_note(folder / "parts", number) for number in range(importer, PART_COUNT, IMPORTERS)):
            rows = note.with_suffix(".jsonl")
            while not note.exists() and not rows.exists():
                if os.getppid() != parent:
                    sys.exit("nobody writes the parts any more")
                time.sleep(PAUSE_S)
            if not note.exists():
                _, peak_mb = with_peak(partial(station.import_paths, [rows]))
                note.write_text(f"{peak_mb:.0f}\n")
                print(f"part {note.stem} of {PART_COUNT} is held", flush=True)
            rows.unlink(missing_ok=True)


def _note(folder: Path, number: int) -> Path:
    return folder / f"{number:03}.done"


if __name__ == "__main__":
    main()
