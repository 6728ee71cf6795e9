"""Canonical addresses: one pure, versioned function from an address to the form it is known by.

What `canonical_url` does, and why (raise `URLS` when any of it changes: article ids hang on it):

* It parses as a browser does (WHATWG URL, https://url.spec.whatwg.org/), so that the address means here
  what it means to a reader: white space and control characters around it stripped, scheme and host in lower
  case, international names in Punycode, default port dropped, dot segments resolved, odd characters escaped.
* It does what RFC 3986, section 6.2.2, calls equal in any case: escapes in upper-case hex, escaped unreserved
  characters unescaped, a lone `%` escaped.
* It drops what never reaches the server or names nobody's page: fragment, user and password (they also make an
  address look like another host's), the root dot of a host, an empty query, parameters that only track readers.
* It keeps what a server may care about and what a reader would miss: the scheme, `www.`, a trailing slash, double
  slashes, letter case of path and query, order of parameters. An address that was imported is shown as it was.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address
from unicodedata import bidirectional
from urllib.parse import quote, unquote_to_bytes

import idna

from caversham.errors import SubjectError
from caversham.types import ArticleId

URLS = "urls@1"
_REMEMBERED = 2048  # addresses and hosts; a batch asks for each of its own up to ten times
MAX_LENGTH = 8_000  # code points; RFC 9110, section 4.1: at least 8000 octets should be supported

# Parameters that say where a reader came from and nothing of the page, in lower case. Read 2026-11-23:
_TRACKING = frozenset(
    {
        # https://firefox-source-docs.mozilla.org/toolkit/components/antitracking/anti-tracking/query-stripping/
        *("mc_eid", "oly_anon_id", "oly_enc_id", "__s", "vero_id", "_hsenc", "mkt_tok", "fbclid"),
        # https://github.com/mpchadwick/tracking-query-params-registry (_data/params.csv)
        *("gclid", "gclsrc", "_ga", "mc_cid", "msclkid", "s_kwcid", "ef_id", "dm_i", "epik"),
        # https://github.com/henkisdabro/platform-url-click-id-parameters (parameter_array.js)
        *("gbraid", "wbraid", "dclid", "srsltid", "hsctatracking", "_hsmi", "__hssc", "__hstc", "__hsfp", "igshid"),
        *("li_fat_id", "rb_clickid", "ml_subscriber", "ml_subscriber_hash", "rdt_cid", "ttclid", "twclid", "s_cid"),
        *("yclid", "_openstat"),  # https://yandex.com/support/direct/statistics/url-tags.html
        # https://github.com/at-internet/smarttag-documentation-archive/wiki/Marketing-campaign-management
        *("at_medium", "at_campaign", "xtor"),
        *("pk_campaign", "pk_kwd", "pk_keyword"),  # https://matomo.org/faq/how-to/faq_120
        "spm",  # https://linkclean.app/trackers/spm/
    }
)
_TRACKING_PREFIXES = ("utm_", "mtm_")  # https://matomo.org/faq/how-to/faq_120 names both families

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SURROGATE = re.compile("[\ud800-\udfff]")
# An address in canonical form already, as nearly all of them are: no port, no escapes, no dot segment, no query.
_PLAIN = re.compile(r"(https?)://((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,})((?:/(?!\.)[A-Za-z0-9._~-]*)*)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, section 2.3
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")  # WHATWG "forbidden domain code point"
_IPV4_PART = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


def _all_but(encoded: str) -> str:
    """Make the `safe` argument by which `quote` encodes C0, non-ASCII and just these printable characters."""
    return "".join(char for char in _PRINTABLE if char not in encoded)


# WHATWG percent-encode sets, https://url.spec.whatwg.org/#percent-encoded-bytes
_USERINFO_SAFE = _all_but('"#<>?^`{}/:;=@[\\]|')
_PATH_SAFE = _all_but('"#<>?^`{}')
_QUERY_SAFE = _all_but("\"#<>'")
_FRAGMENT_SAFE = _all_but('"<>`')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """An http or https address, taken apart; everything but the fragment's presence is in WHATWG form."""

    scheme: str
    userinfo: str  # with its "@"; "" if there is none
    host: str
    port: int | None  # None: the scheme's own
    path: str
    query: str | None
    fragment: str | None


# --- What the rest of Caversham asks --------------------------------------------------------


def canonical_url(url: str) -> str:
    """Give the form under which an address is known; applied twice it changes nothing more.

    Raises SubjectError (`bad_url`) for what is not an absolute http or https address.

    >>> canonical_url("HTTP://www.Example.org:80/a/../b%7e/?utm_source=x&id=3#top")
    'http://www.example.org/b~/?id=3'
    """
    try:
        canonical = _serialise(_canonical_parts(url))
        _check_length(canonical)
    except ValueError as error:
        raise _bad_url(url, error) from error
    return canonical


