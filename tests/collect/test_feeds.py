"""Feeds of every family give their links in order; junk gives links or a counted loss, nothing else."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from caversham.collect.feeds import OPML_LIMIT_BYTES, parse_feed, parse_opml, read_opml
from caversham.errors import FeedError, SubjectError
from caversham.types import Source
from tests.collect.captures import SOURCE, URL, answer, link

RSS = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Coastal News</title><link>http://news.example.org/</link><pubDate>Mon, 02 Mar 2026 00:00:00 GMT</pubDate>
<item><title>Rice &amp;amp; &lt;b&gt;barley&lt;/b&gt;</title><link>http://news.example.org/1?a=1&amp;b=2</link>
  <pubDate>Sun, 01 Mar 2026 18:00:00 +0900</pubDate><description>&lt;a href="http://other.example/"&gt;x&lt;/a&gt;</description></item>
<item><title><![CDATA[ Порт
 открыт ]]></title><link> /2 </link><dc:date>2026-03-01</dc:date></item>
<item><title>no link</title><guid isPermaLink="false">tag-3</guid></item>
<item><title>by guid</title><guid>http://news.example.org/4</guid></item>
<item><title>guid that is no address</title><guid>4711</guid></item>
<item><title>guid that is a path</title><guid>/5</guid></item>
<item><title>guid that says it is none</title><guid isPermaLink="false">http://news.example.org/guid</guid></item>
<item><title>script</title><link>javascript:alert(1)</link></item>
<item><link>//cdn.example.org/6</link></item>
</channel></rss>
"""
ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://news.example.org/ja/"><title>沿岸</title>
<entry><title type="html">米と&lt;i&gt;麦&lt;/i&gt;</title><link rel="self" href="x"/><link rel="alternate" href="1.html"/>
  <published>2026-03-01T18:00:00+09:00</published><updated>2026-03-02T00:00:00Z</updated></entry>
<entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">港が<b>開く</b></div></title><link href="/2"/>
  <updated>2026-03-02T00:00:00Z</updated></entry>
</feed>
"""
RDF = """\
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="http://news.example.org/"><title>c</title></channel>
<item rdf:about="http://news.example.org/1"><title>one</title><link>http://news.example.org/1</link>
<dc:date>2026-03-01T09:00+09:00</dc:date></item>
<item rdf:about="http://news.example.org/2"><title>two</title></item></rdf:RDF>
"""
CDF = """\
<CHANNEL HREF="http://news.example.org/"><TITLE>c</TITLE>
<ITEM HREF="http://news.example.org/1"><TITLE>one</TITLE></ITEM></CHANNEL>
"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [
        {"id": "1", "url": "/1", "title": " Rice \n harvest ", "date_published": "2026-03-01T18:00:00+09:00"},
        {"id": "http://news.example.org/2", "content_text": "no title"},
        {"id": "3", "title": "no address"},
        {"id": 4, "url": 4, "title": 4},
        "nonsense",
        {"id": "5", "external_url": "http://other.example/5", "title": "a < b"},
    ],
}


def test_rss_is_read() -> None:
    """Plain titles, dates as printed, absolute links; items without one are left out."""
    assert parse_feed(answer(RSS), SOURCE) == (
        link("http://news.example.org/1?a=1&b=2", "Rice & barley", "Sun, 01 Mar 2026 18:00:00 +0900"),
        link("http://news.example.org/2", "Порт открыт", "2026-03-01"),
        link("http://news.example.org/4", "by guid"),
        link("http://news.example.org/5", "guid that is a path"),
        link("http://news.example.org/guid", "guid that says it is none"),
        link("http://cdn.example.org/6"),
    )


def test_atom_is_read() -> None:
    """`updated` is not a date of publication; links are relative to xml:base."""
    assert parse_feed(answer(ATOM), SOURCE) == (
        link("http://news.example.org/ja/1.html", "米と麦", "2026-03-01T18:00:00+09:00"),
        link("http://news.example.org/2", "港が開く"),
    )


