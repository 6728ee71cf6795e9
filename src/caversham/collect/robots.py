"""What a site's robots.txt asks of us (RFC 9309), and the two wishes beyond it that sites state there.

What real sites mean but spell otherwise is read as they mean it: a missing colon, a missing slash, known misspellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from caversham.errors import PayloadError
from caversham.payload import unpack
from caversham.types import Capture
from caversham.urls import resolve

AGENT = "caversham"  # the product token that our requests carry

# RFC 9309, section 2.5: at least 500 KiB must be read; what comes after is ignored.
READ_BYTES = 500 * 1024

SITEMAP_LIMIT = 1_000  # our choice; an index holds more than anyone lists here

# RFC 9309, section 2.2; crawl-delay and sitemap are no part of it. The misspellings are those of the files of 4,231
# sites (github.com/scrapy/protego, tests/test_data) and those that Google reads
# (https://developers.google.com/search/docs/crawling-indexing/robots/robots_txt#syntax).
RECORD = re.compile(
    r"(?:(?P<agent>user[- ]?agent)|(?P<disallow>dis+al+[oa]w|diasllow)|(?P<allow>allow)"
    r"|(?P<delay>crawl-?delay)|(?P<sitemap>site-?map))\s*(?::|\s)\s*(?P<value>.*)",
    re.IGNORECASE,
)
KINDS = ("agent", "disallow", "allow", "delay", "sitemap")
LINE_END = re.compile(r"\r\n?|\n")
PRODUCT_TOKEN = re.compile(r"\*(?!\S)|[^\s/;,()*]+")  # the RFC's letters, "_" and "-", and those of other scripts
SECONDS = re.compile(r"[0-9]{0,9}\.?[0-9]{1,9}", re.ASCII)

# RFC 3986, section 2: what may stand unescaped, but "*" and "$", which mean more in a rule (RFC 9309, section 2.2.3).
PATH_SAFE = "-._~:/?#[]@!&'()+,;=%"
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRule:
    """One `Allow` or `Disallow`, ready to be compared."""

    is_allowed: bool
    pieces: tuple[str, ...]  # what stands between the asterisks, in order; normalised
    is_whole: bool  # it ends in "$": the address must end there too
    length: int  # of the whole pattern, in octets: the longest rule counts

    def matches(self, path: str) -> bool:
        """Tell whether a normalised path with its query begins with this pattern."""
        first, *others = self.pieces
        if not others:
            return path == first if self.is_whole else path.startswith(first)
        if not path.startswith(first):
            return False
        position = len(first)
        for piece in others[:-1] if self.is_whole else others:
            found = path.find(piece, position)
            if found < 0:
                return False
            position = found + len(piece)
        return not self.is_whole or (path.endswith(others[-1]) and position <= len(path) - len(others[-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """What may be asked of one host, and how often."""

    reason: str  # why so: rules, no_rules, unreachable, unreadable
    crawl_delay_s: float | None = None  # None: not stated
    sitemaps: tuple[str, ...] = ()  # absolute, in order
    rules: tuple[RobotsRule, ...] = ()  # that concern us

    def allows(self, url: str) -> bool:
        """Whether an address of this host may be asked; the caller sees to it that it is this host's."""
        try:
            path = _path_of(url)
        except ValueError:  # it is no address, so nobody will ask for it
            return False
        if self.reason not in {"rules", "no_rules"}:
            return False
        if path == "/robots.txt":  # RFC 9309, section 2.2.2: implicitly allowed
            return True
        # RFC 9309, section 2.2.2: the longest match counts, and of two equal ones that which allows.
        matching = [(rule.length, rule.is_allowed) for rule in self.rules if rule.matches(path)]
        return max(matching, default=(0, True))[1]


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
    return _parse_text(_within_limit(body).decode("utf-8-sig", "replace"), base=capture.final_url, agent=agent.lower())