@lru_cache(maxsize=_REMEMBERED)
def article_id(canonical: str) -> ArticleId:
    """Give the id of the article at a canonical address: 80 bits of its SHA-256 as 16 base32 letters."""
    return ArticleId(b32encode(sha256(canonical.encode()).digest()[:10]).decode().lower())


def host_of(url: str) -> str:
    """Give the host of an address as in its canonical form, without port.

    Raises SubjectError (`bad_url`) for what is not an absolute http or https address.
    """
    try:
        return _canonical_parts(url).host
    except ValueError as error:
        raise _bad_url(url, error) from error


def resolve(base: str, relative: str) -> str | None:
    """Give the absolute address that a link on the page `base` leads to, as a browser makes it.

    None if it is not http or https (mail, scripts, files) or no address at all. A base that is none itself
    only leaves absolute links. Nothing is made canonical: fragment and parameters stay.
    """
    if (plain := _match_plain(relative)) and plain[3]:
        return relative
    try:
        return _serialise(_parse(relative, _parse_base(base)))
    except ValueError:
        return None


def is_home(url: str) -> bool:
    """Tell a front page: a bare host, its index file, or the same below a code of two or three letters (`/en/`).

    Raises SubjectError (`bad_url`) for what is not an absolute http or https address.
    """
    try:
        return _is_home(_canonical_parts(url))
    except ValueError as error:
        raise _bad_url(url, error) from error


def same_site_host(a: str, b: str) -> bool:
    """Tell whether two hosts are the same site: equal but for letter case and a leading `www.`."""
    return _without_www(a) == _without_www(b)


def matches_host(host: str, patterns: Iterable[str]) -> bool:
    """Tell whether a host is one of these (but for a leading `www.`) or a subdomain of one."""
    host = host.lower()
    return any(same_site_host(host, pattern) or host.endswith("." + pattern.lower()) for pattern in patterns)


def choose_canonical(final_url: str, hint: str | None) -> str:
    """Choose the canonical address of a page that answered at `final_url` and names `hint` as its own.

    The hint (rel=canonical, relative or absolute) is followed on the same host and port only, and never to a
    home or section page: sites that name these would fold all of their articles into one.
    Raises SubjectError (`bad_url`) if `final_url` is not an absolute http or https address.

    >>> choose_canonical("http://example.org/news/7?from=feed", "https://www.example.org/news/7")
    'https://www.example.org/news/7'
    """
    own = canonical_url(final_url)
    if not hint:
        return own
    try:
        named = canonical_url(resolve(own, hint) or "")
    except SubjectError:
        return own
    return named if _can_stand_for(_canonical_parts(named), _canonical_parts(own)) else own


# --- Canonical form -------------------------------------------------------------------------


def _bad_url(url: str, error: ValueError) -> SubjectError:
    shown = url if len(url) <= 200 else url[:200] + "…"
    message = (
        f"{shown!r} is no address to keep a page under: {error}; give an absolute one like 'https://example.org/page'"
    )
    return SubjectError(message, subject=shown, reason="bad_url")


def _match_plain(text: str) -> re.Match[str] | None:
    return _PLAIN.fullmatch(text) if len(text) <= MAX_LENGTH else None


def _check_length(url: str) -> None:
    if len(url) > MAX_LENGTH:
        raise ValueError(f"it is longer than {MAX_LENGTH:,} characters")


@lru_cache(maxsize=_REMEMBERED)
def _canonical_parts(url: str) -> _Parts:
    if plain := _match_plain(url):
        scheme, host, path = plain.groups()
        return _Parts(scheme=scheme, userinfo="", host=host, port=None, path=path or "/", query=None, fragment=None)
    parts = _parse(url)
    query = _drop_tracking(_normalise_escapes(parts.query or ""))
    return replace(
        parts,
        userinfo="",
        host=_parse_host(parts.host.rstrip(".")),  # again: without its dots it may turn out a number
        path=_normalise_escapes(parts.path),
        query=query or None,
        fragment=None,
    )


def _normalise_escapes(text: str) -> str:
    return _PERCENT.sub(_normal_escape, text)


def _normal_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else match[0].upper()


def _drop_tracking(query: str) -> str:
    return "&".join(part for part in query.split("&") if not _is_tracking(part))


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _without_www(host: str) -> str:
    return host.lower().removeprefix("www.")


# --- Pages that are not items ---------------------------------------------------------------

