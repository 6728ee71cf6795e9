"""Bodies as sent: unpacked within limits, decoded by one decision with its reason."""

from __future__ import annotations

import gzip
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
import zstandard
from hypothesis import example, given, strategies as st

from caversham.errors import PayloadError
from caversham.payload import MAX_MEMBERS, Decoded, decode, header, media_type, unpack

PAGE = "<p>Rice planting has begun. 모내기가 시작되였다.</p>".encode() * 40


def deflate_bare(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def coded(*codings: str) -> list[tuple[str, str]]:
    return [("Content-Encoding", coding) for coding in codings]


@pytest.mark.parametrize("coding", PACKERS)
def test_each_coding_comes_off(coding: str) -> None:
    """All of gzip (also as x-gzip), deflate, br and zstd; the name in any letter case."""
    assert unpack(PACKERS[coding](PAGE), coded(coding.upper())) == PAGE


@given(body=st.binary(max_size=3000), repeat=st.integers(1, 200), coding=st.sampled_from([*PACKERS, "bare"]))
def test_what_was_packed_comes_back(body: bytes, repeat: int, coding: str) -> None:
    """Any body, larger than one slice too."""
    body *= repeat
    packed = deflate_bare(body) if coding == "bare" else PACKERS[coding](body)

    assert unpack(packed, coded("deflate" if coding == "bare" else coding)) == body


@given(body=st.binary(max_size=200), coding=st.sampled_from([*PACKERS, "snappy"]))
def test_any_bytes_unpack_or_are_refused(body: bytes, coding: str) -> None:
    """Nothing but PayloadError, with one of three reasons."""
    reason = None
    try:
        unpack(body, coded(coding))
    except PayloadError as error:
        reason = error.reason

    assert reason in {None, "too_large", "bad_encoding", "unknown_coding"}


@pytest.mark.parametrize("headers", [[], coded(""), coded("identity"), coded("none", "UTF-8"), coded("identity, ,")])
def test_a_body_without_coding_stays_as_it_is(headers: list[tuple[str, str]]) -> None:
    """Absent, empty, "identity", or a character set that strayed into the header."""
    assert unpack(PAGE, headers) == PAGE


@pytest.mark.parametrize("headers", [coded("deflate, gzip"), coded("deflate", "identity", "gzip")])
def test_stacked_codings_come_off_in_reverse_order(headers: list[tuple[str, str]]) -> None:
    """In one header or several (RFC 9110, section 8.4: in the order in which they were put on)."""
    assert unpack(gzip.compress(zlib.compress(PAGE)), headers) == PAGE


def test_more_than_three_codings_are_refused() -> None:
    with pytest.raises(PayloadError) as caught:
        unpack(PAGE, coded("gzip, gzip, gzip, gzip"), subject="http://a.example/")

    assert str(caught.value) == "http://a.example/ is packed 4 times, at most 3 are taken off"
    assert (caught.value.reason, caught.value.subject) == ("bad_encoding", "http://a.example/")


def test_an_unknown_coding_is_refused_by_name() -> None:
    with pytest.raises(PayloadError) as caught:
        unpack(PAGE, coded("snappy"))

    assert str(caught.value) == "a body has the content coding 'snappy'; known are br, deflate, gzip, x-gzip, zstd"
    assert caught.value.reason == "unknown_coding"


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (None, "the package brotli is not installed"),
        (SimpleNamespace(Decompressor=object), "the package brotli is older than 1.2"),
    ],
)
def test_without_a_safe_brotli_its_bodies_are_refused(monkeypatch: pytest.MonkeyPatch, module: Any, why: str) -> None:
    """The package is optional; versions that cannot stop inside a bomb are not used."""
    packed = brotli.compress(PAGE)
    monkeypatch.setitem(sys.modules, "brotli", module)

    with pytest.raises(PayloadError) as caught:
        unpack(packed, coded("br"))

    assert str(caught.value) == f"a body has the content coding 'br'; {why}, install it and read the capture again"
    assert caught.value.reason == "unknown_coding"


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_cut_body_is_refused(coding: str, kept: float) -> None:
    """Half a page is not an edit of the page."""
    packed = PACKERS[coding](bytes(range(256)) * 40)

    with pytest.raises(PayloadError) as caught:
        unpack(packed[: int(len(packed) * kept)], coded(coding), subject="x")

    assert caught.value.reason == "bad_encoding"


