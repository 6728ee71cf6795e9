"""The settings of a station: station.toml, read once and checked.

contact = "station@example.org"        # a role address; sent with every request
writer = "main"                        # name of this collector's log
store = "sqlite"                       # or a postgresql:// URL
follow = ["kcna", "tass"]              # ids of outlets
allow_hosts = ["127.0.0.1:18301"]      # private hosts that may be asked all the same
disk_budget_gb = 100                   # status warns beyond it; 0: no budget

[proxy]                                # by outlet; a proxy that fails is never bypassed
kcna = "socks5h://127.0.0.1:9050"

[serve]
full_text = ["KP", "tass"]             # countries and outlets whose full text is shown; true: all
hosts = ["localhost", "127.0.0.1"]     # names under which the server may be asked

[backfill]                             # archives of others that `backfill` may ask; "": not this one
wayback = "https://web.archive.org"
common_crawl = "https://index.commoncrawl.org"
common_crawl_files = "https://data.commoncrawl.org"
delay_s = 4                            # pause between two requests to one of them

[robots.kcna]                          # robots.txt is obeyed unless a written reason says why not
ignore_because = "..."
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomlkit
import tomlkit.exceptions

from caversham.errors import SettingsError
from caversham.types import NOTHING, Outlet, OutletId

FILE_NAME = "station.toml"
BASE = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#@]*)?")
LONGEST_DELAY_S = 600.0  # as for a host's own wish (collect/hosts.py)
WRITER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PROXY_SCHEMES = ("http://", "https://", "socks5://", "socks5h://")
TEMPLATE = """\
# Settings of this Caversham station. `caversham doctor` checks them.

# A role address that site owners can write to; sent with every request.
contact = {contact}

# Name of this collector's log. Collectors that share a store need different names.
writer = "main"

# "sqlite" keeps the catalogue in this folder; or postgresql://user:password@host/database
store = "sqlite"

# Ids of the outlets to follow: `caversham outlets list`, `caversham follow ID`.
follow = []

# Private or loopback hosts (host or host:port) that may be asked all the same.
allow_hosts = []

# `caversham status` warns when the archive grows beyond this; 0: no budget.
disk_budget_gb = 0

# A proxy by outlet: kcna = "socks5h://127.0.0.1:9050". A proxy that fails is never bypassed.
[proxy]

[serve]
# Countries (ISO 3166) and ids of outlets whose full text is shown; true: all; false: none.
full_text = false
# Names under which the server may be asked.
hosts = ["localhost", "127.0.0.1", "[::1]"]

# Archives of others that `caversham backfill` may ask; "" for one that it may not.
[backfill]
wayback = "https://web.archive.org"
common_crawl = "https://index.commoncrawl.org"
common_crawl_files = "https://data.commoncrawl.org"
# Seconds between two requests to one of them.
delay_s = 4

# robots.txt is obeyed unless a written reason says why not.
# [robots.kcna]
# ignore_because = "written permission of the publisher"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """Where the archives of others are asked; "" is one that may not be."""

    wayback: str = "https://web.archive.org"
    common_crawl: str = "https://index.commoncrawl.org"
    common_crawl_files: str = "https://data.commoncrawl.org"
    delay_s: float = 4.0  # between two requests to one of them; our choice: fifteen requests a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided, checked."""

    contact: str
    writer: str = "main"
    store: str = "sqlite"
    follow: tuple[OutletId, ...] = ()
    allow_hosts: frozenset[str] = frozenset()
    disk_budget_gb: float = 0.0
    proxies: Mapping[OutletId, str] = field(default_factory=lambda: MappingProxyType({}))
    full_text: bool | frozenset[str] = False  # countries and outlet ids
    hosts: frozenset[str] = frozenset({"localhost", "127.0.0.1", "[::1]"})
    ignore_robots_because: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # by outlet: the written reason
    backfill: Archives = Archives()

    def shows_full_text(self, outlet: Outlet) -> bool:
        """Whether the operator lets the full text of this outlet be shown."""
        if isinstance(self.full_text, bool):
            return self.full_text
        return outlet.id in self.full_text or (outlet.country is not None and outlet.country in self.full_text)


def read_settings(folder: Path) -> Settings:
    """The settings of the station in `folder`. Raises SettingsError, naming file and key."""
    path = folder / FILE_NAME
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"{str(folder)!r} is no station: it has no {FILE_NAME}; make one: caversham init {folder}"
        ) from error
    except NotADirectoryError as error:
        raise SettingsError(
            f"{str(folder)!r} is no station but a file; a station is a folder: --station DIR"
        ) from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    return _Checked(path, raw).settings()


