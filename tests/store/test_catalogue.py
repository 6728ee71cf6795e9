"""What every backend of the catalogue keeps, and gives back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from caversham.errors import NotHeld, StationError
from caversham.ports import SourceState
from caversham.store import SqlStore, open_store
from caversham.types import (
    Article,
    ArticleId,
    Capture,
    CaptureId,
    CaptureKind,
    Dated,
    Earlier,
    Look,
    OutletId,
    Place,
    Precision,
    Skip,
    State,
    TimeBasis,
    Version,
)
from tests.store.values import (
    FULL,
    ITEM,
    NOON,
    OUTLET,
    URL,
    add_looks,
    make_capture,
    make_content,
    make_link,
    repeat,
    sha,
)

HOUR = timedelta(hours=1)
OTHER = ArticleId("bbbbbbbbbbbbbbbb")


def texts_of(store: SqlStore, article: ArticleId = ITEM) -> list[str]:
    return [version.content.text for version in store.get_versions(article)]


def test_a_version_comes_back_with_all_its_fields(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), FULL), (make_capture(1), FULL)])

    expected = Version(
        id=CaptureId(sha("record 0")),
        article=ITEM,
        url=URL,
        outlet=OUTLET,
        number=1,
        content=FULL,
        captured_at=NOON,
        time_basis=TimeBasis.OBSERVED,
        last_seen_at=NOON + HOUR,
        look_count=2,
        sha256=sha("body 0"),
        state=State.LIVE,
    )
    assert store.get_versions(ITEM) == (expected,)
    assert store.get_version(expected.id) == expected
    assert store.get_latest([OTHER, ITEM]) == {ITEM: expected}
    assert list(store.iter_versions()) == [expected]


def test_a_capture_comes_back_without_its_body(store: SqlStore) -> None:
    """Header values that are no text (bytes decoded with surrogates) come back as they were."""
    first = make_capture(0)
    second = make_capture(
        1, repeats=repeat(first), status=304, look=sha("look"), vantage="tor", time_basis=TimeBasis.IMPORTED
    )
    with store.transaction() as tx:
        add_looks(tx, [(second, None), (replace(first, body=b"<p>", request=b"GET /"), make_content("A"))])

    assert store.get_captures(ITEM) == (first, second)
    assert store.get_capture(CaptureId(sha("record 1"))) == second


def test_a_look_says_what_the_decisions_need(store: SqlStore) -> None:
    content = make_content("A")
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), content)])
        (content_id,) = tx.add_contents([content])
        looks = tx.get_looks([ITEM, OTHER])
        by_capture = tx.looks_by_capture([CaptureId(sha("record 0")), CaptureId(sha("record 9"))])

    (look,) = looks[ITEM]
    expected = Look(
        capture=CaptureId(sha("record 0")),
        captured_at=NOON,
        time_basis=TimeBasis.OBSERVED,
        position=("one", 0),
        status=200,
        sha256=sha("body 0"),
        content=content_id,
        comparable=look.comparable,
        kind=CaptureKind.PAGE,
        outlet=OutletId("vesna"),
    )
    assert looks == {ITEM: (expected,)}
    assert by_capture == {expected.capture: (ITEM, expected)}


def test_a_b_a_are_three_versions(store: SqlStore) -> None:
    first, second = make_content("A"), make_content("B")
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), first), (make_capture(1), second), (make_capture(2), first)])

    assert texts_of(store) == ["A", "B", "A"]


def test_an_older_capture_that_comes_later_takes_its_place_in_the_past(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(2), make_content("new"))])
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(3, captured_at=datetime(1948, 9, 9, tzinfo=UTC)), make_content("old"))])

    assert texts_of(store) == ["old", "new"]
    assert store.get_article(ITEM) == Article(
        id=ITEM,
        url=URL,
        outlet=OUTLET,
        state=State.LIVE,
        first_held_at=datetime(1948, 9, 9, tzinfo=UTC),
        last_seen_at=NOON + 2 * HOUR,
        checked_at=NOON + 2 * HOUR,
    )


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1948, 9, 9, 1, 2, 3, 456789, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_an_instant_is_kept_to_the_microsecond(store: SqlStore, instant: datetime) -> None:
    content = make_content("A", published=Dated(on=instant.date(), precision=Precision.MINUTE, at=instant))
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0, captured_at=instant), content)])

    (version,) = store.get_versions(ITEM)
    assert (version.captured_at, version.content) == (instant, content)


def test_an_instant_of_another_zone_is_kept_as_utc(store: SqlStore) -> None:
    seoul = datetime.fromisoformat("2026-03-01T09:00:00+09:00")
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0, captured_at=seoul), make_content("A"))])

    (version,) = store.get_versions(ITEM)
    assert version.captured_at.isoformat() == "2026-03-01T00:00:00+00:00"


def test_nul_and_lone_surrogates_are_replaced_in_every_text(store: SqlStore) -> None:
    bad, good = "a\0b\ud800c", "a\ufffdb\ufffdc"
    dated = Dated(on=date(2026, 3, 1), precision=Precision.DAY, printed=bad)
    content = make_content(bad, title=bad, byline=bad, canonical=bad, published=dated)
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0, url=bad, final_url=bad, via=bad), content)], url=bad)
        tx.add_skips([Skip(step="collect", subject=bad, reason="odd", detail=bad)])
        tx.add_links([(OTHER, bad, make_link(bad, title_hint=bad))])
        tx.add_withdrawal(OTHER, url=bad, outlet=OutletId(bad), at=NOON, reason=bad, records=[])
        tx.put_source(replace(tx.get_source(bad), etag=bad), OUTLET)

    (version,) = store.get_versions(ITEM)
    (capture,) = store.get_captures(ITEM)
    expected = make_content(good, title=good, byline=good, canonical=good, published=replace(dated, printed=good))
    assert (version.url, version.content) == (good, expected)
    assert (capture.url, capture.final_url, capture.via) == (good, good, good)
    assert store.get_source(bad).etag == good


def test_an_address_is_not_normalised(store: SqlStore) -> None:
    """A server may know the decomposed form only: it is asked for what was given."""
    decomposed = "https://vesna.example/e\u0301"
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link(decomposed))])

    (address,) = store.due(OUTLET, NOON, 10)
    assert address.url == decomposed


def test_a_text_of_more_than_a_megabyte_is_kept(store: SqlStore) -> None:
    text = "".join(f"Строка {number}.\n" for number in range(80_000))
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content(text))])

    assert texts_of(store) == [text]


def test_equal_contents_are_kept_once_whoever_adds_them(store: SqlStore) -> None:
    """The id is that of all fields: another title is another content, of the same text."""
    first, second = make_content("A"), make_content("A", title="Another")
    with store.transaction() as tx:
        ids = tx.add_contents([first, second, first])
    with store.transaction() as tx:
        again = tx.add_contents([second, first])

    assert ids == (ids[0], ids[1], ids[0])
    assert again == (ids[1], ids[0])
    assert ids[0] != ids[1]


def test_the_same_capture_twice_changes_nothing(store: SqlStore) -> None:
    """After a crash, records are catalogued again."""
    looks = [(make_capture(0), make_content("A")), (make_capture(1), make_content("B"))]
    for _ in range(2):
        with store.transaction() as tx:
            add_looks(tx, looks)

    assert [version.look_count for version in store.get_versions(ITEM)] == [1, 1]
    assert store.count_status().capture_count == 2


def test_an_imported_look_counts_once(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0, look="seen"), make_content("A"))])
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(1, look="seen"), make_content("A")), (make_capture(2), make_content("A"))])
        known = tx.known_looks(["seen", "new", ""])

    assert known == {"seen"}
    assert [capture.id for capture in store.get_captures(ITEM)] == [sha("record 0"), sha("record 2")]


def test_a_capture_that_is_not_in_the_archive_is_refused(store: SqlStore) -> None:
    with pytest.raises(StationError, match="not in the archive yet"), store.transaction() as tx:
        tx.add_captures([(make_capture(0, id=None), None, None, None)])


def test_what_is_not_held_is_said_to_be_so(store: SqlStore) -> None:
    with pytest.raises(NotHeld):
        store.get_article(ITEM)
    with pytest.raises(NotHeld):
        store.get_version(CaptureId("record"))
    with pytest.raises(NotHeld):
        store.get_capture(CaptureId("record"))

    assert (store.get_versions(ITEM), store.get_captures(ITEM), store.get_latest([ITEM])) == ((), (), {})


def test_versions_stream_by_address_and_number_in_code_point_order(store: SqlStore) -> None:
    """Neither letter case nor the server's language decides, so an export is the same everywhere."""
    urls = [
        "https://b.example/",
        "https://B.example/",
        "https://a.example/Z",
        "https://a.example/a",
        "https://a.example/é",
    ]
    urls += [
        "https://a.example/文",
        "https://a.example/\U0001f33e",
        "https://a.example/\ufffd",
        "https://a.example/a-b",
    ]
    with store.transaction() as tx:
        for number, url in enumerate(urls):
            looks = [(make_capture(2 * number + part), make_content(f"{part}")) for part in range(2)]
            add_looks(tx, looks, article=ArticleId(f"{number:016}"), url=url)

    streamed = [(version.url, version.number) for version in store.iter_versions()]
    assert streamed == [(url, number) for url in sorted(urls) for number in (1, 2)]


