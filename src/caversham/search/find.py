"""A page of search results: what the index knows, and the versions that the catalogue holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from caversham.ports import Index, Store
from caversham.search.matches import field_of, wanted_words
from caversham.search.snippets import Snippet, find_match, make_snippet, shorten
from caversham.types import Found, Hit, Month, Near, OutletId, Query, Version, Words

Leaves = Sequence[Words | Near]


def find_articles(
    index: Index,
    store: Store,
    query: Query,
    *,
    limit: int = 20,
    cursor: str | None = None,
    shows_text: Callable[[OutletId], bool] = lambda _: True,
) -> Found:
    """Articles that match a query, best first (without words to rank by: newest first), with counts of the whole result.

    Articles that the catalogue no longer holds are left out of the hits until the index has forgotten them, too.
    Where `shows_text` says that an outlet's text may not be shown, a snippet gives no more than half of it.
    Raises QueryError for a cursor that is not one of this query.
    """
    matches = index.find(query, limit=limit, cursor=cursor)
    latest = store.get_latest([article for article, _ in matches.articles])
    leaves = wanted_words(query.root)
    return Found(
        query=query.text,
        total=matches.total,
        undated=matches.undated,
        hits=tuple(
            _hit(latest[article], score, _snippet(store, latest[article], leaves, shows_text=shows_text))
            for article, score in matches.articles
            if article in latest
        ),
        facets=matches.facets,
        months=tuple(_month(*month) for month in matches.months),
        next=matches.next,
    )


def _hit(version: Version, score: float, snippet: Snippet) -> Hit:
    return Hit(
        url=version.url,
        article=version.article,
        version=version.id,
        title=version.content.title,
        outlet=version.outlet,
        language=version.content.language,
        published=version.content.published,
        state=version.state,
        level=None,
        score=score,
        snippet=snippet.text,
        spans=snippet.spans,
    )


def _month(month: str, count: int, state_count: int, state_held: int) -> Month:
    share = round(state_count / state_held, 6) if state_held else None
    return Month(month=month, count=count, share=share)


def _snippet(store: Store, latest: Version, leaves: Leaves, *, shows_text: Callable[[OutletId], bool]) -> Snippet:
    found = _find_snippet(store, latest, leaves)
    return found if shows_text(latest.outlet) else shorten(found, len(latest.content.text) // 2)


def _find_snippet(store: Store, latest: Version, leaves: Leaves) -> Snippet:
    """From the latest text; what was wanted of the past, from the newest older one in which it stands."""
    past = [leaf for leaf in leaves if field_of(leaf) == "past"]
    if past:
        for text in _past_texts(store, latest):
            if find_match(text, latest.content.language, past):
                return make_snippet(text, latest.content.language, past)
    present = [leaf for leaf in leaves if field_of(leaf) == "text"]
    return make_snippet(latest.content.text, latest.content.language, present)


def _past_texts(store: Store, latest: Version) -> list[str]:
    """Of each older version, newest first, the lines that no longer stand."""
    now = {latest.content.title, *latest.content.text.splitlines()}
    older = [version.content for version in store.get_versions(latest.article) if version.id != latest.id]
    texts = [[content.title, *content.text.splitlines()] for content in reversed(older)]
    return ["\n".join(line for line in lines if line not in now) for lines in texts]
