"""Back through an outlet's own pages: dated archive pages, and items whose addresses are numbered.

What an archive page showed is kept as of any listing, so an interrupted walk reads it back instead of asking again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from caversham.collect.backfill import Period, day_of, is_dated, iter_numbers, iter_pages, iter_periods
from caversham.collect.imports import make_listing
from caversham.collect.listings import parse_listing
from caversham.errors import NotHeld
from caversham.outlets.templates import fill
from caversham.pipeline.attempt import attempt
from caversham.pipeline.walking import STEP, Plan, Walk, is_unavailable
from caversham.ports import SourceState
from caversham.times import day_in_zone, zone
from caversham.types import Article, ArticleId, Capture, CaptureKind, Link, Skip, Source, State, Version
from caversham.urls import article_id, canonical_url

GONE_STATUSES = frozenset({404, 410})  # RFC 9110, section 15.5
NUMBER_LIMIT = 100_000  # numbers tried in one direction in one run: a site may answer any number with a page
REFUSALS = frozenset({"robots", "address_refused"})  # as good as an address with nothing there

Links = tuple[Link, ...]


class Retracing:
    """A walk back through one source of the outlet itself."""

    def __init__(self, plan: Plan, walk: Walk, source: Source) -> None:
        self._plan = plan
        self._walk = walk
        self._tools = walk.tools
        self._source = source
        self._since = max(plan.since, source.since or plan.since)
        self._until = min(plan.until, source.until or plan.until)
        self._tried: set[str] = set()

    async def walk_archive(self) -> None:
        """Look at the archive pages of the days wanted and at the items they show, newest days first."""
        periods = iter_periods(self._source.url, self._since, self._until)
        for period in periods:
            await self._walk_period(period)
            if self._walk.is_stopped:
                self._walk.remaining += sum(1 for _ in periods)

    async def walk_numbers(self) -> None:
        """Look at numbered addresses upward from the known one and then downward.

        Each direction ends after a run of numbers that brought nothing of the days wanted.
        """
        for is_upward in (True, False):
            if not self._walk.is_stopped:
                await self._walk_direction(is_upward=is_upward)

    # --- Archive pages ---

    async def _walk_period(self, period: Period) -> None:
        seen: set[str] = set()
        for number, url in enumerate(iter_pages(self._source, period)):
            links = await self._links(replace(self._source, url=url), period, is_first=number == 0)
            fresh = [link for link in links if link.url not in seen]
            seen.update(link.url for link in fresh)
            await self._look_at([link for link in fresh if self._is_wanted(link)])
            if not fresh or self._walk.is_stopped or self._is_past(fresh):
                return

    async def _links(self, page: Source, period: Period, *, is_first: bool) -> Links:
        """What an archive page shows, now or when it was last asked; () where there is no such page."""
        state = self._tools.store.get_source(page.url)
        if self._is_settled(state, period):
            return self._held_links(page, state)
        answer = await self._walk.ask(page.url, CaptureKind.SOURCE, via="archive", conditional=state)
        if answer is None:
            self._walk.remaining += 1
            return ()
        if isinstance(answer, Skip):
            await self._walk.lose(answer)
            return ()
        return await self._shown(page, state, answer, is_first=is_first)

    def _is_settled(self, state: SourceState, period: Period) -> bool:
        """Whether the answer that was had is final: it came after the last day of the page, or moments ago."""
        if state.polled_at is None or state.next_poll_at is None:
            return False
        is_over = day_in_zone(state.polled_at, zone(self._plan.outlet.timezone)) > period.until
        return (is_over and is_dated(self._source)) or state.next_poll_at > self._tools.clock()

    def _held_links(self, page: Source, state: SourceState) -> Links:
        links = attempt(STEP, page.url, lambda: self._read_back(page, state))
        return () if isinstance(links, Skip) else links

    def _read_back(self, page: Source, state: SourceState) -> Links:
        held = self._walk.asker.held(state)
        return parse_listing(held, page) if held else ()

    async def _shown(self, page: Source, state: SourceState, answer: Capture, *, is_first: bool) -> Links:
        """What an answer shows; it is handed over, after what it shows. That later pages show nothing is no loss."""
        if answer.repeats is not None:
            await self._tools.keeper.put([answer])
            return self._held_links(page, state)
        links = _links_of(answer, page)
        if isinstance(links, Skip):
            failure = self._walk.asker.failure(links, via="archive")
            await self._tools.keeper.put([failure, answer] if is_first else [answer])
            return ()
        at, outlet = answer.captured_at, self._plan.outlet.id
        await self._tools.keeper.put([make_listing(links, url=page.url, outlet=outlet, now=at, via="archive"), answer])
        return links

    def _is_wanted(self, link: Link) -> bool:
        """Whether an entry may be of the days wanted. An archive whose addresses have dates says so by these."""
        day = None if is_dated(self._source) else day_of(link, self._plan.outlet.timezone)
        return day is None or self._since <= day <= self._until

    def _is_past(self, links: Sequence[Link]) -> bool:
        """Whether all entries whose day is known are of days before those wanted."""
        if is_dated(self._source):
            return False
        days = [day_of(link, self._plan.outlet.timezone) or self._published_on(link.url) for link in links]
        known = [day for day in days if day is not None]
        return bool(known) and max(known) < self._since

    # --- Items ---

    async def _look_at(self, links: Sequence[Link]) -> None:
        """Ask for the items that were never answered for; what was is held."""
        await self._tools.keeper.settle()
        withdrawn = self._withdrawn(links)
        for link in links:
            if _address_id(link.url) in withdrawn or self._is_done(link.url):
                self._walk.held += 1
            elif link.url not in self._tried:
                self._tried.add(link.url)
                await self._look_at_one(link)
        await self._tools.keeper.settle()

    async def _look_at_one(self, link: Link) -> None:
        answer = await self._walk.ask(link.url, CaptureKind.PAGE, via=link.source)
        if answer is None:
            self._walk.remaining += 1
        elif isinstance(answer, Skip):
            # As a loss of `collect`, which is a look at the item that brought no answer.
            await self._walk.lose(replace(answer, step="collect"))
        else:
            await self._tools.keeper.put([answer])

    def _withdrawn(self, links: Sequence[Link]) -> frozenset[ArticleId]:
        ids = [id_ for link in links if (id_ := _address_id(link.url))]
        with self._tools.store.transaction() as tx:
            return tx.withdrawn(ids)

    def _is_done(self, url: str) -> bool:
        """Whether the item was ever answered for, be it by a page without an article."""
        article = self._article(url)
        if article is None or article.state is not State.UNKNOWN:
            return article is not None
        looks = self._tools.store.get_captures(article.id)
        return any(look.kind is CaptureKind.PAGE and not is_unavailable(look) for look in looks)

    def _article(self, url: str) -> Article | None:
        id_ = _address_id(url)
        try:
            return self._tools.store.get_article(id_) if id_ else None
        except NotHeld:
            return None

    def _latest(self, url: str) -> Version | None:
        article = self._article(url)
        return self._tools.store.get_latest([article.id]).get(article.id) if article else None

    def _published_on(self, url: str) -> date | None:
        version = self._latest(url)
        return version.content.published.on if version and version.content.published else None

    # --- Numbers ---

    async def _walk_direction(self, *, is_upward: bool) -> None:
        miss_count = 0
        for tried, number in enumerate(iter_numbers(self._source, is_upward=is_upward)):
            if tried == NUMBER_LIMIT:
                self._walk.is_stopped = True
            is_of_period = await self._try_number(fill(self._source.url, number=number), is_upward=is_upward)
            miss_count = 0 if is_of_period else miss_count + 1
            if self._walk.is_stopped or miss_count == self._source.misses:
                return

    async def _try_number(self, url: str, *, is_upward: bool) -> bool:
        """Whether there is an item at a number, of the days wanted or on the way to them; unknown counts as yes."""
        if self._is_done(url):
            self._walk.held += 1
            return self._is_of_period(url, is_upward=is_upward)
        if self._is_known_miss(url, is_upward=is_upward):
            return False
        answer = await self._walk.ask(url, CaptureKind.PAGE, via=self._source.url)
        if answer is None:
            self._walk.remaining += 1
            return True
        if isinstance(answer, Skip):
            await self._walk.lose(answer)
            return answer.reason not in REFUSALS
        return await self._keep_number(url, answer, is_upward=is_upward)

    async def _keep_number(self, url: str, answer: Capture, *, is_upward: bool) -> bool:
        if answer.status in GONE_STATUSES:
            # Nobody said that there is an item at this number: it is a place that was asked, as a source is.
            await self._tools.keeper.put([replace(answer, kind=CaptureKind.SOURCE, via="numbered")])
            return False
        await self._tools.keeper.put([answer])
        await self._tools.keeper.settle()
        return self._is_of_period(url, is_upward=is_upward)

    def _is_of_period(self, url: str, *, is_upward: bool) -> bool:
        version = self._latest(url)
        if version is None:
            return False
        day = version.content.published.on if version.content.published else None
        return day is None or (day <= self._until if is_upward else day >= self._since)

    def _is_known_miss(self, url: str, *, is_upward: bool) -> bool:
        """Whether nothing was there when it was asked. Upward that is no answer for good: numbers are given out."""
        state = self._tools.store.get_source(url)
        is_recent = state.next_poll_at is not None and state.next_poll_at > self._tools.clock()
        return state.polled_at is not None and (is_recent or not is_upward)


def _links_of(answer: Capture, page: Source) -> Links | Skip:
    if answer.status != 200:
        detail = f"the archive page {page.url!r} answers {answer.status}"
        return Skip(step=STEP, subject=page.url, reason="missing_page", detail=detail)
    return attempt(STEP, page.url, lambda: parse_listing(answer, page))


def _address_id(url: str) -> ArticleId | None:
    found = attempt(STEP, url, lambda: article_id(canonical_url(url)))
    return None if isinstance(found, Skip) else found
