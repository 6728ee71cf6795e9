"""What opening a log mends after a crash: docs/storage.md, "Order of writing".

Two things are mended and nothing else is touched: an incomplete last member that was never logged is
cut off, and complete members without a leaf are logged. Only the end of the log is read: from the start of its
last batch where the lock file knows it, else its last file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from caversham.archive import files
from caversham.archive.entries import Entry, Verdict, iter_entries
from caversham.archive.files import LogFile, Mark
from caversham.archive.ledger import Leaves, Ledger
from caversham.archive.writing import Tail
from caversham.errors import StationError

_BATCH = 1 << 12  # leaves logged at once


@dataclass(slots=True, kw_only=True)
class _End:
    """What follows the last logged record of a file."""

    is_sound: bool  # the last logged record is there
    size: int  # end of the last member that is whole and logged, or will be
    last: int | None = None  # where that member begins
    unlogged: list[bytes] = field(default_factory=list)
    damage: Entry | None = None  # the first bytes that are no whole member


def mend(root: Path, writer: str, ledger: Ledger, mark: Mark | None) -> tuple[int, Tail]:
    """Mend the end of a log; how many records were logged, and where the log goes on.

    Raises StationError when the ledger is so much shorter than the archive that leaves would be guessed.
    """
    before = ledger.count
    log_files = files.list_files(root, writer)
    tail = Tail(file=None, size=0, follows=log_files[-1].name if log_files else "")
    for position in _unfinished(log_files, ledger.count):
        file = log_files[position]
        if file.first > ledger.count:
            raise StationError(
                f"{file.name} begins with leaf {file.first}, but the ledger of {writer!r} ends at {ledger.count} "
                "and the records between cannot be read; bring back ledger and archive from a copy, then verify"
            )
        follows = log_files[position - 1].name if position else ""
        leaves = Leaves(files.leaves_path(root, writer))
        tail = _mend_file(file, ledger, leaves=leaves, mark=mark, tail=tail, follows=follows)
    return ledger.count - before, tail


def _unfinished(log_files: Sequence[LogFile], count: int) -> range:
    """The file in which the ledger ends, and those after it."""
    started = [number for number, file in enumerate(log_files) if file.first <= count]
    return range(started[-1] if started else 0, len(log_files))


def _mend_file(file: LogFile, ledger: Ledger, *, leaves: Leaves, mark: Mark | None, tail: Tail, follows: str) -> Tail:
    end = _find_end(file, leaves, mark)
    if not end.is_sound:
        return tail
    if end.damage and end.damage.is_last:
        _cut(file, end.size)
    _log(file, ledger, end.unlogged)
    if end.damage and not end.damage.is_last:
        return tail
    return Tail(file=file, size=end.size, follows=file.name if end.size else follows, last=end.last)


def _find_end(file: LogFile, leaves: Leaves, mark: Mark | None) -> _End:
    count = len(leaves)
    end = _End(is_sound=file.first == count, size=0)
    offset, leaf = _start(file, leaves, mark)
    for entry in iter_entries(file, leaves, count, offset=offset, leaf=leaf):
        if entry.verdict in (Verdict.SOUND, Verdict.WITHDRAWN):
            end = _End(is_sound=entry.leaf == count - 1, size=(entry.offset or 0) + entry.size, last=entry.offset)
        elif end.damage or not end.is_sound:
            continue
        elif entry.verdict is Verdict.UNLOGGED:
            end.unlogged.append(entry.digest)
            end.size, end.last = (entry.offset or 0) + entry.size, entry.offset
        else:
            end.damage = entry
    return end


def _start(file: LogFile, leaves: Leaves, mark: Mark | None) -> tuple[int, int]:
    """The marked place, if the record that stands there is the one that its leaf names."""
    if mark is None or mark.file != file.name or not file.first <= mark.leaf < len(leaves) or mark.offset < 0:
        return 0, file.first
    found = next(iter_entries(file, leaves, mark.leaf + 1, offset=mark.offset, leaf=mark.leaf), None)
    is_there = found and found.verdict is Verdict.SOUND and found.offset == mark.offset
    return (mark.offset, mark.leaf) if is_there else (0, file.first)


def _cut(file: LogFile, size: int) -> None:
    with file.path.open("r+b") as stream:
        stream.truncate(size)
        os.fsync(stream.fileno())


def _log(file: LogFile, ledger: Ledger, digests: Sequence[bytes]) -> None:
    if not digests:
        return
    with file.path.open("r+b") as stream:
        os.fsync(stream.fileno())
    for start in range(0, len(digests), _BATCH):
        ledger.append(digests[start : start + _BATCH])
