"""The full-text index on disk: one document an article, written by one process at a time, read by any number."""

from __future__ import annotations

import fcntl
import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import tantivy

from caversham.errors import QueryError, StationError
from caversham.index.analyzer import stream
from caversham.index.clauses import is_ranked, to_clause
from caversham.index.days import UNDATED, YEAR_ONLY, dated_bounds, month_name, month_number
from caversham.index.pages import NEWEST, SCALE, TIE, Pager, newest_number, parse_cursor, tie_number
from caversham.ports import Matches
from caversham.types import ArticleId, Document, Query, Role

SCHEMA = 1  # to be raised whenever documents are written differently; an index of another number is made anew
FACETS = ("outlet", "country", "language", "state", "level")
MAX_VALUES = 200  # of one facet
MAX_LIMIT = 1000  # articles on a page

_HEAP_BYTES = 50_000_000  # of the writer; tantivy takes no less than 15 MB a thread
_BUCKETS = 60_000  # different values that are counted before the rarest are cut; tantivy's own limit is 65,000
_STREAMS = ("title", "text", "past")
_COLUMNS = (*FACETS, "role", "section")
_NUMBERS = ("month", "state_month", "first_day", "last_day", NEWEST, TIE)
_TOKENIZER = "places"


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One committed state of the index."""

    stamp: tuple[int, int, int]  # of the file that names the segments
    searcher: tantivy.Searcher
    held: Mapping[int, int]  # by month, articles of state outlets


class FullTextIndex:
    """Full text in a folder. Safe for threads; fulfils `ports.Index`.

    Dates. `since:` and `until:` find what may lie in the period: an item printed "2024" or "2024-06" matches
    where its year or month overlaps it. Undated items match neither. Items with a year only are dated but
    belong to no month: they are in `total`, and neither in `undated` nor in `months`.

    Facets name at most MAX_VALUES values each, most frequent first, then by name; unknown ones are left out.

    `is_stale` says that the index was made or emptied when it was opened (there was none, or one of another
    schema) and must be filled from the catalogue; `mark_complete` ends that, also for later openings.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path / "segments"
        self._mutex = threading.Lock()
        self._holder: int | None = None  # the thread that is the indexer
        self._writer_kept: tantivy.IndexWriter | None = None  # while the index is held: opening one costs memory
        self._snapshot: _Snapshot | None = None
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._index = self._open()
        except PermissionError as error:
            message = f"the index at {str(path)!r} cannot be opened: this user has no right to write there"
            raise StationError(message) from error
        except (OSError, ValueError) as error:
            message = f"the index at {str(path)!r} cannot be opened ({error}); delete the folder and rebuild"
            raise StationError(message) from error

    @property
    def is_stale(self) -> bool:
        """Whether the index lacks articles that the catalogue holds, because it was made anew."""
        return not self._mark()["complete"]

    def mark_complete(self) -> None:
        """Say that everything of the catalogue is in the index."""
        self._write_mark(complete=True)

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Be the indexer, the one that writes, unless another is: then False, at once.

        Who reads the outbox should hold the index from before reading until after clearing it. Within a `with` of
        its own thread it holds on: the writer stays open until the outer one ends.
        """
        if self._holder == threading.get_ident():
            yield True
            return
        with (self._path / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            self._holder = threading.get_ident()
            try:
                yield True
                with self._writing():
                    self._end_writer()
            finally:
                self._writer_kept = None
                self._holder = None

    def update(self, documents: Iterable[Document], deleted: Iterable[ArticleId] = ()) -> None:
        """Replace these articles' documents, then delete others, commit; readers see all of it or nothing.

        Raises StationError when another process is writing, or the disk does not take it.
        """
        with self._writer() as writer:
            for document in documents:
                fresh = _to_tantivy(document)
                with self._writing():
                    writer.delete_documents_by_term("article", document.article)
                    writer.add_document(fresh)
            for article in deleted:
                writer.delete_documents_by_term("article", article)

    def clear(self) -> None:
        """Empty the index; it is stale until `mark_complete`."""
        self._write_mark(complete=False)
        with self._writer() as writer:
            writer.delete_all_documents()

    def find(self, query: Query, *, limit: int, cursor: str | None) -> Matches:
        """One page of the articles that match, with the counts of the whole result.

        The empty query finds everything. Without a word to rank by, newest come first, undated ones last.
        `months` gives (month, matching articles, matching of state outlets, held of state outlets).
        Raises QueryError for a cursor of another query, and for a prefix that begins too many words.
        """
        snapshot = self._refresh()
        place = None if cursor is None else parse_cursor(cursor, query)
        clause = to_clause(query, self._index.schema, snapshot.searcher)
        pager = Pager(snapshot.searcher, clause, is_ranked=is_ranked(query.root))
        try:
            counts = snapshot.searcher.aggregate(clause, _AGGREGATION)
            page = pager.page(query, limit=max(0, min(limit, MAX_LIMIT)), cursor=place)
        except ValueError as error:
            raise self._explain(error, query) from error
        days = counts["days"]["buckets"]  # none at all in an empty index
        score = (lambda key: key / SCALE) if is_ranked(query.root) else (lambda _key: 0.0)
        return Matches(
            total=sum(bucket["doc_count"] for bucket in days),
            undated=sum(bucket["doc_count"] for bucket in days if "to" in bucket),
            articles=tuple((_article(snapshot.searcher, row.address), score(row.key)) for row in page.rows),
            facets=MappingProxyType({name: _facet(counts[name]) for name in FACETS}),
            months=_months(counts, snapshot.held),
            next=page.next,
        )

    # --- Opening and writing ---------------------------------------------------------------

    def _open(self) -> tantivy.Index:
        with self.hold() as is_held:
            if self._mark()["schema"] != SCHEMA or not (self._folder / "meta.json").exists():
                if not is_held:
                    message = f"the index at {str(self._path)!r} is being made anew by another process; try again later"
                    raise StationError(message)
                shutil.rmtree(self._folder, ignore_errors=True)
                self._write_mark(complete=False)
            self._folder.mkdir(exist_ok=True)
            index = tantivy.Index(_schema(), path=str(self._folder))
        tokenizer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer(_TOKENIZER, tokenizer)
        index.config_reader("Manual")
        return index

    def _mark(self) -> Mapping[str, int]:
        try:
            mark = json.loads((self._path / "schema.json").read_text())
            return {"schema": int(mark["schema"]), "complete": int(mark["complete"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {"schema": 0, "complete": 0}

    def _write_mark(self, *, complete: bool) -> None:
        fresh = self._path / "schema.json.new"
        fresh.write_text(json.dumps({"schema": SCHEMA, "complete": complete}) + "\n")
        fresh.replace(self._path / "schema.json")

    @contextmanager
    def _writer(self) -> Iterator[tantivy.IndexWriter]:
        """A writer that commits in the end, and rolls back where something is raised."""
        with self._held():
            if self._writer_kept is None:
                with self._writing():
                    self._writer_kept = self._index.writer(_HEAP_BYTES, 1)
            try:
                yield self._writer_kept
                with self._writing():
                    self._writer_kept.commit()
            except BaseException:
                with suppress(OSError, ValueError):  # a writer that died has nothing to take back
                    self._writer_kept.rollback()
                    self._end_writer()
                self._writer_kept = None
                raise

    def _end_writer(self) -> None:
        if self._writer_kept is not None:
            self._writer_kept.wait_merging_threads()  # also gives up tantivy's own lock

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self.hold() as is_held:
            if not is_held:
                raise StationError(f"another process is writing the index at {str(self._path)!r}; try again later")
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # tantivy's errors are ValueErrors
            raise StationError(f"the index at {str(self._path)!r} cannot be written: {error}") from error

    # --- Reading ---------------------------------------------------------------------------

    def _refresh(self) -> _Snapshot:
        """The last committed state; nothing is read again while it is the one we have."""
        with self._mutex:
            stamp = self._stamp()
            if self._snapshot is None or self._snapshot.stamp != stamp:
                self._index.reload()
                searcher = self._index.searcher()
                counts = searcher.aggregate(tantivy.Query.all_query(), {"held": _AGGREGATION["state_month"]})
                self._snapshot = _Snapshot(stamp, searcher, _buckets(counts["held"]))
            return self._snapshot

    def _explain(self, error: ValueError, query: Query) -> QueryError | StationError:
        if "max expansions" in str(error):  # of a prefix in a phrase: 16,384 words
            message = "too many words begin like this; write more letters before the star"
            return QueryError(message, query=query.text, position=max(query.text.find("*"), 0))
        return StationError(f"the index at {str(self._path)!r} cannot be read ({error}); delete the folder and rebuild")

    def _stamp(self) -> tuple[int, int, int]:
        status = (self._folder / "meta.json").stat()
        return status.st_ino, status.st_mtime_ns, status.st_size


def _terms(column: str) -> dict[str, object]:
    return {"terms": {"field": column, "size": _BUCKETS}}


_AGGREGATION: dict[str, dict[str, object]] = {
    **{name: _terms(name) for name in (*FACETS, "month", "state_month")},
    "days": {"range": {"field": "first_day", "ranges": [{"to": 1}]}},
}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("article", stored=True, tokenizer_name="raw", index_option="basic")
    for name in _STREAMS:
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="position")
    for name in _COLUMNS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in _NUMBERS:
        builder.add_unsigned_field(name, indexed=True, fast=True)
    return builder.build()


def _to_tantivy(document: Document) -> tantivy.Document:
    """The document as the index keeps it. Every value has its type here: tantivy's writer dies of a wrong one."""
    result = tantivy.Document()
    result.add_text("article", document.article)
    for name in _STREAMS:
        if text := getattr(document, name):
            result.add_text(name, stream(text, document.language))
    for name, value in _columns(document).items():
        result.add_text(name, value)
    for name, number in _numbers(document).items():
        result.add_unsigned(name, number)
    return result


