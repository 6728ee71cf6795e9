"""The index as a whole: counts, order, pages, writers and readers."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from caversham.errors import QueryError, StationError
from caversham.index import FullTextIndex, clauses
from caversham.index.full_text import MAX_VALUES, SCHEMA
from caversham.ports import Matches
from caversham.search.query import parse_query
from caversham.types import ArticleId, Document, OutletId, Role, State
from tests.index.documents import make_document

Find = Callable[[str], list[str]]


def ask(index: FullTextIndex, text: str, *, limit: int = 20, cursor: str | None = None) -> Matches:
    return index.find(parse_query(text), limit=limit, cursor=cursor)


def read_all(index: FullTextIndex, text: str, *, limit: int) -> list[str]:
    """Article ids of all pages, in order."""
    articles: list[str] = []
    cursor = None
    while True:
        page = ask(index, text, limit=limit, cursor=cursor)
        articles.extend(article for article, _ in page.articles)
        cursor = page.next
        if cursor is None:
            return articles


# --- Counts ------------------------------------------------------------------------------------


def test_facets_months_and_undated_count_articles_of_the_whole_result(index: FullTextIndex) -> None:
    """Shares are of what state outlets published in the month, whether it matched or not."""
    foreign = {"outlet": OutletId("relay"), "country": "FR", "role": Role.RELAY, "language": "fr"}
    index.update(
        [
            make_document("a", "harvest harvest", published="2023-06-12", level="leader"),
            make_document("b", "harvest", published="2023-06"),
            make_document("c", "harvest", published="2023-06-30", **foreign),
            make_document("d", "harvest", published="2023", state=State.GONE),
            make_document("e", "harvest"),
            make_document("f", "harvest", published="1948-09-01", **foreign),
            make_document("g", "rain", published="2023-06-13"),
            make_document("h", "rain", published="2023-07-01"),
        ]
    )
    expected = Matches(
        total=6,
        undated=1,
        articles=(),
        facets=MappingProxyType(
            {
                "outlet": (("herald", 4), ("relay", 2)),
                "country": (("KP", 4), ("FR", 2)),
                "language": (("en", 4), ("fr", 2)),
                "state": (("live", 5), ("gone", 1)),
                "level": (("leader", 1),),
            }
        ),
        months=(("1948-09", 1, 0, 0), ("2023-06", 3, 2, 3)),
        next=None,
    )

    found = ask(index, "harvest", limit=1)

    assert (expected.total, expected.undated, expected.facets, expected.months) == (
        found.total, found.undated, found.facets, found.months,
    )  # fmt: skip
    assert [article for article, _ in found.articles] == ["a"]


def test_facets_sort_by_count_then_name_and_end_somewhere(index: FullTextIndex) -> None:
    count = MAX_VALUES + 5
    index.update(make_document(f"{n}", "x", outlet=OutletId(f"o{n % count:03}")) for n in range(count + 1))

    assert (("o000", 2), *((f"o{n:03}", 1) for n in range(1, MAX_VALUES))) == ask(index, "").facets["outlet"]


def test_an_empty_index_finds_nothing(index: FullTextIndex) -> None:
    nothing = dict.fromkeys(("outlet", "country", "language", "state", "level"), ())
    expected = Matches(total=0, undated=0, articles=(), facets=nothing, months=(), next=None)

    assert expected == ask(index, "") == ask(index, "word")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("since:2023-06-12", ["day", "later", "month", "year"]),
        ("since:2023-06-13", ["later", "month", "year"]),
        ("since:2023-07", ["later", "year"]),
        ("since:2024", ["later"]),
        ("until:2023-06-12", ["day", "month", "old", "year"]),
        ("until:2023-06-11", ["month", "old", "year"]),
        ("until:2023-05", ["old", "year"]),
        ("until:2022", ["old"]),
        ("since:2023-06 until:2023-06", ["day", "month", "year"]),
        ("-since:1900", ["old", "undated"]),
        ("since:0001", ["day", "later", "month", "old", "year"]),
        ("until:9999", ["day", "later", "month", "old", "year"]),
    ],
)
def test_periods_find_what_may_lie_in_them(index: FullTextIndex, find: Find, query: str, expected: list[str]) -> None:
    """A month or year as printed matches where it overlaps the period; undated items match no period."""
    printed = {"day": "2023-06-12", "month": "2023-06", "year": "2023", "later": "2024-02-29", "old": "0999-12-31"}
    index.update([make_document("undated", "x"), *(make_document(n, "x", published=d) for n, d in printed.items())])

    assert expected == find(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("outlet:OTHER", ["b"]),
        ("country:kr", ["b"]),
        ("lang:ko", ["b"]),
        ('section:"world  news"', ["b"]),
        ("state:moved", ["b"]),
        ("level:leader", ["b"]),
        ("-state:moved", ["a"]),
        ("outlet:(herald OR other)", ["a", "b"]),
        ("word -outlet:other", ["a"]),
        ("(word OR -word) country:KR", ["b"]),
        ("-word", []),
    ],
)
def test_filters_compare_whole_values_in_any_case(
    index: FullTextIndex, find: Find, query: str, expected: list[str]
) -> None:
    other = make_document(
        "b", "word", outlet=OutletId("other"), country="KR", language="ko", section="World News", state=State.MOVED,
        level="Leader",
    )  # fmt: skip
    index.update([make_document("a", "word"), other])

    assert expected == find(query)


def test_past_is_searched_only_when_asked(index: FullTextIndex, find: Find) -> None:
    index.update([make_document("a", "new wording", past="old wording")])

    assert [find(q) for q in ("old", "past:old", 'past:"old wording"', "past:new", "new")] == [
        [],
        ["a"],
        ["a"],
        [],
        ["a"],
    ]


# --- Order and pages ---------------------------------------------------------------------------


def test_without_words_the_newest_come_first_and_the_undated_last(index: FullTextIndex) -> None:
    printed = {"c": "2023-06-12", "a": "2024", "d": "1948-09-09", "b": "2023-12"}
    index.update([make_document("u", "x"), *(make_document(n, "x", published=date) for n, date in printed.items())])

    for query in ("", "country:KP", "-nothing", "lang:en OR lang:ko"):
        assert ask(index, query).articles == (("a", 0.0), ("b", 0.0), ("c", 0.0), ("d", 0.0), ("u", 0.0))


def test_better_matches_come_first(index: FullTextIndex) -> None:
    """More often, in the title, in exactly this form; filters change nothing."""
    index.update(
        [
            make_document("often", "harvest harvest rain", title="news"),
            make_document("once", "harvest rain sun", title="news"),
            make_document("title", "harvest rain sun", title="harvest"),
            make_document("inflected", "harvests rain sun", title="news"),
            make_document("other", "rain rain", title="rain"),
        ]
    )
    ranked = ask(index, "harvest").articles

    assert [article for article, _ in ranked] == ["title", "often", "once", "inflected"]
    assert ranked == ask(index, "harvest country:KP").articles


def _make_crowd() -> list[Document]:
    generator = random.Random(7)
    return [
        make_document(f"{number:04}", " ".join(generator.choices(("rain", "sun", "snow"), k=3)), published=published)
        for number, published in enumerate(generator.choices((None, "2023", "2023-06-12", "2024-01"), k=400))
    ]


CROWD = _make_crowd()  # most of them equal to many others


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred documents in several segments."""
    path = tmp_path_factory.mktemp("crowd") / "index"
    index = FullTextIndex(path)
    for start in range(0, len(CROWD), 80):
        index.update(CROWD[start : start + 80])
    return path


