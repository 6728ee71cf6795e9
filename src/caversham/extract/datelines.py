"""Datelines: where and when a report was filed, and which agency signs it, as printed at its beginning.

Five forms cover the usual ones of all languages; names of months and the agencies' own names are arguments.

    Pyongyang, November 29 (KCNA) --      МОСКВА, 12 июня. /ТАСС/.       a signature in brackets or slashes
    (평양 6월 12일발 조선중앙통신)          [서울=연합뉴스]                   all of it in brackets
    新华社北京6月12日电                    平壌6月12日発朝鮮中央通信           all of it run together
    МОСКВА, 12 июн - РИА Новости.         دمشق-سانا   TEHRAN –           parts set off by a dash
    به گزارش خبرگزاری فارس،                                              an agency named as the source

Only the first `HEAD` code points are looked at, and every repetition in a pattern is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, tzinfo

from caversham.times import MonthTable, fold_print, parse_printed
from caversham.types import Dated

HEAD = 300  # code points
_LINE_COUNT = 3  # a headline or byline may stand above the dateline

_DASH = r"(?:[-–—―]{1,3}|_)"
_OPEN, _CLOSE = r"[(（\[［【〔]", r"[)）\]］】〕]"
_PLAIN = r"[^()（）\[\]［］【】〔〕\n]"  # neither bracket nor line end

_SIGNED = re.compile(
    rf"(?P<lead>{_PLAIN}{{2,90}}?)[\s.,،]{{0,3}}"
    rf"(?:{_OPEN}\s?(?P<bracketed>{_PLAIN}{{2,40}}?)\s?{_CLOSE}|/\s?(?P<slashed>[^/\d\n]{{2,40}}?)\s?/)"
    rf"(?P<sign>\s?[.:,]?\s?{_DASH}?\s?)"
)
_BRACKETED = re.compile(rf"{_OPEN}\s?(?P<inside>{_PLAIN}{{2,60}}?)\s?{_CLOSE}(?P<after>[^\n=]{{0,20}}=|\s?{_DASH})?\s?")
_DASHED = re.compile(rf"(?P<lead>{_PLAIN}{{2,60}}?)(?P<dash>\s?{_DASH}\s?|\s?/\s)(?=\S)")
_AGENCY_PART = re.compile(rf"(?P<agency>[^\d\n.,:;،()–—―_/-]{{2,30}}?)\s?(?P<end>[.,:،/]|{_DASH}|$)\s?")

_NUMERAL_DATE = r"(?:\d{2,4}\s?[年년]\s?)?(?:\d{1,2}\s?[月월]\s?)?\d{1,2}\s?[日일号號]"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# 电 and its kin say "cabled", 発 and its kin "sent from".
_CABLED = re.compile(
    rf"[据據]?(?P<agency>[{_HAN}]{{2,8}}?[社网網报報])(?:记者|記者)?\s?"
    rf"(?P<lead>[{_HAN}·]{{1,15}}?\s?{_NUMERAL_DATE})[{_HAN}]{{0,3}}?[电電讯訊]\s?"
)
_SENT = re.compile(
    rf"(?P<lead>[^\W\d_]{{1,15}}\s?{_NUMERAL_DATE})\s?[发発發발]?[\s=＝]{{0,2}}"
    rf"(?P<agency>[{_HAN}]{{2,14}}|[ァ-ヺー]{{2,14}}|[가-힣]{{2,14}})"
)
_EQUAL = re.compile(r"(?P<lead>[^=＝]{1,30})[=＝](?P<agency>[^=＝]{2,20})")
_CABLED_BARE = re.compile(
    rf"(?P<agency>[{_HAN}]{{2,8}}?[社网網报報])(?P<lead>[{_HAN}·]{{1,15}}?\s?{_NUMERAL_DATE})[电電]?"
)

# "According to the report of the news agency …": the one form that is made of words.
_REPORTED = re.compile(r"به گزارش (?P<lead>[^\n،,؛.:]{2,60}?)(?=[\n،,؛.:]| به نقل | از |$)")
_AGENCY_NOUN = re.compile(r"خبرگزار[یي] ?[^\s،,]{0,20}(?: [^\s،,]{2,20})?$")

_NUMBER = re.compile(r"\d{1,4}(?:\.|st|nd|rd|th|er|º|-?го|-?е)?")
_SMALL_WORDS = "de del of the le den am el la في من ماه سال سنة عام م года год г г. année"
_DATE_WORDS = frozenset(_SMALL_WORDS.split())
_WORD = re.compile(r"[^\s,،、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """What stood at the beginning, as printed, and where the report itself begins."""

    dateline: str  # "Pyongyang, November 29"; "": only an agency is named
    agency: str  # "KCNA"; "": none is named
    dated: Dated | None  # None: no day is printed, or nothing tells its year
    body_start: int  # code points


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """The arguments that every form needs."""

    months: MonthTable
    credits: frozenset[str]  # folded

    def knows(self, agency: str) -> bool:
        return fold_print(agency).strip(" .") in self.credits

    def split(self, lead: str) -> tuple[str, str]:
        """Cut "Pyongyang, November 29"; the date is "" where there is none."""
        numeral = re.search(_NUMERAL_DATE, lead)
        if numeral is not None:
            return lead[: numeral.start()].strip(" ,　"), numeral[0]
        words = list(_WORD.finditer(lead))
        first = len(words)
        while first > 0 and self._is_date_word(words, first - 1):
            first -= 1
        printed = lead[words[first].start() :] if first < len(words) else ""
        if not re.search(r"\d", printed) or not self._names_month(printed):
            return lead, ""
        return lead[: words[first].start()], printed

    def _is_date_word(self, words: list[re.Match[str]], place: int) -> bool:
        word = fold_print(words[place][0]).strip(".")
        parts = [part for part in word.split("/") if part]
        pair = f"{fold_print(words[place - 1][0])} {word}" if place else ""
        return (
            word in _DATE_WORDS
            or bool(_NUMBER.fullmatch(word))
            or all(part in self.months for part in parts)
            or pair in self.months
            or (place + 1 < len(words) and f"{word} {fold_print(words[place + 1][0])}".strip(".") in self.months)
        )

    def _names_month(self, printed: str) -> bool:
        folded = fold_print(printed)
        return any(word.strip(".") in self.months for word in re.split(r"[\s,/]+", folded)) or any(
            name in folded for name in self.months if " " in name
        )


def find_dateline(
    text: str, months: MonthTable, *, tz: tzinfo, near: date | None = None, signed_by: Collection[str] = ()
) -> Dateline | None:
    """Find the dateline at the beginning of a text; None: there is none of a known form.

    `near` is a day soon after which the date, printed without a year, must lie; without it such a date
    stays unknown. `signed_by` are names that the outlet's agency signs with: they are believed where a
    stranger's name would be too little evidence.
    """
    reader = _Reader(months=months, credits=frozenset(fold_print(name) for name in signed_by))
    for start, line in _opening_lines(text):
        found = _read_line(line, reader, is_first=start == 0 or not text[:start].strip())
        if found is not None:
            dateline, agency, length = found
            _, printed = reader.split(dateline)
            dated = parse_printed(printed, tz, months, near=near) if printed else None
            return Dateline(dateline=dateline, agency=agency, dated=dated, body_start=start + length)
    return None


_Found = tuple[str, str, int]  # dateline, agency, length


def _opening_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the first lines with their places, the white space before them taken off."""
    lines = list(re.finditer(r"[^\n]*\S[^\n]*", text[:HEAD]))
    for match in lines[:_LINE_COUNT]:
        indent = len(match[0]) - len(match[0].lstrip(" \t\u00a0\u3000\ufeff\u200b\u200e\u200f"))
        yield match.start() + indent, match[0][indent:]


