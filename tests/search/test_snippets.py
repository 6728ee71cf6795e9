"""The piece of a text that is shown: where it lies, where it is cut, what is marked in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from caversham.index.analyzer import read_places
from caversham.search.matches import wanted_words
from caversham.search.query import parse_query
from caversham.search.snippets import AHEAD, CUT, LONGEST, PIECE, WIDTH, Snippet, make_snippet, shorten
from caversham.types import Span


def snip(text: str, query: str, language: str = "en") -> Snippet:
    return make_snippet(text, language, wanted_words(parse_query(query).root))


def marked(text: str, query: str, language: str = "en") -> list[str]:
    return [span.text for span in snip(text, query, language).spans]


def test_a_short_text_is_shown_whole() -> None:
    expected = Snippet(text="One day: rain.", spans=(Span(start=9, end=13, text="rain"),))

    assert expected == snip("One day:\nrain.", "rain")


def test_a_long_text_is_cut_between_words_around_the_matches() -> None:
    text = f"{'before ' * 100}the harvest was good (so they say). {'after ' * 100}"
    inner = f"{'before ' * 8}the harvest was good (so they say).{' after' * 24}"
    expected = Snippet(text=CUT + inner + CUT, spans=(Span(start=61, end=68, text="harvest"),))

    assert expected == snip(text, "harvests")


@pytest.mark.parametrize(
    ("language", "text", "query", "expected"),
    [
        ("en", "Ministers, a MINISTER", "minister", ["Ministers", "MINISTER"]),
        ("en", "nuclear weapons; a nuclear weapon", '"nuclear weapons"', ["nuclear weapons"]),
        ("en", "rain and sun and rain", "rain -sun outlet:x", ["rain", "rain"]),
        ("en", "sanctioned, sanctions, sand", "sanct*", ["sanctioned", "sanctions"]),
        ("en", "war a b c peace d war", "war NEAR/1 peace", ["peace", "war"]),
        ("en", "war", "peace OR war", ["war"]),
        ("en", "e\u0301te\u0301 été", "ete", ["e\u0301te\u0301", "été"]),
        ("fr", "l’accord d'Élysée", "elysee", ["Élysée"]),
        ("zh", "他访问中国。中国人民", "中国", ["中国", "中国"]),
        ("zh", "中国人民", "国人", ["国人"]),
        ("zh", "中国人民", "中国人民", ["中国人民"]),
        ("zh", "中国、人", "国", ["国"]),
        ("zh", "中国、人", "人 OR 中", ["中", "人"]),
        ("zh", "𠀀𠀁国", "𠀁", ["𠀁"]),
        ("ja", "ミサイルを、ﾐｻｲﾙ", "ミサイル", ["ミサイル", "ﾐｻｲﾙ"]),
        ("ko", "평양에서 로씨야 대표단을", "평양 러시아", ["평양에서", "로씨야"]),
        ("ar", "ناقش الوزراء الأسلحة النووية", "الاسلحه", ["الأسلحة"]),
        ("ar", "قال النبي ﷺ في المدينة", "في", ["في"]),
        ("fa", "سلاح‌های هسته‌ای", "سلاح‌هاي", ["سلاح‌های"]),
        ("ru", "Всё о министрах", "министр все", ["Всё", "министрах"]),
    ],
)
def test_what_matched_is_marked(language: str, text: str, query: str, expected: list[str]) -> None:
    """Just what the index compared: whole words by stem, single characters of a run alone, exclusions never."""
    assert expected == marked(text, query, language)


def test_spans_of_right_to_left_text_count_code_points() -> None:
    text = "وصل الوزير ثم تكلم الوزير"

    assert (Span(start=4, end=10, text="الوزير"), Span(start=19, end=25, text="الوزير")) == snip(
        text, "الوزير", "ar"
    ).spans


def test_the_place_with_most_of_the_words_is_shown() -> None:
    text = f"rain rain rain {'x ' * 300} rain and sun {'y ' * 300} sun"

    assert marked(text, "rain sun") == ["rain", "sun"]


def test_a_better_place_is_looked_for_near_the_first_one_only() -> None:
    """So that long texts cost little: beyond that the first match will do."""
    near = f"rain {'x ' * (AHEAD // 4)}\nrain sun"
    far = "rain " + "x\n" * AHEAD + "rain sun"

    assert [marked(near, "rain sun"), marked(far, "rain sun")] == [["rain", "sun"], ["rain"]]


def test_a_phrase_over_the_end_of_a_piece_is_found() -> None:
    text = f"{'x ' * (PIECE // 2)}one\ntwo {'y ' * 100}"

    assert marked(text, '"one two"') == ["one two"]


@pytest.mark.parametrize("query", ["snow", "", "-snow", "country:KP"])
def test_without_a_match_the_text_is_shown_from_its_start(query: str) -> None:
    text = "rain " * 100

    assert Snippet(text=f"{'rain ' * 47}rain{CUT}", spans=()) == snip(text, query)


def test_an_empty_text_has_an_empty_snippet() -> None:
    assert Snippet(text="", spans=()) == snip("", "rain")


def test_a_match_longer_than_a_snippet_is_shown_whole() -> None:
    text = f"a {'b' * 500} c {'d ' * 300}"

    assert marked(text, "b" * 500) == ["b" * 500]


def test_what_stands_at_the_cut_belongs_to_its_word() -> None:
    text = f"{'x ' * 400}{'z' * 30} «{'y' * 28}» rain {'w' * 170} (v). {'u ' * 400}"

    snippet = snip(text, "rain").text

    assert snippet.startswith(f"{CUT}«{'y' * 28}» rain ")
    assert snippet.endswith(f" (v).{CUT}")


@pytest.mark.parametrize(
    "text", ["e" + "\u0301" * 5000, "a" * 5000, "rain" + "." * 5000, "." * 5000 + "rain", "国" * 5000]
)
@pytest.mark.parametrize("query", ["rain", "国 OR e OR 国国国", "a" * 500 + "*"])
def test_no_snippet_is_endless(text: str, query: str) -> None:
    assert len(snip(text + " tail " * 100, query).text) <= LONGEST + 2


_alphabet = st.sampled_from(
    [*"ab é中国\n.「」", "e\u0301", "\u0301", "조선", "سلاح", "‌", "𠀀", "العربية", "rain", " ", "مـ"]
)
_texts = st.lists(_alphabet, max_size=400).map("".join).map(lambda text: unicodedata.normalize("NFC", text))
_queries = st.sampled_from(["rain", "中", "中国", "조선", "سلاح", "العربية OR rain", "ra*", '"rain a"', "rain NEAR 中"])


@given(_texts, _queries, st.sampled_from(["en", "zh", "ar", "und"]))
def test_snippets_are_pieces_of_the_text_cut_between_words(text: str, query: str, language: str) -> None:
    snippet = snip(text, query, language)
    plain = "".join(" " if character.isspace() else character for character in text)
    inner = snippet.text.removeprefix(CUT).removesuffix(CUT)
    start = plain.find(inner)

    assert start >= 0
    assert all(snippet.text[span.start : span.end] == span.text for span in snippet.spans)
    assert all(one.end < two.start for one, two in zip(snippet.spans, snippet.spans[1:], strict=False))
    assert len(inner) <= 3 * WIDTH
    assert not (start and unicodedata.combining(plain[start]))
    if plain.count(inner) == 1:
        words = {bound for bound in read_places(text, language).bounds if bound[1] - bound[0] > 2}
        assert not any(first < cut < last for first, last in words for cut in (start, start + len(inner)))


def test_a_shortened_snippet_begins_with_a_whole_word() -> None:
    """Where the match stands near the end, the piece before it begins at a word, not within one."""
    text = "one three fourteen fifteen sixteen end"
    snippet = Snippet(text=text, spans=(Span(start=35, end=38, text="end"),))

    assert shorten(snippet, 18) == Snippet(text="…sixteen end", spans=(Span(start=9, end=12, text="end"),))
    assert shorten(snippet, 5) == Snippet(text="…end", spans=(Span(start=1, end=4, text="end"),))
