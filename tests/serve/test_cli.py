"""The command line as people and programs meet it: exit codes, messages, `read`, and what changes a station."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from jsonschema import Draft202012Validator

from caversham.collect.imports import LINE_LIMIT_BYTES
from caversham.pipeline.reading import FILE_LIMIT_BYTES
from caversham.serve import cli, documents
from caversham.settings import change_settings, write_settings
from caversham.station import make_reader
from tests.pipeline import past
from tests.site import Answer, Asked, Site
from tests.stations import follow_site, page, put_feed

Call = Callable[..., tuple[int, str, str]]

CAVERSHAM = (sys.executable, "-m", "caversham")
RICE = "The rice harvest exceeded the plan by three percent, the ministry of agriculture announced on Sunday."
THANKS = "The ministry thanked the farmers of the lower valley, who worked through a late and rainy spring this year."
LAMP = "أعيد تشغيل فنار الميناء القديم مساء أمس بعد إصلاحات استمرت ثلاثة أشهر وشارك فيها عمال الميناء."
SHIPS = "وقال مدير الميناء إن السفن ستدخل ليلا كما كانت تدخل من قبل، وإن الصيادين رحبوا بذلك."
ROW = {"url": "http://a.example/1", "captured_at": "2024-03-01T02:00:00Z", "title": "Rice", "text": RICE}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command; its exit code, output and errors."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["caversham", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new station, which every command without --station means."""
    write_settings(tmp_path / "station", contact="tests@example.org")
    monkeypatch.setenv("CAVERSHAM_STATION", str(tmp_path / "station"))
    return tmp_path / "station"


@pytest.fixture
def site() -> Iterator[Site]:
    """A small agency."""
    with Site() as running:
        running.put("/robots.txt", "User-agent: *\n", content_type="text/plain")
        running.put("/1", page("Rice harvest exceeds plan", RICE, THANKS))
        put_feed(running, "/1")
        yield running


