"""Answers for people: tables and colour on the terminal, from the same documents that programs get."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

Json = dict[str, Any]


def show_fields(out: Console, document: Json) -> None:
    """Every field that has a value, one a line."""
    table = Table(show_header=False, box=None)
    for name, value in document.items():
        if value not in (None, "", [], {}):
            table.add_row(f"[bold]{escape(name)}", Text(_plain(value)))
    out.print(table)


def show_tally(out: Console, document: Json) -> None:
    """Counts by outcome, then losses by reason."""
    for name, count in document["outcomes"].items():
        out.print(f"{count:>9,}  {escape(name)}")
    for reason, count in document["skips"].items():
        out.print(f"{count:>9,}  [yellow]skipped: {escape(reason)}")
    if not document["outcomes"]:
        out.print("nothing was due")


def show_outlets(out: Console, document: Json) -> None:
    """One line an outlet."""
    table = Table(*("id", "name", "country", "role", "languages", "sources", "checked", "followed"), box=None)
    for row in document["outlets"]:
        table.add_row(
            escape(row["id"]),
            escape(row["name"]),
            row["country"] or "?",
            row["role"],
            " ".join(row["languages"]),
            str(row["sources"]),
            escape(row["checked"]),
            "yes" if row["followed"] else "",
        )
    out.print(table)


def show_problems(out: Console, document: Json) -> None:
    """Problems, or that there are none."""
    for problem in document["problems"]:
        out.print(escape(problem))
    if not document["problems"]:
        out.print("no problems")


def show_found(out: Console, document: Json) -> None:
    """Hits with their snippets, then the counts."""
    for hit in document["hits"]:
        head = f"{hit['published_at'] or 'undated'}  {hit['outlet']}  {hit['language']}  {hit['state']}"
        out.print(Text(hit["title"] or "(no title)", style="bold"), Text(head, style="cyan"), sep="\n")
        out.print(_marked(hit["snippet"], hit["spans"]), Text(hit["url"], style="dim"), "", sep="\n")
    undated = f", {document['undated']} of them undated" if document["undated"] else ""
    out.print(f"{document['total']} articles{undated}")
    for name, values in document["facets"].items():
        if values:
            top = ", ".join(f"{value or '?'} {count}" for value, count in list(values.items())[:8])
            out.print(Text(f"{name}: {top}"))
    if document["next"]:
        out.print(Text(f"more: --cursor {document['next']}", style="dim"))


def show_article(out: Console, document: Json) -> None:
    """Versions with their times, then every look."""
    out.print(Text(document["url"], style="bold"))
    out.print(f"{document['outlet']} · {document['state']} · held since {document['first_held_at']}")
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
    table = Table("captured", "status", "basis", "kind", "record", box=None)
    for look in document["captures"]:
        table.add_row(
            look["captured_at"], str(look["status"] or ""), look["time_basis"], look["kind"], look["id"][:16] + "…"
        )
    out.print("", table, sep="\n")


def show_status(out: Console, document: Json) -> None:
    """Counts, outlets, losses and gaps."""
    for name in ("articles", "versions", "captures", "sightings", "bytes"):
        out.print(f"{document[name]:>14,}  {name}")
    if document["budget_bytes"] and document["bytes"] > document["budget_bytes"]:
        out.print(f"[red]the archive is larger than its budget of {document['budget_bytes']:,} bytes")
    for reason, count in document["skips"].items():
        out.print(f"{count:>14,}  [yellow]skipped: {escape(reason)}")
    table = Table("outlet", "articles", "versions", "bytes", "last answer", "failures", "overdue", box=None)
    for row in document["outlets"]:
        table.add_row(
            escape(row["outlet"]),
            f"{row['articles']:,}",
            f"{row['versions']:,}",
            f"{row['bytes']:,}",
            row["last_answer_at"] or "never",
            str(row["failures"]),
            str(row["overdue"]),
        )
    out.print(table)
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


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "\n".join(_plain(one) for one in value)
    return str(value)