def test_versions_stream_over_many_pages(store: SqlStore) -> None:
    """Articles without a version stand between them, and equal beginnings of long addresses do no harm."""
    long = "https://vesna.example/" + "%D0%B2" * 700
    with store.transaction() as tx:
        tx.add_links([(ArticleId(f"l{number:015}"), f"{URL}/{number}", make_link()) for number in range(300)])
        for number in range(205):
            article = ArticleId(f"{number:016}")
            add_looks(
                tx, [(make_capture(number), make_content(str(number)))], article=article, url=f"{long}{number:04}"
            )

    assert [version.content.text for version in store.iter_versions()] == [str(number) for number in range(205)]


def test_every_article_that_is_put_enters_the_outbox_again(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content("A"))])
        add_looks(tx, [(make_capture(1), make_content("A"))], article=OTHER)
    before = store.iter_outbox(10)
    store.clear_outbox(before[0][0])
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(2), make_content("B"))])

    assert [article for _, article in before] == [ITEM, OTHER]
    assert [article for _, article in store.iter_outbox(10)] == [OTHER, ITEM]
    assert store.iter_outbox(1) == [before[1]]


def test_a_number_of_the_outbox_never_comes_back(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content("A"))])
    ((first, _),) = store.iter_outbox(10)
    store.clear_outbox(first)
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(1), make_content("A"))])

    ((second, _),) = store.iter_outbox(10)
    assert second > first


