"""Captures from the WARC and ARC files of other tools.

What becomes a capture, or is lost and counted, are responses, resources and revisits of http and
https addresses; everything else in such a file is its maker's bookkeeping.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from caversham.archive import http
from caversham.archive.members import MAGIC
from caversham.archive.records import ARC, BLOCK_LIMIT, WARC, Loss, Record, iter_records, parse_date
from caversham.archive.streams import DamageError, GzipSupply, PlainSupply, Reader
from caversham.archive.warc import clean_url, to_warc_date
from caversham.types import Capture, CaptureKind, OutletId, Skip, TimeBasis

OutletFor = Callable[[str], OutletId]

_SUBJECTS = ("response", "resource", "revisit")
_ORIGINAL_LIMIT = 500_000  # keys of answers that revisits can point back to: 60 MB of memory
_REREAD_LIMIT = 1 << 32  # bytes read again for the revisits of one file
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512, "md5": hashlib.md5}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """An archive file of another tool, or one inside a WACZ."""

    name: str
    open: Callable[[], BinaryIO]  # a new stream from the first byte, each time
    is_seekable: bool = True  # otherwise reading ends at the first damage, and revisits find no original
    limit: int = BLOCK_LIMIT  # bytes read of one record


def iter_foreign(
    path: Path, *, outlet_for: OutletFor | None = None, limit: int = BLOCK_LIMIT
) -> Iterator[Capture | Skip]:
    """Every page of a WARC or ARC file, packed or not, in its order; each loss as a Skip.

    Nothing is raised, whatever the file holds or if it cannot be read.
    """
    file = ForeignFile(name=path.name, open=lambda: path.open("rb"), limit=limit)
    return iter_file(file, outlet_for=outlet_for)


def iter_file(file: ForeignFile, *, outlet_for: OutletFor | None = None) -> Iterator[Capture | Skip]:
    """As `iter_foreign`, for a file that lies elsewhere than in a folder."""
    try:
        with file.open() as stream:
            yield from _iter_open(file, stream, outlet_for)
    except OSError as error:
        yield Skip(step="import", subject=file.name, reason="unreadable_file", detail=str(error))


def _iter_open(file: ForeignFile, stream: BinaryIO, outlet_for: OutletFor | None) -> Iterator[Capture | Skip]:
    reader = Reader(_make_supply(file, stream, 0))
    originals = _Originals(file)
    for record in _iter_records(file, reader):
        found = record if isinstance(record, Loss) else _read_subject(record, originals)
        if isinstance(found, Loss):
            yield Skip(step="import", subject=f"{file.name}:{found.start}", reason=found.reason, detail=found.detail)
        elif found is not None:
            yield _to_capture(file, found, outlet_for)


def _make_supply(file: ForeignFile, stream: BinaryIO, offset: int) -> GzipSupply | PlainSupply:
    with file.open() as probe:
        is_packed = probe.read(len(MAGIC)) == MAGIC
    make = GzipSupply if is_packed else PlainSupply
    return make(stream, offset=offset, is_seekable=file.is_seekable)


def _iter_records(file: ForeignFile, reader: Reader) -> Iterator[Record | Loss]:
    try:
        is_empty = not reader.begin()
        is_arc = reader.starts_with(b"filedesc:")
        is_known = is_arc or reader.starts_with(b"WARC/")
    except DamageError as damage:
        yield Loss(start=reader.where, reason=damage.reason, detail=str(damage))
        is_empty, is_arc = False, not reader.resume(WARC)
        is_known = not is_arc or reader.resume(ARC)
        if not is_known:
            return
    if is_known:
        yield from iter_records(reader, is_arc=is_arc, limit=file.limit)
    else:
        detail = f"{file.name} {'is empty' if is_empty else 'begins like no WARC or ARC file'}"
        yield Loss(start=0, reason="not_an_archive", detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What a record says of an address, checked."""

    url: str
    captured_at: datetime
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Originals:
    """Where the answers stand that later revisits of the same file repeat."""

    def __init__(self, file: ForeignFile) -> None:
        self._file = file
        self._places: dict[bytes, int] = {}
        self._reread = 0

    def add(self, record: Record) -> None:
        """Remember an answer by digest and by address and date."""
        if record.can_return and len(self._places) < _ORIGINAL_LIMIT:
            for key in _keys(record.fields, record.target, record.date):
                self._places.setdefault(key, record.start)

    def find(self, revisit: Record) -> Record | None:
        """The answer that a revisit repeats; None: it is not in this file, or re-reading it costs too much."""
        target, date = (revisit.fields.get(f"warc-refers-to-{name}", "") for name in ("target-uri", "date"))
        place = next(
            (self._places[key] for key in _keys(revisit.fields, target.strip("<>"), date) if key in self._places), None
        )
        if place is None or self._reread > _REREAD_LIMIT:
            return None
        with self._file.open() as stream:
            reader = Reader(_make_supply(self._file, stream, place))
            record = next(iter_records(reader, is_arc=False, limit=self._file.limit), None)
        if not isinstance(record, Record) or record.type != "response":
            return None
        self._reread += len(record.block)
        return record


