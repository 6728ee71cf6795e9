"""What stops a round stops it whole: with our own error, and with the hosts free for other collectors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from caversham.errors import StationError
from caversham.pipeline.following import Following
from caversham.pipeline.intake import Tally
from caversham.station import Station
from caversham.types import Capture
from tests.site import Site
from tests.stations import StandingClock, make_station, page, put_feed


@pytest.fixture
def site() -> Iterator[Site]:
    """An agency with one item."""
    with Site() as running:
        running.put("/1", page("One", "The ministry reported on the harvest of the year in the valley today."))
        put_feed(running, "/1")
        yield running


@pytest.fixture
def station(tmp_path: Path, site: Site) -> Iterator[Station]:
    """A station that follows the site."""
    with make_station(tmp_path / "station", StandingClock(), site=site) as made:
        yield made


def test_a_full_disk_is_one_error_of_ours_and_leaves_no_host_taken(station: Station, site: Site) -> None:
    """Whoever reads the message is not shown a group of exceptions; other collectors need not wait for the lease."""

    def fail(batch: Sequence[Capture], leases: Mapping[str, int]) -> Tally:
        raise StationError("the disk is full")

    following = Following(
        limits=None,
        pause=asyncio.sleep,
        settings=station.settings,
        store=station.store,
        archive=station.archive,
        clock=station.clock,
        take_in=fail,
        drain=lambda: 0,
    )
    outlets = [station.register.catalogue.get("agency")]

    with pytest.raises(StationError, match="the disk is full"):
        asyncio.run(following.look(outlets, is_watching=False, progress=lambda _: None))

    assert station.store.leases.acquire(site.host, "another", station.clock(), timedelta(minutes=1)) is not None


def test_a_record_that_cannot_be_read_back_does_not_stop_a_round(tmp_path: Path, site: Site) -> None:
    """A damaged sitemap record is for `verify` to tell of; the items are looked at all the same."""
    with make_station(tmp_path / "damaged", StandingClock(), site=site) as station:
        toml = station.folder / "outlets" / "agency.toml"
        toml.write_text(toml.read_text().replace('"feed"', '"sitemap"').replace("rss.xml", "map.xml"))
        index = f"<sitemapindex><sitemap><loc>{site.url('/child.xml')}</loc></sitemap></sitemapindex>"
        site.put("/map.xml", index, content_type="application/xml")
        site.put("/child.xml", f"<urlset><url><loc>{site.url('/1')}</loc></url></urlset>", content_type="text/xml")
        station.collect()
        (file,) = (station.folder / "archive").rglob("*.warc.gz")
        state = station.store.get_source(site.url("/map.xml"))
        assert state.earlier is not None
        place = station.store.get_capture(state.earlier.id).place
        assert place is not None
        with file.open("r+b") as stream:
            stream.seek(place.offset)
            stream.write(bytes(place.size))
    with Station(tmp_path / "damaged", clock=StandingClock()) as again:
        assert again.collect().outcomes == {}
