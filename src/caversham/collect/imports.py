"""Observations, HTML files and folders of others become Captures.

One row of JSONL is one look (the observation contract):

    {"url", "captured_at", "status", "outlet", "title", "text" or "html", "published_on" or
     "published_at" or "date", "language" or "lang", "section" or "topic", ...}

Only `url` is needed; an empty value means that it is absent; other fields are kept. A row
without text and html and with no status is a sighting. `{"listing", "captured_at", "urls"}` is what a
front page showed, in order.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import BufferedReader
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any

from caversham.errors import RowError, SubjectError
from caversham.payload import unpack
from caversham.times import parse_instant
from caversham.types import Capture, CaptureKind, Link, OutletId, Skip, TimeBasis
from caversham.urls import canonical_url

LINE_LIMIT_BYTES = 64 * 2**20  # a longer line is no article; one line at a time is held in memory
FILE_LIMIT_BYTES = 50 * 2**20  # as for a fetched page
LISTING_LIMIT = 50_000  # as a sitemap may hold: https://www.sitemaps.org/protocol.html

OutletFor = Callable[[str, str], OutletId]  # (outlet as the row names it or "", url) -> id


NO_OUTLET = OutletId("")
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_LINE_ENDS_AND_TABS = dict.fromkeys(map(ord, "\t\n\r"))


def canonical_json(value: object) -> bytes:
    r"""One form for equal JSON: sorted keys, no white space, UTF-8.

    Strings that hold a lone surrogate, which UTF-8 cannot carry, are written with escapes.

    >>> canonical_json({"b": 1, "a": "é"})
    b'{"a":"\xc3\xa9","b":1}'
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def iter_observations(path: Path, *, now: datetime, outlet_for: OutletFor) -> Iterator[Capture]:
    """Captures of a JSONL file, gzip or plain; a row that cannot be used is a capture of kind failure.

    Streams: one line is in memory at a time. A file that ends in the middle of its gzip stream gives
    the rows before that, then a failure. Raises OSError when the file cannot be opened.
    """
    with path.open("rb") as raw:
        for number, line in iter_lines(raw, path.name):
            subject = f"{path.name}:{number}"
            if isinstance(line, RowError):
                yield _problem(line, subject, b"", now)
            elif line.strip():
                try:
                    yield parse_observation(line, subject=subject, now=now, outlet_for=outlet_for)
                except SubjectError as error:
                    yield _problem(error, subject, line, now)


def parse_observation(line: bytes, *, subject: str, now: datetime, outlet_for: OutletFor) -> Capture:
    """The look that one row describes. Raises RowError that says which field and why."""
    row = parse_row(line, subject)
    body = canonical_json(row)
    captured_at = _captured_at(row, subject)
    listing = row.get("listing")
    url = _address(listing or row.get("url"), subject)
    digest = hashlib.sha256(body).hexdigest()
    return Capture(
        url=url,
        final_url=url,
        outlet=outlet_for(_text(row, "outlet", subject), url),
        kind=_kind(row, subject),
        captured_at=captured_at or now,
        time_basis=TimeBasis.IMPORTED if captured_at else TimeBasis.ASSUMED,
        status=_status(row, subject),
        headers=(("Content-Type", "application/json"),),
        body=body,
        sha256=digest,
        via=subject.rpartition(":")[0],
        look=digest,
    )


def read_html_file(path: Path, *, now: datetime, outlet_for: OutletFor, url: str | None = None) -> Capture:
    """The look that an HTML file keeps; its address is `url`, or what the page says of itself.

    Raises RowError where the file names no address, PayloadError where it unpacks to too much.
    """
    subject = path.name
    if path.stat().st_size > FILE_LIMIT_BYTES:
        raise RowError(f"{path} is larger than {FILE_LIMIT_BYTES} bytes", subject=subject, reason="too_large")
    raw = path.read_bytes()
    is_gzip = raw[:2] == b"\x1f\x8b"
    body = unpack(raw, (("Content-Encoding", "gzip"),), limit=FILE_LIMIT_BYTES) if is_gzip else raw
    address = _address(url or stated_address(body), subject)
    digest = hashlib.sha256(body).hexdigest()
    return Capture(
        url=address,
        final_url=address,
        outlet=outlet_for("", address),
        kind=CaptureKind.FILE,
        captured_at=now,
        time_basis=TimeBasis.ASSUMED,
        status=None,
        headers=(("Content-Type", "text/html"),),
        body=body,
        sha256=digest,
        via=subject,
        look=hashlib.sha256(f"{address}\n{digest}".encode()).hexdigest(),
    )


