"""Pages become Content: text, fields and dates as printed; hostile pages become an ExtractError."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings, strategies as st

from caversham.errors import ExtractError, PayloadError
from caversham.types import CaptureKind, Content, Dated, Image, Precision, TimeBasis
from tests.extract.captures import SENTENCES, URL, article, extract, page_capture

BODY = SENTENCES.strip()


def day(year: int, month: int, number: int, printed: str) -> Dated:
    return Dated(on=date(year, month, number), precision=Precision.DAY, printed=printed)


def minute(at: datetime, on: date, printed: str) -> Dated:
    return Dated(on=on, precision=Precision.MINUTE, at=at, printed=printed)


def test_a_whole_page_becomes_content() -> None:
    """Every field comes from where pages usually keep it."""
    head = """
      <link rel="canonical" href="/2024/item-7">
      <meta property="og:image" content="/img/hall.jpg"><meta property="article:section" content="Politics">
      <meta property="article:modified_time" content="2024-06-12T10:30:00+09:00"><meta name="author" content="A. Writer">
      <script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Example Agency"},
        {"@type": ["NewsArticle"], "headline": "Council hears report", "datePublished": "2024-06-12T09:00:00+09:00"}]}
      </script>"""
    body = f"""
      <p>Capital, June 12 (EXA) -- {SENTENCES}</p>
      <figure><img data-src="/img/farm.jpg" src="blank.gif"><figcaption>A farm\u00a0in June.</figcaption></figure>"""

    content = extract(page_capture(article(body, head=head)))

    assert content == Content(
        title="Council hears report",
        text=f"Capital, June 12 (EXA) -- {BODY}",
        language="en",
        section="Politics",
        dateline="Capital, June 12",
        agency="EXA",
        byline="A. Writer",
        images=(
            Image(url="https://news.example.org/img/hall.jpg"),
            Image(url="https://news.example.org/img/farm.jpg", caption="A farm in June."),
        ),
        dated=day(2024, 6, 12, "June 12"),
        published=minute(datetime(2024, 6, 12, tzinfo=UTC), date(2024, 6, 12), "2024-06-12T09:00:00+09:00"),
        updated=minute(datetime(2024, 6, 12, 1, 30, tzinfo=UTC), date(2024, 6, 12), "2024-06-12T10:30:00+09:00"),
        canonical=URL,
        extractor="generic@2",
    )


def test_a_file_is_read_like_a_page() -> None:
    """Nothing asks where a capture came from."""
    page, file = (extract(page_capture(article(), kind=kind)) for kind in (CaptureKind.PAGE, CaptureKind.FILE))

    assert page == file


DATES = [
    # what the page has, the date
    ('<meta property="article:published_time" content="2024-06-12">', "2024-06-12"),
    ('<meta property="article:published_time" content="2024-06-12T00:30:00">', "2024-06-11T15:30:00Z"),  # in Seoul
    ('<meta property="article:published_time" content="2024-06">', "2024-06"),
    ('<meta name="pubdate" content="1948-09-09">', "1948-09-09"),
    ('<meta name="pubdate" content="Wed, 12 Jun 2024 09:00:00 +0300">', "2024-06-12T06:00:00Z"),
    ('<meta name="pubdate" content="1970-01-01T00:00:00Z">', None),  # a program's "no date"
    ('<meta name="pubdate" content="0001-01-01">', None),
    ('<meta name="pubdate" content="2024-07-30">', None),  # after the look
    ('<meta name="pubdate" content="tomorrow">', None),
    ('<meta name="pubdate" content="2024-06-12"><meta name="date" content="2024-06-12T09:00:00Z">', "2024-06-12T09:00:00Z"),
    ('<script type="application/ld+json">{"@type": "Article", "datePublished": ["2024-06-12"]}</script>', "2024-06-12"),
    ('<script type="application/ld+json">{"@type": "Article", "datePublished": </script>', None),  # no JSON
    ('<script type="application/ld+json">//<![CDATA[\n{"@type": "Article", "datePublished": "2024-06-12",}\n//]]></script>', "2024-06-12"),
    ('<script type="application/ld+json"><!-- {"@type": "Article", "datePublished": "2024-06-12"}; --></script>', "2024-06-12"),
    ('<script type="application/ld+json">{"@graph": [{"@type": "WebPage", "datePublished": "2024-06-12"}]}</script>', "2024-06-12"),
    ('<meta property="article:published_time" content="1718150400">', "2024-06-12T00:00:00Z"),
    ('<meta property="article:published_time" content="1718150400000">', "2024-06-12T00:00:00Z"),
    ('<script type="application/ld+json">{"@type": "Event", "startDate": "2024-06-12"}</script>', None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("head", "iso"), DATES)
def test_dates_told_to_machines_keep_their_precision(head: str, iso: str | None) -> None:
    """Zone-less times are in the outlet's zone; what cannot be true is no date."""
    published = extract(page_capture(article(head=head))).published

    assert (published and published.iso) == iso


