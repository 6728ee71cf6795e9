"""Captures become acknowledged: archive, then catalogue, then index.

The catalogue is a function of the archived captures. `catalogue` is the only place that writes it, for what was
just fetched or imported and for what is read back from the archive alike.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from caversham.payload import header
from caversham.pipeline.attempt import attempt
from caversham.ports import Archive, Extract, SourceState, Store, Transaction
from caversham.text import comparable
from caversham.types import (
    ArticleId,
    Capture,
    CaptureId,
    CaptureKind,
    Content,
    Earlier,
    Link,
    Look,
    Skip,
)
from caversham.urls import article_id, canonical_url, choose_canonical, is_home
from caversham.watch.decide import next_look, next_poll
from caversham.watch.states import article_of, outlet_of, runs_of

BATCH_COUNT = 500  # measured with `make bench`: larger batches gain nothing and lose more to a crash
BATCH_BYTES = 16 * 2**20  # of bodies held in memory at once
LOSS_COUNT = 20  # losses told one by one; all are counted

NO_LEASES: Mapping[str, int] = MappingProxyType({})
SHOWN = frozenset({CaptureKind.PAGE, CaptureKind.ROW, CaptureKind.FILE})
ITEMS = SHOWN | {CaptureKind.SIGHTING, CaptureKind.FAILURE}
WATCHED = frozenset({CaptureKind.SOURCE, CaptureKind.ROBOTS})


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of captures; every capture is counted once in `outcomes`, every loss in `skips` too."""

    outcomes: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    losses: list[Skip] = field(default_factory=list)  # the first of them, to be shown

    def add(self, other: Tally) -> None:
        """Count the other tally in."""
        self.outcomes.update(other.outcomes)
        self.skips.update(other.skips)
        self.losses = [*self.losses, *other.losses][:LOSS_COUNT]

    def lose(self, skip: Skip) -> None:
        """Count a loss."""
        self.skips[skip.reason] += 1
        self.losses = [*self.losses, skip][:LOSS_COUNT]


def batches(captures: Iterable[Capture]) -> Iterator[tuple[Capture, ...]]:
    """Cut a stream into batches of at most BATCH_COUNT captures and about BATCH_BYTES of bodies."""
    batch: list[Capture] = []
    size_bytes = 0
    for capture in captures:
        batch.append(capture)
        size_bytes += len(capture.body)
        if len(batch) >= BATCH_COUNT or size_bytes >= BATCH_BYTES:
            yield tuple(batch)
            batch, size_bytes = [], 0
    if batch:
        yield tuple(batch)


def take_in(
    batch: Sequence[Capture], *, archive: Archive, store: Store, extract: Extract, leases: Mapping[str, int] = NO_LEASES
) -> Tally:
    """Write a batch to the archive and then the catalogue; what is known or withdrawn is left out and counted."""
    fresh, tally = _leave_out_known(batch, store)
    if fresh:
        tally.add(catalogue(archive.append(fresh), store=store, extract=extract, leases=leases))
    return tally


def catalogue(
    captures: Sequence[Capture], *, store: Store, extract: Extract, leases: Mapping[str, int] = NO_LEASES
) -> Tally:
    """Catalogue archived captures in one transaction: the acknowledgement.

    Captures have id and place. Redirects on the way are catalogued before their capture. `leases` are the fencing
    tokens by host that the captures rest on; StationError where one was lost.
    """
    flat = [part for capture in captures for part in (*capture.hops, capture)]
    shown = [_show(capture, extract) for capture in flat]
    tally = Tally()
    with store.transaction() as tx:
        for host, token in leases.items():
            tx.check_lease(host, token)
        _Batch(tx, tally).write(shown)
    return tally


def _leave_out_known(batch: Sequence[Capture], store: Store) -> tuple[list[Capture], Tally]:
    tally = Tally()
    led = [(capture, _led_through(capture)) for capture in batch]
    with store.transaction() as tx:
        known = set(tx.known_looks([capture.look for capture in batch if capture.look]))
        withdrawn = tx.withdrawn(list({article for _, articles in led for article in articles}))
    fresh = []
    for capture, articles in led:
        if capture.look and capture.look in known:
            tally.outcomes["known"] += 1
        elif withdrawn.intersection(articles):
            tally.outcomes["skipped"] += 1
            detail = "this address was withdrawn from this station"
            tally.lose(Skip(step="archive", subject=capture.url, reason="withdrawn", detail=detail))
        else:
            fresh.append(capture)
            known |= {capture.look} - {""}
    return fresh, tally


