"""Section, byline, images, address and language, as the page gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import XPath
from lxml.html import HtmlElement

from caversham.extract.metadata import Metadata, strings_of
from caversham.text import squeeze
from caversham.types import Image
from caversham.urls import resolve

IMAGE_LIMIT = 50

_OUTSIDE = "ancestor::aside or ancestor::nav or ancestor::footer or ancestor::header[not(ancestor::article)]"
_FIGURES = XPath(f".//figure[not({_OUTSIDE})]")
_BYLINE = XPath('.//*[@rel="author" or @itemprop="author"]')
_CRUMBS = XPath('(.//*[contains(@class, "breadcrumb") or contains(@id, "breadcrumb")])[1]//a')
_STRINGS = XPath(".//text()[not(parent::script or parent::style)]")  # what a reader sees
_BYLINE_LIMIT = 200  # code points


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
