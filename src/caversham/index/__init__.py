"""Full text: what was said where, by words, phrases and dates. Derived from the catalogue, rebuilt at will."""

from caversham.index.full_text import FullTextIndex

__all__ = ["FullTextIndex"]
