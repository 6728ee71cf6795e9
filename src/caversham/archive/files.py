"""Where the archive's files lie, what they are called, and who may write them."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from caversham.errors import RecordError, SettingsError, StationError

SUFFIX = ".warc.gz"

_WRITER = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_NAME = re.compile(r"(\d{12})\.warc\.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One WARC file of a log."""

    path: Path
    name: str  # relative to the archive folder, with slashes
    first: int  # number of its first leaf

    @property
    def writer(self) -> str:
        """Whose log it belongs to."""
        return self.name.partition("/")[0]

    @property
    def month(self) -> str:
        """Year and month of writing: 2026/11."""
        return "/".join(self.name.split("/")[1:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The start of a batch that was written: from here on recovery reads, not from the file's start."""

    file: str
    offset: int
    leaf: int


def archive_folder(root: Path) -> Path:
    """The folder of all WARC files of a station."""
    return root / "archive"


def leaves_path(root: Path, writer: str) -> Path:
    """The file of a log's leaves."""
    return root / "ledger" / writer / "leaves"


def list_writers(root: Path) -> tuple[str, ...]:
    """Everyone who has a log here, sorted."""
    folders = [folder for parent in ("archive", "ledger") for folder in _children(root / parent)]
    return tuple(sorted({folder.name for folder in folders if _WRITER.fullmatch(folder.name)}))


def list_files(root: Path, writer: str) -> tuple[LogFile, ...]:
    """The files of a log in its order, which is that of their names and not of their folders."""
    folder = archive_folder(root)
    paths = [path for path in folder.glob(f"{writer}/*/*/*{SUFFIX}") if _NAME.fullmatch(path.name)]
    files = [LogFile(path=path, name=_relative(path, folder), first=int(path.name[:12])) for path in paths]
    return tuple(sorted(files, key=lambda file: (file.first, file.name)))


def list_strangers(root: Path, writer: str) -> tuple[str, ...]:
    """WARC files in a log's folder whose name is not one of the log."""
    folder = archive_folder(root)
    paths = (folder / writer).rglob(f"*{SUFFIX}")
    known = {file.path for file in list_files(root, writer)}
    return tuple(sorted(_relative(path, folder) for path in paths if path not in known))


def new_file(root: Path, writer: str, first: int, at: datetime) -> LogFile:
    """Where the file that begins with this leaf will lie."""
    folder = archive_folder(root)
    path = folder / writer / month_of(at) / f"{first:012d}{SUFFIX}"
    return LogFile(path=path, name=_relative(path, folder), first=first)


def month_of(at: datetime) -> str:
    """The folder of what is written at this instant: 2026/11."""
    return f"{at.year:04d}/{at.month:02d}"


def find_file(root: Path, name: str) -> LogFile:
    """The file of a place. Raises RecordError for a name that is none of the archive's."""
    parts = PurePosixPath(name).parts
    is_ours = len(parts) == 4 and ".." not in parts and _WRITER.fullmatch(parts[0]) and _NAME.fullmatch(parts[3])
    if not is_ours:
        raise RecordError(f"{name!r} is no file of the archive", subject=name, reason="no_such_file")
    return LogFile(path=archive_folder(root) / name, name=name, first=int(parts[3][:12]))


def check_writer(writer: str) -> str:
    """The name of a log. Raises SettingsError for one that is no plain folder name."""
    if not _WRITER.fullmatch(writer):
        raise SettingsError(f"writer {writer!r}: use 1 to 63 of a-z, 0-9, '.', '_' and '-', a letter or digit first")
    return writer


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, durably."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte, however many calls that takes."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


class Lock:
    """The right to write a log: held until closed, or until the process ends, however it ends."""

    def __init__(self, root: Path, writer: str) -> None:
        """Take it. Raises StationError that names the holder when somebody else has it."""
        self._path = archive_folder(root) / writer / "lock"
        make_folder(self._path.parent)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        note = _read_note(self._descriptor)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise StationError(
                f"log {writer!r} is being written by process {note.get('pid', 'unknown')} on "
                f"{note.get('host', 'an unknown host')} ({self._path}); wait for it, stop it, or use another writer"
            ) from error
        self.mark: Mark | None = None
        self.save_mark(_to_mark(note))

    def save_mark(self, mark: Mark | None) -> None:
        """Keep who holds the lock and where the last batch began: a hint, never trusted unchecked."""
        self.mark = mark
        note: dict[str, object] = {"host": socket.gethostname(), "pid": os.getpid()}
        if mark:
            note |= {"file": mark.file, "offset": mark.offset, "leaf": mark.leaf}
        line = json.dumps(note).encode().ljust(_NOTE_SIZE)
        os.pwrite(self._descriptor, line, 0)

    def close(self) -> None:
        """Give the right back."""
        os.close(self._descriptor)


_NOTE_SIZE = 512


def is_being_written(root: Path, writer: str) -> bool:
    """Whether some process holds the lock of a log now."""
    path = archive_folder(root) / writer / "lock"
    if not path.exists():
        return False
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _read_note(descriptor: int) -> dict[str, object]:
    try:
        note = json.loads(os.pread(descriptor, _NOTE_SIZE, 0) or b"{}")
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}


def _to_mark(note: dict[str, object]) -> Mark | None:
    file, offset, leaf = note.get("file"), note.get("offset"), note.get("leaf")
    if isinstance(file, str) and isinstance(offset, int) and isinstance(leaf, int):
        return Mark(file=file, offset=offset, leaf=leaf)
    return None


def _children(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
