"""What all tests share: where the real data lies, and which parts a machine must have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.postgres"]

SHARED = Path(__file__).resolve().parents[2] / "shared"


def require(condition: object, reason: str) -> None:
    """Skip with the reason where a part is absent; in CI nothing may be absent."""
    if condition:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI must have this: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real state-media data and outside test suites, beside the checkout."""
    require(SHARED.is_dir(), "needs the folder ../shared with data and suites")
    return SHARED
