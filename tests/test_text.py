"""Text: what offsets count in, what counts as equal, and where words and sentences lie."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, strategies as st

from caversham.text import (
    clean,
    comparable,
    count_scripts,
    dominant_script,
    paragraphs,
    script_of,
    sentences,
    slice_span,
    squeeze,
    words,
)
from caversham.types import Span

MIXED = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            " \n\r\t.!?…。！？؟\"'”»)」’“«\u00a0\u200b\u200c\u0301\u2028-123aAbBКк조선朝鮮かカن\x00\ud800\U0001f600"
        ),
        st.characters(),
    ),
    max_size=80,
)


@given(text=MIXED)
@example(text="e\u0301\ud800\u0301")
def test_clean_text_stays_as_it_is(text: str) -> None:
    """Cleaning twice is cleaning once; the result is NFC and can be stored and sent anywhere."""
    once = clean(text)

    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\0" not in once
    assert once.encode("utf-8").decode("utf-8") == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \r\n keeps\tall \n", " \r\n keeps\tall \n"),
        ("a\0b", "a\ufffdb"),
        ("é\0", "é\ufffd"),
        ("e\u0301", "é"),
        ("\u1106\u116e", "무"),
        ("a\ud83d", "a\ufffd"),
        ("\u200b\ufeff\u00a0", "\u200b\ufeff\u00a0"),
    ],
)
def test_clean_replaces_and_strips_nothing(text: str, expected: str) -> None:
    """NFC; NUL and lone surrogates become U+FFFD; white space and newlines are left alone."""
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  a \t\r\n b\u2028c  ", "a b c"),
        ("a\u00a0\u3000\u202fb", "a b"),
        ("Pyong\u00adyang\u200b", "Pyongyang"),
        ("\ufeffa\u2060 \u200b b", "a b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_white_space_of_all_kinds_becomes_one_space(text: str, expected: str) -> None:
    """Runs become one space, ends are stripped, what has no width goes; joiners are letters and stay."""
    assert squeeze(text) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("Report", "He came.\nHe went."), (" Report\n", "He  came.\r\n\r\nHe\u00a0went. ")),
        (("Report", "e\u0301lite"), ("Report", "élite")),
        (("Report", "Pyongyang"), ("Re\u200bport", "Pyong\u00adyang\u200e")),
        (("Report", "He said “yes” and ‘no’."), ("Report", "He said \"yes\" and 'no'.")),
        (("Report", "Il a dit « oui »."), ("Report", "Il a dit “oui”.")),
        (("《로동신문》 사설", "x"), ('"로동신문" 사설', "x")),
        (("Report", "It''s ``quoted''"), ("Report", "It''s “quoted”")),
        (("Report [Juche113.8.2.]", "x"), ("Report", "x")),
        (("Report\n[Juche 113 (2024).8.2.]", "x"), ("Report", "x")),
        (("Report [2024.08.02]", "x"), ("Report [2024-8-2]", "x")),
        (("사설 [주체113(2024).8.2.]", "x"), ("사설", "x")),
        (("【2024年8月2日】社论", "x"), ("社论", "x")),
        (("One [2024.08.02] “two”", "x"), ("One “two”", "x")),
    ],
)
def test_what_a_reader_does_not_see_makes_no_version(before: tuple[str, str], after: tuple[str, str]) -> None:
    """White space, canonical form, invisible marks, quotation style and calendar tags in titles are ignored."""
    assert comparable(*before) == comparable(*after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("Report", "x"), ("Report", "y")),
        (("Report", "x"), ("report", "x")),
        (("Report x", ""), ("Report", "x")),
        (("Report", "x y"), ("Report", "xy")),
        (("Report", "He said yes."), ("Report", "He said “yes”.")),
        (("Report", "1–2"), ("Report", "1-2")),
        (("Report", "x [2024.08.02]"), ("Report", "x")),
        (("Report [2]", "x"), ("Report", "x")),
        (("Report [Covid19]", "x"), ("Report", "x")),
        (("Report [about 2024.8.2 and more]", "x"), ("Report", "x")),
        (("Report", "می\u200cخواهم"), ("Report", "میخواهم")),
    ],
)
def test_what_a_reader_sees_makes_a_version(before: tuple[str, str], after: tuple[str, str]) -> None:
    """Letter case, dashes, added marks of quotation, dates in the text: all of it counts."""
    assert comparable(*before) != comparable(*after)


def test_a_comparable_key_is_the_same_in_every_run() -> None:
    """Stored in catalogues: SHA-256 of title, space, newline, space, text; a change asks for a rebuild."""
    assert comparable("Title", "Text") == "9ebd327ba63b287596100ec3a9f5044d133dd0344fc405bea7915956fbf77935"


def test_paragraphs_are_the_lines_that_show_something() -> None:
    """Any line end divides; blank lines and white space at the ends belong to none."""
    text = "  One. Two.\r\n \t\n\u3000둘째\u2028last"

    assert [(span.start, span.text) for span in paragraphs(text)] == [(2, "One. Two."), (17, "둘째"), (20, "last")]


@given(text=MIXED)
@example(text="x. \u3000”\r\ny")
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    """Words, sentences and paragraphs: each span's text stands at its place, no two overlap, none is blank."""
    for find in (words, sentences, paragraphs):
        spans = list(find(text))

        assert [slice_span(text, span.start, span.end) for span in spans] == spans
        assert all(left.end <= right.start for left, right in pairwise(spans))
        assert all(span.text == span.text.strip() != "" for span in spans)


