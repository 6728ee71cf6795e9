"""The archive of a station: every log can be read, one of them is ours to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from caversham.archive import captures, files, reading, recovery, withdrawal
from caversham.archive.files import Lock
from caversham.archive.ledger import Ledger
from caversham.archive.members import RECORD_LIMIT, Member, iter_members
from caversham.archive.warc import parse_record
from caversham.archive.writing import Tail, Writer
from caversham.errors import RecordError, StationError
from caversham.ports import Clock
from caversham.types import Capture, CaptureId, CaptureKind, OutletId, Place, Skip

FILE_LIMIT = 1 << 30  # bytes: docs/storage.md, "Files"

_FIELD_ROOM = 1 << 20  # bytes of a record's own fields, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A withdrawal that was carried out: the records in these files have other places now."""

    tombstone: Capture
    files: tuple[str, ...]  # `iter_places` tells the new places


class WarcArchive:
    """Fulfils `ports.Archive`. Not for several threads at once.

    Reading needs no lock and sees what was logged when it began, also while another process writes.
    The first write takes the log's lock and mends the log; `close` gives the lock back.
    """

    def __init__(self, root: Path, *, writer: str, clock: Clock, file_limit: int = FILE_LIMIT) -> None:
        self._root = root
        self._name = files.check_writer(writer)
        self._clock = clock
        self._file_limit = file_limit
        self._lock: Lock | None = None
        self._ledger: Ledger | None = None
        self._writer: Writer | None = None

    def append(self, looks: Sequence[Capture]) -> tuple[Capture, ...]:
        """Write captures, hops first; they come back settled, with id and place, durable.

        Raises RecordError, before anything is written, for a capture larger than a record may be;
        StationError when another process writes this log or the disk does not take the records.
        """
        flat = [_check_size(captures.settle(each)) for look in looks for each in (*look.hops, look)]
        if not flat:
            return ()
        with self._writing():
            written = self._open().append([captures.to_drafts(each) for each in flat])
        placed = (replace(each, hops=(), id=own, place=place) for each, (own, place) in zip(flat, written, strict=True))
        return tuple(_gather(placed, len(look.hops)) for look in looks)

    def recover(self) -> int:
        """Mend the end of the log; how many complete records had no leaf and were logged.

        A tombstone whose records still stand is carried out. Raises StationError when another
        process writes this log, or one that the tombstone concerns.
        """
        with self._writing():
            self._close_writer()
            return self._mend()

    def iter_captures(
        self, since: Mapping[str, int] | None = None, *, skip: Callable[[Skip], None] | None = None
    ) -> Iterator[Capture]:
        """Read captures back, log by log, in the order of their leaves.

        A redirect comes back as a capture of its own before the one that it led to, whose `hops`
        are then empty. What cannot be read, or is not the record that its leaf names, goes to
        `skip`; without it, this raises RecordError.
        """
        with self._reading():
            for writer in files.list_writers(self._root):
                for found in reading.iter_log(self._root, writer, (since or {}).get(writer, 0)):
                    if isinstance(found, Capture):
                        yield found
                    elif skip is None:
                        raise RecordError(found.detail, subject=found.subject, reason=found.reason)
                    else:
                        skip(found)

    def get(self, capture: CaptureId, file: str, offset: int) -> Capture:
        """Read one capture back, without its request; a withdrawn one has the kind `withdrawn`.

        Where the place is from before a withdrawal in the same file, the file is searched.
        Raises RecordError when the record is not there or is not the one asked for.
        """
        with self._reading():
            return reading.read_capture(self._root, capture, files.find_file(self._root, file), offset)

    def iter_places(self, file: str) -> Iterator[tuple[CaptureId, Place]]:
        """Where each capture of a file lies now. Raises RecordError for a name that is no file."""
        with self._reading():
            yield from reading.iter_places(self._root, files.find_file(self._root, file))

    def withdraw(
        self, doomed: Sequence[Capture], *, url: str, outlet: OutletId, reason: str, at: datetime
    ) -> Withdrawal:
        """Take these captures, and the requests that brought them, out of the archive.

        They need id and place; their logs may be any that nobody writes now. What stands afterwards is
        the tombstone, their leaves and their hashes. Interrupted, it is finished by `recover`. Raises
        RecordError when one is not there (then nothing is changed), StationError for lock and disk.
        """
        with self._writing(), self._locks({look.place.writer for look in doomed if look.place}):
            self._open()
            records = withdrawal.find_doomed(self._root, doomed)
            (tombstone,) = self.append([withdrawal.make_tombstone(url, outlet, reason, at, records)])
            self._close_writer()
            rewritten = withdrawal.carry_out(self._root, records, tombstone.captured_at)
        return Withdrawal(tombstone=self._replaced(tombstone, rewritten), files=rewritten)

    def close(self) -> None:
        """Give the lock back; the archive can still be read, and written again."""
        self._close_writer()
        if self._lock:
            self._lock.close()
        self._lock = None

    def _replaced(self, capture: Capture, rewritten: Sequence[str]) -> Capture:
        """The capture with the place that it has since these files were rewritten."""
        if capture.place is None or capture.place.file not in rewritten:
            return capture
        places = self.iter_places(capture.place.file)
        return replace(capture, place=next(place for own, place in places if own == capture.id))

    def _open(self) -> Writer:
        if self._writer is None:
            self._mend()
        if self._writer is None:
            raise StationError(f"log {self._name!r} could not be opened")
        return self._writer

    def _mend(self) -> int:
        self._lock = self._lock or Lock(self._root, self._name)
        self._ledger = Ledger(files.leaves_path(self._root, self._name))
        count, tail = recovery.mend(self._root, self._name, self._ledger, self._lock.mark)
        if self._finish_withdrawal(tail):
            count_again, tail = recovery.mend(self._root, self._name, self._ledger, None)
            count += count_again
        self._writer = Writer(
            self._root,
            self._name,
            self._lock,
            self._ledger,
            tail=tail,
            clock=self._clock,
            limit=self._file_limit,
        )
        return count

    def _finish_withdrawal(self, tail: Tail) -> bool:
        tombstone = _read_tombstone(tail)
        if tombstone is None:
            return False
        records = withdrawal.parse_tombstone(tombstone.body)
        with self._locks({record.writer for record in records}):
            return bool(withdrawal.carry_out(self._root, records, tombstone.captured_at))

    @contextmanager
    def _locks(self, writers: set[str]) -> Iterator[None]:
        """Hold the logs of other writers too, so that none of them writes a file that is replaced."""
        with ExitStack() as locks:
            for writer in sorted(writers - {self._name}):
                locks.callback(Lock(self._root, files.check_writer(writer)).close)
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """After any failure the log is closed, so that the next write mends it first."""
        is_done = False
        try:
            yield
            is_done = True
        except OSError as error:
            raise StationError(f"the archive in {self._root} cannot be written: {error}") from error
        finally:
            if not is_done:
                self._close_writer()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StationError(f"the archive in {self._root} cannot be read: {error}") from error

    def _close_writer(self) -> None:
        if self._writer:
            self._writer.close()
        if self._ledger:
            self._ledger.close()
        self._writer = self._ledger = None


def _gather(placed: Iterator[Capture], hop_count: int) -> Capture:
    if not hop_count:
        return next(placed)
    hops = tuple(next(placed) for _ in range(hop_count))
    return replace(next(placed), hops=hops)


def _check_size(capture: Capture) -> Capture:
    head = sum(len(name) + len(value) for name, value in capture.headers) * 4
    size = max(len(capture.body) + head, len(capture.request)) + _FIELD_ROOM
    if size > RECORD_LIMIT or any(hop.hops for hop in capture.hops):
        raise RecordError(
            f"{capture.url!r} has {size} bytes; a record holds {RECORD_LIMIT}", subject=capture.url, reason="too_large"
        )
    return capture


def _read_tombstone(tail: Tail) -> Capture | None:
    """The last record of the log, if it is a tombstone: only then may it still have to be carried out."""
    if tail.file is None or tail.last is None:
        return None
    with tail.file.path.open("rb") as stream:
        member = next(iter_members(stream, tail.last), None)
    if not isinstance(member, Member):
        return None
    record = parse_record(member.record, subject=tail.file.name)
    is_tombstone = record.get("Caversham-Kind") == CaptureKind.TOMBSTONE
    return captures.from_record(record, subject=tail.file.name) if is_tombstone else None
