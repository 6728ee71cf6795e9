"""WARC 1.1 records as bytes: written the same way every time, read back field by field.

Source: ISO 28500:2017, as published by the IIPC ("The WARC Format 1.1"); ids after docs/storage.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from caversham.errors import RecordError

END = b"\r\n\r\n"  # closes every record; the capture id is the hash of what stands before it
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_VERSION = b"WARC/1.1\r\n"
_HEAD_LIMIT = 1 << 20
_UNSAFE_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSAFE_URL = re.compile("[\x00-\x20\x7f-\xa0\\s\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record before it has its place in a log."""

    type: str
    target: str  # WARC-Target-URI; "" none
    at: datetime
    content_type: str  # "" not known
    block: bytes
    digest: str  # SHA-256 of the block, 64 hex digits
    fields: tuple[tuple[str, str], ...] = ()  # in order; empty values are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it was read: its fields by name, and its block."""

    fields: Mapping[str, str] = field(default_factory=dict)
    block: bytes

    @property
    def type(self) -> str:
        """WARC-Type."""
        return self.fields.get("WARC-Type", "")

    def get(self, name: str) -> str:
        """The value of a field; "" if it is absent."""
        return self.fields.get(name, "")


def record_id(draft: Draft, writer: str) -> str:
    """A UUID of version 8 (RFC 9562, section 5.8) derived from what the record says and whose log it stands in.

    Its number in the log is left out: a look that a crash makes us write again is the same record.
    """
    fields = "\n".join(f"{name}: {value}" for name, value in draft.fields)
    seed = f"{writer}\n{draft.type}\n{draft.target}\n{to_warc_date(draft.at)}\n{draft.digest}\n{fields}"
    digits = sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def make_record(draft: Draft, writer: str) -> bytes:
    """The bytes of a record, without the two line ends that close it."""
    lines = [
        f"WARC-Type: {draft.type}",
        f"WARC-Record-ID: <{record_id(draft, writer)}>",
        f"WARC-Date: {to_warc_date(draft.at)}",
    ]
    if draft.target:
        lines.append(f"WARC-Target-URI: {draft.target}")
    lines += [f"{name}: {value}" for name, value in draft.fields if value]
    lines.append(f"WARC-Block-Digest: sha256:{draft.digest}")
    if draft.content_type:
        lines.append(f"Content-Type: {draft.content_type}")
    lines.append(f"Content-Length: {len(draft.block)}\r\n\r\n")
    return b"".join((_VERSION, "\r\n".join(lines).encode(), draft.block))


def parse_record(record: bytes, *, subject: str) -> Record:
    """Take a record of our own apart.

    Raises RecordError when it is not one, or its length is not the one that it states.
    """
    end = record.find(END, 0, _HEAD_LIMIT)
    if end < 0 or not record.startswith(_VERSION):
        raise RecordError(f"{subject} is no WARC 1.1 record", subject=subject)
    lines = record[len(_VERSION) : end].decode("utf-8", "replace").split("\r\n")
    fields = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    block = record[end + len(END) :]
    if fields.get("Content-Length") != str(len(block)):
        raise RecordError(f"{subject} states another length than it has", subject=subject)
    return Record(fields=fields, block=block)


def to_warc_date(instant: datetime) -> str:
    """WARC-Date: UTC, with microseconds only where there are any.

    >>> to_warc_date(datetime(1948, 9, 9, tzinfo=UTC))
    '1948-09-09T00:00:00Z'
    """
    if instant.tzinfo is None:
        raise ValueError(f"an instant without a time zone cannot be archived: {instant!r}")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def from_warc_date(date: str) -> datetime:
    """The instant of a WARC-Date that we wrote. Raises ValueError."""
    return datetime.fromisoformat(date)


def clean_text(text: str) -> str:
    r"""The text on one line: control characters become visible as %0A and the like.

    >>> clean_text("proxy\r\nWARC-Type: response")
    'proxy%0D%0AWARC-Type: response'
    """
    return _UNSAFE_TEXT.sub(_percent, text).strip()


def clean_url(url: str) -> str:
    """The address without white space and control characters, which become %20 and the like.

    >>> clean_url("http://a.example/x y")
    'http://a.example/x%20y'
    """
    return _UNSAFE_URL.sub(_percent, url)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))
