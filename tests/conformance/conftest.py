"""A station, served, and a browser: as the tests of serving have them."""

from __future__ import annotations

from tests.serve.conftest import make_station, serve
from tests.serve.test_browser import browser

__all__ = ["browser", "make_station", "serve"]
