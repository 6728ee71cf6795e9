"""One way into an outlet's past: how many requests it may still make, what it met, and when to leave a host alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from caversham.answers import Walked
from caversham.collect.fetch import HOST_FAILURES
from caversham.pipeline.asking import Asker, Tools, host_and_port
from caversham.ports import SourceState
from caversham.types import Address, Capture, CaptureKind, Outlet, Skip

STEP = "backfill"
TROUBLE_LIMIT = 3  # looks in a row without a usable answer, after which a host is left to another run; our choice
RESTING = "host_resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run of `backfill` is to look for."""

    outlet: Outlet
    since: date
    until: date
    ways: tuple[str, ...]  # archive, numbered, wayback, commoncrawl
    limit: int | None = None  # requests of this run; None: as many as it takes


@dataclass(slots=True, kw_only=True)
class Budget:
    """Requests that a run may still make, over all of its walks."""

    left: int | None  # None: without end
    left_out: Counter[str] = field(default_factory=Counter)  # what was listed and is no subject of a backfill

    def take(self) -> bool:
        """Whether there was one left, which is now taken."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


class Walk:
    """One way into the past, from one source."""

    def __init__(self, tools: Tools, asker: Asker, budget: Budget, *, way: str, source: str) -> None:
        self.tools = tools
        self.asker = asker
        self.budget = budget
        self.way = way
        self.source = source
        self.held = 0
        self.remaining = 0
        self.is_stopped = False  # nothing more is asked for in this run
        self._is_whole = True  # nothing was lost that another run might get
        self._request_count = 0
        self._trouble_count = 0

    @property
    def answer(self) -> Walked:
        """How far it was gone."""
        is_complete = self._is_whole and not self.is_stopped and self.remaining == 0
        return Walked(
            way=self.way,
            source=self.source,
            requests=self._request_count,
            held=self.held,
            remaining=self.remaining,
            is_complete=is_complete,
        )

    async def ask(
        self,
        url: str,
        kind: CaptureKind,
        *,
        via: str,
        conditional: Address | SourceState | None = None,
        byte_range: tuple[int, int] | None = None,
        follows: bool = True,
    ) -> Capture | Skip | None:
        """The answer of an address, or why there is none; None: it was not asked for, since the walk ends here.

        An address whose host asks for a pause, or is in trouble, is a Skip (`unavailable`).
        """
        if self.is_stopped or not self.tools.leases.can_ask(host_and_port(url)) or not self.budget.take():
            self.is_stopped = True
            return None
        self._request_count += 1
        answer = await self.asker.try_ask(
            url, kind, via=via, step=STEP, conditional=conditional, byte_range=byte_range, follows=follows
        )
        if isinstance(answer, Capture) and is_unavailable(answer):
            detail = f"{url!r} answers {answer.status}: not now"
            answer = Skip(step=STEP, subject=url, reason="unavailable", detail=detail)
        self._note(answer)
        return answer

    async def lose(self, skip: Skip, *, url: str = "", look: str = "") -> None:
        """Hand a loss over. With `look` it is one for good; without, another run may bring what was lost."""
        self._is_whole = self._is_whole and bool(look)
        await self.tools.keeper.put([self.asker.failure(skip, via=self.way, url=url, look=look)])

    def _note(self, answer: Capture | Skip) -> None:
        is_trouble = isinstance(answer, Skip) and answer.reason in {*HOST_FAILURES, RESTING, "unavailable"}
        self._trouble_count = self._trouble_count + 1 if is_trouble else 0
        is_resting = isinstance(answer, Skip) and answer.reason == RESTING
        self.is_stopped = is_resting or self._trouble_count >= TROUBLE_LIMIT


def is_unavailable(answer: Capture) -> bool:
    """Whether an answer says "not now" (RFC 6585, section 4; RFC 9110, section 15.6) and nothing of what was asked."""
    return answer.status is not None and (answer.status == 429 or answer.status >= 500)
