"""station.toml: what may stand in it, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from caversham.errors import SettingsError
from caversham.settings import Settings, change_settings, read_settings, write_settings
from caversham.types import Outlet, OutletId


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new station."""
    write_settings(tmp_path, contact="station@example.org")
    return tmp_path


def put(folder: Path, text: str) -> None:
    """Write station.toml."""
    (folder / "station.toml").write_text(text, encoding="utf-8")


def test_a_new_station_has_safe_settings(folder: Path) -> None:
    """Nothing is followed, nothing private is asked, no full text is served."""
    assert read_settings(folder) == Settings(contact="station@example.org")


def test_a_station_is_not_made_twice(folder: Path) -> None:
    """What is there stays as it is."""
    with pytest.raises(SettingsError, match="is there already"):
        write_settings(folder, contact="other@example.org")

    assert read_settings(folder).contact == "station@example.org"


def test_a_contact_cannot_write_other_settings(tmp_path: Path) -> None:
    """Quotes and line ends stay inside the value."""
    contact = 'a@b.example"\nallow_hosts = ["127.0.0.1"]\n#\\'
    write_settings(tmp_path, contact=contact)

    assert read_settings(tmp_path) == Settings(contact=contact)


def test_a_folder_without_settings_is_no_station(tmp_path: Path) -> None:
    """The message says how to make one."""
    with pytest.raises(SettingsError, match="caversham init"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("contact = 1", "contact"),
        ("follow = 'kcna'", "follow"),
        ("follow = [1]", "follow"),
        ("[backfill]\nwayback = 'ftp://a.example'", "backfill.wayback"),
        ("[backfill]\nwayback = 'https://user@a.example'", "backfill.wayback"),
        ("[backfill]\ncommon_crawl = 'https://a.example/?q='", "backfill.common_crawl"),
        ("[backfill]\ncommon_crawl_files = 7", "common_crawl_files"),
        ("[backfill]\ndelay_s = -1", "backfill.delay_s"),
        ("[backfill]\ndelay_s = true", "delay_s"),
        ("[backfill]\nmemory = ''", "backfill.memory"),
        ("writer = '../up'", "writer"),
        ("writer = ''", "writer"),
        ("store = 'mysql://x'", "store"),
        ("disk_budget_gb = 'much'", "disk_budget_gb"),
        ("[proxy]\nkcna = 'ftp://x'", "proxy.kcna"),
        ("[serve]\nfull_text = 'KP'", "serve.full_text"),
        ("[serve]\nfulltext = true", "serve.fulltext"),
        ("[robots.kcna]\nignore_because = ' '", "robots.kcna"),
        ("colour = 'red'", "colour"),
        ("contact = [", "station.toml"),
        ("contact = true", "contact"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, text: str, key: str) -> None:
    """File and key stand in the message."""
    put(folder, text)

    with pytest.raises(SettingsError) as caught:
        read_settings(folder)

    assert "station.toml" in str(caught.value)
    assert key in str(caught.value)


def test_a_change_keeps_comments_and_everything_else(folder: Path) -> None:
    """`follow` edits one key of a file that people wrote."""
    before = (folder / "station.toml").read_text()

    change_settings(folder, {"follow": ["kcna", "tass"]})

    after = (folder / "station.toml").read_text()
    assert read_settings(folder).follow == ("kcna", "tass")
    assert after.replace('follow = ["kcna", "tass"]', "follow = []") == before


def test_a_change_that_would_be_wrong_changes_nothing(folder: Path) -> None:
    """The new file is checked before it takes the place of the old one."""
    before = (folder / "station.toml").read_text()

    with pytest.raises(SettingsError):
        change_settings(folder, {"writer": "../up"})

    assert (folder / "station.toml").read_text() == before


@pytest.mark.parametrize(
    ("full_text", "is_shown"),
    [("true", True), ("false", False), ('["KP"]', True), ('["kcna"]', True), ('["RU", "tass"]', False), ("[]", False)],
)
def test_full_text_is_shown_by_country_or_outlet(folder: Path, full_text: str, is_shown: bool) -> None:  # noqa: FBT001 a case
    """The operator says which."""
    put(folder, f"contact = ''\n[serve]\nfull_text = {full_text}")
    outlet = Outlet(id=OutletId("kcna"), name="KCNA", country="KP")

    assert read_settings(folder).shows_full_text(outlet) is is_shown


def test_an_outlet_of_no_known_country_is_shown_only_by_name(folder: Path) -> None:
    """Unknown is no country."""
    put(folder, 'contact = ""\n[serve]\nfull_text = [""]')

    assert not read_settings(folder).shows_full_text(Outlet(id=OutletId("x"), name="x"))


def test_an_archive_of_others_has_an_address_or_is_not_asked(folder: Path) -> None:
    """A closing slash is taken off, since paths are put behind it; "" is none."""
    put(folder, '[backfill]\nwayback = "http://127.0.0.1:1/w/"\ncommon_crawl = ""')

    found = read_settings(folder).backfill

    assert (found.wayback, found.common_crawl, found.common_crawl_files, found.delay_s) == (
        *("http://127.0.0.1:1/w", "", "https://data.commoncrawl.org"),
        4.0,
    )
