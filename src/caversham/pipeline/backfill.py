"""The past of an outlet, from its own archive pages and numbered addresses and from the archives of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from caversham.answers import Walked
from caversham.collect.cdx import COMMON_CRAWL, WAYBACK
from caversham.errors import SettingsError
from caversham.pipeline.asking import Asker, Tools, host_and_port, make_asker
from caversham.pipeline.mementos import Mementos
from caversham.pipeline.retracing import Retracing
from caversham.pipeline.walking import Budget, Plan, Walk
from caversham.settings import Archives
from caversham.types import Outlet, Source

ARCHIVE, NUMBERED = "archive", "numbered"
OF_OTHERS = (WAYBACK, COMMON_CRAWL)
WAYS = (ARCHIVE, NUMBERED, *OF_OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedBack:
    """How far each way was gone, and what was listed on it that is no subject of a backfill."""

    walks: tuple[Walked, ...]
    left_out: Counter[str]


def choose_ways(outlet: Outlet, archives: Archives, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The ways that the outlet and the settings allow, or those wanted of them.

    Raises SettingsError for one that is none or that cannot be gone.
    """
    kinds = {source.kind for source in outlet.sources}
    has_hosts = bool(outlet.hosts) or any(edition.hosts for edition in outlet.editions)
    allowed = {
        ARCHIVE: ARCHIVE in kinds,
        NUMBERED: NUMBERED in kinds,
        WAYBACK: bool(archives.wayback) and has_hosts,
        COMMON_CRAWL: bool(archives.common_crawl and archives.common_crawl_files) and has_hosts,
    }
    for way in wanted:
        if way not in allowed:
            raise SettingsError(f"--from {way!r} is no way into the past; these are: {', '.join(WAYS)}")
        if not allowed[way]:
            advice = f"give {outlet.id!r} a source or host for it, or [backfill] in station.toml an address"
            raise SettingsError(f"nothing can be had from {way!r}: {advice}")
    ways = tuple(way for way in WAYS if allowed[way] and (way in wanted or not wanted))
    if not ways:
        advice = "give it a source of kind archive or numbered, or hosts (docs/outlets.md)"
        raise SettingsError(f"there is no way into the past of {outlet.id!r}: {advice}")
    return ways


async def walk_back(tools: Tools, plan: Plan, *, archives: Archives, owns: Callable[[str], bool]) -> WalkedBack:
    """Go all ways of the plan, one after another; `owns` tells which addresses are the outlet's.

    Raises StationError where what was seen cannot be kept.
    """
    budget = Budget(left=plan.limit)
    walked = [
        *[await _retrace(tools, plan, budget, source) for source in plan.outlet.sources if source.kind in plan.ways],
        *[await _visit(tools, plan, budget, way, archives, owns) for way in plan.ways if way in OF_OTHERS],
    ]
    return WalkedBack(walks=tuple(walked), left_out=budget.left_out)


async def _retrace(tools: Tools, plan: Plan, budget: Budget, source: Source) -> Walked:
    """Go through one of the outlet's own sources."""
    walk = Walk(tools, make_asker(tools, plan.outlet), budget, way=source.kind, source=source.url)
    retracing = Retracing(plan, walk, source)
    await (retracing.walk_archive() if source.kind == ARCHIVE else retracing.walk_numbers())
    await tools.keeper.settle()
    return walk.answer


async def _visit(  # noqa: PLR0917 # private, called once
    tools: Tools, plan: Plan, budget: Budget, way: str, archives: Archives, owns: Callable[[str], bool]
) -> Walked:
    """Go through one archive of others."""
    bases = [archives.wayback] if way == WAYBACK else [archives.common_crawl, archives.common_crawl_files]
    asker = Asker(
        tools,
        plan.outlet.id,
        own_hosts=frozenset(map(host_and_port, bases)),
        delay_s=archives.delay_s,
        ignores_robots=way in tools.ignore_robots_because,
    )
    walk = Walk(tools, asker, budget, way=way, source=bases[0])
    mementos = Mementos(plan, walk, archives, owns)
    await (mementos.walk_wayback() if way == WAYBACK else mementos.walk_common_crawl())
    await tools.keeper.settle()
    return walk.answer
