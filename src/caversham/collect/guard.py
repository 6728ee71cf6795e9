"""Which addresses Caversham may ask: one strict reading of a URL, and the check of every address connected to.

A hostile page must not make the station ask its operator's own network. Three things see to that. The URL is
brought into its one normal form first, as browsers do (`urls.resolve`), and only that form is judged and sent. Literal addresses and names of private use are refused before anything is sent. And the socket of every
connection is made by `open_socket`, which sees the address itself, whatever name led to it.

Hosts that station.toml allows pass for exactly the name written there.
"""

from __future__ import annotations

import errno
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from caversham.errors import AddressRefused, FetchError
from caversham.urls import resolve

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

REFUSAL = "an address of private or special use"  # marks our refusal among the system's errors

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

SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):")
NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")  # RFC 1035, with the underscore that real names use
NAME_LIMIT = 253  # RFC 1035, section 2.3.4, without the root's dot


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address as it will be asked: in normal form, without fragment."""

    url: str
    scheme: str
    host: str  # lower case ASCII name, or an address in its normal notation, without brackets
    port: int

    @property
    def netloc(self) -> str:
        """Host and, unless it is the scheme's own, port: as in the Host field."""
        return self.bare_netloc if self.port == DEFAULT_PORTS[self.scheme] else f"{self.bare_netloc}:{self.port}"

    @property
    def bare_netloc(self) -> str:
        """Host alone, in brackets if it is an IPv6 address."""
        return f"[{self.host}]" if ":" in self.host else self.host


def parse_target(url: str, *, base: str = "") -> Target:
    r"""Read an address as browsers do, relative to `base` if there is one, and refuse what no outlet writes.

    Raises AddressRefused for a scheme other than http and https; FetchError (`bad_url`) for what is no address
    or names a user.

    >>> parse_target("http:\\\\127.1:8080/x").url
    'http://127.0.0.1:8080/x'
    """
    scheme = SCHEME.match(url)
    if scheme is not None and scheme[1].lower() not in DEFAULT_PORTS:
        raise AddressRefused(f"{url!r} is refused: only http and https are asked, not {scheme[1]!r}", subject=url)
    normal = resolve(base, url)
    if normal is None:
        raise FetchError(f"{url!r} is no address", subject=url, reason="bad_url")
    parts = urlsplit(normal.partition("#")[0])
    host = parts.hostname or ""
    is_name = len(host) <= NAME_LIMIT and NAME.fullmatch(host) is not None
    if "@" in parts.netloc or not (is_name or ":" in host):
        raise FetchError(f"{url!r} names a user or no host that can be asked", subject=url, reason="bad_url")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return Target(url=parts.geturl(), scheme=parts.scheme, host=host, port=port)


def is_allowed(target: Target, allowed: frozenset[str]) -> bool:
    """Whether station.toml allows this host by name: as "name" for every port, or as "name:port"."""
    return target.bare_netloc in allowed or f"{target.bare_netloc}:{target.port}" in allowed


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
    several. Raises PermissionError with `REFUSAL` in its text, as whoever connects expects errors of the system.
    """
    family, kind, protocol, _, address = address_info
    reason = address_refusal(str(address[0]))
    if reason:
        raise PermissionError(errno.EACCES, reason)
    return socket.socket(family=family, type=kind, proto=protocol)


# --- Judging ---------------------------------------------------------------------------------


def _port_refusal(port: int) -> str | None:
    return f"port {port} belongs to another protocol" if port in BAD_PORTS else None


def _host_refusal(host: str, *, is_proxied: bool) -> str | None:
    if ":" in host or host.replace(".", "").isdigit():
        return address_refusal(host)
    host = host.removesuffix(".")
    if "." not in host or any(host == name or host.endswith(f".{name}") for name in PRIVATE_SUFFIXES):
        return f"{host!r} is a name of private use"
    if host.endswith(f".{ONION_SUFFIX}") and not is_proxied:
        return f"{host!r} can only be asked through a Tor proxy, which this outlet has not"
    return None


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """Unwrap the IPv4 address that an IPv6 address leads to; None: it leads to none."""
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
