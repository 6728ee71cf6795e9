"""Figures of speed and memory, each beside a peer or an aim, in one run. Writes its rows of docs/scores.md.

`make bench`; `python -m bench.bench ROWS` sets the size of the generated import (default 20,000).
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import accumulate
from pathlib import Path

from bench.memory import with_peak
from bench.million.load import SIZE, make_million
from bench.million.search import measure_search
from bench.report import Figure, write_figures

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT.parent / "shared" / "suites" / "article_extraction" / "html"
COPIES = 4  # of each page, at different addresses, so that a run takes long enough to be timed
ROUNDS = 3
PAGE_MEASURES = ("trafilatura", "find_bodies", "trafilatura_metadata", "extract_pages", "import_pages")


def main() -> None:
    """Measure everything; each measurement runs in a process of its own."""
    if len(sys.argv) > 2 and sys.argv[1] == "--one":
        sys.stdout.write(json.dumps(MEASURES[sys.argv[2]](*sys.argv[3:])))
        return
    row_count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    figures = [*measure_pages(), *measure_rows(row_count), *measure_million()]
    write_figures("make bench", figures)


def measure_pages() -> list[Figure]:
    """Extraction of HTML pages, and their whole import, beside trafilatura alone: each in turn, the median of the ratios."""
    if not PAGES.is_dir():
        return [Figure(name="import of HTML pages", measured="not measured", beside="needs ../shared")]
    runs = [{name: measure(name) for name in PAGE_MEASURES} for _ in range(ROUNDS)]

    def ratio(ours: str, peer: str) -> str:
        return f"{statistics.median(run[ours]['per_s'] / run[peer]['per_s'] for run in runs):.2f} of its speed"

    best = {name: max(run[name]["per_s"] for run in runs) for name in PAGE_MEASURES}
    return [
        Figure(
            name="bodies of HTML pages beside trafilatura fast",
            measured=f"{ratio('find_bodies', 'trafilatura')} ({best['find_bodies']:.0f} and {best['trafilatura']:.0f} pages/s of one core)",
            beside="aim 1.00",
        ),
        Figure(
            name="body, title, dates, language, images and links of the same pages beside trafilatura fast with metadata",
            measured=f"{ratio('extract_pages', 'trafilatura_metadata')} ({best['extract_pages']:.0f} pages/s of one core)",
            beside="aim 1.00",
        ),
        Figure(
            name="their whole import into archive, catalogue and index beside trafilatura fast, bodies alone",
            measured=f"{ratio('import_pages', 'trafilatura')} ({best['import_pages']:.0f} pages/s of one core)",
            beside="aim .80, wished .85",
        ),
        Figure(
            name="anonymous memory of that import",
            measured=f"{max(run['import_pages']['anonymous_mb'] for run in runs):.0f} MB",
            beside="aim 400 MB",
        ),
    ]


def measure_rows(row_count: int) -> list[Figure]:
    """JSONL into archive, catalogue and index; memory at one and at three times the size."""
    small, large = measure("import_rows", str(row_count)), measure("import_rows", str(3 * row_count))
    return [
        Figure(
            name=f"import of {row_count:,} JSONL rows into archive, catalogue and index",
            measured=f"{small['per_s']:.0f} articles/s of one core ({small['per_wall_s']:.0f} by the clock)",
            beside="aim 500",
        ),
        Figure(
            name=f"anonymous memory at {row_count:,} and {3 * row_count:,} rows",
            measured=f"{small['anonymous_mb']:.0f} and {large['anonymous_mb']:.0f} MB",
            beside="aim: flat, 400 MB",
        ),
    ]


def measure_million() -> list[Figure]:
    """How the station of a million was loaded, and how fast it answers."""
    folder = make_million()
    loaded = json.loads((folder / "loaded.json").read_text())
    figures, peak_mb = with_peak(lambda: measure_search(folder, SIZE))
    return [
        Figure(
            name=f"a station of {loaded['articles']:,} articles ({loaded['versions']:,} versions), loaded by three processes",
            measured=f"{loaded['seconds'] / 60:.1f} min, {loaded['anonymous_mb']:.0f} MB of anonymous memory each at most",
            beside="aim 10 min, 1 GB",
        ),
        *figures,
        Figure(name="anonymous memory of these searches", measured=f"{peak_mb:.0f} MB", beside="aim 1 GB"),
    ]


def measure(name: str, *arguments: str) -> dict[str, float]:
    """One measurement in a fresh process."""
    command = [sys.executable, "-m", "bench.bench", "--one", name, *arguments]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def timed(count: int, work: Callable[[], object]) -> dict[str, float]:
    """Rate by processor time and by the clock, and the most anonymous memory on the way."""
    wall_s, cpu_s = time.monotonic(), time.process_time()
    _, peak_mb = with_peak(work)
    cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - wall_s
    return {"per_s": count / cpu_s, "per_wall_s": count / wall_s, "anonymous_mb": peak_mb}


def read_pages() -> list[bytes]:
    """The bodies of the pages of the extraction suite."""
    return [gzip.decompress(path.read_bytes()) for path in sorted(PAGES.glob("*.gz"))]


def measure_trafilatura() -> dict[str, float]:
    """The peer: the body of each page, nothing else."""
    import trafilatura  # noqa: PLC0415 # only this process needs it

    pages = read_pages()
    trafilatura.extract(pages[0], fast=True)
    return timed(len(pages) * COPIES, lambda: [trafilatura.extract(page, fast=True) for page in pages * COPIES])


def measure_trafilatura_metadata() -> dict[str, float]:
    """The peer with title, date and the like, as one document."""
    import trafilatura  # noqa: PLC0415 # only this process needs it

    pages = read_pages()
    trafilatura.bare_extraction(pages[0], fast=True, with_metadata=True)
    work = pages * COPIES
    return timed(len(work), lambda: [trafilatura.bare_extraction(page, fast=True, with_metadata=True) for page in work])


def measure_find_bodies() -> dict[str, float]:
    """The same pages, decoded, parsed and searched for their bodies as extraction does it."""
    from caversham.extract.generic import find_body  # noqa: PLC0415 # only this process needs it
    from caversham.extract.trees import parse_tree  # noqa: PLC0415
    from caversham.payload import decode  # noqa: PLC0415

    def read(page: bytes) -> str:
        return find_body(parse_tree(decode(page, ()).text, subject=""), subject="")

    pages = read_pages()
    read(pages[0])
    return timed(len(pages) * COPIES, lambda: [read(page) for page in pages * COPIES])


def measure_extract_pages() -> dict[str, float]:
    """The same pages through our extraction: body, title, dates, images, language."""
    from bench.score import page_capture  # noqa: PLC0415 # only this process needs it
    from caversham.extract import make_extract  # noqa: PLC0415
    from caversham.types import Outlet  # noqa: PLC0415

    extract = make_extract(lambda outlet: Outlet(id=outlet, name=outlet))
    captures = [page_capture(page) for page in read_pages()]
    extract(captures[0])
    return timed(len(captures) * COPIES, lambda: [extract(capture) for capture in captures * COPIES])


def measure_import_pages() -> dict[str, float]:
    """A WARC of the same pages: read, archived, catalogued, indexed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warc = folder / "pages.warc.gz"
        count = write_warc(warc, read_pages())
        return import_into(folder / "station", warc, count)


