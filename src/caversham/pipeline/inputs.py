"""Files of others become captures: the kind of each file is told by its name and its first bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from caversham.archive import iter_foreign, iter_wacz
from caversham.collect.imports import OutletFor, iter_observations, make_failure, read_html_file
from caversham.errors import SettingsError
from caversham.payload import media_type
from caversham.pipeline.attempt import attempt
from caversham.types import Capture, CaptureKind, Skip
from caversham.urls import canonical_url

OBSERVATIONS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
ARCHIVES = (".warc", ".warc.gz", ".arc", ".arc.gz")
PAGES = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz")
LISTS = (".opml",)
PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})

LeaveOut = Callable[[str], None]


def iter_files(path: Path) -> Iterator[Path]:
    """The file itself, or every file of a folder that can be imported, in the order of their names.

    Raises SettingsError when there is nothing of that name.
    """
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if file.is_file() and can_import(file))
    elif path.exists():
        yield path
    else:
        raise SettingsError(f"there is no file or folder {str(path)!r}")


def can_import(path: Path) -> bool:
    """Whether the name is that of a kind of file that can be imported."""
    return path.name.lower().endswith((*OBSERVATIONS, *ARCHIVES, ".wacz", *PAGES, *LISTS))


def iter_file(
    path: Path, *, now: datetime, outlet_for: OutletFor, leave_out: LeaveOut, url: str | None = None
) -> Iterator[Capture]:
    """The looks that a file holds; whatever of it cannot be used comes as a capture of kind failure.

    `leave_out` is told why something is no subject of an import, such as the pictures of a crawl ("not_page").
    """
    name = path.name.lower()
    if not os.access(path, os.R_OK):
        detail = f"this user has no right to read {str(path)!r}"
        yield failure_of(
            Skip(step="import", subject=path.name, reason="unreadable", detail=detail), now=now, via=path.name
        )
    elif name.endswith(OBSERVATIONS):
        yield from iter_observations(path, now=now, outlet_for=outlet_for)
    elif name.endswith((*ARCHIVES, ".wacz")):
        for item in iter_wacz(path) if name.endswith(".wacz") else iter_foreign(path):
            if isinstance(item, Skip):
                yield failure_of(item, now=now, via=path.name)
            elif is_page(item):
                settled = attempt("import", item.url, partial(_settled, item, outlet_for))
                yield failure_of(settled, now=now, via=path.name) if isinstance(settled, Skip) else settled
            else:
                leave_out("not_page")
    elif name.endswith(PAGES):
        page = attempt("import", path.name, lambda: read_html_file(path, now=now, outlet_for=outlet_for, url=url))
        yield failure_of(page, now=now, via=path.name) if isinstance(page, Skip) else page
    else:
        kinds = " ".join((*OBSERVATIONS, *ARCHIVES, ".wacz", *PAGES, *LISTS))
        message = f"{path.name!r} is of no kind that can be imported; these are: {kinds}"
        skip = Skip(step="import", subject=path.name, reason="unknown_format", detail=message)
        yield failure_of(skip, now=now, via=path.name)


def failure_of(skip: Skip, *, now: datetime, via: str) -> Capture:
    """A loss during an import as a capture; the same loss of the same file is one."""
    look = hashlib.sha256(f"{skip.subject}\n{skip.reason}\n{skip.detail}".encode()).hexdigest()
    return make_failure(skip, url=f"urn:sha256:{look}", now=now, via=via, look=look)


def is_page(capture: Capture) -> bool:
    """Whether a record of a crawl may be an item's page: HTML, or without a stated type; never a picture or a script."""
    return media_type(capture.headers) in PAGE_TYPES


def _settled(capture: Capture, outlet_for: OutletFor) -> Capture:
    """The capture with its outlet; a redirect of a crawl is a redirect, not an item without text.

    Raises SubjectError where its address is none that a page can be kept under.
    """
    canonical_url(capture.url)
    is_redirect = capture.status is not None and 300 <= capture.status < 400 and capture.status != 304
    kind = CaptureKind.REDIRECT if is_redirect else capture.kind
    return replace(capture, outlet=outlet_for("", capture.url), kind=kind)
