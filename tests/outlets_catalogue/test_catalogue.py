"""The catalogue of outlets: what a file may hold, and how outlets are found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from selectolax.lexbor import LexborHTMLParser

from caversham.errors import SettingsError
from caversham.outlets.catalogue import Catalogue, check_outlets, edition_of, load_catalogue
from caversham.outlets.schema import parse_outlet
from caversham.types import Audience, Edition, Outlet, OutletId, Role

CATALOGUE = load_catalogue()


def parse(text: str, name: str = "sample") -> Outlet:
    return parse_outlet(text.encode(), id=name, where=f"outlets/xx/{name}.toml")


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return str(caught.value)


def test_the_package_holds_the_state_media_of_every_continent() -> None:
    """At least a hundred state outlets in forty countries, and the wires and relays that chains run through."""
    by_role = {role: [outlet for outlet in CATALOGUE if outlet.role is role] for role in Role}

    assert len(by_role[Role.STATE]) >= 100
    assert len({outlet.country for outlet in by_role[Role.STATE]}) >= 40
    assert by_role[Role.WIRE]
    assert by_role[Role.RELAY]


@pytest.mark.parametrize("outlet", CATALOGUE, ids=lambda outlet: outlet.id)
def test_every_fact_of_the_package_has_a_source(outlet: Outlet) -> None:
    """What is set and nobody vouches for is a rumour; names, countries and time zones anybody can check."""
    vouched = (
        "role", "control", "organ_of", "audience", "editions", "hosts", "mirrors", "predecessors", "closed_on",
        "legal_note", "sources", "rules",
    )  # fmt: skip
    unset = ("", "unknown", None, ())
    missing = [key for key in vouched if getattr(outlet, key) not in unset and key not in outlet.facts]

    assert missing == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("KCNA", "kcna"),
        ("kremlin.ru", "kremlin-ru"),
        ("Fars News Agency", "fars"),
        ("Tehran Times", "tehran-times"),
        ("조선중앙통신", "kcna"),
        ("  tass ", "tass"),
        ("ITAR-TASS", "tass"),
        ("新华社", "xinhua"),
        ("DPRK New Year address", None),
        ("", None),
    ],
)
def test_an_outlet_is_found_by_any_of_its_names(name: str, expected: str | None) -> None:
    """Case and white space do not count; the names in the outlet field of real rows are among them."""
    outlet = CATALOGUE.find_by_name(name)

    assert (outlet.id if outlet else None) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://www.kcna.kp/en/article/q/1.kcmsf", "kcna"),
        ("https://anything.people.com.cn/n1/2024/", "peoples-daily"),
        ("kremlin.ru", "kremlin-ru"),
        ("HTTP://KREMLIN.RU:80/x", "kremlin-ru"),
        ("http://kcna.kp:8080/", "kcna"),
        ("http://kcna.co.jp./", "kcna"),
        ("http://notkcna.kp/", None),
        ("http://kcna.kp.example.org/", None),
        ("http://[::1]/", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_an_outlet_is_found_by_its_hosts_and_what_lies_under_them(address: str, expected: str | None) -> None:
    """A host stands for its subdomains, never for a name that merely ends alike."""
    outlet = CATALOGUE.find_by_host(address)

    assert (outlet.id if outlet else None) == expected


def test_the_longest_host_wins(tmp_path: Path) -> None:
    """An outlet at a subdomain of another's host is not taken for it."""
    (tmp_path / "inner.toml").write_text('name = "Inner"\nhosts = ["inner.tass.ru"]\n')
    catalogue = load_catalogue([tmp_path])

    found = [catalogue.find_by_host(url) for url in ("http://a.inner.tass.ru/", "http://outer.tass.ru/")]

    assert [outlet.id for outlet in found if outlet] == ["inner", "tass"]


def test_hosts_with_ports_are_told_apart_by_them(tmp_path: Path) -> None:
    """Two sites on one machine differ by their port alone."""
    (tmp_path / "one.toml").write_text('name = "One"\nhosts = ["127.0.0.1:8001"]\n')
    (tmp_path / "two.toml").write_text('name = "Two"\nhosts = ["127.0.0.1:8002"]\n')
    catalogue = load_catalogue([tmp_path])

    found = [catalogue.find_by_host(f"http://127.0.0.1{port}/x") for port in (":8001", ":8002", ":8003", "")]

    assert [outlet.id if outlet else None for outlet in found] == ["one", "two", None, None]