def _read_line(line: str, reader: _Reader, *, is_first: bool) -> _Found | None:
    found = _read_cabled(line) or _read_signed(line, reader) or _read_bracketed(line, reader)
    found = found or _read_sent(line) or _read_reported(line, reader) or _read_dashed(line, reader, is_first=is_first)
    return found or (_read_bare(line, reader) if is_first else None)


def _read_cabled(line: str) -> _Found | None:
    match = _CABLED.match(line)
    return match and (match["lead"], match["agency"], match.end())


def _read_sent(line: str) -> _Found | None:
    match = _SENT.match(line)
    if match is None or not re.search("[发発發발]", match[0]):
        return None
    return re.sub("[发発發발]$", "", match["lead"].strip()), match["agency"], match.end()


def _read_signed(line: str, reader: _Reader) -> _Found | None:
    """Read PLACE, DATE (AGENCY) --."""
    match = _SIGNED.match(line)
    if match is None:
        return None
    agency = (match["bracketed"] or match["slashed"]).strip()
    lead = _printed_lead(line, match)
    place, printed = reader.split(lead)
    has_dash = bool(re.search(_DASH, match["sign"]))
    is_signed = reader.knows(agency) or (_is_agency(agency) and (has_dash or bool(printed)))
    if not is_signed or not _is_place(place) or fold_print(agency) in reader.months:
        return None
    return lead, agency, match.end()


