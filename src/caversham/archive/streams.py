"""The bytes of somebody else's archive file, plain or in gzip members, and how to go on behind damage.

A segment is what one gzip member unpacks to; a plain file is one segment. Positions are counted
here, so a source that only goes forward (a deflated member of a zip file) can be read as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from isal import igzip_lib

from caversham.archive.members import MAGIC, find_member

_CHUNK = 1 << 16
_UNPACKED = 1 << 18  # bytes unpacked at a time
_WASTE_LIMIT = 1 << 28  # bytes unpacked only to be thrown away, before the next member is looked for
_OVERLAP = 1 << 13  # the longest beginning of a record that may lie across two chunks


class DamageError(Exception):
    """The bytes at hand are not what they should be; `reason` is a word to count by."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How a record begins: behind a line end of a plain file, and as the first bytes of a member."""

    pattern: re.Pattern[bytes]
    letters: tuple[bytes, ...]


class Supply(Protocol):
    """Where bytes come from, segment by segment."""

    offset: int  # in the file, of the current segment
    is_seekable: bool
    is_packed: bool

    def read(self) -> bytes:
        """The next bytes of this segment; b"" at its end. Raises DamageError."""
        ...

    def next_segment(self) -> bool:
        """Go to the next segment; False: there is none. Raises DamageError."""
        ...

    def find_record(self, beginning: Beginning, after: int) -> bool:
        """Go to the next place behind `after` where a record begins; False: there is none."""
        ...


class PlainSupply:
    """A file without compression."""

    is_packed = False

    def __init__(self, stream: BinaryIO, *, offset: int = 0, is_seekable: bool = True) -> None:
        self.offset = offset
        self.is_seekable = is_seekable
        self._stream = stream
        if is_seekable:
            stream.seek(offset)

    def read(self) -> bytes:
        """The next bytes of the file; b"" at its end."""
        return self._stream.read(_UNPACKED)

    def next_segment(self) -> bool:
        """Never: a plain file has one segment."""
        return False

    def find_record(self, beginning: Beginning, after: int) -> bool:
        """Go to the next line behind `after` that begins a record."""
        if not self.is_seekable:
            return False
        self._stream.seek(after)
        window, start = b"", after
        while chunk := self._stream.read(_UNPACKED):
            window += chunk
            if found := beginning.pattern.search(window):
                self.offset = start + found.start() + 1
                self._stream.seek(self.offset)
                return True
            start += len(window) - len(window[-_OVERLAP:])
            window = window[-_OVERLAP:]
        return False


class GzipSupply:
    """A file of gzip members, whether or not each holds one record."""

    is_packed = True

    def __init__(self, stream: BinaryIO, *, offset: int = 0, is_seekable: bool = True) -> None:
        self.offset = offset
        self.is_seekable = is_seekable
        self._stream = stream
        if is_seekable:
            stream.seek(offset)
        self._taken = offset  # position in the file behind what was read of it
        self._pending = b""  # read of the file, not yet unpacked
        self._unpacker = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

    def read(self) -> bytes:
        """The next bytes of this member; b"" at its end, when its check sum was right. Raises DamageError."""
        part = b""
        while not part and not self._unpacker.eof:
            packed = self._take() if self._unpacker.needs_input else b""
            if self._unpacker.needs_input and not packed:
                raise DamageError("cut_file", f"the file ends inside the gzip member at {self.offset}")
            part = self._unpack(packed)
        return part

    def next_segment(self) -> bool:
        """Go to the next member. Raises DamageError when something else stands there."""
        rest = self._unpacker.unused_data or self._take()
        if not rest:
            return False
        self._begin(self._taken - len(rest))
        while len(rest) < len(MAGIC) and (more := self._take()):
            rest += more
        if not rest.startswith(MAGIC):
            raise DamageError("broken_member", f"no gzip member begins at {self.offset}")
        self._pending = rest
        return True

    def find_record(self, beginning: Beginning, after: int) -> bool:
        """Go to the next member behind `after` that begins like a record."""
        found = find_member(self._stream, after, begins=beginning.letters) if self.is_seekable else None
        if found is None:
            return False
        self._stream.seek(found)
        self._taken = found
        self._begin(found)
        return True

    def _begin(self, offset: int) -> None:
        self.offset = offset
        self._pending = b""
        self._unpacker = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

    def _take(self) -> bytes:
        if self._pending:
            packed, self._pending = self._pending, b""
            return packed
        packed = self._stream.read(_CHUNK)
        self._taken += len(packed)
        return packed

    def _unpack(self, packed: bytes) -> bytes:
        try:
            return self._unpacker.decompress(packed, _UNPACKED)
        except igzip_lib.IsalError as error:  # type: ignore[misc]  # the stub takes the class for an instance
            raise DamageError("broken_member", f"the gzip member at {self.offset} does not unpack: {error}") from error


