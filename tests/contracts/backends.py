"""Every backend of the catalogue. A test that asks for `store` or `store_url` runs on each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from caversham.store import SqlStore, open_store

BACKENDS = ("sqlite", "postgresql")  # a new one: its name here, how to make an empty database below


@pytest.fixture(params=BACKENDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """An empty catalogue."""
    with closing(open_store(store_url)) as opened:
        yield opened
