"""Names of months, and the order of day and month, in languages that have no module."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from caversham.languages import LANGUAGES, all_months, get_language
from caversham.languages.calendars import printed_calendars
from caversham.times import SOLAR_HIJRI, parse_printed


@pytest.mark.parametrize("code", printed_calendars())
def test_every_name_of_a_month_is_read(code: str) -> None:
    """Twelve months, each of whose names makes a date between a day and a year."""
    months = get_language(code).months

    assert set(months.values()) == set(range(1, 13))
    for name, number in months.items():
        dated = parse_printed(f"12 {name} 2024", UTC, months)
        assert dated is not None, name
        assert dated.on == date(2024, number, 12), name


def test_no_language_is_told_twice() -> None:
    """A language with a module has its months there."""
    assert set(printed_calendars()) & set(LANGUAGES) == set()


PRINTED = [
    # language, a line as pages print it, the day
    ("th", "วันที่ 12 มิ.ย. 2567 เวลา 09:30 น.", "2024-06-12"),  # of the Buddhist era
    ("th", "12 มิถุนายน พ.ศ. 2567", "2024-06-12"),
    ("km", "ថ្ងៃទី១២ ខែមិថុនា ឆ្នាំ២០២៤", "2024-06-12"),
    ("my", "၂၀၂၄ ခုနှစ် ဇွန်လ ၁၂ ရက်", "2024-06-12"),
    ("vi", "Thứ tư, ngày 12 tháng 6 năm 2024", "2024-06-12"),
    ("vi", "12 Tháng Sáu, 2024", "2024-06-12"),
    ("mn", "2024 оны 06-р сарын 12", "2024-06-12"),
    ("kk", "2024 жылғы 12 маусым", "2024-06-12"),
    ("ky", "2024-жылдын 12-июну", "2024-06-12"),
    ("uz", "2024 yil 12 iyun", "2024-06-12"),
    ("tk", "2024-nji ýylyň 12-nji iýuny", "2024-06-12"),
    ("lt", "2024 m. birželio 12 d.", "2024-06-12"),
    ("lv", "2024. gada 12. jūnijs", "2024-06-12"),
    ("hu", "2024. június 12.", "2024-06-12"),
    ("tr", "12 KASIM 2024", "2024-11-12"),
    ("bn", "১২ জানুয়ারি ২০২৪", "2024-01-12"),
    ("en", "© 2024 News June 12, 2023", "2023-06-12"),
]


@pytest.mark.parametrize(("code", "line", "day"), PRINTED)
def test_dates_are_read_as_their_languages_print_them(code: str, line: str, day: str) -> None:
    """Endings, words for "year" and "month", local digits and the Buddhist era."""
    dated = parse_printed(line, UTC, get_language(code).months)

    assert dated is not None
    assert dated.on.isoformat() == day


@pytest.mark.parametrize(
    ("code", "country", "is_day_first"),
    [
        ("vi", None, True),
        ("tl", "PH", False),
        ("fr", "CI", True),
        ("en", "US", None),
        ("en", "NG", True),
        ("en", None, None),
        ("ko", "KP", None),
        ("und", None, None),
    ],
)
def test_the_order_of_day_and_month_is_that_of_language_and_country(
    code: str, country: str | None, *, is_day_first: bool | None
) -> None:
    """03/04/2023 is a whole day only where nobody could mean the other."""
    assert get_language(code).is_day_first(country) is is_day_first


@pytest.mark.parametrize(
    ("line", "day_first", "iso"),
    [
        ("Wed, 06/12/2024 - 09:30", None, "2024-06-12T09:30:00Z"),
        ("Wednesday 06/12/2024", True, "2024-06-12"),
        ("Fri, 06/12/2024", None, "2024-12-06"),
        ("Mon, 06/12/2024", None, "2024"),  # neither: the year alone
        ("Mon, 06/12/2024", True, "2024-12-06"),
        ("06/25/2024", True, "2024-06-25"),  # the only day there is
        ("06/06/2024", None, "2024-06-06"),
    ],
)
def test_a_weekday_tells_the_order_of_day_and_month(line: str, *, day_first: bool | None, iso: str) -> None:
    """It wins over the order of the language; a day that does not exist gives way."""
    dated = parse_printed(line, UTC, get_language("en").months, day_first=day_first)

    assert dated is not None
    assert dated.iso == iso


def test_all_months_are_those_of_one_calendar() -> None:
    """A page of unknown language: years below 1800 stay no dates, names of two different months are no names."""
    months = all_months()

    assert max(months.values()) <= 12 < SOLAR_HIJRI
    assert "listopad" not in months  # October in Croatian, November in Polish and Czech
    assert [parse_printed(text, UTC, months) for text in ("12/06/1403", "1403/03/22", "12.06.1445")] == [None] * 3
