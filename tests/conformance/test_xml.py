"""XML made to exhaust a machine or to read its files: refused at every door, quickly, and nothing is ever fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import thread_time

import pytest
from lxml import etree

from caversham.collect.feeds import parse_feed, parse_opml
from caversham.collect.sitemaps import parse_sitemap
from caversham.errors import CavershamError, FeedError
from caversham.extract import make_extract
from caversham.types import Capture, CaptureKind, Outlet, OutletId, Source, TimeBasis
from tests.conftest import require
from tests.site import Site
from tests.stations import NOON

LIMIT_S = 1.0
LIMIT_BYTES = 100_000_000
SECRET = "the-word-that-must-not-get-out"
OUTLET = Outlet(id=OutletId("agency"), name="Agency")
SOURCE = Source(kind="feed", url="http://a.example/feed", language="en")

# What a document type may stand in front of: at each door a whole document of its kind, which refers to the entities.
DOORS = {
    "feed": "<rss version='2.0'><channel><title>{0}</title><item><title>{0}</title><link>http://a.example/{0}</link>"
    "<description>{0}</description></item></channel></rss>",
    "sitemap": "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://a.example/{0}</loc></url></urlset>",
    "opml": "<opml version='2.0'><body><outline text='{0}' xmlUrl='http://a.example/{0}'/></body></opml>",
    "page": "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>{0}</title></head><body><p>{0}</p></body></html>",
}
DECLARATION = re.compile(r"<!ENTITY\s+(%\s*)?([\w.:-]+)")
DOCUMENT_TYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)


def answer(body: str | bytes, kind: CaptureKind = CaptureKind.SOURCE, media: str = "application/xml") -> Capture:
    content = body.encode() if isinstance(body, str) else body
    return Capture(
        url="http://a.example/x",
        final_url="http://a.example/x",
        outlet=OUTLET.id,
        kind=kind,
        captured_at=NOON,
        time_basis=TimeBasis.OBSERVED,
        status=200,
        headers=(("Content-Type", media),),
        body=content,
    )


def read_page(body: bytes) -> object:
    return make_extract(lambda _: OUTLET)(answer(body, CaptureKind.PAGE, "application/xhtml+xml"))


READERS: dict[str, Callable[[bytes], object]] = {
    "feed": lambda body: parse_feed(answer(body), SOURCE),
    "sitemap": lambda body: parse_sitemap(answer(body), replace(SOURCE, kind="sitemap")),
    "opml": lambda body: parse_opml(body, subject="list.opml"),
    "page": read_page,
}


def read_at(door: str, body: bytes) -> str:
    """What a door gives, or the reason why it refuses; nothing but our errors comes out of it."""
    try:
        return str(READERS[door](body))
    except FeedError as error:
        return error.reason
    except CavershamError as error:
        return type(error).__name__


@cache
def documents(folder: Path) -> dict[str, str]:
    """All documents of both suites, by a name: 13 + 6 files, 37 blocks, 115 lines."""
    texts = {path.name: path.read_bytes().decode() for path in sorted((folder / "defusedxml").glob("*.x*"))}
    attacks = folder / "payloads_all_the_things/xxe"
    texts |= {path.name: path.read_bytes().decode() for path in sorted((attacks / "files").iterdir())}
    blocks = (attacks / "readme_blocks.jsonl").read_text(encoding="utf-8").splitlines()
    texts |= {f"block {number}": json.loads(line)["xml"] for number, line in enumerate(blocks)}
    for name in ("XXE_Fuzzing.txt", "xml-attacks.txt"):
        lines = filter(str.strip, (attacks / name).read_text(encoding="utf-8").splitlines())
        texts |= {f"{name}:{number}": line for number, line in enumerate(lines, 1)}
    return texts


def test_every_document_of_the_suites_is_there(shared: Path) -> None:
    """13 files of defusedxml; 6 files, 37 blocks and 115 lines of PayloadsAllTheThings."""
    assert len(documents(shared / "suites")) == 13 + 6 + 37 + 115


@pytest.mark.parametrize("door", ["feed", "sitemap", "opml"])
def test_entities_are_refused_by_name_where_sources_are_read(shared: Path, door: str) -> None:
    """As they stand, and in front of a whole document of that door's kind. Pages are HTML, which has no such thing."""
    given = {
        body: read_at(door, body.encode())
        for text in documents(shared / "suites").values()
        for body in (text, *attacks_at(door, text))
        if "<!entity" in body.lower()
    }

    assert set(given.values()) == {"entities"}
    assert len(given) > 170


