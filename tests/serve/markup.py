"""What our pages may consist of, and nothing else: the check that no text of an outlet became markup."""

from __future__ import annotations

import re
from importlib.resources import files

from selectolax.lexbor import LexborHTMLParser

_TAG = re.compile(r"<([a-z0-9]+)")
_BUILT = {"-text", "_comment", "-comment", "-doctype", "!doctype", "tbody"}  # the parser's own names

TEMPLATES = [
    path.read_text() for path in (files("caversham.serve") / "templates").iterdir() if path.name.endswith(".html")
]
TAGS = {tag for text in TEMPLATES for tag in _TAG.findall(text)} | _BUILT
ATTRIBUTES = {
    "action", "aria-hidden", "aria-label", "charset", "class", "colspan", "content", "datetime", "dir", "height", "href",
    "lang", "maxlength", "name", "placeholder", "preserveaspectratio", "preserveAspectRatio", "rel", "reversed", "role",
    "title", "type", "value", "viewbox", "viewBox", "width", "x", "y",
}  # fmt: skip
LINKS = ("/", "http://", "https://")


def active_parts(html: str) -> list[str]:
    """Every element, attribute and address of a page that our templates did not write."""
    found = []
    for node in LexborHTMLParser(html).css("*"):
        if node.tag not in TAGS:
            found.append(f"<{node.tag}>")
        for name, value in node.attributes.items():
            if name not in ATTRIBUTES:
                found.append(f"{node.tag} {name}={value}")
            if name in ("href", "action") and not (value or "").startswith(LINKS):
                found.append(f"{node.tag} {name}={value}")
    return found
