"""Derived data made again from the archive, and caught up after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from caversham.pipeline.intake import Tally, batches, catalogue
from caversham.ports import Archive, Extract, Store
from caversham.types import Capture, CaptureKind

Progress = Callable[[int], None]  # called with the count of captures so far


def rebuild_catalogue(
    archive: Archive, store: Store, extract: Extract, *, writer_count: int, progress: Progress
) -> Tally:
    """Empty the catalogue and fill it again from the first record on.

    Within one log a revisit always follows what it repeats, and a tombstone what it withdraws. Between logs they need
    not, so with several writers both come in a second pass. A record that cannot be read is a counted loss.
    """
    store.clear()
    tally = Tally()
    captures = archive.iter_captures(skip=tally.lose)
    if writer_count <= 1:
        tally.add(_catalogue_all(captures, store, extract, progress))
        return tally
    tally.add(_catalogue_all((c for c in captures if not _rests_on_others(c)), store, extract, progress))
    again = archive.iter_captures(skip=lambda _: None)
    tally.add(_catalogue_all((c for c in again if _rests_on_others(c)), store, extract, progress))
    return tally


def catch_up(archive: Archive, store: Store, extract: Extract, *, writer: str, progress: Progress) -> Tally:
    """Mend what a crash left of this writer: members without leaves, then records that were never catalogued."""
    archive.recover()
    tally = Tally()
    captures = archive.iter_captures(store.positions(), skip=tally.lose)
    left = (c for c in captures if c.place and c.place.writer == writer)
    tally.add(_catalogue_all(left, store, extract, progress))
    return tally


def _rests_on_others(capture: Capture) -> bool:
    return capture.repeats is not None or capture.kind is CaptureKind.TOMBSTONE


def _catalogue_all(captures: Iterable[Capture], store: Store, extract: Extract, progress: Progress) -> Tally:
    tally = Tally()
    count = 0
    for batch in batches(captures):
        tally.add(catalogue(batch, store=store, extract=extract))
        count += len(batch)
        progress(count)
    return tally
