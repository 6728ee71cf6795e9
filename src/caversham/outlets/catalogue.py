"""The outlets that are known: loaded from the package and from folders of the station's own, checked, looked up.

What a file may hold stands in `schema.py`. Outlets that the catalogue does not hold come as ad hoc outlets:
role and control unknown, an id made from the name.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from caversham.errors import SettingsError
from caversham.outlets.schema import is_host, parse_outlet
from caversham.types import Edition, Outlet, OutletId, Role

NEAR = 0.7  # of difflib's likeness: a letter or two are wrong
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Outlets by id, in the order of ids; also found by any of their names and by host."""

    outlets: Mapping[OutletId, Outlet]
    by_name: Mapping[str, OutletId]  # folded
    by_host: Mapping[str, OutletId]

    def __iter__(self) -> Iterator[Outlet]:
        return iter(self.outlets.values())

    def __len__(self) -> int:
        return len(self.outlets)

    def __contains__(self, id: object) -> bool:
        return id in self.outlets

    def get(self, id: str) -> Outlet:
        """The outlet of this id.

        Raises SettingsError with near ids where there is none.
        """
        outlet = self.outlets.get(OutletId(id))
        if outlet is None:
            raise SettingsError(f"no outlet {id!r} in the catalogue; {self._advice(id)}")
        return outlet

    def find(self, *, country: str = "", language: str = "", role: str = "") -> tuple[Outlet, ...]:
        """The outlets of a country, with an edition in a language, of a role, in any letter case; "" leaves it open.

        Raises SettingsError for a role that there is not.
        """
        if role and role.lower() not in set(Role):
            raise SettingsError(f"there is no role {role!r}; these are: {', '.join(Role)}")
        return tuple(
            outlet
            for outlet in self
            if country.upper() in {"", outlet.country}
            and role.lower() in {"", outlet.role}
            and (not language or language.lower() in {edition.language for edition in outlet.editions})
        )

    def find_by_name(self, name: str) -> Outlet | None:
        """The outlet of this id or name, in any of its languages, ignoring case and white space; None if unknown.

        A bare host counts as a name.
        """
        id = self.by_name.get(_folded(name))
        return self.outlets[id] if id is not None else self.find_by_host(name)

    def find_by_host(self, address: str) -> Outlet | None:
        """The outlet that publishes at this URL or host: the longest of the hosts that it equals or lies under.

        An address with a port is first looked for with it. None: no outlet is known there, or it is no address.
        """
        for host in _hosts_above(_host_of(address)):
            if host in self.by_host:
                return self.outlets[self.by_host[host]]
        return None

    def adhoc(self, name_or_host: str) -> Outlet:
        """An outlet that is not in the catalogue: the same name always gives the same id.

        The id is an ASCII slug of the name, never one that the catalogue holds; where letters got lost
        on the way, part of the name's SHA-256 keeps two names apart.

        Raises SettingsError for an empty name.
        """
        name = " ".join(unicodedata.normalize("NFC", name_or_host).split())
        if not name:
            raise SettingsError("an outlet needs a name that is not empty")
        id = _slug(name)
        if id in self.outlets or id in self.by_name:
            id = OutletId(f"{id}-adhoc")
        return Outlet(id=id, name=name, hosts=(name.lower(),) if is_host(name.lower()) and "." in name else ())

    def with_outlet(self, outlet: Outlet) -> Catalogue:
        """The catalogue with one more outlet, or with this one in the place of that of its id."""
        return Catalogue(
            outlets=MappingProxyType(dict(sorted({**self.outlets, outlet.id: outlet}.items()))),
            by_name=MappingProxyType({**self.by_name, **dict.fromkeys(_names_of(outlet), outlet.id)}),
            by_host=MappingProxyType({**self.by_host, **dict.fromkeys(_hosts_of(outlet), outlet.id)}),
        )

    def _advice(self, id: str) -> str:
        named = self.find_by_name(id)
        near = [named.id] if named else difflib.get_close_matches(id.lower(), self.outlets, n=3, cutoff=NEAR)
        return f"did you mean {' or '.join(map(repr, near))}?" if near else "see `caversham outlets list`"


def load_catalogue(folders: Sequence[Path] = ()) -> Catalogue:
    """The outlets of the package and of these folders, all of them checked.

    A folder holds `<id>.toml` or `<country>/<id>.toml`; a folder that does not exist holds nothing.

    Raises SettingsError with every problem found, one a line.
    """
    outlets, problems = _read_folders([files(__package__), *folders])
    if problems:
        raise SettingsError("\n".join(problems))
    return make_catalogue(outlets)


def check_outlets(folder: Path) -> tuple[str, ...]:
    """Every problem of the outlets in this folder, among themselves and beside the package's; () if none."""
    if not folder.is_dir():
        return (f"{folder}: is not a folder",)
    return tuple(_read_folders([files(__package__), folder])[1])


