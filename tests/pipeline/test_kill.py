"""Killed at any moment, a station loses nothing that it acknowledged and holds nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from caversham.serve import documents
from caversham.station import Station
from tests.site import Site
from tests.stations import StandingClock, make_station, page, put_feed

VICTIM = Path(__file__).with_name("victim.py")
KILLS = 20
ROWS = 3000
ITEMS = 120


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Two fresh stores of a kind: for the run that is disturbed and the one that is not."""
    if request.param == "sqlite":
        yield "sqlite", "sqlite"
        return
    cluster = request.getfixturevalue("postgres_cluster")
    urls = cluster.make_database(), cluster.make_database()
    yield urls
    for url in urls:
        cluster.drop_database(url)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Observations of our own: versions, unchanged looks, sightings, and rows that cannot be used."""
    path = tmp_path / "rows.jsonl"
    lines = []
    for number in range(ROWS):
        row = {"url": f"http://agency.example/{number % 2000}", "captured_at": f"2026-02-01T{number % 24:02}:00:00Z"}
        if number % 7:
            row |= {"title": f"Item {number % 2000}", "text": f"Report {number % 900} of the ministry. " * 20}
        lines.append(json.dumps(row) if number % 500 else "no row at all")
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def site() -> Iterator[Site]:
    """An agency with many items."""
    with Site() as running:
        paths = [f"/{number}" for number in range(ITEMS)]
        for path in paths:
            running.put(path, page(f"Item {path}", f"The ministry reported on matter {path} of the plan today. " * 8))
        put_feed(running, *paths)
        yield running


def exported(station: Station) -> list[str]:
    """The export, byte for byte."""
    return [json.dumps(documents.export_row(version)) for version in station.export()]


def kill_and_finish(folder: Path, source: str, *, whole_s: float, seed: int) -> list[set[str]]:
    """What was acknowledged at each kill."""
    command = [sys.executable, str(VICTIM), str(folder), str(seed), str(KILLS), source, str(whole_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    return [set(json.loads(line)) for line in done.stdout.splitlines()]


def check_equal(disturbed: Station, calm: Station, acknowledged: list[set[str]]) -> None:
    """Nothing acknowledged lost, nothing twice, verify clean, export equal."""
    final = {version.id for version in disturbed.export()}
    assert len(acknowledged) == KILLS
    assert acknowledged[-1]
    assert all(ids <= final for ids in acknowledged)
    assert disturbed.store.count_status().capture_count == calm.store.count_status().capture_count
    assert exported(disturbed) == exported(calm)
    assert disturbed.verify().is_consistent
    assert disturbed.search("ministry").total == calm.search("ministry").total


@pytest.mark.slow
def test_import_killed_twenty_times_equals_an_undisturbed_import(
    tmp_path: Path, rows: Path, stores: tuple[str, str]
) -> None:
    """Kill -9 at random moments of `import`, then run again."""
    with make_station(tmp_path / "calm", StandingClock(), store=stores[0]) as calm:
        started_s = time.monotonic()
        calm.import_paths([rows])
        whole_s = time.monotonic() - started_s
        with make_station(tmp_path / "killed", StandingClock(), store=stores[1]) as disturbed:
            acknowledged = kill_and_finish(tmp_path / "killed", str(rows), whole_s=whole_s, seed=7)

            check_equal(disturbed, calm, acknowledged)


@pytest.mark.slow
def test_collect_killed_twenty_times_equals_an_undisturbed_collect(
    tmp_path: Path, site: Site, stores: tuple[str, str]
) -> None:
    """Kill -9 at random moments of `collect`, then run again."""
    with make_station(tmp_path / "calm", StandingClock(), site=site, store=stores[0]) as calm:
        started_s = time.monotonic()
        calm.collect()
        whole_s = time.monotonic() - started_s
        with make_station(tmp_path / "killed", StandingClock(), site=site, store=stores[1]) as disturbed:
            acknowledged = kill_and_finish(tmp_path / "killed", "-", whole_s=whole_s, seed=11)

            check_equal(disturbed, calm, acknowledged)
