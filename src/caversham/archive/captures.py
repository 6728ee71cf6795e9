"""Captures as WARC records, and back: the table of docs/storage.md, "Records".

`settle` gives the form of a capture that survives the road; for every capture `c`,
reading what was written for `c` gives `settle(c)`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from caversham.archive import http, warc
from caversham.archive.warc import Draft, Record
from caversham.errors import RecordError
from caversham.types import Capture, CaptureId, CaptureKind, Earlier, OutletId, TimeBasis

HTTP_KINDS = frozenset({CaptureKind.PAGE, CaptureKind.SOURCE, CaptureKind.ROBOTS, CaptureKind.REDIRECT})

_RESPONSE = "application/http; msgtype=response"
_REQUEST = "application/http; msgtype=request"
_JSON = "application/json"
_HTML = "text/html"
_SHA256 = "sha256:"
_BOOKKEEPING = ("warcinfo", "request")


def settle(capture: Capture) -> Capture:
    """The capture in the form that the archive keeps.

    Its body is hashed, addresses and fields are on one line, the instant is UTC. A revisit has no
    body of its own. What is not an HTTP answer keeps of its headers the Content-Type, and that only
    where it is a page or a file.
    """
    is_revisit = capture.repeats is not None
    has_digest = is_revisit and not capture.body
    return replace(
        capture,
        url=warc.clean_url(capture.url or capture.final_url),
        final_url=warc.clean_url(capture.final_url or capture.url),
        outlet=OutletId(warc.clean_text(capture.outlet)),
        captured_at=_to_utc(capture.captured_at),
        headers=http.clean_headers(capture.headers) if has_http_head(capture) else _content_type(capture),
        body=b"" if is_revisit else capture.body,
        sha256=warc.clean_text(capture.sha256) if has_digest else sha256(capture.body).hexdigest(),
        via=warc.clean_text(capture.via),
        vantage=warc.clean_text(capture.vantage),
        look=warc.clean_text(capture.look),
        repeats=_settle_earlier(capture.repeats),
    )


def has_http_head(capture: Capture) -> bool:
    """Whether the capture is an HTTP answer: kind and status say so."""
    return capture.kind in HTTP_KINDS and capture.status is not None and 100 <= capture.status <= 999


def to_drafts(capture: Capture) -> Sequence[Draft]:
    """The records of a settled capture, in order: its request if it is known, then itself."""
    draft = _to_draft(capture)
    if not capture.request:
        return (draft,)
    request = Draft(
        type="request",
        target=capture.final_url,
        at=capture.captured_at,
        content_type=_REQUEST,
        block=capture.request,
        digest=sha256(capture.request).hexdigest(),
    )
    return (request, draft)


def from_record(record: Record, *, subject: str) -> Capture:
    """The capture that a record of our own holds, without hops, request, id and place.

    Raises RecordError when a field is missing or says what it cannot.
    """
    try:
        return _read_capture(record)
    except ValueError as error:
        raise RecordError(f"{subject} holds a field that cannot be read: {error}", subject=subject) from error


def is_request_of(request: Record, record: Record) -> bool:
    """Whether `request` is the request that brought `record`."""
    return request.type == "request" and request.get("WARC-Concurrent-To") == record.get("WARC-Record-ID")


def is_bookkeeping(record: Record) -> bool:
    """Whether a record is no capture: the head of a file, a request, or what a withdrawal left of these."""
    return record.type in _BOOKKEEPING or withdrawn_type(record) in _BOOKKEEPING


def is_of_kind(record: bytes, kind: CaptureKind) -> bool:
    """Whether the fields of a record, not yet taken apart, name this kind."""
    field = f"\r\nCaversham-Kind: {kind.value}\r\n".encode()
    return record.find(field, 0, record.find(warc.END)) >= 0


def withdrawn_type(record: Record) -> str:
    """The type of the record that a withdrawn member stands for; "" for any other record."""
    if record.get("Caversham-Kind") != CaptureKind.WITHDRAWN:
        return ""
    try:
        return str(json.loads(record.block)["type"])
    except (ValueError, KeyError, TypeError):
        return ""


def make_warcinfo(*, software: str, writer: str, follows: str, at: datetime) -> Draft:
    """The first record of a file; `follows` names the file before it ("": it is the log's first)."""
    lines = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": writer,
        "follows": follows,
    }
    block = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value).encode()
    return Draft(
        type="warcinfo",
        target="",
        at=at,
        content_type="application/warc-fields",
        block=block,
        digest=sha256(block).hexdigest(),
    )


def make_withdrawn(record: CaptureId, *, record_type: str, at: datetime) -> Draft:
    """What a withdrawal leaves: the hash and the type of the record that stood here."""
    block = canonical_json({"record": record, "type": record_type})
    return Draft(
        type="metadata",
        target="",
        at=at,
        content_type=_JSON,
        block=block,
        digest=sha256(block).hexdigest(),
        fields=(("Caversham-Kind", CaptureKind.WITHDRAWN),),
    )


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys and no white space (RFC 8785 for strings, integers and their collections)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _to_draft(capture: Capture) -> Draft:
    type_, content_type = _type_of(capture)
    block = capture.body
    digest = capture.sha256
    if has_http_head(capture):
        block = http.make_head(capture.status or 0, capture.headers) + capture.body
    if block is not capture.body or type_ == "revisit":
        digest = sha256(block).hexdigest()
    return Draft(
        type=type_,
        target=capture.final_url,
        at=capture.captured_at,
        content_type=content_type,
        block=block,
        digest=digest,
        fields=_fields(capture),
    )


