"""Text of an element: one line a paragraph, nothing added, nothing of scripts."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from caversham.text import squeeze

# Elements that begin and end a line: HTML Living Standard, section 15.3.3 (flow content), with the names that
# trafilatura gives them (head, item, quote, row, lb; https://trafilatura.readthedocs.io).
_BLOCK_NAMES = """
    address article aside blockquote body br center dd details dialog dir div dl dt fieldset footer form h1 h2 h3 h4 h5
    h6 header hgroup hr html legend li listing main menu nav ol p plaintext pre search section summary table tbody tfoot
    thead tr ul head item lb list quote row
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset(("td", "th", "cell"))
_SILENT_NAMES = """
    audio button canvas datalist embed figcaption iframe input link math meta noembed noframes noscript object rp rt
    script select style svg template textarea title video
"""
_SILENT = frozenset(_SILENT_NAMES.split())


def block_text(root: etree._Element) -> str:
    """Give the paragraphs of an element, separated by one newline; white space inside them is one space each.

    Captions of figures are left out: they are fields of their own. So are readings printed above characters.
    """
    return "\n".join(iter_lines(root))


def iter_lines(root: etree._Element) -> Iterator[str]:
    """Yield the paragraphs of an element, none of them empty, reading no further than is asked for."""
    parts: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        is_start = event == "start"
        if is_start and element.tag in _SILENT and element is not root:
            walker.skip_subtree()
            continue
        if parts and _breaks(element, root):
            line = squeeze("".join(parts))
            parts.clear()
            if line:
                yield line
        if is_start and element.tag in _CELLS:
            parts.append(" ")
        text = element.text if is_start else element.tail if element is not root else None
        if text:
            parts.append(text)
    line = squeeze("".join(parts))
    if line:
        yield line


def _breaks(element: etree._Element, root: etree._Element) -> bool:
    return element.tag in _BLOCKS or (element.tag == "code" and element.getparent() is root)
