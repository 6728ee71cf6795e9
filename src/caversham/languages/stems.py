"""Stems: the form under which the inflections of a word meet, by language and script."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from threading import Lock

from caversham.languages import get_language

# Scripts that one of our languages owns: its stems serve for texts of any language, also of none known.
_OWNERS = {"Cyrl": "ru", "Hang": "ko"}


def stem_for(code: str, script: str) -> Callable[[str, str], str] | None:
    """What stems words of a script in a text of a language: (word, its folded form) to stem; None: nothing.

    The script decides before the language: a Russian word in an English text has a Russian stem, a French
    word in a Russian text has none.
    """
    return _make_stem(code if script in get_language(code).scripts else _OWNERS.get(script, "und"))


@cache
def _make_stem(code: str) -> Callable[[str, str], str] | None:
    language = get_language(code)
    if language.stemmer is not None:
        return _snowball(language.stemmer, language.fold)
    strip = language.strip
    if strip is None:
        return None
    return lambda _word, folded: strip(folded)


def _snowball(algorithm: str, fold: Callable[[str], str]) -> Callable[[str, str], str]:
    """A Snowball stemmer, under a lock: one must not be shared between threads (PyStemmer documentation)."""
    import Stemmer  # noqa: PLC0415 - a C extension, only where stems are made

    stemmer, lock = Stemmer.Stemmer(algorithm, 0), Lock()

    def stem(word: str, folded: str) -> str:
        plain = unicodedata.normalize("NFC", word.casefold())
        with lock:
            stemmed = stemmer.stemWord(plain)
        return "".join(fold(stemmed).split()) or folded

    return stem
