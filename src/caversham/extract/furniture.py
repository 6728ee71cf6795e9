"""What stands among the paragraphs of an article and is no part of it: lines of links, labels, imprints.

The words, of many languages, are in `furniture.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from itertools import dropwhile, islice

from lxml.html import HtmlElement

from caversham.extract.layout import exceeds
from caversham.text import squeeze

_LINK_LIMIT = 250  # code points; a longer link is a paragraph that somebody made clickable
_LINKS_READ = 3_000  # of a page
# From this length a link that is a whole line is the headline of another item; a shorter one may be a name in a list.
_HEADLINE_WORDS, _HEADLINE_LENGTH, _HEADLINE_SIGNS = 5, 25, 8  # words; code points; Han, kana and hangul
# Scripts in which a character says as much as three Latin letters.
DENSE = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_ROW_WORDS, _ROW_LINKS = 8, 3  # words of one link in a row; links that are a menu and no sentence
_TEASERS = 3  # headlines with excerpts that are a list and no accident
_SHARE_KEPT = 0.25  # of the text; a page that would lose more is made of links, and they are what it says

# "Read also: ", "[Related: ", "Читайте также: ", "延伸阅读：" before a link; dates, numbers and brackets beside one.
_LABEL = re.compile(r"[\[(【（]?\s?[^\W\d_][^:：]{0,30}[:：]\s*")
_BESIDE = "[]()【】（）〔〕-–—→»›«‹>|·•*+.,:/ \t0123456789"
_BRACKETS = "[]()【】（）〔〕-–—→»›«‹>|·• "
_BETWEEN = re.compile(r"\s*[|·•»›>/、,，،;【】\[\]]\s*")
_ADDRESS = re.compile(r"://|www\.|@|\.(?:com|org|net)\b", re.IGNORECASE)
_IMPRINT_LIMIT = 200  # code points


@cache
def _words(kind: str) -> frozenset[str]:
    """Give the words of one kind, as `casefold` writes them."""
    return frozenset(word.casefold() for word in _load()[kind])


@cache
def _load() -> dict[str, list[str]]:
    return tomllib.loads((files(__package__) / "furniture.toml").read_text(encoding="utf-8"))


@cache
def _imprint() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_words("imprints")))) + r"|\(c\) ?\d{4}")


@cache
def _editor() -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(_words("editors"))))
    return re.compile(rf"[\[(【（]?\s?(?:{names})\s?[:：][^。！？]{{0,40}}")


def link_texts(tree: HtmlElement) -> frozenset[str]:
    """Collect the texts of a page's links, as `iter_lines` would give them; links that hold a text are none."""
    links = islice(tree.iter("a"), _LINKS_READ)
    texts = {_link_text(link) for link in links}
    return frozenset(map(squeeze, texts)) - {""}


def _link_text(link: HtmlElement) -> str:
    if not len(link):
        return link.text or ""
    return "" if exceeds(link, 2 * _LINK_LIMIT) else "".join(link.itertext())


def without_furniture(lines: list[str], links: Collection[str]) -> list[str]:
    """Leave out lines that are only links to other items, and at both ends labels and imprints as well.

    All lines stay where what is left would be less than a quarter of the text.
    """
    inner = list(lines)
    while inner and _is_furniture(inner[-1], links):
        inner.pop()
    is_linked = [_is_headline(line) and _is_linked(line, links) for line in inner]
    end = _teasers_start(inner, is_linked)
    inner = [line for line, linked in zip(inner[:end], is_linked, strict=False) if not linked]
    while inner and _is_furniture(inner[-1], links):
        inner.pop()
    inner = list(dropwhile(lambda line: _is_furniture(line, links) or not any(map(str.isalpha, line)), inner))
    return inner if _size(inner) >= _SHARE_KEPT * _size(lines) else lines


def _teasers_start(lines: list[str], is_linked: list[bool]) -> int:
    """Find where a list of other items begins that ends the page: headlines with one excerpt at most under each."""
    start, count = len(lines), 0
    for head in (place for place in reversed(range(len(lines))) if is_linked[place]):
        excerpt = lines[head + 1 : start]
        if len(excerpt) > 1 or _size(excerpt) > _LINK_LIMIT:
            break
        start, count = head, count + 1
    return start if count >= _TEASERS else len(lines)


def _size(lines: list[str]) -> int:
    return sum(map(len, lines))


def _is_headline(line: str) -> bool:
    """Tell whether a line is long enough for a headline, and not an address that is printed for its own sake."""
    words = line.split()
    is_long = len(words) >= _HEADLINE_WORDS or (not line.isascii() and len(line) >= _HEADLINE_LENGTH)
    return (is_long or len(DENSE.findall(line)) >= _HEADLINE_SIGNS) and not (len(words) == 1 and line.isascii())


def _is_furniture(line: str, links: Collection[str]) -> bool:
    bare = line.strip(_BESIDE)
    if not bare:
        return not any(map(str.isalnum, line))
    if bare.casefold() in _words("labels") or _editor().fullmatch(line):
        return True
    if bare in links:
        return not _ADDRESS.search(bare)
    return _is_linked(line, links) or (len(line) <= _IMPRINT_LIMIT and _imprint().search(line.casefold()) is not None)


def _is_linked(line: str, links: Collection[str]) -> bool:
    """Tell whether a line is one link with at most a label and a date, or a row of links."""
    if len(line) > _LINK_LIMIT:
        return False
    label = _LABEL.match(line)
    starts = {line, line[label.end() :]} if label else {line}
    if any(_is_headline(text) and text in links for start in starts for text in _undated(start)):
        return True
    return _is_labelled(line, links) or _is_list(line, links) or _is_row(line.split(), links)


def _is_labelled(line: str, links: Collection[str]) -> bool:
    """Tell whether a line is a word of furniture and a link: "Print This page"."""
    label, _, rest = line.partition(" ")
    return label.strip(_BESIDE).casefold() in _words("labels") and rest in links


def _is_list(line: str, links: Collection[str]) -> bool:
    """Tell whether a line is links with bars or commas between them, after a word that says what they are."""
    first, *others = [part for part in _BETWEEN.split(line) if part] or [""]
    is_first = first in links or (len(others) > 1 and first.partition(" ")[2] in links)
    return bool(others) and is_first and all(part in links for part in others)


def _undated(line: str) -> Iterator[str]:
    """Give a line, and what is left of it without the words at its ends that have no letters."""
    yield line
    yield line.strip(_BRACKETS)
    words = line.split()
    while words and not any(map(str.isalpha, words[-1])):
        words.pop()
        yield " ".join(words)
    while words and not any(map(str.isalpha, words[0])):
        words.pop(0)
        yield " ".join(words)


def _is_row(words: list[str], links: Collection[str]) -> bool:
    """Tell whether words are the texts of at least three links one after another."""
    count = 0
    while words:
        ends = range(min(len(words), _ROW_WORDS), 0, -1)
        end = next((end for end in ends if " ".join(words[:end]) in links), 0)
        if end == 0:
            return False
        words = words[end:]
        count += 1
    return count >= _ROW_LINKS
