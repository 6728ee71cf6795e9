"""The head of an HTTP message, as it stands in an archive record: written safely, read with patience.

A field's bytes are text in UTF-8 where they are UTF-8; any other byte is kept as a lone surrogate
(`surrogateescape`), so that what the server sent comes back to the byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_LIMIT = 1 << 18  # bytes; servers and browsers stop at 8 to 256 KiB
HELD_BACK = "X-Archive-Transfer-Encoding"  # docs/storage.md, "The body as sent"

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(
    rb"HTTP/\d{1,2}(?:\.\d{1,2})?[ \t]+(\d{3})(?!\d)"
)  # RFC 9112, section 4; "HTTP/2 200" is seen
_FOLD = re.compile(rb"\r?\n[ \t]+")  # obsolete line folding: RFC 9112, section 5.2
_UNSAFE_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UNSAFE_NAME = re.compile(r"[\x00-\x20\x7f:]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")  # RFC 9112, section 7.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status and fields of an answer, and where its body begins."""

    status: int
    headers: tuple[tuple[str, str], ...]
    size: int  # bytes up to the body


def clean_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    r"""The same fields, such that each stands on one line and none names a transfer encoding.

    Control characters become visible as %0D and the like; Transfer-Encoding gets its X-Archive- name.

    >>> clean_headers((("Transfer-Encoding", "chunked"), ("X", "a\r\nSet-Cookie: b")))
    (('X-Archive-Transfer-Encoding', 'chunked'), ('X', 'a%0D%0ASet-Cookie: b'))
    """
    return tuple((_clean_name(name), _clean_value(value)) for name, value in headers)


def make_head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    """An HTTP/1.1 head of clean fields; the reason phrase is empty, since nobody kept it."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    return f"HTTP/1.1 {status} \r\n{lines}\r\n".encode("utf-8", "surrogateescape")


def parse_head(block: bytes, *, limit: int = HEAD_LIMIT) -> Head | None:
    """The head that a block begins with; None: it begins with none, or one beyond the limit."""
    status = _STATUS_LINE.match(block)
    if status is None:
        return None
    end = _HEAD_END.search(block, 0, limit)
    size = end.end() if end else len(block)
    if size > limit:
        return None
    lines = _FOLD.sub(b" ", block[: end.start() if end else size]).split(b"\n")[1:]
    return Head(status=int(status[1]), headers=tuple(_parse_field(line) for line in lines if line.strip()), size=size)


def header(headers: tuple[tuple[str, str], ...], name: str) -> str:
    """The first value of a field, whatever its case; "" if there is none."""
    return next((value for found, value in headers if found.lower() == name), "")


def join_chunks(body: bytes) -> bytes | None:
    """The body without its chunked coding; None: it is not in chunks.

    Many tools store a body that they had taken out of its chunks under the head that announces
    them, so the bytes decide. A body cut inside a chunk gives what is there.
    """
    parts: list[bytes] = []
    position = 0
    while position < len(body):
        size = _CHUNK_SIZE.match(body, position)
        if size is None:
            return None
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[size.end() : size.end() + length])
        position = _after_line_end(body, size.end() + length)
        if position < 0:
            return None
    return b"".join(parts) if parts else None


def _after_line_end(body: bytes, position: int) -> int:
    if position >= len(body):
        return len(body)
    line_end = body[position : position + 2]
    if line_end in {b"\r\n", b"\r"}:
        return position + 2
    return position + 1 if line_end[:1] == b"\n" else -1


def _parse_field(line: bytes) -> tuple[str, str]:
    name, _, value = line.rstrip(b"\r").decode("utf-8", "surrogateescape").partition(":")
    return name.strip(" \t"), value.strip(" \t")


def _clean_name(name: str) -> str:
    if name.lower() == "transfer-encoding":
        return HELD_BACK
    return _UNSAFE_NAME.sub(_percent, _settle(name))


def _clean_value(value: str) -> str:
    return _UNSAFE_VALUE.sub(_percent, _settle(value)).strip(" \t")


def _settle(text: str) -> str:
    if text.isascii():
        return text
    raw = "".join(char if not _is_foreign_surrogate(char) else "\ufffd" for char in text)
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _is_foreign_surrogate(char: str) -> bool:
    return "\ud800" <= char <= "\udc7f" or "\udd00" <= char <= "\udfff"


def _percent(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
