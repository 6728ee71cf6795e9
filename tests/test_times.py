"""Dates and instants: nothing shifted, nothing invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from caversham.errors import SettingsError
from caversham.languages import LANGUAGES
from caversham.times import (
    day_in_zone,
    format_instant,
    from_micros,
    month_table,
    parse_instant,
    parse_iso,
    parse_printed,
    parse_rfc822,
    to_micros,
    to_utc,
    zone,
)
from caversham.times.calendars import solar_day
from caversham.types import Dated, Precision

SEOUL = zone("Asia/Seoul")
MOSCOW = zone("Europe/Moscow")
BERLIN = zone("Europe/Berlin")
SHANGHAI = zone("Asia/Shanghai")


def read(dated: Dated | None) -> tuple[str, str] | None:
    """The date as JSON shows it, and its day."""
    return None if dated is None else (dated.iso, dated.on.isoformat())


# --- Instants --------------------------------------------------------------------------------


def test_nine_in_seoul_is_midnight_in_utc() -> None:
    """An aware time is converted, never relabelled."""
    at = datetime(2023, 6, 12, 9, tzinfo=SEOUL)

    assert (format_instant(at), to_utc(at)) == ("2023-06-12T00:00:00Z", datetime(2023, 6, 12, tzinfo=UTC))


def test_a_fraction_of_a_second_is_shown_only_where_there_is_one() -> None:
    """Microseconds are dropped unless they are not zero."""
    at = datetime(2023, 6, 12, 9, 0, 0, 250000, tzinfo=UTC)

    assert [format_instant(at), format_instant(at.replace(microsecond=0))] == [
        "2023-06-12T09:00:00.250000Z",
        "2023-06-12T09:00:00Z",
    ]


def test_a_naive_time_is_refused() -> None:
    """A time without a zone is never taken for local time."""
    with pytest.raises(TypeError):
        format_instant(datetime(2023, 6, 12, 9))  # noqa: DTZ001 - that is the case


@pytest.mark.parametrize(
    ("tz", "day"), [(SEOUL, date(2023, 6, 13)), (UTC, date(2023, 6, 12)), (zone("America/Havana"), date(2023, 6, 12))]
)
def test_a_day_is_a_day_in_its_zone(tz: timezone, day: date) -> None:
    """18:00 in London's winter clock is the next day in Seoul."""
    assert day_in_zone(datetime(2023, 6, 12, 18, tzinfo=UTC), tz) == day


@pytest.mark.parametrize("name", ["Mars/Phobos", "", "../etc/passwd", "Europe", "Asia/Seoul\x00"])
def test_an_unknown_zone_is_a_settings_error(name: str) -> None:
    """The message names what was written."""
    with pytest.raises(SettingsError, match="no time zone is called"):
        zone(name)


@given(st.datetimes(datetime(1800, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - a bound
def test_microseconds_and_back_is_the_same_instant(at: datetime) -> None:
    """Integers lose nothing, also before 1970."""
    assert from_micros(to_micros(at)) == at


@given(st.datetimes(datetime(1800, 1, 2), datetime(2200, 12, 30), timezones=st.timezones()))  # noqa: DTZ001 - a bound
def test_an_instant_written_is_read_back(at: datetime) -> None:
    """`parse_instant` reads whatever `format_instant` writes."""
    assert parse_instant(format_instant(at)) == to_utc(at)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-06-12T09:00:00+09:00", "2023-06-12T00:00:00Z"),
        ("2023-06-12T09:00:00+03:00", "2023-06-12T06:00:00Z"),
        ("1948-09-09T09:00:00+09:00", "1948-09-09T00:00:00Z"),
        ("2023-06-12t09:00z", "2023-06-12T09:00:00Z"),
        ("20230612T090000Z", "2023-06-12T09:00:00Z"),
        ("2023-06-12T09:00:00.5-0330", "2023-06-12T12:30:00.500000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2023-12-31T24:00Z", "2024-01-01T00:00:00Z"),
    ],
)
def test_an_instant_keeps_its_zone(text: str, expected: str) -> None:
    """RFC 3339 and ISO 8601 with a zone become UTC."""
    at = parse_instant(text)

    assert at is not None
    assert format_instant(at) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2023-06-12", "2023-06-12T09:00", "yesterday", "2023-06-12T24:01Z", "2023-06-12T09:00+99:00", "9" * 10_000],
)
def test_what_names_no_instant_is_none(text: str) -> None:
    """Without a zone there is no instant."""
    assert parse_instant(text) is None


