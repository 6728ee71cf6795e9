"""Title, section, byline, images and address, as the page gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import XPath
from lxml.html import HtmlElement

from caversham.extract.metadata import Metadata, strings_of
from caversham.text import squeeze
from caversham.types import Image, Outlet
from caversham.urls import resolve

TITLE_LIMIT = 1_000  # code points; a longer "title" is the page
IMAGE_LIMIT = 50

# "Title | Site", "Title - Site", "题目_频道_网站", "题目-新华网": the last part may be the site's.
_SEPARATOR = re.compile(r"\s*[|_]\s*|\s+[-–—:·»«•]+\s+|\s*[-–—](?=[^\W\da-zA-Z])")
_OUTSIDE = "ancestor::aside or ancestor::nav or ancestor::footer or ancestor::header[not(ancestor::article)]"
_FIGURES = XPath(f".//figure[not({_OUTSIDE})]")
_BYLINE = XPath('.//*[@rel="author" or @itemprop="author"]')
_CRUMBS = XPath('(.//*[contains(@class, "breadcrumb") or contains(@id, "breadcrumb")])[1]//a')
_STRINGS = XPath(".//text()[not(parent::script or parent::style)]")  # what a reader sees
_BYLINE_LIMIT = 200  # code points


def find_title(tree: HtmlElement, metadata: Metadata, outlet: Outlet) -> str:
    """Find the headline: the heading that the page's own titles repeat, else these, without the site's name."""
    site = {outlet.name, *outlet.names.values(), *outlet.agency_credits, metadata.first("og:site_name")} - {""}
    told = [without_site(title, site) for title in told_titles(tree, metadata)]
    headings = [heading for heading in map(_text, tree.iter("h1")) if 0 < len(heading) <= TITLE_LIMIT]
    for heading in headings:
        if any(_are_alike(heading, title) for title in told):
            return heading
    has_told = metadata.of_article("headline") or metadata.first("og:title")
    if len(headings) == 1 and not has_told and headings[0] not in site:
        return headings[0]
    return next(iter([*told, *headings]), "")[:TITLE_LIMIT]


def told_titles(tree: HtmlElement, metadata: Metadata) -> list[str]:
    """Give the titles that the page tells machines, best first, with the site's name where it stands in them."""
    documents = [squeeze(element.text or "") for element in tree.iter("title")][:1]
    told = [metadata.of_article("headline"), metadata.first("og:title", "twitter:title"), *documents]
    return [title for title in told if title]


def _are_alike(heading: str, title: str) -> bool:
    """Tell whether one is a part of the other, and more than half of it."""
    short, long = sorted((heading, title), key=len)
    return short in long and 2 * len(short) > len(long)


def title_parts(title: str) -> list[str]:
    """Give what stands between the separators of a title.

    >>> title_parts("Rice planting begins | News | Example")
    ['Rice planting begins', 'News', 'Example']
    """
    return _SEPARATOR.split(title)


def without_site(title: str, names: Iterable[str]) -> str:
    """Take the site's name off either end of a title, and the sections between them.

    A last part that is not known as the site's name is taken for it where a bar or underline stands before it.

    >>> without_site("Rice planting begins - News - Example", ["Example"])
    'Rice planting begins'
    """
    cuts = list(_SEPARATOR.finditer(title))
    if not cuts or not title[: cuts[0].start()].strip():
        return title
    known = {name.casefold() for name in names}
    if title[: cuts[0].start()].casefold() in known:
        return title[cuts[0].end() :].strip()
    last = title[cuts[-1].end() :].casefold()
    if last in known or (cuts[-1][0].strip() in {"|", "_"} and cuts[-1].start() >= len(last)):
        return _before_sections(title, cuts)
    return title


def _before_sections(title: str, cuts: list[re.Match[str]]) -> str:
    """Cut off what the same separator sets off at the end, as long as the longer part stays: "题目_频道_网站"."""
    cut = cuts[-1]
    for earlier in reversed(cuts[:-1]):
        section = title[earlier.end() : cut.start()]
        if earlier[0].strip() != cut[0].strip() or earlier.start() <= len(section):
            break
        cut = earlier
    return title[: cut.start()].strip()