def make_catalogue(outlets: Iterable[Outlet]) -> Catalogue:
    """A catalogue of outlets that were checked."""
    ordered = sorted(outlets, key=lambda outlet: outlet.id)
    return Catalogue(
        outlets=MappingProxyType({outlet.id: outlet for outlet in ordered}),
        by_name=MappingProxyType({name: outlet.id for outlet in ordered for name in _names_of(outlet)}),
        by_host=MappingProxyType({host: outlet.id for outlet in ordered for host in _hosts_of(outlet)}),
    )


def edition_of(outlet: Outlet, url: str, language: str | None = None) -> Edition | None:
    """The language service that an item belongs to; None where that cannot be told.

    Editions that claim the address (by host, then by path) come first, and among them one of the item's language;
    an edition that claims no address is recognised by its language alone.
    """
    claims = [(_claim(edition, url), edition.language == language, edition) for edition in outlet.editions]
    fitting = [
        (claim, is_spoken, edition)
        for claim, is_spoken, edition in claims
        if claim is not None and (is_spoken or any(claim))
    ]
    best = max(fitting, key=lambda entry: (entry[0], entry[1]), default=None)
    if best is None or sum(entry[:2] == best[:2] for entry in fitting) > 1:
        return None
    return best[2]


def _claim(edition: Edition, url: str) -> tuple[int, int] | None:
    """Lengths of host and path by which an edition claims an address; None: it lies elsewhere."""
    above = _hosts_above(_host_of(url))
    hosts = [host for host in edition.hosts if host in above]
    if edition.hosts and not hosts:
        return None
    if not f"{_path_of(url)}/".startswith(f"{edition.path_prefix.rstrip('/')}/"):
        return None
    return max(map(len, hosts), default=0), len(edition.path_prefix)


def _read_folders(folders: Sequence[Traversable]) -> tuple[list[Outlet], list[str]]:
    outlets: list[Outlet] = []
    problems: list[str] = []
    taken: dict[str, str] = {}  # ids, folded names and hosts, each with the file that has it
    for file, country in (entry for folder in folders for entry in _iter_files(folder)):
        try:
            outlet = _read_outlet(file, country)
            _claim_all(outlet, str(file), taken)
        except SettingsError as error:
            problems.append(str(error))
        else:
            outlets.append(outlet)
    return outlets, problems


def _iter_files(folder: Traversable) -> Iterator[tuple[Traversable, str | None]]:
    """TOML files of a folder and of its country folders, by name, each with that country folder's name."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield entry, None
        elif entry.is_dir() and not entry.name.startswith((".", "_")):
            inner = sorted(entry.iterdir(), key=lambda file: file.name)
            yield from ((file, entry.name) for file in inner if file.name.endswith(".toml"))


def _read_outlet(file: Traversable, country: str | None) -> Outlet:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
    outlet = parse_outlet(raw, id=file.name.removesuffix(".toml"), where=str(file))
    if country is not None and outlet.country is not None and outlet.country.lower() != country:
        raise SettingsError(
            f"{file}: country: {outlet.country!r} does not belong in the folder {country!r}; move the file"
        )
    return outlet


def _claim_all(outlet: Outlet, file: str, taken: dict[str, str]) -> None:
    names = [(f"name {name!r}", name) for name in sorted(_names_of(outlet))]
    hosts = [(f"host {host!r}", f"//{host}") for host in sorted(_hosts_of(outlet))]
    for what, key in names + hosts:
        if key in taken:
            raise SettingsError(f"{file}: {what} belongs to {taken[key]} already; keep it in one file")
    taken.update((key, file) for _, key in names + hosts)


def _names_of(outlet: Outlet) -> frozenset[str]:
    return frozenset(map(_folded, (outlet.id, outlet.name, *outlet.names.values(), *outlet.predecessors)))


def _hosts_of(outlet: Outlet) -> frozenset[str]:
    editions = (host for edition in outlet.editions for host in edition.hosts)
    return frozenset((*outlet.hosts, *outlet.mirrors, *editions))


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _host_of(address: str) -> str:
    """The host of a URL or a bare host, lower case, with its port unless that is the scheme's own; "" if none."""
    text = address.strip()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port and port != DEFAULT_PORTS.get(parts.scheme) else host


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _hosts_above(host: str) -> tuple[str, ...]:
    """The host and those it lies under, longest first; one with a port also without it."""
    name, _, port = host.partition(":")
    if re.fullmatch(r"[0-9.]+", name):
        return (host, name)
    labels = name.split(".")
    above = tuple(".".join(labels[at:]) for at in range(len(labels)))
    return (*(f"{entry}:{port}" for entry in above), *above) if port else above


def _slug(name: str) -> OutletId:
    """ASCII letters and digits of the folded name joined by hyphens.

    >>> _slug("DPRK New Year address")
    'dprk-new-year-address'
    """
    folded = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(letter for letter in folded if not unicodedata.combining(letter))
    slug = "-".join(re.findall(r"[a-z0-9]+", kept))[:60].strip("-")
    if slug and kept.isascii() and len(kept) <= 60:
        return OutletId(slug)
    mark = sha256(_folded(name).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return OutletId(f"{slug}-{mark}" if slug else f"outlet-{mark}")
