"""The index takes up what the catalogue put into its outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from caversham.ports import Index, Store
from caversham.types import ArticleId, Document, Outlet, OutletId, Version

COMMIT_COUNT = 10_000  # documents between two commits of the index: each makes a segment that is merged later
READ_COUNT = 500  # documents in memory at once


def drain_outbox(store: Store, index: Index, outlet_of: Callable[[OutletId], Outlet]) -> int:
    """Index every article in the outbox; count them. Nothing is done where another process is at it.

    Only what the index has committed leaves the outbox. An index that was made anew takes up everything.
    """
    with index.hold() as is_held:
        if not is_held:
            return 0
        if index.is_stale:
            store.fill_outbox()
        count = _drain(store, index, outlet_of)
        if index.is_stale:
            index.mark_complete()
    return count


def _drain(store: Store, index: Index, outlet_of: Callable[[OutletId], Outlet]) -> int:
    count = 0
    while rows := store.iter_outbox(COMMIT_COUNT):
        left = dict.fromkeys(article for _, article in rows)
        count += len(left)
        # What is left when all documents were taken has no version any more.
        index.update(_take_documents(left, store, outlet_of), left)
        store.clear_outbox(rows[-1][0])
    return count


def _take_documents(
    left: dict[ArticleId, None], store: Store, outlet_of: Callable[[OutletId], Outlet]
) -> Iterator[Document]:
    """Documents of those of the articles that have a version, each taken out of what is left."""
    articles = tuple(left)
    for start in range(0, len(articles), READ_COUNT):
        for document in make_documents(store, articles[start : start + READ_COUNT], outlet_of):
            del left[document.article]
            yield document


def make_documents(
    store: Store, articles: Sequence[ArticleId], outlet_of: Callable[[OutletId], Outlet]
) -> list[Document]:
    """Documents of those of the articles that have a version."""
    latest = store.get_latest(articles)
    return [
        _document(version, _past(store, version), outlet_of(version.outlet))
        for article in articles
        if (version := latest.get(article))
    ]


def _past(store: Store, latest: Version) -> str:
    """Lines that stood only in older versions, each once, oldest first."""
    if latest.number == 1:
        return ""
    now = {*latest.content.text.splitlines(), latest.content.title}
    older = store.get_versions(latest.article)[:-1]
    lines = dict.fromkeys(
        line for version in older for line in (version.content.title, *version.content.text.splitlines())
    )
    return "\n".join(line for line in lines if line not in now)


def _document(version: Version, past: str, outlet: Outlet) -> Document:
    return Document(
        article=version.article,
        version=version.id,
        title=version.content.title,
        text=version.content.text,
        past=past,
        outlet=version.outlet,
        country=outlet.country or "",
        role=outlet.role,
        language=version.content.language,
        section=version.content.section,
        state=version.state,
        level="",
        published=version.content.published,
    )
