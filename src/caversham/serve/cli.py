"""The command line. Names, fields and exit codes are a contract.

0 done, 1 something was skipped or a row failed, 2 usage or settings, 3 verification failed, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Annotated, Any, Self, TextIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from caversham.errors import CavershamError, QueryError, SettingsError
from caversham.pipeline.reading import Reader
from caversham.serve import documents, terminal
from caversham.settings import write_settings
from caversham.station import Station, make_reader

DONE, SKIPPED, USAGE, UNVERIFIED = 0, 1, 2, 3

app = typer.Typer(
    help="An open listening station for state media.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
outlets_app = typer.Typer(help="The catalogue of outlets.", no_args_is_help=True)
app.add_typer(outlets_app, name="outlets")

out = terminal.make_console()
err = terminal.make_console(stderr=True)

StationDir = Annotated[Path, typer.Option("--station", help="Folder of the station.", envvar="CAVERSHAM_STATION")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document (docs/schemas/).")]
HERE = Path()
DAY_FORMAT = "%Y-%m-%d"


def main() -> None:
    """Run a command; every error of ours becomes a message and an exit code."""
    as_json = "--json" in sys.argv[1:]
    try:
        app()
    except CavershamError as error:
        _report(error, as_json=as_json)
        sys.exit(USAGE)


def _report(error: CavershamError, *, as_json: bool) -> None:
    if as_json:
        _print_json(documents.failure(error))
    elif isinstance(error, QueryError):
        err.print(f"error: {error}", markup=False)
        err.print(f"  {error.query}\n  {' ' * error.position}^", markup=False)
    else:
        err.print(f"error: {error}", markup=False)


def _print_json(document: Any) -> None:
    sys.stdout.write(documents.to_json(document, indent=1) + "\n")


def _answer(document: dict[str, Any], *, as_json: bool, show: Any) -> None:
    """One JSON document for programs, or what `show` makes of it for people."""
    if as_json:
        _print_json(document)
    else:
        show(out, document)


class _Counter:
    """Progress on a terminal: a count that grows, and the time."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task(f"{self._what} …", total=None)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._progress.stop()
        if kind is KeyboardInterrupt:
            err.print("interrupted; what was counted is kept, and the same command goes on from there")

    def show(self, count: int) -> None:
        """Show the count so far."""
        self._progress.update(self._task, description=f"{self._what} {count:,}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the station is made.")] = HERE,
    contact: Annotated[str, typer.Option(help="Role address sent with every request.")] = "",
) -> None:
    """Make a station: a folder with station.toml."""
    write_settings(folder, contact=contact)
    out.print(f"a station in {str(folder)!r}; next: caversham outlets list, caversham follow ID, caversham collect")
    if not contact:
        out.print("set `contact` in station.toml before you collect: site owners must be able to reach you")


@outlets_app.command("list")
def outlets_list(
    station: StationDir = HERE,
    *,
    country: Annotated[str, typer.Option(help="Only those of this country (KP).")] = "",
    language: Annotated[str, typer.Option(help="Only those with an edition in this language (fr).")] = "",
    role: Annotated[str, typer.Option(help="Only those of this role (state, wire, relay, ...).")] = "",
    as_json: AsJson = False,
) -> None:
    """All outlets, or some of them, and which are followed."""
    with Station(station) as here:
        found = here.register.catalogue.find(country=country, language=language, role=role)
        document = documents.outlets((outlet, outlet.id in here.settings.follow) for outlet in found)
    _answer(document, as_json=as_json, show=terminal.show_outlets)


@outlets_app.command("show")
def outlets_show(outlet: str, station: StationDir = HERE, *, as_json: AsJson = False) -> None:
    """One outlet with its facts and where each comes from."""
    with Station(station) as here:
        found = here.register.catalogue.get(outlet)
        document = documents.outlet_page(found, is_followed=found.id in here.settings.follow)
    _answer(document, as_json=as_json, show=terminal.show_fields)


@outlets_app.command("check")
def outlets_check(
    outlet: Annotated[str | None, typer.Argument(help="Try the sources of this outlet live, too.")] = None,
    station: StationDir = HERE,
    *,
    as_json: AsJson = False,
) -> None:
    """Validate every outlet file; problems give exit code 2. With an id its sources are tried; one that fails gives 1."""
    with Station(station) as here:
        problems = here.check_outlets()
        tried = here.try_sources(outlet) if outlet else ()
    document = documents.tried_outlet(outlet, problems, tried) if outlet else documents.checked_outlets(problems)
    _answer(document, as_json=as_json, show=terminal.show_problems)
    if problems:
        raise typer.Exit(USAGE)
    if any(one.error for one in tried):
        raise typer.Exit(SKIPPED)