def test_rdf_is_read() -> None:
    """Dublin Core's date is when the item was published."""
    assert parse_feed(answer(RDF), SOURCE) == (
        link("http://news.example.org/1", "one", "2026-03-01T09:00+09:00"),
        link("http://news.example.org/2", "two"),
    )


def test_cdf_is_read() -> None:
    """The oldest of them."""
    assert (link("http://news.example.org/1", "one"),) == parse_feed(answer(CDF), SOURCE)


def test_json_feed_is_read() -> None:
    """An id that is an address is one; what has the wrong type is absent."""
    assert parse_feed(answer(json.dumps(JSON_FEED), content_type="application/feed+json"), SOURCE) == (
        link("http://news.example.org/1", "Rice harvest", "2026-03-01T18:00:00+09:00"),
        link("http://news.example.org/2"),
        link("http://other.example/5", "a < b"),
    )


def test_an_rss_0_90_or_cdf_feed_without_items_is_a_feed() -> None:
    """They have no news, and that is no loss."""
    rdf = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"/>'

    assert parse_feed(answer(rdf), SOURCE) == parse_feed(answer("<Channel/>"), SOURCE) == ()


def test_the_first_link_to_an_atom_item_counts() -> None:
    """What comes with the item is not the item, even where feedparser lets it win."""
    links = '<link rel="alternate">http://a.example/1</link><link href="/2"/><link rel="enclosure">/3</link>'
    body = f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>{links}</entry></feed>'

    assert parse_feed(answer(body), SOURCE) == (link("http://a.example/1"),)


def test_an_attribute_of_another_protocol_is_no_link() -> None:
    """The address stands in the element."""
    body = "<rss version='2.0'><channel><item><link uri = 'at://did:plc:1/2'>http://a.example/1</link></item></channel></rss>"

    assert parse_feed(answer(body), SOURCE) == (link("http://a.example/1"),)


def test_a_title_shows_no_script_and_no_control_characters() -> None:
    """A title is text: what a program would do, or a terminal, is none."""
    title = "Rice\x08 &lt;script&gt;alert(1)&lt;/script&gt;&lt;style&gt;b{}&lt;/style&gt;harvest"
    entry = f"<entry><title type='html'>{title}</title><link href='http://a.example/1'/></entry>"

    assert parse_feed(answer(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"), SOURCE) == (
        link("http://a.example/1", "Rice harvest"),
    )


def test_a_broken_feed_gives_what_it_has() -> None:
    """Fifty items, unescaped ampersands, no end: all fifty are read."""
    items = "".join(
        f"<item><title>a & b {n}</title><link>http://news.example.org/{n}?a&b</link></item>" for n in range(50)
    )

    links = parse_feed(answer(f'<rss version="2.0"><channel>{items}<item><title>cut o'), SOURCE)

    assert [f"http://news.example.org/{n}?a&b" for n in range(50)] == [found.url for found in links]


def test_an_empty_feed_is_a_feed() -> None:
    """No news is no loss."""
    assert parse_feed(answer('<rss version="2.0"><channel><title>c</title></channel></rss>'), SOURCE) == ()


@pytest.mark.parametrize("charset", ["gb18030", "windows-1251", "utf-16"])
def test_a_feed_in_another_character_set_is_read(charset: str) -> None:
    """The set that its declaration or mark states."""
    body = f'<?xml version="1.0" encoding="{charset}"?><rss version="2.0"><channel><item><title>Порт</title><link>http://a.example/1</link></item></channel></rss>'

    assert (link("http://a.example/1", "Порт"),) == parse_feed(answer(body.encode(charset)), SOURCE)


def test_a_packed_feed_is_read() -> None:
    """As the header says, or as a .gz file."""
    packed = gzip.compress(ATOM.encode())

    assert parse_feed(answer(packed, packed="gzip"), SOURCE) == parse_feed(answer(packed), SOURCE)
    assert len(parse_feed(answer(packed), SOURCE)) == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "not here",
        "<!DOCTYPE html><html><body><item>x</item></body></html>",
        "<html><head><title>Not found</title></head></html>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "http://127.0.0.1:1/feed",
        "/etc/hostname",
        "{}",
        '{"items": 3}',
        "{" * 100_000,
        '{"items":' + "[" * 100_000,
        '{"items": [' + "9" * 10_000 + "]}",
    ],
)
def test_what_is_no_feed_is_a_loss(body: str) -> None:
    """An error page with status 200 must not look like an empty feed; a bare address is not fetched."""
    with pytest.raises(FeedError) as caught:
        parse_feed(answer(body), SOURCE)

    assert (caught.value.reason, caught.value.subject) == ("bad_feed", URL)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-32", "cp037"])
