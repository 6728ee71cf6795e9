"""Gzip members: one for each record, so that a record can be read without its neighbours (RFC 1952)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from isal import igzip_lib

from caversham.archive import warc

MAGIC = b"\x1f\x8b\x08"  # RFC 1952, section 2.3.1: ID1, ID2 and the method deflate
RECORD_LIMIT = 1 << 28  # bytes; the fetcher takes pages of 50 MB, imports a little more

_CHUNK = 1 << 16
_LEVEL = 2  # measured: a 20 kB page in 37 us and 7.9 kB; zlib at 6 takes 285 us for the same size
_PROBE = 1 << 11  # enough compressed bytes to hold the tables of a block and the first letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A gzip member that unpacks and holds a whole record."""

    offset: int
    size: int  # compressed
    record: bytes  # without the two line ends that close it

    @property
    def digest(self) -> bytes:
        """SHA-256 of the record: its leaf."""
        return sha256(self.record).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Bytes that are no whole member, up to the next member or the end of the file."""

    offset: int
    size: int
    why: str
    is_last: bool  # no whole member's beginning follows


class _DamageError(Exception):
    """The bytes at hand do not unpack to a record."""


def make_member(record: bytes) -> bytes:
    """The record, closed and compressed; the same bytes for the same record."""
    return igzip_lib.compress(record + warc.END, _LEVEL, igzip_lib.COMP_GZIP)


def iter_members(stream: BinaryIO, offset: int = 0) -> Iterator[Member | Broken]:
    """Read members one after the other, from `offset` to the end; what does not unpack is passed over.

    Memory is that of one record.
    """
    stream.seek(offset)
    pending = b""
    while pending := pending or stream.read(_CHUNK):
        try:
            record, pending = _inflate(stream, pending)
            end = stream.tell() - len(pending)
            yield Member(offset=offset, size=end - offset, record=record)
        except _DamageError as damage:
            end, is_last = _find_next(stream, offset + 1)
            pending = b""
            yield Broken(offset=offset, size=end - offset, why=str(damage), is_last=is_last)
            stream.seek(end)
        offset = end


def find_member(stream: BinaryIO, start: int, *, begins: tuple[bytes, ...] = (b"WARC/",)) -> int | None:
    """Where the next member begins whose content begins so; None: there is none."""
    position = start
    while True:
        stream.seek(position)
        window = stream.read(_CHUNK)
        at = window.find(MAGIC)
        while at >= 0:
            if _is_member(stream, position + at, begins):
                return position + at
            at = window.find(MAGIC, at + 1)
        if len(window) < _CHUNK:
            return None
        position += len(window) - len(MAGIC) + 1


def _inflate(stream: BinaryIO, pending: bytes) -> tuple[bytes, bytes]:
    unpacker = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    parts, size = [], 0
    while not unpacker.eof:
        if unpacker.needs_input:
            pending = pending or stream.read(_CHUNK)
            if not pending:
                raise _DamageError("the file ends inside a member")
        part, pending = _decompress(unpacker, pending, RECORD_LIMIT + 1 - size), b""
        size += len(part)
        if size > RECORD_LIMIT:
            raise _DamageError("the member is larger than any record")
        parts.append(part)
    content = parts[0] if len(parts) == 1 else b"".join(parts)
    if not content.endswith(warc.END):
        raise _DamageError("the member does not hold a whole record")
    return content[: -len(warc.END)], unpacker.unused_data


def _decompress(unpacker: igzip_lib.IgzipDecompressor, pending: bytes, limit: int) -> bytes:
    try:
        return unpacker.decompress(pending, limit)
    except igzip_lib.IsalError as error:  # type: ignore[misc]  # the stub takes the class for an instance
        raise _DamageError(f"the member does not unpack: {error}") from error


def _find_next(stream: BinaryIO, start: int) -> tuple[int, bool]:
    found = find_member(stream, start)
    if found is not None:
        return found, False
    return stream.seek(0, 2), True


def _is_member(stream: BinaryIO, position: int, begins: tuple[bytes, ...]) -> bool:
    stream.seek(position)
    unpacker = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        return _decompress(unpacker, stream.read(_PROBE), max(map(len, begins))).startswith(begins)
    except _DamageError:
        return False
