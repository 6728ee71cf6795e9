"""One write transaction of the catalogue (`ports.Transaction`). Rows go in many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import zstandard
from sqlalchemy import Connection, Table, bindparam, case, delete, exists, select, update

from caversham.errors import StationError
from caversham.ports import SourceState
from caversham.store import reading
from caversham.store.backend import Backend, Row, add_new, among, chunks, put
from caversham.store.rows import (
    Packed,
    article_row,
    capture_row,
    pack_content,
    place_row,
    source_row,
    storable,
    to_micros,
    withdrawn_row,
)
from caversham.store.schema import (
    aliases,
    articles,
    captures,
    contents,
    leases,
    outbox,
    positions,
    skips,
    sources,
    texts,
    versions,
    withdrawals,
)
from caversham.types import (
    Article,
    ArticleId,
    Capture,
    CaptureId,
    Content,
    Link,
    Look,
    OutletId,
    Place,
    Run,
    Skip,
    State,
)

ZSTD_LEVEL = 3  # measured on kcna_2024: higher levels gain a few percent of size and cost most of the batch's time

# What only a source says of an article: a later look at it leaves these alone.
_SAID_BY_SOURCE: Row = {"address": None, "found_at": None, "via": "", "title_hint": "", "published_hint": ""}


class SqlTransaction:
    """Writes that readers see together, when the transaction ends, or not at all."""

    def __init__(self, backend: Backend, connection: Connection) -> None:
        self._backend = backend
        self._connection = connection

    # --- Looks -----------------------------------------------------------------------------

    def known_looks(self, looks: Sequence[str]) -> frozenset[str]:
        """Which of these look identities are catalogued already."""
        wanted = [look for look in looks if look]
        return frozenset(reading.find_values(self._connection, captures.c.look, wanted))

    def add_captures(self, added: Sequence[tuple[Capture, ArticleId | None, str | None, str | None]]) -> None:
        """Store captures, each with its article, content id and comparable key.

        A capture that is there already, by its id or by the identity of its look, stays as it is.
        """
        self._add_new(captures, [capture_row(*each) for each in added])

    def add_contents(self, added: Sequence[Content]) -> tuple[str, ...]:
        """Store contents and their texts once each; the contents' ids, in order."""
        packed = [pack_content(content) for content in added]
        fresh = {each.id: each for each in packed}
        for known in reading.find_values(self._connection, contents.c.id, list(fresh)):
            del fresh[known]
        self._add_texts({each.text_id: each for each in fresh.values()})
        rows = [{"id": each.id, "text": each.text_id, "fields": each.fields} for each in fresh.values()]
        self._add_new(contents, rows)
        return tuple(each.id for each in packed)

    def get_looks(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, tuple[Look, ...]]:
        """All looks at these articles, unordered; articles without any are absent."""
        return reading.find_looks(self._connection, ids)

    def looks_by_capture(self, ids: Sequence[CaptureId]) -> Mapping[CaptureId, tuple[ArticleId | None, Look]]:
        """The looks that these captures are, each with its article; unknown ones are absent."""
        return reading.find_captured_looks(self._connection, ids)

    def move_captures(self, places: Sequence[tuple[CaptureId, Place]]) -> None:
        """Note where records lie since their file was written anew."""
        rows = [{"moved": capture, **place_row(place)} for capture, place in places]
        if rows:
            self._connection.execute(update(captures).where(captures.c.id == bindparam("moved")), rows)

    # --- Articles --------------------------------------------------------------------------

    def put_articles(self, lives: Sequence[tuple[Article, tuple[Run, ...], datetime | None]]) -> None:
        """Insert or replace articles with their versions and the instant of the next look; they enter the outbox."""
        latest = {article.id: (article, runs, next_look_at) for article, runs, next_look_at in lives}
        led_away = set(reading.find_values(self._connection, aliases.c.alias, list(latest)))
        rows = [
            article_row(article, None if id_ in led_away else next_look_at) | _SAID_BY_SOURCE
            for id_, (article, _, next_look_at) in latest.items()
        ]
        # The id is made of the address, so the address that is known stays.
        put(self._backend, self._connection, articles, rows, keep=("url", *_SAID_BY_SOURCE))
        for some in chunks(list(latest)):
            self._connection.execute(delete(versions).where(among(self._connection, versions.c.article, some)))
        runs = [_version_row(id_, run) for id_, (_, runs, _) in latest.items() for run in runs]
        self._add_new(versions, runs)
        self._add_to_outbox(list(latest))

    def add_links(self, links: Sequence[tuple[ArticleId, str, Link]]) -> None:
        """Make addresses known (with canonical URL), due at `found_at`; known ones stay as they are.

        An article that no source pointed at until now keeps its life and gets the link's address and hints, so the
        first link of the records counts, however they were cut into transactions. An alias is made known, but is not
        due; a withdrawn address is known already.
        """
        found = {article: _link_row(article, url, link) for article, url, link in reversed(links)}
        ids: list[str] = list(found)
        led_away = set(reading.find_values(self._connection, aliases.c.alias, ids))
        withdrawn = set(reading.find_values(self._connection, withdrawals.c.article, ids))
        rows = [
            row | {"next_look_at": None} if article in led_away else row
            for article, row in found.items()
            if article not in withdrawn
        ]
        if rows:
            statement = self._backend.insert(articles)
            said = {name: statement.excluded[name] for name in _SAID_BY_SOURCE}
            is_unsaid = articles.c.address.is_(None)
            put_said = statement.on_conflict_do_update(index_elements=["id"], set_=said, where=is_unsaid)
            self._backend.send(self._connection, put_said, rows)

    def add_alias(self, alias: ArticleId, article: ArticleId) -> None:
        """The address `alias` leads to `article`: it is never due again by itself.

        Of two addresses that were seen to lead to each other, the later observation holds.
        """
        target = self._end_of(article)
        if target == alias != article:
            self._connection.execute(delete(aliases).where(aliases.c.alias == article))
            target = article
        if target == alias:
            return
        put(self._backend, self._connection, aliases, [{"alias": alias, "article": target}])
        self._connection.execute(update(aliases).where(aliases.c.article == alias).values(article=target))
        self._connection.execute(update(articles).where(articles.c.id == alias).values(next_look_at=None))

    # --- Sources, losses, positions --------------------------------------------------------

    def get_source(self, url: str) -> SourceState:
        """As Store.get_source, within this transaction."""
        return reading.get_source(self._connection, url)

    def put_source(self, state: SourceState, outlet: OutletId) -> None:
        """Insert or replace what is known of a source."""
        put(self._backend, self._connection, sources, [source_row(state, outlet)])

    def add_skips(self, added: Sequence[Skip]) -> None:
        """Keep losses, each by itself."""
        rows = [
            {
                "step": skip.step,
                "subject": storable(skip.subject),
                "reason": skip.reason,
                "detail": storable(skip.detail),
            }
            for skip in added
        ]
        if rows:
            self._backend.send(self._connection, self._backend.insert(skips), rows)

    def advance(self, writer: str, leaf: int) -> None:
        """Everything of this log before `leaf` is catalogued. A position never moves back."""
        new = self._backend.insert(positions).values(writer=writer, leaf=leaf)
        further = case((new.excluded.leaf > positions.c.leaf, new.excluded.leaf), else_=positions.c.leaf)
        self._connection.execute(new.on_conflict_do_update(index_elements=["writer"], set_={"leaf": further}))

    def check_lease(self, host: str, token: int) -> None:
        """Refuse to write under a lease that was lost.

        Raises StationError, which stops the run: what it has archived but not catalogued must be read back before
        anything after it is catalogued.
        """
        is_held = (leases.c.host == host, leases.c.token == token, leases.c.owner != "")
        if self._connection.execute(select(leases.c.token).where(*is_held)).one_or_none() is None:
            raise StationError(
                f"the lease on host {host!r} with token {token} was released or taken over by another collector; nothing "
                "of this transaction was kept. Start again: what is archived is catalogued first"
            )

    # --- Withdrawal ------------------------------------------------------------------------

    def withdrawn(self, ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Which of these were withdrawn, or lead to one that was."""
        by_alias = select(aliases.c.alias).join(withdrawals, withdrawals.c.article == aliases.c.article)
        rows = reading.find_rows(self._connection, by_alias, aliases.c.alias, ids)
        own = reading.find_values(self._connection, withdrawals.c.article, ids)
        return frozenset({*map(ArticleId, own), *(ArticleId(row.alias) for row in rows)})

    def add_withdrawal(
        self, article: ArticleId, *, url: str, outlet: OutletId, at: datetime, reason: str, records: Sequence[CaptureId]
    ) -> None:
        """Forget the article's versions, contents and title, and all of these captures but their ids and places.

        What is left is the same whether the records were catalogued before they were withdrawn or after.
        """
        row = {"article": article, "url": storable(url), "withdrawn_at": to_micros(at), "reason": storable(reason)}
        self._add_new(withdrawals, [row])
        shown = select(captures.c.content).where(captures.c.article == article, captures.c.content.is_not(None))
        content_ids = list(self._connection.execute(shown.distinct()).scalars())
        self._connection.execute(delete(versions).where(versions.c.article == article))
        emptied = update(captures).where(captures.c.article == article).values(content=None, comparable=None)
        self._connection.execute(emptied)
        for some in chunks(records):
            is_named = among(self._connection, captures.c.id, some)
            left = withdrawn_row(article, url, outlet, at)
            self._connection.execute(update(captures).where(is_named).values(**left))
        empty = Article(
            id=article,
            url=url,
            outlet=outlet,
            state=State.UNKNOWN,
            first_held_at=None,
            last_seen_at=None,
            checked_at=None,
        )
        self._add_new(articles, [article_row(empty, None) | _SAID_BY_SOURCE])
        self._forget_contents(content_ids)
        forgotten = {
            "first_held_at": None,
            "last_seen_at": None,
            "checked_at": None,
            "next_look_at": None,
            "title_hint": "",
            "published_hint": "",
        }
        unknown = update(articles).where(articles.c.id == article).values(state=State.UNKNOWN.value, **forgotten)
        self._connection.execute(unknown)
        self._add_to_outbox([article])

    def _forget_contents(self, ids: Sequence[str]) -> None:
        """Delete those contents, and then those texts, that nothing refers to any more."""
        for some in chunks(ids):
            is_given = among(self._connection, contents.c.id, some)
            text_ids = list(self._connection.execute(select(contents.c.text).where(is_given)).scalars())
            is_shown = exists().where(captures.c.content == contents.c.id)
            is_cited = exists().where(versions.c.content == contents.c.id)
            self._connection.execute(delete(contents).where(is_given, ~is_shown, ~is_cited))
            is_used = exists().where(contents.c.text == texts.c.id)
            was_given = among(self._connection, texts.c.id, text_ids)
            self._connection.execute(delete(texts).where(was_given, ~is_used))

    # --- Parts -----------------------------------------------------------------------------

    def _add_new(self, table: Table, rows: Sequence[Row]) -> None:
        add_new(self._backend, self._connection, table, rows)

    def _add_texts(self, packed: dict[str, Packed]) -> None:
        for known in reading.find_values(self._connection, texts.c.id, list(packed)):
            del packed[known]
        compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
        self._add_new(texts, [{"id": each.text_id, "zstd": compressor.compress(each.text)} for each in packed.values()])

    def _add_to_outbox(self, ids: Sequence[ArticleId]) -> None:
        rows: list[dict[str, Any]] = [{"article": article} for article in ids]
        if rows:
            self._backend.send(self._connection, self._backend.insert(outbox), rows)

    def _end_of(self, article: ArticleId) -> ArticleId:
        """Where this address leads: to itself, or to the article that it is an alias of."""
        led_to = select(aliases.c.article).where(aliases.c.alias == article)
        return ArticleId(self._connection.execute(led_to).scalar() or article)


def _version_row(article: ArticleId, run: Run) -> Row:
    return {
        "article": article,
        "number": run.number,
        "capture": run.first.capture,
        "content": run.first.content,
        "last_seen_at": to_micros(run.last_seen_at),
        "look_count": run.look_count,
    }


def _link_row(article: ArticleId, url: str, link: Link) -> Row:
    return {
        "id": article,
        "url": storable(url),
        "address": storable(link.url),
        "outlet": storable(link.outlet),
        "state": State.UNKNOWN.value,
        "next_look_at": to_micros(link.found_at),
        "found_at": to_micros(link.found_at),
        "via": storable(link.source),
        "title_hint": storable(link.title_hint),
        "published_hint": storable(link.published_hint),
    }
