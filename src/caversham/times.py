"""Dates as printed, instants as told: what a text says about time, never more than it says.

Three readers give a `Dated` or None, which means "this is no date": `parse_iso` for machines,
`parse_rfc822` for feeds and mail, `parse_printed` for people. Month names are an argument, so that
this module knows no language. Years outside 1800..2200 are no dates of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from caversham.errors import SettingsError
from caversham.types import Dated, Precision

MonthTable = Mapping[str, int]  # folded name -> 1..12, or SOLAR_HIJRI + 1..12; made by `month_table`

SOLAR_HIJRI = 100  # added to the number of a month of the Iranian and Afghan calendar
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1800, 2200
READ_LIMIT = 400  # code points: a printed date stands in a line, not in an article
PRINTED_LIMIT = 120  # code points kept in `Dated.printed`
AHEAD = timedelta(days=2)  # a date without a year may lie this far behind `near`: time zones, early editions

_MICROSECOND = timedelta(microseconds=1)


# --- Instants --------------------------------------------------------------------------------


def zone(name: str) -> tzinfo:
    """The time zone of an IANA name.

    Raises:
        SettingsError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"no time zone is called {name!r}; use an IANA name such as 'Asia/Seoul'"
        raise SettingsError(message) from error


def to_micros(at: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware instant; negative before."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant, in UTC, of `to_micros`."""
    return EPOCH + micros * _MICROSECOND


def to_utc(at: datetime) -> datetime:
    """The same instant in UTC; a naive one is a TypeError, never taken for local time."""
    return EPOCH + (at - EPOCH)


def format_instant(at: datetime) -> str:
    """RFC 3339 with Z; fractions of a second only where there are any.

    >>> format_instant(datetime(1948, 9, 9, 9, tzinfo=timezone(timedelta(hours=9))))
    '1948-09-09T00:00:00Z'
    """
    return to_utc(at).replace(tzinfo=None).isoformat() + "Z"


def day_in_zone(at: datetime, tz: tzinfo) -> date:
    """The day on the calendar of `tz` at this instant."""
    return to_utc(at).astimezone(tz).date()


# --- ISO 8601 --------------------------------------------------------------------------------

# RFC 3339 section 5.6, and of ISO 8601 the calendar dates (extended, basic, reduced). Slashes and dots
# between year, month and day are no ISO; year-first forms are unambiguous in every country.
_ISO = re.compile(
    r"(?P<year>\d{4})"
    r"(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?:(?P=sep)(?P<day>\d{1,2}))?|(?P<month_>\d\d)(?P<day_>\d\d))?"
    r"(?:[Tt ]\s?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


def parse_instant(text: str) -> datetime | None:
    """The UTC instant of an RFC 3339 or ISO 8601 time with its zone; None: it is not one."""
    match = _ISO.fullmatch(text.strip()[:READ_LIMIT])
    if match is None or match["zone"] is None:
        return None
    dated = _iso_dated(match, UTC, text)
    return dated and dated.at


def parse_iso(text: str, tz: tzinfo) -> Dated | None:
    """The date of a year-first numeric form; `tz` holds where no zone is written.

    2023, 2023-06, 2023-06-12, 20230612, each separator of - / . and a time after T or a space.
    24:00 is the midnight that ends the day; a leap second counts as the second before it.
    """
    match = _ISO.fullmatch(text.strip()[:READ_LIMIT].removesuffix("."))
    return match and _iso_dated(match, tz, text)


def _iso_dated(match: re.Match[str], tz: tzinfo, text: str) -> Dated | None:
    month, day = match["month"] or match["month_"], match["day"] or match["day_"]
    if match["hour"] is None:
        return _dated(int(match["year"]), month and int(month), day and int(day), printed=text)
    on = _day(int(match["year"]), int(month or 0), int(day or 0))
    clock = _clock(match["hour"], match["minute"], match["second"], match["fraction"])
    written = _iso_zone(match["zone"], tz)
    if on is None or clock is None or written is None:
        return None
    return _timed(on, clock, written, tz, text)


def _iso_zone(written: str | None, tz: tzinfo) -> tzinfo | None:
    if written is None:
        return tz
    if written in "Zz":
        return UTC
    return _offset(written[0], written[1:3], written[3:].lstrip(":"))


# --- Feeds and mail --------------------------------------------------------------------------

# RFC 822 section 5 with the four-digit years of RFC 2822 section 3.3; feeds write the month in full,
# hyphens, and times of twelve hours too.
_RFC822 = re.compile(
    r"(?:[a-z]{2,9}\.?\s*,?\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[a-z]{3,9})\.?[\s,-]+(?P<year>\d{2,4})"
    r"(?:[\s,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,9})?)?\s*(?P<half>[ap]m)?"
    r"\s*(?P<zone>[+-]\d{1,2}:?\d\d|[a-z]{1,5}(?:\s?[+-]\d{1,2}:?\d\d)?)?(?:\s*\([^()]*\))?)?",
    re.ASCII,
)
_RFC822_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_rfc822(text: str, tz: tzinfo | None = None) -> Dated | None:
    """The date of a feed item: "Mon, 12 Jun 2023 09:00:00 +0900".

    `on` is the day in `tz`, without it in the zone written. A time without a zone holds in `tz`;
    without that too only the day is known. Two-digit years are 1950..2049 (RFC 2822 section 4.3).
    """
    match = _RFC822.fullmatch(text.strip()[:READ_LIMIT].lower())
    if match is None or match["month"][:3] not in _RFC822_MONTHS:
        return None
    on = _day(_full_year(match["year"]), _RFC822_MONTHS.index(match["month"][:3]) + 1, int(match["day"]))
    if on is None or match["hour"] is None:
        return on and _dated(on.year, on.month, on.day, printed=text)
    clock = _clock(match["hour"], match["minute"], match["second"], half=match["half"])
    written = _feed_zone(match["zone"], tz, datetime.combine(on, time()))
    if clock is None:
        return None
    if written is None:
        return _dated(on.year, on.month, on.day, printed=text)
    return _timed(on, clock, written, tz or written, text)


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)


def _feed_zone(written: str | None, tz: tzinfo | None, local: datetime) -> tzinfo | None:
    if not written:
        return tz
    if len(written) == 1:  # military letters: so often wrong that RFC 2822 section 4.3 reads all as UTC
        return UTC
    return _zone_after(written, tz or UTC, local, fallback=tz)


# --- Printed dates: one plain spelling -------------------------------------------------------

_PLAIN = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), "ي": "ی", "ى": "ی", "ك": "ک", "،": ",", "؛": ";"})
_FOREIGN_DIGIT = re.compile(r"[^\x00-\x7f\D]")
_DROPPED = frozenset({"Mn", "Cf"})  # accents, vowel signs; direction marks, joiners