PRINTED = [
    ('<time datetime="2024-06-12T09:00:00+09:00">12 June</time>', "2024-06-12T00:00:00Z"),
    ('<span itemprop="datePublished" content="2024-06-12">June</span>', "2024-06-12"),
    ('<p class="pubdate">June 12, 2024</p>', "2024-06-12"),
    ('<div class="info">Source: EXA 12 June 2024 09:30</div>', "2024-06-12T00:30:00Z"),
    ('<aside><time datetime="2024-06-01">1 June</time></aside>', None),  # of another item
    ('<footer class="date">© 2024-06-10 Example</footer>', None),
]


@pytest.mark.parametrize(("line", "iso"), PRINTED)
def test_dates_printed_for_people_are_read_where_they_are_marked(line: str, iso: str | None) -> None:
    """A date in the margin or the imprint belongs to something else."""
    published = extract(page_capture(article(f"{line}<p>{SENTENCES}</p>"))).published

    assert (published and published.iso) == iso


def test_an_undated_item_never_borrows_the_time_of_the_look() -> None:
    """No date printed: none given, whatever the day of the capture is."""
    content = extract(page_capture(article(f"<p>{SENTENCES}</p><footer>© 2019-2024 Example Agency</footer>")))

    assert (content.published, content.updated, content.dated) == (None, None, None)


@pytest.mark.parametrize(("basis", "iso"), [(TimeBasis.OBSERVED, "2024-06-12"), (TimeBasis.ASSUMED, None)])
def test_only_our_own_look_tells_the_year_of_a_dateline(basis: TimeBasis, iso: str | None) -> None:
    """An import whose time is assumed may be years younger than its page."""
    text = f"<p>Capital, June 12 (EXA) -- {SENTENCES}</p>"
    dated = extract(page_capture(article(text), basis=basis)).dated

    assert (dated and dated.iso) == iso


def test_no_script_gets_into_the_text() -> None:
    """Scripts, styles and templates are no words, wherever they stand."""
    junk = "<script>var evil='<p>evil</p>';</script><style>.evil{}</style><template>evil</template><noscript>evil</noscript>"
    marked = f"{junk}<p onclick=evil()>Sound {junk}sentence. {SENTENCES}</p>{junk}"
    content = extract(page_capture(f"{junk}{article(marked, head=junk)}{junk}"))

    assert content.text == f"Sound sentence. {BODY}"
    assert "evil" not in repr(content)


