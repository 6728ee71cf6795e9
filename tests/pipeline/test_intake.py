"""The catalogue is a function of the records: neither where batches were cut nor when they came changes it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings, strategies as st

from caversham.collect.imports import canonical_json, make_failure, make_listing
from caversham.errors import NotHeld
from caversham.pipeline.intake import take_in
from caversham.serve import documents
from caversham.station import Station
from caversham.store import open_store
from caversham.types import (
    Capture,
    CaptureKind,
    Content,
    Earlier,
    Link,
    OutletId,
    Skip,
    TimeBasis,
)
from tests.stations import StandingClock, make_station

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
URLS = tuple(f"http://agency.example/news/{number}" for number in range(4))
OUTLETS = (OutletId("one"), OutletId("two"))
SOURCE = "http://agency.example/rss.xml"
LOOKS = (
    "page",
    "row",
    "sighting",
    "failure",
    "missing",
    "broken",
    "listing",
    "source",
    "redirect",
    "canonical",
    "home",
)
EVENTS = (*LOOKS, "revisit")
WITHDRAWN = ("page", "row", "sighting", "failure", "missing", "listing", "revisit", "withdraw")
TABLES = {  # every column that the archive decides
    "captures": "*",
    "contents": "*",
    "texts": "id",
    "articles": "*",
    "versions": "*",
    "aliases": "*",
    "withdrawals": "*",
    "sources": "*",
    "skips": "step, subject, reason, detail",
}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens to an address; `ends_batch`: what came so far is taken in."""

    kind: str
    url: str
    other: str  # where a redirect or a canonical hint leads
    outlet: OutletId
    minute: int
    text: str
    ends_batch: bool


def events(kinds: Sequence[str]) -> st.SearchStrategy[list[Event]]:
    """Lists of events of these kinds."""
    one = st.builds(
        Event,
        kind=st.sampled_from(kinds),
        url=st.sampled_from(URLS),
        other=st.sampled_from(URLS),
        outlet=st.sampled_from(OUTLETS),
        minute=st.integers(0, 30),
        text=st.sampled_from("ABC"),
        ends_batch=st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=10)


def read_body(capture: Capture) -> Content:
    """An extractor for bodies that are JSON: title, text and canonical as they say."""
    body = json.loads(capture.body)
    return Content(title=body["title"], text=body["text"], canonical=body.get("canonical"), extractor="test@1")


def to_capture(event: Event, number: int) -> Capture:
    """The look that an event is; its number keeps it apart from all others."""
    at = BEGIN + timedelta(minutes=event.minute, microseconds=number)
    skip = Skip(step="collect", subject=event.url, reason="timeout", detail=str(number))
    if event.kind == "failure":
        return make_failure(skip, url=event.url, now=at, via="", outlet=event.outlet)
    if event.kind == "listing":
        link = Link(url=event.url, outlet=event.outlet, source=SOURCE, found_at=at, title_hint=event.text)
        return make_listing([link], url=SOURCE, outlet=event.outlet, now=at, via="feed")
    said = {"url": event.url, "title": f"Title {event.text}", "text": f"Text {event.text}"}
    if event.kind == "canonical":
        said["canonical"] = event.other
    kinds = {"row": CaptureKind.ROW, "sighting": CaptureKind.SIGHTING, "source": CaptureKind.SOURCE}
    statuses = {"row": None, "sighting": None, "missing": 404, "broken": 503}
    finals = {"redirect": event.other, "home": "http://agency.example/"}
    url = SOURCE if event.kind == "source" else event.url
    is_import = event.kind in {"row", "sighting"}
    capture = Capture(
        url=url,
        final_url=finals.get(event.kind, url),
        outlet=event.outlet,
        kind=kinds.get(event.kind, CaptureKind.PAGE),
        captured_at=at,
        time_basis=TimeBasis.IMPORTED if is_import else TimeBasis.OBSERVED,
        status=statuses.get(event.kind, 200),
        body=canonical_json(said),
        via=SOURCE,
        look=f"look-{number}" if is_import else "",
    )
    return with_hop(capture) if capture.final_url != capture.url else capture


