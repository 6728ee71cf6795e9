"""The demo: a whole station on a fictional world, collected through a simulated month on the loopback."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from caversham.demo.site import DemoSite
from caversham.demo.world import World, load_world, outlet_files, planned_instants
from caversham.errors import SettingsError, StationError
from caversham.serve import documents, terminal
from caversham.settings import change_settings, write_settings
from caversham.station import Station

MARK = "demo.txt"  # a folder with this file was made by the demo and may be made again
CONTACT = "demo@example.org"
SEARCHES = ("harvest AND rice", '"mano tendida"', "outlet:almap lang:ar القمح", "铁路", "past:412.600")
PORT = 8765


def show_demo(folder: Path, *, out: Console, as_json: bool) -> None:
    """Make the demo station, show what it holds, and on a terminal serve it until interrupted."""
    with _open_sites(load_world()) as site:
        if not as_json:
            out.print(f"collecting {site.world.begins:%B %Y} from {len(site.ports)} fictional sites on the loopback …")
        collect_demo(folder, site, progress=_progress(out, as_json=as_json))
    with Station(folder) as station:
        status = documents.status(station.status())
        if as_json:
            out.print_json(data=status)
            return
        terminal.show_status(out, status)
        for query in SEARCHES:
            out.rule(f"search {query}", align="left")
            terminal.show_found(out, documents.found(station.search(query, limit=2)))
    out.print(f"\nthe station is in {str(folder)!r}: caversham serve --station {folder}, then http://127.0.0.1:{PORT}/")
    if sys.stdout.isatty() and not os.environ.get("CI"):
        _serve(folder, out)


def _serve(folder: Path, out: Console) -> None:
    """Serve on the port that the docs name; where it is taken, on one that is free."""
    from caversham.serve.web import serve_station  # noqa: PLC0415 # the server is loaded only where one is wanted

    try:
        serve_station(folder, host="127.0.0.1", port=PORT, announce=out.print)
    except SettingsError:
        serve_station(folder, host="127.0.0.1", port=0, announce=out.print)


def _open_sites(world: World) -> DemoSite:
    """The sites of the world on their own ports; where one of these is taken, all on ports that are free."""
    try:
        return DemoSite(world)
    except StationError:
        return DemoSite(world, dict.fromkeys(world.sites, 0))


def collect_demo(
    folder: Path, site: DemoSite, *, progress: Callable[[str], None], instants: Sequence[datetime] | None = None
) -> None:
    """Make a station in `folder` and let it follow the world through its month under a simulated clock.

    It looks at these instants, ascending; None: at those that see every state of every item.

    Raises SettingsError where the folder holds something that the demo did not make.
    """
    _make_station(folder, site.world)
    now = site.world.begins

    def clock() -> datetime:
        return now.astimezone(UTC)

    async def pause(_seconds: float) -> None:
        """Let no real second pass: the clock of the month does not move by waiting."""

    with Station(folder, clock=clock, pause=pause) as station:
        for instant in planned_instants(site.world) if instants is None else instants:
            now = instant
            site.set_time(instant)
            station.collect()
            progress(f"{instant:%d %B %H:%M}")


def _make_station(folder: Path, world: World) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise SettingsError(f"{str(folder)!r} is not empty and no demo station; name another: --station DIR")
        shutil.rmtree(folder)
    write_settings(folder, contact=CONTACT)
    (folder / MARK).write_text("Made by `caversham demo`, which may delete this folder and make it again.\n")
    (folder / "outlets").mkdir()
    for name, text in outlet_files(world).items():
        (folder / "outlets" / name).write_text(text, encoding="utf-8")
    hosts = [f"127.0.0.1:{site.port}" for site in world.sites.values()]
    change_settings(folder, {"follow": sorted(name.removesuffix(".toml") for name in outlet_files(world))})
    change_settings(folder, {"allow_hosts": hosts})
    change_settings(folder, {"serve": {"full_text": True, "hosts": ["localhost", "127.0.0.1", "[::1]"]}})


def _progress(out: Console, *, as_json: bool) -> Callable[[str], None]:
    if as_json or not out.is_terminal:
        return lambda _: None
    return lambda text: out.print(f"  {text}", end="\r")