def _type_of(capture: Capture) -> tuple[str, str]:
    if capture.repeats is not None:
        return "revisit", _RESPONSE if has_http_head(capture) else ""
    if has_http_head(capture):
        return "response", _RESPONSE
    if capture.kind in HTTP_KINDS:
        return "resource", http.header(capture.headers, "content-type")
    if capture.kind is CaptureKind.FILE:
        return "resource", http.header(capture.headers, "content-type") or _HTML
    return "resource" if capture.kind is CaptureKind.ROW else "metadata", _JSON


def _fields(capture: Capture) -> tuple[tuple[str, str], ...]:
    status = "" if capture.status is None or has_http_head(capture) else str(capture.status)
    fields = (
        ("WARC-Payload-Digest", _SHA256 + capture.sha256 if capture.sha256 else ""),
        ("Caversham-Kind", capture.kind.value),
        ("Caversham-Outlet", capture.outlet),
        ("Caversham-Time-Basis", capture.time_basis.value),
        ("Caversham-Via", capture.via),
        ("Caversham-Vantage", capture.vantage),
        ("Caversham-Requested-URI", capture.url if capture.url != capture.final_url else ""),
        ("Caversham-Look", capture.look),
        ("Caversham-Status", status),
    )
    if capture.repeats is None:
        return fields
    return (
        ("WARC-Profile", warc.NOT_MODIFIED if capture.status == 304 else warc.IDENTICAL),
        ("WARC-Refers-To-Target-URI", capture.repeats.url),
        ("WARC-Refers-To-Date", warc.to_warc_date(capture.repeats.captured_at)),
        *fields,
        ("Caversham-Repeats", capture.repeats.id),
    )


def _read_capture(record: Record) -> Capture:
    kind = CaptureKind(record.get("Caversham-Kind"))
    captured_at = warc.from_warc_date(record.get("WARC-Date"))
    if kind is CaptureKind.WITHDRAWN:
        return _read_withdrawn(record, captured_at)
    target = record.get("WARC-Target-URI")
    status, headers, body = _read_block(record, kind)
    return Capture(
        url=record.get("Caversham-Requested-URI") or target,
        final_url=target,
        outlet=OutletId(record.get("Caversham-Outlet")),
        kind=kind,
        captured_at=captured_at,
        time_basis=TimeBasis(record.get("Caversham-Time-Basis")),
        status=status,
        headers=headers,
        body=body,
        sha256=record.get("WARC-Payload-Digest").removeprefix(_SHA256),
        via=record.get("Caversham-Via"),
        vantage=record.get("Caversham-Vantage"),
        look=record.get("Caversham-Look"),
        repeats=_read_earlier(record),
    )


def _read_block(record: Record, kind: CaptureKind) -> tuple[int | None, tuple[tuple[str, str], ...], bytes]:
    content_type = record.get("Content-Type")
    if content_type == _RESPONSE and record.type in ("response", "revisit"):
        head = http.parse_head(record.block, limit=len(record.block))
        if head is None:
            raise ValueError("the block has no HTTP head")
        return head.status, head.headers, record.block[head.size :]
    status = record.get("Caversham-Status")
    is_typed = kind in HTTP_KINDS or (kind is CaptureKind.FILE and content_type != _HTML)
    headers = (("Content-Type", content_type),) if is_typed and content_type else ()
    return int(status) if status else None, headers, record.block


def _read_withdrawn(record: Record, at: datetime) -> Capture:
    return Capture(
        url="",
        final_url="",
        outlet=OutletId(""),
        kind=CaptureKind.WITHDRAWN,
        captured_at=at,
        time_basis=TimeBasis.OBSERVED,
        status=None,
        body=record.block,
        sha256=record.get("WARC-Block-Digest").removeprefix(_SHA256),
    )


def _read_earlier(record: Record) -> Earlier | None:
    if record.type != "revisit":
        return None
    return Earlier(
        id=CaptureId(record.get("Caversham-Repeats")),
        url=record.get("WARC-Refers-To-Target-URI"),
        captured_at=warc.from_warc_date(record.get("WARC-Refers-To-Date")),
    )


def _settle_earlier(earlier: Earlier | None) -> Earlier | None:
    if earlier is None:
        return None
    return Earlier(
        id=CaptureId(warc.clean_text(earlier.id)),
        url=warc.clean_url(earlier.url),
        captured_at=_to_utc(earlier.captured_at),
    )


def _content_type(capture: Capture) -> tuple[tuple[str, str], ...]:
    has_type = capture.kind in HTTP_KINDS or capture.kind is CaptureKind.FILE
    if not has_type or capture.repeats is not None:
        return ()
    value = warc.clean_text(http.header(capture.headers, "content-type"))
    is_default = capture.kind is CaptureKind.FILE and value == _HTML
    return (("Content-Type", value),) if value and not is_default else ()


def _to_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant without a time zone cannot be archived: {instant!r}")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
