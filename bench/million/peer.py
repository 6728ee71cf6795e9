"""The peer of every figure of search: SQLite FTS5 over the same words of the same articles.

A word is what our analyzer makes of it, written in hexadecimal, so that the peer's own tokenizer changes nothing;
without roots, since FTS5 has no place for a second word beside the first.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from caversham.index.analyzer import read_places
from caversham.search.query import parse_query
from caversham.station import Station
from caversham.types import And, Filter, Near, Node, Not, Or, Version, Words

_SCHEMA = """
CREATE TABLE docs (id INTEGER PRIMARY KEY, outlet TEXT, language TEXT, month TEXT, day TEXT);
CREATE VIRTUAL TABLE words USING fts5(title, text, content='', tokenize='ascii');
"""
_PAGE = "SELECT words.rowid, bm25(words) AS score FROM words {join} WHERE words MATCH ?{days} ORDER BY score LIMIT 20"
_COUNT = "SELECT {column}, count(*) FROM words JOIN docs ON docs.id = words.rowid WHERE words MATCH ?{days} GROUP BY 1"


def make_peer(folder: Path) -> Path:
    """The peer's database, made from the station once and kept beside it."""
    path = folder / "peer.db"
    if not path.exists():
        fresh = folder / "peer.db.new"
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as peer, Station(folder) as station:
            peer.executescript(_SCHEMA)
            _fill(peer, station)
            peer.execute("INSERT INTO words(words) VALUES ('optimize')")
            peer.commit()
        fresh.replace(path)
    return path


def _fill(peer: sqlite3.Connection, station: Station) -> None:
    for number, version in enumerate(_latest(station)):
        content = version.content
        day = content.published.iso if content.published else ""
        doc = (number, version.outlet, content.language, day[:7], day)
        peer.execute("INSERT INTO docs VALUES (?, ?, ?, ?, ?)", doc)
        words = [_words(text, content.language) for text in (content.title, content.text)]
        peer.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", (number, *words))


def _latest(station: Station) -> Iterator[Version]:
    """The latest version of every article."""
    versions = station.export()
    held = next(versions)
    for version in versions:
        if held.article != version.article:
            yield held
        held = version
    yield held


def _words(text: str, language: str) -> str:
    """The words of a text, each in letters that any tokenizer takes as they are."""
    return " ".join(_spell(term) for term in read_places(text, language).terms[::2])


def _spell(term: str) -> str:
    return f"x{term.encode().hex()}"


def ask_peer(peer: sqlite3.Connection, text: str, language: str) -> float:
    """Seconds until the peer has counted and found the first page."""
    query = parse_query(text)
    match, days = _match(query.root, language), _days(query.root)
    where = "".join(f" AND docs.day {sign} '{day}'" for sign, day in days)
    begun = time.perf_counter()
    for column in ("docs.outlet", "docs.language", "docs.month"):
        peer.execute(_COUNT.format(column=column, days=where), (match,)).fetchall()
    join = "JOIN docs ON docs.id = words.rowid" if days else ""
    peer.execute(_PAGE.format(join=join, days=where), (match,)).fetchall()
    return time.perf_counter() - begun


def _match(node: Node | None, language: str) -> str:
    """The words of a query in the peer's language (sqlite.org/fts5.html, section 3)."""
    match node:
        case Words(text=text, is_prefix=is_prefix):
            spelt = [_spell(term) for term in read_places(text, language).terms[::2]]
            whole = len(spelt) > 1 and not text.isascii() and " " not in text
            phrase = " ".join(spelt[:-1] if whole else spelt)  # in scripts without spaces the last one is half a pair
            return f'"{phrase}"{"*" if is_prefix else ""}'
        case Or(parts=parts):
            return f"({' OR '.join(_match(part, language) for part in parts)})"
        case And(parts=parts):
            wanted = [_match(part, language) for part in parts if not isinstance(part, Filter | Not)]
            unwanted = [_match(part.part, language) for part in parts if isinstance(part, Not)]
            return f"({' AND '.join(wanted)})" + "".join(f" NOT {each}" for each in unwanted)
        case Near():
            raise ValueError("the peer is not asked for NEAR")
    raise ValueError("the peer needs words")


def _days(node: Node | None) -> list[tuple[str, str]]:
    parts = node.parts if isinstance(node, And) else ()
    filters = [part for part in parts if isinstance(part, Filter)]
    # Every day of a month sorts before the month with a tilde behind it.
    return [(">=", part.value) if part.name == "since" else ("<=", f"{part.value}~") for part in filters]