def with_hop(capture: Capture) -> Capture:
    """The capture with the redirect that led to it."""
    hop = Capture(
        url=capture.url,
        final_url=capture.url,
        outlet=capture.outlet,
        kind=CaptureKind.REDIRECT,
        captured_at=capture.captured_at,
        time_basis=capture.time_basis,
        status=301,
        headers=(("Location", capture.final_url),),
    )
    return Capture(**{name: getattr(capture, name) for name in Capture.__slots__} | {"hops": (hop,)})


def make_revisit(station: Station, event: Event, number: int) -> Capture | None:
    """A look that repeats the last body held of the address; None: none is held."""
    try:
        looks = station.article(event.url).captures
    except NotHeld:
        return None
    bodies = [look for look in looks if look.kind is CaptureKind.PAGE and look.status == 200 and look.repeats is None]
    if not bodies or bodies[-1].id is None:
        return None
    last = bodies[-1]
    assert last.id is not None
    return Capture(
        url=event.url,
        final_url=last.final_url,
        outlet=event.outlet,
        kind=CaptureKind.PAGE,
        captured_at=BEGIN + timedelta(minutes=event.minute, microseconds=number),
        time_basis=TimeBasis.OBSERVED,
        status=304,
        sha256=last.sha256,
        repeats=Earlier(id=last.id, url=last.final_url, captured_at=last.captured_at),
    )


@cache
def empty_catalogue() -> bytes:
    """A catalogue in which nothing is, so that its tables are made once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.db"
        open_store(path).close()
        return path.read_bytes()


@contextmanager
def new_station() -> Iterator[Station]:
    """A station whose extractor reads the bodies of these tests."""
    folder = Path(tempfile.mkdtemp())
    try:
        with make_station(folder / "station", StandingClock()) as station:
            (folder / "station" / "catalogue.db").write_bytes(empty_catalogue())
            station.__dict__["extract"] = read_body
            yield station
    finally:
        shutil.rmtree(folder)


def take(station: Station, captures: Sequence[Capture]) -> None:
    """Take a batch in."""
    take_in(captures, archive=station.archive, store=station.store, extract=station.extract)


def live(station: Station, happened: Sequence[Event]) -> None:
    """Let everything happen, in batches cut where the events say."""
    waiting: list[Capture] = []
    for number, event in enumerate(happened):
        if event.kind in {"revisit", "withdraw"}:  # what these rest on was acknowledged before
            take(station, waiting)
            waiting = []
        if event.kind == "withdraw":
            withdraw(station, event.url)
        elif event.kind == "revisit":
            waiting += filter(None, [make_revisit(station, event, number)])
        else:
            waiting.append(to_capture(event, number))
        if event.ends_batch:
            take(station, waiting)
            waiting = []
    take(station, waiting)


def withdraw(station: Station, url: str) -> None:
    """Withdraw an address that is held."""
    try:
        station.withdraw(url, reason="test")
    except NotHeld:
        return


def tables(station: Station) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the catalogue."""
    with closing(sqlite3.connect(station.folder / "catalogue.db")) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}"), key=repr)  # noqa: S608 # our own names
            for table, columns in TABLES.items()
        }


def exported(station: Station) -> list[dict[str, object]]:
    """Every row of the export."""
    return [documents.export_row(version) for version in station.export()]


UNHURRIED = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


@UNHURRIED
@given(events(EVENTS))
def test_rebuild_gives_the_same_rows_wherever_batches_were_cut(happened: list[Event]) -> None:
    """Live in small batches, rebuilt in large ones: every table is the same, row for row."""
    with new_station() as station:
        live(station, happened)
        before = tables(station)

        station.rebuild()

        assert tables(station) == before


