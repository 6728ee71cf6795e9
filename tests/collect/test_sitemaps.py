"""Sitemaps give their entries in order and the sitemaps that they name; dates only where publication is stated."""

from __future__ import annotations

import contextlib
import gzip
from time import thread_time

import pytest
from hypothesis import given, strategies as st

from caversham.collect.sitemaps import parse_sitemap
from caversham.errors import FeedError, SubjectError
from tests.collect.captures import SOURCE, URL, answer, link

NEWS = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> http://news.example.org/1?a=1&amp;b=2 </loc><lastmod>2026-03-02</lastmod>
  <news:news><news:publication><news:name>Coastal</news:name></news:publication>
  <news:publication_date>2026-03-01T18:00:00+09:00</news:publication_date><news:title>Rice &amp; barley</news:title></news:news>
  <image:image><image:loc>http://news.example.org/a.jpg</image:loc><image:title>no</image:title></image:image></url>
<url><lastmod>2026-03-02</lastmod></url>
<url><loc>/2</loc><lastmod>2026-03-02</lastmod></url>
<url><loc>javascript:alert(1)</loc></url>
<url><loc><![CDATA[http://news.example.org/3]]></loc></url>
</urlset>
"""
INDEX = """\
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>http://news.example.org/sitemap-2026-03.xml.gz</loc><lastmod>2026-03-02</lastmod></sitemap>
<sitemap><loc>http://news.example.org/sitemap-2026-02.xml</loc></sitemap></sitemapindex>
"""


def test_a_news_sitemap_is_read() -> None:
    """Titles and dates of the news extension; `lastmod` and the addresses of images are not taken for more."""
    assert parse_sitemap(answer(NEWS), SOURCE) == (
        (
            link("http://news.example.org/1?a=1&b=2", "Rice & barley", "2026-03-01T18:00:00+09:00"),
            link("http://news.example.org/2"),
            link("http://news.example.org/3"),
        ),
        (),
    )


def test_an_index_names_sitemaps() -> None:
    """They are no entries."""
    assert parse_sitemap(answer(INDEX), SOURCE) == (
        (),
        ("http://news.example.org/sitemap-2026-03.xml.gz", "http://news.example.org/sitemap-2026-02.xml"),
    )


def test_a_wrong_namespace_is_taken_for_the_right_one() -> None:
    """Many sites invent their own."""
    body = "<s:urlset xmlns:s='urn:x'><s:url><s:loc>http://a.example/1</s:loc></s:url></s:urlset>"

    assert ((link("http://a.example/1"),), ()) == parse_sitemap(answer(body), SOURCE)


def test_a_prefix_that_nobody_declared_is_read_over() -> None:
    """Sites forget the namespace of the news extension, or of everything."""
    news = "<news:news><news:title>Rice</news:title></news:news>"
    body = f"<urlset><a:b:c/><url><loc>http://a.example/1</loc>{news}</url></urlset>"

    assert ((link("http://a.example/1", "Rice"),), ()) == parse_sitemap(answer(body), SOURCE)
    whole = "<s:urlset><s:url><s:loc>http://a.example/1</s:loc></s:url></s:urlset>"
    assert ((link("http://a.example/1"),), ()) == parse_sitemap(answer(whole), SOURCE)


def test_an_ampersand_that_is_not_escaped_stands_for_itself() -> None:
    """Addresses have many; half an address leads elsewhere."""
    stated = "http://a.example/?a=1&b=2&amp;c=3"
    body = f"<urlset><url><loc>{stated}</loc></url><url><loc><![CDATA[{stated}&]]></loc></url></urlset>"

    assert parse_sitemap(answer(body), SOURCE) == (
        (link("http://a.example/?a=1&b=2&c=3"), link("http://a.example/?a=1&b=2&amp;c=3&")),
        (),
    )


def test_a_sitemap_of_ampersands_takes_no_time() -> None:
    """They are mended where there are as many as people write."""
    started = thread_time()

    with pytest.raises(FeedError):
        parse_sitemap(answer("<urlset><url><loc>" + "&" * 5_000_000), SOURCE)

    assert thread_time() - started < 2.0


def test_a_gzip_file_is_unpacked_by_its_magic() -> None:
    """Sitemaps end in .gz and are served as anything."""
    packed = gzip.compress(NEWS.encode())

    assert parse_sitemap(answer(NEWS), SOURCE) == parse_sitemap(answer(packed), SOURCE)
    assert parse_sitemap(answer(NEWS), SOURCE) == parse_sitemap(answer(gzip.compress(packed), packed="gzip"), SOURCE)


def test_a_plain_list_is_read() -> None:
    """One address a line; other lines are left out."""
    body = "\ufeffhttp://a.example/1\r\n\r\n  http://a.example/2  \r\nnonsense\r\n"

    assert ((link("http://a.example/1"), link("http://a.example/2")), ()) == parse_sitemap(answer(body), SOURCE)


def test_a_feed_serves_as_a_sitemap() -> None:
    """The protocol allows RSS and Atom."""
    body = "<rss version='2.0'><channel><item><title>one</title><link>http://a.example/1</link></item></channel></rss>"

    assert ((link("http://a.example/1", "one"),), ()) == parse_sitemap(answer(body), SOURCE)


def test_a_sitemap_that_is_cut_gives_what_it_has() -> None:
    """What was read before the damage is kept."""
    links, _ = parse_sitemap(answer(NEWS[: NEWS.index("<url><loc>javascript")]), SOURCE)

    assert [found.url for found in links] == ["http://news.example.org/1?a=1&b=2", "http://news.example.org/2"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html><body>Not found</body></html>", "bad_feed"),
        ("<!DOCTYPE html><p>Not found", "bad_feed"),
        ("no address at all", "bad_feed"),
        ("<", "bad_feed"),
        ("<!-- -->", "bad_feed"),
        ("<urlset>" + "<url><loc>" * 100_000, "bad_feed"),
        ("<urlset><url><loc>javascript:alert(1)</loc></url></urlset>", "bad_feed"),
        (
            "<!DOCTYPE urlset [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
            "entities",
        ),
        ("<urlset>" + "<url><loc>http://a.example/</loc></url>" * 50_001 + "</urlset>", "too_large"),
        ("<sitemapindex>" + "<sitemap><loc>http://a.example/</loc></sitemap>" * 50_001, "too_large"),
        ("http://a.example/\n" * 50_001, "too_large"),
    ],
)
def test_what_is_no_sitemap_is_a_loss(body: str, reason: str) -> None:
    """Error pages, entities, more entries than the protocol allows."""
    with pytest.raises(FeedError) as caught:
        parse_sitemap(answer(body), SOURCE)

    assert (reason, URL) == (caught.value.reason, caught.value.subject)


def test_fifty_thousand_entries_are_read() -> None:
    """The limit of the protocol itself is allowed."""
    body = "<urlset>" + "".join(f"<url><loc>http://a.example/{n}</loc></url>" for n in range(50_000)) + "</urlset>"

    assert len(parse_sitemap(answer(body), SOURCE)[0]) == 50_000


def test_a_bomb_is_refused() -> None:
    """A small packed sitemap that unpacks to more than the protocol allows."""
    with pytest.raises(SubjectError) as caught:
        parse_sitemap(answer(gzip.compress(b"<urlset>" + b" " * 60_000_000)), SOURCE)

    assert caught.value.reason == "too_large"


def test_an_empty_sitemap_is_a_sitemap() -> None:
    """No entries are no loss."""
    assert parse_sitemap(answer("<urlset/>"), SOURCE) == ((), ())


@given(
    st.lists(
        st.sampled_from(
            [
                "<urlset>",
                "<url>",
                "</url>",
                "<loc>",
                "</loc>",
                "http://a.example/",
                "<sitemap>",
                "&",
                "<!--",
                "<![CDATA[",
            ]
        )
        | st.text(max_size=5)
    ).map("".join)
)
def test_junk_gives_entries_or_a_loss(body: str) -> None:
    """Nothing else ever comes out of a sitemap."""
    for text in (body, f"<urlset>{body}", f"http://{body}"):
        with contextlib.suppress(SubjectError):
            links, children = parse_sitemap(answer(text.encode("utf-8", "replace")), SOURCE)

            assert all(url.startswith(("http://", "https://")) for url in (*children, *(found.url for found in links)))
