"""Answers for people: tables and colour on the terminal, from the same documents that programs get."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import indent
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text

from caversham.types import Skip

Json = dict[str, Any]

_LISTED_COUNT = 8  # words of a cell; an outlet may speak fifty languages
# What a terminal obeys (ECMA-48: C0 with ESC, DEL, C1 with CSI), but for ends of lines and tabs.
_OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def make_console(*, stderr: bool = False) -> Console:
    """A console on which no text of others moves the cursor, sets the title or asks the terminal for anything."""
    console = Console(stderr=stderr, soft_wrap=True)
    console.push_render_hook(_Neutral())
    return console


class _Neutral(RenderHook):
    """Lets everything through as `_Neutralised`."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Called by the console for all that it prints."""
        return [_Neutralised(renderable) for renderable in renderables]


class _Neutralised:
    """Something to print, whose text the terminal does not obey; what the console itself asks of it, it does."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._renderable, options):
            yield segment if segment.control else Segment(_OBEYED.sub("\ufffd", segment.text), segment.style)


def show_fields(out: Console, document: Json) -> None:
    """Every field that has a value; what is longer than a line stands below its name."""
    for name, value in document.items():
        text = _plain(value)
        if text:
            is_long = "\n" in text
            value_shown = Text(indent(text, "  ") if is_long else text)
            out.print(Text(f"{name}:", style="bold"), value_shown, sep="\n" if is_long else " ")


def show_tally(out: Console, document: Json) -> None:
    """Counts by outcome, then losses by reason, of a round of collecting."""
    _show_counts(out, document, nothing="nothing was due")


def show_backfilled(out: Console, document: Json) -> None:
    """How far each way was gone, then counts."""
    rows = [
        (
            walk["from"],
            f"{walk['requests']:,}",
            f"{walk['held']:,}",
            f"{walk['remaining']:,}",
            "complete" if walk["complete"] else "goes on with the same command",
            walk["source"],
        )
        for walk in document["walks"]
    ]
    _show_table(out, ("from", "requests", "held", "remaining", "", "source"), rows)
    _show_counts(out, document, nothing="nothing new was found")


def show_imported(out: Console, document: Json) -> None:
    """The same of an import."""
    _show_counts(out, document, nothing="nothing to take in was found there")


def show_rebuilt(out: Console, document: Json) -> None:
    """The same of a rebuild."""
    _show_counts(out, document, nothing="the archive is empty")


def _show_counts(out: Console, document: Json, *, nothing: str) -> None:
    for name, count in document["outcomes"].items():
        out.print(f"{count:>9,}  {escape(name)}")
    for reason, count in document["skips"].items():
        out.print(f"{count:>9,}  [yellow]skipped: {escape(reason)}")
    if not document["outcomes"]:
        out.print(nothing)


def show_losses(err: Console, losses: Sequence[Skip], *, of: int) -> None:
    """What was skipped and why, one line each; how many more there are."""
    for loss in losses:
        err.print(Text(f"skipped {loss.subject}: {loss.reason}: {loss.detail}", style="yellow"))
    if of > len(losses):
        err.print(f"and {of - len(losses):,} more")


def show_outlets(out: Console, document: Json) -> None:
    """One line an outlet."""
    rows = [
        (
            row["id"],
            row["name"],
            row["country"] or "?",
            row["role"],
            _some(row["languages"]),
            str(row["sources"]),
            row["checked"].partition(";")[0].partition(":")[0],
            "yes" if row["followed"] else "",
        )
        for row in document["outlets"]
    ]
    _show_table(out, ("id", "name", "country", "role", "languages", "sources", "checked", "followed"), rows)


def _some(words: Sequence[str]) -> str:
    """The first of the words, and how many more there are."""
    more = len(words) - _LISTED_COUNT
    return " ".join((*words[:_LISTED_COUNT], f"+{more}")) if more > 0 else " ".join(words)


def show_problems(out: Console, document: Json) -> None:
    """Problems, or that there are none; what the sources of an outlet showed."""
    for problem in document["problems"]:
        out.print(escape(problem))
    if not document["problems"]:
        out.print("no problems")
    for source in document.get("sources", []):
        _show_source(out, source)
    if document.get("sources") == []:
        out.print(f"{escape(document['outlet'])} has no sources to try")


def _show_source(out: Console, source: Json) -> None:
    is_good = source["error"] is None
    mark = "[green]ok  " if is_good else "[red]FAIL"
    told = f"{source['links']:,} links" if is_good else source["error"]
    out.print(f"{mark}[/] {escape(source['kind'])} {escape(source['url'])}: {escape(told)}")
    if source["newest"]:
        newest = source["newest"]
        out.print(Text(f"     newest: {newest['published'] or 'undated'}  {newest['title'] or newest['url']}"))


def show_found(out: Console, document: Json) -> None:
    """Hits with their snippets, then the counts."""
    for hit in document["hits"]:
        head = f"{hit['published_at'] or 'undated'}  {hit['outlet']}  {hit['language']}  {hit['state']}"
        out.print(Text(hit["title"] or "(no title)", style="bold"), Text(head, style="cyan"), sep="\n")
        out.print(_marked(hit["snippet"], hit["spans"]), Text(hit["url"], style="dim"), "", sep="\n")
    undated = f", {document['undated']} of them undated" if document["undated"] else ""
    out.print(f"{document['total']} article{'' if document['total'] == 1 else 's'}{undated}")
    for name, values in document["facets"].items():
        if values:
            top = ", ".join(f"{value or '?'} {count}" for value, count in list(values.items())[:8])
            out.print(Text(f"{name}: {top}"))
    if document["next"]:
        out.print(Text(f"more: --cursor {document['next']}", style="dim"))


def show_article(out: Console, document: Json) -> None:
    """Versions with their times, then every look."""
    out.print(Text(document["url"], style="bold"))
    held = f"held since {document['first_held_at']}" if document["first_held_at"] else "no text of it was ever held"
    out.print(f"{document['outlet']} · {document['state']} · {held}")
    for version in document["versions"]:
        out.print(
            Text(
                f"\nversion {version['number']}  {version['captured_at']} to {version['last_seen_at']}  "
                f"{version['looks']} looks  {version['language']}  published {version['published_at'] or 'unknown'}",
                style="cyan",
            )
        )
        out.print(Text(version["title"], style="bold"))
        out.print(Text(version["text"] or "(text withheld)"))
        out.print(Text(f"cite: {version['version']}", style="dim"))
    rows = [
        (look["captured_at"], str(look["status"] or ""), look["time_basis"], look["kind"], look["id"])
        for look in document["captures"]
    ]
    out.print()
    _show_table(out, ("captured", "status", "basis", "kind", "record"), rows)


def show_status(out: Console, document: Json) -> None:
    """Counts, outlets, losses and gaps."""
    for name in ("articles", "versions", "captures", "sightings", "bytes"):
        out.print(f"{document[name]:>14,}  {name}")
    if document["budget_bytes"] and document["bytes"] > document["budget_bytes"]:
        out.print(f"[red]the archive is larger than its budget of {document['budget_bytes']:,} bytes")
    for reason, count in document["skips"].items():
        out.print(f"{count:>14,}  [yellow]skipped: {escape(reason)}")
    rows = [
        (
            row["outlet"] or "(none)",
            f"{row['articles']:,}",
            f"{row['versions']:,}",
            f"{row['bytes']:,}",
            row["last_answer_at"] or "never",
            str(row["failures"]),
            str(row["overdue"]),
        )
        for row in document["outlets"]
    ]
    _show_table(out, ("outlet", "articles", "versions", "bytes", "last answer", "failures", "overdue"), rows)
    for gap in document["gaps"]:
        out.print(Text(f"no look at {gap['outlet']} from {gap['since']} to {gap['until']}", style="yellow"))


def show_verified(out: Console, document: Json) -> None:
    """Problems, then the verdict."""
    for problem in document["problems"]:
        place = f"{problem['file']} leaf {problem['leaf']}"
        out.print(Text(f"{problem['kind']}: {place}: {problem['detail']}", style="red"))
    for log in document["logs"]:
        out.print(Text(f"log {log['writer']}: {log['size']:,} leaves, root {log['root']}", style="dim"))
    out.print(f"{document['records']:,} records, {document['withdrawn']:,} withdrawn: {document['verdict']}")


def show_checks(out: Console, document: Json) -> None:
    """One line a check."""
    for check in document["checks"]:
        mark = "[green]ok  " if check["ok"] else "[red]FAIL"
        out.print(f"{mark}[/] {escape(check['check'])}: {escape(check['detail'])}")


def _marked(snippet: str, spans: list[Json]) -> Text:
    text = Text(snippet)
    for span in spans:
        text.stylize("bold yellow", span["start"], span["end"])
    return text


def _show_table(out: Console, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side, however wide: whoever copies an id or pipes it on needs all of it."""
    widths = [max(map(cell_len, column)) for column in zip(names, *rows, strict=True)]
    for line in (names, *rows):
        cells = "  ".join(set_cell_size(cell, width) for cell, width in zip(line, widths, strict=True))
        out.print(Text(cells.rstrip(), style="bold" if line is names else ""))


def _plain(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_plain(one)}" for name, one in value.items() if one not in (None, "", [], {}))
    if isinstance(value, list):
        return "\n".join(_plain(one) for one in value)
    return str(value)