def test_an_unknown_id_names_the_near_ones() -> None:
    """Whoever mistypes an id, or gives a name for it, is told the id."""
    for wrong in ("kcn", "Korean Central News Agency"):
        with pytest.raises(SettingsError, match=r"did you mean 'kcna'"):
            CATALOGUE.get(wrong)


def test_an_edition_is_recognised_by_host_then_path_then_language() -> None:
    """The address decides before the language, which may be misread."""
    by_host = Edition(language="de", hosts=("de.example.org",))
    by_path = Edition(language="en", path_prefix="/en/")
    by_language = Edition(language="ko", audience=Audience.DOMESTIC)
    outlet = Outlet(id=OutletId("sample"), name="Sample", editions=(by_host, by_path, by_language))
    looks = [
        ("http://de.example.org/en/1", "en"),
        ("http://example.org/en/1", None),
        ("http://example.org/en", "ko"),
        ("http://example.org/english/1", "en"),
        ("http://example.org/1", "ko"),
        ("http://example.org/1", "und"),
    ]

    found = [edition_of(outlet, url, language) for url, language in looks]

    assert found == [by_host, by_path, by_path, None, by_language, None]


def test_an_adhoc_outlet_has_a_stable_id_and_claims_nothing() -> None:
    """Role and control of an outlet that nobody described are unknown."""
    outlet = CATALOGUE.adhoc("  DPRK New  Year address ")

    assert outlet == Outlet(id=OutletId("dprk-new-year-address"), name="DPRK New Year address")
    assert (outlet.role, outlet.control) == (Role.UNKNOWN, "unknown")


def test_an_adhoc_outlet_never_takes_an_id_of_the_catalogue_or_of_another_script() -> None:
    """Two names that fold to the same letters stay two outlets."""
    ids = [
        CATALOGUE.adhoc(name).id for name in ("Tass", "한국 A", "日本 A", "新华每日", "Élan", "Elan", "a.example.org")
    ]

    assert ids == [
        "tass-adhoc", "a-a1ac13da", "a-7259431d", "outlet-6fca3c14", "elan", "elan", "a-example-org",
    ]  # fmt: skip
    assert CATALOGUE.adhoc("a.example.org").hosts == ("a.example.org",)


@given(st.text())
def test_any_name_is_an_adhoc_outlet_or_an_error(name: str) -> None:
    """Ids are file names: lower-case ASCII, digits and single hyphens."""
    try:
        outlet = CATALOGUE.adhoc(name)
    except SettingsError:
        assert not name.split()
    else:
        assert parse('name = "x"', outlet.id).id == outlet.id
        assert outlet.id not in CATALOGUE


