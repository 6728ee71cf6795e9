"""The outlets of one station: the catalogue, the station's own files, and ad hoc ones that imports bring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import tomlkit

from caversham.errors import SettingsError
from caversham.outlets.catalogue import Catalogue, load_catalogue
from caversham.text import clean, squeeze
from caversham.types import Outlet, OutletId, Source
from caversham.urls import host_of

NAME_LIMIT = 200  # code points of a name that an import brings; the longest of the catalogue has 60
FIRST_LINE = "Made by an import: fill in country, role and control if you know them (docs/outlets.md)."


class Register:
    """Outlets by id, name and address.

    An unknown one becomes an ad hoc outlet, written to `folder`; None: it is not written anywhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._adhoc: dict[OutletId, Outlet] = {}
        self.catalogue: Catalogue = load_catalogue([folder] if folder else [])

    def get(self, outlet: OutletId) -> Outlet:
        """The outlet of this id; one that is not in any file has nothing but its id."""
        known = self.catalogue.outlets.get(outlet) or self._adhoc.get(outlet)
        return known or Outlet(id=outlet, name=outlet)

    def id_for(self, name: str, url: str) -> OutletId:
        """The outlet that a row belongs to: `name` as an id, else as a name, else by host, else ad hoc."""
        catalogue, name = self.catalogue, squeeze(clean(name))[:NAME_LIMIT]
        if OutletId(name) in catalogue:
            return OutletId(name)
        known = (catalogue.find_by_name(name) if name else None) or catalogue.find_by_host(url)
        return known.id if known else self._adhoc_for(name or host_of(url)).id

    def add_feed(self, title: str, feed: Source) -> OutletId:
        """The outlet that a feed of a list belongs to; one that was unknown gets the feed as a source."""
        known = self.catalogue.find_by_host(feed.url)
        if known and known.id not in self._adhoc:
            return known.id
        outlet = known or self.catalogue.adhoc(host_of(feed.url))
        name = squeeze(clean(title))[:NAME_LIMIT] if known is None else outlet.name
        if all(one.url != feed.url for one in outlet.sources):
            self._write(replace(outlet, name=name or outlet.name, sources=(*outlet.sources, feed)))
        return outlet.id

    def _adhoc_for(self, name: str) -> Outlet:
        outlet = self.catalogue.adhoc(name)
        if outlet.id not in self.catalogue:
            self._write(outlet)
        return outlet

    def _write(self, outlet: Outlet) -> None:
        self._adhoc[outlet.id] = outlet
        # Known at once, as it will be when its file is read: what a row belongs to must not depend on interruptions.
        self.catalogue = self.catalogue.with_outlet(outlet)
        if self._folder is None:
            return
        path = self._folder / f"{outlet.id}.toml"
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(_to_toml(outlet), encoding="utf-8")
            fresh.replace(path)
        except OSError as error:
            raise SettingsError(f"{path} cannot be written: {error.strerror}; it names an ad hoc outlet") from error


def _to_toml(outlet: Outlet) -> str:
    document = tomlkit.document()
    document.add(tomlkit.comment(FIRST_LINE))
    document.add("name", tomlkit.item(outlet.name))
    if outlet.hosts:
        document.add("hosts", tomlkit.item(list(outlet.hosts)))
    if outlet.sources:
        document.add("sources", _source_tables(outlet.sources))
    return tomlkit.dumps(document)


def _source_tables(sources: tuple[Source, ...]) -> tomlkit.items.AoT:
    tables = tomlkit.aot()
    for source in sources:
        table = tomlkit.table()
        table.update({"kind": source.kind, "url": source.url, "checked": source.checked})
        if source.language:
            table["language"] = source.language
        tables.append(table)
    return tables