def _within_limit(body: bytes) -> bytes:
    """The whole lines that are read of a file; half a rule would be another rule."""
    read = body[:READ_BYTES]
    return read if len(read) == len(body) else read[: max(read.rfind(b"\n"), read.rfind(b"\r"), 0)]


def _parse_text(text: str, *, base: str, agent: str) -> RobotsRules:
    """Read all groups at once: those that name us count, else those for all (RFC 9309, section 2.2.1)."""
    ours, everyones, sitemaps = _Group(), _Group(), []
    agents: set[str] = set()
    is_open = True  # further agents join the group; only a rule ends its head, no other record does
    for kind, value in _records(text):
        if kind == "agent":
            agents = agents if is_open else set()
            agents |= _tokens(value)
            is_open = True
            ours.is_named |= agent in agents
        elif kind == "sitemap":
            sitemaps.append(value)
        else:
            is_open = is_open and kind == "delay"
            for group in [group for group, name in ((ours, agent), (everyones, "*")) if name in agents]:
                group.add(kind, value)
    chosen = ours if ours.is_named else everyones
    resolved = (resolve(base, address) for address in sitemaps[:SITEMAP_LIMIT])
    return RobotsRules(
        reason="rules",
        crawl_delay_s=chosen.delay_s,
        sitemaps=tuple(dict.fromkeys(address for address in resolved if address is not None)),
        rules=tuple(chosen.rules),
    )


class _Group:
    """What all groups for one agent ask together."""

    def __init__(self) -> None:
        self.is_named = False
        self.delay_s: float | None = None
        self.rules: list[RobotsRule] = []

    def add(self, kind: str, value: str) -> None:
        """Take in a rule or a delay; of several delays the longest counts, and empty rules forbid nothing."""
        if kind == "delay" and SECONDS.fullmatch(value):
            self.delay_s = max(self.delay_s or 0.0, float(value))
        elif kind != "delay" and value:
            self.rules.extend(_make_rules(value, is_allowed=kind == "allow"))


def _records(text: str) -> Iterator[tuple[str, str]]:
    """Kind and value of each line that is a record; comments are taken off."""
    for line in LINE_END.split(text):
        found = RECORD.match(line.partition("#")[0].strip())
        if found:
            yield next(kind for kind in KINDS if found[kind]), found["value"]


def _tokens(value: str) -> set[str]:
    """The product token that a line names, without version and what else follows it; empty if there is none."""
    found = PRODUCT_TOKEN.match(value)
    return {found[0].lower()} if found else set()


def _make_rules(pattern: str, *, is_allowed: bool) -> Iterator[RobotsRule]:
    """Make the rule of a line. Who allows a folder's index allows the folder, as Google reads it."""
    path = pattern if pattern[0] in "/*" else "/" + pattern
    yield _make_rule(path, is_allowed=is_allowed)
    if is_allowed and path.endswith(("/index.html", "/index.htm")):
        yield _make_rule(path[: path.rindex("/") + 1] + "$", is_allowed=True)


def _make_rule(pattern: str, *, is_allowed: bool) -> RobotsRule:
    is_whole = pattern.endswith("$")
    pieces = [_normal_path(piece) for piece in pattern.removesuffix("$").split("*")]
    inner = [piece for piece in pieces[1:-1] if piece]
    return RobotsRule(
        is_allowed=is_allowed,
        pieces=(pieces[0], *inner, *pieces[1:][-1:]),
        is_whole=is_whole,
        length=sum(map(len, pieces)) + len(pieces) - 1 + is_whole,
    )


def _path_of(url: str) -> str:
    """The part of an address that rules are about: path and query. Raises ValueError."""
    parts = urlsplit(url)
    before, mark, query = url.partition("#")[0].partition("?")
    return _normal_path((parts.path or "/") + mark + query) if before else "/"


def _normal_path(path: str) -> str:
    """Escape what must be, and nothing that need not be (RFC 9309, section 2.2.2)."""
    return ESCAPE.sub(_normal_escape, quote(path, safe=PATH_SAFE, errors="replace"))


def _normal_escape(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in UNRESERVED else found[0].upper()
