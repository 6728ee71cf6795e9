"""Whether the archive is what its ledger says: docs/storage.md, "Verify"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from caversham.archive import files
from caversham.archive.captures import TOMBSTONE_FIELD
from caversham.archive.entries import Entry, Verdict, file_ranges, iter_entries
from caversham.archive.files import LogFile
from caversham.archive.ledger import Leaves, merkle_root
from caversham.archive.warc import parse_record
from caversham.archive.withdrawal import parse_tombstone
from caversham.errors import RecordError

Progress = Callable[[int, int], None]  # bytes read, bytes in all

LISTED = 1000  # problems listed one by one; all are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that the archive does not prove.

    Kinds: altered (a member does not match its leaf), unlogged (a member without a leaf), missing
    (a leaf without a member), missing_file, broken (bytes that do not unpack to a record), removed
    (a withdrawal without a tombstone).
    """

    kind: str
    writer: str
    file: str  # "": not known
    leaf: int | None
    offset: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """Size and Merkle root of a log: what an outside witness would keep."""

    writer: str
    size: int
    root: str  # 64 hex digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` found."""

    record_count: int  # that match their leaf
    withdrawn_count: int  # withdrawn, with a tombstone
    problem_counts: Mapping[str, int]  # by kind
    problems: tuple[Problem, ...]  # the first thousand
    logs: tuple[LogHead, ...]

    @property
    def is_consistent(self) -> bool:
        """Whether nothing was found. Without an outside witness no better answer can be given."""
        return not self.problem_counts