@pytest.fixture
def crowd(written: Path, tmp_path: Path) -> FullTextIndex:
    """A copy of its own for each test."""
    return FullTextIndex(shutil.copytree(written, tmp_path / "crowd"))


@pytest.mark.parametrize("query", ["rain", "rain sun", "", "ra*", "-snow", "rain NEAR sun"])
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_in_a_row_are_the_whole_list(crowd: FullTextIndex, query: str, limit: int) -> None:
    whole = ask(crowd, query, limit=1000)
    articles = [article for article, _ in whole.articles]

    assert whole.next is None
    assert len(set(articles)) == whole.total == len(articles)
    assert articles == read_all(crowd, query, limit=limit)


@pytest.mark.parametrize("query", ["rain", "", "-snow", "rain sun"])
def test_an_update_of_others_moves_no_page(crowd: FullTextIndex, query: str) -> None:
    """Articles that come in before or after the place where a reader stands change nothing of what follows."""
    before = [article for article, _ in ask(crowd, query, limit=1000).articles]
    page = ask(crowd, query, limit=20)
    crowd.update(
        [make_document(f"new{n}", "rain rain rain sun sun", published="2025-01-01") for n in range(5)],
        [ArticleId(before[3])],
    )
    rest = ask(crowd, query, limit=1000, cursor=page.next)

    assert before[20:] == [article for article, _ in rest.articles]


def test_a_page_goes_on_where_its_last_article_was_even_if_that_is_gone(crowd: FullTextIndex) -> None:
    before = [article for article, _ in ask(crowd, "", limit=1000).articles]
    page = ask(crowd, "", limit=20)
    crowd.update([], [ArticleId(before[19])])

    assert before[20:40] == [article for article, _ in ask(crowd, "", limit=20, cursor=page.next).articles]


