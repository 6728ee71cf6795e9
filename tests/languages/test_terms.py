"""The analyzer: terms lie in the text, in order, and are the same for texts and queries."""

from __future__ import annotations

import re
import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from caversham.languages import LANGUAGES
from caversham.languages.folding import FOLDS, fold_text
from caversham.languages.terms import Term, terms

LETTERS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aéßİıŒﬁ Ａ'’-.,0123٣۴५ йёЙ إأكکىی\u064b\u0640\u200c 가력로녀률되였가 中々〇ロｶﾞー、。 ไทย हिन्दी \u0301\u200b\ud7ff"
        ),
    ),
    max_size=40,
)
CODES = st.sampled_from([*LANGUAGES, "und", "uk", "th"])


def texts(text: str, language: str) -> list[str]:
    """The folded terms."""
    return [term.text for term in terms(text, language)]


@given(LETTERS, CODES)
def test_terms_lie_in_the_text_in_order(text: str, language: str) -> None:
    """Spans are not empty and rise, and so do positions."""
    text = unicodedata.normalize("NFC", text)

    found = list(terms(text, language))

    assert all(0 <= term.start < term.end <= len(text) for term in found)
    assert all(one.start < two.start and one.position < two.position for one, two in pairwise(found))


@given(LETTERS, CODES)
def test_a_term_holds_no_white_space(text: str, language: str) -> None:
    """Whoever writes terms beside each other can tell them apart."""
    found = list(terms(unicodedata.normalize("NFC", text), language))

    assert [term for term in found if not term.text or not term.stem or re.search(r"\s", term.text + term.stem)] == []


@given(LETTERS, CODES)
def test_a_text_gives_the_same_terms_every_time(text: str, language: str) -> None:
    """Remembered words are not changed words."""
    assert list(terms(text, language)) == list(terms(text, language))


@given(LETTERS)
def test_folding_twice_is_folding_once(text: str) -> None:
    """In each script's own function, and over mixed text."""
    folds = (fold_text, *FOLDS.values())

    assert [fold(fold(text)) for fold in folds] == [fold(text) for fold in folds]


def test_characters_made_of_others_are_words_like_all() -> None:
    """Every ligature, wide form and presentation form of Unicode: folded for good, without white space."""
    composed = [chr(code) for code in range(sys.maxunicode) if unicodedata.decomposition(chr(code))]
    composed = [unicodedata.normalize("NFC", letter) for letter in composed]

    assert [letter for letter in composed if fold_text(fold_text(letter)) != fold_text(letter)] == []
    assert [
        term for letter in composed for term in terms(letter, "ar") if not re.fullmatch(r"\S+ \S+", " ".join(term[:2]))
    ] == []


@given(LETTERS, CODES)
def test_a_phrase_cut_from_a_text_is_found_in_it(text: str, language: str) -> None:
    """The terms of a piece between white space stand in the whole text, at the same distances."""
    text = unicodedata.normalize("NFC", re.sub(r"[\W_]+", " ", text))
    whole = {(term.start, term.text, term.position) for term in terms(text, language)}
    for piece in re.finditer(r"\S+", text):
        if any(letter.isdecimal() for letter in text):
            continue  # figures join across a space: 1 500
        found = list(terms(piece[0], language))
        shifts = {
            place - term.position for term in found for start, _, place in whole if start == term.start + piece.start()
        }

        assert len(shifts) <= 1
        assert all(any((term.start + piece.start(), term.text) == held[:2] for held in whole) for term in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,500 1.500 1500", ["1500", "1500", "1500"]),
        ("1 500 000 тонн", ["1500000", "тонн"]),
        ("1\u00a0500 1\u202f500 1’500", ["1500", "1500", "1500"]),
        ("١٬٥٠٠ ۱۵۰۰", ["1500", "1500"]),
        ("1.500,75 12,5 12.5", ["1500.75", "12.5", "12.5"]),
        ("0.125", ["0.125"]),
        ("12.06.2023 10:15", ["12", "06", "2023", "10", "15"]),
        ("192.168.1.1", ["192", "168", "1", "1"]),
        ("F16 F-16", ["f", "16", "f", "16"]),
        ("2023年", ["2023", "年"]),
        ("12월", ["12", "월"]),
    ],
)
def test_numbers_are_the_same_however_they_are_written(text: str, expected: list[str]) -> None:
    """Figures of all scripts; thousands, decimals, dates and addresses told apart."""
    assert texts(text, "und") == expected


def test_the_script_decides_and_not_the_language_of_the_text() -> None:
    """A Russian and a Korean word in an English text have stems, a pair of Han characters has none."""
    found = [(term.text, term.stem) for term in terms("talks переговоров 평양에서 北京", "en")]

    assert found == [("talks", "talk"), ("переговоров", "переговор"), ("평양에서", "평양"), ("北京", "北京")]


def test_a_latin_word_has_the_stem_of_the_text() -> None:
    """And none where the text is Russian or of no known language."""
    found = {language: next(terms("nationale", language)).stem for language in ("fr", "de", "ru", "und")}

    assert found == {"fr": "national", "de": "national", "ru": "nationale", "und": "nationale"}


def test_pairs_cover_a_run_and_runs_stay_apart() -> None:
    """A run of n characters takes n positions; a single character is a term."""
    assert list(terms("北京市，核", "zh")) == [
        Term("北京", "北京", 0, 2, 0),
        Term("京市", "京市", 1, 3, 1),
        Term("核", "核", 4, 5, 3),
    ]


def test_a_lone_jamo_keeps_its_particle() -> None:
    """What is no whole syllable has no particles: ㅋㅋ은 is no noun."""
    assert next(terms("ㅋㅋ은", "ko")).stem == "ᄏᄏ은"


def test_half_width_kana_keep_their_places() -> None:
    """ガ of two code points is one character of the run."""
    assert list(terms("ｶﾞｽ", "ja")) == [Term("ガス", "ガス", 0, 3, 0)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Kim's", "en", ["kim", "s"]),
        ("l’accord", "fr", ["l", "accord"]),
        ("well-known", "en", ["well", "known"]),
        ("ภาษาไทย", "th", ["ภา", "าษ", "ษา", "าไ", "ไท", "ทย"]),
        ("हिन्दी", "hi", ["हिन्दी"]),
        ("Ελλάδα", "el", ["ελλαδα"]),
        ("שָׁלוֹם", "he", ["שלום"]),
        ("Baʿth", "en", ["bath"]),
        ("𝐁old", "en", ["b", "old"]),
        ("--- ...", "en", []),
        ("", "en", []),
    ],
)
def test_words_are_divided_where_readers_divide_them(text: str, language: str, expected: list[str]) -> None:
    """Apostrophes and hyphens divide; vowel signs and invisible characters do not."""
    assert texts(text, language) == expected


def test_a_word_without_end_is_one_short_term() -> None:
    """Its first hundred letters count, its span is whole; nothing grows with it."""
    word = "a" * 100_000

    assert list(terms(f"{word} b", "und")) == [
        Term("a" * 100, "a" * 100, 0, 100_000, 0),
        Term("b", "b", 100_001, 100_002, 1),
    ]