@given(st.text())
def test_no_address_breaks_the_search_by_host(address: str) -> None:
    """Addresses come from outside."""
    assert CATALOGUE.find_by_host(f"http://{address}/") is None or "." in address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "name: is missing"),
        ('name = "x"\nqqqqqq = 1', "qqqqqq: is not a key of this table; known keys: agency_credits,"),
        ('name = "x"\ncolour = "red"', "colour: is not a key of this table; did you mean"),
        ('name = "x"\nhots = ["a.org"]', "hots: is not a key of this table; did you mean 'hosts'?"),
        ("name = 3", "name: must be a string"),
        ('name = "x"\ncountry = "kp"', "country: must be an ISO 3166-1"),
        ('name = "x"\ncountry = "UK"', "country: must be an ISO 3166-1"),
        ('name = "x"\ntimezone = "Mars/Olympus"', "timezone: must be an IANA name"),
        ('name = "x"\ntimezone = "../etc/passwd"', "timezone: must be an IANA name"),
        ('name = "x"\nhosts = ["https://a.org"]', "hosts: 'https://a.org' is not a host"),
        ('name = "x"\nhosts = ["A.org"]', "hosts: 'A.org' is not a host"),
        ('name = "x"\nhosts = ["a.org", "a.org"]', "hosts: names something twice"),
        ('name = "x"\nhosts = "a.org"', "hosts: must be a list of strings"),
        ('name = "x"\nrole = "boss"', "role: must be one of state, wire"),
        ('name = "x"\ncontrol = "SC"', "control: is a judgement of others"),
        ('name = "x"\ncontrol = "bad"', "control: must be one of"),
        ('name = "x"\ndelay_s = -1', "delay_s: must be a number of seconds from 0"),
        ('name = "x"\ndelay_s = true', "delay_s: must be a number of seconds from 0"),
        ('name = "x"\nclosed_on = "2020-01-01"', "closed_on: must be a date"),
        ('name = "x"\n[names]\nenglish = "x"', "names.english: 'english' is not a primary"),
        ('name = "x"\n[[editions]]\nlanguage = "en"\npath_prefix = "en/"', "editions[1].path_prefix: must begin"),
        (
            'name = "x"\n[[sources]]\nkind = "rss"\nurl = "http://a.org/"',
            "sources[1].kind: must be one of archive, feed",
        ),
        ('name = "x"\n[[sources]]\nkind = "feed"\nurl = "ftp://a.org/"', "sources[1].url: must be an http"),
        ('name = "x"\n[[sources]]\nkind = "feed"\nurl = "http://u:p@a.org/"', "sources[1].url: must be an http"),
        ('name = "x"\n[[sources]]\nkind = "listing"\nurl = "http://a.org/"', "sources[1].selectors: a listing needs"),
        ('name = "x"\n[[rules]]\nselectors = {body = "div["}', "rules[1].selectors.body: 'div[' is not a CSS"),
        ('name = "x"\n[[rules]]\nselectors = {text = "p"}', "rules[1].selectors.text: is not known"),
        ('name = "x"\n[[rules]]\nselectors = {title = "h1"}', "rules[1].selectors: a rule needs at least"),
        (
            'name = "x"\n[[rules]]\nsince = 2020-02-01\nuntil = 2020-01-01\nselectors = {body = "p"}',
            "lies before since",
        ),
        ('name = "x"\n[facts.country]\nsource = "s"', "facts.country: cites a key that this file does not set"),
        ('name = "x"\n[facts.name]\nsource = "s"\nby = "me"', "facts.name.by: is not a key"),
        ("name = ", "is not TOML in UTF-8"),
        ("a = " + "[" * 5000, "is not TOML in UTF-8"),
    ],
)
def test_a_file_that_says_something_wrong_is_refused_by_key(text: str, expected: str) -> None:
    """The message begins with the file and names the key and what to do."""
    message = refusal(text)

    assert message.startswith("outlets/xx/sample.toml: ")
    assert expected in message


RULES = 'name = "x"\nhosts = ["a.org", "b.org"]\n' + "[[rules]]\nselectors = {{body = 'p'}}\n{}\n" * 2


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        ("", "", True),
        ("until = 2020-01-01", "since = 2020-01-01", True),
        ("until = 2020-01-01", "since = 2020-01-02", False),
        ('hosts = ["a.org"]', 'hosts = ["b.org"]', False),
        ('hosts = ["a.org"]', "", True),
        ("since = 2020-01-02", "until = 2020-01-01", False),
    ],
)
def test_two_rules_for_one_host_and_day_are_refused(first: str, second: str, *, is_refused: bool) -> None:
    """Both days of a rule's period belong to it."""
    text = RULES.format(first, second)

    if is_refused:
        assert "rules 1 and 2 cover the same host" in refusal(text)
    else:
        assert len(parse(text).rules) == 2


def test_a_file_name_that_is_no_id_is_refused() -> None:
    """The id is the file's name, and nothing else."""
    for name in ("Kcna", "a--b", "-a", "a_b", ""):
        with pytest.raises(SettingsError, match="the file name is the outlet's id"):
            parse('name = "x"', name)


