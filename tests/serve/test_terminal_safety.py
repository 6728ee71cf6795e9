"""Text of others is shown on a terminal and written to pipes; it never gives orders there."""

from __future__ import annotations

import json
from io import BytesIO, TextIOWrapper

import pytest

from caversham.serve import documents, terminal

ORDERS = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7fnews"


@pytest.mark.parametrize("is_error", [False, True])
def test_a_title_does_not_command_the_terminal(is_error: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    """Escape sequences become replacement characters, whatever is printed and where."""
    console = terminal.make_console(stderr=is_error)

    terminal.show_fields(console, {"title": ORDERS, "text": f"a\n{ORDERS}"})
    terminal.show_problems(console, {"problems": [ORDERS]})
    console.print(f"error: {ORDERS}", markup=False)

    shown = "".join(capsys.readouterr())
    assert [code for code in shown if code != "\n" and not code.isprintable()] == []
    assert shown.count("news") == 4


def test_the_colours_of_the_console_itself_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only text is made harmless."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    terminal.make_console().print("[red]fire")

    assert capsys.readouterr().out == "\x1b[31mfire\x1b[0m\n"


def test_a_document_can_be_written_whatever_it_holds() -> None:
    """Half a surrogate pair has no UTF-8, and a terminal obeys C1 within JSON too; the value stays the same."""
    document = {"id": "\ud800", "title": ORDERS}
    pipe = TextIOWrapper(BytesIO(), encoding="utf-8")

    text = documents.to_json(document)
    pipe.write(text)

    assert json.loads(text) == document
    assert [code for code in text if not code.isprintable()] == []
