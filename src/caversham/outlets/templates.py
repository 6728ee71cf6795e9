"""Addresses with places for a date, a page or a number: `https://voz.example/{year}/{month:02}/{day:02}/{page}`."""

from __future__ import annotations

import re

NAMES = ("year", "month", "day", "page", "number")
LIMIT = 2_000  # code points; an address of a site's own has some hundred

_PLACE = re.compile(rf"\{{({'|'.join(NAMES)})(?::0([1-9]))?\}}")


def places_of(template: str) -> frozenset[str]:
    """The names that stand in a template. Raises ValueError for a brace that belongs to none of them.

    >>> sorted(places_of("http://a.example/{year}/{month:02}/"))
    ['month', 'year']
    """
    rest = _PLACE.sub("", template)
    if "{" in rest or "}" in rest or len(template) > LIMIT:
        raise ValueError(f"{template!r:.200} has a brace that is none of {', '.join(f'{{{name}}}' for name in NAMES)}")
    return frozenset(match[1] for match in _PLACE.finditer(template))


def fill(template: str, **values: int) -> str:
    """The address with these numbers in their places, with leading zeros where the template asks for them.

    >>> fill("http://a.example/{year}/{month:02}", year=2024, month=3)
    'http://a.example/2024/03'
    """
    return _PLACE.sub(lambda place: f"{values[place[1]]:0{place[2] or 1}d}", template)