class Reader:
    """Lines and blocks of a supply."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._buffer = b""
        self._at = 0  # read of the buffer
        self._before = 0  # bytes of this segment before the buffer
        self._start = supply.offset
        self._is_exact = True  # the current record begins at `_start`, not somewhere in that segment

    @property
    def start(self) -> int:
        """Offset in the file of the record begun last, or of the segment that holds it."""
        return self._start

    @property
    def where(self) -> int:
        """Offset in the file of what is being read, as near as can be told."""
        return max(self._start, self._supply.offset)

    @property
    def can_return(self) -> bool:
        """Whether `start` is the record's very beginning, so that it can be read again from there."""
        return self._supply.is_seekable and self._is_exact

    def begin(self) -> bool:
        """Pass over line ends up to the next record; False: the file ends. Raises DamageError."""
        while True:
            self.skip_line_ends()
            if self._at < len(self._buffer):
                break
            if not self._next_segment():
                return False
        inside = self._before + self._at
        self._start = self._supply.offset + (0 if self._supply.is_packed else inside)
        self._is_exact = inside == 0 or not self._supply.is_packed
        return True

    def starts_with(self, letters: bytes) -> bool:
        """Whether the record just begun starts so. Raises DamageError."""
        while len(self._buffer) - self._at < len(letters) and self._fill_segment():
            pass
        return self._buffer.startswith(letters, self._at)

    def read_line(self, limit: int) -> bytes:
        """One line with its end. Raises DamageError when there is none within the limit."""
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > limit or not self._fill():
                raise DamageError("bad_record", f"a line of the record at {self._start} has no end")
        line = self._buffer[self._at : end + 1]
        self._at = end + 1
        return line

    def read(self, size: int) -> bytes:
        """So many bytes. Raises DamageError when the file ends before."""
        parts, left = list[bytes](), size
        while left:
            part = self._buffer[self._at : self._at + left]
            parts.append(part)
            self._at += len(part)
            left -= len(part)
            if left and not self._fill():
                raise DamageError("cut_file", f"the file ends inside the record at {self._start}, {left} bytes early")
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over so many bytes. Raises DamageError when the file ends before, or when it would take too long."""
        if self._supply.is_packed and size > _WASTE_LIMIT:
            raise DamageError("too_large", f"the record at {self._start} has {size} bytes")
        while size:
            part = min(size, _UNPACKED)
            self.read(part)
            size -= part

    def skip_line_ends(self) -> None:
        """Pass over line ends, no further than the segment, whose check sum is thereby seen. Raises DamageError."""
        while True:
            rest = self._buffer[self._at :].lstrip(b"\r\n")
            self._at = len(self._buffer) - len(rest)
            if rest or not self._fill_segment():
                return

    def resume(self, beginning: Beginning) -> bool:
        """Go to the next record that begins behind the start of this one; False: there is none."""
        self._clear()
        return self._supply.find_record(beginning, self.where + 1)

    def _fill(self) -> bool:
        while not self._fill_segment():
            if not self._supply.next_segment():
                return False
        return True

    def _fill_segment(self) -> bool:
        chunk = self._supply.read()
        if not chunk:
            return False
        self._before += self._at
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return True

    def _next_segment(self) -> bool:
        self._clear()
        return self._supply.next_segment()

    def _clear(self) -> None:
        self._buffer, self._at, self._before = b"", 0, 0
