"""What the indexes of web archives list, and what the archives hold: answers of others, checked line by line.

Sources, read 2026-11: Wayback CDX server, https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server;
that of Common Crawl, https://commoncrawl.org/cdxj-index and https://pywb.readthedocs.io (CDXJ Server API);
mementos, RFC 7089. Whatever an answer says is bounded, and an address in it is only believed, never asked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from caversham.collect.guard import check_target, parse_target
from caversham.errors import FeedError, FetchError, RecordError, SubjectError
from caversham.payload import header, unpack
from caversham.types import Capture, CaptureKind, OutletId, Skip, TimeBasis
from caversham.urls import canonical_url, resolve

WAYBACK, COMMON_CRAWL = "wayback", "commoncrawl"

INDEX_LIMIT_BYTES = 32 * 2**20  # of one answer, unpacked: five thousand of the longest lines seen have 5 MB
WAYBACK_ROWS = 5_000  # asked for at once; the server's own limit is 150,000
CRAWL_ROWS = 50_000  # a page has five blocks of 3,000 lines (pywb: pageSize)
RECORD_LIMIT_BYTES = 50 * 2**20  # as for a fetched page
PART_LIMIT = 1_500_000  # values of one answer: twice those of the most lines, each some 60 bytes of memory
PAGE_LIMIT = 10_000  # pages of one index
COLLECTION_LIMIT = 1_000  # Common Crawl has made some 120 since 2008
KEY_LIMIT = 8_000  # code points of a resumption key, which goes into an address

TIMESTAMP = re.compile(r"(?:19|20|21)[0-9]{12}")
NUMBER = re.compile(r"[0-9]{1,15}")
FILE_NAME = re.compile(r"crawl-data/[A-Za-z0-9_./=-]{1,500}\.warc\.gz")
COLLECTION = re.compile(r"CC-MAIN-(?P<year>20[0-9]{2})(?:-(?P<more>[0-9]{2,4}))?")
ORIGINAL = "x-archive-orig-"  # how Wayback names a field of the answer that it archived
HOP_FIELDS = frozenset({"connection", "keep-alive", "proxy-connection", "upgrade"})  # RFC 9110, section 7.6.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where a record lies in a file of Common Crawl."""

    file: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One capture that an index lists."""

    url: str  # absolute, without fragment
    captured_at: datetime
    via: str
    part: Part | None = None  # None: it is asked for by address and time

    @property
    def look(self) -> str:
        """Identity of the look, known before it is fetched (docs/storage.md)."""
        named = f"{self.via}\n{self.url}\n{self.captured_at:%Y%m%d%H%M%S}"
        return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one answer of an index lists."""

    entries: tuple[Entry, ...]
    losses: tuple[Skip, ...]  # lines that cannot be used
    resume_key: str = ""  # "": it was the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One crawl of Common Crawl."""

    id: str
    index: str  # address that its index is asked at
    since: date  # at the earliest
    until: date  # at the latest


# --- Questions -------------------------------------------------------------------------------


def wayback_query(base: str, host: str, since: date, until: date, resume_key: str = "") -> str:
    """The question for all pages of a host and its subdomains that were captured on these days."""
    filters = "filter=statuscode:200&filter=mimetype:text/html&collapse=digest"
    resume = f"&resumeKey={quote(resume_key, safe='%+')}" if resume_key else ""
    return (
        f"{base}/cdx/search/cdx?url={quote(host, safe='')}&matchType=domain&output=json"
        f"&fl=timestamp,original,mimetype,statuscode,digest,length&from={_stamp(since)}&to={_stamp(until)}&{filters}"
        f"&limit={WAYBACK_ROWS}&showResumeKey=true{resume}"
    )


def memento_url(base: str, entry: Entry) -> str:
    """Where Wayback gives a capture as it was archived: `id_` asks for it unchanged."""
    return f"{base}/web/{entry.captured_at:%Y%m%d%H%M%S}id_/{entry.url}"