def write_rows(path: Path, *rows: object) -> Path:
    """A file of observations; bytes stand as they are."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


# --- exit codes and messages ---------------------------------------------------------------------


def test_no_hits_are_an_answer(call: Call, station: Path) -> None:
    """Nothing found is exit code 0."""
    code, out, err = call("search", "zeppelin", "--json")

    assert (code, json.loads(out)["total"], err) == (0, 0, "")


TOLD = [
    (["search", "rice OR"], "error: something must follow OR; write a word or leave it out\n  rice OR\n       ^\n"),
    (["search", "米 title:(a since:b)"], "\n  米 title:(a since:b)\n             ^\n"),
    (
        ["outlets", "show", "peoples-dayly"],
        "error: no outlet 'peoples-dayly' in the catalogue; did you mean 'peoples-daily'?\n",
    ),
    (["import", "no-such.jsonl"], "error: there is no file or folder 'no-such.jsonl'\n"),
    (["collect"], "error: no outlet is followed; choose some: caversham outlets list, caversham follow ID\n"),
    (["search", "rice", "--station", "no-such"], "error: 'no-such' is no station: it has no station.toml; make one: "),
    (["versions", "http://a.example/9"], "error: this station does not hold 'http://a.example/9': it was never "),
    (["withdraw", "http://a.example/9"], "error: a withdrawal needs a reason: --reason TEXT; it is kept in the log\n"),
    (["read", "no-such.html"], "error: 'no-such.html' cannot be read: No such file or directory\n"),
]


@pytest.mark.parametrize(
    ("command", "told"), TOLD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_cannot_be_done_is_told_on_standard_error(
    call: Call, station: Path, command: Sequence[str], told: str
) -> None:
    """What, which, why and what to do; a query is shown with a caret where it goes wrong."""
    code, out, err = call(*command)

    assert (code, out, told in err) == (2, "", True), err


USAGE = [
    (["serch", "rice"], "No such command 'serch'. Did you mean 'search', 'serve'?"),
    (["search"], "Missing argument 'query'."),
    (["search", "rice", "--limit", "0"], "Invalid value for '--limit'"),
    (["collect", "--once", "--watch"], "choose --once or --watch, not both"),
    (["export", "--format", "xml"], "the format 'xml' is not known; it is: jsonl"),
]


@pytest.mark.parametrize(
    ("command", "told"), USAGE, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_command_that_is_none_is_told_with_what_was_meant(
    call: Call, station: Path, command: Sequence[str], told: str
) -> None:
    """Exit code 2, and nothing on standard output that a program could take for an answer."""
    code, out, err = call(*command)

    assert (code, out, told in re.sub(r"[│╭╮╰╯─\s]+", " ", err)) == (2, "", True), err


ERRORS = [
    (["search", "rice OR"], "QueryError", {"position": 5}),
    (["search", "rice", "--cursor", "x"], "QueryError", {"position": 0}),
    (["versions", "http://a.example/9"], "NotHeld", {}),
    (["versions", "javascript:alert(1)"], "SubjectError", {}),
    (["import", "no-such.jsonl"], "SettingsError", {}),
    (["status", "--station", "no-such"], "SettingsError", {}),
    (["collect", "--outlet", "no-such"], "SettingsError", {}),
    (["read", "http://10.0.0.1/"], "AddressRefused", {}),
]


@pytest.mark.parametrize(
    ("command", "kind", "more"), ERRORS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_programs_get_an_error_as_a_document(
    call: Call, station: Path, command: Sequence[str], kind: str, more: dict[str, int]
) -> None:
    """With --json the error stands on standard output, and nowhere else."""
    code, out, err = call(*command, "--json")
    error = json.loads(out)["error"]

    assert (code, err, error) == (2, "", {"kind": kind, "message": error["message"], **more})
    assert error["message"]


def test_a_flipped_bit_is_found(call: Call, station: Path, tmp_path: Path) -> None:
    """Exit code 3, and the place of the damage; a sound archive is 0."""
    call("import", write_rows(tmp_path / "rows.jsonl", ROW))
    sound = call("verify", "--json")
    (file,) = (station / "archive").rglob("*.warc.gz")
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    file.write_bytes(content)

    code, out, _ = call("verify", "--json")
    found = json.loads(out)

    assert (sound[0], json.loads(sound[1])["problems"]) == (0, [])
    assert (code, found["verdict"], sum(found["counts"].values())) == (3, "not consistent", 1)
    assert [(one["writer"], one["leaf"]) for one in found["problems"]] == [("main", 1)]
    assert call("verify")[0] == 3


def test_ctrl_c_ends_watching_and_loses_nothing(station: Path, site: Site) -> None:
    """Exit code 130; what was seen is held, and the archive is whole."""
    follow_site(station, site)
    is_asked = threading.Event()

    def answer(_: Asked) -> Answer:
        is_asked.set()
        return Answer(headers=(("Content-Type", "text/html"),), body=page("Bridge opened", THANKS, RICE).encode())

    site.route("/2", answer)
    put_feed(site, "/1", "/2")
    with subprocess.Popen([*CAVERSHAM, "collect", "--watch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
        assert is_asked.wait(30)
        watch.send_signal(signal.SIGINT)
        out, err = watch.communicate(timeout=30)

    told = "interrupted; what was counted is kept, and the same command goes on from there\n"
    assert (watch.returncode, out, err.decode()) == (130, b"", told)
    assert subprocess.run([*CAVERSHAM, "collect"], capture_output=True, check=False).returncode == 0
    rows = subprocess.run([*CAVERSHAM, "export"], capture_output=True, check=True).stdout.splitlines()
    assert [json.loads(row)["url"] for row in rows] == [site.url("/1"), site.url("/2")]
    assert subprocess.run([*CAVERSHAM, "verify"], capture_output=True, check=False).returncode == 0


# --- a station and its settings ------------------------------------------------------------------


def test_a_station_is_made_once(call: Call, tmp_path: Path) -> None:
    """A second `init` changes nothing and says why."""
    folder = tmp_path / "new"

    first = call("init", folder, "--contact", "desk@example.org")
    before = (folder / "station.toml").read_text()
    second = call("init", folder, "--contact", "other@example.org")

    assert (first[0], 'contact = "desk@example.org"' in before) == (0, True)
    assert second == (2, "", f"error: {folder}/station.toml is there already; this folder is a station\n")
    assert (folder / "station.toml").read_text() == before


def test_following_keeps_the_comments_of_the_settings(call: Call, station: Path) -> None:
    """Only the line of `follow` changes, and unfollowing brings the file back."""
    path = station / "station.toml"
    path.write_text(path.read_text().replace("follow = []", "follow = [] # ours") + "# the last line\n")
    before = path.read_text()

    assert call("follow", "tass", "kcna", "tass")[:2] == (0, "followed: tass, kcna\n")
    followed = path.read_text()
    assert call("unfollow", "kcna", "tass", "never-followed")[:2] == (0, "followed: none\n")

    changed = [new for old, new in zip(before.splitlines(), followed.splitlines(), strict=True) if old != new]
    assert changed == ['follow = ["tass", "kcna"] # ours']
    assert path.read_text() == before


def test_a_file_gets_the_same_export_as_standard_output(call: Call, station: Path, tmp_path: Path) -> None:
    """Rows by address and order, to the byte."""
    call("import", write_rows(tmp_path / "rows.jsonl", ROW, {**ROW, "url": "http://a.example/0", "title": "\u009b"}))

    code, out, _ = call("export")
    assert call("export", "--output", tmp_path / "all.jsonl") == (0, "", "")
    assert call("export", "-o", tmp_path / "again.jsonl") == (0, "", "")

    assert (code, [json.loads(row)["url"] for row in out.splitlines()]) == (
        0,
        ["http://a.example/0", "http://a.example/1"],
    )
    assert [(tmp_path / name).read_text() for name in ("all.jsonl", "again.jsonl")] == [out, out]


# --- import --------------------------------------------------------------------------------------


def test_the_same_import_twice_changes_nothing(call: Call, station: Path, tmp_path: Path) -> None:
    """Also what could not be used is known the second time."""
    rows = write_rows(tmp_path / "rows.jsonl", ROW, {**ROW, "text": THANKS}, b"no json")

    first = call("import", rows, "--json")
    exported = call("export")[1]
    second = call("import", rows, "--json")

    assert json.loads(first[1]) == {"rows": 3, "outcomes": {"skipped": 1, "version": 2}, "skips": {"bad_json": 1}}
    assert json.loads(second[1]) == {"rows": 3, "outcomes": {"known": 3}, "skips": {}}
    assert (first[0], second[0], call("export")[1]) == (1, 0, exported)


BAD = [  # a line, and the reason why it cannot be used
    (b'{"url": "http://a.example/2", "text": "It ends', "bad_json"),
    (b"\xff\xfe\xfa", "bad_json"),
    (b"[" * 5000, "bad_json"),
    (b'{"url": "http://a.example/2", "status": NaN}', "bad_json"),
    (b'{"url": "http://a.example/2", "status": 1e999}', "bad_json"),
    (b'"a string"', "bad_row"),
    (b'["a list"]', "bad_row"),
    (b"null", "bad_row"),
    (b'{"title": "No address"}', "no_address"),
    (b'{"url": 7}', "no_address"),
    (b'{"url": "mailto:a@a.example"}', "bad_url"),
    (b'{"url": "http://a.example/2", "captured_at": "2024-03-01T02:00:00"}', "bad_row"),
    (b'{"url": "http://a.example/2", "captured_at": "2024-02-30T02:00:00Z"}', "bad_row"),
    (b'{"url": "http://a.example/2", "captured_at": 1709258400}', "bad_row"),
    (b'{"url": "http://a.example/2", "status": "200"}', "bad_row"),
    (b'{"url": "http://a.example/2", "status": 999}', "bad_row"),
    (b'{"url": "http://a.example/2", "text": 7}', "bad_row"),
    (b'{"url": "http://a.example/2", "text": ["a", "b"]}', "bad_row"),
    (b'{"url": "http://a.example/2", "outlet": {}}', "bad_row"),
    (b'{"listing": "http://a.example/", "urls": [1]}', "bad_row"),
]


def test_each_row_that_cannot_be_used_is_counted_with_its_line(call: Call, station: Path, tmp_path: Path) -> None:
    """The good rows before, between and after are taken in; empty lines are nothing."""
    good = [{**ROW, "url": f"http://a.example/good/{number}"} for number in range(3)]
    lines = [good[0], b"", *(line for line, _ in BAD), good[1], b"  ", good[2]]

    code, out, err = call("import", write_rows(tmp_path / "rows.jsonl", *lines), "--json")
    told = [re.match(r"skipped rows\.jsonl:(\d+): (\w+): ", line) for line in err.splitlines()]

    assert json.loads(out)["outcomes"] == {"skipped": len(BAD), "version": 3}
    assert (code, sum(json.loads(out)["skips"].values())) == (1, len(BAD))
    assert [(int(one[1]), one[2]) for one in told if one] == [
        (number, reason) for number, (_, reason) in enumerate(BAD, start=3)
    ]


def test_a_line_without_end_is_read_over(call: Call, station: Path, tmp_path: Path) -> None:
    """It is counted, not held in memory, and the rows around it are taken in."""
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(json.dumps(ROW).encode() + b"\n")
        file.write(b'{"text": "')
        for _ in range(LINE_LIMIT_BYTES // 2**20 + 1):
            file.write(b"a" * 2**20)
        file.write(b'"}\n' + json.dumps({**ROW, "url": "http://a.example/2"}).encode())

    code, out, err = call("import", path, "--json")

    assert (code, json.loads(out)["outcomes"]) == (1, {"skipped": 1, "version": 2})
    assert err == f"skipped rows.jsonl.gz:2: too_large: the line is longer than {LINE_LIMIT_BYTES} bytes\n"


def test_a_file_that_breaks_off_gives_the_rows_before(call: Call, station: Path, tmp_path: Path) -> None:
    """A truncated download is no traceback, and says at which line it ends."""
    rows = [{**ROW, "url": f"http://a.example/{number}", "title": os.urandom(400).hex()} for number in range(100)]
    packed = gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    (tmp_path / "rows.jsonl.gz").write_bytes(packed[: len(packed) // 2])

    code, out, err = call("import", tmp_path / "rows.jsonl.gz", "--json")
    answer = json.loads(out)

    assert (code, answer["skips"]) == (1, {"cut_off": 1})
    assert 30 < answer["outcomes"]["version"] < 70
    line = answer["outcomes"]["version"] + 1
    assert err.startswith(f"skipped rows.jsonl.gz:{line}: cut_off: the gzip stream breaks off in or before line {line}")


def test_a_file_of_no_known_kind_is_a_loss_that_names_the_known_ones(call: Call, station: Path, tmp_path: Path) -> None:
    """The others of the same command are taken in."""
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")

    code, out, err = call("import", tmp_path / "report.pdf", write_rows(tmp_path / "rows.jsonl", ROW), "--json")

    assert (code, json.loads(out)["outcomes"]) == (1, {"skipped": 1, "version": 1})
    assert err.startswith("skipped report.pdf: unknown_format: 'report.pdf' is of no kind that can be imported; these ")
    assert ".jsonl" in err


# --- read: one page ------------------------------------------------------------------------------


def read_page(call: Call, path: Path, body: str | bytes) -> tuple[int, dict[str, Any]]:
    """Exit code and document of `read FILE`."""
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    code, out, _ = call("read", path, "--json")
    return code, json.loads(out)


def test_a_private_address_is_read_only_where_the_station_allows_it(call: Call, station: Path, site: Site) -> None:
    """Without a station nothing private is asked; the refusal says how to allow it."""
    refused = call("read", site.url("/1"))
    unnamed = call("read", site.url("/1"), "--station", station)
    assert site.asked == []
    change_settings(station, {"allow_hosts": [site.host]})

    code, out, err = call("read", site.url("/1"), "--station", station, "--json")
    document = json.loads(out)

    assert (refused[0], unnamed[0]) == (2, 2)
    assert "a private host is asked only if allow_hosts in station.toml names it" in refused[2]
    assert (code, err, document["title"], document["text"]) == (
        0,
        "",
        "Rice harvest exceeds plan",
        f"{RICE}\n{THANKS}",
    )
    assert not (station / "archive").exists()


def test_a_page_in_a_file_is_read(call: Call, tmp_path: Path) -> None:
    """The whole document; a date of 1948 is as good as any."""
    body = page("Rice harvest exceeds plan", f"Port Serene, September 1 (TA) -- {RICE}", THANKS, date="1948-09-01")

    assert read_page(call, tmp_path / "page.html", body) == (
        0,
        {
            "language": "en", "title": "Rice harvest exceeds plan",
            "text": f"Port Serene, September 1 (TA) -- {RICE}\n{THANKS}", "section": None,
            "dateline": "Port Serene, September 1", "agency": "TA", "byline": None, "dated_at": "1948-09-01",
            "published_at": "1948-09-01", "published_precision": "day", "updated_at": None, "skip": None,
        },
    )  # fmt: skip


def test_a_page_from_right_to_left_is_read_in_the_order_of_its_letters(call: Call, tmp_path: Path) -> None:
    """Nothing is turned round, and no mark of direction is added."""
    body = page("فنار الميناء يعمل من جديد", LAMP, SHIPS).replace('lang="en"', 'lang="ar" dir="rtl"')

    code, document = read_page(call, tmp_path / "page.html", body)

    assert (code, document["language"], document["title"]) == (0, "ar", "فنار الميناء يعمل من جديد")
    assert document["text"] == f"{LAMP}\n{SHIPS}"


def test_a_plain_text_is_its_own_body(call: Call, tmp_path: Path) -> None:
    """Nothing is stripped from it."""
    code, document = read_page(call, tmp_path / "note.txt", f"  {RICE}\r\n\n{THANKS}\n")

    assert (code, document["language"], document["text"]) == (0, "en", f"  {RICE}\r\n\n{THANKS}\n")


@pytest.mark.parametrize("body", ["", " \n", "<html></html>", "<!doctype html><title>x</title><body></body>"])
def test_a_page_without_an_article_is_a_skip(call: Call, tmp_path: Path, body: str) -> None:
    """The reason stands in the document and on standard error; exit code 1."""
    code, document = read_page(call, tmp_path / "page.html", body)
    told = call("read", tmp_path / "page.html")

    assert (code, document["skip"], document["text"]) == (1, "no_article", None)
    assert (told[0], told[2].startswith("skipped: no_article: ")) == (1, True)


def test_a_page_of_fifty_megabytes_is_a_skip_and_a_larger_one_is_refused(call: Call, tmp_path: Path) -> None:
    """Neither takes long; nothing of them is parsed."""
    body = page("Rice", RICE).encode().ljust(FILE_LIMIT_BYTES, b" ")

    code, document = read_page(call, tmp_path / "page.html", body)
    refused, error = read_page(call, tmp_path / "page.html", body + b" ")

    assert (code, document["skip"]) == (1, "too_large")
    message = f"{str(tmp_path / 'page.html')!r} is larger than {FILE_LIMIT_BYTES} bytes"
    assert (refused, error["error"]) == (2, {"kind": "SettingsError", "message": message})


def test_standard_input_that_is_closed_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schedulers start programs without one; a file is read all the same."""
    monkeypatch.setattr(sys, "stdin", None)

    assert call("read", "-") == (2, "", "error: there is no standard input to read; name a file or an address\n")


