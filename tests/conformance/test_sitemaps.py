"""The sitemaps of crawler-commons: entries, child sitemaps, titles and dates."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

from caversham.collect.sitemaps import parse_sitemap
from caversham.times import format_instant, parse_rfc822
from caversham.types import Link, Source
from caversham.urls import resolve
from tests.conformance.suites import FAILED, MET, answer_of, examine, is_sound, list_files, read_rows, suite

URL = "http://www.example.com/sitemap.xml"
SOURCE = Source(kind="sitemap", url=URL)

Entry = tuple[str | None, str, str]  # address, title, date as printed


def test_every_sitemap_of_the_suite_is_read(shared: Path) -> None:
    """All twenty files; the one that is for other tests holds an address too."""
    folder = suite(shared, "sitemaps")
    files = list_files(folder, ".xml", ".txt", ".gz", ".rss")
    sitemaps = {str(path.relative_to(folder)): path for path in files if path.name not in {"SOURCE.txt", "LICENSE.txt"}}

    counts = {name: len([*links, *children]) for name, (links, children) in map(read, sitemaps.items())}

    assert counts == {
        "atom.xml": 1,
        "do-not-visit.txt": 1,
        "extension/hebdenbridgetimes-articles-sitemap.xml": 74,
        "extension/pagemaps-sitemap.xml": 2,
        "extension/shinpaideshou-news-sitemap.xml": 3,
        "extension/sitemap-images.xml": 1,
        "extension/sitemap-links.xml": 3,
        "extension/sitemap-mobile.xml": 3,
        "extension/sitemap-news.xml": 2,
        "extension/sitemap-videos-tvshow.xml": 1,
        "extension/sitemap-videos.xml": 3,
        "rss/feed.rss": 4,
        "rss/xmlRss_pubDate.xml": 7,
        "sitemap-with-bom.txt": 2,
        "sitemap.badns.xml": 2,
        "sitemap.index.xml": 15,
        "sitemap.ns.xml": 2,
        "sitemap.txt": 2,
        "sitemap.txt.gz": 5,
        "xmlSitemap.gz": 5,
    }


def read(named: tuple[str, Path]) -> tuple[str, tuple[tuple[Link, ...], tuple[str, ...]]]:
    name, path = named
    links, children = parse_sitemap(answer_of(path.read_bytes(), url=URL), SOURCE)
    assert all(map(is_sound, links)), name
    return name, (links, children)


def test_the_sitemaps_of_crawler_commons_are_read_as_it_says(shared: Path) -> None:
    """Kind, number, addresses; of XML every address, title and date as another reading of the file gives them."""
    folder = suite(shared, "sitemaps")
    rows = read_rows(folder / "expected.jsonl")

    counts = examine("sitemaps", {row["file"]: partial(outcome_of, folder / row["file"], row) for row in rows})

    assert counts == {MET: 16}


def outcome_of(path: Path, row: dict[str, Any]) -> str:
    links, children = parse_sitemap(answer_of(path.read_bytes(), url=URL), SOURCE)
    found: list[Entry] = [(link.url, link.title_hint, link.published_hint) for link in links]
    found += [(url, "", "") for url in children]
    addresses = [url for url, _, _ in found]
    is_right = len(found) == row["count"] and bool(children) == (row["type"] == "index")
    if not is_right or addresses != row.get("urls", addresses):
        return f"{FAILED}: {found}"
    if "last_modified" in row and instants(links) != row["last_modified"]:
        return f"{FAILED}: {instants(links)}"
    if row["type"] in {"urlset", "index"} and found != stated_entries(path):
        return f"{FAILED}: {found} instead of {stated_entries(path)}"
    return MET


def instants(links: tuple[Link, ...]) -> list[str | None]:
    """When items were published, where the hour is sure."""
    dates = [parse_rfc822(link.published_hint) for link in links]
    return [format_instant(dated.at) if dated and dated.at else None for dated in dates]


def stated_entries(path: Path) -> list[Entry]:
    """What stands in an XML sitemap, read as a tree."""
    body = path.read_bytes()
    tree = etree.fromstring(gzip.decompress(body) if path.suffix == ".gz" else body)
    entries = tree.xpath("/*/*[local-name()='url' or local-name()='sitemap']")
    return [
        (
            resolve(URL, stated_text(entry, "*[local-name()='loc']") or stated_text(entry, "text()")),
            stated_text(entry, "*/*[local-name()='title' and contains(namespace-uri(), 'news')]"),
            stated_text(entry, "*/*[local-name()='publication_date' and contains(namespace-uri(), 'news')]"),
        )
        for entry in entries
    ]


def stated_text(entry: Any, path: str) -> str:
    return str(entry.xpath(f"normalize-space({path})"))
