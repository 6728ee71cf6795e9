"""Addresses: one canonical form each, and which addresses are pages at all."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import example, given, strategies as st

from caversham.errors import SubjectError
from caversham.urls import (
    MAX_LENGTH,
    article_id,
    canonical_url,
    choose_canonical,
    host_of,
    is_home,
    matches_host,
    resolve,
    same_site_host,
)

PIECES = st.sampled_from(
    (
        *("http:", "HTTPS:", "//", "/", "\\", "..", ".", "%2e", "%", "%7", "%41", "?", "#", "&", "=", "@", ":", "80"),
        *("a.example", "WWW.", "xn--", "xn--bcher-kva", "bücher", "例え。jp", "0x7f", "1", "[::1]", "utm_source=x"),
        *("443", "id=3", " ", "\t", "\x00", "\ud800", "ß", "\u200d", "א", "א1", "\u0301", "…"),
    )
)
ADDRESSES = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60)


@given(text=ADDRESSES | ADDRESSES.map("http://".__add__))
@example(text="http://%%34%31/")
@example(text="http://0x7f.1../")
@example(text="http://a.example/%%341")
@example(text="http://a.example/?u%74m_source=1&utm_medium")
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    """Any string is an address with one canonical form or is refused; canonical twice is canonical once."""
    try:
        once = canonical_url(text)
    except SubjectError:
        return

    assert canonical_url(once) == once
    assert once.isascii()
    assert len(article_id(once)) == 16
    assert isinstance(is_home(once), bool)
    assert choose_canonical(once, once) == once


@given(base=ADDRESSES, link=ADDRESSES)
def test_any_link_on_any_page_leads_to_a_web_address_or_nowhere(base: str, link: str) -> None:
    """Resolving never raises and gives nothing but http and https."""
    found = resolve(base, link)

    assert found is None or found.startswith(("http://", "https://"))


@given(page=ADDRESSES.map("http://a.example/".__add__), hint=ADDRESSES)
def test_a_hint_never_leads_to_another_site(page: str, hint: str) -> None:
    """Whatever rel=canonical says, the article stays on the host that answered."""
    try:
        chosen = choose_canonical(page, hint)
    except SubjectError:
        return

    assert same_site_host(host_of(chosen), host_of(page))
    assert canonical_url(chosen) == chosen


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/x?id=3",
        "http://www.a.example/en/article/q/a514ed40.item",
        "https://a.example/News/",
        "https://a.example//double//slash",
        "https://a.example/list?b=2&a=1&b=&c",
        "https://a.example/list?x[y]=1&q=tl;dr,+and",
        "https://a.example:8443/x",
        "https://a.example/wiki/%EA%B2%BD",
        "https://a.example/x?utm=kept&my_utm_source=kept&clid=1",
        "https://a.example/x?&a=1&",
    ],
)
def test_an_address_as_servers_publish_it_is_shown_as_it_was(url: str) -> None:
    """What a server may care about stays: scheme, www, case, slashes, order, empty parameters."""
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("  HTTP://A.Example:80/x\n", "http://a.example/x"),
        ("https://a.example:443", "https://a.example/"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("http://a.example:/", "http://a.example/"),
        ("http:\\\\a.example\\x", "http://a.example/x"),
        ("http://a.ex\tample/x\ny", "http://a.example/xy"),
        ("http://a.example/a/../b/./c/%2E%2e/d/..", "http://a.example/b/"),
        ("http://a.example/%7euser/%c3%a9%2f", "http://a.example/~user/%C3%A9%2F"),
        ("http://a.example/90%", "http://a.example/90%25"),
        ("http://a.example/경애 하는", "http://a.example/%EA%B2%BD%EC%95%A0%20%ED%95%98%EB%8A%94"),
        ("http://a.example/\ud800", "http://a.example/%EF%BF%BD"),
        ("http://a.example/x#part", "http://a.example/x"),
        ("http://a.example/x#!/route", "http://a.example/x"),
        ("http://a.example/x?", "http://a.example/x"),
        ("http://a.example/x?#", "http://a.example/x"),
        ("http://user:secret@a.example/", "http://a.example/"),
        ("http://known.example@a.example/", "http://a.example/"),
        ("http://a.example./x", "http://a.example/x"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://xn--BCHER-kva.example/", "http://xn--bcher-kva.example/"),
        ("http://新华。中国/", "http://xn--xkrr14b.xn--fiqs8s/"),
        ("http://ואלה.example/", "http://xn--4dbib3a.example/"),
        ("http://نامه‌ای.example/", "http://xn--mgba3gch31f060k.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[2001:DB8:0:0:1:0:0:1]/", "http://[2001:db8::1:0:0:1]/"),
        ("http://[1:2:3:4:5:6:7:8]/", "http://[1:2:3:4:5:6:7:8]/"),
        ("http://[::ffff:1.2.3.4]/", "http://[::ffff:102:304]/"),
        ("http://[1::]/", "http://[1::]/"),
        ("http://a.example/x?utm_source=a&id=3&UTM_Medium=b&fbclid=c&u%74m_x=d", "http://a.example/x?id=3"),
        ("http://a.example/x?mtm_campaign=a&spm=C1.2", "http://a.example/x"),
    ],
)
def test_spellings_of_one_address_become_one(url: str, expected: str) -> None:
    """WHATWG parsing, RFC 3986 equivalence, and nothing that only tracks or names no page."""
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "it has no scheme"),
        ("a.example/x", "it has no scheme"),
        ("/x", "it has no scheme"),
        ("javascript:alert(1)", "its scheme is 'javascript'"),
        ("file:///etc/passwd", "its scheme is 'file'"),
        ("http://", "it has no host"),
        ("http://./", "it has no host"),
        ("http://a b/", "its host has the character ' '"),
        ("http://a%00b/", "its host has the character '\\x00'"),
        ("http://a.example:99999/", "its port is '99999'"),
        ("http://a.example:123456/", "its port is '123456'"),
        ("http://a.example:x/", "its port is 'x'"),
        ("http://1.2.3.4.5/", "its host ends in a number and is no IPv4 address"),
        ("http://256.1.1.1/", "its host ends in a number and is no IPv4 address"),
        ("http://1.2.3.400/", "its host ends in a number and is no IPv4 address"),
        ("http://1.x.3/", "its host ends in a number and is no IPv4 address"),
        ("http://[::1/", "its host is no IPv6 address"),
        ("http://[::1%eth0]/", "its host is no IPv6 address"),
        ("http://xn--abc-/", "its host has a label that is no Punycode"),
        ("http://a\u200db/", "its host has a joiner where none may stand"),
        ("http://a.example/" + "x" * MAX_LENGTH, "it is longer than 8,000 characters"),
        ("http://a.example/" + "경" * 1000, "it is longer than 8,000 characters"),
    ],
)
def test_what_is_no_web_address_is_refused_with_the_reason(url: str, why: str) -> None:
    """Not an absolute http or https address: SubjectError, reason bad_url, saying why and what to do."""
    with pytest.raises(SubjectError) as caught:
        canonical_url(url)

    shown = url if len(url) <= 200 else url[:200] + "…"
    advice = "give an absolute one like 'https://example.org/page'"
    assert str(caught.value) == f"{shown!r} is no address to keep a page under: {why}; {advice}"
    assert (caught.value.reason, caught.value.subject) == ("bad_url", shown)


@pytest.mark.parametrize(
    "host", ["\u0301a", "xn--a", "xn--ab-\ufffd", "1א", "a.1א.example", "\ufdd0", "0x" + "f" * 200]
)
def test_a_host_that_no_registry_could_hold_is_refused(host: str) -> None:
    """UTS #46 is applied, also to labels given in Punycode."""
    with pytest.raises(SubjectError):
        host_of(f"http://{host}/")


