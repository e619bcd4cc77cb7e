"""Colours as the terminal can show them, and the theme that suits its ground."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty

TRUE, SOME = rb"[34]8;2;", rb"[34]8;5;"
FEW = rb"\x1b\[(?:[0-9];)*(?:3[0-7]|4[0-7]|9[0-7])(?:;(?:4[0-7]|10[0-7]|[0-9]))*m"


@pytest.mark.parametrize(
    ("env", "spoken"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": ""}, SOME),
        ({"TERM": "xterm", "COLORTERM": ""}, FEW),
    ],
    ids=["256", "16"],
)
def test_only_colours_the_terminal_has_are_used(
    terminal: Start, env: dict[str, str], spoken: bytes
) -> None:
    term = terminal("demo", env=env)
    term.wait_for("simulated · built in")
    term.type("add a docstring to add in @calc.py")
    term.press("enter")
    term.wait_for("hunk 1")
    seen = term.raw
    for kind in (TRUE, SOME, FEW):
        assert bool(re.search(kind, seen)) is (kind is spoken), kind


@pytest.mark.parametrize(
    ("ground", "painted"),
    [("fbfb/fafa/f7f7", b"48;2;251;250;247"), ("1010/1010/1010", b"48;2;20;22;27")],
)
def test_the_theme_suits_the_ground_and_the_answer_is_no_key(
    terminal: Start, ground: str, painted: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.e2e.conftest import Terminal

    monkeypatch.setattr(Terminal, "ground", ground)
    term = terminal("demo")
    term.wait_until(lambda _: painted in term.raw, "the ground's theme")
    term.type("hello")
    term.wait_for(" › hello")
    assert "rgb:" not in term.screen()