_INDEX_FILE = re.compile(r"(?:index|default|home|main)(?:\.[a-z]{2,5})?", re.IGNORECASE)
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z]{2,4})?", re.IGNORECASE)  # BCP 47: language, with region or script
_LANGUAGE_PARAMETER = re.compile(r"(?:lang|language|locale|hl)=[^&]*", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:php\d?|aspx?|jspx?|do|action|cgi|pl|cfm)$", re.IGNORECASE)
_PRESENTATIONS = frozenset(("amp", "print"))  # the same item in another dress, below its own address


def _is_home(parts: _Parts) -> bool:
    if parts.query and not _LANGUAGE_PARAMETER.fullmatch(parts.query):
        return False
    names = _folder(parts.path)
    return not names or (len(names) == 1 and bool(_CODE.fullmatch(names[0])))


def _can_stand_for(named: _Parts, here: _Parts) -> bool:
    """Tell whether the page that is `named` may be taken for the page `here`."""
    same_site = same_site_host(named.host, here.host) and named.port == here.port
    return same_site and not _is_home(named) and not _is_section(named, here)


def _is_section(named: _Parts, here: _Parts) -> bool:
    """Tell whether `named` is what `here` stands in: a folder above it, or the script that its query asks."""
    above, below = _folder(named.path), _names(here.path)
    if len(above) < len(below):
        return below[: len(above)] == above and not _PRESENTATIONS.issuperset(below[len(above) :])
    if above != below or named.query or not here.query:
        return False
    return named.path.endswith("/") or bool(_SCRIPT.search(named.path))


def _folder(path: str) -> list[str]:
    """List the names in a path, without that of an index file."""
    names = _names(path)
    return names[:-1] if names and _INDEX_FILE.fullmatch(names[-1]) else names


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]


# --- WHATWG parsing, http and https only ----------------------------------------------------


def _parse_base(base: str) -> _Parts | None:
    try:
        return _parse(base)
    except ValueError:
        return None


def _parse(text: str, base: _Parts | None = None) -> _Parts:
    """Take an address apart as https://url.spec.whatwg.org/#concept-basic-url-parser does.

    Raises ValueError with the reason, a clause about "it".
    """
    _check_length(text)
    text = _SURROGATE.sub("\ufffd", text).strip(_C0_AND_SPACE)
    text = text.replace("\t", "").replace("\n", "").replace("\r", "")
    match = _SCHEME.match(text)
    if match is None:
        if base is None:
            raise ValueError("it has no scheme")
        return _parse_relative(text, base)
    scheme, rest = match[1].lower(), text[match.end() :]
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"its scheme is {scheme!r}")
    if base is not None and base.scheme == scheme and not rest.startswith("//"):
        return _parse_relative(rest, base)
    return _parse_authority(scheme, rest)


def _parse_relative(text: str, base: _Parts) -> _Parts:
    if len(text) > 1 and text[0] in "/\\" and text[1] in "/\\":
        return _parse_authority(base.scheme, text)
    path, query, fragment = _split_tail(text)
    if path:
        folder = "" if path[0] in "/\\" else base.path.rpartition("/")[0] + "/"
        return replace(base, path=_normal_path(folder + path), query=query, fragment=fragment)
    return replace(base, query=base.query if query is None else query, fragment=fragment)


def _parse_authority(scheme: str, rest: str) -> _Parts:
    rest = rest.lstrip("/\\")
    length = next((n for n, char in enumerate(rest) if char in "/\\?#"), len(rest))
    credentials, _, address = rest[:length].rpartition("@")
    colon = address.find(":", address.rfind("]") + 1)
    host, port = (address, "") if colon < 0 else (address[:colon], address[colon + 1 :])
    path, query, fragment = _split_tail(rest[length:])
    return _Parts(
        scheme=scheme,
        userinfo=_normal_userinfo(credentials),
        host=_parse_host(host),
        port=_parse_port(port, scheme),
        path=_normal_path(path),
        query=query,
        fragment=fragment,
    )


def _split_tail(text: str) -> tuple[str, str | None, str | None]:
    """Path as written; query and fragment encoded, None where there is none."""
    before, hash_sign, fragment = text.partition("#")
    path, question_mark, query = before.partition("?")
    return (
        path,
        quote(query, safe=_QUERY_SAFE) if question_mark else None,
        quote(fragment, safe=_FRAGMENT_SAFE) if hash_sign else None,
    )


def _normal_userinfo(credentials: str) -> str:
    user, _, password = credentials.partition(":")
    user, password = quote(user, safe=_USERINFO_SAFE), quote(password, safe=_USERINFO_SAFE)
    return (user + (":" + password if password else "") + "@") if user or password else ""