def write_settings(folder: Path, *, contact: str) -> None:
    """Write a new station.toml with its explanations. Raises SettingsError if there is one."""
    path = folder / FILE_NAME
    text = TEMPLATE.format(contact=tomlkit.string(contact).as_string())
    if path.exists():
        raise SettingsError(f"{path} is there already; this folder is a station")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def change_settings(folder: Path, changes: Mapping[str, object]) -> None:
    """Set top-level keys of station.toml; comments and order stay."""
    path = folder / FILE_NAME
    read_settings(folder)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except tomlkit.exceptions.TOMLKitError as error:
        raise SettingsError(f"{path}: {error}") from error
    for key, value in changes.items():
        document[key] = value
    changed = tomlkit.dumps(document)
    read_settings_text(path, changed)
    fresh = path.with_suffix(".toml.new")
    try:
        fresh.write_text(changed, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from error


def read_settings_text(path: Path, text: str) -> Settings:
    """The settings in `text`; `path` is for messages."""
    return _Checked(path, tomllib.loads(text)).settings()


class _Checked:
    """One station.toml, taken apart key by key."""

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self._path = path
        self._raw = raw

    def settings(self) -> Settings:
        raw = dict(self._raw)
        serve = self._take(raw, "serve", dict, {})
        backfill = self._take(raw, "backfill", dict, {})
        settings = Settings(
            contact=self._take(raw, "contact", str, ""),
            writer=self._writer(self._take(raw, "writer", str, "main")),
            store=self._store(self._take(raw, "store", str, "sqlite")),
            follow=tuple(OutletId(name) for name in self._strings(raw, "follow")),
            allow_hosts=frozenset(self._strings(raw, "allow_hosts")),
            disk_budget_gb=float(self._take(raw, "disk_budget_gb", (int, float), 0)),
            proxies=self._proxies(self._take(raw, "proxy", dict, {})),
            full_text=self._full_text(serve.pop("full_text", False)),
            hosts=frozenset(self._strings(serve, "hosts", default=sorted(Settings(contact="").hosts))),
            ignore_robots_because=self._robots(self._take(raw, "robots", dict, {})),
            backfill=self._archives(backfill),
        )
        for unknown in [*raw, *(f"serve.{key}" for key in serve), *(f"backfill.{key}" for key in backfill)]:
            raise self._wrong(unknown, "is no setting; see the comments of a new station.toml (caversham init)")
        return settings

    def _wrong(self, key: str, what: str) -> SettingsError:
        return SettingsError(f"{self._path}: {key} {what}")

    def _take(self, table: dict[str, Any], key: str, kind: Any, default: Any) -> Any:
        value = table.pop(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._wrong(key, f"has the wrong type: {value!r}")
        return dict(value) if isinstance(value, dict) else value

    def _strings(self, table: dict[str, Any], key: str, default: list[str] | None = None) -> list[str]:
        values = self._take(table, key, list, default or [])
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, f"must be a list of strings, not {values!r}")
        return list(values)

    def _writer(self, name: str) -> str:
        if not WRITER_NAME.fullmatch(name):
            raise self._wrong("writer", f"must be small letters, digits and hyphens, at most 40, not {name!r}")
        return name

    def _store(self, url: str) -> str:
        if url != "sqlite" and not url.startswith(("postgresql://", "postgres://")):
            raise self._wrong("store", f'must be "sqlite" or a postgresql:// URL, not {url!r}')
        return url

    def _proxies(self, table: dict[str, Any]) -> Mapping[OutletId, str]:
        for outlet, url in table.items():
            if not isinstance(url, str) or not url.startswith(PROXY_SCHEMES):
                raise self._wrong(f"proxy.{outlet}", f"must begin with one of {', '.join(PROXY_SCHEMES)}, not {url!r}")
        return MappingProxyType({OutletId(outlet): url for outlet, url in table.items()})

    def _full_text(self, value: Any) -> bool | frozenset[str]:
        if isinstance(value, bool):
            return value
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return frozenset(value)
        raise self._wrong("serve.full_text", f"must be true, false or a list of countries and outlets, not {value!r}")

    def _archives(self, table: dict[str, Any]) -> Archives:
        usual = Archives()
        delay_s = self._take(table, "delay_s", (int, float), usual.delay_s)
        if not 0 <= delay_s <= LONGEST_DELAY_S:
            raise self._wrong("backfill.delay_s", f"must be seconds from 0 to {LONGEST_DELAY_S:g}, not {delay_s!r}")
        return Archives(
            wayback=self._base(table, "wayback", usual.wayback),
            common_crawl=self._base(table, "common_crawl", usual.common_crawl),
            common_crawl_files=self._base(table, "common_crawl_files", usual.common_crawl_files),
            delay_s=float(delay_s),
        )

    def _base(self, table: dict[str, Any], key: str, default: str) -> str:
        """The address that an archive's paths are put behind."""
        url = str(self._take(table, key, str, default)).rstrip("/")
        if url and not BASE.fullmatch(url):
            advice = 'must be an http or https address without user, query or fragment, or "" for none'
            raise self._wrong(f"backfill.{key}", f"{advice}; it is {url!r}")
        return url

    def _robots(self, table: dict[str, Any]) -> Mapping[str, str]:
        reasons = {}
        for outlet, entry in table.items():
            reason = entry.get("ignore_because") if isinstance(entry, dict) else None
            if not isinstance(reason, str) or not reason.strip():
                raise self._wrong(f"robots.{outlet}", "needs ignore_because = the written reason")
            reasons[outlet] = reason
        return MappingProxyType(reasons)
