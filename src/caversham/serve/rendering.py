"""Documents as HTML: the templates, and the words and filters that they use. Everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

Json = dict[str, Any]

PASSAGE = 300  # code points of a text that may not be shown in full, at most

STATES = {
    "live": "at its address",
    "missing": "not at its address at the last look",
    "gone": "no longer at its address",
    "moved": "moved to another address",
    "replaced": "another text stands at its address",
    "restricted": "the site refuses to show it to us",
    "unknown": "the site does not answer",
}
TIME_BASES = {
    "observed": "This station looked at the address itself. The time is that of its own clock.",
    "imported": (
        "The time is what the imported row or file says of itself. The record proves only when it was imported, "
        "not that the page stood there at that time."
    ),
    "assumed": (
        "The imported row or file names no time, so the instant of the import stands in. The record proves only "
        "when it was imported."
    ),
    "third_party_archive": (
        "The time is what the archive file of another tool says. This station did not look itself; it proves only "
        "when it took that file in."
    ),
}
BASIS_NAMES = {
    "observed": "observed", "imported": "imported", "assumed": "assumed", "third_party_archive": "from another archive"
}  # fmt: skip
_MONTH_OF_FILE = re.compile(r"/(\d{4})/(\d{2})/")


def render(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status_code=status)


def when(value: str | None) -> str:
    """A date as the documents have it, for people: as precise as it was printed.

    >>> when("2026-03-02T09:00:00Z"), when("2026-03"), when(None)
    ('2026-03-02 09:00 UTC', '2026-03', 'unknown')
    """
    if not value:
        return "unknown"
    return f"{value[:10]} {value[11:16]} UTC" if "T" in value else value


def exactly(value: str | None) -> str:
    """An instant to the second, as proofs need it."""
    return value.replace("T", " ").replace("Z", " UTC") if value else "unknown"


def pieces(text: str, spans: Sequence[Json]) -> Iterator[tuple[str, bool]]:
    """The text cut at its spans, which count code points; True: it matched.

    >>> list(pieces("a bc d", [{"start": 2, "end": 4}]))
    [('a ', False), ('bc', True), (' d', False)]
    """
    at = 0
    for span in spans:
        yield text[at : span["start"]], False
        yield text[span["start"] : span["end"]], True
        at = span["end"]
    yield text[at:], False


def passage(text: str) -> str:
    """The beginning of a text that may not be shown in full: at most PASSAGE code points, at most half of it.

    >>> passage("one two three four")
    'one two …'
    """
    length = min(PASSAGE, len(text) // 2)
    cut = text[:length].rsplit(maxsplit=1)[0] if " " in text[:length] else text[:length]
    return f"{cut} …" if cut else ""


def is_web(url: str) -> bool:
    """Whether an address may become a link: other schemes than http and https can carry scripts."""
    return url.lower().startswith(("http://", "https://"))


def written_in(file: str) -> str:
    """The month in which a record was written, from the name of its file.

    >>> written_in("main/2026/03/000000000000.warc.gz")
    '2026-03'
    """
    match = _MONTH_OF_FILE.search(file)
    return f"{match[1]}-{match[2]}" if match else "an unknown month"


def size(count: int) -> str:
    """Bytes for people.

    >>> size(999), size(1_500_000)
    ('999 B', '1.5 MB')
    """
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:,.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:,.1f} {unit}"


def number(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """A count of things.

    >>> counted(1, "look"), counted(1200, "look")
    ('1 look', '1,200 looks')
    """
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def percent(share: float) -> str:
    """A share for people.

    >>> percent(0.034), percent(0.00004)
    ('3.4 %', '< 0.01 %')
    """
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{share:.2%}".replace("%", " %") if share < 0.01 else f"{share:.1%}".replace("%", " %")


def _make_templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("caversham.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (when, exactly, pieces, passage, written_in, size, number, counted, percent)
    templates.filters |= {each.__name__: each for each in filters}
    templates.tests["web"] = is_web
    templates.globals |= {"STATES": STATES, "TIME_BASES": TIME_BASES, "BASIS_NAMES": BASIS_NAMES}
    return templates


_TEMPLATES = _make_templates()
