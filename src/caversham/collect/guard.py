"""Which addresses Caversham may ask: one strict reading of a URL, and the check of every address connected to.

A hostile page must not make the station ask its operator's own network. Three things see to that. The URL is
read here once, as browsers read it (WHATWG URL), and only what was read is sent: nobody downstream parses it
again. Literal addresses and names of private use are refused before anything is sent. And the socket of every
connection is made by `open_socket`, which sees the address itself, whatever name led to it.

Hosts that station.toml allows pass for exactly the name written there.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote_to_bytes, urljoin

import idna

from caversham.errors import AddressRefused, FetchError

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

REFUSAL = "an address of private or special use"  # marks our refusal among the system's errors

# RFC 9110, section 4.1: at least 8,000 octets should be supported; nobody links to longer ones.
URL_LIMIT = 8000

DEFAULT_PORTS = {"http": 80, "https": 443}

# "Bad ports" of the Fetch standard, https://fetch.spec.whatwg.org/#port-blocking, read 2026-11: ports on which
# other protocols listen that a crafted HTTP request could speak.
BAD_PORTS = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104),
        *(109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515),
        *(526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049),
        *(3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)

# Names that never mean a public host: RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), ICANN
# 2024-07-29 (internal); localdomain is what many systems write into /etc/hosts.
PRIVATE_SUFFIXES = ("localhost", "local", "home.arpa", "internal", "localdomain")

# RFC 7686: onion names must not be asked of the DNS; a Tor proxy knows them.
ONION_SUFFIX = "onion"

# IANA special-purpose address registries and what `ipaddress` of Python 3.11 still takes for global.
SPECIAL_NETWORKS_4 = (
    IPv4Network("192.0.0.0/24"),  # RFC 6890: protocol assignments; Oracle's metadata service is in it
    IPv4Network("192.88.99.0/24"),  # RFC 7526: 6to4 relays, withdrawn
    IPv4Network("100.64.0.0/10"),  # RFC 6598: carrier-grade NAT; Alibaba's metadata service is in it
    IPv4Network(
        "168.63.129.16/32"
    ),  # Azure's host service, learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
)
SPECIAL_NETWORKS_6 = (
    IPv6Network("2001::/23"),  # RFC 2928: protocol assignments, Teredo (RFC 4380) among them
    IPv6Network("2001:db8::/32"),  # RFC 3849: documentation
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291, section 2.4: all that IANA gives out
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056: bits 16 to 48 are the IPv4 address

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
C0_CONTROL_OR_SPACE = "".join(map(chr, range(0x21)))  # WHATWG URL: stripped at both ends
TAB_OR_NEWLINE = str.maketrans("", "", "\t\n\r")  # WHATWG URL: removed everywhere
LABEL = re.compile(r"[a-z0-9_-]{1,63}")  # RFC 1035 with the underscore that real names use
HOST_LIMIT = 253  # RFC 1035, section 2.3.4, without the root's dot
UNSAFE_IN_PATH = re.compile(rb"[^!$-;=?-~]|[<>\"`{}|^\\]")  # WHATWG URL: query and path percent-encode sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address as it will be asked: host in its one normal form, path and query escaped."""

    scheme: str
    host: str  # lower case ASCII name, or an address in its normal notation, without brackets
    written: str  # the host as it was written, in lower case
    port: int
    path: str  # with the query

    @property
    def netloc(self) -> str:
        """Host and, unless it is the scheme's own, port: as in the Host field."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, without fragment.

        >>> parse_target("HTTP://Example.ORG:80/a b#c").url
        'http://example.org/a%20b'
        """
        return f"{self.scheme}://{self.netloc}{self.path}"


