"""One page read and shown; nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caversham.collect.imports import canonical_json, iter_lines, parse_row
from caversham.errors import RowError, SettingsError, SubjectError
from caversham.outlets.register import Register
from caversham.pipeline.attempt import attempt
from caversham.ports import Clock, Extract
from caversham.text import clean
from caversham.types import Capture, CaptureKind, Content, OutletId, Skip, TimeBasis

if TYPE_CHECKING:
    from caversham.collect.fetch import Fetcher

NOWHERE = "http://input.invalid/"  # the address of a text that came without one (RFC 2606)
FILE_LIMIT_BYTES = 50 * 2**20

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page says, or why nothing could be made of it."""

    content: Content | None
    skip: Skip | None


class Reader:
    """Reads pages, files and rows with the rules of the outlets."""

    def __init__(self, *, fetcher: Callable[[], Fetcher], extract: Extract, register: Register, clock: Clock) -> None:
        self._fetcher = fetcher
        self._extract = extract
        self._register = register
        self._clock = clock

    def read(self, source: str, open_stdin: Callable[[], BufferedReader]) -> Reading:
        """Read an address, a file, or standard input for "-". Raises FetchError, SettingsError."""
        if source.startswith(("http://", "https://")):
            return self._read_capture(asyncio.run(self._fetch(source)))
        with open_stdin() if source == "-" else self.open(source) as file:
            body = file.read(FILE_LIMIT_BYTES + 1)
        if len(body) > FILE_LIMIT_BYTES:
            raise SettingsError(f"{source!r} is larger than {FILE_LIMIT_BYTES} bytes")
        if b"<" in body[:1000] and b">" in body:
            return self._read_capture(self._make_capture(NOWHERE, CaptureKind.FILE, "text/html", body))
        return self._read_row({"text": body.decode("utf-8", "replace")})

    def read_rows(self, rows: BufferedReader, to_row: Callable[[Reading], Row]) -> Iterator[Row]:
        """Results of rows `{"id", "text"}` or `{"id", "html"}`, in order; a row that fails gives its error."""
        for number, line in iter_lines(rows, "input"):
            if isinstance(line, RowError):
                yield {"id": None, "line": number, "error": str(line)}
            elif line.strip():
                yield self._answer_row(number, line, to_row)

    def open(self, source: str) -> BufferedReader:
        """A file of rows. Raises SettingsError."""
        try:
            return Path(source).open("rb")  # the caller closes it
        except OSError as error:
            raise SettingsError(f"{source!r} cannot be read: {error.strerror}") from error

    def _answer_row(self, number: int, line: bytes, to_row: Callable[[Reading], Row]) -> Row:
        try:
            row = parse_row(line, f"line {number}")
        except SubjectError as error:
            return {"id": None, "line": number, "error": str(error)}
        id_ = row.get("id")
        if not isinstance(row.get("text", row.get("html")), str):
            return {"id": id_, "error": 'the row has neither "text" nor "html" that is a string'}
        reading = attempt("read", f"line {number}", lambda: self._read_row(row))
        return {"id": id_, "error": reading.detail} if isinstance(reading, Skip) else {"id": id_, **to_row(reading)}

    def _read_row(self, row: Row) -> Reading:
        url = str(row.get("url") or NOWHERE)
        fields = {key: value for key, value in row.items() if key != "id"}
        capture = self._make_capture(url, CaptureKind.ROW, "application/json", canonical_json({**fields, "url": url}))
        reading = self._read_capture(replace(capture, outlet=self._outlet_of(str(row.get("outlet", "")), url)))
        if reading.content is None or "text" not in row:
            return reading
        # Offsets count in the text as it was given: nothing is stripped from it.
        return replace(reading, content=replace(reading.content, text=clean(row["text"])))

    def _outlet_of(self, name: str, url: str) -> OutletId:
        known = self._register.catalogue.find_by_name(name) if name else self._register.catalogue.find_by_host(url)
        return known.id if known else OutletId("")

    def _read_capture(self, capture: Capture) -> Reading:
        content = attempt("read", capture.url, lambda: self._extract(capture))
        if isinstance(content, Skip):
            return Reading(content=None, skip=content)
        return Reading(content=content, skip=None)

    async def _fetch(self, url: str) -> Capture:
        async with self._fetcher() as fetcher:
            return await fetcher.fetch(
                url, outlet=self._outlet_of("", url), kind=CaptureKind.PAGE, via="read", conditional=None
            )

    def _make_capture(self, url: str, kind: CaptureKind, media_type: str, body: bytes) -> Capture:
        return Capture(
            url=url,
            final_url=url,
            outlet=self._outlet_of("", url),
            kind=kind,
            captured_at=self._clock(),
            time_basis=TimeBasis.ASSUMED,
            status=None,
            headers=(("Content-Type", media_type),),
            body=body,
            sha256=sha256(body).hexdigest(),
        )
