"""Group commit: what comes in while a batch is written makes up the next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from caversham.pipeline.intake import BATCH_BYTES, BATCH_COUNT, Tally
from caversham.types import Capture

TakeIn = Callable[[Sequence[Capture]], Tally]


class Keeper:
    """Takes captures in, one batch at a time, beside the event loop.

    `put` only hands over; `settle` returns when all that was handed over is acknowledged. Leaving the context
    waits for it too, also after an interruption. Once a batch failed nothing more is taken in: it would be catalogued
    past what is archived and not catalogued, which catching up would then never look for.
    """

    def __init__(self, take_in: TakeIn) -> None:
        self.tally = Tally()
        self._take_in = take_in
        self._waiting: list[Capture] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._thread.shutdown(wait=True)

    async def put(self, captures: Sequence[Capture]) -> None:
        """Hand captures over; waits only while a whole batch is already waiting. Raises what a batch raised."""
        if self._writing is not None and (self._writing.done() or self._is_full()):
            await self.settle()
        self._waiting.extend(captures)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def settle(self) -> None:
        """Return when everything handed over is acknowledged. Raises what the batch raised: the run cannot go on."""
        while self._writing is not None:
            writing = self._writing
            # Waited for, not awaited: an interruption of the caller must not stop the writing.
            await asyncio.wait([writing])
            writing.result()  # a batch that failed stays, so that everyone who comes after is told of it
            self._writing = self._writing if self._writing is not writing else None

    def _is_full(self) -> bool:
        return len(self._waiting) >= BATCH_COUNT or sum(len(one.body) for one in self._waiting) >= BATCH_BYTES

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            self.tally.add(await loop.run_in_executor(self._thread, self._take_in, batch))
