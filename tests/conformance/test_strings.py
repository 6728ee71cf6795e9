"""The Big List of Naughty Strings through every door: no error of the server, and nothing changed on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from caversham.errors import QueryError, SubjectError
from caversham.serve import cli
from caversham.station import Station
from caversham.text import clean, squeeze
from caversham.urls import canonical_url
from tests.conftest import SHARED, require
from tests.serve.conftest import Json, MakeStation, Serve
from tests.serve.markup import active_parts
from tests.stations import StandingClock, make_station as make_empty

PAGE = {"Accept": "text/html"}
LINE_ENDS = str.maketrans({"\r": "\n"})


@pytest.fixture(scope="module")
def strings() -> Sequence[str]:
    """All 515."""
    path = SHARED / "suites/blns/blns.json"
    require(path.is_file(), "needs ../shared/suites/blns")
    found = json.loads(path.read_text(encoding="utf-8"))
    assert len(found) == 515
    return tuple(found)


@pytest.fixture(scope="module")
def folder(make_station: MakeStation, strings: Sequence[str]) -> Path:
    """A station that holds each of them between brackets, as title, text, section and byline."""
    rows: list[Json] = [
        {"url": f"https://a.example/{n}", "title": f"[{s}]", "text": f"[{s}]", "section": f"[{s}]", "byline": f"[{s}]"}
        for n, s in enumerate(strings)
    ]
    return make_station(rows, full_text=True)


@pytest.fixture(scope="module")
def client(folder: Path, serve: Serve) -> httpx.Client:
    return serve(folder)


def kept(text: str) -> str:
    """The text as it is kept, by the letter of docs/import.md: NFC, U+FFFD for NUL and lone surrogates, one line end."""
    return clean(text).replace("\r\n", "\n").translate(LINE_ENDS)


def test_what_was_imported_comes_out_of_the_export_unchanged(client: httpx.Client, strings: Sequence[str]) -> None:
    """Texts to the letter; titles, sections and bylines are one line: runs of white space are one space."""
    rows = [json.loads(line) for line in client.get("/api/export").text.split("\n") if line]

    held = {row["url"]: row for row in rows}
    expected = {f"https://a.example/{n}": f"[{string}]" for n, string in enumerate(strings)}
    assert {url: row["text"] for url, row in held.items()} == {url: kept(text) for url, text in expected.items()}
    for name in ("title", "section", "byline"):
        assert {url: row[name] for url, row in held.items()} == {
            url: clean(squeeze(text)) for url, text in expected.items()
        }


def test_a_rebuild_from_the_archive_gives_the_same_strings(make_station: MakeStation, strings: Sequence[str]) -> None:
    rows: list[Json] = [{"url": f"https://a.example/{n}", "title": f"{n}", "text": s} for n, s in enumerate(strings)]
    with Station(make_station(rows)) as station:
        before = [(version.url, version.content) for version in station.export()]
        station.rebuild()

        assert [(version.url, version.content) for version in station.export()] == before
    assert {content.text for _, content in before} == {kept(string).strip() for string in strings}


def test_a_text_that_is_read_comes_back_with_its_offsets(
    strings: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`read --jsonl`: one answer a row, in order; nothing is stripped, no line end is changed."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"id": n, "text": string}) + "\n" for n, string in enumerate(strings)))

    answers = [json.loads(line) for line in run_cli(monkeypatch, capsys, "read", "--jsonl", str(rows))]

    assert [answer["id"] for answer in answers] == list(range(len(strings)))
    assert [answer["text"] for answer in answers] == [clean(string) for string in strings]


def run_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines that a command prints; it must end well, or say that the query is none (2)."""
    monkeypatch.setattr("sys.argv", ["caversham", *arguments])
    code: object = 0
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code or 0

    assert code in (0, 1, 2), arguments
    return capsys.readouterr().out.removesuffix("\n").split("\n")


def test_each_is_a_query_like_others(client: httpx.Client, strings: Sequence[str]) -> None:
    """Page and API agree on whether it is one; the box shows it as it was asked, and nothing becomes active."""
    for string in strings:
        page = client.get("/search", params={"q": string}, headers=PAGE)
        document = client.get("/api/search", params={"q": string})
        (box,) = LexborHTMLParser(page.text).css("input[name=q]")

        assert page.status_code == document.status_code
        assert page.status_code in (200, 400)
        assert active_parts(page.text) == []
        assert plain(box.attributes["value"] or "") == plain(string)


