"""Datelines, agency credits and their dates, in the usual forms of all languages."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from caversham.extract.datelines import HEAD, find_dateline
from caversham.languages import LANGUAGES, get_language

SEOUL = ZoneInfo("Asia/Seoul")
NEAR = date(2024, 6, 14)

# language, opening, dateline, agency, dated, what follows
FORMS = [
    ("en", "Pyongyang, June 12 (KCNA) -- A meeting", "Pyongyang, June 12", "KCNA", "2024-06-12", "A meeting"),
    ("en", "Pyongyang, November 29 (KCNA) --A meeting", "Pyongyang, November 29", "KCNA", "2023-11-29", "A meeting"),
    ("en", "BEIJING, June 12 (Xinhua) -- A meeting", "BEIJING, June 12", "Xinhua", "2024-06-12", "A meeting"),
    ("en", "TEHRAN, Jun. 12 (MNA) – A meeting", "TEHRAN, Jun. 12", "MNA", "2024-06-12", "A meeting"),
    ("en", "HAVANA, June 12 (Prensa Latina) A meeting", "HAVANA, June 12", "Prensa Latina", "2024-06-12", "A meeting"),
    ("en", "TASHKENT, 12 June (UzA). A meeting", "TASHKENT, 12 June", "UzA", "2024-06-12", "A meeting"),
    ("en", "MOSCOW, June 12. /TASS/. A meeting", "MOSCOW, June 12", "TASS", "2024-06-12", "A meeting"),
    ("en", "NEW YORK, June 12, 2019 (APP): A meeting", "NEW YORK, June 12, 2019", "APP", "2019-06-12", "A meeting"),
    ("en", "(Xinhua) UNITED NATIONS, June 12 -- A meeting", "UNITED NATIONS, June 12", "Xinhua", "2024-06-12", "A meeting"),
    ("en", "WASHINGTON (AP) — A meeting", "WASHINGTON", "AP", None, "A meeting"),
    ("en", "BUFFALO, N.Y. (AP) — A meeting", "BUFFALO, N.Y.", "AP", None, "A meeting"),
    ("en", "TEHRAN – A meeting", "TEHRAN", "", None, "A meeting"),
    ("en", "TEHRAN-According to a meeting", "TEHRAN", "", None, "According to a meeting"),
    ("fr", "MOSCOU, 12 juin. /TASS/. Une réunion", "MOSCOU, 12 juin", "TASS", "2024-06-12", "Une réunion"),
    ("fr", "Pyongyang, 12 juin (ACNC) -- Une réunion", "Pyongyang, 12 juin", "ACNC", "2024-06-12", "Une réunion"),
    ("fr", "Alger, le 1er juin (APS) – Une réunion", "Alger, le 1er juin", "APS", "2024-06-01", "Une réunion"),
    ("es", "La Habana, 12 jun (Prensa Latina) Una reunión", "La Habana, 12 jun", "Prensa Latina", "2024-06-12", "Una reunión"),
    ("es", "Caracas, 12 de junio de 2023 (AVN).- Una", "Caracas, 12 de junio de 2023", "AVN", "2023-06-12", "Una"),
    ("es", "Lima, 1 de junio de 1948.- El Consejo, reunido", "Lima, 1 de junio de 1948", "", "1948-06-01", "El Consejo, reunido"),
    ("ru", "МОСКВА, 12 июня. /ТАСС/. Встреча", "МОСКВА, 12 июня", "ТАСС", "2024-06-12", "Встреча"),
    ("ru", "Минск, 12 июня /Корр. БЕЛТА/. Встреча", "Минск, 12 июня", "Корр. БЕЛТА", "2024-06-12", "Встреча"),
    ("ru", "Пхеньян, 12 июня (ЦТАК) -- Встреча", "Пхеньян, 12 июня", "ЦТАК", "2024-06-12", "Встреча"),
    ("ru", "МОСКВА, 12 июн - РИА Новости. Встреча", "МОСКВА, 12 июн", "РИА Новости", "2024-06-12", "Встреча"),
    ("zh", "新华社北京6月12日电（记者王一）会议", "北京6月12日", "新华社", "2024-06-12", "（记者王一）会议"),
    ("zh", "据新华社北京2023年6月12日电 会议", "北京2023年6月12日", "新华社", "2023-06-12", "会议"),
    ("zh", "朝中社平壤6月12日电 会议", "平壤6月12日", "朝中社", "2024-06-12", "会议"),
    ("ja", "【平壌6月12日発朝鮮中央通信】会議", "平壌6月12日", "朝鮮中央通信", "2024-06-12", "会議"),
    ("ja", "平壌6月12日発朝鮮中央通信は会議", "平壌6月12日", "朝鮮中央通信", "2024-06-12", "は会議"),
    ("ja", "［モスクワ　12日　ロイター］ 会議", "モスクワ　12日", "ロイター", None, "会議"),
    ("ko", "(평양 6월 12일발 조선중앙통신) 회의", "평양 6월 12일", "조선중앙통신", "2024-06-12", "회의"),
    ("ko", "[평양 6월 12일 조선중앙통신] 회의", "평양 6월 12일", "조선중앙통신", "2024-06-12", "회의"),
    ("ko", "평양 6월 12일발 조선중앙통신\n회의", "평양 6월 12일", "조선중앙통신", "2024-06-12", "\n회의"),
    ("ko", "(서울=연합뉴스) 홍길동 기자 = 회의", "서울", "연합뉴스", None, "회의"),
    ("ar", "دمشق-سانا\nاجتماع", "دمشق", "سانا", None, "\nاجتماع"),
    ("ar", "طهران - اجتماع الوزراء", "طهران", "", None, "اجتماع الوزراء"),
    ("ar", "بكين 12 يونيو 2024 (شينخوا) -- اجتماع", "بكين 12 يونيو 2024", "شينخوا", "2024-06-12", "اجتماع"),
    ("ar", "بيونغ يانغ، 12 حزيران/يونيو (ش.م.ك) -- اجتماع", "بيونغ يانغ، 12 حزيران/يونيو", "ش.م.ك", "2024-06-12", "اجتماع"),
    ("fa", "به گزارش خبرگزاری فارس، نشست", "", "خبرگزاری فارس", None, "، نشست"),
    ("fa", "به گزارش خبرنگار سیاسی خبرگزاري فارس از مشهد نشست", "", "خبرگزاري فارس", None, " از مشهد نشست"),
    ("fa", "تهران - ایرنا - نشست", "تهران", "ایرنا", None, "نشست"),
    ("fa", "تهران، ۲۳ خرداد (ایرنا) - نشست", "تهران، ۲۳ خرداد", "ایرنا", "2024-06-12", "نشست"),
    ("de", "Pjöngjang, 12. Juni (KCNA) -- Eine Sitzung", "Pjöngjang, 12. Juni", "KCNA", "2024-06-12", "Eine Sitzung"),
    ("de", "Berlin (dpa) - Eine Sitzung", "Berlin", "dpa", None, "Eine Sitzung"),
]  # fmt: skip

NO_DATELINES = [
    ("en", ""),
    ("en", "The meeting was held on June 12 (Monday) -- and it ended."),
    ("en", "COVID-19 cases rose. The minister (Health) - said so."),
    ("en", "Rice planting began on June 12."),
    ("en", "In Paris (France) people met."),
    ("ru", "12 июня в Москве прошла встреча (подробнее) - смотрите."),
    ("zh", "一、第一个五年计划时期内和第二个五年计划的第一年——一九五八年的伟大成就"),
    ("zh", "6月12日，会议在北京举行。"),
    ("ja", "6月12日に会議が開かれた。"),
    ("ko", "6월 12일 평양에서 회의가 열렸다."),
    ("ar", "عقد الاجتماع في 12 يونيو."),
    ("fa", "به گزارش ستاد خبری، نشست"),
    ("fr", "Le 12 juin, une réunion a eu lieu (photo)."),
    ("es", "El 12 de junio hubo una reunión."),
    ("de", "Am 12. Juni fand eine Sitzung statt."),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[1])
def test_the_usual_forms_are_read(form: tuple[str, str, str, str, str | None, str]) -> None:
    """Place and day, agency, date and the beginning of the report, as printed."""
    language, text, *expected = form
    found = find_dateline(text, get_language(language).months, tz=SEOUL, near=NEAR)

    assert found is not None
    actual = [found.dateline, found.agency, found.dated and found.dated.iso, text[found.body_start :]]
    assert expected == actual


def test_every_language_has_a_form() -> None:
    """The table above leaves out no language of full depth."""
    assert set(LANGUAGES) == {form[0] for form in FORMS} == {case[0] for case in NO_DATELINES}


@pytest.mark.parametrize(("language", "text"), NO_DATELINES)
def test_a_sentence_is_no_dateline(language: str, text: str) -> None:
    """Days, brackets and dashes in running text are not taken for datelines."""
    assert find_dateline(text, get_language(language).months, tz=SEOUL, near=NEAR) is None


def test_a_day_without_year_stays_unknown_where_no_day_is_near() -> None:
    """The year of a dateline is never guessed."""
    found = find_dateline("Pyongyang, June 12 (KCNA) -- A", get_language("en").months, tz=SEOUL)

    assert found is not None
    assert (found.dateline, found.dated) == ("Pyongyang, June 12", None)


def test_december_is_of_last_year_in_january() -> None:
    """The nearest such day before publication counts."""
    months = get_language("en").months
    found = find_dateline("Pyongyang, December 31 (KCNA) -- A", months, tz=SEOUL, near=date(1948, 1, 1))

    assert found is not None
    assert found.dated is not None
    assert date(1947, 12, 31) == found.dated.on


def test_a_name_that_the_outlet_signs_with_is_believed() -> None:
    """A credit without date and dash is too little from a stranger, and enough from a known agency."""
    text = "Tehran (NEWSLAND) The council met."
    months = get_language("en").months

    assert find_dateline(text, months, tz=SEOUL) is None
    known = find_dateline(text, months, tz=SEOUL, signed_by=("Newsland",))
    assert known is not None
    assert (known.dateline, known.agency) == ("Tehran", "NEWSLAND")


def test_a_dateline_may_stand_below_a_headline() -> None:
    """Bodies that begin with their title or a byline keep their dateline."""
    text = "A headline without a stop\nBy our correspondent\nMINSK, June 12 (BelTA) – A meeting"
    found = find_dateline(text, get_language("en").months, tz=SEOUL, near=NEAR)

    assert found is not None
    assert (found.dateline, found.agency, text[found.body_start :]) == ("MINSK, June 12", "BelTA", "A meeting")


def test_only_the_beginning_is_read() -> None:
    """What stands after the first code points is quotation or news, not the dateline."""
    text = "x" * HEAD + "\nPyongyang, June 12 (KCNA) -- A"

    assert find_dateline(text, get_language("en").months, tz=SEOUL, near=NEAR) is None


ALPHABET = st.sampled_from(
    "Pyongyang, 12 June () -–— /TASS/ 新华社北京6月日电発 به گزارش خبرگزاری []【】=.\n\u200b\u3000"
)


@given(st.lists(ALPHABET, max_size=400).map("".join) | st.text(max_size=400), st.sampled_from(sorted(LANGUAGES)))
def test_any_text_is_read_without_harm(text: str, language: str) -> None:
    """Whatever is found was printed, and its day is not far ahead of the day it is near to."""
    found = find_dateline(text, get_language(language).months, tz=SEOUL, near=NEAR)

    if found is not None:
        assert found.dateline in text
        assert found.agency in text
        assert 0 < found.body_start <= len(text)
        assert found.dated is None or found.dated.printed in found.dateline
        assert found.dated is None or str(found.dated.on.year) in text or found.dated.on <= NEAR + timedelta(days=366)
