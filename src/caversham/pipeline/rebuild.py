"""Derived data made again from the archive, and caught up after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from caversham.pipeline.intake import Tally, batches, catalogue
from caversham.ports import Archive, Extract, Store
from caversham.types import Capture

Progress = Callable[[int], None]  # called with the count of captures so far


def rebuild_catalogue(
    archive: Archive, store: Store, extract: Extract, *, writer_count: int, progress: Progress
) -> Tally:
    """Empty the catalogue and fill it again from the first record on.

    Within one log a revisit always follows what it repeats. Between logs it need not, so with several
    writers the revisits come in a second pass.
    """
    store.clear()
    if writer_count <= 1:
        return _catalogue_all(archive.iter_captures(), store, extract, progress)
    tally = _catalogue_all(_without_repeats(archive.iter_captures()), store, extract, progress)
    tally.add(_catalogue_all((c for c in archive.iter_captures() if c.repeats), store, extract, progress))
    return tally


def catch_up(archive: Archive, store: Store, extract: Extract, *, writer: str, progress: Progress) -> Tally:
    """Mend what a crash left of this writer: members without leaves, then records that were never catalogued."""
    archive.recover()
    left = (c for c in archive.iter_captures(store.positions()) if c.place and c.place.writer == writer)
    return _catalogue_all(left, store, extract, progress)


def _without_repeats(captures: Iterable[Capture]) -> Iterable[Capture]:
    return (capture for capture in captures if not capture.repeats)


def _catalogue_all(captures: Iterable[Capture], store: Store, extract: Extract, progress: Progress) -> Tally:
    tally = Tally()
    count = 0
    for batch in batches(captures):
        tally.add(catalogue(batch, store=store, extract=extract))
        count += len(batch)
        progress(count)
    return tally
