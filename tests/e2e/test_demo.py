"""The first ten minutes, in a real terminal: ask, see hunks, keep one, take it back, leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spark_tui.simulator.sample import FILES

if TYPE_CHECKING:
    from tests.e2e.conftest import Start, Terminal

pytestmark = pytest.mark.pty


def ready(term: Terminal) -> None:
    term.wait_for("say what to change")
    term.wait_for("simulated · built in")


def say(term: Terminal, text: str) -> None:
    term.type(text)
    term.wait_for(text)
    term.press("enter")


def leave(term: Terminal) -> None:
    term.press("ctrl+c")
    term.press("ctrl+c")
    assert term.wait_exit() == 0
    term.assert_restored()


def on_disk(home: Path) -> Path:
    """The demo's repository."""
    (found,) = home.rglob("calc.py")
    return found.parent


def test_a_rename_is_kept_taken_back_kept_again_and_the_terminal_restored(
    terminal: Start, home: Path
) -> None:
    term = terminal("demo")
    ready(term)
    root = on_disk(home)
    say(term, "make it faster")
    term.wait_for("only a few sentences that I follow exactly")
    term.wait_until(lambda screen: "▸" not in screen.splitlines()[-1], "the end")
    assert {path: (root / path).read_text() for path in FILES} == FILES
    say(term, "rename add to plus")
    term.wait_for("7 places, 6 hunks, in 4 files  ")
    term.review()
    term.press("y")
    term.wait_for("applied 6 hunks in 4 files in")
    assert "def plus(a, b):" in (root / "calc.py").read_text()
    assert "from calc import plus, mean" in (root / "report.py").read_text()
    term.press("ctrl+x", "u")
    term.wait_for("undone in")
    assert {path: (root / path).read_text() for path in FILES} == FILES
    term.review()
    term.press("x")
    term.wait_for("hunk 1/6")
    term.press("y")
    term.wait_for("applied in")
    kept = (root / "calc.py").read_text()
    assert kept == FILES["calc.py"].replace("def add(", "def plus(")
    assert (root / "report.py").read_bytes() == FILES["report.py"].encode()
    term.press("u")
    term.wait_for("#3 undone in")
    assert (root / "calc.py").read_bytes() == FILES["calc.py"].encode()
    term.press("A")
    term.wait_for("6 decided")
    term.wait_for_match(r"applied (6 hunks )?in")
    assert "from calc import plus, mean" in (root / "report.py").read_text()
    assert "def plus(a, b):" in (root / "calc.py").read_text()
    leave(term)
    assert "✓ calc.py" in term.screen()
    assert "take back" not in term.screen()


def test_a_demo_with_a_folder_of_its_own_stays_and_says_how_to_take_edits_back(
    terminal: Start, home: Path
) -> None:
    term = terminal("demo", "--dir", str(home / "mine"))
    ready(term)
    say(term, "rename add to plus")
    term.review()
    term.wait_until(lambda screen: "▸" not in screen.splitlines()[-1], "the end")
    term.press("A")
    term.wait_for("6 decided")
    term.wait_for_match(r"applied (6 hunks )?in")
    leave(term)
    assert "take back: spark-tui undo" in term.screen()
    root = home / "mine" / "httpkit"
    assert "def plus(" in (root / "calc.py").read_text()
    undo = terminal("undo", cwd=root)
    undo.wait_for("undone in")
    assert undo.wait_exit() == 0
    assert (root / "calc.py").read_text() == FILES["calc.py"]


def test_text_typed_before_the_first_frame_is_kept_and_ctrl_d_quits_when_it_is_gone(
    terminal: Start,
) -> None:
    term = terminal("demo", size=(80, 24))
    term.wait_until(lambda screen: screen.strip(), "anything")
    term.type("rename add")
    term.wait_for("› rename add")
    term.press("ctrl+c", "ctrl+d")
    assert term.wait_exit() == 0
    term.assert_restored()
