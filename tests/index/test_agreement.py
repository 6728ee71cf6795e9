"""The index against a second reading of the same texts, word by word."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from caversham.index import FullTextIndex
from caversham.index.analyzer import ALL_LANGUAGES, read_places, stream
from caversham.search.matches import ReadText, wanted_words
from caversham.search.query import parse_query
from caversham.types import Query, Words
from tests.index.documents import make_document

VOCABULARY = ("war", "wars", "peace", "peaceful", "the", "中国", "人", "中", "조선은", "조선", "мир", "мира")
_generator = random.Random(3)
TEXTS = [
    "".join(f"{word}{_generator.choice((' ', ' ', '', ', '))}" for word in _generator.choices(VOCABULARY, k=length))
    for length in range(1, 16)
    for _ in range(12)
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> FullTextIndex:
    index = FullTextIndex(Path(tmp_path_factory.mktemp("shelf")))
    index.update(make_document(f"{number:03}", text) for number, text in enumerate(TEXTS))
    return index


_words = st.sampled_from(VOCABULARY)
_phrases = st.lists(_words, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"')
_runs = st.lists(st.sampled_from(("中国", "人", "中")), min_size=1, max_size=3).map("".join)
_prefixes = st.sampled_from(("wa*", "pea*", "조선*", "人*", "the-pea*", "мир-wa*"))
_sides = _words | _phrases | _runs
_nears = st.builds("{} NEAR/{} {}".format, _sides, st.integers(0, 4), _sides)


@given(_sides | _prefixes | _nears)
def test_the_index_finds_what_stands_in_the_text(shelf: FullTextIndex, text: str) -> None:
    """Snippets mark what the index found, and the index finds all that they would mark."""
    query = parse_query(text)
    leaves = wanted_words(query.root)
    expected = [f"{number:03}" for number, held in enumerate(TEXTS) if ReadText(held, "en").matches(leaves)]

    found = shelf.find(query, limit=1000, cursor=None).articles

    assert expected == sorted(article for article, _ in found)


@given(st.text(max_size=80), st.sampled_from(ALL_LANGUAGES))
def test_a_stream_has_two_places_a_word(text: str, language: str) -> None:
    """Places are counted by the spaces between them, so none may be empty or hold a space."""
    places = read_places(text, language)

    assert stream(text, language).split(" ") == (places.terms or [""])
    assert len(places.terms) == 2 * len(places.bounds)
    assert all(place.split() == [place] for place in places.terms)


def test_a_query_without_anything_to_look_for_finds_nothing(shelf: FullTextIndex) -> None:
    nothing = Query(text="…", root=Words(text="…", position=0))

    assert shelf.find(nothing, limit=10, cursor=None).total == 0


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["en", "ru", "ar", "und", "zh"]))
def test_the_quick_way_to_write_a_text_gives_what_reading_its_places_gives(text: str, language: str) -> None:
    """Words remembered one by one are the words read in order."""
    text = unicodedata.normalize("NFC", text)

    assert stream(text, language) == " ".join(read_places(text, language).terms)
