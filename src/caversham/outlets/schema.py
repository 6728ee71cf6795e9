"""One TOML file becomes one Outlet, or an error that names the file, the key and what to do.

`outlets/<country>/<id>.toml`; all keys but `name` may be absent, and absent means unknown:

    name = "KCNA"                       # as it signs in English, or as it is best known
    country = "KP"                      # ISO 3166-1 alpha-2; a user-assigned code (XA-XZ ...) for fiction
    role = "state"                      # state, wire, relay, mirror, other, unknown
    control = "SC"                      # State Media Monitor's typology, only with [facts.control]
    organ_of = "party: ..."             # kind (party, state, government, ministry, army, ...) and its name
    audience = "both"                   # domestic, external, both, unknown
    hosts = ["kcna.kp"]                 # a host stands for its subdomains; host:port for one port only
    timezone = "Asia/Pyongyang"         # IANA
    agency_credits = ["KCNA"]           # how its texts are signed
    delay_s = 5                         # pause between two requests to one host
    mirrors = ["kcna.co.jp"]            # hosts of others that carry the same items
    predecessors = ["..."]              # earlier names
    closed_on = 2014-01-01
    legal_note = "..."
    note = "..."                        # what a reader of its texts should know of it
    [names]                             # by primary BCP 47 subtag
    ko = "조선중앙통신"
    [[editions]]                        # one language service
    language = "ko"; audience = "domestic"; hosts = ["..."]; path_prefix = "/ko/"; delay_s = 3600
    [[sources]]                         # something that points at items
    kind = "feed"                       # feed, sitemap, listing; for `backfill`: archive, numbered
    url = "https://..."; language = "en"; since = 2015-01-01; until = 2020-12-31
    checked = "never"                   # when and how the address was seen to work
    selectors = {item = "li", link = "a", title = "a", date = "span"}    # listings and archives only
    first = 1; step = 1; misses = 20    # of an archive's pages, or of numbered addresses
    [[rules]]                           # selectors for pages captured from `since` to `until`, both days included
    hosts = ["..."]; since = 2015-01-01; date_format = "%Y.%m.%d"
    selectors = {title = "h1", body = ".text", date = "time", remove = ".ad"}
    [facts.control]                     # where a key above comes from
    source = "..."; checked_on = 2026-11-23
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from caversham.errors import SettingsError
from caversham.outlets.fields import Fields, each, whole
from caversham.outlets.templates import places_of
from caversham.types import Audience, Citation, Edition, Outlet, OutletId, Role, Rule, Source

MAX_FILE_BYTES = 256 * 1024  # ours: hundreds of times the longest file of the catalogue
MAX_DELAY_S = 3600.0
MAX_EDITION_DELAY_S = 366 * 86400.0

# State Media Monitor's seven types, as written in the column Typology of its State Media Matrix
# (State_Media_Matrix.csv of github.com/ASD-at-GMF/state-media-profiles)
TYPOLOGY = frozenset({"SC", "CaPu", "CaPr", "ISFM", "ISF", "ISM", "IP", "unknown"})
SOURCE_KINDS = frozenset({"feed", "sitemap", "listing", "archive", "numbered"})
LISTINGS = frozenset({"listing", "archive"})  # pages that are read by selectors
MAX_NUMBER = 10**15
_ARCHIVE_PLACES = frozenset({"year", "month", "day", "page"})
# By kind: the places that an address may have, and those of which it needs one.
TEMPLATES = MappingProxyType(
    {"archive": (_ARCHIVE_PLACES, _ARCHIVE_PLACES), "numbered": (frozenset({"number"}), frozenset({"number"}))}
)
SOURCE_SELECTORS = frozenset({"item", "link", "title", "date"})
RULE_SELECTORS = frozenset({"title", "body", "date", "updated", "section", "byline", "captions", "images", "remove"})

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")  # primary subtag, RFC 5646 section 2.2.1
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"  # RFC 1035 section 2.3.1, and the underscore that hosts do use
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{1,10}}(?::[1-9][0-9]{{0,4}})?|localhost(?::[1-9][0-9]{{0,4}})?")
_USER_ASSIGNED = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ")  # ISO 3166-1: codes that no state will get


def parse_outlet(raw: bytes, *, id: str, where: str) -> Outlet:
    """The outlet that a TOML file describes; `id` is the file's name, `where` its path for messages.

    Raises SettingsError naming the file, the key, what is wrong and what to do.
    """
    if not _ID.fullmatch(id):
        raise SettingsError(f"{where}: the file name is the outlet's id; use a-z, 0-9 and single hyphens")
    return whole(Fields(_parse_toml(raw, where), where=where), lambda fields: _outlet(fields, OutletId(id)))


def is_host(text: str) -> bool:
    """True for a lower-case host name or IPv4 address, with or without a port."""
    return len(text) <= 260 and _HOST.fullmatch(text) is not None


def _parse_toml(raw: bytes, where: str) -> dict[str, object]:
    if len(raw) > MAX_FILE_BYTES:
        raise SettingsError(f"{where}: is larger than {MAX_FILE_BYTES} bytes; an outlet's file holds facts only")
    try:
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{where}: is not TOML in UTF-8: {error}; mend the line it names") from error


def _outlet(fields: Fields, id: OutletId) -> Outlet:
    outlet = Outlet(
        id=id,
        name=fields.needed("name"),
        names=_names(fields),
        country=_country(fields),
        role=fields.choice("role", Role, Role.UNKNOWN),
        control=_control(fields),
        organ_of=fields.text("organ_of") or None,
        audience=fields.choice("audience", Audience, Audience.UNKNOWN),
        editions=each(fields.tables("editions"), _edition),
        hosts=_hosts(fields, "hosts"),
        timezone=_timezone(fields),
        sources=each(fields.tables("sources"), _source),
        rules=_rules(fields),
        agency_credits=fields.texts("agency_credits"),
        delay_s=fields.seconds("delay_s", 5.0, limit=MAX_DELAY_S),
        mirrors=_hosts(fields, "mirrors"),
        predecessors=fields.texts("predecessors"),
        closed_on=fields.day("closed_on"),
        legal_note=fields.text("legal_note"),
        note=fields.text("note"),
        facts=_facts(fields),
    )
    if outlet.control != "unknown" and "control" not in outlet.facts:
        raise fields.wrong("control", "is a judgement of others; add [facts.control] with its source, or remove it")
    return outlet


def _names(fields: Fields) -> Mapping[str, str]:
    names = fields.words("names")
    for language in names:
        _checked_language(fields, f"names.{language}", language)
    return names


def _country(fields: Fields) -> str | None:
    code = fields.text("country")
    if code and code not in _country_codes() and not _USER_ASSIGNED.fullmatch(code):
        raise fields.wrong("country", f"must be an ISO 3166-1 alpha-2 code in capitals, not {code!r}")
    return code or None


@cache
def _country_codes() -> frozenset[str]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split("\t")[0] for line in lines if not line.startswith("#"))


def _control(fields: Fields) -> str:
    control = fields.text("control", "unknown")
    if control not in TYPOLOGY:
        raise fields.wrong("control", f"must be one of {', '.join(sorted(TYPOLOGY))}, not {control!r}")
    return control


def _timezone(fields: Fields) -> str:
    name = fields.text("timezone", "UTC")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # a directory such as "Asia" is an OSError
        raise fields.wrong("timezone", f"must be an IANA name such as 'Asia/Tokyo', not {name!r}") from error
    return name


def _hosts(fields: Fields, key: str) -> tuple[str, ...]:
    hosts = fields.texts(key)
    for host in hosts:
        if not is_host(host):
            advice = "write it in lower case, in its ASCII form, without scheme and path"
            raise fields.wrong(key, f"{host!r} is not a host; {advice}")
    return hosts


def _checked_language(fields: Fields, key: str, language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise fields.wrong(key, f"{language!r} is not a primary BCP 47 subtag such as 'en'")
    return language


def _edition(fields: Fields) -> Edition:
    prefix = fields.text("path_prefix")
    if prefix and not prefix.startswith("/"):
        raise fields.wrong("path_prefix", f"must begin with '/', not {prefix!r}")
    delay = fields.seconds("delay_s", 0.0, limit=MAX_EDITION_DELAY_S)
    return Edition(
        language=_checked_language(fields, "language", fields.needed("language")),
        audience=fields.choice("audience", Audience, Audience.UNKNOWN),
        hosts=_hosts(fields, "hosts"),
        path_prefix=prefix,
        delay_s=int(delay) if "delay_s" in fields else None,
    )


def _source(fields: Fields) -> Source:
    kind = fields.needed("kind")
    if kind not in SOURCE_KINDS:
        raise fields.wrong("kind", f"must be one of {', '.join(sorted(SOURCE_KINDS))}, not {kind!r}")
    selectors = _selectors(fields, SOURCE_SELECTORS)
    if (kind in LISTINGS) != ("link" in selectors):
        advice = "a listing needs the selector 'link', an archive too, and no other source has selectors"
        raise fields.wrong("selectors", advice)
    since, until = _period(fields)
    language = fields.text("language")
    return Source(
        kind=kind,
        url=_template(fields, kind),
        language=_checked_language(fields, "language", language) if language else None,
        selectors=selectors,
        since=since,
        until=until,
        checked=fields.text("checked", "never"),
        first=_counter(fields, kind, "first", 1, least=0, most=MAX_NUMBER),
        step=_counter(fields, kind, "step", 1, least=1, most=MAX_NUMBER),
        misses=_counter(fields, kind, "misses", 20, least=1, most=10_000),
    )


def _counter(fields: Fields, kind: str, key: str, default: int, *, least: int, most: int) -> int:
    if kind not in TEMPLATES and key in fields:
        raise fields.wrong(key, f"only counts pages of an archive or numbered addresses; a {kind} has none, remove it")
    return fields.number(key, default, least=least, most=most)


def _template(fields: Fields, kind: str) -> str:
    """The address of a source; that of an archive or of numbered items has places to fill."""
    url = _address(fields)
    try:
        places = places_of(url)
    except ValueError as error:
        raise fields.wrong("url", f"{error}; mend it") from error
    may_have, needs = TEMPLATES.get(kind, (frozenset(), frozenset()))
    if not places <= may_have or not (places & needs or not needs):
        known = ", ".join(f"{{{name}}}" for name in sorted(may_have)) or "no places in braces"
        raise fields.wrong(
            "url", f"of kind {kind!r} may have {known}, and needs one if it may; it has {sorted(places)}"
        )
    if ("day" in places and "month" not in places) or ("month" in places and "year" not in places):
        raise fields.wrong("url", f"names a day without its month, or a month without its year: {url!r}")
    return url


def _address(fields: Fields) -> str:
    url = fields.needed("url")
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and is_host(parts.netloc.lower())
    except ValueError:
        is_good = False
    if not is_good or any(letter.isspace() for letter in url):
        raise fields.wrong("url", f"must be an http or https address without user name, not {url!r}")
    return url


def _period(fields: Fields) -> tuple[date | None, date | None]:
    since, until = fields.day("since"), fields.day("until")
    if since and until and since > until:
        raise fields.wrong("until", f"{until} lies before since, {since}")
    return since, until


def _selectors(fields: Fields, known: frozenset[str]) -> Mapping[str, str]:
    selectors = fields.words("selectors")
    for name, selector in selectors.items():
        if name not in known:
            raise fields.wrong(f"selectors.{name}", f"is not known; use {', '.join(sorted(known))}")
        try:
            LexborHTMLParser("").css(selector)
        except SelectolaxError as error:
            raise fields.wrong(f"selectors.{name}", f"{selector!r} is not a CSS selector that lexbor reads") from error
    return selectors


def _rule(fields: Fields) -> Rule:
    selectors = _selectors(fields, RULE_SELECTORS)
    if "body" not in selectors:
        raise fields.wrong("selectors", "a rule needs at least the selector 'body'")
    since, until = _period(fields)
    return Rule(
        selectors=selectors,
        since=since,
        until=until,
        hosts=_hosts(fields, "hosts"),
        date_format=fields.text("date_format") or None,
    )


def _rules(fields: Fields) -> tuple[Rule, ...]:
    rules = each(fields.tables("rules"), _rule)
    for number, rule in enumerate(rules, start=1):
        for earlier, other in enumerate(rules[: number - 1], start=1):
            if _overlaps(rule, other):
                advice = "give both the days on which they begin and end, or hosts of their own"
                raise fields.wrong(
                    "rules", f"rules {earlier} and {number} cover the same host on the same day; {advice}"
                )
    return rules


def _overlaps(rule: Rule, other: Rule) -> bool:
    begins = max(rule.since or date.min, other.since or date.min)
    ends = min(rule.until or date.max, other.until or date.max)
    shares_host = not rule.hosts or not other.hosts or bool(set(rule.hosts) & set(other.hosts))
    return shares_host and begins <= ends


def _facts(fields: Fields) -> Mapping[str, Citation]:
    citations = {}
    for name, table in fields.named("facts").items():
        if name not in fields or name == "facts":
            raise fields.wrong(f"facts.{name}", "cites a key that this file does not set; set it or remove the fact")
        citations[name] = whole(table, _citation)
    return MappingProxyType(citations)


def _citation(fields: Fields) -> Citation:
    return Citation(source=fields.needed("source"), checked_on=fields.day("checked_on"))