@pytest.mark.parametrize("coding", PACKERS)
def test_a_damaged_body_is_refused(coding: str) -> None:
    """Bytes that are no stream of the coding, and no text either."""
    with pytest.raises(PayloadError) as caught:
        unpack(b"\xff\x00\x01" * 40, coded(coding))

    assert caught.value.reason == "bad_encoding"


@pytest.mark.parametrize("coding", PACKERS)
def test_a_body_that_somebody_unpacked_before_is_taken_as_it_is(coding: str) -> None:
    """Archives of other tools keep the header and not the coding."""
    assert unpack(PAGE, coded(coding)) == PAGE
    assert unpack(b"", coded(coding)) == b""


def test_several_members_are_one_body_and_padding_is_none() -> None:
    """Block gzip and concatenated frames; servers also send zeros or more after the end."""
    assert unpack(gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0\0", coded("gzip")) == b"one two"
    assert unpack(zstandard.compress(b"one ") + zstandard.compress(b"two") + b"\0", coded("zstd")) == b"one two"
    assert unpack(zlib.compress(b"one") + b"\0", coded("deflate")) == b"one"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_very_many_members_is_refused(coding: str) -> None:
    """Each costs time and yields nothing."""
    with pytest.raises(PayloadError) as caught:
        unpack(PACKERS[coding](b"") * (MAX_MEMBERS + 1), coded(coding))

    assert caught.value.reason == "bad_encoding"


def make_bomb(coding: str) -> bytes:
    """Pack 1 GiB of zeros without ever holding them."""
    zeros = bytes(1 << 20)
    if coding == "br":
        stream = brotli.Compressor(quality=3)
        return b"".join([*(stream.process(zeros) for _ in range(1024)), stream.finish()])
    makers: dict[str, Callable[[], Any]] = {
        "gzip": lambda: zlib.compressobj(1, wbits=31),
        "deflate": lambda: zlib.compressobj(1, wbits=-15),
        "zstd": lambda: zstandard.ZstdCompressor().compressobj(),
    }
    packer = makers[coding]()
    return b"".join([*(packer.compress(zeros) for _ in range(1024)), packer.flush()])


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_refused_at_once_and_in_little_memory(coding: str) -> None:
    """1 GiB of zeros: stopped while unpacking, by size or by ratio."""
    bomb = make_bomb(coding)

    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(PayloadError) as caught:
        unpack(bomb, coded(coding), limit=16 << 20)
    seconds, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert caught.value.reason == "too_large"
    assert seconds < 1
    assert peak < 64 << 20


def test_a_bomb_in_a_bomb_is_refused() -> None:
    inner = make_bomb("gzip")

    with pytest.raises(PayloadError) as caught:
        unpack(gzip.compress(inner), coded("gzip, gzip"))

    assert caught.value.reason == "too_large"


def test_the_limit_counts_unpacked_bytes_and_bodies_without_coding() -> None:
    """Exactly at the limit is allowed; a small page may be packed at any ratio."""
    page = b" " * 100_000

    assert unpack(gzip.compress(page), coded("gzip"), limit=100_000) == page
    with pytest.raises(PayloadError, match="a body unpacks to more than 99,999 bytes; it is kept as sent and not read"):
        unpack(gzip.compress(page), coded("gzip"), limit=99_999)
    with pytest.raises(PayloadError, match="more than 99,999 bytes"):
        unpack(page, [], limit=99_999)


def test_an_absurd_ratio_is_refused_below_the_limit() -> None:
    with pytest.raises(PayloadError, match="more than 250 times its packed size"):
        unpack(zstandard.compress(bytes(8 << 20)), coded("zstd"))


def test_headers_are_found_in_any_letter_case() -> None:
    """The first of a name counts; "" if there is none."""
    headers = [("content-TYPE", " Text/HTML ; charset=x"), ("Content-Type", "b"), ("ETag", '"1"')]

    assert header(headers, "Content-Type") == "Text/HTML ; charset=x"
    assert header(headers, "etag") == '"1"'
    assert header(headers, "Age") == ""
    assert media_type(headers) == "text/html"
    assert media_type([]) == ""


# --- Character sets -------------------------------------------------------------------------

KOREAN = "조선중앙통신이 보도하였다. "
RUSSIAN = "Глава государства посетил завод и дал указания на месте. "
CHINESE = "新华社八月二日电，国家主席会见来访的外国客人。"
JAPANESE = "朝鮮中央通信は二日、次のように報じた。"


def typed(value: str) -> list[tuple[str, str]]:
    return [("Content-Type", value)]


@given(
    body=st.binary(max_size=300) | st.text(max_size=80).map(str.encode),
    content_type=st.text(max_size=40) | st.sampled_from(["text/html; charset=utf-16", "application/xml"]),
    hint=st.none() | st.text(max_size=10) | st.sampled_from(["euc-kr", "iso-2022-jp", "big5", "utf-7", "rot13"]),
)
@example(body=b"<meta charset=\xff>", content_type="text/html;charset=\ud800", hint="\x00")
def test_decoding_never_raises(body: bytes, content_type: str, hint: str | None) -> None:
    """Any bytes under any headers become text, with an encoding of this table and a reason."""
    decoded = decode(body, typed(content_type), hint=hint)

    reasons = {"bom", "http", "meta", "xml", "hint", "utf8", "guess", "fallback"}
    assert decoded.reason in reasons
    assert "a".encode(decoded.encoding)


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (KOREAN, "cp949", "EUC-KR"),
        (KOREAN + "뷁", "cp949", "ks_c_5601-1987"),
        (CHINESE, "gb18030", "gb2312"),
        (CHINESE + "镕", "gb18030", "GBK"),
        ("中央社臺北八月二日電", "big5hkscs", "big5"),
        (JAPANESE + "①", "cp932", "shift_jis"),
        (JAPANESE, "euc_jp", "euc-jp"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        ("“Él” – €", "cp1252", "iso-8859-1"),
        ("قالت وكالة الأنباء", "cp1256", "windows-1256"),
        ("الوكالة", "iso8859-6", "iso_8859-6:1987"),
        ("İstanbul", "cp1254", "iso-8859-9"),
        (RUSSIAN, "utf-16-le", "utf-16"),
        (KOREAN, "utf-8", "UTF8"),
    ],
)
def test_web_labels_mean_what_browsers_take_them_for(text: str, codec: str, label: str) -> None:
    """Narrow names stand for the wider sets (WHATWG Encoding, section 4.2)."""
    expected = Decoded(text=text, encoding=codec, reason="http")

    assert decode(text.encode(codec), typed(f'text/html; charset="{label}"')) == expected