def test_a_position_never_moves_back(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.advance("one", 7)
        tx.advance("two", 1)
    with store.transaction() as tx:
        tx.advance("one", 5)

    assert store.positions() == {"one": 7, "two": 1}


def test_a_source_comes_back_as_it_was_put(store: SqlStore) -> None:
    url = "https://vesna.example/feed.xml?" + "q" * 5000
    empty = SourceState(
        url=url, polled_at=None, next_poll_at=None, failure_count=0, earlier=None, sha256="", etag="", last_modified=""
    )
    earlier = Earlier(id=CaptureId(sha("record 0")), url=url, captured_at=NOON)
    polled = replace(empty, polled_at=NOON, next_poll_at=NOON + HOUR, earlier=earlier, sha256=sha("body 0"), etag='"1"')
    assert store.get_source(url) == empty

    with store.transaction() as tx:
        tx.put_source(replace(empty, failure_count=2), OUTLET)
        tx.put_source(polled, OUTLET)
        assert tx.get_source(url) == polled

    assert store.get_source(url) == polled


def test_captures_move_when_their_file_is_written_anew(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content("A")), (make_capture(1), make_content("A"))])
    place = Place(writer="one", leaf=0, file="one/2026/03/000000000000.warc.gz", offset=7, size=70)
    with store.transaction() as tx:
        tx.move_captures([(CaptureId(sha("record 0")), place)])

    assert [capture.place for capture in store.get_captures(ITEM)] == [place, make_capture(1).place]


# --- Links and what is due -------------------------------------------------------------------


def test_a_link_is_due_from_the_instant_it_was_found(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link(URL + "?ref=feed")), (ITEM, URL, make_link(URL + "?ref=home"))])

    (address,) = store.due(OUTLET, NOON, 10)
    assert (address.article, address.url, address.via) == (ITEM, URL + "?ref=feed", "https://vesna.example/feed.xml")
    assert (address.attempt_count, address.earlier, address.sha256, address.etag) == (0, None, "", "")
    assert store.due(OUTLET, NOON - timedelta(microseconds=1), 10) == ()
    assert store.get_article(ITEM) == Article(
        id=ITEM, url=URL, outlet=OUTLET, state=State.UNKNOWN, first_held_at=None, last_seen_at=None, checked_at=None
    )


