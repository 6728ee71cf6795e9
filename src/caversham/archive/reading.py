"""Captures read back from the logs, each with its id and its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from caversham.archive import files
from caversham.archive.captures import from_record, is_bookkeeping, is_request_of
from caversham.archive.entries import Entry, Verdict, file_ranges, iter_entries, withdrawn_id
from caversham.archive.files import LogFile
from caversham.archive.ledger import Leaves
from caversham.archive.members import Member, iter_members
from caversham.archive.warc import Record, parse_record
from caversham.errors import RecordError
from caversham.types import Capture, CaptureId, Place, Skip

_REASONS = {
    Verdict.ALTERED: "altered_record",
    Verdict.MISSING: "missing_record",
    Verdict.BROKEN: "broken_member",
}


def iter_log(root: Path, writer: str, since: int) -> Iterator[Capture | Skip]:
    """The captures of a log from leaf `since` on, and what cannot be read of it.

    Only what is logged now is read: what another process writes meanwhile is left to the next time.
    """
    leaves = Leaves(files.leaves_path(root, writer))
    log_files = files.list_files(root, writer)
    if len(leaves) > since and (not log_files or log_files[0].first > since):
        end = log_files[0].first if log_files else len(leaves)
        yield _skip(writer, "missing_file", f"the log of {writer!r} has no file for leaves {since} to {end - 1}")
    for file, end in file_ranges(log_files, len(leaves)):
        if max(file.first, since) < end:
            yield from _iter_file(file, leaves, since, end)


def iter_places(root: Path, file: LogFile) -> Iterator[tuple[CaptureId, Place]]:
    """Where each capture of a file lies now."""
    leaves = Leaves(files.leaves_path(root, file.writer))
    for each, end in file_ranges(files.list_files(root, file.writer), len(leaves)):
        if each.name == file.name:
            yield from _iter_places(each, leaves, end)


def read_capture(root: Path, wanted: CaptureId, file: LogFile, offset: int) -> Capture:
    """One capture, at this place or elsewhere in this file. Raises RecordError when it is not there."""
    member = _find_member(wanted, file, offset)
    leaves = Leaves(files.leaves_path(root, file.writer))
    leaf = leaves.find(bytes.fromhex(wanted), min(file.first, len(leaves)), len(leaves))
    if leaf is None:
        raise RecordError(
            f"record {wanted} is in {file.name} but not in the ledger", subject=wanted, reason="unlogged_record"
        )
    entry = Entry(
        verdict=Verdict.SOUND, leaf=leaf, offset=member.offset, size=member.size, digest=bytes.fromhex(wanted)
    )
    return _to_capture(file, entry, parse_record(member.record, subject=wanted))


def _iter_file(file: LogFile, leaves: Leaves, since: int, end: int) -> Iterator[Capture | Skip]:
    request: Record | None = None
    for entry in _logged(iter_entries(file, leaves, end), end):
        if entry.leaf is None or entry.leaf < since - 1:  # the request of the first one wanted may stand before it
            continue
        try:
            record = _read_record(file, entry)
            if entry.leaf >= since and not is_bookkeeping(record):
                yield _add_request(_to_capture(file, entry, record), record, request)
            request = record if record.type == "request" else None
        except RecordError as error:
            if entry.leaf >= since:
                yield _skip(error.subject, error.reason, str(error))


def _iter_places(file: LogFile, leaves: Leaves, end: int) -> Iterator[tuple[CaptureId, Place]]:
    for entry in _logged(iter_entries(file, leaves, end), end):
        if entry.member and not is_bookkeeping(_read_record(file, entry)):
            yield CaptureId(entry.digest.hex()), _place(file, entry)


def _logged(entries: Iterable[Entry], end: int) -> Iterator[Entry]:
    """Stop at the last leaf: what follows belongs to a batch that is being written."""
    for entry in entries:
        yield entry
        if entry.leaf == end - 1:
            return


def _read_record(file: LogFile, entry: Entry) -> Record:
    subject = f"{file.name}#{entry.leaf}"
    if entry.member is None:
        why = f"{subject} is not the record that the ledger names ({entry.verdict}); {entry.why or 'verify says more'}"
        raise RecordError(why, subject=subject, reason=_REASONS[entry.verdict], offset=entry.offset)
    return parse_record(entry.member.record, subject=subject)


def _to_capture(file: LogFile, entry: Entry, record: Record) -> Capture:
    place = _place(file, entry)
    return replace(
        from_record(record, subject=f"{file.name}#{entry.leaf}"), id=CaptureId(entry.digest.hex()), place=place
    )


def _place(file: LogFile, entry: Entry) -> Place:
    if entry.leaf is None or entry.offset is None:
        raise ValueError(f"an entry of {file.name} without leaf or member has no place")
    return Place(writer=file.writer, leaf=entry.leaf, file=file.name, offset=entry.offset, size=entry.size)


def _add_request(capture: Capture, record: Record, request: Record | None) -> Capture:
    if request is None or not is_request_of(request, record):
        return capture
    return replace(capture, request=request.block)


def _find_member(wanted: CaptureId, file: LogFile, offset: int) -> Member:
    if not file.path.is_file():
        raise RecordError(f"the archive has no file {file.name!r}", subject=file.name, reason="no_such_file")
    with file.path.open("rb") as stream:
        first = next(iter_members(stream, offset), None) if 0 <= offset < file.path.stat().st_size else None
        if isinstance(first, Member) and _is_named(first, wanted):
            return first
        for member in iter_members(stream):
            if isinstance(member, Member) and _is_named(member, wanted):
                return member
    raise RecordError(
        f"{file.name} does not hold record {wanted}", subject=wanted, offset=offset, reason="no_such_record"
    )


def _is_named(member: Member, wanted: CaptureId) -> bool:
    return wanted in {member.digest.hex(), withdrawn_id(member.record)}


def _skip(subject: str, reason: str, detail: str) -> Skip:
    return Skip(step="archive", subject=subject, reason=reason, detail=detail)
