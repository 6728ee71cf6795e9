"""The open end of a log: records go in, and are durable when `append` returns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from caversham.archive import files
from caversham.archive.captures import make_warcinfo
from caversham.archive.files import Lock, LogFile, Mark
from caversham.archive.ledger import Ledger
from caversham.archive.members import make_member
from caversham.archive.warc import Draft, make_record, record_id
from caversham.ports import Clock
from caversham.types import CaptureId, Place

_BUFFER = 1 << 23  # bytes of members held before they are handed to the disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Where a log goes on: in its last file, or in a new one."""

    file: LogFile | None  # None: in a new file
    size: int  # of that file
    follows: str  # name of the log's last file; "": it has none
    last: int | None = None  # offset of the last record in `file`; None: it holds none


class Writer:
    """A log that this process writes. After an error it must be closed, and the log recovered."""

    def __init__(
        self, root: Path, writer: str, lock: Lock, ledger: Ledger, *, tail: Tail, clock: Clock, limit: int
    ) -> None:
        self._root, self._name, self._clock, self._limit = root, writer, clock, limit
        self._lock, self._ledger = lock, ledger
        self._file, self._size, self._follows = tail.file, tail.size, tail.follows
        self._descriptor = -1 if tail.file is None else _open(tail.file)
        self._month = "" if tail.file is None else tail.file.month
        self._buffer: list[bytes] = []
        self._buffer_size = 0
        self._leaves: list[bytes] = []
        self._mark: Mark | None = None

    def append(self, groups: Iterable[Sequence[Draft]]) -> list[tuple[CaptureId, Place]]:
        """Write groups of records, durably; the id and place of the last record of each group."""
        written = [self._put_group(group) for group in groups]
        self._commit()
        return written

    def close(self) -> None:
        """Close the file; lock and ledger stay with their owner."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    @property
    def _next_leaf(self) -> int:
        return self._ledger.count + len(self._leaves)

    def _put_group(self, group: Sequence[Draft]) -> tuple[CaptureId, Place]:
        file = self._turn_file()
        if len(group) == 1:
            return self._put(group[0], file)
        request, answer = group
        answer_id = record_id(answer, self._name)
        self._put(replace(request, fields=(("WARC-Concurrent-To", f"<{answer_id}>"),)), file)
        return self._put(answer, file)

    def _put(self, draft: Draft, file: LogFile) -> tuple[CaptureId, Place]:
        leaf, offset = self._next_leaf, self._size
        record = make_record(draft, self._name)
        digest, member = sha256(record), make_member(record)
        self._mark = self._mark or Mark(file=file.name, offset=offset, leaf=leaf)
        self._leaves.append(digest.digest())
        self._buffer.append(member)
        self._size += len(member)
        self._buffer_size += len(member)
        if self._buffer_size > _BUFFER:
            self._flush()
        place = Place(writer=self._name, leaf=leaf, file=file.name, offset=offset, size=len(member))
        return CaptureId(digest.hexdigest()), place

    def _turn_file(self) -> LogFile:
        """The file to write to: the last one, until it is full or the month is over."""
        at = self._clock()
        file = self._file
        if file is None or self._size >= self._limit or self._month != files.month_of(at):
            file = self._begin_file(at)
        if self._size == 0:
            self._put_warcinfo(file, at)
        return file

    def _begin_file(self, at: datetime) -> LogFile:
        """Make a new file, after everything for the one before is durable."""
        self._commit()
        self.close()
        self._file = files.new_file(self._root, self._name, self._next_leaf, at)
        self._month, self._size, self._descriptor = self._file.month, 0, _create(self._file)
        return self._file

    def _put_warcinfo(self, file: LogFile, at: datetime) -> None:
        software = f"Caversham/{version('caversham')}"
        self._put(make_warcinfo(software=software, writer=self._name, follows=self._follows, at=at), file)
        self._follows = file.name

    def _flush(self) -> None:
        files.write_all(self._descriptor, b"".join(self._buffer))
        self._buffer.clear()
        self._buffer_size = 0

    def _commit(self) -> None:
        if not self._leaves:
            return
        self._flush()
        os.fsync(self._descriptor)
        self._ledger.append(self._leaves)
        self._leaves.clear()
        self._lock.save_mark(self._mark)
        self._mark = None


def _open(file: LogFile) -> int:
    return os.open(file.path, os.O_WRONLY | os.O_APPEND)


def _create(file: LogFile) -> int:
    files.make_folder(file.path.parent)
    descriptor = os.open(file.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
    files.sync_folder(file.path.parent)
    return descriptor
