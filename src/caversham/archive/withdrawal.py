"""Taking records out of the archive so that it still proves the rest: docs/storage.md, "Withdrawal".

The tombstone lists every record with its file and offset at that moment. A file is replaced whole, by
rename, so the first listed record of a file tells whether the file was done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from caversham.archive import captures, files, warc
from caversham.archive.entries import withdrawn_id
from caversham.archive.files import LogFile
from caversham.archive.ledger import Leaves
from caversham.archive.members import Broken, Member, iter_members, make_member
from caversham.errors import RecordError
from caversham.types import Capture, CaptureId, CaptureKind, OutletId, TimeBasis

_COPY = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """A record that a tombstone names; file and offset are those before the withdrawal."""

    id: CaptureId
    writer: str
    leaf: int
    file: str
    offset: int


def find_doomed(root: Path, wanted: Sequence[Capture]) -> tuple[Doomed, ...]:
    """The records of these captures and the requests that brought them, by file and offset.

    What was withdrawn before is left out. Raises RecordError when a capture has no place, or its
    record is not there.
    """
    by_file: dict[str, set[str]] = {}
    for capture in wanted:
        if capture.id is None or capture.place is None:
            raise RecordError(f"{capture.url!r} has no place in the archive", subject=capture.url)
        by_file.setdefault(capture.place.file, set()).add(capture.id)
    return tuple(record for name, ids in sorted(by_file.items()) for record in _find_in_file(root, name, ids))


def make_tombstone(url: str, outlet: OutletId, reason: str, at: datetime, doomed: Sequence[Doomed]) -> Capture:
    """The capture that tells of the withdrawal."""
    body = {
        "address": url,
        "reason": reason,
        "at": warc.to_warc_date(at),
        "records": [asdict(record) for record in doomed],
    }
    return Capture(
        url=url,
        final_url=url,
        outlet=outlet,
        kind=CaptureKind.TOMBSTONE,
        captured_at=at,
        time_basis=TimeBasis.OBSERVED,
        status=None,
        body=captures.canonical_json(body),
    )


def parse_tombstone(body: bytes) -> tuple[Doomed, ...]:
    """The records that a tombstone names. Raises RecordError for a body that is none."""
    try:
        return tuple(
            Doomed(
                id=CaptureId(bytes.fromhex(record["id"]).hex()),
                writer=files.check_writer(str(record["writer"])),
                leaf=int(record["leaf"]),
                file=str(record["file"]),
                offset=int(record["offset"]),
            )
            for record in json.loads(body)["records"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"a tombstone cannot be read: {error}", subject="tombstone") from error


def carry_out(root: Path, doomed: Iterable[Doomed], at: datetime) -> tuple[str, ...]:
    """Rewrite each file that still holds one of these records; the names of these files.

    The caller holds the locks of all logs concerned. A file or record that is gone is passed over:
    `verify` tells of it.
    """
    by_file: dict[str, list[Doomed]] = {}
    for record in doomed:
        by_file.setdefault(record.file, []).append(record)
    standing = [(files.find_file(root, name), found) for name, found in sorted(by_file.items())]
    rewritten = [(file, found) for file, found in standing if _is_standing(file, found)]
    for file, found in rewritten:
        _rewrite(file, {record.id: record for record in found}, at)
    return tuple(file.name for file, _ in rewritten)


def _find_in_file(root: Path, name: str, ids: set[str]) -> list[Doomed]:
    file = files.find_file(root, name)
    leaves = Leaves(files.leaves_path(root, file.writer))
    found, before, left = list[Doomed](), list[Member](), set(ids)
    for member in _members(file):
        digest = member.digest.hex()
        if digest in ids:
            found += [_doom(each, file, leaves) for each in (*_requests(before, member), member)]
        left -= {digest, withdrawn_id(member.record)}
        before = [member]
    if left:
        raise RecordError(f"{name} does not hold {sorted(left)}; nothing was withdrawn", subject=min(left))
    return found


def _requests(before: Sequence[Member], member: Member) -> list[Member]:
    record = _parse(member)
    return [each for each in before if record and (other := _parse(each)) and captures.is_request_of(other, record)]


def _doom(member: Member, file: LogFile, leaves: Leaves) -> Doomed:
    digest = CaptureId(member.digest.hex())
    leaf = leaves.find(member.digest, min(file.first, len(leaves)), len(leaves))
    if leaf is None:
        raise RecordError(f"record {digest} in {file.name} is not in the ledger; nothing was withdrawn", subject=digest)
    return Doomed(id=digest, writer=file.writer, leaf=leaf, file=file.name, offset=member.offset)


def _is_standing(file: LogFile, doomed: Sequence[Doomed]) -> bool:
    first = min(doomed, key=lambda record: record.offset)
    if not file.path.exists():
        return False
    with file.path.open("rb") as stream:
        member = next(iter_members(stream, first.offset), None)
        is_done = isinstance(member, Member) and withdrawn_id(member.record) == first.id
    return not is_done and any(member.digest.hex() in {record.id for record in doomed} for member in _members(file))


def _rewrite(file: LogFile, doomed: Mapping[str, Doomed], at: datetime) -> None:
    beside = file.path.with_name(file.path.name + ".new")
    with file.path.open("rb") as source, file.path.open("rb") as scan, beside.open("wb") as target:
        for item in iter_members(scan):
            if isinstance(item, Member) and (found := doomed.get(item.digest.hex())):
                target.write(_make_withdrawn(found, item, at))
            else:
                _copy(source, target, item)
        target.flush()
        os.fsync(target.fileno())
    beside.rename(file.path)
    files.sync_folder(file.path.parent)


def _make_withdrawn(doomed: Doomed, member: Member, at: datetime) -> bytes:
    record = _parse(member)
    draft = captures.make_withdrawn(doomed.id, record_type=record.type if record else "", at=at)
    return make_member(warc.make_record(draft, doomed.writer))


def _copy(source: BinaryIO, target: BinaryIO, item: Member | Broken) -> None:
    source.seek(item.offset)
    left = item.size
    while left and (part := source.read(min(left, _COPY))):
        target.write(part)
        left -= len(part)


def _members(file: LogFile) -> Iterator[Member]:
    if not file.path.exists():
        raise RecordError(f"the archive has no file {file.name!r}", subject=file.name, reason="no_such_file")
    with file.path.open("rb") as stream:
        yield from (item for item in iter_members(stream) if isinstance(item, Member))


def _parse(member: Member) -> warc.Record | None:
    try:
        return warc.parse_record(member.record, subject=member.digest.hex())
    except RecordError:
        return None
