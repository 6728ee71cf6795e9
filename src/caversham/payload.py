"""Bodies as sent, made readable: content codings taken off within limits, the character set decided once.

`unpack` and `decode` are the only places where bytes from outside become larger bytes or text. What was
stored stays as it was sent.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import charset_normalizer
import zstandard

from caversham.errors import PayloadError

Headers = Sequence[tuple[str, str]]  # as in Capture: in order, names as sent

LIMIT = 50 * 1024 * 1024  # bytes unpacked; the largest page that is read
MAX_CODINGS = 3  # nobody sends more than one on purpose; a proxy may add one
MAX_MEMBERS = 1_000  # of a gzip or Zstandard file; block gzip cuts 50 MB into 800
MAX_RATIO = 250  # deflate packs zeros 1,032:1 (https://zlib.net/zlib_tech.html), pages 4 to 20:1
RATIO_FREE = 1024 * 1024  # bytes that may be unpacked at any ratio: a small page of one repeated row is no bomb
PRESCAN = 4096  # bytes searched for a declaration; the standard asks for 1,024, headers of scripts push it further
GUESSED = 64 * 1024  # bytes shown to the detector

_CHUNK = 64 * 1024
_ZSTD_SLICE = 256  # a 4-byte block may stand for 128 KiB (RFC 8878, section 3.1.1.2): so at most 8 MiB a slice
_ZSTD_MAGIC = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")  # a frame, a skippable frame (RFC 8878, 3.1)
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: no more for content coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A body as text, with the encoding that won and why."""

    text: str  # without byte order mark; undecodable bytes are U+FFFD; neither NFC nor free of NUL
    encoding: str  # the Python codec that was used: "utf-8", "cp1252", "gb18030"
    reason: str  # bom, http, meta, xml, hint, utf8 (the bytes are valid), guess, fallback


# --- Headers --------------------------------------------------------------------------------


def header(headers: Headers, name: str) -> str:
    """Give the value of the first header of this name, in any letter case; "" if there is none."""
    return next(iter(_values(headers, name)), "")


def media_type(headers: Headers) -> str:
    """Give the media type in lower case, without parameters ("text/html"); "" if it is not stated."""
    return header(headers, "content-type").partition(";")[0].strip().lower()


def _values(headers: Headers, name: str) -> Iterator[str]:
    wanted = name.lower()
    return (value.strip() for key, value in headers if key.lower() == wanted)


# --- Content codings ------------------------------------------------------------------------


def unpack(body: bytes, headers: Headers, *, limit: int = LIMIT, subject: str = "") -> bytes:
    """Take the content codings off a body: gzip, deflate, br, zstd, in any order, at most three.

    A body that is stated to be packed but is plain text already (archives of other tools unpack bodies and
    keep the header) comes back as it is. `subject` names the body in errors.

    Raises PayloadError: `too_large` beyond `limit` bytes or an absurd ratio, found while unpacking;
    `bad_encoding` for damaged or cut bodies; `unknown_coding` for codings not known or not installed.
    """
    codings = [coding for coding in _codings(headers) if coding not in _NO_CODING]
    if len(codings) > MAX_CODINGS:
        message = f"{subject or 'a body'} is packed {len(codings)} times, at most {MAX_CODINGS} are taken off"
        raise PayloadError(message, subject=subject, reason="bad_encoding")
    for coding in reversed(codings):
        body = _unpack_one(body, coding, limit, subject)
    if len(body) > limit:
        raise _too_large(subject, f"more than {limit:,} bytes")
    return body


def _codings(headers: Headers) -> Iterator[str]:
    for value in _values(headers, "content-encoding"):
        yield from (coding.strip().lower() for coding in value.split(","))


def _unpack_one(body: bytes, coding: str, limit: int, subject: str) -> bytes:
    if not body:
        return body
    if coding not in _UNPACKERS:
        raise _unknown_coding(subject, coding, f"known are {', '.join(sorted(_UNPACKERS))}")
    try:
        return _collect(_UNPACKERS[coding](body), len(body), limit, subject)
    except _MissingError as error:
        raise _unknown_coding(subject, coding, f"{error}, install it and read the capture again") from error
    except _DamagedError as error:
        if _is_plain(body):
            return body
        message = f"{subject or 'a body'} is not whole {coding}: {error}; fetch it again"
        raise PayloadError(message, subject=subject, reason="bad_encoding") from error


class _DamagedError(Exception):
    """Packed bytes that do not unpack to their end; becomes a PayloadError where coding and subject are known."""


