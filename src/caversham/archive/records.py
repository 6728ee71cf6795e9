"""Records of the WARC and ARC files of other tools, read with patience and within limits.

Sources: ISO 28500 (WARC 0.18, 1.0, 1.1); "Arc File Format", Burner and Kahle 1996, versions 1 and 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

from caversham.archive.streams import Beginning, DamageError, Reader

BLOCK_LIMIT = 1 << 26  # bytes; what the fetcher takes of one page

WARC = Beginning(pattern=re.compile(rb"\nWARC/\d\.\d{1,3}\r?\n"), letters=(b"WARC/",))
ARC = Beginning(
    pattern=re.compile(
        rb"\n(?:https?|ftp|dns|filedesc):[^\n]{1,4000} \d{14} [^\n ]{1,200} (?:[^\n ]{1,200} ){0,5}\d{1,12}\r?\n"
    ),
    letters=(b"http://", b"https://", b"ftp://", b"dns:", b"filedesc:"),
)

_HEAD_LIMIT = 1 << 20
_LENGTH = re.compile(r"\d{1,15}")
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?)?(Z|[+-]\d\d:?\d\d)?"
)
_ARC_DATE = re.compile(r"\d{14,18}")
_ARC_FIELDS = (5, 10)  # of a URL record: version 1, version 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of another tool."""

    start: int  # offset in the file
    can_return: bool  # it can be read again from there
    type: str
    target: str
    date: str
    content_type: str
    block: bytes
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # names in lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A record, or what should be one, that cannot be used."""

    start: int
    reason: str
    detail: str


def iter_records(reader: Reader, *, is_arc: bool, limit: int = BLOCK_LIMIT) -> Iterator[Record | Loss]:
    """Every record to the end of the file; behind damage, from the next that can be found."""
    read_record, beginning = (_read_arc, ARC) if is_arc else (_read_warc, WARC)
    while True:
        try:
            if not reader.begin():
                return
            yield read_record(reader, limit)
        except DamageError as damage:
            yield Loss(start=reader.where, reason=damage.reason, detail=str(damage))
            if not reader.resume(beginning):
                return


def parse_date(date: str) -> datetime:
    """The instant of a WARC-Date (W3CDTF, any precision) or an ARC date (14 digits). Raises ValueError."""
    if _ARC_DATE.fullmatch(date):
        return datetime.strptime(date[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    found = _DATE.fullmatch(date.strip())
    if found is None:
        raise ValueError(f"{date!r} is no date")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    instant = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),  # a leap second
        int((fraction or "0").ljust(6, "0")[:6]),
        tzinfo=_zone(zone),
    )
    return instant.astimezone(UTC)


def _zone(zone: str | None) -> timezone:
    if zone is None or zone == "Z":
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _read_warc(reader: Reader, limit: int) -> Record | Loss:
    start, can_return = reader.start, reader.can_return
    fields = _read_fields(reader)
    block = _read_block(reader, fields.get("content-length", ""), limit)
    if isinstance(block, Loss):
        return block
    return Record(
        start=start,
        can_return=can_return,
        type=fields.get("warc-type", "").lower(),
        target=fields.get("warc-target-uri", "").strip("<>"),  # wget before 1.20 wrote brackets
        date=fields.get("warc-date", ""),
        content_type=fields.get("content-type", ""),
        block=block,
        fields=MappingProxyType(fields),
    )


def _read_fields(reader: Reader) -> dict[str, str]:
    first = reader.read_line(_HEAD_LIMIT)
    if not first.startswith(b"WARC/"):
        raise DamageError("bad_record", f"no WARC record begins at {reader.start}: {first[:40]!r}")
    fields: dict[str, str] = {}
    name, size = "", 0
    while line := reader.read_line(_HEAD_LIMIT).rstrip(b"\r\n"):
        size += len(line)
        if size > _HEAD_LIMIT:
            raise DamageError("bad_record", f"the fields of the record at {reader.start} have no end")
        text = line.decode("utf-8", "replace")
        if line[:1] in (b" ", b"\t") and name:
            fields[name] = f"{fields[name]} {text.strip()}"
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        fields.setdefault(name, value.strip())
    return fields


def _read_arc(reader: Reader, limit: int) -> Record | Loss:
    start, can_return = reader.start, reader.can_return
    line = reader.read_line(_HEAD_LIMIT).decode("utf-8", "replace").strip()
    fields = _split_arc(line)
    if fields is None:
        raise DamageError("bad_record", f"no ARC record begins at {start}: {line[:40]!r}")
    block = _read_block(reader, fields[-1], limit)
    if isinstance(block, Loss):
        return block
    url, _, date, content_type = fields[:4]
    type_ = "arc_header" if url.startswith("filedesc:") else "response"
    return Record(
        start=start,
        can_return=can_return,
        type=type_,
        target=url,
        date=date,
        content_type="application/http" if type_ == "response" else content_type,
        block=block,
    )


def _split_arc(line: str) -> list[str] | None:
    """The fields of a URL record; a URL may hold spaces, so they are counted from the right."""
    for count in _ARC_FIELDS:
        fields = line.rsplit(" ", count - 1)
        if len(fields) == count and _ARC_DATE.fullmatch(fields[2]):
            return fields
    return None


def _read_block(reader: Reader, length: str, limit: int) -> bytes | Loss:
    if not _LENGTH.fullmatch(length):
        raise DamageError("bad_length", f"the record at {reader.start} states {length!r} as its length")
    size = int(length)
    if size > limit:
        start = reader.start
        reader.skip(size)
        reader.skip_line_ends()
        return Loss(start=start, reason="too_large", detail=f"the record at {start} has {size} bytes; {limit} are read")
    block = reader.read(size)
    reader.skip_line_ends()
    return block