def attacks_at(door: str, text: str) -> Iterator[str]:
    """A document of this door's kind behind the document's own type, for each entity that it declares."""
    types = DOCUMENT_TYPE.search(text)
    names = [name for parameter, name in DECLARATION.findall(text) if not parameter]
    if types:
        yield from (types[0] + DOORS[door].format(f"&{name};") for name in names or ["x"])


@pytest.mark.parametrize("door", DOORS)
def test_nothing_is_fetched_and_no_file_is_read(shared: Path, door: str, tmp_path: Path) -> None:
    """Every address of a document leads to a site that would answer, every file to one that holds a secret."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    with Site() as site:
        site.put("/secret", SECRET)
        bodies = [
            aim(body, at=site.url("/secret"), file=secret.as_uri())
            for text in documents(shared / "suites").values()
            for body in (text, *attacks_at(door, text))
        ]

        assert [body for body in bodies if SECRET in read_at(door, body.encode())] == []
        assert site.asked == []
        assert sum(site.host in body for body in bodies) > 100
        assert sum(secret.name in body for body in bodies) > 100


def aim(text: str, *, at: str, file: str) -> str:
    """The same document, with its addresses and files replaced by ones that are there."""
    text = re.sub(r"(?:https?|ftp|jar:https?)://[^\s\"'<>&]*", at, text)
    return re.sub(r"(?:file|php|expect|netdoc|gopher)://[^\s\"'<>]*", file, text)


def test_a_parser_that_is_not_careful_would_have_read_the_secret(shared: Path, tmp_path: Path) -> None:
    """So that the test above could fail."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    body = aim(documents(shared / "suites")["external_file.xml"], at="http://a.example", file=secret.as_uri())

    assert etree.fromstring(body, etree.XMLParser(resolve_entities=True)).text == SECRET


@pytest.mark.parametrize("door", DOORS)
def test_no_document_takes_a_second_or_100_megabytes(shared: Path, door: str) -> None:
    """All of them one after the other: each below a second, all together below 100 MB more than before."""
    read_at(
        door, DOORS[door].format("The harvest was good this year, said the minister. " * 20).encode()
    )  # loads parts
    before = peak_memory()
    slow = {}
    for name, text in documents(shared / "suites").items():
        for body in (text, *attacks_at(door, text)):
            started = thread_time()
            read_at(door, body.encode())
            if thread_time() - started > LIMIT_S:
                slow[name] = thread_time() - started

    assert slow == {}
    assert peak_memory(reset=False) - before < LIMIT_BYTES


def peak_memory(*, reset: bool = True) -> int:
    """The most memory that this process held since the last reset, in bytes."""
    control = Path("/proc/self/clear_refs")
    require(control.exists(), "needs Linux, which tells the most memory a process held")
    if reset:
        control.write_text("5")  # proc(5): resets the peak
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return 1024 * int(peak)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "cp037"])
@pytest.mark.parametrize("door", ["feed", "sitemap", "opml"])
def test_another_encoding_hides_no_entity(door: str, encoding: str, tmp_path: Path) -> None:
    """One that we decode is refused; in one that we do not, the parser finds no entity either."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    types = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'

    given = read_at(door, (types + DOORS[door].format("&x;")).encode(encoding))

    assert SECRET not in given
    assert given in {"entities", "bad_feed"}


@pytest.mark.parametrize("name", ["simple.xml", "simple-ns.xml", "dtd.xml", "dtd_element.xml"])
def test_the_harmless_documents_are_read_as_what_they_are(shared: Path, name: str) -> None:
    """They are well-formed, and no feeds, sitemaps or lists."""
    text = documents(shared / "suites")[name]

    assert {door: read_at(door, text.encode()) for door in ("feed", "sitemap", "opml")} == {
        "feed": "bad_feed",
        "sitemap": "bad_feed",
        "opml": "bad_feed",
    }


def test_a_document_type_alone_is_no_reason_to_refuse_a_feed(shared: Path) -> None:
    (body,) = attacks_at("feed", documents(shared / "suites")["dtd_element.xml"])

    assert "url='http://a.example/" in read_at("feed", body.encode())