# --- read: rows ----------------------------------------------------------------------------------


def test_each_row_is_answered_before_the_next_one_is_sent(station: Path) -> None:
    """Same ids in the same order, flushed one by one: a program can talk with it."""
    rows: Sequence[tuple[bytes, dict[str, Any]]] = [
        (b'{"id": "b", "text": "' + RICE.encode() + b'"}', {"id": "b", "text": RICE, "language": "en"}),
        (b'{"id": [1, null], "html": "' + page("", RICE).replace('"', "'").encode() + b'"}', {"id": [1, None], "text": RICE}),
        (b'{"id": 3, "title": "no text"}', {"id": 3, "error": 'the row has neither "text" nor "html" that is a string'}),
        (b"no json", {"id": None, "line": 4, "error": "no JSON: Expecting value: line 1 column 1 (char 0)"}),
        (b'{"id": "", "text": "' + RICE.encode() + b'", "language": "fr"}', {"id": "", "language": "fr"}),
        (b'{"text": "4412 - 0600"}', {"id": None, "text": "4412 - 0600", "language": "und", "skip": None}),
    ]  # fmt: skip
    command = [*CAVERSHAM, "read", "-", "--jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for line, expected in rows:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert {name: answer.get(name) for name in expected} == expected
        process.stdin.close()

        assert (process.stdout.read(), process.stderr.read(), process.wait(30)) == (b"", b"", 1)


def answer_rows(*rows: object) -> list[dict[str, Any]]:
    """What `read --jsonl` answers to these rows."""
    lines = b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
    return list(make_reader(None).read_rows(io.BufferedReader(io.BytesIO(lines)), documents.reading))


@pytest.mark.parametrize(
    ("given_language", "expected"),
    [("fr", "fr"), ("EN-us", "en"), ("und", "und"), ("", "en"), (None, "en"), ("English", "en")],
)
def test_a_given_language_wins_over_what_the_text_looks_like(given_language: str | None, expected: str) -> None:
    """Its primary subtag; what is no tag is as if none were given."""
    (answer,) = answer_rows({"id": 1, "text": RICE, "language": given_language})

    assert answer["language"] == expected


def test_fields_of_a_row_win_over_what_the_text_shows() -> None:
    """Title, day and outlet are optional, and of any type without harm."""
    dated, odd = answer_rows(
        {"id": 1, "text": RICE, "title": "Rice", "published_on": "1948-09", "outlet": "kcna", "section": "economy"},
        {"id": 2, "text": RICE, "title": 7, "published_on": [], "outlet": 7, "url": {}},
    )

    assert (dated["title"], dated["published_at"], dated["published_precision"]) == ("Rice", "1948-09", "month")
    assert (dated["section"], odd["text"], odd["published_at"]) == ("economy", RICE, None)


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec=None) | st.sampled_from("\0\r\n\t \ud800\udfffé\u0301\u200f\ufeff\u0085\u2028")))
def test_the_text_of_a_row_comes_back_as_it_was_given(text: str) -> None:
    """NFC, with NUL and lone surrogates replaced; nothing stripped, no newline changed: offsets count in it."""
    (answer,) = answer_rows({"id": 0, "text": text})

    expected = unicodedata.normalize("NFC", re.sub("[\0\ud800-\udfff]", "\ufffd", text))
    assert (answer["id"], answer["text"]) == (0, expected)
    assert answer["skip"] == (None if text.strip() else "no_article")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=40) | st.text(max_size=20).map(str.encode), max_size=5))