# --- ISO 8601 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "iso", "day"),
    [
        ("2023", "2023", "2023-01-01"),
        ("2023-06", "2023-06", "2023-06-01"),
        ("2023-06-12", "2023-06-12", "2023-06-12"),
        ("20230612", "2023-06-12", "2023-06-12"),
        ("2023/06/12", "2023-06-12", "2023-06-12"),
        ("2023.06.12", "2023-06-12", "2023-06-12"),
        ("2023.6.12.", "2023-06-12", "2023-06-12"),
        ("1948-09-09", "1948-09-09", "1948-09-09"),
        ("2023-06-12T10:00", "2023-06-12T01:00:00Z", "2023-06-12"),
        ("2023-06-12 10:00:30", "2023-06-12T01:00:30Z", "2023-06-12"),
        ("2023-06-12T18:00Z", "2023-06-12T18:00:00Z", "2023-06-13"),
        ("2023-06-12T10:00+03:00", "2023-06-12T07:00:00Z", "2023-06-12"),
        ("2023-06-12T24:00+09:00", "2023-06-12T15:00:00Z", "2023-06-13"),
        ("1948-12-01T09:00", "1948-12-01T00:00:00Z", "1948-12-01"),
    ],
)
def test_a_machine_date_is_as_precise_as_written(text: str, iso: str, day: str) -> None:
    """In Seoul; the day is Seoul's day, also where another zone is written."""
    assert read(parse_iso(text, SEOUL)) == (iso, day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1799",
        "2201-01-01",
        "2023-13-01",
        "2023-02-29",
        "202306",
        "2023-06-12T25:00",
        "2023-06-12T10:61",
        "2023-06/12",
    ],
)
def test_what_is_no_machine_date_is_none(text: str) -> None:
    """Impossible days, mixed separators and years that are none of ours."""
    assert parse_iso(text, UTC) is None


def test_the_hour_that_comes_twice_is_the_first() -> None:
    """02:30 on the day summer time ends in Berlin: still +02:00."""
    twice = parse_iso("2023-10-29T02:30", BERLIN)
    later = parse_iso("2023-10-29T03:00", BERLIN)

    assert [read(twice), read(later)] == [
        ("2023-10-29T00:30:00Z", "2023-10-29"),
        ("2023-10-29T02:00:00Z", "2023-10-29"),
    ]


def test_seoul_kept_summer_time_in_1948() -> None:
    """The zone of the day counts, not today's: +10:00 in August 1948."""
    assert read(parse_iso("1948-08-15T09:00", SEOUL)) == ("1948-08-14T23:00:00Z", "1948-08-15")


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_a_day_written_is_read_back(day: date) -> None:
    """A day without a time has no zone and is never shifted."""
    expected = Dated(on=day, precision=Precision.DAY, printed=day.isoformat())

    assert [parse_iso(day.isoformat(), tz) for tz in (SEOUL, BERLIN)] == [expected, expected]


