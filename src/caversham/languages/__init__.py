"""Languages: one module each, and the functions that work for all of them.

A new language is one module with a `LANGUAGE` and one name in the tuple below.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from caversham.languages import ar, de, en, es, fa, fr, ja, ko, ru, zh
from caversham.languages.calendars import printed_calendar, printed_calendars
from caversham.languages.folding import fold_text
from caversham.languages.language import Language
from caversham.times import SOLAR_HIJRI

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {module.LANGUAGE.code: module.LANGUAGE for module in (ar, de, en, es, fa, fr, ja, ko, ru, zh)}
)

__all__ = ["LANGUAGES", "Language", "all_months", "get_language"]


def get_language(code: str) -> Language:
    """The language of a BCP 47 tag, by its primary subtag; a neutral one for every other code.

    >>> get_language("zh-TW").code, get_language("und").stemmer
    ('zh', None)
    """
    primary = code.replace("_", "-").partition("-")[0].lower()
    return LANGUAGES.get(primary) or _neutral(primary)


@lru_cache(maxsize=256)
def _neutral(code: str) -> Language:
    calendar = printed_calendar(code)
    return Language(
        code=code or "und",
        names={},
        scripts=frozenset(),
        has_spaces=True,
        months=calendar.months,
        fold=fold_text,
        day_first=calendar.day_first,
    )


@cache
def all_months() -> Mapping[str, int]:
    """Names of months in all languages, for a text whose language nobody knows.

    Left out are names that are different months in two languages, and all months of calendars other than the
    Gregorian one: a table that has them makes numbers alone dates of such a calendar.
    """
    tables = [language.months for language in LANGUAGES.values()]
    tables += [calendar.months for calendar in printed_calendars().values()]
    numbers: dict[str, set[int]] = {}
    for name, number in (pair for table in tables for pair in table.items() if pair[1] <= SOLAR_HIJRI):
        numbers.setdefault(name, set()).add(number)
    return MappingProxyType({name: found.pop() for name, found in numbers.items() if len(found) == 1})
