"""What a reader of each language expects of a search. The sentences are our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from caversham.index import FullTextIndex
from tests.index.documents import make_document

Find = Callable[[str], list[str]]


@dataclass(frozen=True)
class Case:
    """One text, and queries that find it and that do not."""

    language: str
    title: str
    text: str
    found: tuple[str, ...]
    not_found: tuple[str, ...]


CASES = (
    Case(
        "en",
        "A visit to the harbour",
        "The ministers discussed nuclear weapons with their neighbours. The sanctions of Kim's day, 1,500 of them, stay.",
        (
            "minister", "MINISTERS", "sanction weapon", '"nuclear weapons with their"', '"kim’s day"', "neighb*", "1500",
            "title:visit", "harbours", "ministers NEAR/2 weapons", "weapons NEAR/2 minister", '"nuclear weapons" NEAR/4 sanction',
            "their NEAR/0 neighbour",
        ),
        (
            '"weapons nuclear"', '"nuclear weapon"', '"the sanction"', "title:minister", "neighbx*", "harbour NEAR/50 ministers",
            "ministers NEAR/1 weapons", '"nuclear weapons" NEAR/3 sanction', '"harbour the ministers"', "minister NEAR/9 minister",
        ),
    ),
    Case(
        "fr",
        "Visite au port",
        "Les ministres ont discuté de l’accord nucléaire avec leurs voisins. Œuvre commune à l'Élysée.",
        (
            "ministre", "discutée", '"de l\'accord nucléaire"', "l’accord", "accord", "nucleaire", "oeuvre", "elysée", "vois*",
            "title:port", "ministres NEAR/4 accord", "«leurs voisins»",
        ),
        ('"accord de l"', '"ministre ont"', "title:accord", "voiz*", "ministres NEAR/3 accord"),
    ),
    Case(
        "es",
        "Visita al puerto",
        "Los ministros hablaron de las armas nucleares con sus vecinos el lunes. La nación celebró su día.",
        (
            "ministro", "vecino", "nacion", "naciones", '"armas nucleares con sus"', "vecin*", "title:puertos",
            "ministros NEAR/3 armas", "armas NEAR/3 ministro",
        ),
        ('"nucleares armas"', '"arma nucleares"', "title:armas", "ministros NEAR/2 armas"),
    ),
    Case(
        "de",
        "Besuch im Hafen",
        "Die Minister sprachen am Montag über nukleare Waffen und ihre Nachbarn. Auf der Straße war es ruhig.",
        (
            "Waffe", "nuklearen", "strasse", "straße", '"nukleare Waffen und"', "Nachb*", "title:hafen", "Minister NEAR/4 nukleare",
            "„ihre Nachbarn“",
        ),
        ('"Waffen nukleare"', '"nukleare Waffe"', "title:waffen", "Minister NEAR/4 Waffen"),
    ),
    Case(
        "ru",
        "Визит в порт",
        "Министры обсудили ядерное оружие с соседями в понедельник. Всё прошло хорошо.",
        (
            "министр", "министров", "соседи", "все", "всё", '"ядерное оружие с соседями"', "понед*", "title:порт",
            "министры NEAR/2 оружие",
        ),
        ('"оружие ядерное"', '"министр обсудили"', "title:оружие", "министры NEAR/1 оружие"),
    ),
    Case(
        "zh",
        "港口之行",
        "国家主席在北京会见外国代表团，双方讨论了核问题。他访问中国。国人欢迎他",
        (
            "主席", "核", "他", "国", "团", "代表团", '"会见外国代表团"', "「外国代表团 双方」", "代表*", "国*", "title:港口", "title:行",
            "主席 NEAR/1 北京", "北京 NEAR/1 主席", "「外国代表团」 NEAR/3 讨论", "核 NEAR/0 问题", "主席 核问题",
        ),
        (
            "中国人", '"中国国人"', "团双", "北京外国", "主北", '"代表团会见"', "title:主席", "席核", "主席 NEAR/0 北京",
            "「外国代表团」 NEAR/1 讨论", "行国", "主席 -核",
        ),
    ),
    Case(
        "ja",
        "港への訪問",
        "国家主席は北京で外国の代表団と会談し、ミサイル問題について話し合った。Kim氏はＡＢＣで語った",
        (
            "代表団", "ミサイル", "ﾐｻｲﾙ", "サイ*", "と", "「代表団と会談」", "abc", "「Kim氏は」", "「氏 は abc で」", "title:訪問",
            "北京 NEAR/1 外国",
        ),
        ("外国北京", "「会談と代表団」", "サミ", "title:北京", "北京 NEAR/0 外国", "談ミ"),
    ),
    Case(
        "ko",
        "항구 방문",
        "주석은 평양에서 로씨야 대표단을 만나 핵문제를 토의하였다. 녀성들의 력사는 길다.",
        (
            "평양", "대표단", "대표단은", "러시아", "로씨야", "여성들의", "역사", "력사", '"로씨야 대표단을 만나"', "대표*", "title:방문",
            "주석 NEAR/1 러시아",
        ),
        ('"대표단을 로씨야"', '"로씨야 대표단"', "title:평양", "주석 NEAR/0 대표단"),
    ),
    Case(
        "ar",
        "زيارة الميناء",
        "ناقش الوزراء الأسلحة النووية مع جيرانهم يوم الإثنين. وصل رئيس الحكومة إلى مستشفى المدينة ١٥ مرة.",
        (
            "الاسلحة", "الأسلحه", "الأَسْلِحَة", "الـوزراء", "وزراء", "الى", "مستشفي", "15", '"الأسلحة النووية مع"', '"الاسلحه النوويه مع"',
            "جير*", "title:الميناء", "الوزراء NEAR/1 النووية",
        ),
        ('"النووية الأسلحة"', "title:الوزراء", "الوزراء NEAR/0 النووية"),
    ),
    Case(
        "fa",
        "دیدار از بندر",
        "وزیران دربارهٔ سلاح‌های هسته‌ای با همسایگان گفتگو کردند. کتاب علی ۱۵ صفحه دارد.",
        (
            "وزيران", "كتاب", "كتاب علي", "کتاب", "15", "۱۵", '"با همسایگان گفتگو"', "همسا*", "title:بندر", "وزیران NEAR/4 همسایگان",
        ),
        ('"همسایگان با گفتگو"', "title:کتاب", "وزیران NEAR/1 همسایگان"),
    ),
)  # fmt: skip


@pytest.fixture
def library(index: FullTextIndex) -> FullTextIndex:
    """All ten texts in one index, so that each could be found for another's words."""
    index.update(make_document(case.language, case.text, title=case.title, language=case.language) for case in CASES)
    return index


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.language)
def test_a_reader_finds_what_stands_there_and_nothing_else(find: Find, case: Case) -> None:
    """Inflected words find by stem, phrases by the words as written, NEAR by distance; the language need not be told."""
    found = {query: case.language in find(query) for query in (*case.found, *case.not_found)}

    assert dict.fromkeys(case.found, True) | dict.fromkeys(case.not_found, False) == found


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.language)
def test_a_language_filter_narrows_both_articles_and_stems(find: Find, case: Case) -> None:
    word = case.found[0]

    assert [case.language] == find(f"lang:{case.language} {word}")
    assert find(f"lang:und {word}") == []


def test_a_word_of_another_language_in_a_text_is_found(index: FullTextIndex, find: Find) -> None:
    index.update(
        [
            make_document("a", "The words 주체사상 and 北京 and Кремль stand here", language="en"),
            make_document("b", "Nichts davon", language="und"),
        ]
    )

    assert [find(query) for query in ("주체사상", "北京", "京", "кремля", "nichts")] == [
        ["a"],
        ["a"],
        ["a"],
        ["a"],
        ["b"],
    ]


def test_a_phrase_does_not_cross_marks_between_runs(index: FullTextIndex, find: Find) -> None:
    """Pairs of two runs never stand side by side: only what is written together is found as one."""
    index.update(
        [make_document("a", "中国、人民", language="zh"), make_document("b", "中国人民", language="zh")],
    )

    assert [find(query) for query in ("中国人民", '"中国 人民"', "国人")] == [["b"], ["a", "b"], ["b"]]


def test_ligatures_that_unfold_into_several_words_keep_the_order_of_the_rest(index: FullTextIndex, find: Find) -> None:
    index.update([make_document("a", "قال النبي ﷺ في المدينة نعم", language="ar")])

    assert ["a"] == find('"في المدينة نعم"') == find("قال NEAR/2 في")