CHARSETS = [
    # encoding, what the header says, what the page says
    ("windows-1251", "text/html; charset=windows-1251", "", "Совет заслушал доклад о ходе уборки урожая. ", "ru"),
    ("gb18030", "text/html", "gb2312", "会议听取了关于今年粮食收成的报告，与会代表进行了认真讨论。", "zh"),
    ("windows-1256", "text/html; charset=windows-1256", "", "استمع المجلس إلى تقرير عن محصول هذا العام. ", "ar"),
    ("big5", "text/html", "big5", "會議聽取了關於今年糧食收成的報告，與會代表進行了認真討論。", "zh"),
    ("shift_jis", "text/html", "Shift_JIS", "会議は今年の収穫についての報告を聞き、代表たちが真剣に討論した。", "ja"),
    ("euc_kr", "text/html", "euc-kr", "회의에서는 올해 농사에 대한 보고를 청취하였다. ", "ko"),
    ("tis-620", "text/html", "tis-620", "สภาฟังรายงานเกี่ยวกับการเก็บเกี่ยวของปีนี้ในเมืองหลวง ", "th"),
    ("windows-1256", "text/html", "", "استمع المجلس إلى تقرير عن محصول هذا العام في العاصمة. ", "ar"),
    ("utf-8", "text/html; charset=iso-8859-1", "utf-8", "회의에서는 올해 농사에 대한 보고를 청취하였다. ", "ko"),
    ("utf-8", "text/html", "", "شورا گزارشی درباره برداشت امسال را در پایتخت شنید و پذیرفت. ", "fa"),
]


@pytest.mark.parametrize(("encoding", "header", "meta", "sentence", "language"), CHARSETS)
def test_text_is_read_in_its_own_encoding(
    *, encoding: str, header: str, meta: str, sentence: str, language: str
) -> None:
    """Right-to-left or ideographic, with a right charset, none, a narrower one, or a wrong one in the header."""
    text = (sentence * 15).strip()
    page = (
        f"<html><head><meta charset={meta}><title>x</title></head><body><article><p>{text}</p></article></body></html>"
    )

    content = extract(page_capture(page.encode(encoding), content_type=header))

    assert (content.text, content.language) == (text, language)


def test_nul_and_control_characters_do_not_break_a_page() -> None:
    """NUL and characters that XML forbids, raw or escaped, become U+FFFD or nothing."""
    content = extract(page_capture(article(f"<p>a\0b c\x01d &#1;e &#x1F;f &#xFFFF;g {SENTENCES}</p>")))

    assert content.text == f"a\ufffdb cd \ufffde \ufffdf \ufffdg {BODY}"


def test_text_is_in_canonical_form() -> None:
    """Offsets count in NFC."""
    assert extract(page_capture(article(f"<p>Cafe\u0301. {SENTENCES}</p>"))).text == f"Café. {BODY}"


