"""Back through the archives of others: what the Wayback Machine and Common Crawl captured of an outlet.

Answers of their indexes are kept like those of any source, so an interrupted walk reads them back; a capture is known
by address, instant and archive before it is asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import TypeVar

from caversham.archive.foreign import ForeignFile, iter_file
from caversham.collect.cdx import (
    Collection,
    Entry,
    Listed,
    Part,
    crawl_query,
    index_hosts,
    memento_url,
    parse_collections,
    parse_crawl,
    parse_page_count,
    parse_wayback,
    restore_memento,
    settle_record,
    wayback_query,
)
from caversham.errors import RecordError
from caversham.pipeline.attempt import attempt
from caversham.pipeline.walking import STEP, Plan, Walk
from caversham.ports import SourceState
from caversham.settings import Archives
from caversham.types import Capture, CaptureKind, Skip
from caversham.urls import article_id, canonical_url, is_home

T = TypeVar("T")

INDEX_LIFE = timedelta(days=7)  # then an index is asked again, for archives add to their past; our choice
INDEX_PAGE_LIMIT = 10_000  # answers of an index for one host in one run
AT_ONCE = 200  # entries that are compared with the catalogue together
FOR_GOOD = frozenset({"redirect", "too_large"})  # losses that asking again does not mend
NOTHING_LISTED = Listed(entries=(), losses=())


class Mementos:
    """A walk through one archive of others."""

    def __init__(self, plan: Plan, walk: Walk, archives: Archives, owns: Callable[[str], bool]) -> None:
        self._plan = plan
        self._walk = walk
        self._tools = walk.tools
        self._archives = archives
        self._owns = owns
        outlet = plan.outlet
        self._hosts = index_hosts([*outlet.hosts, *(host for edition in outlet.editions for host in edition.hosts)])

    async def walk_wayback(self) -> None:
        """Take in what the Wayback Machine lists for the hosts of the outlet."""
        for host in self._hosts:
            await self._walk_wayback_host(host)

    async def walk_common_crawl(self) -> None:
        """Take in what the crawls of these days list for the hosts of the outlet, newest crawl first."""
        crawls = await self._index(f"{self._archives.common_crawl}/collinfo.json", parse_collections)
        for crawl in crawls or ():
            if crawl.since <= self._plan.until and crawl.until >= self._plan.since:
                for host in self._hosts:
                    await self._walk_crawl(crawl, host)

    async def _walk_wayback_host(self, host: str) -> None:
        key, keys = "", {""}  # an index may name a key again, and would then be read in a circle
        while len(keys) <= INDEX_PAGE_LIMIT:
            url = wayback_query(self._archives.wayback, host, self._plan.since, self._plan.until, key)
            listed = await self._index(url, parse_wayback)
            await self._take(listed or NOTHING_LISTED, self._fetch_memento)
            if listed is None or self._walk.is_stopped or listed.resume_key in keys:
                return
            key = listed.resume_key
            keys.add(key)

    async def _walk_crawl(self, crawl: Collection, host: str) -> None:
        since, until = self._plan.since, self._plan.until
        count = await self._index(crawl_query(crawl.index, host, since, until, None), parse_page_count, nothing=0)
        for page in range(count or 0):
            url = crawl_query(crawl.index, host, since, until, page)
            listed = await self._index(url, parse_crawl, nothing=NOTHING_LISTED)
            await self._take(listed or NOTHING_LISTED, self._fetch_record)

    # --- Indexes ---

    async def _index(self, url: str, parse: Callable[[Capture], T], *, nothing: T | None = None) -> T | None:
        """What an index answers, now or when it was last asked; None: the loss was handed over, or the walk ended.

        `nothing` is what 404 means, where that is how an index says that it lists nothing.
        """
        state = self._tools.store.get_source(url)
        if state.polled_at is not None and self._tools.clock() - state.polled_at < INDEX_LIFE:
            found = nothing if state.earlier is None else self._held(state, parse)
            if found is not None:
                return found
        answer = await self._walk.ask(url, CaptureKind.SOURCE, via=self._walk.way, conditional=state)
        if answer is None:
            self._walk.remaining += 1
            return None
        parsed = answer if isinstance(answer, Skip) else self._parse(answer, state, parse, nothing)
        if isinstance(parsed, Skip):
            await self._walk.lose(parsed)
            return None
        if isinstance(answer, Capture):
            await self._tools.keeper.put([answer])
        return parsed

    def _parse(self, answer: Capture, state: SourceState, parse: Callable[[Capture], T], nothing: T | None) -> T | Skip:
        if answer.repeats is not None:
            held = self._held(state, parse)
            return held if held is not None else self._index_loss(answer, "cannot be read back")
        if answer.status == 404 and nothing is not None:
            return nothing
        if answer.status != 200:
            return self._index_loss(answer, f"answers {answer.status}")
        return attempt(STEP, answer.url, lambda: parse(answer))

    def _held(self, state: SourceState, parse: Callable[[Capture], T]) -> T | None:
        held = attempt(STEP, state.url, lambda: self._walk.asker.held(state))
        found = attempt(STEP, state.url, lambda: parse(held)) if isinstance(held, Capture) else None
        return None if isinstance(found, Skip) else found

    def _index_loss(self, answer: Capture, what: str) -> Skip:
        return Skip(step=STEP, subject=answer.url, reason="no_index", detail=f"the index at {answer.url!r} {what}")

    # --- Entries ---

    async def _take(self, listed: Listed, fetch: Callable[[Entry], Awaitable[None]]) -> None:
        """Take in the captures that are listed and not known, in the order of the list."""
        for loss in listed.losses:
            look = sha256(f"{loss.subject}\n{loss.detail}".encode("utf-8", "replace")).hexdigest()
            await self._walk.lose(loss, url=f"urn:sha256:{look}", look=look)
        entries = iter([entry for entry in listed.entries if self._is_wanted(entry)])
        while some := list(islice(entries, AT_ONCE)):
            await self._tools.keeper.settle()
            known = self._known(some)
            self._walk.held += len(known)
            for entry in some:
                if entry.look not in known:
                    await fetch(entry)
        await self._tools.keeper.settle()

    def _is_wanted(self, entry: Entry) -> bool:
        """Whether an entry is an item of this outlet and of these days; what is not is no loss, but counted."""
        why_not = self._why_not(entry)
        if why_not:
            self._walk.budget.left_out[why_not] += 1
        return not why_not

    def _why_not(self, entry: Entry) -> str:
        if not self._owns(entry.url):
            return "other_host"
        if not self._plan.since <= entry.captured_at.date() <= self._plan.until:
            return "other_day"
        return "front_page" if is_home(entry.url) else ""

    def _known(self, entries: Sequence[Entry]) -> frozenset[str]:
        """The looks that are held, were lost for good, or are at an address that was withdrawn."""
        ids = {entry.look: article_id(canonical_url(entry.url)) for entry in entries}
        with self._tools.store.transaction() as tx:
            looks = tx.known_looks(list(ids))
            withdrawn = tx.withdrawn(list(set(ids.values())))
        return looks | {look for look, article in ids.items() if article in withdrawn}

    async def _fetch_memento(self, entry: Entry) -> None:
        url = memento_url(self._archives.wayback, entry)
        answer = await self._walk.ask(url, CaptureKind.PAGE, via=entry.via, follows=False)
        await self._keep(entry, answer, lambda found: restore_memento(found, entry, self._plan.outlet.id))

    async def _fetch_record(self, entry: Entry) -> None:
        part = entry.part
        if part is None:
            return
        url = f"{self._archives.common_crawl_files}/{part.file}"
        place = (part.offset, part.size)
        answer = await self._walk.ask(url, CaptureKind.PAGE, via=entry.via, byte_range=place, follows=False)
        await self._keep(
            entry, answer, lambda found: settle_record(_read_part(found, part), entry, self._plan.outlet.id)
        )

    async def _keep(self, entry: Entry, answer: Capture | Skip | None, make: Callable[[Capture], Capture]) -> None:
        """Hand over what an archive gave for an entry, or the loss."""
        if answer is None:
            self._walk.remaining += 1
            return
        if isinstance(answer, Skip):
            look = entry.look if answer.reason in FOR_GOOD else ""
            await self._walk.lose(answer, url=entry.url, look=look)
            return
        made = attempt(STEP, answer.url, lambda: make(answer))
        if isinstance(made, Skip):
            await self._walk.lose(replace(made, subject=answer.url), url=entry.url, look=entry.look)
        else:
            await self._tools.keeper.put([made])


def _read_part(answer: Capture, part: Part) -> Capture:
    """The one record that a part of a file holds.

    Raises RecordError: `no_range` where the server gave something else than the part, or why the record cannot be read.
    """
    if answer.status not in {200, 206} or len(answer.body) != part.size:
        message = f"asked for {part.size} bytes, {answer.url!r} answers {answer.status} with {len(answer.body)}"
        raise RecordError(message, subject=answer.url, reason="no_range")
    file = ForeignFile(name=part.file, open=lambda: BytesIO(answer.body), is_seekable=False)
    found = list(islice(iter_file(file), 2))
    if len(found) != 1 or isinstance(found[0], Skip):
        why = next((one for one in found if isinstance(one, Skip)), None)
        message = f"the part of {part.file!r} at {part.offset} holds no one record: {why.detail if why else len(found)}"
        raise RecordError(message, subject=answer.url, reason=why.reason if why else "bad_record")
    return found[0]
