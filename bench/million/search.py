"""How fast the million answers: whole answers of `search --json`, timed inside one process.

Cold is the first query of a station that was opened for it, the opening counted; warm is a query that was not asked
before, in a station that has answered others. The peer is SQLite FTS5 over the same words, asked for the same counts
and the same page, without snippets.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import cycle
from pathlib import Path

from bench.million.peer import ask_peer, make_peer
from bench.million.queries import KINDS, Asked, make_queries
from bench.million.world import World
from bench.report import Figure
from caversham.serve import documents
from caversham.station import Station

WARMING = 20  # queries that are asked before any is timed
PEER_COUNT = 60  # queries that the peer is asked too: it needs seconds for some
FRESH_COUNT = 100
IMPORTED_COUNT = 5_000  # while others read


def measure_search(folder: Path, size: int) -> list[Figure]:
    """Times of all queries, cold and warm, beside the peer; then with a writer at work."""
    asked = make_queries(World(size))
    cold = [ask_cold(folder, one.text) for one in asked]
    warm, totals = ask_warm(folder, asked)
    peer = ask_all_peer(folder, asked[:PEER_COUNT])
    same = warm[:PEER_COUNT]
    beside = f"SQLite FTS5 on the same words, {PEER_COUNT} of the queries without snippets: {spread(peer)}, ours {spread(same)}"
    return [
        Figure(
            name=f"search of {size:,} articles, {len(asked)} queries, first of a station just opened",
            measured=f"{spread(cold)}; {by_kind(asked, cold)}",
            beside="aim p95 50 ms",
        ),
        Figure(
            name=f"the same queries, asked for the first time in a warm station ({max(totals):,} articles at most)",
            measured=f"{spread(warm)}; {by_kind(asked, warm)}",
            beside=f"aim p95 20 ms; {beside}",
        ),
        *measure_writing(folder, asked),
    ]


def ask(station: Station, text: str) -> tuple[float, int]:
    """Seconds until the whole answer is JSON, and how many articles it counts."""
    begun = time.perf_counter()
    found = station.search(text)
    documents.to_json(documents.found(found))
    return time.perf_counter() - begun, found.total


def ask_cold(folder: Path, text: str) -> float:
    """Seconds to open a station and answer."""
    begun = time.perf_counter()
    with Station(folder) as station:
        ask(station, text)
        return time.perf_counter() - begun


def ask_warm(folder: Path, asked: Sequence[Asked]) -> tuple[list[float], list[int]]:
    """Seconds and totals of each query, in a station that has answered others."""
    with Station(folder) as station:
        for one in asked[-WARMING:]:
            ask(station, f"{one.text} -nothing")
        answers = [ask(station, one.text) for one in asked]
    return [seconds for seconds, _ in answers], [total for _, total in answers]


def ask_all_peer(folder: Path, asked: Sequence[Asked]) -> list[float]:
    """Seconds of each query at the peer."""
    with closing(sqlite3.connect(make_peer(folder))) as peer:
        return [ask_peer(peer, one.text, one.language) for one in asked]


def measure_writing(folder: Path, asked: Sequence[Asked]) -> Iterator[Figure]:
    """Articles added to a copy of the station: when they are found, and what readers notice of another process's import."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        copy = Path(shutil.copytree(folder, Path(name) / "station", ignore=shutil.ignore_patterns("peer.db*")))
        seconds = add_and_find(copy)
        alone, _ = ask_warm(copy, asked)
        beside = ask_beside_import(copy, asked)
    yield Figure(
        name=f"{FRESH_COUNT} articles added to it: from reading the file to being found",
        measured=f"{seconds:.2f} s",
        beside="aim 1 s",
    )
    yield Figure(
        name=f"warm queries while another process imports {IMPORTED_COUNT:,} articles ({len(beside)} queries)",
        measured=spread(beside),
        beside=f"alone {spread(alone)}",
    )


def add_and_find(folder: Path) -> float:
    """Seconds until the articles of a file are found by a reader that was there before."""
    rows = write_rows(folder / "fresh.jsonl", range(FRESH_COUNT))
    with Station(folder) as reader, Station(folder) as writer:
        ask(reader, "harvest")
        writer.import_paths([])
        begun = time.perf_counter()
        writer.import_paths([rows])
        while ask(reader, "quetzalcoatlus")[1] < FRESH_COUNT:
            pass
        return time.perf_counter() - begun


def ask_beside_import(folder: Path, asked: Sequence[Asked]) -> list[float]:
    """Seconds of the queries that are asked while another process imports."""
    rows = write_rows(folder / "more.jsonl", range(FRESH_COUNT, FRESH_COUNT + IMPORTED_COUNT))
    command = "from caversham.serve.cli import main; main()"
    seconds: list[float] = []
    with Station(folder) as station:
        ask(station, "harvest")
        with subprocess.Popen(
            [sys.executable, "-c", command, "import", str(rows), "--station", str(folder)], stdout=subprocess.DEVNULL
        ) as importer:
            for one in cycle(asked):
                if importer.poll() is not None:
                    return seconds
                seconds.append(ask(station, one.text)[0])
    return seconds


def write_rows(path: Path, numbers: Iterable[int]) -> Path:
    """A file of articles that the world does not hold."""
    path.write_text("".join(f"{json.dumps(fresh_row(number))}\n" for number in numbers))
    return path


def fresh_row(number: int) -> dict[str, object]:
    """An article with a word that no other holds."""
    return {
        "url": f"https://fresh.example/{number}",
        "captured_at": "2026-01-02T12:00:00Z",
        "status": 200,
        "title": f"A quetzalcoatlus, the {number}th",
        "text": "The people saw it above the reservoir. " * 10,
        "published_on": "2026-01-02",
        "lang": "en",
    }


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th of a hundred and longest, in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)]
    return f"p50 {statistics.median(ordered) * 1e3:.0f}, p95 {p95 * 1e3:.0f}, max {ordered[-1] * 1e3:.0f} ms"


def by_kind(asked: Sequence[Asked], seconds: Sequence[float]) -> str:
    """The 95th of a hundred of each kind of query."""
    parts = []
    for kind in KINDS:
        own = sorted(each for one, each in zip(asked, seconds, strict=True) if one.kind == kind)
        parts.append(f"{kind} {own[len(own) * 95 // 100] * 1e3:.0f}")
    return f"p95 by kind: {', '.join(parts)}"