def _read_bracketed(line: str, reader: _Reader) -> _Found | None:
    """Read (PLACE DATE AGENCY), [PLACE=AGENCY], and (AGENCY) PLACE, DATE --."""
    match = _BRACKETED.match(line)
    if match is None:
        return None
    inside = match["inside"]
    for form in (_SENT, _EQUAL, _CABLED, _CABLED_BARE):
        parts = form.fullmatch(inside)
        if parts is not None and (form is not _EQUAL or _is_place(reader.split(parts["lead"])[0])):
            lead = re.sub("[发発發발]$", "", parts["lead"].strip())
            return lead, parts["agency"].strip(), match.end()
    rest = _read_bare(line[match.end() :], reader)
    if rest and (reader.knows(inside) or (_is_agency(inside) and reader.split(rest[0])[1])):
        return rest[0], inside, match.end() + rest[2]
    return ("", inside, match.end()) if reader.knows(inside) else None


def _read_reported(line: str, reader: _Reader) -> _Found | None:
    match = _REPORTED.match(line)
    if match is None:
        return None
    lead = match["lead"].removesuffix(" و").strip()
    named = _AGENCY_NOUN.search(lead)
    last = lead.split()[-1]  # "the correspondent of Fars"
    agency = named[0] if named else last if reader.knows(last) else ""
    return ("", agency, match.end()) if agency else None


def _read_dashed(line: str, reader: _Reader, *, is_first: bool) -> _Found | None:
    """Read PLACE, DATE - AGENCY."""
    match = _DASHED.match(line)
    part = match and _AGENCY_PART.match(line, match.end())
    if match is None or part is None:
        return None
    lead, agency = _printed_lead(line, match), part["agency"].strip()
    place, printed = reader.split(lead)
    is_set_off = is_first and _is_caseless(agency) and " " not in agency and part["end"] in {"-", "–", "—", ""}
    is_stranger = _is_agency(agency) and part["end"] not in {",", "،"}  # a comma goes on with a sentence
    is_signed = reader.knows(agency) or (is_stranger and (bool(printed) or is_set_off))
    return (lead, agency, part.end()) if is_signed and _is_place(place) else None


def _read_bare(line: str, reader: _Reader) -> _Found | None:
    """Read PLACE, DATE -- and PLACE --, where no agency signs."""
    match = _DASHED.match(line)
    if match is None or "/" in match["dash"] or _is_hyphen(line, match):
        return None
    lead = _printed_lead(line, match)
    place, printed = reader.split(lead)
    if not _is_place(place):
        return None
    is_capital = place.isupper() and len(place) > 2
    is_short = _is_caseless(place) and len(place.split()) <= 2 and len(place) <= 16 and match["dash"] != "-"
    return (lead, "", match.end()) if printed or is_capital or is_short else None


def _is_hyphen(line: str, match: re.Match[str]) -> bool:
    """Tell whether the dash only joins two parts of a word (COVID-19, AL-QAEDA); TEHRAN-According does not look so."""
    if re.search(r"^\s|\s$|[–—―]|--", match["dash"]):
        return False
    after = line[match.end() : match.end() + 2]
    return not (len(match["lead"]) > 3 and after.istitle() and after.isalpha())


def _printed_lead(line: str, match: re.Match[str]) -> str:
    """Give place and date without the stops around them, but with that of an abbreviation: "BUFFALO, N.Y."."""
    lead = match["lead"].strip(" ,،:-–—")
    if not lead.endswith(".") and line[match.end("lead") : match.end("lead") + 1] == ".":
        lead += "."
    return lead if re.search(r"(?:,\s?[^\s,.\d]{1,6}|\.\w)\.$", lead) else lead.rstrip(" .")


def _is_place(text: str) -> bool:
    """Tell whether this could be the name of a place: a few words without digits, capitalised where there are capitals."""
    text = text.strip(" .,،:-–—")
    words = text.split()
    if not 1 <= len(words) <= 6 or len(text) > 50 or re.search(r"[\d\"“”«»?!;:、，。]", text):
        return False
    if _is_caseless(text):
        return len(words) <= 4 and len(text) <= 30
    return text[0].isupper() and all(word[0].isupper() or len(word) <= 3 for word in words)


def _is_agency(text: str) -> bool:
    """Tell whether an agency could sign so: a few words with capitals where there are any, or one short word."""
    words = text.split()
    if not 1 <= len(words) <= 4 or re.search(r"[\d\"“”«»?!;:]", text):
        return False
    if _is_caseless(text):
        return len(words) <= 3 and len(text) <= 20
    return all(word[0].isupper() for word in words) or (len(words) == 1 and 2 < len(text) <= 5)


def _is_caseless(text: str) -> bool:
    return text.upper() == text.lower()
