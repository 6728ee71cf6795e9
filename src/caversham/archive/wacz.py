"""Captures from WACZ files: zip files of WARCs, read in place and never unpacked to disk.

Source: "WACZ Format 1.1.1", Webrecorder, section 5: the WARCs lie in archive/, stored without compression.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from caversham.archive.foreign import ForeignFile, OutletFor, iter_file
from caversham.archive.records import BLOCK_LIMIT
from caversham.archive.warc import clean_text
from caversham.errors import RecordError
from caversham.types import Capture, Skip

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEMBER_LIMIT = 10_000  # members of a WACZ; a crawl has one WARC a gigabyte and a few indexes
DIRECTORY_LIMIT = 1 << 22  # bytes of the zip file's own list of members
SIZE_LIMIT = 1 << 36  # bytes that one member may unpack to
RATIO_LIMIT = 100  # HTML in deflate reaches 10 to 20; a bomb 1,000 and more

_SUFFIXES = (".warc", ".warc.gz", ".arc", ".arc.gz")
_END = b"PK\x05\x06"  # APPNOTE.TXT 6.3.10, section 4.3.16: end of central directory record
_END_SIZE = 22
_LOCATOR = b"PK\x06\x07"  # section 4.3.15: where the zip64 end of central directory record lies
_LOCATOR_SIZE = 20
_LOCAL_SIZE = 30  # section 4.3.7: a local file header before name and extra field
_COMMENT_LIMIT = 1 << 16
_BUFFER = 1 << 16
_LOCAL = b"PK\x03\x04"
# what zipfile raises for files that are damaged, encrypted, or packed in a way it does not know
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, struct.error)
_IS_ENCRYPTED = 1  # section 4.4.4, bit 0


def is_wacz(path: Path) -> bool:
    """Whether a file begins like a zip file."""
    with path.open("rb") as stream:
        return stream.read(len(_LOCAL)) == _LOCAL


def iter_wacz(path: Path, *, outlet_for: OutletFor | None = None, limit: int = BLOCK_LIMIT) -> Iterator[Capture | Skip]:
    """Every page of the WARCs in a WACZ, in the order of their names; each loss as a Skip.

    Nothing is raised, whatever the file holds or if it cannot be read.
    """
    try:
        members = _list_members(path)
    except RecordError as error:
        yield Skip(step="import", subject=error.subject, reason=error.reason, detail=str(error))
        return
    for member in members:
        try:
            file = _to_file(path, member, limit)
        except RecordError as error:
            yield Skip(step="import", subject=error.subject, reason=error.reason, detail=str(error))
            continue
        yield from iter_file(file, outlet_for=outlet_for)


def _list_members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with path.open("rb") as stream:
            _check_directory(stream)
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (OSError, *_ZIP_ERRORS) as error:
        raise RecordError(
            f"{path.name} is no zip file that can be read: {error}", subject=path.name, reason="bad_wacz"
        ) from error
    if len(infos) > MEMBER_LIMIT:
        raise RecordError(f"{path.name} has {len(infos)} members", subject=path.name, reason="bad_wacz")
    _check_overlap(infos, path.name)
    found = sorted((info for info in infos if _is_archive(info.filename)), key=lambda info: info.filename)
    if not found:
        raise RecordError(f"{path.name} holds no WARC in archive/", subject=path.name, reason="no_archive_in_wacz")
    return found


def _check_directory(stream: BinaryIO) -> None:
    """Look at the stated size of the list of members before `zipfile` reads that much into memory."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _END_SIZE - _COMMENT_LIMIT - _LOCATOR_SIZE))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0:
        raise zipfile.BadZipFile("it has no end record")
    sizes = [int.from_bytes(tail[at + 12 : at + 16], "little")]
    locator = tail[max(0, at - _LOCATOR_SIZE) : at]
    if locator.startswith(_LOCATOR):
        stream.seek(min(size, int.from_bytes(locator[8:16], "little")))
        sizes = [int.from_bytes(stream.read(56)[40:48], "little")]
    if max(sizes) > DIRECTORY_LIMIT:
        raise zipfile.BadZipFile(f"its list of members has {max(sizes)} bytes; {DIRECTORY_LIMIT} are read")


def _check_overlap(infos: list[zipfile.ZipInfo], name: str) -> None:
    ordered = sorted(infos, key=lambda info: info.header_offset)
    if any(
        this.header_offset + _LOCAL_SIZE + this.compress_size > following.header_offset
        for this, following in pairwise(ordered)
    ):
        raise RecordError(f"{name} has members that share bytes", subject=name, reason="zip_bomb")


def _is_archive(name: str) -> bool:
    return name.startswith("archive/") and ".." not in name.split("/") and name.lower().endswith(_SUFFIXES)


def _to_file(path: Path, info: zipfile.ZipInfo, limit: int) -> ForeignFile:
    name = clean_text(f"{path.name}/{info.filename}")
    if info.flag_bits & _IS_ENCRYPTED:
        raise RecordError(f"{name} is encrypted", subject=name, reason="encrypted")
    if info.file_size > SIZE_LIMIT or info.file_size > max(info.compress_size, 1) * RATIO_LIMIT:
        raise RecordError(f"{name} would unpack to {info.file_size} bytes", subject=name, reason="zip_bomb")
    if info.compress_type == zipfile.ZIP_STORED:
        start = _find_stored(path, info, name)
        return ForeignFile(name=name, open=partial(_open_window, path, start, info.compress_size), limit=limit)
    if info.compress_type == zipfile.ZIP_DEFLATED:
        return ForeignFile(name=name, open=partial(_open_deflated, path, info), is_seekable=False, limit=limit)
    raise RecordError(f"{name} is packed by method {info.compress_type}", subject=name, reason="unknown_packing")


def _find_stored(path: Path, info: zipfile.ZipInfo, name: str) -> int:
    """Where the bytes of a stored member begin."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, io.SEEK_END)
            stream.seek(info.header_offset)
            header = stream.read(_LOCAL_SIZE)
    except (OSError, ValueError) as error:
        raise RecordError(f"{name} cannot be read: {error}", subject=name, reason="bad_wacz") from error
    start = info.header_offset + _LOCAL_SIZE + sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    if not header.startswith(_LOCAL) or start + info.compress_size > size:
        raise RecordError(f"{name} does not lie where the zip file says", subject=name, reason="bad_wacz")
    return start


def _open_window(path: Path, start: int, size: int) -> BinaryIO:
    return io.BufferedReader(_Window(path, start, size), _BUFFER)


def _open_deflated(path: Path, info: zipfile.ZipInfo) -> BinaryIO:
    return io.BufferedReader(_Deflated(path, info), _BUFFER)


class _Window(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._stream = path.open("rb", buffering=0)
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        self._stream.seek(self._start + self._at)
        count = self._stream.readinto(view[: max(0, self._size - self._at)]) or 0
        self._at += count
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Deflated(io.RawIOBase):
    """A deflated member, forward only."""

    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except _ZIP_ERRORS as error:
            raise OSError(f"the zip file cannot be read: {error}") from error
        try:
            self._stream = self._archive.open(info)
        except _ZIP_ERRORS as error:
            self._archive.close()
            raise OSError(f"the member cannot be read: {error}") from error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            content = self._stream.read(len(view))
        except _ZIP_ERRORS as error:
            raise OSError(f"the member does not unpack: {error}") from error
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._stream.close()
        self._archive.close()
        super().close()
