"""The demo station, with a few observations of our own, and the answers of every command of the contract."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

import httpx
import pytest

from caversham.demo.site import DemoSite
from caversham.demo.world import World, load_world
from caversham.errors import StationError
from caversham.serve import cli
from caversham.serve.demo import collect_demo
from caversham.serve.web import make_app
from caversham.station import Station
from tests.golden.cases import HERE, Answer, answer_all, load_cases, save_cases
from tests.serve.conftest import serve_app

PATIENCE_S = 60  # another run of the demo on this machine holds the ports for less than that


@pytest.fixture(scope="session")
def world() -> World:
    """The fictional world."""
    return load_world()


@pytest.fixture(scope="session")
def station(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo station after its month."""
    folder = tmp_path_factory.mktemp("golden") / "station"
    with open_site(world) as site:
        collect_demo(folder, site, progress=lambda _: None, instants=instants_of(world))
    return folder


@pytest.fixture(scope="session")
def answers(world: World, station: Path) -> Sequence[Answer]:
    """Every case with what its command answers; with ACCEPT=1 they are what is expected from now on."""

    def clock() -> datetime:
        return world.ends.astimezone(UTC)

    with ExitStack() as open_things:

        @cache
        def client() -> httpx.Client:
            here = open_things.enter_context(Station(station, clock=clock))
            address = open_things.enter_context(serve_app(make_app(here)))
            return open_things.enter_context(httpx.Client(base_url=address, trust_env=False, timeout=60))

        patch = open_things.enter_context(pytest.MonkeyPatch.context())
        # Commands are asked at the month's end: what is overdue, and since when, depends on the clock.
        patch.setattr(cli, "Station", partial(Station, clock=clock))
        patch.chdir(HERE)
        answered = answer_all(load_cases(), station, world, lambda path: client().get(path).json())
    if os.environ.get("ACCEPT"):
        save_cases([answer.case for answer in answered])
    return answered


def open_site(world: World) -> DemoSite:
    """The sites of the world at their own ports, which are part of every id; waits while another run holds them."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 2):
        try:
            return DemoSite(world)
        except StationError:
            pause.wait(0.5)
    return DemoSite(world)


def instants_of(world: World) -> Sequence[datetime]:
    """Enough looks to see each state of each item that changes; the rest is seen in passing."""
    changes = [showing.since for item in world.items if len(item.showings) > 1 for showing in item.showings]
    turns = [event.at for event in world.events] + changes
    after = [at + timedelta(minutes=5) for at in turns if world.begins <= at < world.ends]
    return sorted({world.begins, *after, world.ends})
