"""The ledger: one leaf a record, in order, in one file of 32-byte leaves; and the tree over them.

Source: RFC 6962, section 2.1 (Merkle hash trees). A leaf's data is the SHA-256 of the uncompressed record.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from caversham.archive.files import make_folder, sync_folder, write_all

LEAF_SIZE = 32

_NEAR = 1 << 16  # leaves looked through for a record that is not at its place: 2 MB, 0.2 ms


class Leaves:
    """The leaves of a log as they were when this was opened, without reading them into memory."""

    def __init__(self, path: Path) -> None:
        self._map: mmap.mmap | bytes = b""
        self._count = 0
        if path.exists():
            with path.open("rb") as stream:
                self._count = os.fstat(stream.fileno()).st_size // LEAF_SIZE
                if self._count:
                    self._map = mmap.mmap(stream.fileno(), self._count * LEAF_SIZE, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, leaf: int) -> bytes:
        if not 0 <= leaf < self._count:
            raise IndexError(f"the log has {self._count} leaves; there is no leaf {leaf}")
        return self._map[leaf * LEAF_SIZE : (leaf + 1) * LEAF_SIZE]

    def __iter__(self) -> Iterator[bytes]:
        return (self[leaf] for leaf in range(self._count))

    def find(self, value: bytes, first: int, end: int) -> int | None:
        """The first leaf of this value in [first, end); None: there is none."""
        position = first * LEAF_SIZE
        while (position := self._map.find(value, position, end * LEAF_SIZE)) >= 0:
            if position % LEAF_SIZE == 0:
                return position // LEAF_SIZE
            position += 1
        return None

    def find_near(self, value: bytes, first: int, end: int) -> int | None:
        """As `find`, but no further than 65,536 leaves ahead, so that damage is never quadratic."""
        return self.find(value, first, min(end, first + _NEAR))


class Ledger:
    """The leaves of a log that this process writes."""

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        sync_folder(path.parent)  # a new file whose name is lost would take its leaves along
        self.count = self._cut_partial_leaf()

    def append(self, leaves: Sequence[bytes]) -> None:
        """Log leaves, durably."""
        write_all(self._descriptor, b"".join(leaves))
        os.fsync(self._descriptor)
        self.count += len(leaves)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _cut_partial_leaf(self) -> int:
        size = os.fstat(self._descriptor).st_size
        if size % LEAF_SIZE:
            os.ftruncate(self._descriptor, size - size % LEAF_SIZE)
            os.fsync(self._descriptor)
        return size // LEAF_SIZE


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of a log; memory grows with the logarithm of its length.

    >>> merkle_root([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    peaks: list[tuple[int, bytes]] = []  # height and hash of the full subtrees, highest first
    for leaf in leaves:
        height, node = 0, sha256(b"\x00" + leaf).digest()
        while peaks and peaks[-1][0] == height:
            node = _join(peaks.pop()[1], node)
            height += 1
        peaks.append((height, node))
    if not peaks:
        return sha256().digest()
    root = peaks.pop()[1]
    while peaks:
        root = _join(peaks.pop()[1], root)
    return root


def _join(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