def _led_through(capture: Capture) -> tuple[ArticleId, ...]:
    """The articles at the addresses that a look at an item was led through, from the one asked for to the last."""
    if capture.kind not in ITEMS:
        return ()
    urls = dict.fromkeys((capture.url, *(hop.url for hop in capture.hops), capture.final_url))
    return tuple(article_id(url) for url in map(_usable, urls) if url)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A capture and what was found in it."""

    capture: Capture
    article: ArticleId | None = None
    url: str = ""  # canonical
    content: Content | None = None
    skip: Skip | None = None


def _show(capture: Capture, extract: Extract) -> _Shown:
    """What the capture shows. One that cannot be made sense of is a loss, for a record must never stop the catalogue."""
    shown = attempt("catalogue", capture.url, lambda: _show_kind(capture, extract))
    return _Shown(capture=capture, skip=shown) if isinstance(shown, Skip) else shown


def _show_kind(capture: Capture, extract: Extract) -> _Shown:
    if capture.kind in SHOWN:
        return _show_item(capture, extract)
    if capture.kind is CaptureKind.FAILURE:
        skip = _parse_failure(capture)
        # A failed source is the source's own affair; a failed item is a look at the item.
        article = _address_id(capture) if skip.step == "collect" else None
        return _Shown(capture=capture, article=article, url=_canonical(capture.url) if article else "", skip=skip)
    if capture.kind is CaptureKind.SIGHTING:
        return _Shown(capture=capture, article=_address_id(capture), url=_canonical(capture.url))
    return _Shown(capture=capture)


def _show_item(capture: Capture, extract: Extract) -> _Shown:
    own_url = _canonical(capture.final_url)
    if is_home(own_url) and not is_home(capture.url):
        return _led_home(capture)
    if not _has_text(capture):
        return _Shown(capture=capture, article=article_id(own_url), url=own_url)
    content = attempt("extract", capture.url, lambda: extract(capture))
    if isinstance(content, Skip):
        return _Shown(capture=capture, article=article_id(own_url), url=own_url, skip=content)
    url = choose_canonical(capture.final_url, content.canonical)
    return _Shown(capture=capture, article=article_id(url), url=url, content=content)


def _led_home(capture: Capture) -> _Shown:
    """A look at the item that was asked for: the front page, which sites show in its place, is no article."""
    url = _canonical(capture.url)
    detail = f"{capture.url!r} leads to the front page {capture.final_url!r}; what it showed before stays"
    skip = Skip(step="extract", subject=capture.url, reason="led_home", detail=detail)
    return _Shown(capture=capture, article=article_id(url), url=url, skip=skip)


def _has_text(capture: Capture) -> bool:
    is_answer = capture.status is None or 200 <= capture.status < 300
    return is_answer and capture.repeats is None and (capture.kind is not CaptureKind.ROW or _row_has_text(capture))


def _row_has_text(capture: Capture) -> bool:
    row = json.loads(capture.body)
    return bool(row.get("text") or row.get("html") or row.get("title"))


def _canonical(url: str) -> str:
    return url if url.startswith("urn:") else canonical_url(url)


def _address_id(capture: Capture) -> ArticleId | None:
    return None if capture.url.startswith("urn:") else article_id(canonical_url(capture.url))


def _parse_failure(capture: Capture) -> Skip:
    body = json.loads(capture.body)
    return Skip(step=body["step"], subject=body["subject"], reason=body["reason"], detail=body["detail"])


class _Batch:
    """One transaction's work on the catalogue."""

    def __init__(self, tx: Transaction, tally: Tally) -> None:
        self._tx = tx
        self._tally = tally
        self._sources: dict[str, SourceState] = {}

    def write(self, shown: Sequence[_Shown]) -> None:
        """Store captures and everything that follows from them."""
        looks = self._add_captures(self._without_withdrawn(shown))
        self._tx.add_skips([item.skip for item in shown if item.skip])
        firsts = self._put_articles(looks)
        for item, article in looks:
            self._follow_up(item, article)
            self._count(item, item.capture.id in firsts)
        for writer, leaf in _ends(shown).items():
            self._tx.advance(writer, leaf)

    def _without_withdrawn(self, shown: Sequence[_Shown]) -> list[_Shown]:
        """A page elsewhere that says it is a withdrawn one (rel=canonical) is a look at it, and leaves no text."""
        withdrawn = self._tx.withdrawn(list({item.article for item in shown if item.article}))
        return [replace(item, content=None) if item.article in withdrawn else item for item in shown]

    def _add_captures(self, shown: Sequence[_Shown]) -> list[tuple[_Shown, ArticleId | None]]:
        """Store captures with contents; each comes back with the article that it is a look at."""
        found = [item.content for item in shown if item.content]
        content_ids = iter(self._tx.add_contents(found))
        rows: dict[CaptureId | None, tuple[Capture, ArticleId | None, str | None, str | None]] = {}
        repeated = [item.capture.repeats.id for item in shown if item.capture.repeats]
        earlier = self._tx.looks_by_capture(repeated)
        for item in shown:
            capture, article = item.capture, item.article
            content_id = next(content_ids) if item.content else None
            key = comparable(item.content.title, item.content.text) if item.content else None
            if capture.repeats and capture.kind in SHOWN:
                article, content_id, key = _repeated(capture.repeats.id, rows, earlier, default=article)
            rows.setdefault(capture.id, (capture, article, content_id, key))
        self._tx.add_captures(list(rows.values()))
        return [(item, rows[item.capture.id][1]) for item in shown]

    def _put_articles(self, looks: Sequence[tuple[_Shown, ArticleId | None]]) -> set[CaptureId | None]:
        """Decide the lives of all articles that were looked at; the first captures of their versions."""
        urls: dict[ArticleId, str] = {}
        for item, article in looks:
            if article and item.capture.kind is not CaptureKind.SIGHTING:
                self._add_alias(item, article)
                # A revisit belongs to the article that it repeats, which may be known by another address.
                urls[article] = item.url if item.article == article else urls.get(article, item.url)
        lives = []
        firsts: set[CaptureId | None] = set()
        withdrawn = self._tx.withdrawn(list(urls))
        for article, known in self._tx.get_looks([article for article in urls if article not in withdrawn]).items():
            runs = runs_of(known)
            firsts.update(run.first.capture for run in runs)
            life = article_of(article, urls[article], outlet_of(known), known)
            lives.append((life, runs, next_look(known)))
        self._tx.put_articles(lives)
        return firsts

    def _add_alias(self, item: _Shown, article: ArticleId) -> None:
        asked = _address_id(item.capture)
        if asked and asked != article:
            self._tx.add_alias(asked, article)

    def _follow_up(self, item: _Shown, article: ArticleId | None) -> None:
        capture = item.capture
        if capture.kind is CaptureKind.LISTING:
            links = (link for link in parse_links(capture))
            self._tx.add_links([(article_id(url), url, link) for link in links if (url := _usable(link.url))])
        elif capture.kind is CaptureKind.SIGHTING and article:
            self._tx.add_links([(article, item.url, _sighted(capture))])
        elif capture.kind in WATCHED or (item.skip and item.skip.step in {"poll", "robots"}):
            self._put_source(capture)
        elif capture.kind is CaptureKind.TOMBSTONE:
            self._withdraw(capture)

    def _put_source(self, capture: Capture) -> None:
        before = self._sources.get(capture.url) or self._tx.get_source(capture.url)
        after = source_after(before, capture)
        self._sources[capture.url] = after
        self._tx.put_source(after, capture.outlet)

    def _withdraw(self, tombstone: Capture) -> None:
        body = json.loads(tombstone.body)
        url = canonical_url(tombstone.url)
        self._tx.add_withdrawal(
            article_id(url),
            url=url,
            outlet=tombstone.outlet,
            at=tombstone.captured_at,
            reason=body["reason"],
            records=[CaptureId(record["id"]) for record in body["records"]],
        )

    def _count(self, item: _Shown, is_version: bool) -> None:  # noqa: FBT001 # private, called once
        outcome = _outcome(item, is_version=is_version)
        if outcome:
            self._tally.outcomes[outcome] += 1
        if item.skip:
            self._tally.lose(item.skip)