def fold_print(text: str) -> str:
    """A spelling without case, accents, invisible characters, wide forms or local digits.

    >>> fold_print("١٢ Février ２０２３")
    '12 fevrier 2023'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) not in _DROPPED)
    plain = unicodedata.normalize("NFC", bare).translate(_PLAIN)
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain)


def month_table(names: Iterable[str], *, first: int = 1) -> dict[str, int]:
    """Number the months, each with all its spellings in one string, separated by commas.

    >>> month_table(["Januar, Jänner, Jan"])
    {'januar': 1, 'janner': 1, 'jan': 1}
    """
    return {
        fold_print(name.strip()): number
        for number, spellings in enumerate(names, first)
        for name in spellings.split(",")
    }


# A month is marked \x02number\x03, so that one small grammar serves all languages.
_WORDS = re.compile(r"[^\W\d_]+")

# Years counted otherwise. Juche 1 is 1912; the year in brackets, where printed, is the Gregorian one.
# Japanese eras begin 2019, 1989, 1926, 1912 and 1868; the Republic of China counts from 1912.
_JUCHE = re.compile(r"(?:juche|주체|чучхе|主体|主體|チュチェ)\s?(\d{1,3})(?:\s?\((\d{4})\))?")
_ERA = re.compile(r"(令和|平成|昭和|大正|明治|民国|民國)\s?(\d{1,3}|元)(?=\s?年)")
_ERA_OFFSET = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民国": 1911, "民國": 1911}
JUCHE_OFFSET = 1911

_HAN_NUMBER = re.compile(r"[〇零○一二三四五六七八九十]{1,4}(?=\s?[年月日号號])")
_HAN_DIGIT = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def _grammatical(text: str, months: MonthTable) -> str:
    """Rewrite a printed date so that names, eras and written numbers are gone."""
    plain = re.sub(r"[\x00-\x1f\x7f]+|\s+", " ", fold_print(text[:READ_LIMIT])).strip()
    plain = _JUCHE.sub(lambda year: year[2] or str(int(year[1]) + JUCHE_OFFSET), plain)
    plain = _ERA.sub(lambda era: str(_ERA_OFFSET[era[1]] + (1 if era[2] == "元" else int(era[2]))), plain)
    plain = _HAN_NUMBER.sub(lambda number: _from_han(number[0]), plain)
    for name in (name for name in months if " " in name):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", f"\x02{months[name]}\x03", plain)
    return _WORDS.sub(lambda word: f"\x02{months[word[0]]}\x03" if word[0] in months else word[0], plain)


def _from_han(written: str) -> str:
    """Digits of a year written out (二〇二三) or a number below 100 (二十三).

    >>> _from_han("二〇二三"), _from_han("二十三"), _from_han("十")
    ('2023', '23', '10')
    """
    tens, ten, ones = written.partition("十")
    if not ten:
        return written.translate(_HAN_DIGIT)
    return f"{tens.translate(_HAN_DIGIT) or '1'}{ones.translate(_HAN_DIGIT) or '0'}"


# --- Printed dates: the grammar --------------------------------------------------------------

_D = r"(?<![\d:.,/-])(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th|er|-?го|-?е|o|a)?"
_M = r"\x02(?P<month>\d+)\x03(?:\s?[/(-]\s?\x02\d+\x03\)?)?"  # Arabic pages name a month twice
_Y = r"(?<![\d:])(?P<year>\d{4})(?![\d:])"
_TO_MONTH = r"(?:\s?(?:-|/|\.|,)?\s?(?:(?:of|de|del|من|ماه)\s)?)"
_TO_YEAR = r"(?:\s?(?:-|/|\.|,)?\s?(?:(?:of|de|del|в|سنه|سنة|عام|سال|ماه)\s)?,?\s?)"

_FULL = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_D}{_TO_MONTH}{_M}{_TO_YEAR}{_Y}",
        rf"{_M}[.\s/-]{{0,2}}(?<!\d){_D}{_TO_YEAR}{_Y}",
        rf"{_Y}[\s,./-]{{0,2}}{_M}[\s,./-]{{1,2}}(?P<day>\d{{1,2}})(?!\d)",
        r"(?<![\d./-])(?P<year>\d{4})\s?(?P<sep>[-/.])\s?(?P<month>\d{1,2})\s?(?P=sep)\s?(?P<day>\d{1,2})(?![\d/-])",
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]?",
        r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)",
    )
)
_SLASHED = re.compile(r"(?<![\d/-])(?P<a>\d{1,2})(?P<sep>[/-])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4})(?![\d/-])")
_MONTH_YEAR = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?<!\d[\s.-])(?<!\d\.\s){_M}{_TO_YEAR}{_Y}",
        rf"{_Y}[\s,./-]{{0,2}}{_M}(?![\s,./-]{{0,2}}\d)",
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월](?!\s?\d)",
    )
)
_DAY_MONTH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_D}{_TO_MONTH}{_M}(?!{_TO_YEAR}\d{{4}}(?!\d))",
        rf"{_M}[.\s/-]{{0,2}}(?<!\d){_D}(?!{_TO_YEAR}\d{{4}}(?!\d))(?!\s?[:h]\s?\d\d)",
        r"(?<![\d년年])(?<![년年]\s)(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]",
    )
)
_YEAR_ONLY = re.compile(r"(?P<year>\d{4})\s?(?:[年년]|года?|г\.?|م)?")


class _Found(NamedTuple):
    start: int
    end: int
    on: date


def parse_printed(
    text: str, tz: tzinfo, months: MonthTable, *, near: date | None = None, day_first: bool | None = None
) -> Dated | None:
    """The first date printed in a short text for people; None: there is none.

    A time beside it makes an instant, by the zone written with it, else `tz`. A day and month without a
    year is the last such day that is not after `near` + 2 days, without `near` no date. Day, month and
    year with dots are read in this order. With slashes or hyphens they are read so where only one order
    is possible or `day_first` tells it; else (03/04/2023) the year alone is certain, and returned.
    """
    line = _grammatical(text, months)
    found = min(_find_full(line, months, day_first), default=None) or _find_yearless(line, near)
    if found is not None:
        return _with_time(line, found, tz, text)
    return _find_vague(line, text)


def _find_full(line: str, months: MonthTable, day_first: bool | None) -> Iterator[_Found]:
    has_solar = any(number > SOLAR_HIJRI for number in months.values())
    for match in (match for pattern in _FULL for match in pattern.finditer(line)):
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
        is_named = match[0].find("\x02") >= 0
        if has_solar and not is_named and year < FIRST_YEAR:
            month += SOLAR_HIJRI
        on = _calendar_day(year, month, day)
        if on is not None:
            yield _Found(match.start(), match.end(), on)
    for match in _SLASHED.finditer(line):
        on = _slashed_day(int(match["a"]), int(match["b"]), int(match["year"]), day_first)
        if on is not None:
            yield _Found(match.start(), match.end(), on)


def _slashed_day(a: int, b: int, year: int, day_first: bool | None) -> date | None:
    if day_first is not None:
        return _day(year, b, a) if day_first else _day(year, a, b)
    readings = {_day(year, b, a), _day(year, a, b)} - {None}
    return readings.pop() if len(readings) == 1 else None


def _find_yearless(line: str, near: date | None) -> _Found | None:
    if near is None or any(pattern.search(line) for pattern in _MONTH_YEAR):
        return None
    matches = [match for pattern in _DAY_MONTH for match in pattern.finditer(line)]
    found = ((match, _nearest(int(match["month"]), int(match["day"]), near)) for match in matches)
    return min((_Found(match.start(), match.end(), on) for match, on in found if on is not None), default=None)


def _nearest(month: int, day: int, near: date) -> date | None:
    """The last such day until `near` + 2 days; a leap day may lie eight years back."""
    newest = near.year + 1 - (SOLAR_OFFSET if month > SOLAR_HIJRI else 0)
    days = (_calendar_day(year, month, day) for year in range(newest, newest - 10, -1))
    return next((on for on in days if on is not None and on <= near + AHEAD), None)


def _find_vague(line: str, text: str) -> Dated | None:
    """A month of a year, or a year: what is left when no day is certain."""
    for match in (match for pattern in _MONTH_YEAR for match in pattern.finditer(line)):
        if int(match["month"]) <= 12:  # a month of another calendar is no month of ours
            return _dated(int(match["year"]), int(match["month"]), None, printed=text)
    match = _SLASHED.search(line)
    if match and (_day(2000, int(match["a"]), int(match["b"])) or _day(2000, int(match["b"]), int(match["a"]))):
        return _dated(int(match["year"]), None, None, printed=text)
    match = _YEAR_ONLY.fullmatch(line)
    return match and _dated(int(match["year"]), None, None, printed=text)


# --- Printed times ---------------------------------------------------------------------------

_HALVES = {
    **dict.fromkeys(("am", "a.m.", "a.m", "a. m.", "午前", "上午", "早上", "凌晨", "清晨", "오전", "새벽"), "am"),
    **dict.fromkeys(("صباحا", "ص", "ق.ظ", "قبل از ظهر"), "am"),
    **dict.fromkeys(("pm", "p.m.", "p.m", "p. m.", "午後", "下午", "晚上", "오후", "저녁"), "pm"),
    **dict.fromkeys(("مساء", "م", "ب.ظ", "بعد از ظهر"), "pm"),
}
_HALF = "|".join(sorted(map(re.escape, _HALVES), key=len, reverse=True))
_TIME = (
    rf"(?:(?P<before>{_HALF})\s?)?(?<![\d:.])(?P<hour>\d{{1,2}})"
    r"(?:\s?:\s?(?P<m1>\d\d)(?!\d)(?::(?P<second>\d\d)(?!\d)(?:[.,]\d{1,9})?)?"
    r"|\s?h\s?(?P<m2>\d\d)(?!\d)|\.(?P<m3>\d\d)(?=\s?uhr)|\s?ч\.?\s?(?P<m4>\d\d)(?!\d)"
    r"|\s?[時时點点시]\s?(?P<m5>\d{1,2})\s?[分분])"
    rf"(?:\s?(?P<after>{_HALF})(?!\w))?"
)
_LINKS = r"at|um|a|las|la|el|в|о|klo|o'clock|г|года|год|г\.|году|الساعه|الساعة|في|ساعت|در|و|هـ|م"
_WEEKDAY = r"\([^\W\d_]{1,4}\.?\)|(?:星期|周|礼拜|禮拜|週)[^\W\d_]|[月火水木金土日]曜日?|[^\W\d_]요일"
_BETWEEN = rf"[\s,.|@·•/()\[\]-]*(?:(?:{_LINKS}|{_WEEKDAY})(?!\w)[\s,.|:·•/()\[\]-]*){{0,3}}"
_TIME_AFTER = re.compile(_BETWEEN + _TIME)
_TIME_BEFORE = re.compile(_TIME + r"(?P<rest>[^\d:]{0,24})$")
_TIME_SPACE = 60  # code points looked at on each side of a date


def _with_time(line: str, found: _Found, tz: tzinfo, text: str) -> Dated | None:
    """The date, and the instant where a whole time stands beside it."""
    day = _dated(found.on.year, found.on.month, found.on.day, printed=text)
    match = _TIME_AFTER.match(line, found.end) or _time_before(line, found.start)
    if match is None:
        return day
    minute = next(match[name] for name in ("m1", "m2", "m3", "m4", "m5") if match[name])
    half = match["before"] or match["after"]
    clock = _clock(match["hour"], minute, match["second"], half=_HALVES[half] if half else None)
    if clock is None:
        return day
    local = datetime.combine(found.on, time(min(clock.hour, 23), clock.minute))
    written = _zone_after(line[match.end("after") if match["after"] else _time_end(match) :], tz, local, fallback=tz)
    return day if written is None else _timed(found.on, clock, written, tz, text)


def _time_before(line: str, start: int) -> re.Match[str] | None:
    return _TIME_BEFORE.search(line[max(0, start - _TIME_SPACE) : start])


def _time_end(match: re.Match[str]) -> int:
    return match.start("rest") if "rest" in match.re.groupindex else match.end()