@app.command()
def follow(outlets: list[str], station: StationDir = HERE) -> None:
    """Follow outlets: `collect` looks at them from now on."""
    with Station(station) as here:
        out.print("followed: " + (", ".join(here.follow(outlets)) or "none"), markup=False)


@app.command()
def unfollow(outlets: list[str], station: StationDir = HERE) -> None:
    """Follow outlets no longer; what is held of them stays."""
    with Station(station) as here:
        out.print("followed: " + (", ".join(here.unfollow(outlets)) or "none"), markup=False)


@app.command()
def collect(
    station: StationDir = HERE,
    *,
    once: Annotated[bool, typer.Option("--once", help="One round, then stop (the default).")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until interrupted.")] = False,
    outlet: Annotated[list[str] | None, typer.Option("--outlet", help="Only these outlets.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at all that is due: sources, new items, and items to be looked at again."""
    if once and watch:
        raise typer.BadParameter("choose --once or --watch, not both")
    with Station(station) as here, _Counter("kept") as counter:
        if not here.settings.contact:
            err.print("no `contact` in station.toml: site owners cannot reach you; please set one")
        report = here.collect(outlet or (), is_watching=watch, progress=counter.show)
    _answer(documents.collected(report), as_json=as_json, show=terminal.show_tally)
    terminal.show_losses(err, report.losses, of=sum(report.skips.values()))
    if report.skips:
        raise typer.Exit(SKIPPED)


@app.command()
def backfill(
    outlet: str,
    station: StationDir = HERE,
    *,
    since: Annotated[datetime, typer.Option(formats=[DAY_FORMAT], help="First day wanted: 2024-01-31.")],
    until: Annotated[datetime | None, typer.Option(formats=[DAY_FORMAT], help="Last day wanted; else today.")] = None,
    ways: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="Only from archive (pages of the outlet), numbered (addresses), wayback or commoncrawl; else from all.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many requests in this run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look into the past of an outlet; interrupted or at its limit, the same command goes on from there."""
    with Station(station) as here, _Counter("kept") as counter:
        report = here.backfill(
            outlet,
            since=since.date(),
            until=until.date() if until else None,
            ways=ways or (),
            limit=limit,
            progress=counter.show,
        )
    _answer(documents.backfilled(report), as_json=as_json, show=terminal.show_backfilled)
    terminal.show_losses(err, report.losses, of=sum(report.skips.values()))
    if report.skips:
        raise typer.Exit(SKIPPED)


@app.command("import")
def import_(
    paths: list[Path],
    station: StationDir = HERE,
    *,
    url: Annotated[str | None, typer.Option(help="Address of an HTML file that does not state its own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take in JSONL observations, WARC, ARC, WACZ, HTML files and folders, OPML."""
    with Station(station) as here, _Counter("rows") as counter:
        report = here.import_paths(paths, url=url, progress=counter.show)
    _answer(documents.imported(report), as_json=as_json, show=terminal.show_imported)
    terminal.show_losses(err, report.losses, of=sum(report.skips.values()))
    if report.newly_followed:
        err.print(f"followed from now on: {', '.join(report.newly_followed)}", markup=False)
    if report.skips:
        raise typer.Exit(SKIPPED)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='For example: "nuclear test" AND country:KP since:2024')],
    station: StationDir = HERE,
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Hits on a page.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find articles: words, "phrases", AND OR NOT, brackets, NEAR/n, prefix*, title: outlet: country: lang: ..."""
    with Station(station) as here:
        here.drain()  # what an interruption left; nothing where there is nothing
        document = documents.found(here.search(query, limit=limit, cursor=cursor))
    _answer(document, as_json=as_json, show=terminal.show_found)


@app.command()
def versions(url: str, station: StationDir = HERE, *, as_json: AsJson = False) -> None:
    """Every version of an article and every look at it, by address or article id."""
    with Station(station) as here:
        document = documents.article(here.article(url))
    _answer(document, as_json=as_json, show=terminal.show_article)


@app.command()
def read(
    source: Annotated[str, typer.Argument(metavar="URL|FILE|-", help="A page; - reads standard input.")] = "-",
    *,
    station: Annotated[Path | None, typer.Option(help="Use the settings and outlets of this station.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Rows {"id", "text"} or {"id", "html"} in, results out.')
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read one page and show what it says; nothing is stored."""
    reader = make_reader(station)
    if jsonl:
        raise typer.Exit(_stream(source, reader))
    reading = reader.read(source, stdin)
    _answer(documents.reading(reading), as_json=as_json, show=terminal.show_fields)
    if reading.skip:
        err.print(f"skipped: {reading.skip.reason}: {reading.skip.detail}", markup=False)
        raise typer.Exit(SKIPPED)


def stdin() -> BufferedReader:
    """Standard input as bytes. Raises SettingsError where there is none."""
    if sys.stdin is None:  # as services and schedulers start programs
        raise SettingsError("there is no standard input to read; name a file or an address")
    return BufferedReader(FileIO(sys.stdin.fileno(), closefd=False))


def _stream(source: str, reader: Reader) -> int:
    """Answer rows one by one, in order; the exit code says whether one failed."""
    has_failed = False
    for row in _rows(source, reader):
        has_failed |= "error" in row or row["skip"] is not None
        sys.stdout.write(documents.to_json(row) + "\n")
        sys.stdout.flush()
    return SKIPPED if has_failed else DONE


def _rows(source: str, reader: Reader) -> Iterable[dict[str, Any]]:
    if source == "-":
        yield from reader.read_rows(stdin(), documents.reading)
        return
    with reader.open(source) as file:
        yield from reader.read_rows(file, documents.reading)


@app.command()
def verify(station: StationDir = HERE, *, as_json: AsJson = False) -> None:
    """Compare every record with its leaf in the ledger; a problem gives exit code 3."""
    with Station(station) as here, _Counter("records") as counter:
        report = here.verify(progress=counter.show)
    _answer(documents.verified(report), as_json=as_json, show=terminal.show_verified)
    if report.problems:
        raise typer.Exit(UNVERIFIED)


@app.command()
def export(
    station: StationDir = HERE,
    *,
    format_: Annotated[str, typer.Option("--format", help="One JSON row a line.")] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; else standard output.")] = None,
) -> None:
    """Every version held, one row each, by address and order."""
    if format_ != "jsonl":
        raise typer.BadParameter(f"the format {format_!r} is not known; it is: jsonl", param_hint="--format")
    with Station(station) as here, _open_output(output) as file:
        for version in here.export():
            file.write(documents.to_json(documents.export_row(version)) + "\n")
        file.flush()


def _open_output(path: Path | None) -> AbstractContextManager[TextIO]:
    """A file to be written, or standard output, which stays open. Raises SettingsError."""
    try:
        return path.open("w", encoding="utf-8", newline="\n") if path else nullcontext(sys.stdout)
    except OSError as error:
        raise SettingsError(f"{str(path)!r} cannot be written: {error.strerror}") from error


@app.command()
def withdraw(
    url: str,
    station: StationDir = HERE,
    *,
    reason: Annotated[str, typer.Option(help="Kept in the log.")] = "",
    as_json: AsJson = False,
) -> None:
    """Remove what must not be kept; the leaf and the hash stay."""
    with Station(station) as here:
        report = here.withdraw(url, reason=reason)
    _answer(documents.withdrawn(report), as_json=as_json, show=terminal.show_fields)


@app.command()
def rebuild(station: StationDir = HERE, *, as_json: AsJson = False) -> None:
    """Make catalogue and index again from the archive."""
    with Station(station) as here, _Counter("records") as counter:
        report = here.rebuild(progress=counter.show)
    _answer(documents.tally(report), as_json=as_json, show=terminal.show_rebuilt)


@app.command()
def status(station: StationDir = HERE, *, as_json: AsJson = False) -> None:
    """What is held, what was lost, how the outlets are, and which days are missing."""
    with Station(station) as here:
        document = documents.status(here.status())
    _answer(document, as_json=as_json, show=terminal.show_status)


@app.command()
def doctor(station: StationDir = HERE, *, as_json: AsJson = False) -> None:
    """Check settings, catalogue, locks, store, index and disk."""
    with Station(station) as here:
        report = here.examine()
    _answer(documents.doctored(report), as_json=as_json, show=terminal.show_checks)
    if not report.is_ok:
        raise typer.Exit(USAGE)


@app.command()
def serve(
    station: StationDir = HERE,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = 8765,
) -> None:
    """Web pages and HTTP API."""
    from caversham.serve.web import serve_station  # noqa: PLC0415 # the server is loaded only where one is wanted

    serve_station(station, host=host, port=port, announce=out.print)


@app.command()
def demo(station: StationDir = Path("demo-station"), *, as_json: AsJson = False) -> None:
    """A whole station on a fictional outlet, offline: collect, change, search, and a page to open."""
    from caversham.serve.demo import show_demo  # noqa: PLC0415 # the demo's site is loaded only here

    show_demo(station, out=out, as_json=as_json)
