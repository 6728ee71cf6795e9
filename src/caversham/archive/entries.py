"""A log's members beside their leaves: what each one proves."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from caversham.archive import warc
from caversham.archive.captures import is_of_kind
from caversham.archive.files import LogFile
from caversham.archive.ledger import Leaves
from caversham.archive.members import Broken, Member, iter_members
from caversham.errors import RecordError
from caversham.types import CaptureId, CaptureKind

_SUSPECT_LIMIT = 1 << 10  # members in a row that match nothing, before they are given up one by one


class Verdict(StrEnum):
    """What a member and a leaf say of each other."""

    SOUND = "sound"
    WITHDRAWN = "withdrawn"  # the member states the hash that its leaf holds
    ALTERED = "altered"  # a member that does not match its leaf
    UNLOGGED = "unlogged"  # a member without a leaf
    MISSING = "missing"  # a leaf without a member
    BROKEN = "broken"  # bytes that are no whole member


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One member, one leaf, or both."""

    verdict: Verdict
    leaf: int | None  # None: no leaf belongs to it
    offset: int | None  # None: no member belongs to it
    size: int = 0
    digest: bytes = b""  # what stands, or should stand, in the ledger; b"": not known
    member: Member | None = None  # only of sound and withdrawn entries
    why: str = ""
    is_last: bool = False  # broken: no member follows


def iter_entries(
    file: LogFile, leaves: Leaves, end: int, *, offset: int = 0, leaf: int | None = None
) -> Iterator[Entry]:
    """Read a file beside the leaves from its first one up to `end`, or from a known place on."""
    with file.path.open("rb") as stream:
        first = min(file.first if leaf is None else leaf, end)
        yield from align(iter_members(stream, offset), leaves, first, end)


def align(items: Iterable[Member | Broken], leaves: Leaves, first: int, end: int) -> Iterator[Entry]:
    """Find the leaf of each member; where something does not fit, go on at the next that does.

    A member that stands nowhere ahead in the ledger waits until one does: what lies between them
    shares the leaves that lie between.
    """
    expected = first
    suspects: deque[Entry] = deque()
    for item in items:
        entry = _judge(item, leaves, expected, end)
        if entry.leaf is None:
            suspects.append(entry)
            if len(suspects) > _SUSPECT_LIMIT:
                yield _pair(suspects.popleft(), expected, end)
                expected = min(expected + 1, end)
            continue
        yield from _settle_gap(suspects, leaves, expected, entry.leaf)
        yield entry
        expected = entry.leaf + 1
    yield from _settle_gap(suspects, leaves, expected, end)


def file_ranges(files: tuple[LogFile, ...], count: int) -> Iterator[tuple[LogFile, int]]:
    """Each file with the leaf after its last, as far as the ledger goes."""
    for file, following in pairwise(files):
        yield file, min(following.first, count)
    if files:
        yield files[-1], count


def withdrawn_id(record: bytes) -> CaptureId | None:
    """The hash that a withdrawn member states; None: the record is no such member."""
    if not is_of_kind(record, CaptureKind.WITHDRAWN):
        return None
    try:
        stated = json.loads(warc.parse_record(record, subject="withdrawn").block)
        return CaptureId(bytes.fromhex(stated["record"]).hex())
    except (ValueError, TypeError, KeyError, RecordError):
        return None


def _judge(item: Member | Broken, leaves: Leaves, expected: int, end: int) -> Entry:
    if isinstance(item, Broken):
        return Entry(
            verdict=Verdict.BROKEN, leaf=None, offset=item.offset, size=item.size, why=item.why, is_last=item.is_last
        )
    digest, verdict = item.digest, Verdict.SOUND
    leaf = leaves.find_near(digest, expected, end)
    if leaf is None and (stated := withdrawn_id(item.record)):
        digest, verdict = bytes.fromhex(stated), Verdict.WITHDRAWN
        leaf = leaves.find_near(digest, expected, end)
    if leaf is None:
        return Entry(verdict=Verdict.UNLOGGED, leaf=None, offset=item.offset, size=item.size, digest=digest)
    return Entry(verdict=verdict, leaf=leaf, offset=item.offset, size=item.size, digest=digest, member=item)


def _settle_gap(suspects: deque[Entry], leaves: Leaves, expected: int, end: int) -> Iterator[Entry]:
    while suspects:
        yield _pair(suspects.popleft(), expected, end)
        expected = min(expected + 1, end)
    for leaf in range(expected, end):
        yield Entry(verdict=Verdict.MISSING, leaf=leaf, offset=None, digest=leaves[leaf])


def _pair(suspect: Entry, expected: int, end: int) -> Entry:
    if expected >= end:
        return suspect
    verdict = Verdict.BROKEN if suspect.verdict is Verdict.BROKEN else Verdict.ALTERED
    return Entry(
        verdict=verdict,
        leaf=expected,
        offset=suspect.offset,
        size=suspect.size,
        digest=suspect.digest,
        why=suspect.why,
        is_last=suspect.is_last,
    )
