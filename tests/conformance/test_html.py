"""Hostile HTML: whatever an outlet prints, none of it is markup on a page of ours.

There is no sanitiser to compare with DOMPurify: pages show the text of an article, never its markup, which is stricter
than each of its expected outputs. What must hold is that no element, attribute or address comes from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from selenium.webdriver import Chrome

from caversham.text import clean, squeeze
from caversham.urls import article_id
from tests.extract.captures import SENTENCES, article
from tests.serve.conftest import Json, MakeStation, Serve
from tests.serve.markup import active_parts
from tests.serve.test_browser import log_of, requested

PAGE = {"Accept": "text/html"}
AT = "2024-03-01T02:00:00Z"
MANY = "https://press.example.org/many"


def purify_cases(shared: Path) -> list[Json]:
    cases: list[Json] = json.loads((shared / "suites/dompurify/expect.json").read_text(encoding="utf-8"))
    return cases


def xss_lines(shared: Path) -> list[str]:
    path = shared / "suites/xss_payloadbox/xss-payload-list.txt"
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def groups(lines: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (lines[at : at + size] for at in range(0, len(lines), size))


def iter_articles(client: httpx.Client) -> Iterator[str]:
    """The ids of all articles that the server knows."""
    cursor: str | None = ""
    while cursor is not None:
        found = client.get("/api/search", params={"limit": 200, **({"cursor": cursor} if cursor else {})}).json()
        yield from (hit["article"] for hit in found["hits"])
        cursor = found["next"]


def active_pages(client: httpx.Client, paths: Sequence[str]) -> dict[str, list[str]]:
    """What of these pages our templates did not write."""
    pages = ((path, client.get(path, headers=PAGE)) for path in paths)
    return {path: active_parts(page.text) for path, page in pages if active_parts(page.text) or page.status_code != 200}


# --- DOMPurify ------------------------------------------------------------------------------


def test_no_markup_of_dompurify_reaches_a_page(make_station: MakeStation, serve: Serve, shared: Path) -> None:
    """All 223, in the body and the title of a page that is taken in, and as the words of an imported row."""
    payloads = [case["payload"] for case in purify_cases(shared)]
    pages = [
        {"url": f"https://pages.example.org/{n}", "status": 200, "captured_at": AT, "language": "en"}
        | {"html": article(f"<p>{SENTENCES}</p>{payload}<p>{SENTENCES}</p>", title=f"Number {n} {payload}")}
        for n, payload in enumerate(payloads)
    ]
    rows = [
        {"url": f"https://rows.example.org/{n}", "title": f"Number {n} {payload}", "text": payload, "language": "en"}
        for n, payload in enumerate(payloads)
    ]
    client = serve(make_station([*pages, *rows], full_text=True))
    articles = list(iter_articles(client))

    assert (len(payloads), len(articles)) == (223, 446)
    assert active_pages(client, [f"/a/{one}" for one in articles]) == {}
    assert active_pages(client, ["/", "/search?q=number", "/search?q=alert", "/search?q=svg", "/o", "/status"]) == {}


def test_the_words_of_dompurify_are_shown_as_they_were_printed(
    make_station: MakeStation, serve: Serve, shared: Path
) -> None:
    """Escaped, not dropped: what a reader sees of an imported row is what it said, to the letter."""
    payloads = [case["payload"] for case in purify_cases(shared) if squeeze(clean(case["payload"]))]
    rows = [
        {"url": f"https://rows.example.org/{n}", "title": "Words", "text": payload, "language": "en"}
        for n, payload in enumerate(payloads)
    ]
    client = serve(make_station(rows, full_text=True))
    shown = {shown_text(client.get(f"/a/{one}", headers=PAGE).text) for one in iter_articles(client)}

    assert shown == {squeeze(clean(payload)) for payload in payloads}


def shown_text(page: str) -> str:
    (text,) = LexborHTMLParser(page).css("div.text")
    return squeeze(text.text(separator="\n"))


# --- Payloads ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def infested(make_station: MakeStation, serve: Serve, shared: Path) -> httpx.Client:
    """A station whose titles, texts, sections, bylines, languages and outlets' names are payloads, all 6,613 lines."""
    lines = xss_lines(shared)
    assert len(lines) == 6613
    rows = [
        {
            "url": f"https://press.example.org/{number}?q=\"'><script>alert(1)</script>",
            "title": " ".join(some),
            "text": "\n".join(some),
            "section": some[0],
            "byline": some[-1],
            "outlet": some[len(some) // 2],
            "language": 'en" onmouseover="alert(1)',
            "published_on": "2024-01-01",
        }
        for number, some in enumerate(groups(lines, 20))
    ]
    return serve(make_station([*rows, {"url": MANY, "title": "Many", "text": "\n".join(lines[::16])}], full_text=True))


def test_no_script_of_an_outlet_comes_out_active(infested: httpx.Client) -> None:
    """Every article, the list of all outlets, a tenth of their own pages, and searches with snippets and facets."""
    articles = [f"/a/{one}" for one in iter_articles(infested)]
    outlets = [f"/o/{one['id']}" for one in infested.get("/api/outlets").json()["outlets"] if one["checked"] == "never"]
    lists = ["/", "/o", "/status", *(f"/search?q={word}" for word in ("", "script", "alert", "img", "onerror", "svg"))]

    assert len(articles) == 332
    assert len(outlets) > 300
    assert active_pages(infested, [*articles, *outlets[::10], *lists]) == {}


def test_a_payload_as_a_query_is_shown_as_the_query_that_it_is(infested: httpx.Client, shared: Path) -> None:
    """A few hundred lines: in the box, in what is said of an error, in the links to filters and other pages."""
    for line in xss_lines(shared)[::23]:
        page = infested.get("/search", params={"q": line}, headers=PAGE)

        assert page.status_code in (200, 400)
        assert active_parts(page.text) == [], line


def test_a_browser_finds_nothing_to_run(browser: Chrome, infested: httpx.Client) -> None:
    """A text of 414 lines, the names of 331 outlets, a page of titles and snippets: no element that acts, no request."""
    shown = {}
    for path in (f"/a/{article_id(MANY)}", "/o", "/search?q=alert"):
        browser.get(f"{infested.base_url}{path}")
        shown[path] = browser.execute_script("return document.querySelector('main').innerText.length")

        assert browser.execute_script(FOREIGN) == []
    assert min(shown.values()) > 1000
    assert {url for url in requested(browser) if not url.startswith(str(infested.base_url))} == set()
    assert log_of(browser, "browser") == []


# Elements that could act, and attributes that could, on the page as the browser built it.
FOREIGN = """
return [...document.querySelectorAll('*')].filter(e =>
  /^(script|iframe|frame|object|embed|img|image|video|audio|base|applet|math|style|use|animate|set|foreignobject)$/i
    .test(e.localName)
  || [...e.attributes].some(a => /^on/i.test(a.name) || /^(javascript|data|vbscript):/i.test(a.value.trim()))
).map(e => e.outerHTML.slice(0, 200))
"""
