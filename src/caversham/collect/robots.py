"""What a site's robots.txt asks of us (RFC 9309)."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

from caversham.errors import PayloadError
from caversham.payload import unpack
from caversham.types import Capture
from caversham.urls import resolve

AGENT = "caversham"  # the product token that our requests carry

# RFC 9309, section 2.5: at least 500 KiB must be read; what comes after is ignored.
READ_BYTES = 500 * 1024
# The parser files every rule of a group under every agent of the group. The largest of 4,231 real files makes
# 0.3 million pairs over all its groups; a crafted one of 500 KiB could make 600 million.
PAIR_LIMIT = 5_000_000

SITEMAP_LIMIT = 1_000  # our choice; an index holds more than anyone lists here


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """What may be asked of one host, and how often."""

    reason: str  # why so: rules, no_rules, unreachable, unreadable
    crawl_delay_s: float | None = None  # None: not stated
    sitemaps: tuple[str, ...] = ()  # absolute, in order
    agent: str = AGENT
    rules: Protego | None = None  # None: everything is allowed, or nothing, as `reason` says

    def allows(self, url: str) -> bool:
        """Whether an address of this host may be asked; the caller sees to it that it is this host's."""
        if self.rules is None:
            return self.reason == "no_rules"
        try:
            return bool(self.rules.can_fetch(url, self.agent))
        except ValueError:  # it is no address, so nobody will ask for it
            return False


def parse_robots(capture: Capture | None, *, agent: str = AGENT) -> RobotsRules:
    """Read the answer for /robots.txt; None stands for a host that gave no answer.

    No file (4xx, or a redirect that leads nowhere) allows everything; no answer, 429 and 5xx allow nothing, as
    does a file that cannot be unpacked. A 304 has nothing to read: hand in the capture that it repeats.

    Source: RFC 9309, section 2.3.1; 429 as Google reads it,
    https://developers.google.com/search/docs/crawling-indexing/robots/robots_txt, read 2026-11.
    """
    if capture is None:
        return RobotsRules(reason="unreachable")
    status = capture.status or 200
    if 300 <= status < 500 and status not in {304, 429}:
        return RobotsRules(reason="no_rules")
    if not 200 <= status < 300:
        return RobotsRules(reason="unreachable")
    try:
        body = unpack(capture.body, capture.headers, subject=capture.url)
    except PayloadError:
        return RobotsRules(reason="unreadable")
    return _parse_text(body[:READ_BYTES].decode("utf-8-sig", "replace"), base=capture.final_url, agent=agent)


def _parse_text(text: str, *, base: str, agent: str) -> RobotsRules:
    if text.lower().count("agent") * len(text.splitlines()) > PAIR_LIMIT:
        return RobotsRules(reason="unreadable")
    rules = Protego.parse(text)
    sitemaps = (resolve(base, address) for address in list(rules.sitemaps)[:SITEMAP_LIMIT])
    return RobotsRules(
        reason="rules",
        crawl_delay_s=rules.crawl_delay(agent),
        sitemaps=tuple(dict.fromkeys(address for address in sitemaps if address is not None)),
        agent=agent,
        rules=rules,
    )
