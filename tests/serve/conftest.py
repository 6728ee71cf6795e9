"""A small station of our own words: two versions, three scripts, one outlet shown and one withheld."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from caversham.serve.web import listen, make_app
from caversham.settings import change_settings, write_settings
from caversham.station import Station

Json = dict[str, Any]

SHOWN = "https://www.kcna.kp/en/article/1.kcmsf"  # the catalogue knows the outlets by host
WITHHELD = "http://www.news.cn/world/2024-03/05/c_1.htm"
UNDATED = "https://press.example.org/ar/7"
LONG = "The committee on weights and measures met again today and weighed one measure. " * 20

ROWS: Sequence[Json] = (
    {
        "url": SHOWN, "captured_at": "2024-03-01T02:00:00Z", "status": 200, "published_on": "2024-03-01",
        "title": "Rice harvest & reserves", "text": "The rice harvest was good.\nReserves are <b>full</b>.", "language": "en",
    },
    {
        "url": SHOWN, "captured_at": "2024-03-02T02:00:00Z", "status": 200, "published_on": "2024-03-01",
        "title": "Rice harvest", "text": "The rice harvest was good enough.", "language": "en",
    },
    {
        "url": WITHHELD, "captured_at": "2024-03-05T04:00:00Z", "status": 200, "published_at": "2024-03-05T11:20:00+08:00",
        "title": "水稻收成良好 rice", "text": LONG, "language": "zh",
    },
    {"url": UNDATED, "title": "حصاد الأرز rice", "text": "كان حصاد الأرز جيدا هذا العام.", "language": "ar"},
)  # fmt: skip

MakeStation = Callable[..., Path]
Serve = Callable[[Path], httpx.Client]


@pytest.fixture(scope="session")
def make_station(tmp_path_factory: pytest.TempPathFactory) -> MakeStation:
    """Makes the folder of a station that holds these rows."""

    def make(rows: Sequence[Json], *, full_text: object = False) -> Path:
        folder = tmp_path_factory.mktemp("station")
        write_settings(folder, contact="tests@example.org")
        change_settings(folder, {"serve": {"full_text": full_text}})
        if rows:
            file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            with Station(folder) as station:
                assert station.import_paths([file]).skips == {}
        return folder

    return make


@pytest.fixture(scope="session")
def folder(make_station: MakeStation) -> Path:
    """The station of ROWS; texts of one country are shown."""
    return make_station(ROWS, full_text=["KP"])


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Serves a station on the loopback until the tests end; gives a client that asks it."""
    with ExitStack() as open_things:

        def serve_folder(folder: Path) -> httpx.Client:
            station = open_things.enter_context(Station(folder))
            address = open_things.enter_context(serve_app(make_app(station)))
            return open_things.enter_context(httpx.Client(base_url=address, trust_env=False, timeout=60))

        yield serve_folder


@contextmanager
def serve_app(app: FastAPI) -> Iterator[str]:
    """A real server in a thread of its own; its address."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="session")
def client(serve: Serve, folder: Path) -> httpx.Client:
    """Asks the station of ROWS."""
    return serve(folder)
