"""WACZ files are read in place, within limits, and never unpacked to disk."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
from pathlib import Path

import pytest

from caversham.archive import is_wacz, iter_wacz, wacz
from caversham.types import Capture, Skip
from tests.archive.test_foreign import record, response

WARC = b"".join(gzip.compress(response(number)) for number in range(2))
REVISIT = gzip.compress(
    record(
        "revisit",
        "http://a.example/9",
        b"",
        fields="WARC-Refers-To-Target-URI: http://a.example/1\r\nWARC-Refers-To-Date: 2016-03-01T09:00:00Z\r\n",
    )
)


def make(path: Path, members: dict[str, bytes], *, packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read(path: Path) -> tuple[list[str], list[tuple[str, str]]]:
    found = list(iter_wacz(path))
    captures = [each.via + " " + each.url[-1] for each in found if isinstance(each, Capture)]
    return captures, [(each.subject, each.reason) for each in found if isinstance(each, Skip)]


def test_the_warcs_of_a_wacz_are_read_in_place(tmp_path: Path) -> None:
    """By name; indexes, pages and whatever else lies there are passed over."""
    members = {
        "datapackage.json": b"{}",
        "archive/b.warc.gz": WARC + REVISIT,
        "archive/a.warc": response(7),
        "indexes/index.cdx.gz": b"x",
        "archive/../../evil.warc.gz": WARC,
        "/archive/evil.warc.gz": WARC,
    }
    path = make(tmp_path / "crawl.wacz", members)

    assert is_wacz(path)
    assert read(path) == (
        [
            "crawl.wacz/archive/a.warc 7",
            "crawl.wacz/archive/b.warc.gz 0",
            "crawl.wacz/archive/b.warc.gz 1",
            "crawl.wacz/archive/b.warc.gz 9",
        ],
        [],
    )
    assert list(tmp_path.iterdir()) == [path]


def test_deflated_members_are_read_once_through(tmp_path: Path) -> None:
    """Without going back: a revisit finds no original, and reading ends at the first damage."""
    path = make(tmp_path / "c.wacz", {"archive/a.warc.gz": WARC + REVISIT}, packing=zipfile.ZIP_DEFLATED)

    assert read(path) == (
        ["c.wacz/archive/a.warc.gz 0", "c.wacz/archive/a.warc.gz 1"],
        [(f"c.wacz/archive/a.warc.gz:{len(WARC)}", "revisit_without_original")],
    )


def test_damage_in_a_stored_member_costs_one_record(tmp_path: Path) -> None:
    """The window on the zip file is searched like a file."""
    broken = bytearray(WARC)
    broken[30] ^= 0xFF
    path = make(tmp_path / "c.wacz", {"archive/a.warc.gz": bytes(broken)})

    assert read(path) == (["c.wacz/archive/a.warc.gz 1"], [("c.wacz/archive/a.warc.gz:0", "broken_member")])


def test_bombs_and_tricks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its reason."""
    bomb = make(tmp_path / "bomb.wacz", {"archive/a.warc": bytes(1 << 22)}, packing=zipfile.ZIP_DEFLATED)
    packed = make(tmp_path / "packed.wacz", {"archive/a.warc": WARC}, packing=zipfile.ZIP_LZMA)
    empty = make(tmp_path / "empty.wacz", {"pages/pages.jsonl": b"{}"})
    many = make(tmp_path / "many.wacz", {f"archive/{number}.warc": b"" for number in range(4)})
    encrypted = bytearray(make(tmp_path / "encrypted.wacz", {"archive/a.warc": WARC}).read_bytes())
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "encrypted.wacz").write_bytes(encrypted)
    monkeypatch.setattr(wacz, "MEMBER_LIMIT", 3)

    assert {path.stem: read(path) for path in (bomb, packed, empty, many, tmp_path / "encrypted.wacz")} == {
        "bomb": ([], [("bomb.wacz/archive/a.warc", "zip_bomb")]),
        "packed": ([], [("packed.wacz/archive/a.warc", "unknown_packing")]),
        "empty": ([], [("empty.wacz", "no_archive_in_wacz")]),
        "many": ([], [("many.wacz", "bad_wacz")]),
        "encrypted": ([], [("encrypted.wacz/archive/a.warc", "encrypted")]),
    }


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    """Two names for the same bytes: how a small zip file becomes a large one."""
    path = make(tmp_path / "c.wacz", {"archive/a.warc": WARC, "archive/b.warc": WARC})
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(content)

    assert read(path)[0] == []
    assert read(path)[1][0][1] in {"zip_bomb", "bad_wacz"}


@pytest.mark.parametrize("is_zip64", [False, True])
def test_a_list_of_members_that_would_fill_memory_is_not_read(tmp_path: Path, *, is_zip64: bool) -> None:
    """Its stated size is looked at first."""
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 0xFFFFFFFF if is_zip64 else 1 << 30, 0, 0)
    end64 = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 4, 1)
    path = tmp_path / "c.wacz"
    path.write_bytes(b"PK\x03\x04" + (end64 + locator if is_zip64 else b"") + end)
    (skip,) = iter_wacz(path)

    assert isinstance(skip, Skip)
    assert (skip.reason, "list of members" in skip.detail) == ("bad_wacz", True)


def test_a_wacz_cut_or_changed_anywhere_never_raises(tmp_path: Path) -> None:
    """Captures and Skips, and nothing else."""
    chance = random.Random(7)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/a.warc.gz", WARC)
        archive.writestr("archive/b.warc", response(3), zipfile.ZIP_DEFLATED)
    content, path = buffer.getvalue(), tmp_path / "c.wacz"
    for _ in range(1000):
        changed = bytearray(content[: chance.choice((len(content), chance.randrange(len(content))))])
        for _ in range(chance.randrange(4)):
            changed[chance.randrange(len(changed) or 1) : 1] = b""
            if changed:
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        path.write_bytes(changed)
        assert all(isinstance(each, Capture | Skip) for each in iter_wacz(path))


def test_a_file_that_is_not_there_is_a_skip(tmp_path: Path) -> None:
    """Nothing is raised."""
    assert read(tmp_path / "none.wacz") == ([], [("none.wacz", "bad_wacz")])