def parse_target(url: str) -> Target:
    """Read a URL as browsers do, and refuse what no outlet writes.

    Raises AddressRefused for a scheme other than http and https; FetchError (`bad_url`) for what is no URL, names
    a user or is too long.

    Source: https://url.spec.whatwg.org/#url-parsing, the states that http and https can reach.

    >>> parse_target("http:\\\\127.1:8080\\\\x").url
    'http://127.0.0.1:8080/x'
    """
    text = url.strip(C0_CONTROL_OR_SPACE).translate(TAB_OR_NEWLINE)
    scheme = SCHEME.match(text)
    if scheme is None or len(text) > URL_LIMIT:
        raise _bad_url(url, "it has no scheme" if scheme is None else f"it is longer than {URL_LIMIT}")
    if scheme[1].lower() not in DEFAULT_PORTS:
        raise AddressRefused(f"{url!r} is refused: only http and https are asked, not {scheme[1]!r}", subject=url)
    before_fragment = text[scheme.end() :].partition("#")[0]
    before_query, question, query = before_fragment.partition("?")
    authority, slash, path = before_query.replace("\\", "/").lstrip("/").partition("/")
    return _make_target(url, scheme[1].lower(), authority, f"/{path}{question}{query}")


def join_target(base: Target, location: str) -> Target:
    """Read the target of a redirect, relative to where it was given. Raises as `parse_target`."""
    try:
        return parse_target(urljoin(base.url, location.strip(C0_CONTROL_OR_SPACE).translate(TAB_OR_NEWLINE)))
    except ValueError as error:
        raise _bad_url(location, str(error)) from error


def is_allowed(target: Target, allowed: frozenset[str]) -> bool:
    """Whether station.toml allows this host by name: as "name" for every port, or as "name:port"."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    is_as_written = target.written in (host, target.host)
    return is_as_written and (host in allowed or f"{host}:{target.port}" in allowed)


def check_target(target: Target, *, is_proxied: bool = False) -> None:
    """Refuse literal private addresses, names of private use and ports of other protocols.

    Raises AddressRefused. What a name resolves to is checked by `open_socket`, or by nobody but the proxy.
    """
    reason = _port_refusal(target.port) or _host_refusal(target.host, is_proxied=is_proxied)
    if reason:
        raise AddressRefused(
            f"{target.url!r} is refused: {reason}; a private host is asked only if allow_hosts in station.toml names it",
            subject=target.url,
        )


def address_refusal(address: str) -> str | None:
    """Why an IP address must not be asked; None: it may.

    Addresses that carry an IPv4 address inside are judged by that one.

    >>> address_refusal("2606:4700::1111") is None
    True
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{address!r} is no IP address"
    inner = _embedded_ipv4(parsed) if isinstance(parsed, IPv6Address) else parsed
    is_public = _is_public_6(parsed) if inner is None and isinstance(parsed, IPv6Address) else _is_public_4(inner)
    return None if is_public else f"{address} is {REFUSAL}"


def open_socket(address_info: AddressInfo) -> socket.socket:
    """Make the socket for one resolved address, unless that address is private.

    The place where every address that is connected to passes: names, literals, each address of a name with
    several. Raises OSError with `REFUSAL` in its text, as whoever connects expects errors of the system.
    """
    family, kind, protocol, _, address = address_info
    reason = address_refusal(str(address[0]))
    if reason:
        raise OSError(reason)
    return socket.socket(family=family, type=kind, proto=protocol)


# --- Reading ---------------------------------------------------------------------------------


def _bad_url(url: str, why: str) -> FetchError:
    return FetchError(f"{url[:URL_LIMIT]!r} cannot be asked: {why}", subject=url, reason="bad_url")


def _make_target(url: str, scheme: str, authority: str, path: str) -> Target:
    if "@" in authority:
        raise _bad_url(url, "it names a user, which no outlet's address does")
    written, port = _split_port(url, authority)
    host = _parse_ipv6(url, written) if written.startswith("[") else _parse_host(url, written)
    return Target(
        scheme=scheme,
        host=host,
        written=written.lower(),
        port=DEFAULT_PORTS[scheme] if port is None else port,
        path=_escape(path),
    )


def _split_port(url: str, authority: str) -> tuple[str, int | None]:
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        return authority, None
    if port and not (port.isascii() and port.isdigit() and len(port) <= 8 and int(port) < 65536):
        raise _bad_url(url, f"{port!r} is no port")
    return host, int(port) if port else None


