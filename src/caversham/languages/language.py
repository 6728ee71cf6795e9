"""What Caversham knows of one language, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from caversham.languages.folding import fold_text


def folded_words(text: str) -> frozenset[str]:
    """The words of a text, as the index keeps them."""
    return frozenset(fold_text(text).split())


NO_MONTHS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: data, and the few functions that data cannot say."""

    code: str  # BCP 47 primary subtag
    names: Mapping[str, str]  # by language: in English and in itself
    scripts: frozenset[str]  # ISO 15924; empty: not known
    has_spaces: bool  # between words
    months: Mapping[str, int]  # plain spelling -> number, as `times.parse_printed` takes it
    day_first: bool | None = None  # whether 03/04/2023 is 3 April; None: it depends on the country, or is not known
    day_first_in: frozenset[str] = frozenset()  # countries (ISO 3166-1) where it is, if it depends on them
    fold: Callable[[str], str]  # a word as the index keeps it
    stopwords: frozenset[str] = frozenset()  # folded; never removed from the index
    stemmer: str | None = None  # name of the Snowball algorithm; None: none, or `strip` does it
    strip: Callable[[str], str] | None = None  # takes endings off a folded word; None: no rules of our own

    def is_day_first(self, country: str | None) -> bool | None:
        """Tell whether an outlet of this country means 3 April by 03/04/2023; None: one cannot know."""
        return True if self.day_first is None and country in self.day_first_in else self.day_first
