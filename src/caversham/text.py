"""Text as Caversham counts in it: clean code points, spans of words, sentences and paragraphs, scripts.

Everything here is free of language: it knows characters and scripts, never words. What a language adds
(stems, folding, quotation marks, month names) is in `caversham.languages`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256

from caversham.types import Span

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL: no database takes it; lone surrogates: no encoding does

# Characters without width that say nothing: soft hyphen, zero width space, word joiner, byte order mark.
# The joiners U+200C and U+200D are letters of Persian, Hindi and emoji, and stay.
_WIDTHLESS = "\u00ad\u200b\u2060\ufeff"
_WIDTHLESS_RUN = re.compile(f"[{_WIDTHLESS}]+")
# Besides, for comparison: marks of direction (Unicode property Bidi_Control), https://www.unicode.org/reports/tr9/
_INVISIBLE_RUN = re.compile(f"[{_WIDTHLESS}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

# Quotation marks of all styles, https://www.unicode.org/versions/Unicode15.0.0/ch06.pdf, section 6.2; ch. 18 for CJK.
_DOUBLE_MARK = re.compile("[“”„‟«»＂″〝〞〟「」『』《》❝❞]")
_SINGLE_MARK = re.compile("[‘’‚‛‹›＇′`´〈〉❛❜]")

# "[Juche113.8.2.]", "[2024.08.02]", "[주체113(2024).8.2.]", "【2024年8月2日】": an era's name at most, then a day.
_CALENDAR_TAG = re.compile(
    r"[\[【〔［]\s?(?:[^\W\d_]{1,12}\s?)?\d{2,4}\s?(?:\(\d{4}\)\s?)?[.\-/年년]\s?"
    r"\d{1,2}\s?[.\-/月월]\s?\d{1,2}\s?[.日일]?\s?[\]】〕］]"
)


def clean(text: str) -> str:
    """Bring text into the form that all offsets count in: NFC, with U+FFFD for NUL and lone surrogates.

    Nothing is stripped and no newline is changed. Applied twice it changes nothing more.
    """
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return unicodedata.normalize("NFC", _UNSTORABLE.sub("\ufffd", text))


def squeeze(text: str) -> str:
    r"""Make every run of white space one space and strip the ends; drop what has no width.

    White space is what Unicode calls so, no-break and ideographic spaces and all line ends included.

    >>> squeeze(" Rice\u00a0\u3000planting \u200b\r\n begins\ufeff ")
    'Rice planting begins'
    """
    return " ".join(_without(_WIDTHLESS_RUN, text).split())


def comparable(title: str, text: str) -> str:
    """Hash what a reader sees of title and text: equal keys, same version (64 hex digits).

    Ignored: canonical form, white space, invisible characters, the style of quotation marks and the
    spaces beside them, calendar tags in the title. Everything else counts, letter case and dashes too.

    Source: docs/storage.md, "Derived".
    """
    seen = _as_seen(_CALENDAR_TAG.sub(" ", squeeze(clean(title)))), _as_seen(text)
    return sha256(" \n ".join(seen).encode()).hexdigest()  # no line end survives in a part


def paragraphs(text: str) -> Iterator[Span]:
    """Find the lines that show anything, without the white space at their ends, in order."""
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield _trimmed(text, start, start + len(line))
        start += len(line)


def slice_span(text: str, start: int, end: int) -> Span:
    """Cut a span out of a text. Raises ValueError if it does not lie in it: the caller miscounted."""
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"span {start}..{end} does not lie in a text of {len(text)} code points")
    return Span(start=start, end=end, text=text[start:end])


# --- Words ----------------------------------------------------------------------------------

# Scripts written without spaces, each character of which is a word here: Han with its marks of repetition,
# Hiragana and Katakana, also of half width. Hangul words stay whole: Korean writes spaces.
_IDEOGRAPHS = "\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"


def words(text: str) -> Iterator[Span]:
    """Find the words: runs of letters and digits with their marks, and single Han and Kana characters.

    Apostrophes, hyphens and decimal points end a word ("l'homme" is two), underscores too. Joiners inside a
    word belong to it.

    >>> [span.text for span in words("Kim Il Sung's 77번째, 人民日報")]
    ['Kim', 'Il', 'Sung', 's', '77번째', '人', '民', '日', '報']
    """
    for match in _word_pattern().finditer(text):
        yield Span(start=match.start(), end=match.end(), text=match[0])


@cache
def _word_pattern() -> re.Pattern[str]:
    """Compile on first use: the marks (categories Mn, Mc, Me), which word characters leave out, are asked of Unicode."""
    marks = "".join(char for char in map(chr, range(0x300, 0x20000)) if unicodedata.category(char)[0] == "M")
    single = _IDEOGRAPHS + _KANA
    return re.compile(f"[{single}][{marks}]*|[^\\W_{single}](?:[^\\W_{single}]|[{marks}]|[\u200c\u200d](?=[^\\W_]))*")


# --- Sentences ------------------------------------------------------------------------------

_CLOSERS = "\"'”’»›」』）)\\]】》〉〕］"
_UNSPACED = _IDEOGRAPHS + _KANA + "\uac00-\ud7a3"
# Enders that need no space after them: full stops and question marks of scripts whose numbers never hold them,
# by Unicode property Sentence_Terminal, https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt: Armenian, Arabic,
# Urdu, Devanagari (2), Tibetan, Myanmar, Ethiopic (2), Khmer, Chinese and Japanese (4).
_HARD = "\u0589\u061f\u06d4\u0964\u0965\u0f0d\u104b\u1362\u1367\u17d4\u3002\uff01\uff1f\uff61"
_ENDER = re.compile(  # possessive, and never begun inside a run: linear on any input
    rf"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]++"
    rf"|(?<![.!?…{_HARD}])(?:(?P<soft>[.!?…]++)(?![{_HARD}])|[.!?…{_HARD}]++)[{_CLOSERS}]*+"
)
_GOES_ON = re.compile(rf"[^\s{_UNSPACED}]")
_LAST_WORD = re.compile(r"[^\W_]{1,8}(?:\.[^\W_]{1,3})*$")
_NEXT_VISIBLE = re.compile(r"\s*[\"'“‘«‹„(\[]*(\S)")

# Words that a full stop follows in the middle of a sentence, before a name and before a number. They are common
# abbreviations of languages written with capitals; a language whose word one of them is loses little by a joined pair.
_BEFORE_NAMES = re.compile(
    "mr|mrs|ms|dr|prof|rev|hon|st|sr|sra|jr|gen|col|lt|maj|capt|cpt|sgt|cmdr|adm|brig|sen|gov|supt|co|vs|cf"
    "|mm|mme|mlle|mgr|ste|bd|dña|excmo|hrsg|bzw|evtl|usw|vgl|г|им|тов|ул|пл|проф|акад|ген|св|см",
    re.IGNORECASE,
)
_BEFORE_NUMBERS = re.compile(
    "no|nos|nr|núm|vol|pp|p|art|fig|ch|sec|ca|approx|abs|стр|рис|табл|ст|п"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec",
    re.IGNORECASE,
)


def sentences(text: str) -> Iterator[Span]:
    """Find the sentences, without white space at their ends, in order.

    A sentence ends at a line end; at 。！？؟ and the full stops of other scripts; and at . ! ? … before white space
    or a Korean, Chinese or Japanese character, with the closing marks after it. It does not end where
    small letters go on, after an initial ("J. Smith", "U.S.") or after a common abbreviation. A number with a full
    stop ends one, unless it opens the sentence ("1. Rice").
    """
    start = 0
    for match in _ENDER.finditer(text):
        if match["soft"] and not _ends_sentence(text, start, match):
            continue
        if text[start : match.end()].strip():
            yield _trimmed(text, start, match.end())
        start = match.end()
    if text[start:].strip():
        yield _trimmed(text, start, len(text))


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    if _GOES_ON.match(text, match.end()):
        return False
    after = _NEXT_VISIBLE.match(text, match.end(), match.end() + 40)
    if after is None:
        return True
    if after[1].islower():
        return False
    return match[0] != "." or not _wants_stop(text[max(start, match.start() - 24) : match.start()], after[1])


def _wants_stop(before: str, after: str) -> bool:
    """Tell whether the word before a full stop is one that wants it: initial, acronym, abbreviation, item number."""
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    word = found[0]
    if word.isdecimal():
        return len(word) <= 2 and not before[: found.start()].strip()
    if "." in word or (len(word) == 1 and word.isupper()):
        return all(len(part) == 1 and part.isalpha() for part in word.split("."))
    pattern = _BEFORE_NUMBERS if after.isdecimal() else _BEFORE_NAMES
    return pattern.fullmatch(word) is not None


# --- Scripts --------------------------------------------------------------------------------

# First code point, last, script. Letters only; source: https://www.unicode.org/Public/UCD/latest/ucd/Scripts.txt,
# rounded to blocks, since only letters are asked about.
_SCRIPT_RANGES = (
    (0x0041, 0x02AF, "Latin"),
    (0x0370, 0x03FF, "Greek"),
    (0x0400, 0x052F, "Cyrillic"),
    (0x0531, 0x058F, "Armenian"),
    (0x0590, 0x05FF, "Hebrew"),
    (0x0600, 0x06FF, "Arabic"),
    (0x0700, 0x074F, "Syriac"),
    (0x0750, 0x077F, "Arabic"),
    (0x0780, 0x07BF, "Thaana"),
    (0x0860, 0x08FF, "Arabic"),
    (0x0900, 0x097F, "Devanagari"),
    (0x0980, 0x09FF, "Bengali"),
    (0x0A00, 0x0A7F, "Gurmukhi"),
    (0x0A80, 0x0AFF, "Gujarati"),
    (0x0B00, 0x0B7F, "Oriya"),
    (0x0B80, 0x0BFF, "Tamil"),
    (0x0C00, 0x0C7F, "Telugu"),
    (0x0C80, 0x0CFF, "Kannada"),
    (0x0D00, 0x0D7F, "Malayalam"),
    (0x0D80, 0x0DFF, "Sinhala"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Lao"),
    (0x0F00, 0x0FFF, "Tibetan"),
    (0x1000, 0x109F, "Myanmar"),
    (0x10A0, 0x10FF, "Georgian"),
    (0x1100, 0x11FF, "Hangul"),
    (0x1200, 0x139F, "Ethiopic"),
    (0x13A0, 0x13FF, "Cherokee"),
    (0x1780, 0x17FF, "Khmer"),
    (0x1800, 0x18AF, "Mongolian"),
    (0x1C80, 0x1C8F, "Cyrillic"),
    (0x1C90, 0x1CBF, "Georgian"),
    (0x1E00, 0x1EFF, "Latin"),
    (0x1F00, 0x1FFF, "Greek"),
    (0x2C60, 0x2C7F, "Latin"),
    (0x2D00, 0x2D2F, "Georgian"),
    (0x2D30, 0x2D7F, "Tifinagh"),
    (0x2D80, 0x2DDF, "Ethiopic"),
    (0x2DE0, 0x2DFF, "Cyrillic"),
    (0x3005, 0x3007, "Han"),
    (0x3021, 0x3029, "Han"),
    (0x3041, 0x30FF, "Kana"),
    (0x3131, 0x318F, "Hangul"),
    (0x31F0, 0x31FF, "Kana"),
    (0x3400, 0x4DBF, "Han"),
    (0x4E00, 0x9FFF, "Han"),
    (0xA640, 0xA69F, "Cyrillic"),
    (0xA720, 0xA7FF, "Latin"),
    (0xA960, 0xA97F, "Hangul"),
    (0xAC00, 0xD7FF, "Hangul"),
    (0xF900, 0xFAFF, "Han"),
    (0xFB00, 0xFB06, "Latin"),
    (0xFB13, 0xFB17, "Armenian"),
    (0xFB1D, 0xFB4F, "Hebrew"),
    (0xFB50, 0xFDFF, "Arabic"),
    (0xFE70, 0xFEFE, "Arabic"),
    (0xFF21, 0xFF5A, "Latin"),
    (0xFF66, 0xFF9D, "Kana"),
    (0xFFA0, 0xFFDC, "Hangul"),
    (0x1B000, 0x1B16F, "Kana"),
    (0x20000, 0x323AF, "Han"),
)
_SCRIPT_STARTS = [first for first, _, _ in _SCRIPT_RANGES]


def script_of(char: str) -> str:
    """Name the script of a letter ("Latin", "Han", "Kana", "Hangul", ...); "" if it is no letter or of no script here."""
    place = bisect_right(_SCRIPT_STARTS, ord(char)) - 1
    if place < 0 or not char.isalpha():
        return ""
    _, last, name = _SCRIPT_RANGES[place]
    return name if ord(char) <= last else ""


def count_scripts(text: str) -> Mapping[str, int]:
    """Count the letters of each script, most first; of equally many, the one that comes first in the text."""
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        counts[script_of(char)] += count
    del counts[""]
    return dict(counts.most_common())


def dominant_script(text: str) -> str:
    """Name the script that most letters are of; "" if the text has no letter of a known script."""
    return next(iter(count_scripts(text)), "")


# --- Inside ---------------------------------------------------------------------------------


def _without(run: re.Pattern[str], text: str) -> str:
    return text if text.isascii() else run.sub("", text)


def _as_seen(text: str) -> str:
    seen = " ".join(_without(_INVISIBLE_RUN, clean(text)).split())
    if not seen.isascii():
        seen = _SINGLE_MARK.sub("'", _DOUBLE_MARK.sub('"', seen))
    # Some styles put spaces inside the marks; which side of a mark is inside, the mark no longer says.
    return seen.replace("`", "'").replace("''", '"').replace(' "', '"').replace('" ', '"')


def _trimmed(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start=start, end=start + len(part.strip()), text=part.strip())