# --- Feeds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 12 Jun 2023 09:00:00 +0900", ("2023-06-12T00:00:00Z", "2023-06-12")),
        ("Mon, 12 Jun 2023 09:00:00 +03:00", ("2023-06-12T06:00:00Z", "2023-06-12")),
        ("12 Jun 2023 09:00 GMT", ("2023-06-12T09:00:00Z", "2023-06-12")),
        ("Mon, 12 Jun 23 23:30:00 EST", ("2023-06-13T04:30:00Z", "2023-06-12")),
        ("Thursday, 9 September 48 09:00:00 MSK", ("2048-09-09T06:00:00Z", "2048-09-09")),
        ("9 Sep 98 09:00:00 Z", ("1998-09-09T09:00:00Z", "1998-09-09")),
        ("12-Jun-2023 11:15 PM UTC", ("2023-06-12T23:15:00Z", "2023-06-12")),
        ("Mon, 12 Jun 2023 09:00:00 UTC+8", ("2023-06-12T01:00:00Z", "2023-06-12")),
        ("Mon, 12 Jun 2023", ("2023-06-12", "2023-06-12")),
        ("Mon, 12 Jun 2023 09:00:00", ("2023-06-12", "2023-06-12")),
        ("Mon, 12 Jun 2023 09:00:00 QXZ", ("2023-06-12", "2023-06-12")),
        ("Mon, 12 Jun 2023 09:00:00 MEST", ("2023-06-12T07:00:00Z", "2023-06-12")),
        ("Mon Jun 12 09:00:00 2023", ("2023-06-12", "2023-06-12")),
        ("Mon Jun  5 09:00:00 +0900 2023", ("2023-06-05T00:00:00Z", "2023-06-05")),
        ("Mon Jun 12 2023 09:00:00 GMT", ("2023-06-12T09:00:00Z", "2023-06-12")),
        ("Mon, 31 Jun 2023 09:00:00 GMT", None),
        ("Mon Jun 31 09:00:00 GMT 2023", None),
        ("Mon, 12 Foo 2023 09:00:00 GMT", None),
        ("12 Jun 2023 25:00 GMT", None),
        ("2023-06-12", None),
    ],
)
def test_a_feed_date_is_read_in_its_zone(text: str, expected: tuple[str, str] | None) -> None:
    """A time without a zone that is known gives only the day."""
    assert read(parse_rfc822(text)) == expected


def test_the_outlet_decides_where_a_feed_names_no_zone() -> None:
    """And the day is the outlet's day where it names one."""
    named, unnamed = (parse_rfc822(f"12 Jun 2023 18:00:00 {name}", SEOUL) for name in ("GMT", ""))

    assert [read(named), read(unnamed)] == [
        ("2023-06-12T18:00:00Z", "2023-06-13"),
        ("2023-06-12T09:00:00Z", "2023-06-12"),
    ]


# --- Printed dates: the forms of each language stand in tests/languages/cases.toml -------------


EN, RU, ZH, AR, FA = (LANGUAGES[code].months for code in ("en", "ru", "zh", "ar", "fa"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.06.2023", "2023-06-12"),
        ("03.04.2023", "2023-04-03"),
        ("2023/06/12", "2023-06-12"),
        ("2023. 6. 12.", "2023-06-12"),
        ("13/04/2023", "2023-04-13"),
        ("04/13/2023", "2023-04-13"),
        ("04/04/2023", "2023-04-04"),
        ("03/04/2023", "2023"),
        ("03-04-2023", "2023"),
        ("13/13/2023", None),
        ("31.06.2023", None),
        ("06/12/23", None),
        ("June 2023", "2023-06"),
        ("2023 June 12", "2023-06-12"),
        ("[June] 12, 2023.", "2023-06-12"),
        ("2023", "2023"),
        ("1,500 tons in 2023", None),
        ("31 June 2023", None),
        ("12 June 1750", None),
        ("Juche 112 (2023) June 12", "2023-06-12"),
        ("[Juche113.8.2.]", "2024-08-02"),
        ("주체112(2023)년 6월 12일", "2023-06-12"),
        ("Juche 37.9.9", "1948-09-09"),
        ("令和元年6月12日", "2019-06-12"),
        ("二〇二三年六月二十三日", "2023-06-23"),
        ("", None),
    ],
)
def test_figures_say_no_more_than_they_say(text: str, expected: str | None) -> None:
    """Where day and month could be either, the year alone is certain."""
    dated = parse_printed(text, UTC, EN)

    assert (dated and dated.iso) == expected


@pytest.mark.parametrize(("day_first", "expected"), [(True, "2023-04-03"), (False, "2023-03-04")])
def test_an_order_that_is_told_settles_slashes(day_first: bool, expected: str) -> None:  # noqa: FBT001 - a table's column
    """Who knows the outlet may say how it writes."""
    dated = parse_printed("03/04/2023", UTC, EN, day_first=day_first)

    assert dated == Dated(on=date.fromisoformat(expected), precision=Precision.DAY, printed="03/04/2023")