def crawl_query(index: str, host: str, since: date, until: date, page: int | None) -> str:
    """The question for a page of a crawl's index; None: how many pages there are."""
    which = "showNumPages=true" if page is None else f"page={page}"
    filters = f"filter={quote('=status:200', safe='')}&filter={quote('=mime:text/html', safe='')}"
    return (
        f"{index}?url={quote(host, safe='')}&matchType=domain&output=json&from={_stamp(since)}&to={_stamp(until)}"
        f"&{filters}&{which}"
    )


def _stamp(day: date) -> str:
    return day.isoformat().replace("-", "")  # strftime writes the year 900 with three digits


def index_hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    """The hosts to be asked about: without port, without private ones and those that lie under another.

    >>> index_hosts(["www.a.example", "b.example:8080", "a.example", "127.0.0.1:18301"])
    ('b.example', 'a.example')
    """
    names = [name for name in dict.fromkeys(host.partition(":")[0] for host in hosts) if _is_public(name)]
    return tuple(name for name in names if not any(name.endswith(f".{other}") for other in names))


def _is_public(host: str) -> bool:
    try:
        check_target(parse_target(f"http://{host}/"))
    except FetchError:
        return False
    return True


# --- Answers of indexes ----------------------------------------------------------------------


def parse_wayback(answer: Capture) -> Listed:
    """Read an answer of the Wayback CDX server: arrays, the first of which names the fields.

    An empty array and one with the key to go on stand at the end where there is more. No capture is an empty answer.
    Raises FeedError (`bad_index`, `too_large`), PayloadError.
    """
    rows = _parse_json(_text(answer), answer.url)
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _bad_index(answer.url, "an array of arrays was expected")
    if not rows:
        return Listed(entries=(), losses=())
    names, rows, key = [str(name) for name in rows[0]], rows[1:], ""
    if len(rows) >= 2 and not rows[-2]:
        key, rows = _resume_key(rows[-1], answer.url), rows[:-2]
    if len(rows) > WAYBACK_ROWS:
        raise _too_large(answer.url, WAYBACK_ROWS)
    if not {"timestamp", "original"} <= set(names):
        raise _bad_index(answer.url, f"the first array names no timestamp and original: {names!r:.200}")
    fields = (dict(zip(names, row, strict=False)) if len(row) == len(names) else {} for row in rows)
    return _listed(fields, answer.url, WAYBACK, key)


def parse_crawl(answer: Capture) -> Listed:
    """Read a page of a Common Crawl index: a JSON object a line, or CDXJ, which has key and time before it.

    Raises FeedError (`bad_index`, `too_large`), PayloadError.
    """
    lines = [line for line in _text(answer).split("\n") if line.strip()]
    if len(lines) > CRAWL_ROWS:
        raise _too_large(answer.url, CRAWL_ROWS)
    return _listed((_parse_line(line) for line in lines), answer.url, COMMON_CRAWL)


def parse_page_count(answer: Capture) -> int:
    """Read how many pages an index has: `{"pages": 4, ...}`, or the number alone. Raises FeedError, PayloadError."""
    value = _parse_json(_text(answer), answer.url)
    count = value.get("pages") if isinstance(value, dict) else value
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise _bad_index(answer.url, f"a number of pages was expected, not {value!r:.200}")
    if count > PAGE_LIMIT:
        raise _too_large(answer.url, PAGE_LIMIT)
    return count


def parse_collections(answer: Capture) -> tuple[Collection, ...]:
    """Read collinfo.json: the crawls, newest first; those whose name or address is none are left out.

    Raises FeedError (`bad_index`, `too_large`), PayloadError.
    """
    rows = _parse_json(_text(answer), answer.url)
    if not isinstance(rows, list):
        raise _bad_index(answer.url, "an array of crawls was expected")
    if len(rows) > COLLECTION_LIMIT:
        raise _too_large(answer.url, COLLECTION_LIMIT)
    found = tuple(one for row in rows if isinstance(row, dict) and (one := _collection(row, answer.url)))
    if rows and not found:
        raise _bad_index(answer.url, "it names no crawl with an address at its own host")
    return found


