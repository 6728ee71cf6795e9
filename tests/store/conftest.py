"""The backends that the catalogue's tests run on."""

from tests.contracts.backends import store, store_url
from tests.postgres import postgres_cluster, postgres_url

__all__ = ["postgres_cluster", "postgres_url", "store", "store_url"]