@pytest.mark.parametrize(
    ("text", "tz", "expected"),
    [
        ("12 June 2023, 10:15", SEOUL, "2023-06-12T01:15:00Z"),
        ("12 June 2023, 10:15", MOSCOW, "2023-06-12T07:15:00Z"),
        ("10:15, 12 June 2023", SEOUL, "2023-06-12T01:15:00Z"),
        ("12 June 2023 10:15 GMT", SEOUL, "2023-06-12T10:15:00Z"),
        ("12 June 2023 10:15 (UTC+3)", SEOUL, "2023-06-12T07:15:00Z"),
        ("12 June 2023 10:15 +0530", SEOUL, "2023-06-12T04:45:00Z"),
        ("12 June 2023 10:15 Moscow time", SEOUL, "2023-06-12T07:15:00Z"),
        ("12 June 2012 10:15 MSK", SEOUL, "2012-06-12T06:15:00Z"),
        ("12 June 2023 10:15 KST", UTC, "2023-06-12T01:15:00Z"),
        ("12 June 2023 10:15 CST", SHANGHAI, "2023-06-12T02:15:00Z"),
        ("12 June 2023 10:15 CST", SEOUL, "2023-06-12"),
        ("12 June 2023 12:05 a.m.", UTC, "2023-06-12T00:05:00Z"),
        ("12 June 2023 12:05 pm", UTC, "2023-06-12T12:05:00Z"),
        ("12 June 2023 10:15-12:30", UTC, "2023-06-12T10:15:00Z"),
        ("12 June 2023 15:05 am", UTC, "2023-06-12"),
        ("12 June 2023 15:05 pm", UTC, "2023-06-12T15:05:00Z"),
        ("2023年6月12日晚8:05", UTC, "2023-06-12T20:05:00Z"),
        ("2023년 6월 12일 낮 1시 5분", UTC, "2023-06-12T13:05:00Z"),
        ("12 June 2023 5:05 μ.μ.", UTC, "2023-06-12T17:05:00Z"),
        ("12 June 2023, 5:05 अपराह्न", UTC, "2023-06-12T17:05:00Z"),
        ("12 June 2023, 12:05 πμ", UTC, "2023-06-12T00:05:00Z"),
        ("12 June 2023 15h", UTC, "2023-06-12"),
        ("12 June 2023 25:00", UTC, "2023-06-12"),
        ("12 June 2023 | Page 10", UTC, "2023-06-12"),
        ("12 June 2023, read 10:15 minutes", UTC, "2023-06-12"),
    ],
)
def test_a_printed_time_makes_an_instant(text: str, tz: timezone, expected: str) -> None:
    """In the zone written beside it, else the outlet's; in a doubtful zone the day alone."""
    dated = parse_printed(text, tz, EN)

    assert (dated and dated.iso) == expected


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("Pyongyang, November 29 (KCNA) --", date(2023, 12, 1), "2023-11-29"),
        ("Pyongyang, November 29 (KCNA) --", date(2023, 6, 12), "2022-11-29"),
        ("June 12", date(2023, 6, 10), "2023-06-12"),
        ("June 12", date(2023, 6, 9), "2022-06-12"),
        ("January 1", date(2023, 12, 31), "2024-01-01"),
        ("29 February", date(2023, 6, 12), "2020-02-29"),
        ("新华社北京6月12日电", date(2023, 6, 12), "2023-06-12"),
        ("June 12", None, None),
        ("31 June", date(2023, 6, 12), None),
        ("June 12, 1750", date(2023, 6, 12), None),
        ("12 June 95", date(2023, 6, 12), None),
        ("June 12 at noon in 2015", date(2023, 6, 12), None),
    ],
)
def test_a_day_without_a_year_is_the_last_one(text: str, near: date | None, expected: str | None) -> None:
    """Not after the day it is near to, two days of tolerance; never where a year is printed after all."""
    dated = parse_printed(text, UTC, EN, near=near)

    assert (dated and dated.iso) == expected


def test_the_printed_form_is_kept() -> None:
    """As it stood, without the space around it, and bounded."""
    dated = parse_printed(f"  12 June 2023{' x' * 500}", UTC, EN)

    assert dated == Dated(on=date(2023, 6, 12), precision=Precision.DAY, printed=f"12 June 2023{' x' * 54}")


