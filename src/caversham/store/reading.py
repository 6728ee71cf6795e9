"""What both readers and writers ask of the catalogue, on one connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row as Found, Select, func, select, tuple_

from caversham.errors import NotHeld
from caversham.ports import SourceState
from caversham.store.backend import among, chunks
from caversham.store.rows import ARTICLE, LOOK, VERSION, source_id, to_article, to_look, to_source, to_version
from caversham.store.schema import URL_ORDER, aliases, articles, captures, sources, versions
from caversham.types import Article, ArticleId, CaptureId, Look, Version

PAGE_COUNT = 100  # articles whose versions are held in memory at once by `iter_versions`


def find_rows(
    connection: Connection, statement: Select[Any], column: Any, values: Sequence[str]
) -> Iterator[Found[Any]]:
    """Rows of the statement whose column has one of the values; in the statement's order within 500 values."""
    for some in chunks(values):
        yield from connection.execute(statement.where(among(connection, column, some))).all()


def find_values(connection: Connection, column: Any, values: Sequence[str]) -> list[str]:
    """Which of the values the column holds."""
    return [row[0] for row in find_rows(connection, select(column).distinct(), column, values)]


def find_looks(connection: Connection, ids: Sequence[ArticleId]) -> Mapping[ArticleId, tuple[Look, ...]]:
    """All looks at these articles; articles without any are absent."""
    found: defaultdict[ArticleId, list[Look]] = defaultdict(list)
    for row in find_rows(connection, LOOK, captures.c.article, ids):
        found[row.article].append(to_look(row))
    return {article: tuple(looks) for article, looks in found.items()}


def find_captured_looks(
    connection: Connection, ids: Sequence[CaptureId]
) -> Mapping[CaptureId, tuple[ArticleId | None, Look]]:
    """The looks that these captures are; unknown ones are absent."""
    return {row.id: (row.article, to_look(row)) for row in find_rows(connection, LOOK, captures.c.id, ids)}


def get_article(connection: Connection, article: ArticleId) -> Article:
    """The article; that which an alias leads to, unless the alias was itself held before it led there.

    Raises NotHeld.
    """
    own = connection.execute(ARTICLE.where(articles.c.id == article)).one_or_none()
    if own is not None and own.first_held_at is not None:
        return to_article(own)
    led_to = ARTICLE.join(aliases, aliases.c.article == articles.c.id).where(aliases.c.alias == article)
    found = connection.execute(led_to).one_or_none() or own
    if found is None:
        raise NotHeld(f"the station holds no article {article!r}: its address was never captured, sighted or linked to")
    return to_article(found)


def find_latest(connection: Connection, ids: Sequence[ArticleId]) -> Mapping[ArticleId, Version]:
    """The newest version of each article; articles without any are absent."""
    found = {}
    for some in chunks(ids):
        last = select(versions.c.article, func.max(versions.c.number)).where(
            among(connection, versions.c.article, some)
        )
        statement = VERSION.where(tuple_(versions.c.article, versions.c.number).in_(last.group_by(versions.c.article)))
        found.update({row.article: to_version(row) for row in connection.execute(statement).all()})
    return found


def iter_versions(connection: Connection) -> Iterator[Version]:
    """All versions by url and number, a page of articles at a time."""
    after: tuple[str, str] | None = None
    while page := connection.execute(page_statement(after)).all():
        rows = connection.execute(VERSION.where(among(connection, versions.c.article, [row.id for row in page]))).all()
        place = {row.id: index for index, row in enumerate(page)}
        for row in sorted(rows, key=lambda row: (place[row.article], row.number)):
            yield to_version(row)
        after = (page[-1].url_start, page[-1].id)


def page_statement(after: tuple[str, str] | None) -> Select[Any]:
    """The articles that follow this one, in the order of addresses."""
    statement = select(URL_ORDER.label("url_start"), articles.c.id).order_by(URL_ORDER, articles.c.id).limit(PAGE_COUNT)
    if after is None:
        return statement
    # The first condition says nothing new, but SQLite finds its place in the index by no other.
    return statement.where(after[0] <= URL_ORDER, tuple_(URL_ORDER, articles.c.id) > tuple_(*after))


def get_source(connection: Connection, url: str) -> SourceState:
    """What is known of a source; of one that was never polled, nothing."""
    row = connection.execute(select(sources).where(sources.c.id == source_id(url))).one_or_none()
    if row is not None:
        return to_source(row)
    return SourceState(
        url=url,
        polled_at=None,
        next_poll_at=None,
        failure_count=0,
        earlier=None,
        sha256="",
        etag="",
        last_modified="",
    )
