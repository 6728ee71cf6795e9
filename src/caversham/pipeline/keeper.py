"""Group commit: what comes in while a batch is written makes up the next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from caversham.pipeline.intake import Tally
from caversham.types import Capture

TakeIn = Callable[[Sequence[Capture]], Tally]


class Keeper:
    """Takes captures in, one batch at a time, beside the event loop.

    `keep` returns when its captures are acknowledged. Leaving the context waits for the batch under way.
    """

    def __init__(self, take_in: TakeIn) -> None:
        self.tally = Tally()
        self._take_in = take_in
        self._waiting: list[tuple[Sequence[Capture], asyncio.Future[None]]] = []
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)

    async def keep(self, captures: Sequence[Capture]) -> None:
        """Archive and catalogue these captures; returns when they are acknowledged."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((captures, done))
        async with self._turn:
            if self._waiting and not done.done():
                await self._write_waiting(loop)
        await done

    async def _write_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting, self._waiting = self._waiting, []
        batch = [capture for captures, _ in waiting for capture in captures]
        work = loop.run_in_executor(self._thread, self._take_in, batch)
        work.add_done_callback(partial(self._acknowledge, [done for _, done in waiting]))
        # Waited for, not awaited: an interruption must not part a batch from its acknowledgement.
        await asyncio.wait([work])

    def _acknowledge(self, waiting: Sequence[asyncio.Future[None]], work: asyncio.Future[Tally]) -> None:
        error = work.exception()
        if error is None:
            self.tally.add(work.result())
        for done in waiting:
            if done.cancelled():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