def _repeated(
    id_: CaptureId,
    rows: Mapping[CaptureId | None, tuple[Capture, ArticleId | None, str | None, str | None]],
    earlier: Mapping[CaptureId, tuple[ArticleId | None, Look]],
    *,
    default: ArticleId | None,
) -> tuple[ArticleId | None, str | None, str | None]:
    if id_ in rows:
        return rows[id_][1:]
    if id_ in earlier:
        article, look = earlier[id_]
        return article, look.content, look.comparable
    return default, None, None


def _outcome(item: _Shown, *, is_version: bool) -> str:
    kind = item.capture.kind
    if item.skip:
        return "skipped"
    if kind not in SHOWN:
        return "" if kind in {CaptureKind.REDIRECT, CaptureKind.WITHDRAWN} else kind.value
    if is_version:
        return "version"
    return "unchanged" if item.content or item.capture.repeats else "no_text"


def _ends(shown: Sequence[_Shown]) -> dict[str, int]:
    """By log, the leaf after the last one of these captures."""
    ends: dict[str, int] = {}
    for item in shown:
        place = item.capture.place
        if place:
            ends[place.writer] = max(ends.get(place.writer, 0), place.leaf + 1)
    return ends


def parse_links(capture: Capture) -> Iterator[Link]:
    """What a listing showed, in order: `urls`, with `titles` and `published` beside them where known."""
    row = json.loads(capture.body)
    urls = row.get("urls", [])
    hints = (_beside(urls, row.get(name)) for name in ("titles", "published"))
    for url, title, published in zip(urls, *hints, strict=True):
        yield Link(
            url=url,
            outlet=capture.outlet,
            source=capture.url,
            found_at=capture.captured_at,
            title_hint=title,
            published_hint=published,
        )


