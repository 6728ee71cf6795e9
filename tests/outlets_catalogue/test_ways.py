"""Sources of the past in an outlet's file: templates with places, and the numbers that count through them."""

from __future__ import annotations

import pytest

from caversham.errors import SettingsError
from caversham.outlets.schema import parse_outlet
from caversham.types import Source

ARCHIVE = 'kind = "archive"\nselectors = { link = "a" }\n'
NUMBERED = 'kind = "numbered"\n'


def parse(source: str) -> Source:
    """The one source of an outlet."""
    return parse_outlet(f'name = "A"\n[[sources]]\n{source}'.encode(), id="a", where="a.toml").sources[0]


def test_an_archive_and_numbered_addresses_have_places_and_counters() -> None:
    """Absent counters have their usual values."""
    archive = parse(f'{ARCHIVE}url = "http://a.example/{{year}}/{{month:02}}?p={{page}}"\nfirst = 0')
    numbered = parse(f'{NUMBERED}url = "http://a.example/{{number}}"\nfirst = 70000\nstep = 2\nmisses = 5')

    assert (archive.kind, archive.first, archive.step, archive.misses) == ("archive", 0, 1, 20)
    assert (numbered.kind, numbered.first, numbered.step, numbered.misses) == ("numbered", 70000, 2, 5)


WRONG = [
    (f'{ARCHIVE}url = "http://a.example/"', r"sources\[1\].url: of kind 'archive' may have \{day\}"),
    (f'{ARCHIVE}url = "http://a.example/{{number}}"', r"sources\[1\].url: of kind 'archive' may have \{day\}"),
    (f'{ARCHIVE}url = "http://a.example/{{hour}}"', "has a brace that is none of"),
    (f'{ARCHIVE}url = "http://a.example/{{month}}"', "a month without its year"),
    (f'{ARCHIVE}url = "http://a.example/{{year}}/{{day}}"', "a day without its month"),
    (f'{ARCHIVE}url = "http://{{year}}.example/"', "must be an http or https address"),
    (f'{NUMBERED}url = "http://a.example/{{page}}"', r"of kind 'numbered' may have \{number\}"),
    (f'{NUMBERED}url = "http://a.example/{{number}}"\nfirst = -1', "must be a whole number from 0"),
    (f'{NUMBERED}url = "http://a.example/{{number}}"\nstep = 0', "must be a whole number from 1"),
    (f'{NUMBERED}url = "http://a.example/{{number}}"\nmisses = true', "must be a whole number from 1"),
    (f'{NUMBERED}url = "http://a.example/{{number}}"\nselectors = {{ link = "a" }}', "no other source has selectors"),
    ('kind = "archive"\nurl = "http://a.example/{page}"', "needs the selector 'link'"),
    ('kind = "feed"\nurl = "http://a.example/{page}"', "of kind 'feed' may have no places in braces"),
    ('kind = "feed"\nurl = "http://a.example/"\nfirst = 2', r"sources\[1\].first: only counts pages"),
]


@pytest.mark.parametrize(("source", "told"), WRONG)
def test_a_source_of_the_past_that_cannot_be_walked_is_refused(source: str, told: str) -> None:
    """With file, key and remedy, before anything is asked."""
    with pytest.raises(SettingsError, match=told):
        parse(source)
