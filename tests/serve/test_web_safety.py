"""What the server refuses, and what never becomes active on its pages."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings, strategies as st
from selectolax.lexbor import LexborHTMLParser

from caversham.errors import SettingsError
from caversham.serve.guard import HEADERS, host_name
from caversham.serve.web import listen
from tests.serve.markup import active_parts

PAGE = {"Accept": "text/html"}
PATHS = (
    "/",
    "/search?q=rice",
    "/search?q=(",
    "/o",
    "/status",
    "/nothing",
    "/api/search",
    "/api/nothing",
    "/static/caversham.css",
)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localhost.", "[::2]"])
def test_a_name_that_the_operator_did_not_allow_is_misdirected(client: httpx.Client, host: str) -> None:
    answer = client.get("/", headers={"Host": host})

    assert (answer.status_code, answer.json()["error"]["kind"]) == (421, "WrongHost")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:80", "[::1]"])
def test_allowed_names_are_answered_on_every_port(client: httpx.Client, host: str) -> None:
    assert client.get("/api/outlets", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["", "a b", "localhost/x", "localhost:x", "user@localhost", "<script>"])
def test_what_is_no_name_is_a_bad_request(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 400


@given(st.text(max_size=60))
def test_any_host_header_is_a_name_or_none(value: str) -> None:
    name = host_name(value)

    assert name is None or host_name(name) == name


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_whatever_does_not_only_read_is_refused(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/search", headers={"Origin": "https://evil.example"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_scripts_frames_and_what_lies_elsewhere(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers=PAGE)

    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/static/../web.py", "/static/..%2fweb.py", "/static/%2e%2e/web.py", "/static//etc/passwd"]
)
def test_no_other_file_than_the_style_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_query_is_answered_or_refused_and_shown_as_text(client: httpx.Client, query: str) -> None:
    _check_query(client, query)


def _check_query(client: httpx.Client, query: str) -> None:
    page = client.get("/search", params={"q": query}, headers=PAGE)
    document = client.get("/api/search", params={"q": query})
    (box,) = LexborHTMLParser(page.text).css("input[name=q]")

    assert page.status_code == document.status_code
    assert page.status_code in (200, 400)
    assert active_parts(page.text) == []
    assert _plain(box.attributes["value"] or "") == _plain(query)


def _plain(text: str) -> str:
    """As the parser of HTML reads line ends, and a query what cannot be printed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def test_a_port_that_is_taken_is_an_error_that_says_so() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(SettingsError, match="choose another: --host, --port"):
        listen("127.0.0.1", taken.getsockname()[1])