@given(st.text(max_size=60), st.sampled_from([EN, RU, ZH, AR, FA]))
def test_no_text_breaks_the_readers(text: str, months: dict[str, int]) -> None:
    """Any text gives a date of our years, or none."""
    near = date(2023, 6, 12)
    found = (parse_printed(text, SEOUL, months, near=near), parse_iso(text, SEOUL), parse_rfc822(text, SEOUL))

    assert all(dated is None or 1799 <= dated.on.year <= 2201 for dated in found)


@given(
    st.dates(date(1800, 1, 2), date(2199, 12, 31)),
    st.sampled_from([code for code in sorted(LANGUAGES) if LANGUAGES[code].has_spaces]),
)
def test_every_month_of_every_language_is_read(day: date, code: str) -> None:
    """Whatever spelling the table holds: day, month, year. Languages without spaces write figures."""
    months = LANGUAGES[code].months
    for name in (name for name, number in months.items() if number == day.month):
        dated = parse_printed(f"{day.day} {name} {day.year}", UTC, months)

        assert dated == Dated(on=day, precision=Precision.DAY, printed=f"{day.day} {name} {day.year}")


# --- The Solar Hijri calendar ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "expected"),
    # New Year's days as announced by the Calendar Center of the University of Tehran.
    [(1357, "1978-03-21"), (1375, "1996-03-20"), (1399, "2020-03-20"), (1402, "2023-03-21"), (1403, "2024-03-20")],
)
def test_nowruz_is_the_first_day_of_the_solar_year(year: int, expected: str) -> None:
    """Leap years move it between the 20th and the 21st of March."""
    assert solar_day(year, 1, 1) == date.fromisoformat(expected)


def test_solar_years_follow_one_another_without_a_gap() -> None:
    """Every day of our years is one Solar Hijri day, in order."""
    days = [
        day
        for year in range(1200, 1560)
        for month in range(1, 13)
        for number in range(1, 32)
        if (day := solar_day(year, month, number)) is not None
    ]

    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=1)}


@pytest.mark.parametrize(
    ("year", "month", "day"), [(1402, 12, 30), (1402, 7, 31), (1402, 13, 1), (1402, 1, 0), (1, 1, 1)]
)
def test_a_day_that_the_solar_calendar_lacks_is_none(year: int, month: int, day: int) -> None:
    """Thirty days from the seventh month, and a thirtieth of Esfand in leap years only."""
    assert solar_day(year, month, day) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("۱۴۰۲/۰۳/۲۲", "2023-06-12"),
        ("۲۲ خرداد ۱۴۰۲", "2023-06-12"),
        ("۳۰ اسفند ۱۴۰۲", None),
        ("۲۲ خرداد ۲۰۲۳", None),
        ("خرداد ۱۴۰۲", None),
        ("دوشنبه بیست و دوم خرداد ماه ۱۴۰۲", "2023-06-12"),
        ("اول مهر ۱۴۰۲، ساعت ۱۰:۱۵", "2023-09-23T10:15:00Z"),
        ("۲۲ خرداد ۱۴۰۲ ساعت ۱۱ و ۰۱ دقیقه", "2023-06-12T11:01:00Z"),
        ("سی‌ام شهریور ۱۴۰۲", "2023-09-21"),
        ("سی و یکم مهر ۱۴۰۲", None),
    ],
)
def test_persian_dates_are_solar(text: str, expected: str | None) -> None:
    """A month's name says the calendar; figures do by their year; days may stand in words."""
    dated = parse_printed(text, UTC, FA)

    assert (dated and dated.iso) == expected


def test_the_islamic_lunar_calendar_is_not_guessed() -> None:
    """Its months begin by sight; the Gregorian date beside it is the one read."""
    lunar, both = (
        parse_printed(text, UTC, AR) for text in ("24 ذو القعدة 1444", "1444/11/23 هـ الموافق 12 يونيو 2023")
    )

    assert (lunar, both and both.iso) == (None, "2023-06-12")


def test_a_month_table_numbers_all_spellings() -> None:
    """Without case and accents, as printed dates are read."""
    assert month_table(("Enero, Ene", "Février"), first=5) == {"enero": 5, "ene": 5, "fevrier": 6}