def test_any_bytes_are_answered_line_by_line(lines: list[bytes]) -> None:
    """Junk gives one answer for each line that is not empty, never an exception."""
    rows = [b"{}", *(line.replace(b"\n", b"") for line in lines)]  # a first line may be gzip, or begin with a mark

    answers = answer_rows(*rows)

    assert len(answers) == sum(1 for row in rows if row.strip())
    assert all("error" in answer for answer in answers)


# --- the past, and whether sources answer ----------------------------------------------------------


def check(document: Any, name: str) -> Any:
    """The document, which fits this schema of docs/schemas."""
    folder = Path(__file__).resolve().parents[2] / "docs" / "schemas"
    Draft202012Validator(json.loads((folder / name).read_text(encoding="utf-8"))).validate(document)
    return document


def put_past(site: Site) -> None:
    """Two items in the Wayback Machine, one of which it does not play back."""
    stamp = "20240305091500"
    past.put_wayback(site, [past.cdx_row(stamp, f"{past.AGENCY}/{number}") for number in (1, 2)])
    past.put_memento(site, stamp, f"{past.AGENCY}/1", past.article(1))


def test_a_backfill_says_how_far_it_went_and_what_was_lost(call: Call, tmp_path: Path, site: Site) -> None:
    """Exit code 1 for the loss; the run after the limit goes on, and the one after that has nothing to do."""
    put_past(site)
    past.make_past(tmp_path / "past", site).close()
    command = ("backfill", "agency", "--since", "2024-03-01", "--until", "2024-03-31", "--from", "wayback", "--json")
    here = ("--station", tmp_path / "past")

    first = call(*command, "--limit", "2", *here)
    second = call(*command, *here)
    third = call(*command, *here)

    answers = [check(json.loads(out), "backfill.json") for _, out, _ in (first, second, third)]
    told = f"skipped {site.url('')}/web/20240305091500id_/{past.AGENCY}/2: error_memento: the archive answers 404 for "
    assert [code for code, _, _ in (first, second, third)] == [0, 1, 0]
    assert second[2].startswith(told)
    assert answers[0] == {
        "outlet": "agency",
        "since": "2024-03-01",
        "until": "2024-03-31",
        "walks": [
            {"from": "wayback", "source": site.url(""), "requests": 2, "held": 0, "remaining": 1, "complete": False}
        ],
        "outcomes": {"robots": 1, "source": 1, "version": 1},
        "skips": {},
    }
    assert [answer["skips"] for answer in answers[1:]] == [{"error_memento": 1}, {}]
    assert [answer["walks"][0]["complete"] for answer in answers[1:]] == [True, True]