@pytest.mark.parametrize("label", ["utf-7", "rot13", "hex", "idna", "unicode_escape", "iso-2022-kr", "hz-gb-2312", ""])
def test_labels_that_are_no_character_set_of_the_web_are_ignored(label: str) -> None:
    """Python knows codecs that a page must not choose."""
    assert decode(b"+ADw-script", typed(f"text/html; charset={label}")).reason == "utf8"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('<meta charset="euc-kr">', "meta"),
        ("<html><head><META content='x' CharSet = euc-kr />", "meta"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">', "meta"),
        ("<meta content=text/html;charset=euc-kr http-equiv=content-type>", "meta"),
        ("<!-- <meta charset=utf-8> --><meta charset=euc-kr>", "meta"),
        ("<!--><meta charset=euc-kr>", "meta"),
        ("<a title='<meta charset=big5>'><meta charset=euc-kr>", "meta"),
        ("<meta charset=nonsense><meta charset=euc-kr>", "meta"),
        ("<meta name=viewport content='charset=big5'><meta charset=euc-kr charset=big5>", "meta"),
        ('<?xml version="1.0" encoding="euc-kr"?>', "xml"),
        (" " * 4000 + "<meta charset=euc-kr>", "meta"),
        (" " * 4096 + "<meta charset=euc-kr>", "guess"),
        ("<meta charset=nonsense>", "guess"),
        ("<!-- <meta charset=big5>", "guess"),
        ("<meta http-equiv=refresh content='1; charset=big5'>", "guess"),
    ],
)
def test_a_declaration_in_the_document_is_found_where_browsers_find_it(head: str, reason: str) -> None:
    """Prescan: comments and attribute values are skipped, 4,096 bytes are searched, unknown labels do not count."""
    text = head + KOREAN * 20

    assert decode(text.encode("cp949"), []) == Decoded(text=text, encoding="cp949", reason=reason)


