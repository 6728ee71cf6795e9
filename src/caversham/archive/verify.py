"""Whether the archive is what its ledger says: docs/storage.md, "Verify"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from caversham.archive import files
from caversham.archive.captures import is_of_kind
from caversham.archive.entries import Entry, Verdict, file_ranges, iter_entries
from caversham.archive.files import LogFile
from caversham.archive.ledger import Leaves, merkle_root
from caversham.archive.members import Member, iter_members
from caversham.archive.warc import parse_record
from caversham.archive.withdrawal import parse_tombstone
from caversham.errors import RecordError
from caversham.types import CaptureKind

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


def verify(root: Path, *, progress: Progress | None = None) -> Report:
    """Read every member of every file beside its leaf.

    Needs no lock; of a log that is being written, what was logged when it was reached is judged. Memory is that of
    one record and of the withdrawn hashes.
    """
    survey = _Survey(progress=progress, total=_size_of(root))
    logs = tuple(_verify_log(root, writer, survey) for writer in files.list_writers(root))
    survey.judge_withdrawals()
    return Report(
        record_count=survey.record_count,
        withdrawn_count=survey.withdrawn_count,
        problem_counts=dict(sorted(survey.counts.items())),
        problems=tuple(survey.problems),
        logs=logs,
    )


@dataclass(slots=True, kw_only=True)
class _Survey:
    """What was found so far."""

    progress: Progress | None
    total: int
    read: int = 0
    record_count: int = 0
    withdrawn_count: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    withdrawn: dict[str, Problem] = field(default_factory=dict)  # by hash, until the tombstone is found
    tombstoned: set[str] = field(default_factory=set)

    def add(self, problem: Problem) -> None:
        self.counts[problem.kind] += 1
        if len(self.problems) < LISTED:
            self.problems.append(problem)

    def add_entry(self, file: LogFile, entry: Entry) -> None:
        if entry.verdict is Verdict.SOUND:
            self.record_count += 1
            self._note_tombstone(entry)
        elif entry.verdict is Verdict.WITHDRAWN:
            self.withdrawn[entry.digest.hex()] = _to_problem(file, entry, kind="removed")
        else:
            self.add(_to_problem(file, entry))

    def judge_withdrawals(self) -> None:
        for digest, problem in self.withdrawn.items():
            if digest in self.tombstoned:
                self.withdrawn_count += 1
            else:
                self.add(problem)

    def advance(self, size: int) -> None:
        self.read += size
        if self.progress:
            self.progress(self.read, self.total)

    def _note_tombstone(self, entry: Entry) -> None:
        if entry.member is None or not is_of_kind(entry.member.record, CaptureKind.TOMBSTONE):
            return
        try:
            body = parse_record(entry.member.record, subject="tombstone").block
            self.tombstoned.update(record.id for record in parse_tombstone(body))
        except RecordError:
            return  # a tombstone that names nothing: what it should name is reported as removed


def _verify_log(root: Path, writer: str, survey: _Survey) -> LogHead:
    leaves = Leaves(files.leaves_path(root, writer))
    log_files = files.list_files(root, writer)
    for name in files.list_strangers(root, writer):
        survey.add(
            Problem(kind="unlogged", writer=writer, file=name, leaf=None, offset=None, detail="no name of the log")
        )
    if len(leaves) and (not log_files or log_files[0].first > 0):
        end = (log_files[0].first if log_files else len(leaves)) - 1
        detail = f"no file holds leaves 0 to {end}"
        survey.add(Problem(kind="missing_file", writer=writer, file="", leaf=0, offset=None, detail=detail))
    is_active = cache(partial(_is_active, root, writer, len(leaves)))
    for file, end in file_ranges(log_files, len(leaves)):
        _verify_file(file, leaves, end, survey, is_active)
    _check_chain(log_files, survey)
    return LogHead(writer=writer, size=len(leaves), root=merkle_root(leaves).hex())


def _verify_file(file: LogFile, leaves: Leaves, end: int, survey: _Survey, is_active: Callable[[], bool]) -> None:
    position = 0
    try:
        for entry in iter_entries(file, leaves, end):
            if entry.leaf is None and end == len(leaves) and is_active():
                break  # a batch that is being written
            survey.add_entry(file, entry)
            if entry.offset is not None:
                survey.advance(entry.offset + entry.size - position)
                position = entry.offset + entry.size
    except OSError as error:
        survey.add(_problem("broken", file, detail=f"the file cannot be read: {error}"))


def _check_chain(log_files: Sequence[LogFile], survey: _Survey) -> None:
    """Each file names the one before it, so that a missing one is missed."""
    for before, file in zip((None, *log_files), log_files, strict=False):
        stated = _stated_before(file)
        if stated and (before is None or before.name != stated):
            survey.add(_problem("missing_file", file, detail=f"{file.name} follows {stated}", name=stated))


def _stated_before(file: LogFile) -> str:
    with file.path.open("rb") as stream:
        member = next(iter_members(stream), None)
    if not isinstance(member, Member):
        return ""
    lines = member.record.decode("utf-8", "replace").split("\r\n")
    return next((line.removeprefix("follows: ") for line in lines if line.startswith("follows: ")), "")


def _is_active(root: Path, writer: str, count: int) -> bool:
    """Whether somebody writes the log now, or wrote it since its leaves were counted."""
    return files.is_being_written(root, writer) or len(Leaves(files.leaves_path(root, writer))) != count


def _to_problem(file: LogFile, entry: Entry, *, kind: str = "") -> Problem:
    return _problem(kind or entry.verdict.value, file, leaf=entry.leaf, offset=entry.offset, detail=entry.why)


def _problem(
    kind: str, file: LogFile, *, leaf: int | None = None, offset: int | None = None, detail: str = "", name: str = ""
) -> Problem:
    return Problem(kind=kind, writer=file.writer, file=name or file.name, leaf=leaf, offset=offset, detail=detail)


def _size_of(root: Path) -> int:
    return sum(
        file.path.stat().st_size for writer in files.list_writers(root) for file in files.list_files(root, writer)
    )