def _normal_path(path: str) -> str:
    """Resolve dot segments, also escaped ones, and escape odd characters."""
    names: list[str] = []
    segments = re.split(r"[/\\]", path)
    segments = segments[1:] if segments[0] == "" else segments
    for segment in segments:
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            del names[-1:]
        elif dots != ".":
            names.append(quote(segment, safe=_PATH_SAFE))
    if segments and segments[-1].lower().replace("%2e", ".") in {".", ".."}:
        names.append("")
    return "/" + "/".join(names)


def _parse_port(text: str, scheme: str) -> int | None:
    if not re.fullmatch("[0-9]*", text):
        raise ValueError(f"its port is {text[:20]!r}")
    digits = text.lstrip("0")
    if len(digits) > 5 or int(digits or "0") > 65_535:
        raise ValueError(f"its port is {text[:20]!r}")
    port = int(digits or "0") if text else None
    return None if port == _DEFAULT_PORTS[scheme] else port


@lru_cache(maxsize=_REMEMBERED)
def _parse_host(text: str) -> str:
    """Bring a host into one form: a name in Punycode, four decimal bytes, or a bracketed IPv6 address."""
    if text.startswith("["):
        return _parse_ipv6(text)
    domain = _to_ascii(unquote_to_bytes(text).decode(errors="replace"))
    if not domain:
        raise ValueError("it has no host")
    if found := _FORBIDDEN_IN_HOST.search(domain):
        raise ValueError(f"its host has the character {found[0]!r}")
    labels = domain.removesuffix(".").split(".")
    return _parse_ipv4(labels) if _IPV4_PART.fullmatch(labels[-1]) else domain


def _parse_ipv4(labels: list[str]) -> str:
    """https://url.spec.whatwg.org/#concept-ipv4-parser: hexadecimal, octal and short forms too."""
    numbers = [_parse_ipv4_part(label) for label in labels]
    last_limit = 256 ** (5 - len(numbers)) if len(numbers) <= 4 else 0
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= last_limit:
        raise ValueError("its host ends in a number and is no IPv4 address")
    value = numbers[-1] + sum(number * 256 ** (3 - place) for place, number in enumerate(numbers[:-1]))
    return ".".join(str(byte) for byte in value.to_bytes(4, "big"))


def _parse_ipv4_part(label: str) -> int:
    digits, radix = label, 10
    if label[:2] in {"0x", "0X"}:
        digits, radix = label[2:] or "0", 16
    elif len(label) > 1 and label[0] == "0":
        radix = 8
    if len(label) > 100 or not _IPV4_PART.fullmatch(label):
        raise ValueError("its host ends in a number and is no IPv4 address")
    return int(digits, radix)


def _parse_ipv6(text: str) -> str:
    if not re.fullmatch(r"\[[0-9A-Fa-f:.]+\]", text):
        raise ValueError("its host is no IPv6 address")
    value = int(IPv6Address(text[1:-1]))
    pieces = ":".join(f"{value >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))
    runs = re.findall(r"(?:\b0(?::|$)){2,}", pieces)
    if not runs:
        return f"[{pieces}]"
    before, _, after = pieces.partition(max(runs, key=len))
    return f"[{before.removesuffix(':')}::{after}]"


def _to_ascii(domain: str) -> str:
    """https://url.spec.whatwg.org/#concept-domain-to-ascii: UTS #46, not transitional, no checks of length."""
    lowered = domain.lower()
    if domain.isascii() and not re.search(r"(?:^|\.)xn--", lowered):
        return lowered
    labels = [_unicode_label(label) for label in idna.uts46_remap(domain, std3_rules=False).split(".")]
    if any(_is_right_to_left(label) for label in labels):
        for label in filter(None, labels):
            idna.check_bidi(label, check_ltr=True)
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels)


def _unicode_label(label: str) -> str:
    """Decode a mapped label and check it as UTS #46, section 4.1, asks. Raises ValueError."""
    if label.startswith("xn--"):
        label = label[4:].encode().decode("punycode")
        if label.isascii() or idna.uts46_remap(label, std3_rules=False) != label:
            raise ValueError("its host has a label that is no Punycode")
    if not label.isascii():
        idna.check_initial_combiner(label)
        if not all(idna.valid_contextj(label, n) for n, char in enumerate(label) if char in "\u200c\u200d"):
            raise ValueError("its host has a joiner where none may stand")
    return label


def _is_right_to_left(label: str) -> bool:
    return any(bidirectional(char) in {"R", "AL", "AN"} for char in label)  # RFC 5893, section 1.4


def _serialise(parts: _Parts) -> str:
    port = "" if parts.port is None else f":{parts.port}"
    query = "" if parts.query is None else "?" + parts.query
    fragment = "" if parts.fragment is None else "#" + parts.fragment
    return f"{parts.scheme}://{parts.userinfo}{parts.host}{port}{parts.path}{query}{fragment}"