@given(text=MIXED)
def test_nothing_visible_lies_outside_of_sentences(text: str) -> None:
    """Sentences leave out white space only."""
    covered = "".join(span.text for span in sentences(text))

    assert "".join(covered.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Kim Jong Un's 77th", ["Kim", "Jong", "Un", "s", "77th"]),
        ("l'homme d’État", ["l", "homme", "d", "État"]),
        ("snake_case 3.14 -0-", ["snake", "case", "3", "14", "0"]),
        ("조선로동당 77번째", ["조선로동당", "77번째"]),
        ("人民日報2024年", ["人", "民", "日", "報", "2024", "年"]),
        ("東京タワーへ", ["東", "京", "タ", "ワ", "ー", "へ"]),
        ("می\u200cخواهم كِتاب", ["می\u200cخواهم", "كِتاب"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("e\u0301lite", ["e\u0301lite"]),
        ("end\u200c.", ["end"]),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, expected: list[str]) -> None:
    """Marks and joiners belong to their word; Han and Kana are words of one character, Hangul is not."""
    assert [span.text for span in words(text)] == expected


@pytest.mark.parametrize(
    "expected",
    [
        [],
        ["No full stop"],
        ["He came.", "He went!", "Did he?", "Yes… and he did.", "No…", "Yes."],
        ["He said no.", "Then he left."],
        ["Mr. Kim met J. Smith of the U.S. Army.", "They talked."],
        ["It is No. 5 of Dec. 31.", "See p. 3."],
        ["It grew by 3.5 percent in 2023.", "Then it fell."],
        ["1. Rice.", "2. Wheat in 14 provinces."],
        ["“Stop!” he said.", "“Why?”", "She left (at once.)", "All did."],
        ["See www.a.example or a.b for v2.0 now.", "Done."],
        ["В 2025 г. прошла встреча им. Ленина.", "Да."],
        ["M. Dupont et Mme. Durand sont là.", "Oui."],
        ["他说：“好。”", "然后走了！", "真的？！", "是", "第二段"],
        ["동지들!", "그는 3.1운동을 말하였다.", "《끝.》"],
        ["آیا آمد؟", "بله۔", "آری."],
        ["वह आया।", "वह गया॥"],
        ["Wait...", "What?!", "A line", "Another"],
    ],
)
def test_sentences_end_where_readers_of_any_language_see_it(expected: list[str]) -> None:
    """Written one after the other, without a space where the script needs none, they are found again."""
    text = expected[0] if expected else "\n"
    for left, right in pairwise(expected):
        unspaced = left[-1] in "。！？!。”؟۔।" and script_of(right[0]) in {"Han", "Arabic", "Devanagari"}
        text += {True: "", False: " "}[unspaced] if left[-1] in ".!?…。！？؟۔।॥”)》" else "\r\n"
        text += right

    assert [span.text for span in sentences(text)] == expected


def test_a_full_stop_between_unspaced_letters_ends_a_sentence() -> None:
    """Korean is at times printed without the space."""
    assert [span.text for span in sentences("말하였다.우리는 간다.")] == ["말하였다.", "우리는 간다."]


def test_white_space_without_end_is_no_next_sentence() -> None:
    """How far is looked ahead is bounded."""
    assert [span.text for span in sentences("One." + " " * 99 + "two.")] == ["One.", "two."]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 1), (0, 4)])
def test_a_span_outside_of_its_text_is_a_mistake(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"does not lie in a text of 3 code points"):
        slice_span("abc", start, end)


def test_a_span_carries_its_text() -> None:
    assert slice_span("abc", 1, 3) == Span(start=1, end=3, text="bc")


@pytest.mark.parametrize(
    ("char", "expected"),
    [
        ("a", "Latin"),
        ("é", "Latin"),
        ("Ж", "Cyrillic"),
        ("α", "Greek"),
        ("ا", "Arabic"),
        ("ש", "Hebrew"),
        ("अ", "Devanagari"),
        ("ก", "Thai"),
        ("한", "Hangul"),
        ("漢", "Han"),
        ("\U00020000", "Han"),
        ("あ", "Kana"),
        ("ｱ", "Kana"),
        ("1", ""),
        (".", ""),
        ("\t", ""),
        ("ꆈ", ""),
        ("\U0010ffff", ""),
    ],
)
def test_a_letter_has_a_script(char: str, expected: str) -> None:
    """Digits, marks and letters of scripts that no outlet here writes have none."""
    assert script_of(char) == expected


def test_the_dominant_script_is_that_of_most_letters() -> None:
    """Digits and punctuation do not count; of equally many letters the first script wins."""
    assert count_scripts("조선 DPRK 2024, 朝鲜") == {"Latin": 4, "Hangul": 2, "Han": 2}
    assert list(count_scripts("조선 朝鲜")) == ["Hangul", "Han"]
    assert dominant_script("Путин met Си") == "Cyrillic"
    assert dominant_script("2024.") == ""


@pytest.mark.parametrize(
    "text",
    [
        *("." * 100_000 + "x", '."' * 50_000 + "x", ". " * 50_000, "a" * 100_000, "[2024.1." * 12_000),
        *("\n" * 100_000, " " * 100_000 + "x", '"' * 100_000, "\u200c" * 100_000, "." + " " * 100_000 + "x"),
    ],
    ids=lambda text: repr(text[:4]),
)
def test_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    """No pattern here looks at a character more than a few times: 100,000 take far below a second each."""
    started = time.perf_counter()
    for find in (words, sentences, paragraphs):
        list(find(text))
    comparable(text, text)

    assert time.perf_counter() - started < 2
