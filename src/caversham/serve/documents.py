"""Answers as JSON documents: one shape for command line and API. Schemas: docs/schemas/."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from caversham.answers import ArticleAnswer, Backfilled, Collected, Doctored, Held, Imported, TriedSource, Withdrawn
from caversham.archive import Report
from caversham.errors import CavershamError, QueryError, Refused
from caversham.pipeline.intake import Tally
from caversham.pipeline.reading import Reading
from caversham.times import format_instant
from caversham.types import Capture, Dated, Found, Hit, Outlet, Precision, Span, Version

Json = dict[str, Any]

# What terminals obey and UTF-8 cannot carry; JSON itself only has C0 escaped (RFC 8259, section 7).
_ESCAPED = re.compile("[\x7f-\x9f\ud800-\udfff]")


def to_json(document: Json, *, indent: int | None = None) -> str:
    r"""The document as text that can be written anywhere.

    >>> to_json({"id": "\u009b\ud800"})
    '{"id": "\\u009b\\ud800"}'
    """
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def instant(value: datetime | None) -> str | None:
    """RFC 3339 with Z; None: unknown."""
    return None if value is None else format_instant(value)


def dated(value: Dated | None) -> str | None:
    """An instant, or as much of a date as was printed; None: not printed."""
    return None if value is None else value.iso


def precision(value: Dated | None) -> str:
    """How much of a date was printed."""
    return (Precision.UNKNOWN if value is None else value.precision).value


def span(value: Span) -> Json:
    """`{"start", "end", "text"}`."""
    return {"start": value.start, "end": value.end, "text": value.text}


def found(answer: Found) -> Json:
    """The answer of `search`."""
    return {
        "query": answer.query,
        "total": answer.total,
        "undated": answer.undated,
        "hits": [hit(one) for one in answer.hits],
        "facets": {name: dict(values) for name, values in answer.facets.items()},
        "months": [{"month": m.month, "count": m.count, "share": m.share} for m in answer.months],
        "next": answer.next,
    }


def hit(one: Hit) -> Json:
    """One hit of a search."""
    return {
        "url": one.url,
        "article": one.article,
        "version": one.version,
        "title": one.title,
        "outlet": one.outlet,
        "language": one.language,
        "published_at": dated(one.published),
        "state": one.state.value,
        "level": one.level,
        "score": round(one.score, 4),
        "snippet": one.snippet,
        "spans": [span(s) for s in one.spans],
    }


def export_row(version: Version, *, with_text: bool = True) -> Json:
    """One row of `export --format jsonl`. Without the text where the operator does not let it be shown."""
    content = version.content
    return {
        "url": version.url,
        "outlet": version.outlet,
        "number": version.number,
        "version": version.id,
        "language": content.language,
        "title": content.title,
        "text": content.text if with_text else None,
        "section": content.section,
        "dateline": content.dateline,
        "agency": content.agency,
        "byline": content.byline,
        "dated_at": dated(content.dated),
        "published_at": dated(content.published),
        "published_precision": precision(content.published),
        "updated_at": dated(content.updated),
        "captured_at": instant(version.captured_at),
        "time_basis": version.time_basis.value,
        "sha256": version.sha256,
        "state": version.state.value,
        "level": None,
    }


def article(answer: ArticleAnswer) -> Json:
    """The answer of `versions URL`: an article with its versions and every look."""
    life = answer.article
    return {
        "url": life.url,
        "article": life.id,
        "outlet": life.outlet,
        "state": life.state.value,
        "first_held_at": instant(life.first_held_at),
        "last_seen_at": instant(life.last_seen_at),
        "checked_at": instant(life.checked_at),
        "versions": [
            {
                **export_row(version, with_text=answer.shows_text),
                "last_seen_at": instant(version.last_seen_at),
                "looks": version.look_count,
                "extractor": version.content.extractor,
                "images": [{"url": image.url, "caption": image.caption} for image in version.content.images],
            }
            for version in answer.versions
        ],
        "captures": [capture(look) for look in answer.captures],
        "text_withheld": not answer.shows_text,
    }


def capture(look: Capture) -> Json:
    """One look, as proof: what, when, on whose word, and where the record lies."""
    place = look.place
    return {
        "id": look.id,
        "url": look.url,
        "final_url": look.final_url,
        "kind": look.kind.value,
        "captured_at": instant(look.captured_at),
        "time_basis": look.time_basis.value,
        "status": look.status,
        "sha256": look.sha256,
        "via": look.via,
        "vantage": look.vantage,
        "repeats": look.repeats.id if look.repeats else None,
        "record": None
        if place is None
        else {
            "writer": place.writer,
            "leaf": place.leaf,
            "file": place.file,
            "offset": place.offset,
            "size": place.size,
        },
    }


def reading(answer: Reading) -> Json:
    """The answer of `read`."""
    content = answer.content
    return {
        "language": content.language if content else "und",
        "title": content.title if content else None,
        "text": content.text if content else None,
        "section": (content.section or None) if content else None,
        "dateline": (content.dateline or None) if content else None,
        "agency": (content.agency or None) if content else None,
        "byline": (content.byline or None) if content else None,
        "dated_at": dated(content.dated) if content else None,
        "published_at": dated(content.published) if content else None,
        "published_precision": precision(content.published if content else None),
        "updated_at": dated(content.updated) if content else None,
        "skip": answer.skip.reason if answer.skip else None,
    }


def status(held: Held) -> Json:
    """The answer of `status`."""
    return {
        "articles": held.articles,
        "addresses": held.addresses,
        "versions": held.versions,
        "captures": held.captures,
        "sightings": held.sightings,
        "skips": dict(sorted(held.skips.items())),
        "bytes": held.size_bytes,
        "budget_bytes": held.budget_bytes,
        "outlets": [
            {
                "outlet": one.outlet,
                "followed": one.is_followed,
                "articles": one.articles,
                "versions": one.versions,
                "bytes": one.size_bytes,
                "last_answer_at": instant(one.last_answer_at),
                "requests": one.requests,
                "failures": one.failures,
                "overdue": one.overdue,
            }
            for one in held.outlets
        ],
        "gaps": [
            {"outlet": gap.outlet, "since": gap.since.isoformat(), "until": gap.until.isoformat()} for gap in held.gaps
        ],
    }


def tally(report: Tally | Imported | Collected | Backfilled) -> Json:
    """What became of captures: the answer of `rebuild`, and part of that of `import` and `collect`."""
    return {"outcomes": dict(sorted(report.outcomes.items())), "skips": dict(sorted(report.skips.items()))}


def imported(report: Imported) -> Json:
    """The answer of `import`."""
    return {"rows": report.rows, **tally(report)}


def collected(report: Collected) -> Json:
    """The answer of `collect`."""
    return {"outlets": list(report.outlets), **tally(report)}


def backfilled(report: Backfilled) -> Json:
    """The answer of `backfill`."""
    return {
        "outlet": report.outlet,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "walks": [
            {
                "from": walk.way,
                "source": walk.source,
                "requests": walk.requests,
                "held": walk.held,
                "remaining": walk.remaining,
                "complete": walk.is_complete,
            }
            for walk in report.walks
        ],
        **tally(report),
    }


def checked_outlets(problems: Iterable[str]) -> Json:
    """The answer of `outlets check`."""
    return {"problems": list(problems)}


def tried_outlet(outlet: str, problems: Iterable[str], tried: Iterable[TriedSource]) -> Json:
    """The answer of `outlets check ID`."""
    return {
        **checked_outlets(problems),
        "outlet": outlet,
        "sources": [
            {
                "kind": one.kind,
                "url": one.url,
                "status": one.status,
                "links": one.links,
                "newest": {
                    "url": one.newest.url,
                    "title": one.newest.title_hint or None,
                    "published": one.newest.published_hint or None,
                }
                if one.newest
                else None,
                "error": one.error or None,
            }
            for one in tried
        ],
    }


def verified(report: Report) -> Json:
    """The answer of `verify`."""
    return {
        "verdict": "self-consistent, no outside witness" if report.is_consistent else "not consistent",
        "records": report.record_count,
        "withdrawn": report.withdrawn_count,
        "counts": dict(report.problem_counts),
        "problems": [
            {"kind": p.kind, "writer": p.writer, "file": p.file, "leaf": p.leaf, "offset": p.offset, "detail": p.detail}
            for p in report.problems
        ],
        "logs": [{"writer": log.writer, "size": log.size, "root": log.root} for log in report.logs],
    }


def withdrawn(report: Withdrawn) -> Json:
    """The answer of `withdraw`."""
    return {"url": report.url, "article": report.article, "records": report.records, "reason": report.reason}


def doctored(report: Doctored) -> Json:
    """The answer of `doctor`."""
    return {"checks": [{"check": c.name, "ok": c.is_ok, "detail": c.detail} for c in report.checks], "ok": report.is_ok}


def outlet_row(outlet: Outlet, *, is_followed: bool) -> Json:
    """One row of `outlets list`."""
    return {
        "id": outlet.id,
        "name": outlet.name,
        "country": outlet.country,
        "role": outlet.role.value,
        "control": outlet.control,
        "languages": list(dict.fromkeys(edition.language for edition in outlet.editions)),
        "sources": len(outlet.sources),
        "checked": max((source.checked for source in outlet.sources), default="never"),
        "followed": is_followed,
    }


def outlet_page(outlet: Outlet, *, is_followed: bool) -> Json:
    """The answer of `outlets show`."""
    return {
        **outlet_row(outlet, is_followed=is_followed),
        "names": dict(outlet.names),
        "organ_of": outlet.organ_of,
        "audience": outlet.audience.value,
        "hosts": list(outlet.hosts),
        "timezone": outlet.timezone,
        "editions": [
            {"language": e.language, "audience": e.audience.value, "hosts": list(e.hosts), "delay_s": e.delay_s}
            for e in outlet.editions
        ],
        "sources": [
            {"kind": s.kind, "url": s.url, "language": s.language, "checked": s.checked} for s in outlet.sources
        ],
        "rules": [{"since": _day(r.since), "until": _day(r.until)} for r in outlet.rules],
        "mirrors": list(outlet.mirrors),
        "predecessors": list(outlet.predecessors),
        "closed_on": _day(outlet.closed_on),
        "legal_note": outlet.legal_note,
        "note": outlet.note,
        "facts": {
            name: {"source": fact.source, "checked_on": _day(fact.checked_on)} for name, fact in outlet.facts.items()
        },
    }


def outlets(rows: Iterable[tuple[Outlet, bool]]) -> Json:
    """The answer of `outlets list`."""
    return {"outlets": [outlet_row(outlet, is_followed=is_followed) for outlet, is_followed in rows]}


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def failure(error: CavershamError) -> Json:
    """The answer of any command that cannot answer."""
    return {"error": describe(error)}


def describe(error: CavershamError) -> Json:
    """An error: kind, message, and the position in a query, or the hash and the reason of what is withheld."""
    more: Json = {}
    if isinstance(error, QueryError):
        more = {"position": error.position}
    elif isinstance(error, Refused):
        more = {"sha256": error.sha256, "reason": error.reason}
    return {"kind": type(error).__name__, "message": str(error), **more}
