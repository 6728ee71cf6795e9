"""`make million`: a station that holds the world, made once and kept.

Two collectors fill it at the same time, as two machines would: each with a log of its own, through the same import
as everybody's. What was begun is gone on with; a station that is whole is left as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.memory import with_peak
from bench.million.world import World
from caversham.settings import write_settings
from caversham.station import Station

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "million"
SIZE = 1_000_000
SHARD_COUNT = 50
COLLECTORS = 2
VERSION = 1  # to be raised when the world or what a station keeps of it changes


def main() -> None:
    """Make the station, or say that it is there; `SIZE` may be given."""
    if sys.argv[1:2] == ["--collector"]:
        collect(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return
    folder = make_million(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
    print(folder)


def make_million(size: int = SIZE) -> Path:
    """The folder of the station that holds a world of this size."""
    folder = CACHE / f"{size}-{VERSION}"
    if (folder / "loaded.json").exists():
        return folder
    begun = time.monotonic()
    if not (folder / "station.toml").exists():
        write_settings(folder, contact="bench@example.org")
        write_outlets(folder / "outlets", World(size))
    command = [sys.executable, "-m", "bench.million.load", "--collector", str(folder), str(size)]
    collectors = [subprocess.Popen([*command, str(number)], cwd=ROOT) for number in range(COLLECTORS)]
    codes = [collector.wait() for collector in collectors]
    if any(codes):
        sys.exit(f"a collector stopped; the same command goes on with {folder}")
    with Station(folder) as station:
        station.drain()
        status = station.status()
    peaks = [float(note.read_text()) for note in (folder / "shards").glob("*.done")]
    done = {
        "articles": status.articles,
        "versions": status.versions,
        "seconds": round(time.monotonic() - begun),
        "anonymous_mb": max(peaks),
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


def collect(folder: Path, size: int, collector: int) -> None:
    """Import every other shard of the world."""
    world = World(size)
    with Station(folder) as station:
        station.settings = replace(station.settings, writer=f"collector-{collector}")
        for shard in range(collector, SHARD_COUNT, COLLECTORS):
            note = folder / "shards" / f"{shard:03}.done"
            if not note.exists():
                note.parent.mkdir(exist_ok=True)
                rows = write_shard(note.with_suffix(".jsonl"), world, shard)
                _, peak_mb = with_peak(partial(station.import_paths, [rows]))
                rows.unlink()
                note.write_text(f"{peak_mb:.0f}\n")
                print(f"part {shard + 1} of {SHARD_COUNT} is held", flush=True)


def write_shard(path: Path, world: World, shard: int) -> Path:
    """One part of the world as observations."""
    first, last = (world.size * number // SHARD_COUNT for number in (shard, shard + 1))
    with path.open("w", encoding="utf-8") as file:
        for number in range(first, last):
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in world.story(number).rows())
    return path


if __name__ == "__main__":
    main()
