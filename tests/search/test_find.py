"""Pages of hits: what the index knows joined with what the catalogue holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import cast

import pytest

from caversham.errors import QueryError
from caversham.index import FullTextIndex
from caversham.ports import Store
from caversham.search.find import find_articles
from caversham.search.query import parse_query
from caversham.types import (
    ArticleId,
    CaptureId,
    Content,
    Document,
    Found,
    Hit,
    Month,
    OutletId,
    Role,
    Span,
    State,
    TimeBasis,
    Version,
)
from tests.index.documents import make_dated

NOON = datetime(2023, 6, 12, 12, tzinfo=UTC)


class Shelf:
    """The two questions that a search asks of the catalogue, answered from lists."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._versions = versions

    def get_latest(self, articles: Sequence[ArticleId]) -> Mapping[ArticleId, Version]:
        """The last version of each."""
        return {version.article: version for version in self._versions if version.article in articles}

    def get_versions(self, article: ArticleId) -> tuple[Version, ...]:
        """All of one."""
        return tuple(version for version in self._versions if version.article == article)


def make_version(article: str, number: int, title: str, text: str, **others: str) -> Version:
    published = make_dated(others.pop("published")) if "published" in others else None
    return Version(
        id=CaptureId(f"{article}{number}"),
        article=ArticleId(article),
        url=f"https://herald.example/{article}",
        outlet=OutletId(others.pop("outlet", "herald")),
        number=number,
        content=Content(title=title, text=text, published=published, language=others.pop("language", "en")),
        captured_at=NOON,
        time_basis=TimeBasis.OBSERVED,
        last_seen_at=NOON,
        look_count=1,
        sha256="",
        state=State.LIVE,
    )


VERSIONS = (
    make_version("a", 1, "Harvest", "The minister praised the harvest.", published="2023-06-12"),
    make_version("b", 1, "Old title", "First line.\nThe general spoke.\nLast line."),
    make_version("b", 2, "New title", "First line.\nThe general was silent.\nLast line."),
    make_version("b", 3, "New title", "First line.\nLast line of the minister."),
    make_version("c", 1, "Récolte", "Le ministre parle.", published="2023-06", outlet="relay", language="fr"),
    make_version("d", 1, "Weather", "Rain.", published="2023-06-13"),
)


def to_document(version: Version, past: str = "") -> Document:
    is_state = version.outlet == "herald"
    return Document(
        article=version.article,
        version=version.id,
        title=version.content.title,
        text=version.content.text,
        past=past,
        outlet=version.outlet,
        country="KP" if is_state else "",
        role=Role.STATE if is_state else Role.RELAY,
        language=version.content.language,
        section="",
        state=version.state,
        level="",
        published=version.content.published,
    )


@pytest.fixture
def index(tmp_path: Path) -> FullTextIndex:
    index = FullTextIndex(tmp_path / "index")
    past = "Old title\nThe general spoke.\nThe general was silent.\nLast line."
    latest = {version.article: version for version in VERSIONS}
    index.update(to_document(version, past if article == "b" else "") for article, version in latest.items())
    return index


@pytest.fixture
def store() -> Store:
    return cast("Store", Shelf(VERSIONS))


def test_a_page_holds_hits_facets_and_shares_of_months(index: FullTextIndex, store: Store) -> None:
    """The month's share is of state outlets only: one of their two items of June, though two articles matched."""
    expected = Found(
        query="minister OR ministre",
        total=3,
        undated=1,
        hits=(),
        facets=MappingProxyType(
            {
                "outlet": (("herald", 2), ("relay", 1)),
                "country": (("KP", 2),),
                "language": (("en", 2), ("fr", 1)),
                "state": (("live", 3),),
                "level": (),
            }
        ),
        months=(Month(month="2023-06", count=2, share=0.5),),
        next=None,
    )

    found = find_articles(index, store, parse_query("minister OR ministre"))

    assert expected == replace(found, hits=())
    assert {"a", "b", "c"} == {hit.article for hit in found.hits}


def test_a_month_without_anything_of_a_state_outlet_has_no_share(index: FullTextIndex, store: Store) -> None:
    index.update([], [ArticleId("a"), ArticleId("d")])

    assert (Month(month="2023-06", count=1, share=None),) == find_articles(index, store, parse_query("")).months


def test_a_hit_is_the_latest_version_with_a_snippet(index: FullTextIndex, store: Store) -> None:
    found = find_articles(index, store, parse_query("harvest minister"))
    expected = Hit(
        url="https://herald.example/a",
        article=ArticleId("a"),
        version=CaptureId("a1"),
        title="Harvest",
        outlet=OutletId("herald"),
        language="en",
        published=make_dated("2023-06-12"),
        state=State.LIVE,
        level=None,
        score=found.hits[0].score,
        snippet="The minister praised the harvest.",
        spans=(Span(start=4, end=12, text="minister"), Span(start=25, end=32, text="harvest")),
    )

    assert (expected,) == found.hits
    assert expected.score > 0


@pytest.mark.parametrize(
    ("query", "snippet", "marked"),
    [
        ("past:general", "The general was silent. Last line.", ("general",)),
        ("past:silent", "The general was silent. Last line.", ("silent",)),
        ('past:"general spoke" minister', "Old title The general spoke. Last line.", ("general spoke",)),
        ("past:title", "Old title The general spoke. Last line.", ("title",)),
        ("title:new", "First line. Last line of the minister.", ()),
        ("new", "First line. Last line of the minister.", ()),
    ],
)
def test_what_is_gone_is_shown_from_the_newest_version_that_had_it(
    index: FullTextIndex, store: Store, query: str, snippet: str, marked: tuple[str, ...]
) -> None:
    """Only lines that no longer stand are shown; a match in the title alone shows the start of the text."""
    (hit,) = find_articles(index, store, parse_query(query)).hits

    assert (snippet, marked, "b3") == (hit.snippet, tuple(span.text for span in hit.spans), hit.version)


def test_pages_follow_one_another(index: FullTextIndex, store: Store) -> None:
    query = parse_query("")
    first = find_articles(index, store, query, limit=3)
    second = find_articles(index, store, query, limit=3, cursor=first.next)

    assert [hit.article for page in (first, second) for hit in page.hits] == ["d", "a", "c", "b"]
    assert second.next is None
    with pytest.raises(QueryError):
        find_articles(index, store, parse_query("rain"), cursor=first.next)


def test_articles_that_the_catalogue_forgot_are_no_hits(index: FullTextIndex) -> None:
    held = cast("Store", Shelf([version for version in VERSIONS if version.article != "a"]))

    found = find_articles(index, held, parse_query("minister"))

    assert (found.total, [hit.article for hit in found.hits]) == (2, ["b"])
