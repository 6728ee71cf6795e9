"""What every language must give. A new language adds a table to cases.toml and nothing here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from caversham.languages import LANGUAGES, get_language
from caversham.languages.detect import detect
from caversham.languages.terms import Term, terms
from caversham.times import DAY_WORD, SOLAR_HIJRI, parse_printed, zone

CASES: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"))
CODES = sorted(LANGUAGES)


def pairs(key: str) -> list[tuple[str, Any]]:
    """Each case of this kind with its language."""
    return [(code, case) for code in CODES for case in CASES[code][key]]


def places(found: list[Term]) -> list[tuple[str, int]]:
    """What a phrase compares: terms and their distances."""
    return [(term.text, term.position - found[0].position) for term in found]


def has_phrase(text: str, phrase: str, language: str) -> bool:
    """Whether the terms of the phrase stand in the text at the same distances, at any place."""
    held = {(term.text, term.position) for term in terms(text, language)}
    wanted = places(list(terms(phrase, language)))
    return any(all((word, start + place) in held for word, place in wanted) for _, start in held)


def test_every_language_has_its_cases() -> None:
    """No language without a table, no table without a language."""
    assert sorted(CASES) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_whole(code: str) -> None:
    """Code, names in English and in itself, scripts, twelve months, folded stop words."""
    language = get_language(code)

    assert language.code == code
    assert {"en", code} <= set(language.names)
    assert language.scripts
    months = [number for number in language.months.values() if number < DAY_WORD]
    assert {number % SOLAR_HIJRI for number in months} == set(range(1, 13))
    assert language.stopwords
    assert {language.fold(word) for word in language.stopwords} == language.stopwords


@pytest.mark.parametrize(("code", "case"), pairs("dates"))
def test_a_date_is_read_as_this_language_prints_it(code: str, case: list[str]) -> None:
    """With its months, in its zone."""
    printed, expected = case

    dated = parse_printed(printed, zone(CASES[code]["zone"]), get_language(code).months)

    assert (dated and dated.iso) == expected


@pytest.mark.parametrize(("code", "words"), pairs("same"))
def test_spellings_of_one_word_are_one_term(code: str, words: list[str]) -> None:
    """Also in a text of another language, or of none known."""
    found = {tuple(places(list(terms(word, language)))) for word in words for language in (code, "en", "und")}

    assert len(found) == 1


@pytest.mark.parametrize(("code", "words"), pairs("differ"))
def test_different_words_stay_apart(code: str, words: list[str]) -> None:
    """Folding does not go further than spelling does."""
    found = {tuple(places(list(terms(word, code)))) for word in words}

    assert len(found) == len(words)


@pytest.mark.parametrize(("code", "words"), pairs("stems"))
def test_forms_of_a_word_meet_in_one_stem(code: str, words: list[str]) -> None:
    """While their terms stay different."""
    found = [next(terms(word, code)) for word in words]

    assert len({term.stem for term in found}) == 1


@pytest.mark.parametrize("code", CODES)
def test_a_phrase_is_found_where_it_stands_and_nowhere_else(code: str) -> None:
    """Neither across a comma between runs without spaces, nor with a word left out."""
    text, present, absent = CASES[code]["phrase"]

    assert [phrase for phrase in present if not has_phrase(text, phrase, code)] == []
    assert [phrase for phrase in absent if has_phrase(text, phrase, code)] == []


@pytest.mark.parametrize("code", CODES)
def test_a_sentence_is_known_by_its_language(code: str) -> None:
    """Without any hint, and against a wrong one."""
    text = CASES[code]["text"]

    assert (detect(text), detect(text, "sw")) == (code, code)


@pytest.mark.parametrize(
    ("tag", "code"), [("zh-TW", "zh"), ("EN", "en"), ("fr_CA", "fr"), ("und", "und"), ("", "und"), ("sw", "sw")]
)
def test_a_tag_is_known_by_its_primary_subtag(tag: str, code: str) -> None:
    """Codes that we do not know get a neutral language of that code."""
    assert get_language(tag).code == code


def test_a_neutral_language_folds_every_script_and_stems_none() -> None:
    """Text of a language we do not know is kept by folded words."""
    language = get_language("und")

    assert (language.fold("Čeština Ёлка إيران 로씨야 ＡＢ"), language.stemmer, language.strip) == (
        "cestina елка ايران 러시아 ab",
        None,
        None,
    )
