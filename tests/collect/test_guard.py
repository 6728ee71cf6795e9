"""No request reaches a private address, however it is written and whoever points there."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from caversham.collect.guard import (
    address_refusal,
    check_target,
    is_allowed,
    open_socket,
    parse_target,
)
from caversham.errors import AddressRefused, FetchError
from caversham.types import Capture
from tests.collect.conftest import LyingNames, ask
from tests.site import Site

PRIVATE_ADDRESSES = [
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    "0.0.0.0",  # noqa: S104 - an address to refuse, not to listen on
    *("100.64.0.1", "100.100.100.200", "192.0.0.192", "192.88.99.1", "198.18.0.1", "192.0.2.7", "203.0.113.9"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%2", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1"),
    *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1"),
    *("3fff::1", "5f00::1", "100::1", "not an address", ""),
]

PRIVATE_URLS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://１２７.０.０.１/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://%31%32%37.0.0.1/",
    "http://\t127.0.0.1\n/",
    "http:/\\127.0.0.1/",
    "http://127.1.1.1:80\\@example.org/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://a.localhost/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://printer.local/",
    "http://metadata.google.internal/",
    "http://router.home.arpa/",
    "http://localhost.localdomain/",
    "http://intranet/",
    "http://abc.onion/",
    "http://example.org:22/",
    "http://example.org:6667/",
    "http://example.org:0/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_save",
    "javascript:alert(1)",
]

BAD_URLS = [
    "",
    "example.org",
    "//example.org/",
    "http://",
    "http://user@example.org/",
    "http://user:word@127.0.0.1/",
    "http://example.org@127.0.0.1/",
    "http://256.1.1.1/",
    "http://127.0.0.1.5/",
    "http://0o177.0.0.1/",
    "http://[::1/",
    "http://[fe80::1%25eth0]/",
    "http://[v1.x]/",
    "http://example.org:port/",
    "http://example.org:65536/",
    "http://exa mple.org/",
    "http://${HOST}/",
    f"http://{'a' * 64}.org/",
    f"http://example.org/{'a' * 8000}",
]


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_a_private_address_is_refused(address: str) -> None:
    """Loopback, link-local, private, shared, metadata, multicast and reserved ranges, also inside IPv6."""
    assert address_refusal(address) is not None


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "175.45.176.71", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
)
def test_a_public_address_is_not_refused(address: str) -> None:
    """The guard lets the world through, also by way of NAT64."""
    assert address_refusal(address) is None


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_an_address_of_private_use_is_refused_in_every_notation(url: str) -> None:
    """Names, literals, ports and schemes are judged in the form in which browsers understand them."""
    with pytest.raises(AddressRefused):
        check_target(parse_target(url))


@pytest.mark.parametrize("url", BAD_URLS)
def test_what_is_no_address_cannot_be_asked(url: str) -> None:
    """A bad address is a counted loss with a reason."""
    with pytest.raises(FetchError) as caught:
        parse_target(url)

    assert ("bad_url", url) == (caught.value.reason, caught.value.subject)


def test_a_private_name_is_refused_behind_a_proxy_too() -> None:
    """The proxy resolves names, so names of private use must not reach it."""
    for url in ("http://localhost/", "http://intranet/", "http://10.0.0.1/", "http://db.internal/"):
        with pytest.raises(AddressRefused):
            check_target(parse_target(url), is_proxied=True)


def test_an_onion_name_passes_behind_a_proxy() -> None:
    """Only Tor knows onion names (RFC 7686)."""
    check_target(parse_target("http://abc.onion/"), is_proxied=True)


def test_a_host_is_allowed_by_the_name_that_station_toml_gives() -> None:
    """An allowed port allows no other, an allowed name no other name of the same machine."""
    allowed = frozenset({"127.0.0.1:8123", "localhost", "[::1]:80"})
    asked = [
        "http://127.0.0.1:8123/a",
        "http://127.0.0.1:8124/a",
        "http://127.0.0.2:8123/",
        "http://localhost:9/",
        "http://localhost.:9/",
        "http://[::1]/",
        "http://[::1]:81/",
        "http://[::ffff:127.0.0.1]:8123/",
    ]

    assert [is_allowed(parse_target(url), allowed) for url in asked] == [
        True,
        False,
        False,
        True,
        False,
        True,
        False,
        False,
    ]


def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    """The socket is where every address passes; the name service may say what it likes."""
    for address in ("127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"):
        names = LyingNames((address,))

        refused, sockets = ask(["http://news.example.org/"], names)

        assert (refused, sockets, names.asked) == (["address_refused"], [], ["news.example.org"])


def test_a_name_with_several_private_addresses_is_refused() -> None:
    """Happy eyeballs tries each of them, and each is judged."""
    assert ask(["http://news.example.org/"], LyingNames(("127.0.0.1", "::1", "10.0.0.1"))) == (["address_refused"], [])


@pytest.mark.parametrize("url", [url for url in PRIVATE_URLS if url.isascii() and "\n" not in url])
def test_a_redirect_to_a_private_address_is_refused(url: str, site: Site, fetch: Callable[..., Capture]) -> None:
    """Every hop is judged like the first address."""
    site.redirect("/", url if "//" in url else url.replace(":", "://", 1))

    with pytest.raises(FetchError) as caught:
        fetch(site.url("/"), settings={"resolver": LyingNames()})

    assert caught.value.reason == "address_refused"
    assert len(site.asked) == 1


def test_the_allowed_site_may_not_send_us_to_another_port(site: Site, fetch: Callable[..., Capture]) -> None:
    """Allowing one private server opens no other."""
    with Site() as other:
        other.put("/secret", "keys")
        site.redirect("/", other.url("/secret"))

        with pytest.raises(AddressRefused):
            fetch(site.url("/"))

        assert other.asked == []


def test_a_public_address_gets_a_socket() -> None:
    """The guard makes sockets for the world outside; nothing is connected here."""
    with open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))) as made:
        assert made.family == socket.AF_INET


@given(st.text())
def test_any_text_is_a_target_or_a_fetch_error(text: str) -> None:
    """Nothing that a feed may print as an address brings the guard down."""
    for url in (text, f"http://{text}", f"https://example.org/{text}"):
        try:
            target = parse_target(url)
        except FetchError:
            continue
        assert target == parse_target(target.url)