def _collection(row: Mapping[str, Any], base: str) -> Collection | None:
    """A crawl with an index at the host that was asked; None: it is none."""
    id_, index = row.get("id"), row.get("cdx-api")
    named = COLLECTION.fullmatch(id_) if isinstance(id_, str) else None
    if named is None or not isinstance(index, str) or not isinstance(id_, str):
        return None
    address = resolve(base, index)
    if address is None or "?" in address or urlsplit(address).netloc != urlsplit(base).netloc:
        return None
    stated = [_day(row.get(name)) for name in ("from", "to")]
    since, until = _days_of(int(named["year"]), named["more"] or "")
    return Collection(id=id_, index=address.partition("#")[0], since=stated[0] or since, until=stated[1] or until)


def _days_of(year: int, more: str) -> tuple[date, date]:
    """The days in which a crawl of this name can have been made.

    A name ends with the ISO week in which the crawl ends (CC-MAIN-2024-10); the oldest have years (2008-2009, 2012).
    A crawl takes two weeks, some were given their name weeks later.
    """
    if len(more) != 2 or not 1 <= int(more) <= 52:
        return date(year, 1, 1), date(int(more) if len(more) == 4 else year, 12, 31)
    week = date.fromisocalendar(year, int(more), 1)
    return week - timedelta(days=35), week + timedelta(days=35)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _listed(rows: Iterable[Mapping[str, Any]], subject: str, via: str, key: str = "") -> Listed:
    entries: dict[tuple[str, datetime], Entry] = {}
    losses = []
    for number, row in enumerate(rows, start=1):
        try:
            entry = _entry(row, via)
            entries.setdefault((entry.url, entry.captured_at), entry)
        except (ValueError, SubjectError) as error:
            detail = f"line {number}: {error}"[:500]
            losses.append(Skip(step="backfill", subject=f"{subject}#{number}", reason="bad_row", detail=detail))
    return Listed(entries=tuple(entries.values()), losses=tuple(losses), resume_key=key)


def _entry(row: Mapping[str, Any], via: str) -> Entry:
    """What a line lists. Raises ValueError, SubjectError for what is no capture of a page."""
    stamp, stated = row.get("timestamp"), row.get("original", row.get("url"))
    if not isinstance(stamp, str) or not TIMESTAMP.fullmatch(stamp) or not isinstance(stated, str):
        raise ValueError(f"it has no time and address: {dict(row)!r:.300}")
    captured_at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    canonical_url(stated)
    url = (resolve("", stated) or "").partition("#")[0]
    if str(row.get("statuscode", row.get("status", "200"))) != "200":
        raise ValueError(f"an answer of status 200 was asked for, not {row!r:.300}")
    return Entry(url=url, captured_at=captured_at, via=via, part=_part(row) if via == COMMON_CRAWL else None)


def _part(row: Mapping[str, Any]) -> Part:
    file, offset, size = (str(row.get(name, "")) for name in ("filename", "offset", "length"))
    is_number = NUMBER.fullmatch(offset) and NUMBER.fullmatch(size)
    if not is_number or not FILE_NAME.fullmatch(file) or ".." in file or "//" in file:
        raise ValueError(f"it names no part of a file: {file!r:.200} {offset!r:.40} {size!r:.40}")
    if not 0 < int(size) <= RECORD_LIMIT_BYTES:
        raise ValueError(f"a record of {size} bytes is none that is read; the limit is {RECORD_LIMIT_BYTES}")
    return Part(file=file, offset=int(offset), size=int(size))


def _parse_line(line: str) -> Mapping[str, Any]:
    """The fields of a line; none, where it is no JSON."""
    before, brace, rest = line.partition("{")
    try:
        row = json.loads(brace + rest)
    except (ValueError, RecursionError):
        return {}
    words = before.split()
    stamp = {"timestamp": words[1]} if len(words) == 2 else {}
    return {**stamp, **row} if isinstance(row, dict) else {}


def _resume_key(row: Sequence[Any], subject: str) -> str:
    key = row[0] if len(row) == 1 else None
    if not isinstance(key, str) or not 0 < len(key) <= KEY_LIMIT:
        raise _bad_index(subject, f"the key to go on with cannot be read: {row!r:.200}")
    return key


def _text(answer: Capture) -> str:
    """The text of an answer. Raises PayloadError, FeedError where reading it as JSON would take too much memory."""
    body = unpack(answer.body, answer.headers, limit=INDEX_LIMIT_BYTES, subject=answer.url)
    if sum(body.count(mark) for mark in (b"[", b"{", b",")) > PART_LIMIT:
        raise _too_large(answer.url, PART_LIMIT)
    return body.decode("utf-8", "replace")