def test_a_link_to_a_known_item_changes_nothing(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link(URL + "?ref=feed"))])
        add_looks(tx, [(make_capture(0), make_content("A"))])
    before = store.get_article(ITEM)
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link(URL + "?ref=home", found_at=NOON + HOUR))])

    (address,) = store.due(OUTLET, NOON + HOUR, 10)
    assert store.get_article(ITEM) == before
    assert address.url == URL + "?ref=feed"


def test_the_oldest_due_comes_first_and_then_the_smallest_id(store: SqlStore) -> None:
    late, early = make_link(found_at=NOON + HOUR), make_link(found_at=NOON)
    with store.transaction() as tx:
        tx.add_links([(ArticleId("c"), URL, late), (ArticleId("b"), URL, early), (ArticleId("a"), URL, early)])
        tx.add_links([(ArticleId("d"), URL, replace(early, outlet=OutletId("elsewhere")))])

    due = [address.article for address in store.due(OUTLET, NOON + HOUR, 10)]
    assert due == ["a", "b", "c"]
    assert [address.article for address in store.due(OUTLET, NOON + HOUR, 2)] == ["a", "b"]


def test_an_address_is_asked_with_the_validators_of_the_last_answer(store: SqlStore) -> None:
    """The body is that of the last answer with one of its own; later 304 and revisits may renew the validators."""
    first = make_capture(0, headers=(("ETag", '"old"'),))
    second = make_capture(1, headers=(("etag", '"1"'), ("LAST-MODIFIED", "Sun, 01 Mar 2026 13:00:00 GMT")))
    same = make_capture(2, status=304, repeats=repeat(second), headers=(("ETag", '"2"'),))
    lost = make_capture(3, kind=CaptureKind.FAILURE, status=None)
    with store.transaction() as tx:
        add_looks(
            tx, [(first, make_content("A")), (second, make_content("B")), (same, make_content("B")), (lost, None)]
        )

    (address,) = store.due(OUTLET, NOON + 9 * HOUR, 10)
    assert (address.earlier, address.sha256) == (repeat(second), sha("body 1"))
    assert (address.etag, address.last_modified) == ('"2"', "Sun, 01 Mar 2026 13:00:00 GMT")
    assert (address.url, address.attempt_count) == (URL, 1)


def test_an_imported_row_gives_no_body_to_compare_with(store: SqlStore) -> None:
    row = make_capture(0, kind=CaptureKind.ROW, time_basis=TimeBasis.IMPORTED, headers=())
    with store.transaction() as tx:
        add_looks(tx, [(row, make_content("A"))])

    (address,) = store.due(OUTLET, NOON + 9 * HOUR, 10)
    assert (address.earlier, address.sha256, address.etag) == (None, "", "")


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([{"kind": CaptureKind.FAILURE, "status": None}] * 3, 3),
        ([{"status": 503}, {"status": 429}], 2),
        ([{"kind": CaptureKind.FAILURE, "status": None}, {"status": 404}], 0),
        ([{"status": 503}, {"kind": CaptureKind.SIGHTING, "status": None}], 1),
    ],
)
def test_attempts_count_from_the_last_answer(store: SqlStore, looks: list[dict[str, object]], expected: int) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(leaf, **changes), None) for leaf, changes in enumerate(looks)])

    (address,) = store.due(OUTLET, NOON + timedelta(days=9), 10)
    assert address.attempt_count == expected


# --- Aliases ---------------------------------------------------------------------------------


