"""The ledger: leaves in a file, and the Merkle tree over them."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from caversham.archive import Leaves, merkle_root
from caversham.archive.ledger import Ledger

# Inputs and roots that certificate transparency implementations test RFC 6962, section 2.1 with
INPUTS = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_the_known_tree_is_the_known_root(size: int) -> None:
    """Roots are those of RFC 6962."""
    assert merkle_root(INPUTS[:size]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=40), max_size=70))
def test_the_streamed_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    """Reading leaf by leaf gives what the recursive definition gives."""
    assert merkle_root(iter(leaves)) == _defined_root(leaves)


def test_leaves_are_read_back_by_number(tmp_path: Path) -> None:
    """Leaf n is the n-th that was logged."""
    values = [sha256(bytes([number])).digest() for number in range(100)]
    path = tmp_path / "ledger" / "leaves"
    ledger = Ledger(path)
    for start, end in pairwise((0, 1, 60, 100)):
        ledger.append(values[start:end])
    ledger.close()

    leaves = Leaves(path)
    assert list(leaves) == values
    assert leaves[59] == values[59]
    assert leaves.find(values[77], 10, 100) == 77
    assert leaves.find(values[77], 0, 77) is None
    with pytest.raises(IndexError):
        leaves[100]


def test_a_leaf_is_found_only_at_its_own_place() -> None:
    """Bytes that lie across two leaves are no leaf."""
    with pytest.MonkeyPatch.context() as patch:
        leaves = Leaves(Path("absent"))
        patch.setattr(leaves, "_map", b"a" * 31 + b"b" * 32 + b"a")
        patch.setattr(leaves, "_count", 2)

        assert leaves.find(b"b" * 32, 0, 2) is None


def test_a_log_without_leaves_is_empty(tmp_path: Path) -> None:
    """A missing file is a log of no leaves."""
    assert len(Leaves(tmp_path / "none")) == 0


def _defined_root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + _defined_root(leaves[:split]) + _defined_root(leaves[split:])).digest()