class _MissingError(Exception):
    """A coding whose package is not installed; becomes a PayloadError likewise."""


def _unknown_coding(subject: str, coding: str, advice: str) -> PayloadError:
    message = f"{subject or 'a body'} has the content coding {coding[:40]!r}; {advice}"
    return PayloadError(message, subject=subject, reason="unknown_coding")


def _collect(chunks: Iterator[bytes], packed: int, limit: int, subject: str) -> bytes:
    unpacked = bytearray()
    for chunk in chunks:
        unpacked += chunk
        if len(unpacked) > limit:
            raise _too_large(subject, f"more than {limit:,} bytes")
        if len(unpacked) > max(RATIO_FREE, packed * MAX_RATIO):
            raise _too_large(subject, f"more than {MAX_RATIO} times its packed size")
    return bytes(unpacked)


def _too_large(subject: str, measure: str) -> PayloadError:
    message = f"{subject or 'a body'} unpacks to {measure}; it is kept as sent and not read"
    return PayloadError(message, subject=subject, reason="too_large")


def _is_plain(body: bytes) -> bool:
    """Tell whether a body begins like text: no control characters, which packed bytes have all over."""
    return re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", body[:1024]) is None


def _gunzip(body: bytes) -> Iterator[bytes]:
    """Unpack the members of a gzip file (RFC 1952); what follows the last one is padding."""
    position = 0
    for _ in range(MAX_MEMBERS):
        position = yield from _inflate(zlib.decompressobj(wbits=31), body, position)
        if not body.startswith(b"\x1f\x8b", position):
            return
    raise _DamagedError(f"it has more than {MAX_MEMBERS} members")


def _inflate_either(body: bytes) -> Iterator[bytes]:
    """Unpack "deflate": zlib's format (RFC 1950) as the standard has it, or bare (RFC 1951) as many servers do."""
    is_zlib = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _inflate(zlib.decompressobj(wbits=15 if is_zlib else -15), body, 0)


def _inflate(stream: zlib._Decompress, body: bytes, position: int) -> Generator[bytes, None, int]:
    """Unpack one stream from a position on; returns where it ended."""
    size = 1024  # small at first: of many tiny members, each would copy what follows it
    while position < len(body):
        piece = body[position : position + size]
        position += len(piece)
        yield from _inflate_piece(stream, piece)
        if stream.eof:
            return position - len(stream.unused_data)
        size = min(size * 2, _CHUNK)
    raise _DamagedError("it is cut off")


def _inflate_piece(stream: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    is_pending = True
    while is_pending:
        try:
            chunk = stream.decompress(piece, _CHUNK)
        except zlib.error as error:
            raise _DamagedError(str(error)) from error
        yield chunk
        piece = stream.unconsumed_tail
        is_pending = bool(piece) or len(chunk) == _CHUNK


def _unbrotli(body: bytes) -> Iterator[bytes]:
    """Unpack a Brotli stream (RFC 7932)."""
    brotli = _load_brotli()
    stream = brotli.Decompressor()
    for start in range(0, len(body), _CHUNK):
        piece = body[start : start + _CHUNK]
        try:
            while chunk := stream.process(piece, output_buffer_limit=_CHUNK):
                yield chunk
                piece = b""
        except brotli.error as error:
            raise _DamagedError(str(error)) from error
    if not stream.is_finished():
        raise _DamagedError("it is cut off")


def _load_brotli() -> Any:
    """Import brotli, which is optional; before 1.2 it cannot stop in the middle of a bomb."""
    try:
        brotli = import_module("brotli")
    except ImportError as error:
        raise _MissingError("the package brotli is not installed") from error
    if not hasattr(brotli.Decompressor, "can_accept_more_data"):
        raise _MissingError("the package brotli is older than 1.2")
    return brotli


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Unpack the frames of a Zstandard file (RFC 8878); what follows the last one is padding."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    position = 0
    for _ in range(MAX_MEMBERS):
        position = yield from _unzstd_frame(unpacker.decompressobj(), body, position)
        if not _ZSTD_MAGIC.match(body, position):
            return
    raise _DamagedError(f"it has more than {MAX_MEMBERS} frames")


def _unzstd_frame(stream: zstandard.ZstdDecompressionObj, body: bytes, position: int) -> Generator[bytes, None, int]:
    """Unpack one frame from a position on; returns where it ended."""
    while position < len(body):
        piece = body[position : position + _ZSTD_SLICE]
        position += len(piece)
        try:
            yield stream.decompress(piece)
        except zstandard.ZstdError as error:
            raise _DamagedError(str(error)) from error
        if stream.eof:
            return position - len(stream.unused_data)
    raise _DamagedError("it is cut off")


_UNPACKERS: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,  # RFC 9110, section 8.4.1.3: the same
    "deflate": _inflate_either,
    "br": _unbrotli,
    "zstd": _unzstd,
}
# Stated where there is none: the token of RFC 9110, section 12.5.3, and a character set in the wrong header.
_NO_CODING = frozenset(("", "identity", "none", "utf-8", "utf8"))