def test_an_alias_leads_to_its_article_and_is_never_due(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_links([(OTHER, URL + "?old", make_link())])
        tx.add_alias(OTHER, ITEM)
        add_looks(tx, [(make_capture(0), make_content("A"))])
        tx.add_links([(OTHER, URL + "?old", make_link())])

    assert store.get_article(OTHER) == store.get_article(ITEM)
    assert [address.article for address in store.due(OUTLET, NOON + HOUR, 10)] == [ITEM]


def test_an_alias_that_was_held_before_keeps_its_own_versions(store: SqlStore) -> None:
    with store.transaction() as tx:
        add_looks(tx, [(make_capture(0), make_content("A"))], article=OTHER)
        tx.add_alias(OTHER, ITEM)
        add_looks(tx, [(make_capture(1), make_content("A"))])
        add_looks(tx, [(make_capture(2), make_content("A"))], article=OTHER)

    assert store.get_article(OTHER).id == OTHER
    assert [address.article for address in store.due(OUTLET, NOON + timedelta(days=9), 10)] == [ITEM]


def test_a_chain_of_aliases_leads_to_its_end_in_whatever_order_it_was_seen(store: SqlStore) -> None:
    a, b, c = (ArticleId(letter * 16) for letter in "abc")
    x, y, z = (ArticleId(letter * 16) for letter in "xyz")
    with store.transaction() as tx:
        tx.add_alias(a, b)
        tx.add_alias(b, c)
        tx.add_alias(y, z)
        tx.add_alias(x, y)
        add_looks(tx, [(make_capture(0), make_content("A"))], article=c)
        add_looks(tx, [(make_capture(1), make_content("A"))], article=z)

    assert [store.get_article(alias).id for alias in (a, b, c, x, y, z)] == [c, c, c, z, z, z]


def test_of_two_addresses_that_lead_to_each_other_the_later_observation_holds(store: SqlStore) -> None:
    """Otherwise neither would ever be looked at again."""
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link()), (OTHER, URL + "?new", make_link())])
        tx.add_alias(ITEM, OTHER)
        tx.add_alias(OTHER, ITEM)
        tx.add_alias(ITEM, ITEM)
        add_looks(tx, [(make_capture(0), make_content("A"))])

    assert store.get_article(OTHER).id == ITEM
    assert [address.article for address in store.due(OUTLET, NOON + HOUR, 10)] == [ITEM]


# --- Withdrawal ------------------------------------------------------------------------------


def test_a_withdrawn_article_is_forgotten_but_for_the_hashes_of_its_captures(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link(title_hint="A secret"))])
        add_looks(tx, [(make_capture(0), make_content("secret")), (make_capture(1), make_content("shared"))])
        add_looks(tx, [(make_capture(2), make_content("shared"))], article=OTHER)
    store.clear_outbox(store.iter_outbox(10)[-1][0])
    with store.transaction() as tx:
        tx.add_withdrawal(ITEM, url=URL, outlet=OUTLET, at=NOON, reason="safety of a person", records=[])
        tx.add_alias(ArticleId("led here"), ITEM)
        withdrawn = tx.withdrawn([ITEM, OTHER, ArticleId("led here")])
        tx.add_links([(ITEM, URL, make_link())])
        looks = tx.get_looks([ITEM])[ITEM]

    assert (store.get_versions(ITEM), store.get_latest([ITEM])) == ((), {})
    assert texts_of(store, OTHER) == ["shared"]
    assert withdrawn == {ITEM, "led here"}
    assert store.get_captures(ITEM) == (make_capture(0), make_capture(1))
    assert [(look.content, look.comparable) for look in looks] == [(None, None)] * 2
    assert store.get_article(ITEM).state is State.UNKNOWN
    assert store.get_article(ITEM).first_held_at is None
    assert [article for _, article in store.iter_outbox(10)] == [ITEM]
    assert ITEM not in {address.article for address in store.due(OUTLET, NOON + timedelta(days=999), 10)}


