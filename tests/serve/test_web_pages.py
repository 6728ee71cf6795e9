"""The pages: what they show, and what they say where they may not."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from caversham.settings import change_settings, write_settings
from tests.serve.conftest import LONG, SHOWN, UNDATED, WITHHELD, MakeStation, Serve
from tests.serve.markup import active_parts

PAGE = {"Accept": "text/html"}


def get_page(client: httpx.Client, path: str, *, status: int = 200) -> LexborHTMLParser:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == status, answer.text
    assert active_parts(answer.text) == []
    return LexborHTMLParser(answer.text)


def texts(page: LexborHTMLParser | LexborNode, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


def query_of(node: LexborNode) -> str:
    return parse_qs(urlsplit(node.attributes["href"] or "").query)["q"][0]


def article_of(client: httpx.Client, url: str) -> str:
    return str(client.get("/api/versions", params={"url": url}).json()["article"])


def test_the_first_page_shows_the_newest_items_and_counts(client: httpx.Client) -> None:
    """Newest first, undated last."""
    page = get_page(client, "/")

    assert texts(page, ".hit h3") == ["水稻收成良好 rice", "Rice harvest", "حصاد الأرز rice"]
    assert texts(page, ".counts strong") == ["3 articles", "3 outlets", "3 languages"]
    assert texts(page, ".hit time") == ["2024-03-05 03:20 UTC", "2024-03-01"]
    assert texts(page, ".hit .undated") == ["undated"]


def test_an_empty_station_says_what_to_do_next(make_station: MakeStation, serve: Serve) -> None:
    """Commands for whoever made the station and has not gone on."""
    page = get_page(serve(make_station([])), "/")

    assert texts(page, "main .note pre") == [
        "caversham outlets list caversham follow ID caversham collect",
        "caversham import PATH",
    ]


def test_an_empty_station_that_follows_something_says_to_collect(tmp_path: Path, serve: Serve) -> None:
    write_settings(tmp_path, contact="")
    change_settings(tmp_path, {"follow": ["kcna"]})

    assert "It follows kcna." in serve(tmp_path).get("/", headers=PAGE).text


def test_matches_are_marked_by_code_points_and_every_text_has_its_direction_and_language(client: httpx.Client) -> None:
    page = get_page(client, "/search?q=الأرز OR harvest")

    assert sorted(texts(page, "mark")) == ["harvest", "الأرز"]
    assert sorted((node.attributes["lang"], node.attributes["dir"]) for node in page.css(".hit h3, .hit .snippet")) == [
        ("ar", "auto"),
        ("ar", "auto"),
        ("en", "auto"),
        ("en", "auto"),
    ]


def test_a_facet_is_a_link_that_sets_its_filter(client: httpx.Client) -> None:
    """Alternatives are bracketed, so that the filter holds for both."""
    page = get_page(client, "/search?q=harvest OR rice")
    links = {node.text(): query_of(node) for node in page.css(".facets li a")}

    assert links == {
        "KCNA": "(harvest OR rice) outlet:kcna",
        "Xinhua": "(harvest OR rice) outlet:xinhua",
        "press.example.org": "(harvest OR rice) outlet:press-example-org",
        "KP": "(harvest OR rice) country:KP",
        "CN": "(harvest OR rice) country:CN",
        "en": "(harvest OR rice) lang:en",
        "zh": "(harvest OR rice) lang:zh",
        "ar": "(harvest OR rice) lang:ar",
        "live": "(harvest OR rice) state:live",
    }
    for query in links.values():
        assert texts(get_page(client, f"/search?q={query}"), ".hit") != []


def test_a_filter_that_is_set_is_a_link_that_takes_it_off(client: httpx.Client) -> None:
    page = get_page(client, "/search?q=rice lang:ar since:2024")
    links = {" ".join(node.text().split()): query_of(node) for node in page.css(".filters a")}

    assert links == {"lang:ar ×": "rice since:2024", "since:2024 ×": "rice lang:ar"}


def test_the_timeline_counts_months_and_leads_to_them_and_undated_items_are_counted_apart(client: httpx.Client) -> None:
    page = get_page(client, "/search?q=rice")

    assert texts(page, "svg title") == ["2024-03: 2 articles, 100.0 % of all that is held of state outlets"]
    assert [query_of(node) for node in page.css(".timeline td a")] == ["rice since:2024-03 until:2024-03"]
    assert texts(page, "h1") == ["Search: 3 articles, 1 undated"]


def test_pages_of_a_result_follow_one_another(make_station: MakeStation, serve: Serve) -> None:
    """Every article once, by the links alone."""
    rows = [
        {"url": f"https://press.example.org/{n}", "title": f"Item {n}", "text": "Rice.", "language": "en"}
        for n in range(45)
    ]
    client = serve(make_station(rows))
    titles, path = [], "/search?q=rice"
    while path:
        page = get_page(client, path)
        titles += texts(page, ".hit h3")
        following = page.css_first("a[rel=next]")
        path = str(following.attributes["href"]) if following else ""

    assert sorted(titles) == sorted(f"Item {n}" for n in range(45))


def test_a_query_that_cannot_be_understood_shows_where(client: httpx.Client) -> None:
    """The marked character is the one at the position, also behind characters of two UTF-16 units."""
    page = get_page(client, "/search?q=😀 (北京 OR )", status=400)

    assert texts(page, ".wrong b") == ["O"]
    assert texts(page, ".wrong") == ["😀 (北京 OR )"]
    assert page.css_first(".help") is not None


def test_no_hits_are_no_proof_of_absence(client: httpx.Client) -> None:
    assert "no proof that it was not published" in client.get("/search?q=nowhere", headers=PAGE).text


def test_an_article_shows_its_text_versions_and_proof(client: httpx.Client) -> None:
    article = article_of(client, SHOWN)
    looks = client.get("/api/versions", params={"url": SHOWN}).json()["captures"]
    page = get_page(client, f"/a/{article}")

    assert texts(page, ".text p") == ["The rice harvest was good enough."]
    assert texts(page, ".versions .facts a") == ["version 1"]
    assert [node.attributes["rel"] for node in page.css(".address a")] == ["noreferrer nofollow"]
    assert texts(page, "section > .proof .hash") == [looks[1]["id"], looks[1]["sha256"]]
    assert "proves only when it was imported" in texts(page, "section > .proof")[0]
    assert texts(page, "tbody td:first-child") == ["2024-03-02 02:00:00 UTC", "2024-03-01 02:00:00 UTC"]


def test_an_older_version_is_shown_at_its_own_address(client: httpx.Client) -> None:
    """Markup in a text stays text."""
    page = get_page(client, f"/a/{article_of(client, SHOWN)}/v/1")

    assert texts(page, ".text p") == ["The rice harvest was good.", "Reserves are <b>full</b>."]
    assert texts(page, ".item h1") == ["Rice harvest & reserves"]


@pytest.mark.parametrize("path", ["v/0", "v/3", "v/99999999999999999999"])
def test_a_version_that_is_not_held_is_not_found(client: httpx.Client, path: str) -> None:
    get_page(client, f"/a/{article_of(client, SHOWN)}/{path}", status=404)


def test_a_text_that_the_operator_withholds_comes_as_a_short_passage_with_its_hash_and_the_reason(
    client: httpx.Client,
) -> None:
    look = client.get("/api/versions", params={"url": WITHHELD}).json()["captures"][0]
    answer = client.get(f"/a/{article_of(client, WITHHELD)}", headers=PAGE)
    page = LexborHTMLParser(answer.text)

    (shown,) = texts(page, ".text p")
    assert shown == LONG[:300].rsplit(maxsplit=1)[0] + " …"
    assert LONG[300:900] not in answer.text
    assert texts(page, ".note .hash") == [look["sha256"]]
    assert f"/captures/{look['id']}" not in answer.text


def test_an_assumed_time_is_called_assumed(client: httpx.Client) -> None:
    page = get_page(client, f"/a/{article_of(client, UNDATED)}")

    assert texts(page, "section > .proof .basis") == ["assumed"]
    assert "names no time" in texts(page, "section > .proof")[0]


def test_an_item_that_was_only_sighted_says_that_no_text_is_held(make_station: MakeStation, serve: Serve) -> None:
    url = "https://press.example.org/seen"
    client = serve(make_station([{"url": url, "title": "Seen in a list"}]))

    page = get_page(client, f"/a/{article_of(client, url)}")
    assert texts(page, "article .note") == ["This station knows the address, but holds no text of it."]


def test_outlets_show_what_is_held_first_and_their_facts_with_sources(client: httpx.Client) -> None:
    page = get_page(client, "/o")
    assert texts(page, "tbody tr td:first-child")[:3] == ["KCNA", "press.example.org", "Xinhua"]

    page = get_page(client, "/o/kcna")
    facts = {dt.text(): dt.next.text().strip() for dt in page.css(".proof dt") if dt.next}
    assert facts["Country"].startswith("KP")
    assert facts["Full text"] == "shown"
    assert facts["Held"].startswith("1 article, 2 versions")


def test_an_outlet_of_an_import_that_is_in_no_file_has_a_page(client: httpx.Client) -> None:
    assert texts(get_page(client, "/o/press-example-org"), "h1") == ["press.example.org"]


@pytest.mark.parametrize("path", ["/o/nobody", "/a/aaaaaaaaaaaaaaaa", "/captures/" + "0" * 64, "/nothing", "/static/x"])
def test_what_is_not_held_is_not_found(client: httpx.Client, path: str) -> None:
    get_page(client, path, status=404)


def test_the_status_page_shows_counts_and_gaps(client: httpx.Client) -> None:
    page = get_page(client, "/status")

    assert texts(page, ".figures dd")[:5] == ["3", "3", "4", "4", "0"]


def test_a_page_asked_for_by_head_has_the_same_head(client: httpx.Client) -> None:
    for path in ("/", "/search?q=rice", "/o", "/status", "/api/search?q=rice", "/api/export"):
        assert client.head(path).status_code == 200