def test_the_order_does_not_depend_on_how_the_index_was_written(crowd: FullTextIndex, tmp_path: Path) -> None:
    rebuilt = FullTextIndex(tmp_path / "rebuilt")
    rebuilt.update(reversed(CROWD))

    for query in ("rain", "", "rain OR snow", "sun*"):
        assert ask(crowd, query, limit=1000) == ask(rebuilt, query, limit=1000)


@pytest.mark.parametrize("cursor", ["", "x", "0" * 12 + "-1-1-1", "ffffffffffff-g-1-1", "é", "1" * 5000])
def test_a_cursor_of_another_query_is_refused(crowd: FullTextIndex, cursor: str) -> None:
    other = ask(crowd, "rain", limit=5).next

    for wrong in (cursor, other):
        with pytest.raises(QueryError, match="is not one of this query; ask for the first page"):
            ask(crowd, "sun", cursor=wrong)


def test_a_prefix_of_too_many_words_after_another_word_is_refused(index: FullTextIndex) -> None:
    """The index looks at no more than 16,384 words that begin alike when it must know where they stand."""
    letters = itertools.islice(itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3), 16_400)
    index.update([make_document("a", " ".join(f"wa{''.join(ending)}" for ending in letters))])

    assert ask(index, "wa*").total == 1
    with pytest.raises(QueryError, match="write more letters before the star"):
        ask(index, "waaaa-wa*")


