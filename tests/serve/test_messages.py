"""What people are told when something is wrong: which, why, and what to do. Never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from caversham.demo.world import load_world
from caversham.serve import cli
from caversham.serve.demo import _open_sites
from caversham.settings import change_settings, write_settings
from caversham.station import Station

Call = Callable[..., tuple[int, str, str]]

ROWS = (
    '{"url": "http://a.example/1", "title": "A", "text": "Some words here."}\n'
    '{"url": "http://a.example/2", "captured_at": "yesterday", "text": "No instant."}\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new station."""
    write_settings(tmp_path / "station", contact="tests@example.org")
    return tmp_path / "station"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command; its exit code, output and errors."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["caversham", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


@pytest.fixture
def held(folder: Path, tmp_path: Path, call: Call) -> Path:
    """The station with one article, and one row that could not be used."""
    (tmp_path / "rows.jsonl").write_text(ROWS)
    call("import", tmp_path / "rows.jsonl", "--station", folder)
    return folder


def test_a_row_that_cannot_be_used_is_named_with_its_line(folder: Path, tmp_path: Path, call: Call) -> None:
    """The count goes to standard output, each loss to standard error."""
    (tmp_path / "rows.jsonl").write_text(ROWS)

    code, out, err = call("import", tmp_path / "rows.jsonl", "--station", folder)

    assert (code, out.split()) == (1, ["1", "skipped", "1", "version", "1", "skipped:", "bad_row"])
    assert err.startswith("skipped rows.jsonl:2: bad_row: captured_at must be an instant with its zone")


def test_of_many_losses_the_first_are_named_and_the_others_counted(folder: Path, tmp_path: Path, call: Call) -> None:
    """A thousand bad rows do not fill the screen."""
    (tmp_path / "rows.jsonl").write_text("".join(f"bad row {number}\n" for number in range(30)))

    err = call("import", tmp_path / "rows.jsonl", "--station", folder)[2].splitlines()

    assert (len(err), err[-1]) == (21, "and 10 more")


def test_a_list_of_feeds_says_who_is_followed_now(folder: Path, tmp_path: Path, call: Call) -> None:
    """An import without rows is not silent; a list that is none is a loss like others."""
    feed = '<outline text="Agency" type="rss" xmlUrl="https://agency.example/rss"/>'
    (tmp_path / "good.opml").write_text(f'<opml version="2.0"><body>{feed}</body></opml>')
    (tmp_path / "bad.opml").write_text("no list")

    good = call("import", tmp_path / "good.opml", "--station", folder)
    bad = call("import", tmp_path / "bad.opml", "--station", folder)

    assert (good[0], good[2]) == (0, "followed from now on: agency-example\n")
    assert (bad[0], bad[2]) == (1, "skipped bad.opml: bad_feed: 'bad.opml' is no OPML list\n")


@pytest.mark.parametrize("wanted", ["kcan", "KCNA"])
def test_an_outlet_that_nobody_knows_is_not_followed(folder: Path, call: Call, wanted: str) -> None:
    """The message names the one that was meant, and station.toml stays as it was."""
    code, _, err = call("follow", wanted, "--station", folder)

    assert (code, err) == (2, f"error: no outlet {wanted!r} in the catalogue; did you mean 'kcna'?\n")
    assert Station(folder).settings.follow == ()


@pytest.mark.parametrize("command", [["search", "words"], ["status"], ["versions", "http://a.example/1"], ["export"]])
def test_a_lost_catalogue_is_not_an_empty_one(held: Path, call: Call, command: list[str]) -> None:
    """What was held must not seem never held; the message names the remedy, and the remedy works."""
    for file in held.glob("catalogue.db*"):
        file.unlink()

    code, out, err = call(*command, "--station", held)

    assert (code, out) == (2, "")
    assert err.endswith("make it again from the archive: caversham rebuild\n")
    call("rebuild", "--station", held)
    assert call(*command, "--station", held)[::2] == (0, "")


def test_a_damaged_catalogue_says_that_it_can_be_made_again(held: Path, call: Call) -> None:
    """It is derived: nobody has to mend a database file."""
    for file in held.glob("catalogue.db*"):
        file.unlink()
    (held / "catalogue.db").write_text("no database")

    code, _, err = call("status", "--station", held)

    assert (code, "`caversham rebuild` makes it again" in err) == (2, True)


def test_a_file_in_the_place_of_a_station_is_told_apart(tmp_path: Path, call: Call) -> None:
    """Neither opened nor made."""
    file = tmp_path / "rows.jsonl"
    file.write_text(ROWS)

    assert call("status", "--station", file)[2] == (
        f"error: {str(file)!r} is no station but a file; a station is a folder: --station DIR\n"
    )
    assert call("init", file)[2] == f"error: {file}/station.toml cannot be written: File exists\n"


def test_an_export_that_cannot_be_written_says_where(held: Path, call: Call) -> None:
    """A wrong path is a wrong option."""
    code, _, err = call("export", "--output", held / "no" / "such.jsonl", "--station", held)

    assert (code, err) == (
        2,
        f"error: {str(held / 'no' / 'such.jsonl')!r} cannot be written: No such file or directory\n",
    )


@pytest.mark.parametrize("store", ["postgresql://u:secret@127.0.0.1:1/db", "postgresql://u:secret@127.0.0.1:port/db"])
def test_a_server_that_does_not_answer_is_named_without_its_password(folder: Path, call: Call, store: str) -> None:
    """Nobody listens there; and an address that is none."""
    change_settings(folder, {"store": store})

    code, out, _ = call("status", "--station", folder, "--json")

    assert (code, json.loads(out)["error"]["kind"] in {"StationError", "SettingsError"}) == (2, True)
    assert "secret" not in out


def test_collecting_without_a_contact_is_said_each_time(tmp_path: Path, call: Call) -> None:
    """Site owners must be able to reach the operator."""
    write_settings(tmp_path / "station", contact="")

    code, _, err = call("collect", "--station", tmp_path / "station")

    assert (code, err.splitlines()) == (
        2,
        [
            "no `contact` in station.toml: site owners cannot reach you; please set one",
            "error: no outlet is followed; choose some: caversham outlets list, caversham follow ID",
        ],
    )


def test_a_demo_beside_another_takes_free_ports() -> None:
    """The second one does not fail because the first one runs."""
    with _open_sites(load_world()) as first, _open_sites(load_world()) as second:
        assert not set(first.ports.values()) & set(second.ports.values())
