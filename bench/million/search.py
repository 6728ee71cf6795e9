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
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from bench.million.peer import ask_peer, make_peer
from bench.million.queries import KINDS, Asked, make_queries
from bench.million.world import World
from bench.report import Figure
from caversham.serve import documents
from caversham.station import Station

WARMING = 20  # queries that are asked before any is timed
PEER_COUNT = 60  # queries that the peer is asked too: it needs seconds for some
FRESH_COUNT = 100  # articles added while others read


def measure_search(folder: Path, size: int) -> list[Figure]:
    """Times of all queries, cold and warm, beside the peer; then with a writer at work."""
    asked = make_queries(World(size))
    warm, totals = ask_warm(folder, asked)
    cold = [ask_cold(folder, one.text) for one in asked]
    peer = ask_all_peer(folder, asked[:PEER_COUNT])
    beside = f"SQLite FTS5 on the same words {spread(peer)}, median ratio {ratio(warm, peer):.0f}"
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
    """Articles added to a copy of the station: when they are found, and what readers notice meanwhile."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        copy = Path(shutil.copytree(folder, Path(name) / "station"))
        alone, _ = ask_warm(copy, asked[:100])
        seconds, beside = add_while_reading(copy, asked)
    yield Figure(
        name=f"{FRESH_COUNT} articles added to it: from reading the file to being found",
        measured=f"{seconds:.2f} s",
        beside="aim 1 s",
    )
    yield Figure(
        name="warm queries of a reader in the same process while they are added",
        measured=spread(beside),
        beside=f"alone {spread(alone)}",
    )


def add_while_reading(folder: Path, asked: Sequence[Asked]) -> tuple[float, list[float]]:
    """Seconds until all are found, and the seconds of a reader's queries in that time."""
    rows = folder / "fresh.jsonl"
    rows.write_text("".join(f"{json.dumps(fresh_row(number))}\n" for number in range(FRESH_COUNT)))
    beside: list[float] = []
    is_done = threading.Event()
    with Station(folder) as reader, Station(folder) as writer:
        ask(reader, "harvest")
        writer.import_paths([])
        thread = threading.Thread(target=lambda: beside.extend(ask_until(reader, asked, is_done.is_set)))
        thread.start()
        begun = time.perf_counter()
        writer.import_paths([rows])
        while ask(reader, "quetzalcoatlus")[1] < FRESH_COUNT:
            pass
        seconds = time.perf_counter() - begun
        is_done.set()
        thread.join()
    return seconds, beside


def ask_until(station: Station, asked: Sequence[Asked], is_done: Callable[[], bool]) -> Iterator[float]:
    """Seconds of one query after the other."""
    for one in asked:
        if is_done():
            return
        yield ask(station, one.text)[0]


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


def ratio(ours: Sequence[float], peer: Sequence[float]) -> float:
    """How many times longer the peer takes, in the median."""
    return statistics.median(theirs / own for own, theirs in zip(ours, peer, strict=False))
