"""Languages: one module each, and the functions that work for all of them.

A new language is one module with a `LANGUAGE` and one name in the tuple below.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from caversham.languages import ar, de, en, es, fa, fr, ja, ko, ru, zh
from caversham.languages.folding import fold_text
from caversham.languages.language import NO_MONTHS, Language

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {module.LANGUAGE.code: module.LANGUAGE for module in (ar, de, en, es, fa, fr, ja, ko, ru, zh)}
)

__all__ = ["LANGUAGES", "Language", "get_language"]


def get_language(code: str) -> Language:
    """The language of a BCP 47 tag, by its primary subtag; a neutral one for every other code.

    >>> get_language("zh-TW").code, get_language("und").stemmer
    ('zh', None)
    """
    primary = code.replace("_", "-").partition("-")[0].lower()
    return LANGUAGES.get(primary) or _neutral(primary)


@lru_cache(maxsize=256)
def _neutral(code: str) -> Language:
    return Language(
        code=code or "und", names={}, scripts=frozenset(), has_spaces=True, months=NO_MONTHS, fold=fold_text
    )
