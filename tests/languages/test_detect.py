"""Detection: right, or undetermined."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from caversham.languages.detect import detect

SHARED = Path(__file__).resolve().parents[2] / "../shared"
NTREX = {
    "eng": "en", "fra": "fr", "kor": "ko", "rus": "ru", "spa": "es", "jpn": "ja", "fas": "fa", "arb": "ar",
    "zho-CN": "zh", "zho-TW": "zh",
}  # fmt: skip


@pytest.fixture(scope="module")
def sentences() -> list[tuple[str, str]]:
    """Every tenth sentence of NTREX in each language, with its code."""
    path = SHARED / "suites/ntrex/visible.jsonl.gz"
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is absent")
        pytest.skip("the outside test suites (../shared) are not here")
    return list(_sentences(path))


def _sentences(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in list(lines)[::10]:
            row = json.loads(line)
            yield from ((row[column], code) for column, code in NTREX.items())


def test_sentences_are_known_or_left_open(sentences: list[tuple[str, str]]) -> None:
    """Measured on all of NTREX, 2026-11-23: .982 right, .0003 wrong, the rest undetermined."""
    found = [(detect(text), code) for text, code in sentences]

    assert sum(one == code for one, code in found) > 0.97 * len(found)
    assert sum(one not in {code, "und"} for one, code in found) < 0.005 * len(found)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("", None, "und"),
        ("12:30 --- 2023", None, "und"),
        ("Kim Jong Un", None, "und"),
        ("Kim Jong Un", "en", "en"),
        ("Kim Jong Un", "ru", "und"),
        ("김정은", None, "ko"),
        ("김정은", "en", "ko"),
        ("米朝首脳会談", None, "zh"),
        ("米朝首脳会談", "ja", "ja"),
        ("ロシア", None, "ja"),
        ("中国的iPhone用户增加", None, "zh"),
        ("Россия", None, "und"),
        ("Россия", "ru", "ru"),
        ("Ελλάδα", None, "el"),
        ("ประเทศไทย", None, "th"),
        ("דער", None, "he"),
    ],
)
def test_what_is_short_is_left_open_unless_the_script_or_a_hint_decides(
    text: str, hint: str | None, expected: str
) -> None:
    """A hint is not believed against the script."""
    assert detect(text, hint) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Міністр заявив, що обидві країни розпочнуть переговори навесні наступного року.", "uk"),
        ("وزیر نے کہا کہ دونوں ممالک اگلے سال موسم بہار میں مذاکرات شروع کریں گے۔", "ur"),
        ("Bakan, iki ülkenin gelecek yılın baharında görüşmelere başlayacağını söyledi.", "tr"),
        ("Bộ trưởng nói rằng hai nước sẽ bắt đầu đàm phán vào mùa xuân năm sau.", "vi"),
    ],
)
def test_languages_without_a_module_are_known_too(text: str, expected: str) -> None:
    """Candidates are all languages of the script, not only ours."""
    assert detect(text) == expected


def test_older_persian_is_not_taken_for_arabic() -> None:
    """It writes yeh and kaf with the Arabic letters; then at worst it is left open."""
    text = "وزير امور خارجه ديروز در ديدار با سفير آن كشور بر گسترش روابط دو كشور تاكيد كرد و گفت اين روابط ديرينه است"

    assert detect(text) in {"fa", "und"}


@settings(deadline=None)  # the first text loads the model
@given(st.text(max_size=200), st.sampled_from([None, "en", "ja", "", "xx"]))
def test_detection_never_raises(text: str, hint: str | None) -> None:
    """Any text has a language or is undetermined."""
    found = detect(text, hint)

    assert found.isascii()
    assert found.isalpha()


def test_importing_the_languages_loads_nothing_heavy() -> None:
    """The model, numpy and the stemmers wait until they are needed."""
    code = "import sys, caversham.languages.detect, caversham.languages.terms; print(*{'numpy', 'py3langid', 'Stemmer'} & {*sys.modules})"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == ""