def test_an_article_id_is_the_first_eighty_bits_of_the_hash_in_base32() -> None:
    """16 letters of a to z and 2 to 7; anyone can compute it from the address."""
    url = "http://a.example/x?id=3"

    number = int(sha256(url.encode()).hexdigest()[:20], 16)
    letters = "".join("abcdefghijklmnopqrstuvwxyz234567"[number >> shift & 31] for shift in range(75, -1, -5))
    assert article_id(url) == letters


def test_the_host_of_an_address_has_no_port_and_no_capitals() -> None:
    assert host_of("https://user@WWW.A.Example.:8080/x") == "www.a.example"


@pytest.mark.parametrize(
    ("base", "link", "expected"),
    [
        ("http://a.example/en/list", "item?id=3", "http://a.example/en/item?id=3"),
        ("http://a.example/en/list?p=2", "?p=3", "http://a.example/en/list?p=3"),
        ("http://a.example/en/list?p=2", "", "http://a.example/en/list?p=2"),
        ("http://a.example/en/list?p=2", "#top", "http://a.example/en/list?p=2#top"),
        ("http://a.example/en/", "../ko/x", "http://a.example/ko/x"),
        ("http://a.example/en/", "//b.example/x", "http://b.example/x"),
        ("https://a.example/en/", "http:x", "http://x/"),
        ("http://a.example/en/", "http:x", "http://a.example/en/x"),
        ("http://a.example/", "https://b.example/?utm_source=x", "https://b.example/?utm_source=x"),
        ("http://a.example/", "mailto:desk@a.example", None),
        ("http://a.example/", "javascript:void(0)", None),
        ("http://a.example/", "http://", None),
        ("no base", "http://b.example/x", "http://b.example/x"),
        ("no base", "x", None),
    ],
)
def test_a_link_leads_where_a_browser_would_go(base: str, link: str, expected: str | None) -> None:
    """Relative links resolve against the page; only http and https come back, parameters and fragment stay."""
    assert resolve(base, link) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example", True),
        ("http://a.example/index.html", True),
        ("http://a.example/Default.aspx", True),
        ("http://a.example/home", True),
        ("http://a.example/en/", True),
        ("http://a.example/zh-cn/index.htm", True),
        ("http://a.example/?lang=ko", True),
        ("http://a.example/?utm_source=x", True),
        ("http://a.example/?id=3", False),
        ("http://a.example/index.php?id=3", False),
        ("http://a.example/news/", False),
        ("http://a.example/en/news", False),
        ("http://a.example/x.html", False),
    ],
)
def test_a_front_page_is_told_from_an_item(url: str, *, expected: bool) -> None:
    """Bare host, index file, or the same below a language or section code; a query makes it a page."""
    assert is_home(url) is expected