def plain(text: str) -> str:
    """As the parser of HTML reads line ends, and a query what cannot be printed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def test_each_is_a_query_of_the_station_and_of_the_command_line(
    folder: Path, strings: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them asked of the station, every twentieth by command: found, or a query error that says where."""
    with Station(folder) as station:
        places = {string: error_place(station, string) for string in strings}
    assert {string: place for string, place in places.items() if place and not 0 <= place <= len(string)} == {}
    for string in strings[::20]:
        (*_, last) = run_cli(monkeypatch, capsys, "search", "--json", "--station", str(folder), "--", string)
        assert last == "}"


def error_place(station: Station, query: str) -> int | None:
    """Where a query is wrong; None: it is one."""
    try:
        station.search(query)
    except QueryError as error:
        return error.position
    return None


def test_each_is_found_by_its_own_words(folder: Path, strings: Sequence[str]) -> None:
    """Those that are one plain word: the article whose title it is, is among the hits."""
    with Station(folder) as station:
        for number, string in enumerate(strings):
            if string.isalnum():
                found = station.search(f'"{string}"', limit=200)
                assert f"https://a.example/{number}" in {hit.url for hit in found.hits}, string


def test_each_as_an_address_is_one_or_is_a_counted_loss(strings: Sequence[str], tmp_path: Path) -> None:
    """Alone, and as the path, the query and the host of an address."""
    addresses = [
        form.format(string)
        for string in strings
        for form in ("{}", "https://a.example/{}", "https://a.example/?q={}", "https://{}/")
    ]
    rows = "".join(json.dumps({"url": url, "title": "A title", "text": "A text."}) + "\n" for url in addresses)
    (tmp_path / "rows.jsonl").write_text(rows, encoding="utf-8")
    with make_empty(tmp_path / "station", StandingClock()) as station:
        imported = station.import_paths([tmp_path / "rows.jsonl"])
        held = {version.url for version in station.export()}

    good = {url for url in addresses if canonical_or_none(url)}
    assert {canonical_url(url) for url in good} == {canonical_url(url) for url in held}
    assert set(imported.skips) == {"bad_url", "no_address"}
    assert len(good) > 2 * 515 - 10


def canonical_or_none(url: str) -> str | None:
    try:
        return canonical_url(url)
    except SubjectError:
        return None


def test_each_as_the_name_of_an_outlet_is_kept_in_its_file(strings: Sequence[str], tmp_path: Path) -> None:
    """Written as TOML, and read again by the next process; names that differ in case and signs alone are one outlet."""
    rows = [{"url": f"https://h{n}.example/", "title": "A", "text": "B", "outlet": s} for n, s in enumerate(strings)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with make_empty(tmp_path / "station", StandingClock()) as station:
        assert dict(station.import_paths([tmp_path / "rows.jsonl"]).skips) == {}
    with Station(tmp_path / "station") as again:
        names = {again.register.get(version.outlet).name for version in again.export()}

    wanted = {squeeze(clean(string))[:200].casefold() for string in strings}
    changed = {name for name in names if name.casefold() not in wanted}
    assert {name for name in changed if not name.endswith(".example")} == set()
    assert len(names) > 400


# --- Cells that a spreadsheet runs ------------------------------------------------------------


def test_the_cells_of_the_suite_leave_as_they_came_and_no_door_writes_a_spreadsheet(
    shared: Path, make_station: MakeStation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sixteen formulas. JSON runs nothing; whoever adds a CSV export escapes them there, and this test says so."""
    path = shared / "suites/payloads_all_the_things/csv_injection.txt"
    cells = path.read_text(encoding="utf-8").splitlines()
    folder = make_station([{"url": f"https://a.example/{n}", "title": c, "text": c} for n, c in enumerate(cells)])
    lines = run_cli(monkeypatch, capsys, "export", "--station", str(folder))

    assert len(cells) == 16
    assert {json.loads(line)["text"] for line in lines} == set(cells)
    assert run_cli(monkeypatch, capsys, "export", "--format", "csv", "--station", str(folder)) == [""]