def _beside(urls: Sequence[str], hints: object) -> Sequence[str]:
    """The hints, one for each address; of an imported row, whose other fields may hold anything, none."""
    is_fitting = isinstance(hints, list) and len(hints) == len(urls) and all(isinstance(hint, str) for hint in hints)
    return hints if isinstance(hints, list) and is_fitting else [""] * len(urls)


def _usable(url: str) -> str:
    found = attempt("listing", url, lambda: canonical_url(url))
    return found if isinstance(found, str) else ""


def _sighted(capture: Capture) -> Link:
    row = json.loads(capture.body)
    return Link(
        url=capture.url,
        outlet=capture.outlet,
        source=capture.via,
        found_at=capture.captured_at,
        title_hint=str(row.get("title", "")),
        published_hint=str(row.get("published_on") or row.get("published_at") or row.get("date") or ""),
    )


def source_after(before: SourceState, capture: Capture) -> SourceState:
    """What is known of a source after this look at it."""
    # RFC 9309 section 2.3.1.3: a robots.txt that is refused or not there is an answer (everything is allowed).
    limit = 500 if capture.kind is CaptureKind.ROBOTS else 400
    has_answer = capture.status is not None and capture.status < limit
    has_body = has_answer and capture.repeats is None and capture.id is not None
    failure_count = 0 if has_answer else before.failure_count + 1
    earlier = (
        Earlier(id=capture.id, url=capture.final_url, captured_at=capture.captured_at)
        if has_body and capture.id
        else before.earlier
    )
    return SourceState(
        url=capture.url,
        polled_at=capture.captured_at,
        next_poll_at=next_poll(capture.via, failure_count, changed=has_body, last=capture.captured_at),
        failure_count=failure_count,
        earlier=earlier,
        sha256=capture.sha256 if has_body else before.sha256,
        etag=header(capture.headers, "ETag") if has_answer else before.etag,
        last_modified=header(capture.headers, "Last-Modified") if has_answer else before.last_modified,
    )