# What a browser writes when it saves a page, and how pages name their own address
# (https://html.spec.whatwg.org/#link-type-canonical, https://ogp.me/).
_TAG = re.compile(rb"<(link|meta)\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""\b(rel|href|property|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE)
_HEAD_BYTES = 200_000


def stated_address(body: bytes) -> str:
    """The address that a saved page states of itself, or "".

    >>> stated_address(b'<link rel="canonical" href="http://a.example/1">')
    'http://a.example/1'
    """
    head = body[:_HEAD_BYTES]
    for tag in _TAG.finditer(head):
        values = {m[1].lower(): m[2] or m[3] or m[4] or b"" for m in _ATTRIBUTE.finditer(tag[0])}
        if values.get(b"rel", b"").lower() == b"canonical":
            return values.get(b"href", b"").decode("utf-8", "replace")
        if values.get(b"property", b"").lower() == b"og:url":
            return values.get(b"content", b"").decode("utf-8", "replace")
    saved = _SAVED_FROM.search(head)
    return saved[1].decode("utf-8", "replace") if saved else ""


def iter_lines(raw: BufferedReader, name: str) -> Iterator[tuple[int, bytes | RowError]]:
    """Lines with their numbers from 1, of a plain or gzip stream; a RowError stands for a line that cannot be had.

    `name` is for messages. A byte order mark is left out. A stream that breaks off ends with a RowError.
    """
    lines: BufferedReader | gzip.GzipFile = raw
    if raw.peek(2)[:2] == b"\x1f\x8b":
        lines = gzip.GzipFile(fileobj=raw)
    for number in count(1):
        try:
            line, is_long = _read_line(lines)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            message = f"the gzip stream breaks off in or before line {number}: {error}"
            yield number, RowError(message, subject=name, line=number, reason="cut_off")
            return
        if is_long:
            message = f"the line is longer than {LINE_LIMIT_BYTES} bytes"
            yield number, RowError(message, subject=name, line=number, reason="too_large")
        elif not line:
            return
        else:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _read_line(lines: BufferedReader | gzip.GzipFile) -> tuple[bytes, bool]:
    """The next line, and whether it was too long; what is too long is read over, not held."""
    line = lines.readline(LINE_LIMIT_BYTES + 1)
    is_long = len(line) > LINE_LIMIT_BYTES
    while len(line) > LINE_LIMIT_BYTES and not line.endswith(b"\n"):
        line = lines.readline(LINE_LIMIT_BYTES + 1)
    return line, is_long


def parse_row(line: bytes, subject: str) -> dict[str, Any]:
    """The object that a line holds, without its empty values. Raises RowError."""
    return {key: value for key, value in parse_object(line, subject).items() if value not in (None, "")}


def parse_object(line: bytes, subject: str) -> dict[str, Any]:
    """The object that a line holds. Raises RowError."""
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_parse_finite)
    except (ValueError, RecursionError) as error:
        raise RowError(f"no JSON: {error}", subject=subject, reason="bad_json") from error
    if not isinstance(row, dict):
        raise RowError(f"a row must be an object, not {type(row).__name__}", subject=subject)
    return row


def _parse_finite(digits: str) -> float:
    """The number; one that no float can hold would become infinity, which no JSON can hold."""
    number = float(digits)
    return number if isfinite(number) else float(_refuse_constant(digits))


def _refuse_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON value")


def _text(row: dict[str, Any], key: str, subject: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise RowError(f"{key} must be a string, not {value!r:.80}", subject=subject)
    return value


def _address(value: object, subject: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RowError("there is no url; give the address of the item", subject=subject, reason="no_address")
    canonical_url(value)
    # What addresses are read without (https://url.spec.whatwg.org/#concept-basic-url-parser) is no part of one.
    return value.strip(_C0_AND_SPACE).translate(_LINE_ENDS_AND_TABS)


def _captured_at(row: dict[str, Any], subject: str) -> datetime | None:
    value = _text(row, "captured_at", subject)
    if not value:
        return None
    instant = parse_instant(value)
    if instant is None:
        raise RowError(
            f"captured_at must be an instant with its zone (2024-08-05T01:27:42Z), not {value!r:.80}", subject=subject
        )
    return instant.astimezone(UTC)


def _status(row: dict[str, Any], subject: str) -> int | None:
    value = row.get("status")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value <= 599:
        raise RowError(f"status must be an HTTP status (100 to 599), not {value!r:.80}", subject=subject)
    return value


def _kind(row: dict[str, Any], subject: str) -> CaptureKind:
    if "listing" in row:
        urls = row.get("urls", [])
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls) or len(urls) > LISTING_LIMIT:
            raise RowError(f"urls must be a list of at most {LISTING_LIMIT} addresses", subject=subject)
        return CaptureKind.LISTING
    for key in ("title", "text", "html", "published_on", "published_at", "language", "lang", "section", "topic"):
        _text(row, key, subject)
    if "text" in row or "html" in row or "status" in row:
        return CaptureKind.ROW
    return CaptureKind.SIGHTING


def _problem(error: SubjectError, subject: str, line: bytes, now: datetime) -> Capture:
    skip = Skip(step="import", subject=subject, reason=error.reason, detail=str(error))
    digest = hashlib.sha256(line or subject.encode()).hexdigest()
    return make_failure(skip, url=f"urn:sha256:{digest}", now=now, via=subject.rpartition(":")[0], look=digest)


def make_failure(
    skip: Skip, *, url: str, now: datetime, via: str, outlet: OutletId = NO_OUTLET, look: str = ""
) -> Capture:
    """A loss as a capture, so that it is archived and counted like everything else."""
    body = canonical_json({"step": skip.step, "subject": skip.subject, "reason": skip.reason, "detail": skip.detail})
    return Capture(
        url=url,
        final_url=url,
        outlet=outlet,
        kind=CaptureKind.FAILURE,
        captured_at=now,
        time_basis=TimeBasis.OBSERVED,
        status=None,
        headers=(("Content-Type", "application/json"),),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        via=via,
        look=look,
    )


def make_listing(links: Sequence[Link], *, url: str, outlet: OutletId, now: datetime, via: str) -> Capture:
    """What a source showed, in order, as a capture in the form of an imported listing row."""
    body = canonical_json(
        {
            "listing": url,
            "urls": [link.url for link in links],
            "titles": [link.title_hint for link in links],
            "published": [link.published_hint for link in links],
        }
    )
    return Capture(
        url=url,
        final_url=url,
        outlet=outlet,
        kind=CaptureKind.LISTING,
        captured_at=now,
        time_basis=TimeBasis.OBSERVED,
        status=None,
        headers=(("Content-Type", "application/json"),),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        via=via,
    )
