"""Captures from the WARC and ARC files of other tools.

What becomes a capture, or is lost and counted, are responses, resources and revisits of http and https addresses;
everything else in such a file is its maker's bookkeeping.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from caversham.archive import http
from caversham.archive.members import MAGIC
from caversham.archive.records import BLOCK_LIMIT, Loss, Record, iter_records, parse_date
from caversham.archive.streams import Damage, GzipSupply, PlainSupply, Reader
from caversham.archive.warc import clean_url, to_warc_date
from caversham.types import Capture, CaptureKind, OutletId, Skip, TimeBasis

OutletFor = Callable[[str], OutletId]

_SUBJECTS = ("response", "resource", "revisit")
_ORIGINAL_LIMIT = 500_000  # answers of a file that its revisits can point back to: 100 MB of memory at most
_DIGESTS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512, "md5": hashlib.md5}


def iter_foreign(
    path: Path, *, outlet_for: OutletFor | None = None, limit: int = BLOCK_LIMIT
) -> Iterator[Capture | Skip]:
    """Every page of a WARC or ARC file, packed or not, in its order; what is damaged as a Skip.

    Nothing is raised for what the file holds, or for a file that cannot be read. `limit` is the most that is read of
    one record, in bytes.
    """
    try:
        with path.open("rb") as stream:
            yield from iter_stream(stream, path.name, outlet_for=outlet_for, limit=limit)
    except OSError as error:
        yield _skip(path.name, "unreadable_file", str(error))


def iter_stream(
    stream: BinaryIO,
    name: str,
    *,
    outlet_for: OutletFor | None = None,
    limit: int = BLOCK_LIMIT,
    is_seekable: bool = True,
) -> Iterator[Capture | Skip]:
    """As `iter_foreign`, for an open file. One that is not seekable ends at the first damage."""
    source = _Source(stream=stream, name=name, is_seekable=is_seekable, limit=limit)
    try:
        is_known = source.look()
    except Damage as damage:
        yield _skip(f"{name}:0", damage.reason, str(damage))
        return
    if not is_known:
        yield _skip(f"{name}:0", "not_an_archive", f"{name} begins like no WARC or ARC file")
        return
    for record in source.iter_records():
        found = _read_subject(source, record, outlet_for)
        if found is not None:
            yield found
