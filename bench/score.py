"""Figures of quality, each beside the best known one, into docs/scores.md.

`make score`. What needs ../shared is left out, and said to be, where it is absent.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from bench.report import Figure, write_figures
from caversham.extract import make_extract
from caversham.languages.detect import detect
from caversham.settings import write_settings
from caversham.station import Station
from caversham.types import Capture, CaptureKind, Outlet, OutletId, TimeBasis
from tests.extract.test_suite_articles import score

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
COLUMNS = {  # of NTREX
    "eng": "en",
    "fra": "fr",
    "spa": "es",
    "rus": "ru",
    "zho-CN": "zh",
    "zho-TW": "zh",
    "jpn": "ja",
    "kor": "ko",
    "arb": "ar",
    "fas": "fa",
}


def main() -> None:
    """Measure and write."""
    if not SHARED.is_dir():
        print("nothing to measure: the figures need the folder ../shared")
        return
    write_figures("make score", [score_extraction(), *score_detection(), *score_import(), score_datelines()])


def score_extraction() -> Figure:
    """Bodies of 180 pages, F1 of word 4-grams."""
    suite = SHARED / "suites" / "article_extraction"
    truth = {name: page["articleBody"] for name, page in json.loads((suite / "ground-truth.json").read_bytes()).items()}
    extract = make_extract(lambda outlet: Outlet(id=outlet, name=outlet))
    found = {}
    for path in sorted((suite / "html").iterdir()):
        found[path.name.partition(".")[0]] = extract(page_capture(gzip.decompress(path.read_bytes()))).text
    precision, recall, f1 = score(truth, found)
    return Figure(
        name="article bodies, F1 of word 4-grams on 180 pages (suites/article_extraction)",
        measured=f"{f1:.3f} (precision {precision:.3f}, recall {recall:.3f})",
        beside="best known .970; trafilatura fast .962; aim .970",
    )


def page_capture(body: bytes) -> Capture:
    """A page as its server sent it."""
    url = "http://pages.example/1"
    return Capture(
        url=url,
        final_url=url,
        outlet=OutletId("nobody"),
        kind=CaptureKind.PAGE,
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
        time_basis=TimeBasis.THIRD_PARTY_ARCHIVE,
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=body,
        sha256=sha256(body).hexdigest(),
    )


def score_detection() -> Iterator[Figure]:
    """Language of 891 sentences in ten columns; an answer `und` is neither right nor wrong."""
    rows = read_rows(SHARED / "suites" / "ntrex" / "visible.jsonl.gz")
    for cut, name in ((10_000, "whole sentences"), (40, "their first 40 characters")):
        pairs = [(code, detect(str(row[column])[:cut])) for row in rows for column, code in COLUMNS.items()]
        right = sum(code == found for code, found in pairs) / len(pairs)
        wrong = sum(found not in {code, "und"} for code, found in pairs) / len(pairs)
        yield Figure(
            name=f"language of {len(pairs):,} {name} (suites/ntrex)",
            measured=f"{right:.3f} right, {wrong:.4f} wrong, the rest `und`",
            beside="py3langid alone, choosing among all its languages: no figure read",
        )


def score_import() -> Iterator[Figure]:
    """The stream that a daily visitor of one agency recorded; then the same again, and a rebuild."""
    source = SHARED / "data" / "kcna_2024" / "observations.jsonl.gz"
    with tempfile.TemporaryDirectory() as name:
        write_settings(Path(name), contact="score@example.org")
        with Station(Path(name)) as station:
            first, again = station.import_paths([source]), station.import_paths([source])
            before = [version.id for version in station.export()]
            station.rebuild()
            is_equal = [version.id for version in station.export()] == before
            status = station.status()
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(first.outcomes.items()))
    yield Figure(
        name="import of 2,113 observations (data/kcna_2024)",
        measured=f"{status.addresses:,} addresses, {status.articles:,} with text; {counts}",
        beside="its README: 2,078 addresses, 1,841 with text, 1,862 versions, 2 unchanged, 249 sightings",
    )
    yield Figure(
        name="the same import again, and a rebuild",
        measured=f"{again.outcomes['known']:,} known; rebuild {'equal' if is_equal else 'DIFFERENT'}",
        beside="all known, equal",
    )


def score_datelines() -> Figure:
    """Datelines in the texts of an agency that prints them."""
    extract = make_extract(lambda outlet: Outlet(id=outlet, name=outlet, timezone="Asia/Pyongyang"))
    rows = [row for row in read_rows(SHARED / "data" / "kcna_2024" / "articles.jsonl.gz") if row["text"]]
    found = [extract(row_capture(row)) for row in rows]
    dated = [content for content in found if content.dated and content.published]
    same = sum(content.dated.on == content.published.on for content in dated if content.dated and content.published)
    return Figure(
        name=f"datelines in {len(rows):,} texts (data/kcna_2024)",
        measured=f"{sum(bool(content.dateline) for content in found):,} found; {same:,} name the day of publication",
        beside="none published; every text without one was read by eye and has none",
    )


def row_capture(row: dict[str, object]) -> Capture:
    """An observation of a text."""
    body = json.dumps({"url": row["url"], "text": row["text"], "published_on": row["date"], "lang": "en"}).encode()
    return Capture(
        url=str(row["url"]),
        final_url=str(row["url"]),
        outlet=OutletId("agency"),
        kind=CaptureKind.ROW,
        captured_at=datetime(2024, 12, 1, tzinfo=UTC),
        time_basis=TimeBasis.IMPORTED,
        status=200,
        headers=(("Content-Type", "application/json"),),
        body=body,
    )


def read_rows(path: Path) -> list[dict[str, object]]:
    """Rows of a gzip JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