@pytest.mark.parametrize(
    ("body", "headers", "hint", "expected"),
    [
        (b"\xef\xbb\xbfabc", typed("text/html; charset=euc-kr"), None, ("abc", "utf-8", "bom")),
        (b"\xff\xfea\0", [], None, ("a", "utf-16-le", "bom")),
        (b"\xfe\xff\0a\xd8", [], None, ("a\ufffd", "utf-16-be", "bom")),
        (b"<meta charset=big5>", typed("text/html; charset=euc-kr"), "gbk", ("<meta charset=big5>", "cp949", "http")),
        ("é".encode(), [], None, ("é", "utf-8", "utf8")),
        (b"", [], None, ("", "utf-8", "utf8")),
        (RUSSIAN.encode("cp1251"), [], "windows-1251", (RUSSIAN, "cp1251", "hint")),
        (RUSSIAN.encode("cp1251"), [], "no label", (RUSSIAN, "cp1251", "guess")),
        (b"<meta charset=utf-16>abc", [], None, ("<meta charset=utf-16>abc", "utf-8", "meta")),
        ('<?xml version="1.0"?>é'.encode("utf-16-le"), [], None, ('<?xml version="1.0"?>é', "utf-16-le", "xml")),
        (b"\xff\xff\xff\xff\x00\x81", [], None, ("ÿÿÿÿ\0\ufffd", "cp1252", "fallback")),
    ],
)
def test_the_first_that_knows_decides(
    body: bytes, headers: list[tuple[str, str]], hint: str | None, expected: tuple[str, str, str]
) -> None:
    """Byte order mark, HTTP, document, hint, valid UTF-8, detector, windows-1252: in this order, with the reason."""
    decoded = decode(body, headers, hint=hint)

    assert (decoded.text, decoded.encoding, decoded.reason) == expected


def test_in_xml_its_own_declaration_comes_before_a_quoted_page() -> None:
    """A feed may quote `<meta>` in its text."""
    feed = '<?xml version="1.0" encoding="koi8-r"?><rss><meta charset="windows-1251">Да'

    assert decode(feed.encode("koi8-r"), typed("application/rss+xml")).encoding == "koi8-r"
    assert decode(feed.encode("koi8-r"), typed("text/html")).encoding == "cp1251"


@pytest.mark.parametrize("label", ["euc-kr", "iso-8859-1", "windows-1251", "utf-16"])
def test_a_stated_set_that_is_wrong_loses_to_valid_utf8(label: str) -> None:
    """Servers state a default for files that are UTF-8; sets that any bytes are text of prove nothing."""
    text = "«Élite» — " + KOREAN

    expected = Decoded(text=text, encoding="utf-8", reason="utf8")
    assert decode(text.encode(), typed(f"text/html; charset={label}")) == expected


def test_a_few_bad_bytes_do_not_change_the_stated_set() -> None:
    """They become U+FFFD."""
    body = (KOREAN * 10).encode() + b"\xff" + KOREAN.encode()

    expected = Decoded(text=KOREAN * 10 + "\ufffd" + KOREAN, encoding="utf-8", reason="http")
    assert decode(body, typed("text/html; charset=utf-8")) == expected


def test_a_stated_set_that_fits_nowhere_loses_to_what_the_bytes_look_like() -> None:
    body = (KOREAN * 10).encode("cp949")

    assert decode(body, typed("text/html; charset=utf-8")) == Decoded(
        text=KOREAN * 10, encoding="cp949", reason="guess"
    )


def test_where_nothing_fits_the_stated_set_stands() -> None:
    """As a browser would show it."""
    body = b"\xff\xff\xff\xff\x00\x81"

    expected = Decoded(text="\ufffd" * 4 + "\0\ufffd", encoding="utf-8", reason="http")
    assert decode(body, typed("text/html; charset=utf-8")) == expected


def test_a_last_character_that_was_cut_off_does_not_undo_the_rest() -> None:
    assert decode("조선".encode()[:-1], []) == Decoded(text="조\ufffd", encoding="utf-8", reason="utf8")


@pytest.mark.parametrize(
    "body", [b"<meta " * 20_000, b'<a "' * 20_000, b"<!--" * 20_000, b"<meta a=b " * 9_000, bytes(range(256)) * 400]
)
def test_a_hostile_head_takes_no_time(body: bytes) -> None:
    started = time.perf_counter()
    decode(body, typed("charset   " * 9_000))

    assert time.perf_counter() - started < 1