def test_entities_are_refused(charset: str) -> None:
    """Bombs and thefts of files, in every encoding that a parser would read."""
    bomb = '<?xml version="1.0" encoding="{}"?><!DOCTYPE rss [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]><rss>&a;&b;</rss>'

    with pytest.raises(FeedError) as caught:
        parse_feed(answer(bomb.format(charset).encode(charset)), SOURCE)

    assert caught.value.reason in {"entities", "bad_feed"}


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="2.0">' + "<a>" * 250_000,
        "<rss>" + "<!--" * 250_000,
        "<rss " + " ".join(f"a{number}='x'" for number in range(20_000)) + "/>",
    ],
)
def test_a_feed_made_to_take_hours_is_refused(body: str) -> None:
    """Tags and attributes are counted first."""
    with pytest.raises(FeedError) as caught:
        parse_feed(answer(body), SOURCE)

    assert caught.value.reason == "too_large"


def test_a_bomb_is_refused() -> None:
    """A small packed body that unpacks to much."""
    with pytest.raises(SubjectError) as caught:
        parse_feed(answer(gzip.compress(b"<rss>" + b" " * 20_000_000), packed="gzip"), SOURCE)

    assert caught.value.reason == "too_large"


PIECES = (
    *("<rss version='2.0'>", "<channel>", "<item>", "</item>", "<link>", "</link>", "http://a.example/", "<title>"),
    *("</title>", "&lt;b&gt;", "&#0;", "&#x110000;", "<![CDATA[", "]]>", "<feed xmlns='http://www.w3.org/2005/Atom'>"),
    *("<entry>", "<link href='", "'/>", "<!--", "-->", "<?xml version='1.0' encoding='x'?>", "{", '"items":[', "]}"),
    *("\0", "\ufffe", "é", "<guid>", "</guid>", "<!DOCTYPE", ">", "<pubDate>", "</pubDate>", "xml:base='http://['"),
)
JUNK = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map(lambda parts: "".join(parts).encode()),
)


@given(JUNK)
def test_junk_gives_links_or_a_loss(body: bytes) -> None:
    """Nothing else ever comes out of a feed."""
    with contextlib.suppress(SubjectError):
        assert all(found.url.startswith(("http://", "https://")) for found in parse_feed(answer(body), SOURCE))


def test_a_reference_to_no_character_is_replaced() -> None:
    """One wrong number must not cost the whole feed."""
    items = "<item><title>a&#2000000;b&#xD;&#x1F600;&#99999999999;</title><link>http://a.example/1</link></item>"

    assert parse_feed(answer(f"<rss version='2.0'><channel>{items}<item></x"), SOURCE) == (
        link("http://a.example/1", "a\ufffdb \U0001f600\ufffd"),
    )


# --- OPML ------------------------------------------------------------------------------------

