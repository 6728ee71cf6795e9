"""The docs say what the program does: commands, settings, outlets, queries, rows, links and schemas."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from caversham.outlets import schema
from caversham.outlets.catalogue import load_catalogue
from caversham.search.lexer import FIELDS
from caversham.serve import api
from caversham.settings import Settings, read_settings, write_settings
from caversham.station import Station
from caversham.types import CaptureKind, Edition, Outlet, Rule, Source, State
from tests.archive.test_foreign import record

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CAVERSHAM = (sys.executable, "-m", "caversham")
NAMES = {"full_text": "serve.full_text", "hosts": "serve.hosts", "proxies": "proxy", "ignore_robots_because": "robots"}


def list_files() -> list[Path]:
    """Every file of the repository but the lock file, with or without git."""
    inner = (path for folder in (".ci", "bench", "docs", "src", "tests") for path in (ROOT / folder).rglob("*"))
    outer = (ROOT / name for name in (".gitignore", "LICENSE", "Makefile", "pyproject.toml"))
    files = [*inner, *outer, *ROOT.glob("*.md")]
    return sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)


def call(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command of caversham in a folder."""
    command = [*CAVERSHAM, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=240, env={**os.environ, "CI": "1"}
    )


def tables(page: str) -> list[list[str]]:
    """Every row of every table of a page, as cells."""
    lines = [line for line in (DOCS / page).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


# --- commands ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `caversham demo` was run, as README.md says."""
    folder = tmp_path_factory.mktemp("docs")
    done = call("demo", folder=folder)
    assert (done.returncode, "the station is in 'demo-station'" in done.stdout) == (0, True), done.stderr
    return folder


def test_the_generated_pages_are_what_the_program_says() -> None:
    """`make docs` was run after the last change."""
    check = [sys.executable, str(DOCS / "generate.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_of_the_docs_is_one() -> None:
    """A line of shell in any page begins with a command that `--help` knows."""
    known = set(re.findall(r"^## `caversham ([a-z]+(?: [a-z]+)?)", (DOCS / "cli.md").read_text(), re.MULTILINE))
    pages = [path for path in list_files() if path.suffix == ".md"]
    used = {
        words
        for path in pages
        for block in [*blocks(path, "sh"), *blocks(path, "console")]
        for words in re.findall(r"^(?:\$ )?caversham ([a-z]+(?: (?:list|show|check)\b)?)", block, re.MULTILINE)
    }

    assert used
    assert used <= known


@pytest.fixture(scope="session")
def files(demo: Path) -> Path:
    """The files that README.md takes in, each of the kind its name says."""
    row = {"url": "http://a.example/1", "title": "Bridge", "text": "The bridge was opened.", "date": "2024-01-02"}
    (demo / "observations.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    page = b"<html lang=en><title>T</title><h1>Road</h1><p>The road was closed for a week for repairs in the valley."
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    (demo / "crawl.warc.gz").write_bytes(gzip.compress(record("response", "http://a.example/2", http)))
    with zipfile.ZipFile(demo / "site.wacz", "w") as wacz:
        wacz.writestr("archive/data.warc", record("response", "http://a.example/3", http))
        wacz.writestr("datapackage.json", "{}")
    head = b"1 0 caversham\nURL IP-address Archive-date Content-type Archive-length\n"
    first = b"filedesc://old.arc 0.0.0.0 20040101000000 text/plain %d\n%s\n" % (len(head), head)
    second = b"http://a.example/4 192.0.2.1 20040101000000 text/html %d\n%s\n" % (len(http), http)
    (demo / "old.arc.gz").write_bytes(gzip.compress(first) + gzip.compress(second))
    (demo / "pages").mkdir()
    (demo / "pages" / "one.html").write_bytes(
        page.replace(b"<h1>", b"<link rel=canonical href=http://a.example/5><h1>")
    )
    outline = '<outline text="Agency" type="rss" xmlUrl="https://agency.example/rss"/>'
    (demo / "feeds.opml").write_text(f'<opml version="2.0"><head/><body>{outline}</body></opml>')
    return demo


def is_offline(line: str) -> bool:
    """Whether a line of README.md can be run here: it asks no outlet, serves nothing, and names no real address."""
    return line.startswith("caversham ") and not re.match(r"caversham (?:backfill|collect|serve|versions http)", line)


def test_the_commands_of_the_readme_run(files: Path) -> None:
    """In order, each in the folder where the page says it is run; taking in the same again changes nothing."""
    station = files / "my-station"
    run = []
    for line in "".join(blocks(ROOT / "README.md", "sh")).splitlines():
        if not is_offline(line):
            continue
        words = [word.strip("'") for word in re.findall(r"'[^']*'|[^\s']+", line.partition("  #")[0])][1:]
        is_inside = station.exists() and "--station" not in words
        names = [f"../{word}" if (files / word).exists() and is_inside else word for word in words]
        done = call(*names, folder=station if is_inside else files)
        run.append((words[0], done.returncode, done.stderr))

    assert run == [
        ("search", 0, ""),
        ("status", 0, ""),
        ("verify", 0, ""),
        ("init", 0, ""),
        ("outlets", 0, ""),
        ("follow", 0, ""),
        ("doctor", 0, ""),
        ("search", 0, ""),
        ("import", 0, ""),
        ("import", 0, "followed from now on: agency-example\n"),
        ("export", 0, ""),
    ]
    rows = [json.loads(line) for line in (station / "versions.jsonl").read_text().splitlines()]
    assert [row["url"] for row in rows] == [f"http://a.example/{number}" for number in range(1, 6)]
    again = call("import", "../observations.jsonl.gz", "../crawl.warc.gz", "../pages", "--json", folder=station)
    assert json.loads(again.stdout) == {"rows": 3, "outcomes": {"known": 3}, "skips": {}}


def test_the_queries_of_the_docs_find_what_they_say(demo: Path) -> None:
    """docs/query.md names how many articles of the demo station each finds."""
    rows = [(cells[0].strip("`"), int(cells[-1])) for cells in tables("query.md") if cells[-1].isdigit()]
    with Station(demo / "demo-station") as station:
        found = [(query, station.search(query).total) for query, _ in rows]

    assert len(rows) > 15
    assert found == rows


def test_the_wrong_query_of_the_docs_is_answered_as_shown(demo: Path) -> None:
    """Message, query and the mark under the place."""
    shown = blocks(DOCS / "query.md", "console")[0].partition("\n")[2]

    assert call("search", "title: rice", "--station", "demo-station", folder=demo).stderr == shown


def test_the_rows_of_the_docs_become_what_they_say(tmp_path: Path) -> None:
    """docs/import.md shows one row of each kind, and what becomes of it."""
    (tmp_path / "rows.jsonl").write_text(blocks(DOCS / "import.md", "jsonl")[0], encoding="utf-8")
    write_settings(tmp_path / "station", contact="docs@example.org")

    done = call("import", "../rows.jsonl", "--json", folder=tmp_path / "station")

    told = [word for cells in tables("import.md") if re.match(r"\d", cells[0]) for word in outcomes_of(cells)]
    answer = json.loads(done.stdout)
    assert sorted(told) == sorted(name for name, count in answer["outcomes"].items() for _ in range(count))
    assert answer["skips"] == {"bad_json": 1, "bad_row": 1}
    assert re.findall(r"rows\.jsonl:(\d)", done.stderr) == ["7", "8"]


def outcomes_of(cells: Sequence[str]) -> list[str]:
    """The outcome that a row of the table names, once for each of its rows."""
    return [cells[1].strip("`")] * len(cells[0].split(","))


# --- pages beside code ---------------------------------------------------------------------------


def test_every_setting_is_documented_and_shown_in_a_new_station(tmp_path: Path) -> None:
    """docs/settings.md names each, and its example is a station.toml that holds them all."""
    wanted = {NAMES.get(field.name, field.name) for field in fields(Settings)}
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    (tmp_path / "station.toml").write_text(blocks(DOCS / "settings.md", "toml")[0], encoding="utf-8")
    write_settings(tmp_path / "new", contact="")
    new = (tmp_path / "new" / "station.toml").read_text(encoding="utf-8")

    documented = {name.partition(".<")[0] for name in re.findall(r"`\[?([a-z_.]+(?:\.<outlet>)?)\]?`", page)}
    shown = {name.rpartition(".")[2] for name in wanted}
    assert wanted <= documented
    assert {name for name in shown if not re.search(rf"^(?:# )?(?:{name} =|\[{name}\b)", new, re.MULTILINE)} == set()
    given = read_settings(tmp_path)
    assert [
        field.name for field in fields(Settings) if not getattr(given, field.name) and field.name != "allow_hosts"
    ] == []


def test_every_key_of_an_outlet_is_documented() -> None:
    """docs/outlets.md names every field of an outlet, its editions, sources and rules, and every selector."""
    page = (DOCS / "outlets.md").read_text(encoding="utf-8")
    keys = {field.name for kind in (Outlet, Edition, Source, Rule) for field in fields(kind)} - {"id"}
    keys |= schema.SOURCE_SELECTORS | schema.RULE_SELECTORS | schema.SOURCE_KINDS | (schema.TYPOLOGY - {"unknown"})

    assert {key for key in keys if not re.search(rf"\b{key}\b", page)} == set()


def test_the_outlet_of_the_docs_is_a_valid_one() -> None:
    """The example of docs/outlets.md can be copied."""
    lines = (DOCS / "outlets.md").read_text(encoding="utf-8").splitlines()
    example = "\n".join(line[4:] for line in lines if line.startswith("    ") or not line).strip()

    outlet = schema.parse_outlet(example.encode(), id="example", where="docs/outlets.md")

    assert (outlet.name, len(outlet.sources), len(outlet.rules)) == ("Voz de Serén", 1, 1)


def test_every_outlet_of_the_catalogue_is_listed(tmp_path: Path) -> None:
    """One file, one row of `outlets list`; every file loads."""
    files = sorted(path.stem for path in (ROOT / "src/caversham/outlets").glob("*/*.toml"))
    write_settings(tmp_path, contact="docs@example.org")

    listed = json.loads(call("outlets", "list", "--json", folder=tmp_path).stdout)["outlets"]

    assert [row["id"] for row in listed] == files
    assert [outlet.id for outlet in load_catalogue()] == files


def test_every_field_and_state_of_a_query_is_documented() -> None:
    """docs/query.md names them all."""
    page = (DOCS / "query.md").read_text(encoding="utf-8")

    assert [name for name in FIELDS if f"`{name}:`" not in page] == []
    assert [state.value for state in State if not re.search(rf"\b{state.value}\b", page)] == []


def test_every_path_of_the_api_is_documented() -> None:
    """docs/api.md has the paths of the router, and no others."""
    paths = {re.sub(r"\{.*\}", "ID", route.path) for route in api.router.routes if hasattr(route, "path")}

    assert {cells[0].strip("`") for cells in tables("api.md") if cells[0].startswith("`/api")} == paths


def test_the_layers_of_the_design_are_those_that_are_checked() -> None:
    """docs/design.md shows the contract of import-linter."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")

    assert "".join(f"    {layer}\n" for layer in layers) in (DOCS / "design.md").read_text(encoding="utf-8")


def test_every_kind_of_record_is_documented() -> None:
    """docs/storage.md lists the values of Caversham-Kind."""
    line = next(line for line in (DOCS / "storage.md").read_text().splitlines() if "`Caversham-Kind`" in line)

    assert set(line.split(" | ")[1].rstrip(" |").split(", ")) == {kind.value for kind in CaptureKind}


def schemas() -> Sequence[Any]:
    """Every schema file, by name."""
    return [pytest.param(path, id=path.name) for path in sorted((DOCS / "schemas").glob("*.json"))]


@pytest.mark.parametrize("path", schemas())
def test_a_schema_is_valid_and_linked(path: Path) -> None:
    """Whoever reads docs/api.md finds it."""
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))

    assert f"(schemas/{path.name})" in (DOCS / "api.md").read_text(encoding="utf-8")


def pages() -> Sequence[Any]:
    """Every Markdown page, by name."""
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in list_files() if path.suffix == ".md"]


@pytest.mark.parametrize("page", pages())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """Relative links and images are files of the repository."""
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [t for t in targets if not t.startswith(("http://", "https://")) and not (page.parent / t).exists()] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """Links of links count."""
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = re.findall(r"\]\(([^)#\s]+\.md)\)", page.read_text(encoding="utf-8"))
            waiting += [(page.parent / link).resolve() for link in links]

    assert {path for path in DOCS.glob("*.md") if path not in reached} == set()


# --- what no file says, and what no start loads ----------------------------------------------------

# A letter in brackets, so that this file passes its own test.
FORBIDDEN = re.compile(
    r"(?<![\w.:/-])/(?:wor[k]|roo[t]|tm[p])/|\bA[I]\b|\bLL[M]s?\b|language mode[l]|/opt/pyp[i]|r-see[d]|users\.norepl[y]"
)


def test_no_file_names_a_machine_or_its_makers() -> None:
    """Paths of one machine, registries and tools of the trade are nobody's business."""
    texts = ((path, read_text(path)) for path in list_files())

    assert [(str(path.relative_to(ROOT)), found[0]) for path, text in texts for found in FORBIDDEN.finditer(text)] == []


def read_text(path: Path) -> str:
    """The text of a file; "" for a picture."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


HEAVY = ("aiohttp", "alembic", "fastapi", "numpy", "sqlalchemy", "tantivy", "trafilatura")


def loaded_after(code: str, *names: str) -> list[str]:
    """Which of these modules a fresh interpreter has loaded after running the code."""
    script = f"{code}\nimport sys; print([name for name in {names!r} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return list(json.loads(done.stderr.splitlines()[-1].replace("'", '"')))


def test_importing_caversham_is_light() -> None:
    """Neither database, nor index, nor network, nor extractor."""
    assert loaded_after("import caversham", *HEAVY) == []


@pytest.mark.parametrize("command", [["--help"], ["search", "harvest", "--json"], ["status"]], ids=" ".join)
def test_a_command_loads_only_what_it_needs(demo: Path, command: Sequence[str]) -> None:
    """Help and search need neither the network nor the extractor."""
    arguments = [*command, *(["--station", str(demo / "demo-station")] if command != ["--help"] else [])]
    code = f"import sys; sys.argv = ['caversham', *{arguments!r}]\nfrom caversham.serve.cli import main"

    found = loaded_after(f"{code}\ntry: main()\nexcept SystemExit: pass", "aiohttp", "fastapi", "numpy", "trafilatura")

    assert found == []