def _parse_json(text: str, subject: str) -> Any:
    try:
        return json.loads(text) if text.strip() else []
    except (ValueError, RecursionError) as error:
        raise _bad_index(subject, f"it is no JSON: {error}"[:300]) from error


def _bad_index(subject: str, what: str) -> FeedError:
    return FeedError(f"{subject!r} is no answer of an index: {what}", subject=subject, reason="bad_index")


def _too_large(subject: str, limit: int) -> FeedError:
    return FeedError(
        f"{subject!r} lists more than {limit:,}, which is beyond what was asked for",
        subject=subject,
        reason="too_large",
    )


# --- Mementos --------------------------------------------------------------------------------


def restore_memento(answer: Capture, entry: Entry, outlet: OutletId) -> Capture:
    """The capture that an answer of Wayback plays back, with the fields that the outlet's own server sent.

    Raises RecordError: `error_memento` for another status than 200, `other_memento` for one of another time.
    """
    if answer.status != 200:
        raise RecordError(
            f"the archive answers {answer.status} for {answer.url!r}", subject=answer.url, reason="error_memento"
        )
    stated = _memento_time(header(answer.headers, "Memento-Datetime"))
    if stated is not None and stated != entry.captured_at:
        message = f"the archive gives what it captured at {stated:%Y-%m-%dT%H:%M:%SZ} for {answer.url!r}"
        raise RecordError(message, subject=answer.url, reason="other_memento")
    return Capture(
        url=entry.url,
        final_url=entry.url,
        outlet=outlet,
        kind=CaptureKind.PAGE,
        captured_at=entry.captured_at,
        time_basis=TimeBasis.THIRD_PARTY_ARCHIVE,
        status=200,
        headers=original_headers(answer.headers),
        body=answer.body,
        sha256=hashlib.sha256(answer.body).hexdigest(),
        via=entry.via,
        look=entry.look,
    )


def original_headers(headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The fields of the archived answer, which Wayback sends on as X-Archive-Orig-*.

    The coding of the body is that in which it came to us, if that is stated: the archive may have packed it anew.

    >>> original_headers([("X-Archive-Orig-Server", "nginx"), ("Server", "archive"), ("Content-Type", "text/html")])
    (('Server', 'nginx'), ('Content-Type', 'text/html'))
    """
    kept = [
        (name[len(ORIGINAL) :], value)
        for name, value in headers
        if name.lower().startswith(ORIGINAL) and name.lower()[len(ORIGINAL) :] not in HOP_FIELDS
    ]
    coding = header(headers, "Content-Encoding")
    if coding:
        kept = [(name, value) for name, value in kept if name.lower() != "content-encoding"]
        kept.append(("Content-Encoding", coding))
    content_type = header(headers, "Content-Type")
    if content_type and all(name.lower() != "content-type" for name, _ in kept):
        kept.append(("Content-Type", content_type))
    return tuple(kept)


def settle_record(found: Capture, entry: Entry, outlet: OutletId) -> Capture:
    """The look that the index listed, of the record that was read for it.

    Raises RecordError: `other_record` for a record of another address or time, `error_memento` for another status.
    """
    is_same = canonical_url(found.url) == canonical_url(entry.url)
    if not is_same or found.captured_at.replace(microsecond=0) != entry.captured_at:
        message = f"the record listed for {entry.url!r} is one of {found.url!r} at {found.captured_at}"
        raise RecordError(message, subject=entry.url, reason="other_record")
    if found.status != 200:
        message = f"the record listed for {entry.url!r} has status {found.status}"
        raise RecordError(message, subject=entry.url, reason="error_memento")
    return replace(found, outlet=outlet, via=entry.via, look=entry.look)


def _memento_time(stated: str) -> datetime | None:
    """The instant of a Memento-Datetime (RFC 7089, section 2.1.1); None: none that can be read."""
    try:
        return parsedate_to_datetime(stated).astimezone(UTC) if stated else None
    except (ValueError, OverflowError):
        return None
