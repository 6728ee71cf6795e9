"""Runs one command on a station again and again and kills it: `python victim.py FOLDER SEED KILLS IMPORT_PATH|-`.

The process forks after everything is imported, so that a kill hits the work and not the start. The clock of the
station stands still. Prints, after each kill, the ids of the versions that the catalogue holds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import alembic.command  # noqa: F401 # loaded before the fork, like the next two

import caversham.extract
import caversham.pipeline.following  # noqa: F401
from caversham.languages.detect import detect
from caversham.station import Station

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def work(folder: Path, source: str) -> None:
    """Import the file, or collect."""
    with Station(folder, clock=lambda: NOON) as station:
        if source == "-":
            station.collect()
        else:
            station.import_paths([Path(source)])


def start(folder: Path, source: str) -> int:
    """Work in a child of this process; its process id."""
    child = os.fork()
    if child == 0:
        work(folder, source)
        os._exit(0)
    return child


def held(folder: Path) -> list[str]:
    """Ids of the versions that were acknowledged."""
    reader, writer = os.pipe()
    child = os.fork()  # a fork of its own, so that this process never opens the database
    if child == 0:
        with Station(folder, clock=lambda: NOON) as station, os.fdopen(writer, "w") as out:
            json.dump([version.id for version in station.store.iter_versions()], out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as ids:
        answer = json.load(ids)
    os.waitpid(child, 0)
    return list(answer)


def main() -> None:
    """Time one whole run beside the station, then kill as often as asked, at random moments of such a run."""
    folder, seed, kills, source = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    moments = random.Random(seed)
    detect("a sentence that loads what detection needs")
    whole_s = float(sys.argv[5])
    for _ in range(kills):
        child = start(folder, source)
        time.sleep(moments.uniform(0, whole_s * 0.6))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        sys.stdout.write(json.dumps(held(folder)) + "\n")
        sys.stdout.flush()
    child = start(folder, source)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
