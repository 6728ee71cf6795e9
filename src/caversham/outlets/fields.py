"""Strict reading of one TOML table: every key is asked for by name, and what nobody asked for is an error.

A catalogue of hundreds of files written by many hands stays right only if a mistyped key is refused with
the file, the key and what to do, instead of being ignored.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from caversham.errors import SettingsError

Word = TypeVar("Word", bound=StrEnum)
Kind = TypeVar("Kind")


class Fields:
    """One TOML table and its place, for messages: `where` is the file, `prefix` the path of keys to it."""

    def __init__(self, table: Mapping[str, object], *, where: str, prefix: str = "") -> None:
        self.where = where
        self._table = table
        self._prefix = prefix
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def wrong(self, key: str, what: str) -> SettingsError:
        """The error about a key of this table; `what` says why it is wrong and what to do."""
        return SettingsError(f"{self.where}: {self._prefix}{key}: {what}")

    def text(self, key: str, default: str = "") -> str:
        """A string; `default` where the key is absent."""
        return self._get(key, str, "a string", default).strip()

    def needed(self, key: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(key)
        if not value:
            raise self.wrong(key, "is missing; write a string")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of distinct strings, none of them empty; () where the key is absent."""
        values = self._get(key, list, "a list of strings", [])
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.wrong(key, f"must be a list of strings that are not empty, not {values!r}")
        if len(set(values)) < len(values):
            raise self.wrong(key, "names something twice; keep one of them")
        return tuple(values)

    def words(self, key: str) -> Mapping[str, str]:
        """A table of strings; empty where the key is absent."""
        table = self._get(key, dict, "a table of strings", {})
        for name, value in table.items():
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{key}.{name}", f"must be a string that is not empty, not {value!r}")
        return MappingProxyType(dict(table))

    def choice(self, key: str, kind: type[Word], default: Word) -> Word:
        """One of the words of an enumeration."""
        value = self.text(key, default.value)
        try:
            return kind(value)
        except ValueError as error:
            raise self.wrong(key, f"must be one of {', '.join(kind)}, not {value!r}") from error

    def day(self, key: str) -> date | None:
        """A date without a time; None where the key is absent."""
        value = self._table.get(key)
        self._asked.add(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong(key, f"must be a date such as 2026-03-01, without quotation marks, not {value!r}")
        return value

    def seconds(self, key: str, default: float, *, limit: float) -> float:
        """A number of seconds from 0 to `limit`."""
        value = self._table.get(key, default)
        self._asked.add(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
            raise self.wrong(key, f"must be a number of seconds from 0 to {limit:g}, not {value!r}")
        return float(value)

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within these bounds."""
        value = self._table.get(key, default)
        self._asked.add(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    def tables(self, key: str) -> tuple[Fields, ...]:
        """The tables of an array, `[[key]]`; () where the key is absent."""
        values = self._get(key, list, f"an array of tables, [[{key}]]", [])
        if not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, f"must be an array of tables, [[{key}]]")
        return tuple(
            Fields(value, where=self.where, prefix=f"{self._prefix}{key}[{number}].")
            for number, value in enumerate(values, start=1)
        )

    def named(self, key: str) -> Mapping[str, Fields]:
        """The tables inside a table, `[key.name]`, by name; empty where the key is absent."""
        table = self._get(key, dict, f"tables, [{key}.name]", {})
        for name, value in table.items():
            if not isinstance(value, dict):
                raise self.wrong(f"{key}.{name}", f"must be a table, [{key}.{name}]")
        return {name: Fields(value, where=self.where, prefix=f"{key}.{name}.") for name, value in table.items()}

    def finish(self) -> None:
        """Refuse keys that nobody asked for.

        Raises SettingsError, with the nearest known key where one is near.
        """
        for key in self._table:
            if key not in self._asked:
                near = difflib.get_close_matches(key, sorted(self._asked), n=1)
                advice = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(self._asked))}"
                raise self.wrong(key, f"is not a key of this table; {advice}")

    def _get(self, key: str, kind: type[Kind], noun: str, default: Kind) -> Kind:
        self._asked.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, kind):
            raise self.wrong(key, f"must be {noun}, not {value!r}")
        return value


def each(fields: tuple[Fields, ...], parse: Callable[[Fields], Kind]) -> tuple[Kind, ...]:
    """Parse the tables of an array, and refuse what `parse` did not ask for."""
    return tuple(whole(table, parse) for table in fields)


def whole(table: Fields, parse: Callable[[Fields], Kind]) -> Kind:
    """Parse one table, and refuse what `parse` did not ask for."""
    value = parse(table)
    table.finish()
    return value