def find_section(tree: HtmlElement, metadata: Metadata, title: str) -> str:
    """Find the section that the article stands in: as told, else the last breadcrumb that is not the title."""
    told = metadata.first("article:section", "og:article:section", "section") or metadata.of_article("articleSection")
    if told:
        return told[:_BYLINE_LIMIT]
    crumbs = metadata.crumbs or tuple(_text(link) for link in _CRUMBS(tree))
    above = [crumb for crumb in crumbs[1:] if crumb and crumb != title]
    return above[-1][:_BYLINE_LIMIT] if above else ""


def find_byline(tree: HtmlElement, metadata: Metadata) -> str:
    """Find the authors as named, separated by commas."""
    names = strings_of(metadata.article.get("author")) or [metadata.first("author", "article:author", "dc.creator")]
    if not names[0]:
        names = [_text(element) for element in _BYLINE(tree)[:3]]
    told = dict.fromkeys(name for name in names if _is_name(name))
    return ", ".join(told)[:_BYLINE_LIMIT]


def _is_name(text: str) -> bool:
    """Tell a byline from the address of a profile and the number of an editor."""
    return not text.startswith(("http:", "https:")) and any(letter.isalpha() for letter in text)


def find_canonical(tree: HtmlElement, base: str) -> str | None:
    """Find the address that the page calls its own, absolute; None: it names none."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return resolve(base, link.get("href") or "")
    return None


def find_images(tree: HtmlElement, metadata: Metadata, base: str) -> tuple[Image, ...]:
    """Find the picture that stands for the page, then those of its figures, with captions; each address once."""
    pairs = [(figure, _caption(figure)) for figure in _FIGURES(tree)[:IMAGE_LIMIT]]
    shown = [(source, caption) for figure, caption in pairs for source in _sources(figure)]
    return collect_images([(metadata.first("og:image", "twitter:image"), ""), *shown], base)


def collect_images(pairs: Iterable[tuple[str, str]], base: str) -> tuple[Image, ...]:
    """Make addresses absolute, each once, with a caption where any of its places has one."""
    found: dict[str, str] = {}
    for source, caption in pairs:
        url = resolve(base, source) if source else None
        if url is not None and (len(found) < IMAGE_LIMIT or url in found):
            found[url] = found.get(url) or caption
    return tuple(Image(url=url, caption=caption) for url, caption in found.items())


def source_of(attributes: Iterable[tuple[str, str | None]]) -> str:
    """Give the address of an `img`: lazy pages keep it beside `src`, which then holds a placeholder."""
    told = {name: value for name, value in attributes if value}
    lazy = (told.get(name, "") for name in ("data-src", "data-original", "data-lazy-src"))
    return next(filter(None, lazy), told.get("src", ""))


def language_hint(tree: HtmlElement, metadata: Metadata) -> str:
    """Give the primary subtag of the language that the page claims, lower case; "" if it claims none."""
    told = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    told = told or metadata.first("content-language", "og:locale") or metadata.of_article("inLanguage")
    return primary_subtag(told)


def primary_subtag(tag: str) -> str:
    """Give the primary subtag of BCP 47, "" for what is not a tag.

    >>> primary_subtag("zh-Hans-CN"), primary_subtag("EN_us"), primary_subtag("English")
    ('zh', 'en', '')
    """
    subtag = re.split(r"[-_,;\s]", tag.strip(), maxsplit=1)[0].lower()
    return subtag if re.fullmatch("[a-z]{2,3}", subtag) else ""


def _sources(figure: HtmlElement) -> Iterator[str]:
    for image in figure.iter("img"):
        yield source_of(image.attrib.items())


def _caption(figure: HtmlElement) -> str:
    return next((text for text in map(_text, figure.iter("figcaption")) if text), "")


def _text(element: HtmlElement) -> str:
    return squeeze("".join(_STRINGS(element)))