def _columns(document: Document) -> Mapping[str, str]:
    return {
        "outlet": document.outlet.casefold(),
        "country": document.country.upper(),
        "role": document.role.value,
        "language": document.language.casefold(),
        "state": document.state.value,
        "level": document.level.casefold(),
        "section": " ".join(document.section.casefold().split()),
    }


def _numbers(document: Document) -> Mapping[str, int]:
    first_day, last_day = dated_bounds(document.published)
    month = month_number(document.published)
    tie = tie_number(document.article)
    return {
        "month": month,
        "state_month": month if document.role is Role.STATE else UNDATED,
        "first_day": first_day,
        "last_day": last_day,
        NEWEST: newest_number(first_day, tie),
        TIE: tie,
    }


def _article(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> ArticleId:
    return ArticleId(str(searcher.doc(address)["article"][0]))


def _buckets(counts: Mapping[str, list[Mapping[str, int]]]) -> dict[int, int]:
    return {int(bucket["key"]): int(bucket["doc_count"]) for bucket in counts["buckets"]}


def _facet(counts: Mapping[str, list[Mapping[str, object]]]) -> tuple[tuple[str, int], ...]:
    values = [(str(bucket["key"]), int(str(bucket["doc_count"]))) for bucket in counts["buckets"] if bucket["key"]]
    return tuple(sorted(values, key=lambda value: (-value[1], value[0]))[:MAX_VALUES])


def _months(
    counts: Mapping[str, dict[str, list[Mapping[str, int]]]], held: Mapping[int, int]
) -> tuple[tuple[str, int, int, int], ...]:
    of_state = _buckets(counts["state_month"])
    found = sorted(_buckets(counts["month"]).items())
    return tuple(
        (month_name(month), count, of_state.get(month, 0), held.get(month, 0))
        for month, count in found
        if month not in (UNDATED, YEAR_ONLY)
    )
