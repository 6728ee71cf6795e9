"""What is handed over is taken in, in order, or whoever hands over is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from caversham.collect.imports import make_failure
from caversham.errors import StationError
from caversham.pipeline.intake import Tally
from caversham.pipeline.keeper import Keeper
from caversham.types import Capture, Skip


def make_look(number: int) -> Capture:
    """Some capture."""
    skip = Skip(step="collect", subject=f"http://agency.example/{number}", reason="timeout")
    return make_failure(skip, url=skip.subject, now=datetime(2026, 3, 1, tzinfo=UTC), via="")


def test_after_a_batch_that_failed_nothing_more_is_taken_in() -> None:
    """What was archived of it is catalogued by the next start, which looks no further back than the last commit."""
    batches: list[Sequence[Capture]] = []

    def fail_once(batch: Sequence[Capture]) -> Tally:
        batches.append(batch)
        if len(batches) == 1:
            raise StationError("the disk is full")
        return Tally()

    async def hand_over() -> list[str]:
        told = []
        async with Keeper(fail_once) as keeper:
            await keeper.put([make_look(1)])
            for number in (2, 3):
                try:
                    await keeper.settle()
                    await keeper.put([make_look(number)])
                except StationError as error:
                    told.append(str(error))
        return told

    assert (asyncio.run(hand_over()), len(batches)) == (["the disk is full"] * 2, 1)


def test_leaving_waits_for_what_was_handed_over() -> None:
    """Also where an error or an interruption is the reason for leaving."""
    kept: list[Capture] = []

    def keep(batch: Sequence[Capture]) -> Tally:
        kept.extend(batch)
        return Tally()

    async def hand_over() -> None:
        async with Keeper(keep) as keeper:
            await keeper.put([make_look(1)])
            await keeper.put([make_look(2)])
            raise KeyError("interrupted")

    with pytest.raises(KeyError):
        asyncio.run(hand_over())
    assert kept == [make_look(1), make_look(2)]