def test_only_an_address_can_be_a_front_page() -> None:
    with pytest.raises(SubjectError):
        is_home("about:home")


def test_a_leading_www_does_not_make_another_site() -> None:
    assert same_site_host("WWW.a.example", "a.example")
    assert not same_site_host("en.a.example", "a.example")


@pytest.mark.parametrize(
    ("host", "patterns", "expected"),
    [
        ("a.example", ["a.example"], True),
        ("a.example", ["www.A.example"], True),
        ("en.A.example", ["b.example", "a.example"], True),
        ("nota.example", ["a.example"], False),
        ("mod.gov.example", ["www.gov.example"], False),
        ("a.example", [], False),
    ],
)
def test_a_pattern_covers_its_host_and_subdomains(host: str, patterns: list[str], *, expected: bool) -> None:
    """A pattern with www. covers the bare host, but no other subdomain of it."""
    assert matches_host(host, patterns) is expected


@pytest.mark.parametrize(
    ("page", "hint", "expected"),
    [
        ("http://a.example/news/7?from=feed", "http://a.example/news/7", "http://a.example/news/7"),
        ("http://a.example/news/7?from=feed", "/news/7?utm_source=x", "http://a.example/news/7"),
        ("http://a.example/news/7", "https://www.a.example/news/7", "https://www.a.example/news/7"),
        ("http://a.example/n/7", "http://a.example/news/2024/seven", "http://a.example/news/2024/seven"),
        ("http://a.example/news/7/amp", "http://a.example/news/7", "http://a.example/news/7"),
        ("http://a.example/7/", "http://a.example/7/index.html", "http://a.example/7/index.html"),
        ("http://a.example/v.php?id=7&s=1", "http://a.example/v.php?id=7", "http://a.example/v.php?id=7"),
    ],
)
def test_a_page_may_name_its_better_address(page: str, hint: str, expected: str) -> None:
    """rel=canonical is followed on the same host, www and scheme ignored."""
    assert choose_canonical(page, hint) == expected


@pytest.mark.parametrize(
    ("page", "hint"),
    [
        ("http://a.example/news/7", None),
        ("http://a.example/news/7", ""),
        ("http://a.example/news/7", "http://b.example/news/7"),
        ("http://a.example/news/7", "http://a.example:8080/news/7"),
        ("http://a.example/news/7", "http://a.example/"),
        ("http://a.example/news/7", "/en/index.html"),
        ("http://a.example/news/7", "http://a.example/news/"),
        ("http://a.example/news/7/page/2", "http://a.example/news/7"),
        ("http://a.example/news/2024/7", "http://a.example/news/index.html"),
        ("http://a.example/view.php?id=7", "http://a.example/view.php"),
        ("http://a.example/news/?id=7", "http://a.example/news/"),
        ("http://a.example/news/7", "mailto:desk@a.example"),
        ("http://a.example/news/7", "http://a.example:bad/"),
        ("http://a.example/news/7", "/" + "경" * 1000),
    ],
)
def test_a_page_does_not_fold_into_its_site_or_section(page: str, hint: str | None) -> None:
    """Another host, a home page, a folder above, a script without its query: the page keeps its own address."""
    assert choose_canonical(page, hint) == page


nearly_plain = st.from_regex(r"https?://([a-z0-9-]{1,5}\.){1,3}[a-z]{1,4}(/[A-Za-z0-9._~%-]{0,4}){0,4}", fullmatch=True)


@given(nearly_plain)
def test_an_address_that_is_plain_is_read_as_any_other(url: str) -> None:
    """The short way for addresses that are canonical already gives what the long way gives, which a fragment takes."""
    assert canonical_url(url) == canonical_url(f"{url}#")


@given(nearly_plain)
def test_a_link_that_is_plain_leads_where_any_other_leads(url: str) -> None:
    """The short way for links that are canonical already gives what the long way gives, which white space takes."""
    assert resolve("https://a.example/b/c?d", url) == resolve("https://a.example/b/c?d", f" {url}")
