"""One page read and shown; nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caversham.collect.imports import canonical_json, iter_lines, parse_object
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
        if not body.strip():
            skip = Skip(step="read", subject=source, reason="no_article", detail=f"{source!r} is empty")
            return Reading(content=None, skip=skip)
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
            row = parse_object(line, f"line {number}")
        except SubjectError as error:
            return {"id": None, "line": number, "error": str(error)}
        id_ = row.pop("id", None)
        given = {key: value for key, value in row.items() if value is not None}
        if not isinstance(given.get("text", given.get("html")), str):
            return {"id": id_, "error": 'the row has neither "text" nor "html" that is a string'}
        reading = attempt("read", f"line {number}", lambda: self._read_row(given))
        return {"id": id_, "error": reading.detail} if isinstance(reading, Skip) else {"id": id_, **to_row(reading)}

    def _read_row(self, row: Row) -> Reading:
        url = str(row.get("url") or NOWHERE)
        capture = self._make_capture(url, CaptureKind.ROW, "application/json", canonical_json({**row, "url": url}))
        reading = self._read_capture(replace(capture, outlet=self._outlet_of(str(row.get("outlet", "")), url)))
        if "text" not in row or (row.get("html") and not row["text"].strip()):
            return reading
        # Offsets count in the text as it was given: nothing is stripped from it, also where there is nothing else.
        content = reading.content or Content(title="", text="")
        return replace(reading, content=replace(content, text=clean(row["text"])))

    def _outlet_of(self, name: str, url: str) -> OutletId:
        known = self._register.catalogue.find_by_name(name) if name else self._register.catalogue.find_by_host(url)
        return known.id if known else OutletId("")

    def _read_capture(self, capture: Capture) -> Reading:
        content = attempt("read", capture.url, lambda: self._extract(capture))
        if isinstance(content, Skip):
            detail = content.detail.removeprefix(f"{NOWHERE}: ")
            return Reading(content=None, skip=replace(content, detail=detail))
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