@UNHURRIED
@given(events(WITHDRAWN))
def test_rebuild_gives_the_same_export_after_withdrawals(happened: list[Event]) -> None:
    """What is withdrawn stays so, and what is left is the same."""
    with new_station() as station:
        live(station, happened)
        before = exported(station)

        station.rebuild()

        assert exported(station) == before


@UNHURRIED
@given(events(("row", "sighting", "page", "missing", "failure")), st.randoms(use_true_random=False))
def test_the_order_in_which_looks_come_does_not_matter(happened: list[Event], random: object) -> None:
    """An older look that comes later takes its place in the past; outlet, state and versions are as if it came first."""
    looks = [to_capture(event, number) for number, event in enumerate(happened)]
    shuffled = looks.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random

    with new_station() as straight, new_station() as mixed:
        take(straight, looks)
        for look in shuffled:
            take(mixed, [look])

        assert exported(mixed) == exported(straight)


@UNHURRIED
@given(events(("row", "sighting")))
def test_importing_twice_changes_nothing(happened: list[Event]) -> None:
    """Equal imported looks are one look."""
    looks = [to_capture(event, number) for number, event in enumerate(happened)]
    with new_station() as station:
        take(station, looks)
        before = tables(station)

        take(station, looks)

        assert tables(station) == before


def page(url: str, *, led_from: str = "", minute: int = 0, canonical: str | None = None) -> Capture:
    """A page with text A that answers at `url`, asked for there or at an address that leads there."""
    kind = "redirect" if led_from else "canonical" if canonical else "page"
    event = Event(
        kind=kind,
        url=led_from or url,
        other=canonical or url,
        outlet=OUTLETS[0],
        minute=minute,
        text="A",
        ends_batch=True,
    )
    return to_capture(event, minute)


def test_every_address_that_leads_to_an_article_is_its_alias_though_they_come_together() -> None:
    """One that was forgotten would be asked again in each round for ever."""
    with new_station() as station:
        take(station, [page(URLS[0], led_from=URLS[1]), page(URLS[0], led_from=URLS[2], minute=1)])

        assert [station.article(url).article.url for url in URLS[:3]] == [URLS[0]] * 3


def test_a_look_that_repeats_a_page_of_another_address_leaves_the_articles_address() -> None:
    """rel=canonical led the first look to the article; the answer 304 says nothing of it."""
    with new_station() as station:
        take(station, [page(URLS[1], canonical=URLS[0])])
        again = make_revisit(
            station,
            Event(kind="revisit", url=URLS[1], other="", outlet=OUTLETS[0], minute=9, text="", ends_batch=True),
            9,
        )
        assert again is not None
        take(station, [again])

        assert [version.url for version in station.export()] == [URLS[0]]


def test_what_was_withdrawn_does_not_come_back_by_another_way() -> None:
    """Neither by a redirect nor by a row that only has its title."""
    with new_station() as station:
        take(station, [page(URLS[0])])
        station.withdraw(URLS[0], reason="test")
        sighting = Event(kind="sighting", url=URLS[0], other="", outlet=OUTLETS[0], minute=3, text="A", ends_batch=True)

        tally = take_in(
            [page(URLS[0], led_from=URLS[1], minute=2), to_capture(sighting, 3)],
            archive=station.archive,
            store=station.store,
            extract=station.extract,
        )

        assert (dict(tally.outcomes), dict(tally.skips)) == ({"skipped": 2}, {"withdrawn": 2})
        assert list(station.export()) == []


def test_a_damaged_record_is_one_loss_of_a_rebuild() -> None:
    """What can be read is catalogued; `verify` says where the damage is."""
    with new_station() as station:
        take(station, [page(url, minute=minute) for minute, url in enumerate(URLS)])
        (look,) = station.article(URLS[1]).captures
        assert look.place is not None
        with (station.folder / "archive" / look.place.file).open("r+b") as file:
            file.seek(look.place.offset)
            file.write(bytes(look.place.size))

        tally = station.rebuild()

        assert [version.url for version in station.export()] == [URLS[0], *URLS[2:]]
        assert dict(tally.skips) == {"broken_member": 1}