TITLES = [
    ("<title>Council hears report | Politics | Example Agency</title><h1>Example Agency</h1>", "Council hears report"),
    ("<title>Example Agency: Council hears report</title>", "Example Agency: Council hears report"),
    ('<meta property="og:site_name" content="Site"><title>Site | Council hears report</title>', "Council hears report"),
    ("<title>Home</title><h1>Council hears report</h1>", "Council hears report"),
    ('<script type="application/ld+json">{"@type":"Report","headline":"Council &#8211; report"}</script>', "Council – report"),
    ("<title>理事会召开会议_时政_新华网</title>", "理事会召开会议"),
    ("<title>North-South talks - a first step</title>", "North-South talks - a first step"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("head", "title"), TITLES)
def test_the_title_is_the_headline_without_the_site(head: str, title: str) -> None:
    """Names of site and section at the ends of a title are not of the article."""
    page = f"<html><head></head><body>{head}<article><p>{SENTENCES}</p></article></body></html>"

    assert extract(page_capture(page)).title == title


def test_language_is_told_by_the_text_where_the_page_is_wrong() -> None:
    """Templates claim a language that nobody changed."""
    page = article(f"<p>{'Совет заслушал доклад о ходе уборки урожая в области. ' * 8}</p>")

    assert extract(page_capture(page)).language == "ru"


NO_ARTICLE = [
    "",
    "   ",
    "\0\0",
    "<html></html>",
    "<!DOCTYPE html><title>Only a title</title>",
    "<script>var x = 1</script>",
]


@pytest.mark.parametrize("body", NO_ARTICLE)
def test_a_page_without_text_is_refused(body: str) -> None:
    """An empty page is counted, not stored as an empty version."""
    with pytest.raises(ExtractError) as caught:
        extract(page_capture(body))

    assert (caught.value.reason, caught.value.subject) == ("no_article", URL)


TOO_MUCH = [
    ("<p>" + "x " * 5_000_000, "too_large"),
    ("<p>x</p>" * 100_000, "too_large"),
    ("<p>" + "<b>x</b>" * 6_000, "too_large"),
    ("<p " + " ".join(f"a{n}='>'" for n in range(20_000)) + ">x", "too_large"),
    ("<div>" * 3_000 + "x", "too_deep"),
    ("<ul><li>" * 1_000 + SENTENCES, "too_deep"),
]


@pytest.mark.parametrize(("body", "reason"), TOO_MUCH, ids=["bytes", "tags", "inline", "attributes", "deep", "lists"])
def test_a_page_that_would_take_for_ever_is_refused(body: str, reason: str) -> None:
    """Size, nesting and crowding are bounded before anything costly begins."""
    with pytest.raises(ExtractError) as caught:
        extract(page_capture(f"<html><body>{body}"))

    assert caught.value.reason == reason


def test_a_page_of_fifty_megabytes_is_refused() -> None:
    """One look can never fill the memory."""
    with pytest.raises(PayloadError) as caught:
        extract(page_capture(b"<p>" + b"x" * (50 * 2**20)))

    assert caught.value.reason == "too_large"


def test_embedded_pictures_do_not_count_as_markup() -> None:
    """Saved pages hold their pictures inside."""
    picture = f'<img src="data:image/png;base64,{"A" * 9_000_000}">'

    assert extract(page_capture(article(f"{picture}<p>{SENTENCES}</p>"))).text == BODY


def test_a_script_full_of_comparisons_is_no_laden_tag() -> None:
    """What looks like a tag without an end in a script does not cost the page."""
    script = f"<script>if (a<b && {'x y ' * 20_000}) c();</script>"

    assert extract(page_capture(article(f"{script}<p>{SENTENCES}</p>"))).text == BODY


@pytest.mark.parametrize("content_type", ["application/pdf", "image/jpeg", "application/json"])
def test_what_is_no_page_is_refused(content_type: str) -> None:
    """A PDF or picture at an item's address is counted as such."""
    with pytest.raises(ExtractError) as caught:
        extract(page_capture(b"%PDF-1.4", content_type=content_type))

    assert caught.value.reason == "not_html"


def test_images_are_capped() -> None:
    """A gallery of thousands does not swell the catalogue."""
    gallery = "".join(f"<figure><img src=/{n}.jpg></figure>" for n in range(200))

    assert len(extract(page_capture(article(f"<p>{SENTENCES}</p>{gallery}"))).images) == 50


TAGS = """
    <html> <head> <body> <p> </p> <div> </div> <table> <tr> <td> <ul> <li> <h1> <br> <a_href=//[> <b> <i> <time> <!-- -->
    <script> </script> <figure> <img_src=x> <figcaption> <svg> <math> <title> <meta> <link_rel=canonical_href=::> &#0;
    &#xFFFE; &amp; <![CDATA[ ]]> <q> <blockquote> <code> <pre> <select> <form> " \0 \ud800 ü word.
"""
LADEN = (
    '<script type="application/ld+json">{"@type":["NewsArticle"],"author":[1,{}],"headline":null}</script>',
    '<meta property="article:published_time" content="9999-99-99">',
    '<html lang="\U0001f600">',
)
BITS = st.sampled_from([*(tag.replace("_", " ") for tag in TAGS.split()), *LADEN])


@settings(max_examples=150, deadline=None)
@given(st.lists(BITS, max_size=60).map("".join))
def test_any_page_gives_content_or_an_extract_error(body: str) -> None:
    """Tag soup never brings out an exception that is not ours."""
    try:
        content = extract(page_capture(body.encode("utf-8", "surrogatepass")))
    except ExtractError as error:
        assert error.reason in {"no_article", "too_deep", "too_large"}  # noqa: PT017  both ends are right
    else:
        assert content.text.strip()
        assert "\0" not in content.text
