"""The fictional world: what it holds, and that everything planted in it is there."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from caversham.demo.pages import Answer, render
from caversham.demo.world import Damage, Event, Item, Sight, load_world, outlet_files, planned_instants
from caversham.outlets.catalogue import check_outlets, edition_of, load_catalogue
from caversham.types import Role

WORLD = load_world()
MINUTE = timedelta(minutes=1)


def body_of(answer: Answer) -> str:
    charset = dict(answer.headers).get("Content-Type", "charset=utf-8").partition("charset=")[2]
    return answer.body.decode(charset)


def look(site: str, path: str, now: datetime) -> Answer:
    return render(WORLD, site, path, now)


def find(story: str, site: str, language: str) -> Item:
    return next(item for item in WORLD.items if (item.story, item.site, item.language) == (story, site, language))


def test_the_world_holds_this_much() -> None:
    """Items by site and language; whoever adds or drops one sees it here."""
    by_site = Counter(item.site for item in WORLD.items)
    by_language = Counter(item.language for item in WORLD.items)

    assert by_site == {"home": 29, "world": 28, "daily": 10, "lantern": 3, "minute": 3}
    assert by_language == {"es": 39, "en": 14, "fr": 11, "zh": 4, "ar": 4, "ru": 1}


def test_one_address_is_one_item() -> None:
    """No two items share a site and path, and none hides a page, feed or sitemap of its site."""
    places = [(item.site, item.path) for item in WORLD.items]
    pages = {(site.id, page.path) for site in WORLD.sites.values() for page in site.pages}
    feeds = {(site.id, feed.path) for site in WORLD.sites.values() for feed in site.feeds}

    assert len(set(places)) == len(places)
    assert not (pages | feeds) & set(places)


@pytest.mark.parametrize("event", WORLD.events, ids=lambda event: f"{event.kind}-{event.site}{event.path}")
def test_every_planted_event_is_seen_by_looking_before_and_after(event: Event) -> None:
    """One minute before the instant the old state stands, at the instant the new one."""
    for sights, now in ((event.before, event.at - MINUTE), (event.after, event.at)):
        for sight in sights:
            assert_seen(sight, look(event.site, sight.path, now))


def assert_seen(sight: Sight, answer: Answer) -> None:
    text = body_of(answer)
    assert answer.status == sight.status
    assert [part for part in sight.holds if part not in text] == []
    assert [part for part in sight.lacks if part in text] == []


def test_every_change_of_an_item_is_in_the_timeline() -> None:
    """The timeline is complete: later features are tested against it."""
    planned = {(event.site, event.path, event.at) for event in WORLD.events}
    changes = {(item.site, item.path, showing.since) for item in WORLD.items for showing in item.showings[1:]}

    assert changes - planned == set()


def test_each_kind_of_change_is_planted() -> None:
    """The kinds of the contract of `changes`, apart from `missing` and `gone`, which only later looks tell apart."""
    kinds = {event.kind for event in WORLD.events}

    assert kinds >= {
        "edited", "moved", "replaced", "reissued", "delisted", "redated", "backdated", "restricted", "missing",
        "gone", "returned", "none", "outage", "robots",
    }  # fmt: skip


def test_planned_instants_see_every_state_of_every_item() -> None:
    """Between two changes of an item lies an instant, and the month begins and ends with one."""
    instants = planned_instants(WORLD)
    lives = [[showing.since for showing in item.showings] + [WORLD.ends] for item in WORLD.items]
    unseen = [
        (since, until)
        for life in lives
        for since, until in pairwise(life)
        if not any(since <= instant < until for instant in instants)
    ]

    assert (instants[0], instants[-1]) == (WORLD.begins, WORLD.ends)
    assert list(instants) == sorted(set(instants))
    assert unseen == []


@pytest.mark.parametrize("damage", WORLD.damages, ids=lambda damage: damage.text)
def test_planted_damage_stands_in_its_page(damage: Damage) -> None:
    """Each broken place is found once, as written; the headline is repeated on a line of its own."""
    item = WORLD.find_item(damage.site, damage.path)

    assert item is not None
    assert item.showings[0].text.count(damage.text) == 1


def test_claims_rest_where_the_timeline_says() -> None:
    """What a foreign page attributes stands in it, and the passage it rests on stands in its source."""
    for claim in WORLD.claims:
        page = WORLD.find_item(claim.site, claim.path)
        assert page is not None
        assert claim.text in f"{page.showings[0].title}\n{page.showings[0].text}"
        if claim.rests_on:
            source = WORLD.find_item(*claim.rests_on.split(":"))
            assert source is not None
            assert claim.rests_text in source.showings[0].text


def test_one_edition_loses_the_condition_of_the_statement() -> None:
    """Spanish, French, Chinese and Arabic keep "unless"; English makes two sentences of it."""
    conditions = {"es": "a menos que", "fr": "à moins que", "zh": "除非", "ar": "ما لم", "en": "unless"}
    texts = {item.language: item.showings[0].text for item in WORLD.items if item.path in STATEMENTS}

    kept = {language: condition in texts[language] for language, condition in conditions.items()}

    assert kept == {"es": True, "fr": True, "zh": True, "ar": True, "en": False}


STATEMENTS = ("/nota/26021.html", "/en/news/4411", "/fr/depeche/4412", "/zh/xinwen/4413", "/ar/khabar/4414")


def test_hard_pages_are_served_as_hard_as_they_are() -> None:
    """A NUL byte, decomposed letters, a legacy charset, a year, a month, no date, and right-to-left text."""
    now = WORLD.ends
    salt = look("world", "/fr/depeche/4418", now)
    weather = body_of(look("home", "/nota/26014.html", now))
    proclamation = look("home", "/archivo/1948/proclama.html", now)

    assert salt.body.count(b"\0") == 1
    assert unicodedata.normalize("NFD", "Pronóstico") in weather
    assert unicodedata.normalize("NFC", "Pronóstico") not in weather.partition("<article")[2].partition("</article>")[0]
    assert "Compañía de la Sal".encode("latin-1") in proclamation.body
    printed = [WORLD.find_item("home", path) for path in DATED]
    assert [item.showings[0].printed for item in printed if item] == list(DATED.values())
    assert 'dir="rtl"' in body_of(look("world", "/ar/khabar/4404", now))


DATED = {
    "/archivo/1948/proclama.html": "1 de septiembre de 1948",
    "/archivo/1961/plan.html": "1961",
    "/archivo/1987/protocolo-lumbra.html": "Junio de 1987",
    "/nota/26093.html": "",
    "/nota/26011.html": "2 de marzo de 2026, 11:20",
}


def test_the_greeting_of_the_year_before_is_a_near_twin() -> None:
    """Most words are the same; the ferry is only in the later one, the conversation only in the earlier."""
    earlier, later = (find(story, "world", "en").showings[0].text for story in ("telegram-2025", "telegram-2026"))
    shared = set(earlier.split()) & set(later.split())

    assert len(shared) / len(set(later.split())) > 0.75
    assert "ferry" in later
    assert "ferry" not in earlier
    assert "conversation last autumn" in earlier
    assert "conversation last autumn" not in later


def test_furniture_changes_while_the_item_does_not() -> None:
    """Clock and counter make every look differ in bytes; the validators follow the item alone."""
    at = find("obituary", "home", "es").shown_at
    looks = [look("home", "/nota/26064.html", at + timedelta(hours=hours)) for hours in (1, 2)]

    assert looks[0].body != looks[1].body
    assert looks[0].headers == looks[1].headers


def test_the_outlets_of_the_world_pass_the_check_of_the_catalogue(tmp_path: Path) -> None:
    """The two foreign sites do not count as state outlets, and every item belongs to an edition of its language."""
    for name, text in outlet_files(WORLD).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    catalogue = load_catalogue([tmp_path])
    ids = {site.outlet for site in WORLD.sites.values()}
    editions = [
        (item, edition_of(catalogue.get(WORLD.sites[item.site].outlet), WORLD.url(item.site, item.path)))
        for item in WORLD.items
    ]

    assert check_outlets(tmp_path) == ()
    assert {name for name in ids if catalogue.get(name).role is Role.STATE} == {"almap", "voz-de-seren"}
    assert [item.path for item, edition in editions if edition is None or edition.language != item.language] == []
    assert all(catalogue.find_by_host(site.base) is catalogue.get(site.outlet) for site in WORLD.sites.values())


def test_the_rule_of_the_agency_reads_each_of_its_pages(tmp_path: Path) -> None:
    """Title and paragraphs come out as they were written; furniture, captions and links in the text do not."""
    (tmp_path / "almap.toml").write_text(outlet_files(WORLD)["almap.toml"], encoding="utf-8")
    selectors = load_catalogue([tmp_path]).get("almap").rules[0].selectors
    items = [item for item in WORLD.items if item.site in {"home", "world"} and "\0" not in item.showings[0].text]
    wrong = [item.path for item in items if read(item, selectors) != (item.showings[0].title, item.showings[0].text)]

    assert wrong == []


def read(item: Item, selectors: Mapping[str, str]) -> tuple[str, str]:
    tree = LexborHTMLParser(body_of(look(item.site, item.path, item.shown_at)))
    for node in tree.css(selectors["remove"]):
        node.decompose()
    lines = [line.strip() for line in tree.css(selectors["body"])[0].text().splitlines()]
    text = "\n\n".join(line for line in lines if line)
    title = tree.css(selectors["title"])[0].text()
    return unicodedata.normalize("NFC", title), unicodedata.normalize("NFC", text)


def test_other_ports_go_into_the_outlets_too() -> None:
    """Ports may be swapped among sites without one standing in for two."""
    swapped = WORLD.at_ports({"home": 18302, "world": 18301, "minute": 40000})
    files = outlet_files(swapped)

    assert 'url = "http://127.0.0.1:18302/atom.xml"' in files["almap.toml"]
    assert 'url = "http://127.0.0.1:18301/en/rss.xml"' in files["almap.toml"]
    assert "127.0.0.1:40000" in files["minute-ovale.toml"]
    assert "18305" not in "".join(files.values())


def test_no_real_outlet_is_named_in_the_fictional_world() -> None:
    """Everything in it is invented."""
    texts = "\n".join(f"{showing.title}\n{showing.text}" for item in WORLD.items for showing in item.showings)
    names = {name for outlet in load_catalogue() for name in (outlet.name, *outlet.names.values()) if len(name) > 2}

    assert {name for name in names if name in texts.split() or (" " in name and name in texts)} == set()
