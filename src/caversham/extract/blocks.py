"""Text of an element: one line a paragraph, nothing added, nothing of scripts."""

from __future__ import annotations

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
    audio button canvas datalist embed figcaption iframe input link math meta noembed noframes noscript object script
    select style svg template textarea title video
"""
_SILENT = frozenset(_SILENT_NAMES.split())


def block_text(root: etree._Element) -> str:
    """Give the paragraphs of an element, separated by one newline; white space inside them is one space each.

    Captions of figures are left out: they are fields of their own.
    """
    lines: list[str] = []
    parts: list[str] = []

    def end_line() -> None:
        line = squeeze("".join(parts))
        if line:
            lines.append(line)
        parts.clear()

    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element.tag in _SILENT:
                walker.skip_subtree()
                continue
            if _breaks(element, root):
                end_line()
            parts.append(" " if element.tag in _CELLS else "")
            parts.append(element.text or "")
        else:
            if _breaks(element, root):
                end_line()
            if element is not root:
                parts.append(element.tail or "")
    end_line()
    return "\n".join(lines)


def _breaks(element: etree._Element, root: etree._Element) -> bool:
    return element.tag in _BLOCKS or (element.tag == "code" and element.getparent() is root)