def test_a_query_that_would_take_too_long_is_refused_where_it_does(
    crowd: FullTextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is counted is documents of the rarest word of each phrase, so that rare words may stand in any distance."""
    monkeypatch.setattr(clauses, "MAX_WORK", 5_000)

    assert ask(crowd, '"rain sun" OR "harvest rain" NEAR/100 "sun rain"').total > 0
    with pytest.raises(QueryError, match="too frequent to be looked up together") as caught:
        ask(crowd, 'rain "rain sun" NEAR/100 snow')
    assert caught.value.position == 5


def test_a_cursor_that_claims_a_far_place_costs_no_more_than_the_index_holds(crowd: FullTextIndex) -> None:
    cursor = ask(crowd, "rain", limit=5).next
    assert cursor is not None
    fingerprint, _, key, tie = cursor.split("-")

    far = ask(crowd, "rain", limit=5, cursor=f"{fingerprint}-fffffffffffffff-{key}-{tie}")

    assert ask(crowd, "rain", limit=5, cursor=cursor).articles == far.articles


# --- Writing -----------------------------------------------------------------------------------


def test_an_update_replaces_and_deletes(index: FullTextIndex, find: Find) -> None:
    index.update([make_document("a", "first"), make_document("b", "first")])
    index.update([make_document("a", "second"), make_document("a", "third")], [ArticleId("b"), ArticleId("never")])

    assert (find("first"), find("second"), find("third"), find("")) == ([], [], ["a"], ["a"])


def test_clear_empties_the_index_and_makes_it_stale(index: FullTextIndex, find: Find) -> None:
    index.update([make_document("a", "first")])
    index.mark_complete()
    index.clear()

    assert (find(""), index.is_stale) == ([], True)


def test_an_update_that_fails_changes_nothing(index: FullTextIndex, find: Find) -> None:
    index.update([make_document("a", "first")])

    def documents() -> Iterator[Document]:
        yield make_document("a", "second")
        yield make_document("b", "second")
        raise LookupError

    with pytest.raises(LookupError):
        index.update(documents())

    assert (find("first"), find("second")) == (["a"], [])
    index.update([make_document("b", "second")])
    assert (find("first"), find("second")) == (["a"], ["b"])


def test_staleness_lasts_until_the_index_is_complete(tmp_path: Path) -> None:
    """A new index lacks what the catalogue holds, until somebody says otherwise; also after a crash."""
    path = tmp_path / "index"
    states = [FullTextIndex(path).is_stale, FullTextIndex(path).is_stale]
    index = FullTextIndex(path)
    index.update([make_document("a", "first")])
    index.mark_complete()
    states += [index.is_stale, FullTextIndex(path).is_stale]

    assert states == [True, True, False, False]


def test_an_index_of_another_schema_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index = FullTextIndex(path)
    index.update([make_document("a", "first")])
    index.mark_complete()
    (path / "schema.json").write_text(json.dumps({"schema": SCHEMA + 1, "complete": True}))

    fresh = FullTextIndex(path)

    assert (fresh.is_stale, ask(fresh, "").total) == (True, 0)


def test_an_index_whose_segments_were_deleted_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "index"
    FullTextIndex(path).mark_complete()
    shutil.rmtree(path / "segments")

    assert FullTextIndex(path).is_stale


def test_a_damaged_index_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "index"
    FullTextIndex(path)
    (path / "segments" / "meta.json").write_text("{")

    with pytest.raises(StationError, match="delete the folder and rebuild"):
        FullTextIndex(path)


def test_only_one_process_writes(index: FullTextIndex, tmp_path: Path) -> None:
    """The second is told at once; readers are not kept out."""
    other = FullTextIndex(tmp_path / "index")
    with index.hold() as is_held, other.hold() as is_other_held:
        assert (is_held, is_other_held) == (True, False)
        index.update([make_document("a", "first")])
        with pytest.raises(StationError, match="another process is writing"):
            other.update([make_document("b", "first")])
        assert list(ask(other, "").articles) == [("a", 0.0)]

    other.update([make_document("b", "first")])
    assert ask(index, "").total == 2


def test_who_holds_the_index_may_hold_it_again(index: FullTextIndex, tmp_path: Path) -> None:
    """The inner one ends nothing: others are kept out until the outer one ends."""
    other = FullTextIndex(tmp_path / "index")
    with index.hold():
        with index.hold() as is_held_again:
            index.update([make_document("a", "first")])
        with other.hold() as is_other_held:
            assert (is_held_again, is_other_held) == (True, False)
        index.update([make_document("b", "first")])

    with other.hold() as is_other_held:
        assert is_other_held
    assert ask(other, "").total == 2


def test_another_thread_is_not_the_holder(index: FullTextIndex) -> None:
    errors: list[type[Exception]] = []

    def write() -> None:
        try:
            index.update([make_document("b", "x")])
        except StationError as error:
            errors.append(type(error))

    with index.hold():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    assert [StationError] == errors


_WRITER = """
import sys
from pathlib import Path
from caversham.index import FullTextIndex, clauses
from tests.index.documents import make_document

index = FullTextIndex(Path(sys.argv[1]))
for batch in range(8):
    index.update(make_document(f"{batch}-{n}", "harvest", published="2023-06-12") for n in range(25))
"""


def test_a_reader_sees_whole_commits_while_another_process_writes(index: FullTextIndex, tmp_path: Path) -> None:
    """Every answer is one committed state: total, facets and months agree, and totals never fall."""
    answers = [ask(index, "harvest", limit=1000)]
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "index")]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as writer:
        while writer.poll() is None:
            answers.append(ask(index, "harvest", limit=1000))
    totals = [found.total for found in answers]

    assert writer.returncode == 0
    assert totals == [len(found.articles) for found in answers]
    assert totals == [sum(count for _, count in found.facets["outlet"]) for found in answers]
    assert totals == [sum(month[1] for month in found.months) for found in answers]
    assert sorted(totals) == totals
    assert {0} == {total % 25 for total in totals}
    assert ask(index, "harvest").total == 200


def test_a_writer_that_is_killed_leaves_whole_commits_and_no_lock(index: FullTextIndex, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "index")]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as writer:
        while not (total := ask(index, "harvest").total) and writer.poll() is None:
            pass
        writer.kill()

    assert total
    assert ask(index, "harvest").total % 25 == 0
    index.update([make_document("new", "rain")])
    assert ask(FullTextIndex(tmp_path / "index"), "rain").total == 1


_FULL_DISK = """
import random, resource, signal, sys
from pathlib import Path
from caversham.errors import StationError
from caversham.index import FullTextIndex
from tests.index.documents import make_document

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
words = ["".join(random.choices("abcdefgh", k=8)) for _ in range(60_000)]
try:
    FullTextIndex(Path(sys.argv[1])).update([make_document("big", " ".join(words))])
except StationError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_stops_the_run_and_loses_nothing(index: FullTextIndex, tmp_path: Path) -> None:
    index.update([make_document("a", "harvest")])
    command = [sys.executable, "-c", _FULL_DISK, str(tmp_path / "index")]

    told = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True).stdout

    assert "cannot be written" in told
    assert ask(index, "").total == 1
    index.update([make_document("b", "harvest")])
    assert ask(index, "harvest").total == 2


def test_threads_share_one_index(index: FullTextIndex) -> None:
    index.update(make_document(f"{n}", "harvest") for n in range(50))
    totals: list[int] = []

    def read() -> None:
        totals.extend(ask(index, "harvest").total for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    index.update(make_document(f"new{n}", "rain") for n in range(50))
    for thread in threads:
        thread.join()

    assert totals == [50] * 80
