from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from caversham.index import FullTextIndex
from caversham.search.query import parse_query


@pytest.fixture
def index(tmp_path: Path) -> FullTextIndex:
    return FullTextIndex(tmp_path / "index")


@pytest.fixture
def find(index: FullTextIndex) -> Callable[[str], list[str]]:
    """Article ids that a query finds, sorted."""
    return lambda text: sorted(
        article for article, _ in index.find(parse_query(text), limit=1000, cursor=None).articles
    )
