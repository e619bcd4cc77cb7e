"""Traces, replay and bench in a real terminal."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty


def test_a_turn_leaves_a_trace_that_plays_again_and_writes_nothing(
    terminal: Start, home: Path
) -> None:
    term = terminal("demo")
    term.wait_for("say what to change")
    term.type("rename add to plus")
    term.wait_for("› rename add to plus")
    term.press("enter")
    term.wait_for("7 places, 6 hunks")
    term.wait_until(lambda screen: "6 open" in screen and "writing" not in screen, "the end")
    term.press("ctrl+x", "t")
    term.wait_for("spark-tui replay last")
    term.press("ctrl+c", "ctrl+c")
    assert term.wait_exit() == 0
    (path,) = (home / "state" / "spark-tui" / "traces").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert "plus" not in text
    assert "calc.py" not in text

    again = terminal("replay", "last", "--speed", "4")
    again.wait_for("replay at 4×")
    again.wait_for("a replay: nothing is asked · its text was not recorded: · is a character")
    again.wait_for("replay over")
    assert "say what to change" not in again.screen()
    assert "file-" in again.screen()
    assert "simulated · built in" in again.screen()
    again.press("ctrl+c", "ctrl+c")
    assert again.wait_exit() == 0
    again.assert_restored()
    assert "take back" not in again.screen()
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert path.read_text() == text


def test_an_interrupted_bench_says_what_it_has(terminal: Start) -> None:
    term = terminal("bench", "--endpoint", "sim", "--sizes", "100", "--output-tokens", "40",
                    "--requests", "600", size=(90, 60))  # fmt: skip
    term.wait_for_match(r"█░+  [1-9]\d*/602  .*left")
    term.press("ctrl+c")
    assert term.wait_exit() == 130
    screen = term.screen()
    assert "! interrupted: these are the requests that had ended" in screen
    assert "Inter Token Latency (ITL), ms" in screen
    assert "░" not in screen
    assert "Traceback" not in screen