def _keys(fields: Mapping[str, str], target: str, date: str) -> Iterator[bytes]:
    if digest := fields.get("warc-payload-digest", ""):
        yield hashlib.blake2b(digest.lower().encode(), digest_size=12).digest()
    if target and date:
        yield hashlib.blake2b(f"{target}\n{date}".encode(), digest_size=12).digest()


def _read_subject(record: Record, originals: _Originals) -> _Page | Loss | None:
    """What the record says; None: it is nothing that a reader would call a page."""
    if not _is_subject(record):
        return None
    captured_at = _check(record)
    if isinstance(captured_at, Loss):
        return captured_at
    if record.type == "revisit":
        return _read_revisit(record, captured_at, originals)
    page = _read_answer(record, captured_at)
    if isinstance(page, _Page):
        originals.add(record)
    return page


def _is_subject(record: Record) -> bool:
    is_web = not record.target or record.target.lower().startswith(("http://", "https://"))
    return is_web and record.type in _SUBJECTS


def _check(record: Record) -> datetime | Loss:
    """The instant of a record that is whole."""
    if not record.target:
        return _lose(record, "no_address", f"the {record.type} does not say whose it is")
    if record.fields.get("warc-segment-number"):
        return _lose(record, "segmented", "the record is one of several parts")
    if not _matches(record.fields.get("warc-block-digest", ""), (record.block,)):
        return _lose(record, "digest_mismatch", "the record is not the one that its digest was made of")
    try:
        return parse_date(record.date)
    except (ValueError, OverflowError) as error:
        return _lose(record, "bad_date", str(error))


def _read_answer(record: Record, captured_at: datetime) -> _Page | Loss:
    if not record.content_type.lower().startswith("application/http"):
        typed = (("Content-Type", record.content_type),) if record.content_type else ()
        return _Page(url=record.target, captured_at=captured_at, status=None, headers=typed, body=record.block)
    head = http.parse_head(record.block)
    if head is None:
        return _lose(record, "bad_http_head", f"the block begins with {record.block[:40]!r}")
    stored = record.block[head.size :]
    is_chunked = "chunked" in http.header(head.headers, "transfer-encoding").lower()
    joined = http.join_chunks(stored) if is_chunked else None
    body = stored if joined is None else joined
    # without a digest of the block, that of the payload vouches; tools differ in whether chunks belong to it
    has_block_digest = "warc-block-digest" in record.fields
    if not has_block_digest and not _matches(record.fields.get("warc-payload-digest", ""), (stored, body)):
        return _lose(record, "digest_mismatch", "the body is not the one that its digest was made of")
    headers = http.clean_headers(head.headers)
    return _Page(url=record.target, captured_at=captured_at, status=head.status, headers=headers, body=body)


def _read_revisit(record: Record, captured_at: datetime, originals: _Originals) -> _Page | Loss:
    original = originals.find(record)
    page = _read_answer(original, captured_at) if original else None
    if not isinstance(page, _Page):
        return _lose(record, "revisit_without_original", "the answer that it repeats is not in this file")
    head = http.parse_head(record.block)
    has_own_head = head is not None and head.status != 304
    return _Page(
        url=record.target,
        captured_at=captured_at,
        status=head.status if head and has_own_head else page.status,
        headers=http.clean_headers(head.headers) if head and has_own_head else page.headers,
        body=page.body,
    )


def _to_capture(file: ForeignFile, page: _Page, outlet_for: OutletFor | None) -> Capture:
    url = clean_url(page.url)
    sha256 = hashlib.sha256(page.body).hexdigest()
    identity = f"{url}\n{to_warc_date(page.captured_at)}\n{sha256}"
    return Capture(
        url=url,
        final_url=url,
        outlet=outlet_for(url) if outlet_for else OutletId(""),
        kind=CaptureKind.PAGE,
        captured_at=page.captured_at,
        time_basis=TimeBasis.THIRD_PARTY_ARCHIVE,
        status=page.status,
        headers=page.headers,
        body=page.body,
        sha256=sha256,
        via=file.name,
        look=hashlib.sha256(identity.encode()).hexdigest(),
    )


def _matches(stated: str, contents: tuple[bytes, ...]) -> bool:
    """Whether one of the contents has this digest; yes, if there is no digest that can be checked."""
    algorithm, _, value = stated.partition(":")
    make = _HASHES.get(algorithm.strip().lower().replace("-", ""))
    if make is None or not value:
        return True
    wanted = _decode_digest(value.strip(), make().digest_size)
    return wanted is None or any(make(content).digest() == wanted for content in contents)


def _decode_digest(value: str, size: int) -> bytes | None:
    """The bytes of a digest in base 16 or base 32; None: it is written in neither."""
    try:
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        return base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except (ValueError, binascii.Error):
        return None


def _lose(record: Record, reason: str, detail: str) -> Loss:
    return Loss(start=record.start, reason=reason, detail=f"{record.target!r}: {detail}")