def _parse_ipv6(url: str, written: str) -> str:
    try:
        return str(IPv6Address(written[1:-1] if written.endswith("]") and "%" not in written else ""))
    except ValueError as error:
        raise _bad_url(url, f"{written!r} is no IPv6 address") from error


def _parse_host(url: str, written: str) -> str:
    """Decode, fold and map a host as browsers do, then read it as IPv4 address or as name."""
    decoded = unquote_to_bytes(written).decode("utf-8", "replace")
    try:
        host = _to_ascii(decoded[: 4 * HOST_LIMIT]).removesuffix(".")
    except UnicodeError as error:
        raise _bad_url(url, f"{written!r} is no host name") from error
    labels = host.split(".")
    if len(host) > HOST_LIMIT or not all(LABEL.fullmatch(label) for label in labels):
        raise _bad_url(url, f"{written!r} is no host name")
    if not _is_numeric(labels[-1]):
        return host
    address = _parse_ipv4(labels)
    if address is None:
        raise _bad_url(url, f"{written!r} is no IPv4 address")
    return str(address)


def _to_ascii(host: str) -> str:
    """Apply UTS 46, as browsers do; full-width digits, ideographic dots and the like become plain ones."""
    if host.isascii():
        return host.lower()
    mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
    return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in mapped.split("."))


def _is_numeric(label: str) -> bool:
    """WHATWG's "ends in a number": such a host is an IPv4 address or nothing."""
    return label.isdigit() or _parse_number(label) is not None


def _parse_ipv4(labels: list[str]) -> IPv4Address | None:
    """Read 1 to 4 numbers, decimal, octal or hexadecimal; the last fills what is left. None: no address.

    Source: https://url.spec.whatwg.org/#concept-ipv4-parser
    """
    numbers = [_parse_number(label) for label in labels]
    known = [number for number in numbers if number is not None]
    if len(known) != len(labels) or len(labels) > 4:
        return None
    *front, last = known
    if any(number > 255 for number in front) or last >= 256 ** (4 - len(front)):
        return None
    return IPv4Address(last + sum(number << 8 * (3 - place) for place, number in enumerate(front)))


def _parse_number(label: str) -> int | None:
    """Read a number as WHATWG does: 0x is hexadecimal, a leading 0 octal. None: it is none."""
    digits, base = label, 10
    if label.startswith("0x"):
        digits, base = label[2:], 16
    elif label.startswith("0") and len(label) > 1:
        digits, base = label[1:], 8
    if not digits:
        return 0
    try:
        return int(digits, base) if digits.isalnum() else None
    except ValueError:
        return None


def _escape(path: str) -> str:
    """Percent-encode what may not stand in a path or query; escapes that are there stay."""
    raw = path.encode("utf-8", "surrogatepass")
    return UNSAFE_IN_PATH.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")


# --- Judging ---------------------------------------------------------------------------------


def _port_refusal(port: int) -> str | None:
    return f"port {port} belongs to another protocol" if port in BAD_PORTS else None


def _host_refusal(host: str, *, is_proxied: bool) -> str | None:
    if ":" in host or _is_numeric(host.rpartition(".")[2]):
        return address_refusal(host)
    if "." not in host and not is_proxied:
        return f"{host!r} is a name of the local network"
    if "." not in host or any(host == name or host.endswith(f".{name}") for name in PRIVATE_SUFFIXES):
        return f"{host!r} is a name of private use"
    if host.endswith(f".{ONION_SUFFIX}") and not is_proxied:
        return f"{host!r} can only be asked through a Tor proxy, which this outlet has not"
    return None


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to; None: it leads to none."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None


def _is_public_4(address: IPv4Address | IPv6Address | None) -> bool:
    if not isinstance(address, IPv4Address) or any(address in network for network in SPECIAL_NETWORKS_4):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_loopback)


def _is_public_6(address: IPv6Address) -> bool:
    if address not in GLOBAL_UNICAST or any(address in network for network in SPECIAL_NETWORKS_6):
        return False
    return address.is_global and not address.is_multicast