def test_people_are_told_that_a_backfill_goes_on(call: Call, tmp_path: Path, site: Site) -> None:
    """With what remains, and how."""
    put_past(site)
    past.make_past(tmp_path / "past", site).close()

    code, out, _ = call(
        *("backfill", "agency", "--since", "2024-03-01", "--until", "2024-03-31", "--limit", "2"),
        *("--from", "wayback", "--station", tmp_path / "past"),
    )

    assert code == 0
    assert out.splitlines()[1].split() == [
        "wayback",
        "2",
        "0",
        "1",
        *["goes", "on", "with", "the", "same", "command"],
        site.url(""),
    ]


WRONG_BACKFILLS = [
    (["agency"], "Missing option '--since'"),
    (["agency", "--since", "March"], "Invalid value for '--since'"),
    (["agency", "--since", "2024-03-01", "--limit", "0"], "Invalid value for '--limit'"),
    (["kcan", "--since", "2024-03-01"], "error: no outlet 'kcan' in the catalogue; did you mean 'kcna'"),
    (["kcna", "--since", "2024-03-01", "--from", "memory"], "error: --from 'memory' is no way into the past"),
    (["kcna", "--since", "2999-03-01"], "error: --since 2999-03-01 lies after the last day looked for"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG_BACKFILLS, ids=[told[:40] for _, told in WRONG_BACKFILLS])
def test_a_backfill_that_makes_no_sense_is_not_begun(
    call: Call, station: Path, arguments: Sequence[str], told: str
) -> None:
    """Exit code 2 and one message."""
    code, out, err = call("backfill", *arguments)

    assert (code, out, told in re.sub(r"[│╭╮╰╯─\s]+", " ", err)) == (2, "", True), err


def test_each_source_of_an_outlet_is_tried_and_nothing_is_kept(call: Call, tmp_path: Path, site: Site) -> None:
    """What each shows and which is newest; one that fails gives exit code 1."""
    feed = '\n[[sources]]\nkind = "feed"\nurl = "{base}/rss.xml"\n'
    site.put(
        "/rss.xml",
        "<rss version='2.0'><channel>"
        "<item><title>Old</title><link>/1</link><pubDate>Mon, 02 Feb 2026 09:00:00 GMT</pubDate></item>"
        "<item><title>New</title><link>/2</link><pubDate>Tue, 03 Feb 2026 09:00:00 GMT</pubDate></item></channel></rss>",
        content_type="application/rss+xml",
    )
    site.put("/all?page=1", past.listing("/a", "/b", date="1 March 2026"))
    site.put("/item/0050", past.article(50))
    past.make_past(tmp_path / "past", site, feed, past.PAGES, past.NUMBERED, past.ARCHIVE).close()
    here = ("--station", tmp_path / "past", "--json")

    code, out, err = call("outlets", "check", "agency", *here)
    document = check(json.loads(out), "outlets-check.json")

    day = document["sources"][3].pop("url")
    newest = {"url": site.url("/2"), "title": "New", "published": "Tue, 03 Feb 2026 09:00:00 GMT"}
    shown = {"url": site.url("/a"), "title": "Report /a", "published": "1 March 2026"}
    item = {"url": site.url("/item/0050"), "title": "Report 50", "published": "2024-03-05"}
    good = {"status": 200, "error": None}
    assert (code, err, document["problems"], document["outlet"]) == (1, "", [], "agency")
    assert document["sources"] == [
        {"kind": "feed", "url": site.url("/rss.xml"), "links": 2, "newest": newest, **good},
        {"kind": "archive", "url": site.url("/all?page=1"), "links": 2, "newest": shown, **good},
        {"kind": "numbered", "url": site.url("/item/0050"), "links": 1, "newest": item, **good},
        {"kind": "archive", "status": 404, "links": 0, "newest": None, "error": "it answers 404, not 200"},
    ]
    assert re.fullmatch(re.escape(site.url("/days/")) + r"\d{4}/\d\d/\d\d/1", day)
    assert not (tmp_path / "past" / "archive").exists()
    assert json.loads(call("status", *here)[1])["captures"] == 0


def test_a_source_that_robots_txt_refuses_is_not_tried(call: Call, tmp_path: Path, site: Site) -> None:
    """The answer says so, also to people."""
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    past.make_past(tmp_path / "past", site, past.NUMBERED).close()

    code, out, _ = call("outlets", "check", "agency", "--station", tmp_path / "past")

    assert (code, site.count("/item/0050")) == (1, 0)
    assert out.startswith(f"no problems\nFAIL numbered {site.url('/item/0050')}: robots: robots.txt of ")


def test_a_check_without_an_outlet_asks_nobody(call: Call, tmp_path: Path, site: Site) -> None:
    """It reads the files, as ever."""
    past.make_past(tmp_path / "past", site, past.NUMBERED).close()

    code, out, _ = call("outlets", "check", "--station", tmp_path / "past", "--json")

    assert (code, check(json.loads(out), "outlets-check.json"), site.asked) == (0, {"problems": []}, [])
