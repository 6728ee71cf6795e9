"""A loopback site that is an outlet with a past and, beside it, the archives that others made of it.

The answers have the form that the archives document (sources: caversham/collect/cdx.py); the words are ours.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from caversham.settings import FILE_NAME
from caversham.station import Station
from tests.archive.test_foreign import record
from tests.site import Answer, Asked, Site
from tests.stations import StandingClock, make_station, page

AGENCY = "http://agency.example"
NAMES = ["timestamp", "original", "mimetype", "statuscode", "digest", "length"]
CRAWL = "CC-MAIN-2024-10"
FILE = f"crawl-data/{CRAWL}/segments/1707947474650.85/warc/CC-MAIN-20240305.warc.gz"

OUTLET = """\
name = "Test Agency"
hosts = ["{host}", "agency.example", "www.agency.example"]
timezone = "Asia/Pyongyang"
delay_s = 0
"""
ARCHIVE = """
[[sources]]
kind = "archive"
url = "{base}/days/{{year}}/{{month:02}}/{{day:02}}/{{page}}"
selectors = {{ link = "a.item" }}
"""
PAGES = """
[[sources]]
kind = "archive"
url = "{base}/all?page={{page}}"
selectors = {{ item = "li", link = "a", date = "i" }}
"""
NUMBERED = """
[[sources]]
kind = "numbered"
url = "{base}/item/{{number:04}}"
first = 50
misses = 3
"""


def make_past(folder: Path, site: Site, *sources: str, clock: StandingClock | None = None) -> Station:
    """A station that knows the site as the outlet `agency` with these sources, and as the archives of others."""
    make_station(folder, clock or StandingClock()).close()
    (folder / "outlets").mkdir()
    text = OUTLET + "".join(sources)
    (folder / "outlets" / "agency.toml").write_text(text.format(host=site.host, base=site.url("")))
    settings = (folder / FILE_NAME).read_text()
    settings = settings.replace("allow_hosts = []", f'allow_hosts = ["{site.host}"]').replace(
        "delay_s = 4", "delay_s = 0"
    )
    settings = settings.replace("https://web.archive.org", site.url(""))
    settings = settings.replace("https://index.commoncrawl.org", site.url("/cc"))
    settings = settings.replace("https://data.commoncrawl.org", site.url("/data"))
    (folder / FILE_NAME).write_text(settings)
    return Station(folder, clock=clock or StandingClock())


def article(number: int | str, *, date: str = "2024-03-05") -> str:
    """A page of the agency."""
    return page(
        f"Report {number}",
        f"Port Serene, March 5 (TA) -- The ministry reported on matter {number} of the plan for the lower valley today.",
        "The farmers of the valley worked through a late and rainy spring, the report said, and thanked the builders.",
        date=date,
    )


def listing(*paths: str, date: str = "") -> str:
    """An archive page that shows these items."""
    items = "".join(f'<li><a class="item" href="{path}">Report {path}</a> <i>{date}</i></li>' for path in paths)
    return f'<html><body><a href="/about">About us</a><ul>{items}</ul></body></html>'


# --- Wayback -------------------------------------------------------------------------------------


def cdx_row(stamp: str, url: str, *, status: str = "200") -> list[str]:
    """A row of the Wayback CDX server with the fields that we ask for."""
    return [stamp, url, "text/html", status, "Q4YULN754FHV2U6Q5JUT6Q2P57WEWNNY", "1415"]


def put_wayback(site: Site, *pages: Sequence[object]) -> None:
    """Let the CDX server answer with these pages of rows, each but the last with a key to the next."""

    def answer(asked: Asked) -> Answer:
        number = int(
            parse_qs(urlsplit(asked.target).query).get("resumeKey", ["0"])[0].removeprefix("example,agency)/ ")
        )
        rows: list[object] = [NAMES, *pages[number]]
        more = [[], [f"example%2Cagency%29%2F+{number + 1}"]] if number + 1 < len(pages) else []
        return Answer(headers=(("Content-Type", "application/json"),), body=json.dumps([*rows, *more]).encode())

    site.route("/cdx/search/cdx", answer)


def put_memento(site: Site, stamp: str, url: str, body: str, *, status: int = 200, at: str = "") -> None:
    """Let the Wayback Machine play a capture back, with the outlet's own fields under their archive names."""
    headers = (
        ("X-Archive-Orig-Server", "nginx/1.2"),
        ("x-archive-orig-content-type", "text/html; charset=utf-8"),
        ("X-Archive-Src", "AGENCY-2024.warc.gz"),
        *((("Memento-Datetime", at),) if at else ()),
    )
    site.put(f"/web/{stamp}id_/{url}", body, status=status, headers=headers)


# --- Common Crawl --------------------------------------------------------------------------------


def put_crawl(site: Site, records: Mapping[tuple[str, str], str], *more: Mapping[str, str]) -> list[dict[str, str]]:
    """Let Common Crawl hold one crawl with these records by (timestamp, url); the lines of its index."""
    warc, lines = b"", []
    for (stamp, url), body in records.items():
        date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}Z"
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body.encode()
        member = gzip.compress(record("response", url, http, date=date), mtime=0)
        line = {"urlkey": "example,agency)/", "timestamp": stamp, "url": url, "mime": "text/html", "status": "200"}
        lines.append({**line, "length": str(len(member)), "offset": str(len(warc)), "filename": FILE})
        warc += member
    put_crawl_index(site, [*lines, *map(dict, more)])
    site.route(f"/data/{FILE}", lambda asked: _part_of(warc, asked))
    return lines


def put_crawl_index(site: Site, lines: Sequence[Mapping[str, str]]) -> None:
    """Let the one crawl's index have two pages: one with these lines, and one that lists nothing."""
    names = {
        "name": "March 2024 Index",
        "timegate": site.url(f"/cc/{CRAWL}/"),
        "cdx-api": site.url(f"/cc/{CRAWL}-index"),
    }
    old = {"id": "CC-MAIN-2019-04", "name": "January 2019 Index", "cdx-api": site.url("/cc/CC-MAIN-2019-04-index")}
    site.put("/cc/collinfo.json", json.dumps([{"id": CRAWL, **names}, old]), content_type="application/json")
    body = "".join(json.dumps(line) + "\n" for line in lines)

    def answer(asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.target).query)
        if "showNumPages" in query:
            return Answer(body=b'{"pages": 2, "pageSize": 5, "blocks": 6}')
        if query["page"] == ["0"] and query["url"] == ["agency.example"]:
            return Answer(headers=(("Content-Type", "text/x-ndjson"),), body=body.encode())
        return Answer(status=404, body=b'{"message": "No Captures found for: agency.example"}')

    site.route(f"/cc/{CRAWL}-index", answer)


def _part_of(whole: bytes, asked: Asked) -> Answer:
    first, _, last = asked.headers["range"].removeprefix("bytes=").partition("-")
    part = whole[int(first) : int(last) + 1]
    return Answer(status=206, headers=(("Content-Range", f"bytes {first}-{last}/{len(whole)}"),), body=part)