def test_check_reports_every_problem_of_a_folder(tmp_path: Path) -> None:
    """A name or host that another file has, a country in the wrong folder, a broken file: each is told."""
    (tmp_path / "kr").mkdir()
    (tmp_path / "kr" / "wrong.toml").write_text('name = "Wrong"\ncountry = "KP"\n')
    (tmp_path / "a.toml").write_text('name = "A"\nhosts = ["www.kcna.kp"]\n')
    (tmp_path / "b.toml").write_text('name = "tass"\n')
    (tmp_path / "c.toml").write_bytes(b"\xff")
    (tmp_path / "d.toml").write_text('name = "D"\n')

    problems = [problem.replace(str(tmp_path), "DIR") for problem in check_outlets(tmp_path)]

    assert [problem.split(": ")[0] for problem in problems] == [
        "DIR/a.toml", "DIR/b.toml", "DIR/c.toml", "DIR/kr/wrong.toml",
    ]  # fmt: skip
    assert "host 'www.kcna.kp' belongs to" in problems[0]
    assert "name 'tass' belongs to" in problems[1]
    with pytest.raises(SettingsError, match=r"b\.toml"):
        load_catalogue([tmp_path])


def test_a_folder_that_is_not_there_holds_nothing_but_cannot_be_checked(tmp_path: Path) -> None:
    """A new station has no outlets of its own."""
    assert len(load_catalogue([tmp_path / "none"])) == len(CATALOGUE)
    assert check_outlets(tmp_path / "none") == (f"{tmp_path / 'none'}: is not a folder",)


def test_no_outlet_claims_more_than_its_sources() -> None:
    """Role and control are cited or unknown, rules are cited, sources say how checked, a state outlet has a country."""
    for outlet in CATALOGUE:
        assert outlet.control == "unknown" or outlet.facts["control"].source
        assert not outlet.rules or outlet.facts["rules"].checked_on
        assert all(source.checked for source in outlet.sources)
        assert outlet.country or outlet.role is not Role.STATE
        assert outlet.role is Role.UNKNOWN or outlet.facts["role"].source


@pytest.mark.parametrize(
    ("page", "outlet", "expected"),
    [
        (
            "RT_4a44ab3e.html",
            "rt",
            ("‘He died in my hands’", "20 Nov, 2019 05:47", "Three people", "the doctor said."),
        ),
        (
            "People_2024_04_24.html",
            "peoples-daily",
            ("促进航天技术", "2024年04月24日23:52", "新华社北京4月24日电", "造福全人类。"),
        ),
        (
            "xinhuanet.com.c_1125597921.html",
            "xinhua",
            ("武汉的声音", "2020-02-19 20:29:58", "“妈妈", "萧海川）"),
        ),
        (
            "AnadoluAjansi_2025_04_05.html",
            "anadolu",
            ("Türkiye'de", "05.04.2025", "Ulaştırma", "bulundu."),
        ),
    ],
)
def test_rules_read_the_pages_that_they_were_written_from(
    shared: Path, page: str, outlet: str, expected: tuple[str, str, str, str]
) -> None:
    """Title, date and body stand where the selectors say, and nothing around them is taken along."""
    selectors = CATALOGUE.get(outlet).rules[0].selectors
    tree = LexborHTMLParser((shared / "data" / "html_fixtures" / page).read_bytes().decode())
    for node in tree.css(selectors["remove"]):
        node.decompose()
    title, date = (tree.css(selectors[part])[0].text().strip() for part in ("title", "date"))
    body = "\n".join(node.text().strip() for node in tree.css(selectors["body"])).strip("\u3000\n ")
    title_begins, date_begins, body_begins, body_ends = expected

    assert title.startswith(title_begins)
    assert date.startswith(date_begins)
    assert body.startswith(body_begins)
    assert body_ends in body[-40:]


def test_a_catalogue_is_a_value() -> None:
    """Two loads are equal: nothing depends on the order of the disk."""
    assert load_catalogue() == CATALOGUE
    assert isinstance(CATALOGUE, Catalogue)


def test_the_catalogue_is_narrowed_by_country_language_and_role() -> None:
    """What is left open narrows nothing; letter case does not matter."""
    koreans = CATALOGUE.find(country="kp", language="ES", role="State")

    assert koreans
    assert {outlet.country for outlet in koreans} == {"KP"}
    assert all("es" in {edition.language for edition in outlet.editions} for outlet in koreans)
    assert CATALOGUE.find() == tuple(CATALOGUE)
    assert CATALOGUE.find(country="XX") == ()
    with pytest.raises(SettingsError, match="no role 'boss'; these are: state, wire"):
        CATALOGUE.find(role="boss")