def test_an_address_can_be_withdrawn_that_was_never_held(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_withdrawal(ITEM, url=URL, outlet=OUTLET, at=NOON, reason="law", records=[])
        tx.add_withdrawal(ITEM, url=URL, outlet=OUTLET, at=NOON, reason="law", records=[])
        withdrawn = tx.withdrawn([ITEM])

    assert withdrawn == {ITEM}


# --- All of it -------------------------------------------------------------------------------


def fill(store: SqlStore) -> None:
    """Something in every table but that of leases."""
    with store.transaction() as tx:
        tx.add_links([(ITEM, URL, make_link()), (OTHER, URL + "?2", make_link())])
        add_looks(tx, [(make_capture(0), make_content("A")), (make_capture(1), make_content("B"))])
        tx.add_captures([(make_capture(2, kind=CaptureKind.SIGHTING, status=None), OTHER, None, None)])
        tx.add_captures([(make_capture(3, kind=CaptureKind.FAILURE, status=None), OTHER, None, None)])
        tx.add_captures([(make_capture(4, outlet="elsewhere", kind=CaptureKind.SOURCE, status=503), None, None, None)])
        tx.add_skips([Skip(step="collect", subject=URL, reason="no_answer")] * 2)
        tx.add_skips([Skip(step="import", subject="rows.jsonl:7", reason="bad_row", detail="no url")])
        tx.put_source(tx.get_source(URL), OUTLET)
        tx.add_alias(ArticleId("alias"), ITEM)
        tx.add_withdrawal(ArticleId("withdrawn"), url=URL, outlet=OUTLET, at=NOON, reason="law", records=[])
        tx.advance("one", 5)


def test_status_counts_everything_that_is_held(store: SqlStore) -> None:
    fill(store)

    counts = store.count_status()
    assert (counts.address_count, counts.article_count, counts.version_count) == (3, 1, 2)
    assert (counts.capture_count, counts.sighting_count) == (5, 1)
    assert counts.skips == {"bad_row": 1, "no_answer": 2}
    assert counts.size_bytes == {"elsewhere": 100, OUTLET: 400}
    assert counts.last_captured_at == {"elsewhere": NOON + 4 * HOUR, OUTLET: NOON + 3 * HOUR}


def test_the_health_of_an_outlet_tells_answers_failures_and_what_is_overdue(store: SqlStore) -> None:
    fill(store)

    elsewhere, vesna = store.list_outlet_health(NOON + HOUR)
    assert (elsewhere.outlet, elsewhere.last_answer_at, elsewhere.next_due_at) == ("elsewhere", None, None)
    assert (elsewhere.recent_count, elsewhere.recent_failure_count, elsewhere.overdue_count) == (1, 1, 0)
    assert (vesna.address_count, vesna.article_count, vesna.version_count) == (3, 1, 2)
    assert (vesna.last_answer_at, vesna.recent_count, vesna.recent_failure_count) == (NOON + HOUR, 3, 1)
    assert (vesna.next_due_at, vesna.overdue_count) == (NOON, 1)


def test_a_cleared_catalogue_is_empty_and_can_be_filled_again(store: SqlStore) -> None:
    fill(store)
    before = list(store.iter_versions()), store.count_status(), store.positions()
    store.clear()
    emptied = list(store.iter_versions()), store.count_status(), store.positions(), store.iter_outbox(10)
    fill(store)

    assert (emptied[0], emptied[1].capture_count, emptied[2], emptied[3]) == ([], 0, {}, [])
    assert (list(store.iter_versions()), store.count_status(), store.positions()) == before


def test_a_catalogue_opens_again_with_all_that_was_committed(store: SqlStore, store_url: str) -> None:
    fill(store)
    expected = list(store.iter_versions())
    store.close()

    again = open_store(store_url)
    try:
        assert list(again.iter_versions()) == expected
    finally:
        again.close()


def make_many(count: int) -> list[Capture]:
    return [make_capture(leaf) for leaf in range(count)]


def test_many_values_go_through_at_once(store: SqlStore) -> None:
    """More than one statement takes."""
    captures = make_many(1203)
    with store.transaction() as tx:
        add_looks(tx, [(capture, make_content(str(leaf))) for leaf, capture in enumerate(captures)])
        found = tx.looks_by_capture([capture.id for capture in captures if capture.id])

    assert len(found) == 1203
    assert texts_of(store) == [str(leaf) for leaf in range(1203)]


def test_an_index_made_anew_gets_every_article_that_has_a_version(store: SqlStore) -> None:
    fill(store)
    store.clear_outbox(store.iter_outbox(10)[-1][0])
    store.fill_outbox()
    store.fill_outbox()

    assert [article for _, article in store.iter_outbox(10)] == [ITEM]


def test_the_days_of_looks_leave_out_failures_and_assumed_times(store: SqlStore) -> None:
    day = timedelta(days=1)
    looks = [
        make_capture(0, captured_at=NOON + day),
        make_capture(1, captured_at=datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)),
        make_capture(2, captured_at=datetime(2026, 3, 1, tzinfo=UTC)),
        make_capture(3, captured_at=NOON + 5 * day, kind=CaptureKind.FAILURE, status=None),
        make_capture(4, captured_at=NOON + 6 * day, time_basis=TimeBasis.ASSUMED),
        make_capture(5, captured_at=NOON + 7 * day, outlet=OutletId("elsewhere"), kind=CaptureKind.LISTING),
    ]
    with store.transaction() as tx:
        tx.add_captures([(capture, None, None, None) for capture in looks])

    expected = {"elsewhere": [date(2026, 3, 8)], OUTLET: [date(2026, 3, 1), date(2026, 3, 2)]}
    assert store.list_look_days() == expected
