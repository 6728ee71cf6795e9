"""The API: the documents of the command line, under the rules for the public."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from caversham.serve import documents
from caversham.serve.web import make_app
from caversham.station import Station
from caversham.types import Version
from tests.serve.conftest import SHOWN, WITHHELD, MakeStation, Serve, serve_app

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


def check(document: Any, schema: str) -> None:
    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text()))


def test_every_document_is_that_of_the_command_line(client: httpx.Client, folder: Path) -> None:
    """One shape for command line and API, but texts are null where they are withheld."""
    with Station(folder) as here:
        expected = {
            "/api/search?q=rice&limit=2": documents.found(here.search("rice", limit=2, is_public=True)),
            f"/api/versions?url={SHOWN}": documents.article(here.article(SHOWN)),
            f"/api/versions?url={WITHHELD}": documents.article(here.article(WITHHELD, is_public=True)),
            "/api/outlets": documents.outlets((one, False) for one in here.register.catalogue),
            "/api/outlets/kcna": documents.outlet_page(here.register.catalogue.get("kcna"), is_followed=False),
            "/api/status": documents.status(here.status()),
        }

    assert {path: client.get(path).json() for path in expected} == expected


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/api/search?q=rice", "search"),
        ("/api/versions?url=" + WITHHELD, "versions"),
        ("/api/outlets", "outlets-list"),
        ("/api/outlets/kcna", "outlets-show"),
        ("/api/status", "status"),
    ],
)
def test_answers_fit_their_schemas(client: httpx.Client, path: str, schema: str) -> None:
    check(client.get(path).json(), schema)


def test_a_withheld_text_is_null_and_said_to_be_withheld(client: httpx.Client) -> None:
    document = client.get("/api/versions", params={"url": WITHHELD}).json()

    assert (document["text_withheld"], [one["text"] for one in document["versions"]]) == (True, [None])


def test_a_snippet_gives_no_more_than_half_of_a_withheld_text(client: httpx.Client) -> None:
    """A news flash is no longer than a snippet: whole, it would be served by the search."""
    text = "كان حصاد الأرز جيدا هذا العام."

    (hit,) = client.get("/api/search?q=lang:ar").json()["hits"]

    assert 0 < len(hit["snippet"].strip("…")) <= len(text) // 2
    assert text not in client.get("/search?q=lang:ar").text


def test_the_export_is_one_row_a_line_without_withheld_texts(client: httpx.Client) -> None:
    rows = [json.loads(line) for line in client.get("/api/export").text.splitlines()]

    for row in rows:
        check(row, "export-row")
    assert [(row["url"], row["number"], row["text"] is None) for row in rows] == [
        (WITHHELD, 1, True),
        ("https://press.example.org/ar/7", 1, True),
        (SHOWN, 1, False),
        (SHOWN, 2, False),
    ]


def test_no_more_exports_are_given_at_a_time_than_stated(folder: Path) -> None:
    """The one too many is told to come again, and a place that became free is given away."""
    with Station(folder) as station:
        app = make_app(station)
        app.state.export_slots = asyncio.Semaphore(0)
        with serve_app(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
            busy = client.get("/api/export")
            app.state.export_slots = asyncio.Semaphore(1)
            free = [client.get("/api/export").status_code for _ in range(3)]

    assert (busy.status_code, busy.json()["error"]["kind"], free) == (503, "BusyError", [200, 200, 200])


@pytest.mark.parametrize(
    ("path", "status", "kind", "position"),
    [
        ("/api/search?q=rice OR", 400, "QueryError", 5),
        ("/api/search?q=rice&cursor=nonsense", 400, "QueryError", 0),
        ("/api/search?q=" + "a" * 1001, 400, "QueryError", 1000),
        ("/api/search?limit=201", 400, "BadRequest", None),
        ("/api/search?limit=many", 400, "BadRequest", None),
        ("/api/versions", 400, "BadRequest", None),
        ("/api/versions?url=javascript:alert(1)", 400, "SubjectError", None),
        ("/api/versions?url=https://nobody.example/", 404, "NotHeld", None),
        ("/api/outlets/nobody", 404, "NotHeld", None),
        ("/api/nothing", 404, "NotFound", None),
    ],
)
def test_errors_are_documents(client: httpx.Client, path: str, status: int, kind: str, position: int | None) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    error = answer.json()["error"]

    check(answer.json(), "error")
    assert (answer.status_code, error["kind"], error.get("position")) == (status, kind, position)


def test_archived_bytes_come_as_an_attachment_that_hashes_to_what_is_stated(client: httpx.Client) -> None:
    look = client.get("/api/versions", params={"url": SHOWN}).json()["captures"][0]
    answer = client.get(f"/captures/{look['id']}")

    assert sha256(answer.content).hexdigest() == look["sha256"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_withheld_bytes_are_refused_with_hash_and_reason(client: httpx.Client) -> None:
    look = client.get("/api/versions", params={"url": WITHHELD}).json()["captures"][0]
    answer = client.get(f"/captures/{look['id']}")
    error = answer.json()["error"]

    assert (answer.status_code, error["kind"], error["sha256"]) == (451, "Refused", look["sha256"])
    assert error["reason"] == "the operator of this station does not let the full text of this outlet be shown"


def test_what_was_withdrawn_is_refused_whatever_the_operator_shows(make_station: MakeStation, serve: Serve) -> None:
    """Neither the body nor the tombstone, which names the address."""
    url = "https://press.example.org/1"
    folder = make_station(
        [{"url": url, "title": "One", "text": "Rice.", "captured_at": "2024-01-01T00:00:00Z"}], full_text=True
    )
    client = serve(folder)
    look = client.get("/api/versions", params={"url": url}).json()["captures"][0]
    assert client.get(f"/captures/{look['id']}").status_code == 200
    with Station(folder) as station:
        station.withdraw(url, reason="a test")

    for one in client.get("/api/versions", params={"url": url}).json()["captures"]:
        assert client.get(f"/captures/{one['id']}").status_code == 451
    assert client.get("/api/search?q=rice").json()["total"] == 0


def test_an_unexpected_error_shows_nothing_of_the_inside(
    make_station: MakeStation, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither traceback nor path, with the safety headers all the same."""

    def fail(_self: Station) -> Iterator[Version]:
        raise ValueError("a secret of /home/somebody")

    monkeypatch.setattr(Station, "status", fail)
    client = serve(make_station([]))
    for path in ("/api/status", "/status"):
        # The server gives up a connection on which an answer failed.
        answer = client.get(path, headers={"Accept": "text/html", "Connection": "close"})
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_description_of_the_api_lists_every_path_and_no_status_that_never_comes(client: httpx.Client) -> None:
    description = client.get("/api/openapi.json").json()

    assert sorted(description["paths"]) == [
        "/api/export", "/api/outlets", "/api/outlets/{outlet}", "/api/search", "/api/status", "/api/versions",
    ]  # fmt: skip
    assert {status for path in description["paths"].values() for status in path["get"]["responses"]} == {
        "200", "400", "404", "503",
    }  # fmt: skip
    assert [client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]


def test_many_readers_at_once_get_the_same_answer(client: httpx.Client) -> None:
    """Endpoints run in threads that share one store, one index and one archive."""
    look = client.get("/api/versions", params={"url": SHOWN}).json()["captures"][0]
    paths = ["/api/search?q=rice", f"/api/versions?url={SHOWN}", f"/captures/{look['id']}", "/status"] * 12
    expected = {path: client.get(path).content for path in set(paths)}
    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(lambda path: client.get(path).content, paths))

    assert answers == [expected[path] for path in paths]