# --- Character sets -------------------------------------------------------------------------

# Python codec: labels that name it on the web. Source: https://encoding.spec.whatwg.org/#names-and-labels, without
# "replacement" (never decoded) and x-user-defined. Labels are looked up without "-" and "_" (`_find_codec`).
_LABELS = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8",
    "utf-16-le": "utf16 utf16le ucs2 iso10646ucs2 csunicode unicode unicodefeff",
    "utf-16-be": "utf16be unicodefffe",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso88592 isoir101 iso88592:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso88593 isoir109 iso88593:1988 l3 latin3",
    "iso8859-4": "csisolatin4 iso88594 isoir110 iso88594:1988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso88595 isoir144 iso88595:1988",
    "iso8859-6": "arabic asmo708 csiso88596e csiso88596i csisolatinarabic ecma114 iso88596 iso88596e iso88596i isoir127"
    " iso88596:1987",
    "iso8859-7": "csisolatingreek ecma118 elot928 greek greek8 iso88597 isoir126 iso88597:1987 suneugreek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso88598 iso88598e isoir138 iso88598:1988 visual csiso88598i"
    " iso88598i logical",
    "iso8859-10": "csisolatin6 iso885910 isoir157 l6 latin6",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "csisolatin9 iso885915 l9",
    "iso8859-16": "iso885916",
    "koi8-r": "cskoi8r koi koi8 koi8r",
    "koi8-u": "koi8ru koi8u",
    "mac-roman": "csmacintosh mac macintosh xmacroman",
    "cp874": "dos874 iso885911 tis620 windows874",
    "cp1250": "cp1250 windows1250 xcp1250",
    "cp1251": "cp1251 windows1251 xcp1251",
    "cp1252": "ansix3.41968 ascii cp1252 cp819 csisolatin1 ibm819 iso88591 isoir100 iso88591:1987 l1 latin1 usascii"
    " windows1252 xcp1252",
    "cp1253": "cp1253 windows1253 xcp1253",
    "cp1254": "cp1254 csisolatin5 iso88599 isoir148 iso88599:1989 l5 latin5 windows1254 xcp1254",
    "cp1255": "cp1255 windows1255 xcp1255",
    "cp1256": "cp1256 windows1256 xcp1256",
    "cp1257": "cp1257 windows1257 xcp1257",
    "cp1258": "cp1258 windows1258 xcp1258",
    "mac-cyrillic": "xmaccyrillic xmacukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb231280 gbk isoir58 xgbk gb18030",
    "big5hkscs": "big5 big5hkscs cnbig5 csbig5 xxbig5",
    "euc_jp": "cseucpkdfmtjapanese eucjp xeucjp",
    "iso2022_jp": "csiso2022jp iso2022jp",
    "cp932": "csshiftjis ms932 mskanji shiftjis sjis windows31j xsjis",
    "cp949": "cseuckr csksc56011987 euckr isoir149 korean ksc56011987 ksc56011989 ksc5601 windows949",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_MULTIBYTE = frozenset(("utf-8", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"))
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Not guessed: what has a test of its own, and sets that hardly a page was ever written in but many a text fits.
_NEVER_GUESSED = {"utf-8", "utf-16-le", "utf-16-be", "mac-roman", "mac-cyrillic"} | {
    f"iso8859-{part}" for part in (3, 4, 6, 8, 10, 13, 14, 16)
}
_DETECTABLE = sorted(set(_LABELS) - _NEVER_GUESSED)

_BEYOND_ASCII = bytes(range(0x80, 0x100))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:\-]{1,40})[\"']")
_COMMENT = re.compile(rb"<!(?=--).*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(rb"<(/?[A-Za-z][^\s/>]*+)((?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(r"([^\s/>=\"']++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]++)))?+")


def decode(body: bytes, headers: Headers, *, hint: str | None = None) -> Decoded:
    """Turn an unpacked body into text; the character set is decided here and nowhere else. Never raises.

    In this order: byte order mark; the charset of Content-Type; the declaration in the document (`<meta>`, XML);
    `hint`, a label known from elsewhere; valid UTF-8; a detector; windows-1252. What is stated counts if the bytes
    agree with it: a stated set that they are no text of, or that any bytes are text of, loses to valid UTF-8. One
    that fails in few places keeps its word, and these become U+FFFD.

    Sources: https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding (13.2.3.2),
    https://encoding.spec.whatwg.org/#names-and-labels
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], codec, "bom")
    stated = list(_stated(body, headers, hint))
    is_utf8 = _is_text(body, "utf-8")
    for codec, reason in stated:
        is_text = is_utf8 if codec == "utf-8" else _is_text(body, codec)
        if is_text and not (is_utf8 and _loses_to_utf8(codec, body)):
            return _decoded(body, codec, reason)
    if is_utf8:
        return _decoded(body, "utf-8", "utf8")
    for codec, reason in stated:
        if _is_nearly_text(body, codec):
            return _decoded(body, codec, reason)
    guess = _guess(body)
    if guess is not None:
        return _decoded(body, guess, "guess")
    return _decoded(body, *(stated[0] if stated else ("cp1252", "fallback")))


def _decoded(body: bytes, codec: str, reason: str) -> Decoded:
    return Decoded(text=body.decode(codec, "replace"), encoding=codec, reason=reason)


def _find_codec(label: str) -> str | None:
    return _CODECS.get(label.strip().lower().replace("-", "").replace("_", ""))


def _stated(body: bytes, headers: Headers, hint: str | None) -> Iterator[tuple[str, str]]:
    """Give the character sets that somebody states, with who does, in the order in which they are believed."""
    head = body[:PRESCAN]
    content_type = header(headers, "content-type")[:1000]
    documents = [(_find_meta(head), "meta"), (_find_xml_declaration(head), "xml")]
    if "xml" in media_type(headers):
        documents.reverse()
    for label, reason in [(_charset_in(content_type), "http"), *documents, (hint or "", "hint")]:
        codec = _find_codec(label)
        if codec is not None:
            yield codec, reason


def _charset_in(content_type: str) -> str:
    found = _CHARSET.search(content_type)
    return found[1] if found else ""


def _find_meta(head: bytes) -> str:
    """Give the label in the first `<meta>` that has one of a known set; "" if there is none."""
    for tag in _TAG.finditer(_COMMENT.sub(b"", head)):
        label = _label_in(tag[2].decode("ascii", "replace")) if tag[1].lower() == b"meta" else ""
        if _find_codec(label):
            # A declaration that can be read as ASCII is not in UTF-16 (13.2.3.2, prescan, step 3.11).
            return "utf-8" if "utf-16" in label.lower() else label
    return ""


def _label_in(attributes: str) -> str:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(attributes):
        found.setdefault(name.lower(), "".join(values))
    if "charset" in found:
        return found["charset"]
    is_pragma = found.get("http-equiv", "").strip().lower() == "content-type"
    return _charset_in(found.get("content", "")) if is_pragma else ""


def _find_xml_declaration(head: bytes) -> str:
    for codec in ("utf-16-le", "utf-16-be"):
        if head.startswith("<?x".encode(codec)):
            return codec
    found = _XML_DECLARATION.match(head)
    return found[1].decode() if found else ""


def _is_text(body: bytes, codec: str) -> bool:
    """Tell whether bytes are text of a codec, but for a last character that was cut off."""
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(body)
    except UnicodeError:
        return False
    return True


def _loses_to_utf8(codec: str, body: bytes) -> bool:
    """Tell whether that the bytes are valid UTF-8 outweighs that they are text of `codec`.

    UTF-16 takes nearly all bytes for text, a single-byte set too: both say nothing. Longer text of such a set is
    never valid UTF-8 by accident; of a multi-byte set, a short one may be.
    """
    if codec.startswith("utf-16"):
        return b"\0" not in body
    return codec not in _MULTIBYTE and not body.isascii()


def _is_nearly_text(body: bytes, codec: str) -> bool:
    """Tell whether at most a tenth of the bytes beyond ASCII are no text of a codec."""
    beyond_ascii = len(body) - len(body.translate(None, _BEYOND_ASCII))
    return body.decode(codec, "replace").count("\ufffd") * 10 <= beyond_ascii


def _guess(body: bytes) -> str | None:
    match = charset_normalizer.from_bytes(
        body[:GUESSED], cp_isolation=_DETECTABLE, preemptive_behaviour=False, enable_fallback=False
    ).best()
    return codecs.lookup(match.encoding).name if match else None
