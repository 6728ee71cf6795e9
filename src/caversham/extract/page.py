"""A page as Content: what the outlet's rule selects, and what the page itself gives for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lxml.html import HtmlElement

from caversham.errors import ExtractError
from caversham.extract import fields, generic
from caversham.extract.datelines import Dateline, find_dateline
from caversham.extract.dates import Calendar, find_published, find_updated
from caversham.extract.metadata import Metadata, read_metadata
from caversham.extract.rules import Selected, apply_rule, rule_name
from caversham.extract.titles import find_title
from caversham.extract.trees import parse_tree
from caversham.languages import all_months, get_language
from caversham.languages.detect import detect
from caversham.text import clean
from caversham.times import zone
from caversham.types import Content, Dated, Outlet, Precision, Rule

_SAMPLE = 500  # code points that a language is told by
_PRINTED_LEAST = 8  # code points of a printed date that is no number at the beginning of a sentence
_HEAD_LINES = 6  # title and date, printed twice at most, above a text
_NO_DATELINE = Dateline(dateline="", agency="", dated=None, body_start=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known about a text from outside it."""

    url: str
    outlet: Outlet
    seen_on: date  # the day of the capture: nothing later is believed
    is_observed: bool  # our own clock vouches for that day, so it may tell the year of a dateline

    def calendar(self, language: str, rule: Rule | None = None) -> Calendar:
        """Say how dates of this outlet in this language are read."""
        spoken = get_language(language)
        return Calendar(
            tz=zone(self.outlet.timezone),
            months=spoken.months or all_months(),
            latest=self.seen_on,
            day_first=spoken.is_day_first(self.outlet.country),
            date_format=rule.date_format if rule else None,
        )

    def dateline(self, text: str, calendar: Calendar, published: Dated | None) -> Dateline:
        """Find the dateline of a text, empty where there is none.

        A day printed without its year is the last one before publication; of an undated item, the last one
        before our own look, and unknown where only an import says when that was.
        """
        near = _last_day(published) if published else self.seen_on if self.is_observed else None
        outlet = self.outlet
        found = find_dateline(
            text,
            calendar.months,
            tz=calendar.tz,
            near=near,
            signed_by=(*outlet.agency_credits, outlet.name, *outlet.names.values()),
        )
        return found or _NO_DATELINE


def _last_day(dated: Dated) -> date:
    """Give the last day that a date may mean."""
    on = dated.on
    if dated.precision is Precision.YEAR:
        return on.replace(month=12, day=31)
    if dated.precision is Precision.MONTH:
        return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return on


def read_page(
    text: str, setting: Setting, *, rule: Rule | None, language: str = "", published: Dated | None = None
) -> Content:
    """Find the Content of a page. `language` and `published`, where given, win over what the page says.

    Raises:
        ExtractError: `no_article`, `too_large`, `too_deep`, `bad_rule` or `extractor_failed`.
    """
    tree = parse_tree(text, subject=setting.url)
    metadata = read_metadata(tree)
    selected, body, extractor = _read_body(text, tree, metadata, setting, rule)
    title = clean(selected.title or find_title(tree, metadata, setting.outlet))
    body = clean(without_headline(body, title))
    if not any(map(str.isalnum, body)):
        raise ExtractError(f"{setting.url}: no article was found in this page", subject=setting.url)
    language = language or detect(f"{title}\n{body[:_SAMPLE]}", fields.language_hint(tree, metadata))
    calendar = setting.calendar(language, rule)
    if published is None:
        published = find_published(tree, metadata, calendar, url=setting.url, title=title, printed=selected.date)
    body = body if selected.text else without_head(body, title, calendar, published)
    line = setting.dateline(body, calendar, published)
    images = fields.collect_images(selected.images, setting.url)
    return Content(
        title=title,
        text=body,
        language=language,
        section=clean(selected.section or fields.find_section(tree, metadata, title)),
        dateline=line.dateline,
        agency=line.agency,
        byline=clean(selected.byline or fields.find_byline(tree, metadata)),
        images=images or fields.find_images(tree, metadata, setting.url),
        dated=line.dated,
        published=published,
        updated=calendar.parse(selected.updated) or find_updated(tree, metadata, calendar),
        canonical=fields.find_canonical(tree, setting.url),
        extractor=extractor,
    )


def without_headline(body: str, title: str) -> str:
    """Take off the first line of the body where it only repeats the title."""
    first, _, rest = body.partition("\n")
    return rest if rest and _letters(first) == _letters(title) else body


def _letters(text: str) -> str:
    """Give what two prints of one headline have in common: headings set off in parts lose the marks between them."""
    return "".join(filter(str.isalnum, text)) or text


def without_head(body: str, title: str, calendar: Calendar, published: Dated | None) -> str:
    """Take off what the first lines repeat of the title and of the date of publication, and nothing else."""
    for _ in range(_HEAD_LINES):
        rest = without_headline(body, title)
        rest = without_date(rest, calendar, published) if published else rest
        if rest == body:
            break
        body = rest
    return body


def without_date(body: str, calendar: Calendar, published: Dated) -> str:
    """Take off the first line where it is only the date, or the date where it was printed right before the text."""
    first, _, under = body.partition("\n")
    if under and calendar.is_date_line(first, published):
        return under
    rest = body.removeprefix(published.printed).lstrip() if len(published.printed) >= _PRINTED_LEAST else body
    return rest or body


def _read_body(
    text: str, tree: HtmlElement, metadata: Metadata, setting: Setting, rule: Rule | None
) -> tuple[Selected, str, str]:
    """Give what the rule selects, the body, and what made it: "kcna@3", "generic@2" or "kcna@3/generic@1"."""
    selected = Selected() if rule is None else apply_rule(rule, text, subject=setting.url)
    if rule is not None and selected.text:
        return selected, selected.text, rule_name(setting.outlet, rule)
    body = generic.find_body(tree, told=metadata.body, subject=setting.url)
    name = generic.NAME if rule is None else f"{rule_name(setting.outlet, rule)}/{generic.NAME}"
    return selected, body, name
