"""Outlets that an import brings are written down, and are the same ones when the station is opened again."""

from __future__ import annotations

from pathlib import Path

import pytest

from caversham.outlets.register import Register
from caversham.types import Source


def test_a_name_that_nobody_knows_becomes_an_outlet_of_its_own_and_stays_the_same(tmp_path: Path) -> None:
    """Id, then name, then host, then ad hoc."""
    first = Register(tmp_path).id_for("Voice of the Valley", "http://valley.example/1")

    again = Register(tmp_path)

    assert (first, again.id_for("Voice of the Valley", "http://valley.example/2")) == (first, "voice-of-the-valley")
    assert again.id_for("voice-of-the-valley", "http://elsewhere.example/") == first
    assert again.get(first).name == "Voice of the Valley"


def test_an_unknown_host_is_the_same_outlet_when_the_station_is_opened_again(tmp_path: Path) -> None:
    """An interrupted import goes on with the same ids."""
    first = Register(tmp_path).id_for("", "http://agency.example/1")

    assert Register(tmp_path).id_for("", "http://agency.example/2") == first


def test_the_feeds_of_one_host_are_sources_of_one_outlet(tmp_path: Path) -> None:
    """A list names feeds; unknown hosts become outlets with them as sources."""
    register = Register(tmp_path)
    feeds = [Source(kind="feed", url=f"http://agency.example/{name}.xml") for name in ("a", "b", "a")]

    ids = {register.add_feed("Agency", feed) for feed in feeds}

    assert len(ids) == 1
    assert [one.url for one in Register(tmp_path).get(ids.pop()).sources] == [feeds[0].url, feeds[1].url]


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    """Reading one page leaves no trace."""
    assert Register(None).id_for("Nobody Knows", "http://nobody.example/") == "nobody-knows"
    assert list(tmp_path.iterdir()) == []


def test_what_a_row_belongs_to_does_not_depend_on_where_an_import_was_interrupted(tmp_path: Path) -> None:
    """An outlet that the import brought counts from the next row on, not only from the next start on."""
    rows = [
        ("", "http://agency.example/1"),
        ("", "http://en.agency.example/2"),
        ("agency-example", "http://x.example/"),
    ]
    whole = Register(tmp_path / "whole")

    at_once = [whole.id_for(*row) for row in rows]

    assert [Register(tmp_path / "cut").id_for(*row) for row in rows] == at_once == ["agency-example"] * 3


@pytest.mark.parametrize(
    "name", ["  ", "\ud800", "\x00\x1b[31m\x7f\x85", "../../etc/passwd", "x" * 10**6, '"""\\', "#", "é" * 300]
)
def test_a_hostile_name_makes_a_file_that_can_be_read_again(name: str, tmp_path: Path) -> None:
    """Otherwise one row would keep the whole station from being opened."""
    id_ = Register(tmp_path / "outlets").id_for(name, "http://agency.example/1")

    assert Register(tmp_path / "outlets").id_for(name, "http://agency.example/1") == id_
    assert [path.parent.name for path in tmp_path.rglob("*.toml")] == ["outlets"]


def test_a_name_that_spells_another_outlets_name_differently_takes_nothing_from_it(tmp_path: Path) -> None:
    """An id that is another outlet's name would make two files that claim it, and the station could not be opened."""
    (tmp_path / "valley-radio.toml").write_text('name = "VR"\n')
    made = Register(tmp_path).id_for("VR!", "http://vr.example/")

    assert (made, Register(tmp_path).get(made).name) == ("vr-adhoc", "VR!")