OPML = """\
<?xml version="1.0"?><opml version="2.0"><head><title>State media</title></head><body>
<outline text="Asia"><outline text=" Coastal\n News " type="rss" xmlUrl=" http://news.example.org/feed " language="ko-KP"/>
  <outline text="deeper"><outline title="Hills &amp; sea" xmlurl="https://hills.example/atom"/></outline></outline>
<outline text="again" xmlUrl="http://news.example.org/feed"/>
<outline text="list" type="include" xmlUrl="http://lists.example/more.opml"/>
<outline text="page" type="link" url="http://page.example/"/>
<outline text="bad" xmlUrl="javascript:alert(1)"/>
</body></opml>
"""


def test_an_opml_list_is_read() -> None:
    """Folders are opened, each feed comes once, in order, with its title."""
    assert parse_opml(OPML.encode(), subject="list.opml") == (
        ("Coastal News", Source(kind="feed", url="http://news.example.org/feed", language="ko")),
        ("Hills & sea", Source(kind="feed", url="https://hills.example/atom")),
    )


def test_a_prefix_that_nobody_declared_does_not_hide_a_list() -> None:
    body = b"<x:opml><x:body><outline y:z='1' xmlUrl='http://a.example/'/></x:body></x:opml>"

    assert [source.url for _, source in parse_opml(body, subject="list.opml")] == ["http://a.example/"]


def test_a_broken_opml_list_gives_what_it_has() -> None:
    """Unescaped ampersands and no end."""
    broken = '<opml><body><outline text="a & b" xmlUrl="http://a.example/?a&b"/><outline text="&auml; &amp;&#99;&who;" xmlUrl="http://c.example/"/><out'

    assert parse_opml(broken.encode(), subject="list.opml") == (
        ("a & b", Source(kind="feed", url="http://a.example/?a&b")),
        ("ä &c&who;", Source(kind="feed", url="http://c.example/")),
    )


def test_several_lists_in_one_file_are_one() -> None:
    """As they come where files are put together; each begins with a declaration of its own."""
    lists = "".join(
        f'<?xml version="1.0"?>\n<opml><body><outline xmlUrl="http://{name}.example/"/></body></opml>' for name in "ab"
    )

    assert [feed.url for _, feed in parse_opml(lists.encode(), subject="list.opml")] == [
        "http://a.example/",
        "http://b.example/",
    ]


@pytest.mark.parametrize("body", [b"", b"nothing", b"<rss/>", b"<!-- only -->", b"\x00\xff\xfe"])
def test_what_is_no_opml_is_a_loss(body: bytes) -> None:
    """It is named."""
    with pytest.raises(FeedError) as caught:
        parse_opml(body, subject="list.opml")

    assert (caught.value.reason, caught.value.subject) == ("bad_feed", "list.opml")


def test_an_opml_list_beyond_all_measure_is_refused_and_not_cut(tmp_path: Path) -> None:
    """Ten megabytes of subscriptions are none; the first of them are not taken for the whole."""
    (tmp_path / "list.opml").write_bytes(OPML.encode() + b" " * (OPML_LIMIT_BYTES + 1 - len(OPML.encode())))

    with pytest.raises(
        FeedError, match=r"'list\.opml' is larger than 10,485,760 bytes, which no list is; divide it"
    ) as caught:
        read_opml(tmp_path / "list.opml")

    assert caught.value.reason == "too_large"


def test_an_opml_list_that_cannot_be_opened_is_a_loss(tmp_path: Path) -> None:
    """It is named, with what the system says."""
    with pytest.raises(FeedError, match=r"list\.opml': No such file or directory") as caught:
        read_opml(tmp_path / "list.opml")

    assert (caught.value.reason, caught.value.subject) == ("unreadable", "list.opml")


def test_deep_folders_are_survived() -> None:
    """libxml2 stops at 256 levels; what came before stays."""
    deep = "<opml><body>" + '<outline xmlUrl="http://a.example/">' * 100_000

    assert len(parse_opml(deep.encode(), subject="list.opml")) == 1