def measure_import_rows(row_count: str) -> dict[str, float]:
    """Generated observations of about 2.5 kB."""
    with tempfile.TemporaryDirectory() as name:
        rows = Path(name) / "rows.jsonl"
        with rows.open("w", encoding="utf-8") as file:
            file.writelines(make_rows(int(row_count)))
        return import_into(Path(name) / "station", rows, int(row_count))


def import_into(folder: Path, source: Path, count: int) -> dict[str, float]:
    """A new station takes in one file. Loading the program and making the station are not counted."""
    import caversham.extract  # noqa: F401, PLC0415 # only this process needs it
    from caversham.languages.detect import detect  # noqa: PLC0415
    from caversham.settings import write_settings  # noqa: PLC0415
    from caversham.station import Station  # noqa: PLC0415

    detect("a sentence that loads what detection needs")
    write_settings(folder, contact="bench@example.org")
    with Station(folder) as station:
        station.status()
        return timed(count, lambda: station.import_paths([source]))


def write_warc(path: Path, pages: list[bytes]) -> int:
    """Pages as another tool's WARC; how many."""
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415 # only this process needs it
    from warcio.warcwriter import WARCWriter  # noqa: PLC0415

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, page in enumerate(pages * COPIES):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"http://pages.example/{number}", "response", payload=BytesIO(page), http_headers=head
            )
            writer.write_record(record)
    return len(pages) * COPIES


def make_rows(count: int) -> Iterator[str]:
    """Rows with Zipfian words from a fixed seed."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 11))) for _ in range(30_000)]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    for number in range(count):
        chosen = chance.choices(words, cum_weights=weights, k=330)
        day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
        row = {"url": f"http://rows.example/{number}", "captured_at": f"{day}T12:00:00Z", "status": 200}
        row |= {"title": " ".join(chosen[:8]), "text": " ".join(chosen), "published_on": day, "lang": "en"}
        yield json.dumps(row) + "\n"


MEASURES: dict[str, Callable[..., dict[str, float]]] = {
    "trafilatura": measure_trafilatura,
    "trafilatura_metadata": measure_trafilatura_metadata,
    "find_bodies": measure_find_bodies,
    "extract_pages": measure_extract_pages,
    "import_pages": measure_import_pages,
    "import_rows": measure_import_rows,
}

if __name__ == "__main__":
    main()
