"""Dates printed for people, in any language whose months are given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from caversham.times.calendars import (
    DAY_WORD,
    FIRST_YEAR,
    SOLAR_HIJRI,
    SOLAR_YEARS,
    calendar_day,
    make_clock,
    make_dated,
    make_day,
    make_timed,
)
from caversham.times.spelling import fold_print
from caversham.times.zones import zone_after
from caversham.types import Dated

# Plain name -> 1..12, or SOLAR_HIJRI + 1..12; a day in words -> DAY_WORD + 1..31. Made by `month_table`.
MonthTable = Mapping[str, int]

_READ_LIMIT = 400  # code points: a printed date stands in a line, not in an article
_AHEAD = timedelta(days=2)  # a date without a year may lie this far after `near`: zones, early editions
_LEAP_GAP = 9  # years to look back for a 29 February: 1896 to 1904 is the longest wait

# --- Names, eras and written numbers become figures ------------------------------------------

_SPACES = re.compile(r"[\x00-\x20\x7f\s]+")
_WORDS = re.compile(r"[^\W\d_]+")

# Juche 1 is 1912; the year in brackets, where there is one, is the Gregorian year. The Republic of China
# counts from 1912; the Japanese eras begin 2019, 1989, 1926, 1912 and 1868.
_JUCHE = re.compile(r"(?:juche|주체|чучхе|主体|主體|チュチェ)\s?(\d{1,3})(?:\s?\((\d{4})\))?")
_JUCHE_YEARS = 1911
_ERA = re.compile(r"(令和|平成|昭和|大正|明治|民国|民國)\s?(\d{1,3}|元)(?=\s?年)")
_ERA_YEARS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民国": 1911, "民國": 1911}

# The Buddhist era of Thailand counts from 543 BC; of no other calendar can a year of news have such a number (1857 to
# 2056).
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[45]\d\d(?!\d)")
_BUDDHIST_YEARS = 543

_HAN_NUMBER = re.compile(r"[〇零○一二三四五六七八九十]{1,4}(?=\s?[年月日号號])")
_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def _to_figures(text: str, months: MonthTable) -> str:
    """The line that the grammar reads: names of months as numbers between marks, all else in figures."""
    plain = _SPACES.sub(" ", fold_print(text[:_READ_LIMIT])).strip()
    plain = _JUCHE.sub(lambda year: year[2] or str(int(year[1]) + _JUCHE_YEARS), plain)
    plain = _ERA.sub(lambda era: str(_ERA_YEARS[era[1]] + (1 if era[2] == "元" else int(era[2]))), plain)
    plain = _HAN_NUMBER.sub(lambda number: _from_han(number[0]), plain)
    plain = _BUDDHIST_YEAR.sub(lambda year: str(int(year[0]) - _BUDDHIST_YEARS), plain)
    for name in sorted((name for name in months if not name.isalpha() and name in plain), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _figure(months[name]), plain)
    return _WORDS.sub(lambda word: _figure(months[word[0]]) if word[0] in months else word[0], plain)


def _figure(number: int) -> str:
    """A month between marks, or a day as it is."""
    return f"\x02{number}\x03" if number < DAY_WORD else str(number - DAY_WORD)


def _from_han(written: str) -> str:
    """The figures of a year written digit by digit (二〇二三) or of a number below 100 (二十三).

    >>> _from_han("二〇二三"), _from_han("二十三"), _from_han("十")
    ('2023', '23', '10')
    """
    tens, ten, ones = written.partition("十")
    if not ten:
        return written.translate(_HAN_DIGITS)
    return f"{tens.translate(_HAN_DIGITS) or '1'}{ones.translate(_HAN_DIGITS) or '0'}"


# --- The grammar of dates --------------------------------------------------------------------

_D = r"(?<![\d:.,/-])(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th|er|-?го|-?е|o|a)?"
_M = r"\x02(?P<month>\d+)\x03(?:\s?[/(-]\s?\x02\d+\x03\)?)?"  # some Arabic pages name a month twice
_Y = r"(?<![\d:])(?P<year>\d{4})(?![\d:])"
_TO_MONTH = r"(?:\s?[-/.,]?\s?(?:(?:of|de|del|من|ماه)\s)?)"
# Before a year: prepositions, and the word for "year" or an era.
_TO_YEAR = r"(?:\s?[-/.,]?\s?(?:(?:of|de|del|в|سنه|عام|سال|ماه|nam|พ\.ศ\.|ค\.ศ\.|ปี|ឆន)\s?)?,?\s?)"
_YEAR_WORD = r"(?:\.?-?\s?[^\W\d_]{1,8}\.?){1,2},?\s"  # after a year: its word for "year", with its ending
_GAP = r"[\s,./\]-]{0,2}"

_FULL = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_D}{_TO_MONTH}{_M}{_TO_YEAR}{_Y}",
        f"{_M}{_GAP}(?P<day>\\d{{1,2}})(?!\\d)(?:st|nd|rd|th)?{_TO_YEAR}{_Y}",
        f"{_Y}{_GAP}{_M}{_GAP}(?P<day>\\d{{1,2}})(?!\\d)",
        f"{_Y}{_YEAR_WORD}{_M}{_GAP}(?P<day>\\d{{1,2}})(?!\\d|{_TO_YEAR}\\d{{4}})",
        f"{_Y}{_YEAR_WORD}(?P<day>\\d{{1,2}})(?:\\.|-[^\\W\\d_]{{1,4}})?[\\s-]{_M}(?!{_TO_YEAR}\\d{{4}})",
        rf"{_M}\s(?P<day>\d{{1,2}})\s(?P<clock>\d\d?:\d\d(?::\d\d)?)\s{_Y}",  # C asctime
        r"(?<![\d./-])(?P<year>\d{4})\s?(?P<sep>[-/.])\s?(?P<month>\d{1,2})\s?(?P=sep)\s?(?P<day>\d{1,2})(?![\d/-])",
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]?",
        r"(?<!\d)(?P<year>\d{4})\s?оны\s(?P<month>\d{1,2})(?:-?р|-?(?:дугаар|дүгээр))?\s?сарын\s(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)",
    )
)
# Many programs print the day of the week in English before a date in figures, whatever the language of the site.
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_BEFORE = re.compile(rf"(?<![a-z])({'|'.join(_WEEKDAYS)})[a-z]{{0,6}}\.?,?\s?$")
_SLASHED = re.compile(r"(?<![\d/-])(?P<a>\d{1,2})(?P<sep>[/-])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4})(?![\d/-])")
_MONTH_YEAR = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?<!\d[\s.-])(?<!\d\.\s){_M}{_TO_YEAR}{_Y}",
        rf"{_Y}{_GAP}{_M}(?!{_GAP}\d)",
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월](?!\s?\d)",
    )
)
_DAY_MONTH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_D}{_TO_MONTH}{_M}(?!{_TO_YEAR}\d\d(?![\d:h.]))",  # two figures after it may be a year
        rf"{_M}{_GAP}(?P<day>\d{{1,2}})(?![\d:])(?:st|nd|rd|th)?",
        r"(?<![\d年년])(?<![年년]\s)(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]",
    )
)
_YEAR_ONLY = re.compile(r"(?:год\s?)?(?P<year>\d{4})\s?(?:[年년]|года?|г\.?|م)?")


_ANY_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)|'\d\d(?!\d)")  # a day beside it is not one without a year


class _Found(NamedTuple):
    start: int
    end: int
    on: date


def parse_printed(
    text: str, tz: tzinfo, months: MonthTable, *, near: date | None = None, day_first: bool | None = None
) -> Dated | None:
    """The first date printed in a short text for people; None: there is none.

    A time beside it makes an instant, in the zone written with it, else in `tz`. A day and month without a
    year is the last such day that is not after `near` + 2 days, and without `near` no date. Day, month and
    year with dots are read in this order; with slashes or hyphens where only one order is possible or
    `day_first` tells it. Else (03/04/2023) the year alone is certain, and that is the answer.
    """
    line = _to_figures(text, months)
    found = min(_find_full(line, months, day_first=day_first), default=None)
    if found is not None:
        return _add_time(line, found, tz, text)
    vague = _find_vague(line, text)
    if vague is not None or near is None or _ANY_YEAR.search(line):
        return vague
    found = min(_find_yearless(line, near), default=None)
    return found and _add_time(line, found, tz, text)


def _find_full(line: str, months: MonthTable, *, day_first: bool | None) -> Iterator[_Found]:
    for match in (match for pattern in _FULL for match in pattern.finditer(line)):
        year, month, day = (int(match[name]) for name in ("year", "month", "day"))
        if year < FIRST_YEAR and month <= 12 and any(number > SOLAR_HIJRI for number in months.values()):
            month += SOLAR_HIJRI
        on = calendar_day(year, month, day)
        if on is not None:
            yield _Found(match.start(), match.end(), on)
    for match in _SLASHED.finditer(line):
        before = _WEEKDAY_BEFORE.search(line[: match.start()])
        on = _slashed_day(match, weekday=before[1] if before else None, day_first=day_first)
        if on is not None:
            yield _Found(match.start(), match.end(), on)


def _slashed_day(match: re.Match[str], *, weekday: str | None, day_first: bool | None) -> date | None:
    """The day of 03/04/2023: the one that its weekday fits, else in the order told, else the only one there is."""
    year, a, b = (int(match[name]) for name in ("year", "a", "b"))
    readings = [on for on in (make_day(year, b, a), make_day(year, a, b)) if on is not None]
    fitting = [on for on in readings if _WEEKDAYS[on.weekday()] == weekday] or readings
    if len(set(fitting)) == 2 and day_first is not None:
        return fitting[0 if day_first else 1]
    return fitting[0] if len(set(fitting)) == 1 else None


def _find_yearless(line: str, near: date) -> Iterator[_Found]:
    for match in (match for pattern in _DAY_MONTH for match in pattern.finditer(line)):
        on = _last_day(int(match["month"]), int(match["day"]), near)
        if on is not None:
            yield _Found(match.start(), match.end(), on)


def _last_day(month: int, day: int, near: date) -> date | None:
    newest = near.year + 1 - (SOLAR_YEARS if month > SOLAR_HIJRI else 0)
    days = (calendar_day(year, month, day) for year in range(newest, newest - _LEAP_GAP - 1, -1))
    return next((on for on in days if on is not None and on - _AHEAD <= near), None)


def _find_vague(line: str, text: str) -> Dated | None:
    """A month of a year, or a year: what is certain where no day is."""
    for match in (match for pattern in _MONTH_YEAR for match in pattern.finditer(line)):
        if int(match["month"]) <= 12:  # a month of another calendar is no month of ours
            return make_dated(int(match["year"]), int(match["month"]), None, printed=text)
    unordered = _SLASHED.search(line)
    if unordered and make_day(int(unordered["year"]), int(unordered["a"]), int(unordered["b"])):
        return make_dated(int(unordered["year"]), None, None, printed=text)
    year = _YEAR_ONLY.fullmatch(line)
    return make_dated(int(year["year"]), None, None, printed=text) if year else None


# --- The grammar of times --------------------------------------------------------------------

# Both halves of the day as languages print them beside a clock of twelve hours; Chinese "晚" and Korean "낮" stand before.
_AM = "am|a.m.|a.m|a. m.|午前|上午|早上|凌晨|清晨|오전|새벽|아침|صباحا|ص|ق.ظ|قبل از ظهر|π.μ.|πμ|पूर्वाह्न|পূর্বাহ্ণ|முற்பகல்|පෙ.ව.|ព្រឹក|နံနက်"
_PM = "pm|p.m.|p.m|p. m.|午後|下午|晚上|晚|晚间|傍晚|中午|오후|저녁|낮|مساء|م|ب.ظ|بعد از ظهر|μ.μ.|μμ|अपराह्न|অপরাহ্ণ|பிற்பகல்|ප.ව.|ល្ងាច|ညနေ"
_HALVES = {fold_print(name): half for half, names in (("am", _AM), ("pm", _PM)) for name in names.split("|")}
_HALF = "|".join(sorted(map(re.escape, _HALVES), key=len, reverse=True))
_TIME = (
    rf"(?:(?P<before>{_HALF})\s?)?(?<![\d:.])(?P<hour>\d{{1,2}})"
    r"(?:\s?:\s?(?P<m1>\d\d)(?!\d)(?::(?P<second>\d\d)(?!\d)(?:[.,]\d{1,9})?)?"
    r"|\s?h\s?(?P<m2>\d\d)(?!\d)|\.(?P<m3>\d\d)(?=\s?uhr)|\s?ч\.?\s?(?P<m4>\d\d)(?!\d)"
    r"|\s?[時时點点시]\s?(?P<m5>\d{1,2})\s?[分분]|\sو\s(?P<m6>\d\d)(?=\sدقیقه))"
    rf"(?:\s?(?P<after>{_HALF})(?!\w))?"
)
_LINK = r"at|um|a|as|alle|ore|las|la|el|в|о|у|klo|kl|kell|o'clock|saat|godz|luc|pukul|jam|เวลา|г|года|год|году|الساعه|فی|ساعت|در|و|م"
_WEEKDAY = r"\([^\W\d_]{1,4}\.?\)|(?:星期|周|礼拜|禮拜|週)[^\W\d_]|[月火水木金土日]曜日?|[^\W\d_]요일"
_AFTER = re.compile(rf"[\s,.|@·•/()\[\]-]*(?:(?:{_LINK}|{_WEEKDAY})(?!\w)[\s,.|:·•/()\[\]-]*){{0,3}}{_TIME}")
_BEFORE = re.compile(rf"{_TIME}(?P<rest>[^\d:]{{0,24}})$")
_TIME_SPACE = 60  # code points looked at before a date


def _add_time(line: str, found: _Found, tz: tzinfo, text: str) -> Dated | None:
    """The day found, or the instant where a whole time and no doubtful zone stand beside it."""
    day = make_dated(found.on.year, found.on.month, found.on.day, printed=text)
    match = _AFTER.match(line, found.end) or _BEFORE.search(line[max(0, found.start - _TIME_SPACE) : found.start])
    clock = match and _read_clock(match)
    if match is None or clock is None:
        return day
    end = match.start("rest") if match.re is _BEFORE else match.end()
    local = datetime.combine(found.on, time()) + clock
    written = zone_after(match.string[end:], tz, local, otherwise=tz)
    return day if written is None else make_timed(found.on, clock, written, tz, printed=text)


def _read_clock(match: re.Match[str]) -> timedelta | None:
    minute = next(match[name] for name in ("m1", "m2", "m3", "m4", "m5", "m6") if match[name])
    half = match["before"] or match["after"]
    return make_clock(match["hour"], minute, match["second"], half=_HALVES[half] if half else None)
