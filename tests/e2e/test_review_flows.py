"""Review in a real terminal: steer, an AI! comment while busy, an editor, a storm of resizes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_demo import leave, on_disk, ready, say

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty


def settled(wanted: str) -> Callable[[str], bool]:
    """The answer is over and this is on the screen."""
    return lambda screen: wanted in screen and "▸" not in screen.splitlines()[-1]


def test_a_comment_in_a_file_is_run_behind_what_runs_and_then_checked(
    terminal: Start, home: Path
) -> None:
    config = home / "config" / "spark-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[[checks]]\nrun = "grep -c plus {file}"\nfiles = "calc.py"\n')
    term = terminal("demo")
    ready(term)
    path = on_disk(home) / "calc.py"
    before = path.read_text()
    say(term, "write 1500 words")
    term.wait_for("word1 ")
    asked = before.replace("def add(", "# rename add to plus in calc.py AI!\ndef add(")
    path.write_text(asked)
    line = asked[: asked.index("# rename")].count("\n") + 1
    term.wait_for(f'AI! calc.py:{line} "rename add to plus in calc.py" · Enter on an empty')
    term.press("ctrl+x", "a")
    term.wait_for(f"next  @calc.py:{line} do what the comment")
    term.wait_until(lambda screen: "○ calc.py" in screen, "its hunks", 30)
    term.wait_until(settled("○ calc.py"), "the end of the answer")
    term.review()
    term.press("A")
    term.wait_for_match(r"grep ✓ \d")
    now = path.read_text()
    assert "AI!" not in now
    assert now.replace("plus", "add") == before
    leave(term)


def test_enter_steers_a_running_answer_and_its_words_stay(terminal: Start, home: Path) -> None:
    term = terminal("demo")
    ready(term)
    say(term, "write 20000 words")
    term.wait_for("word1 ")
    term.type("rename add to plus")
    term.wait_for("Enter steers")
    assert "Tab queues it for after" in term.screen()
    term.press("enter")
    term.wait_until(settled("7 places, 6 hunks, in 4 files  "), "the second answer")
    assert "calc.py:8" in term.screen()
    term.review()
    term.press("A")
    term.wait_for("applied 6 hunks in")
    assert "def plus(a, b):" in (on_disk(home) / "calc.py").read_text()
    leave(term)


def test_a_hunk_goes_through_the_editor_and_onto_the_disk(terminal: Start, home: Path) -> None:
    term = terminal("demo", env={"EDITOR": "sed -i s/plus/total/"})
    ready(term)
    say(term, "rename add to plus in calc.py")
    term.wait_until(settled("hunk 1/"), "its hunks")
    term.review()
    term.press("e")
    term.wait_for("hunk 1 is what you wrote · y keeps it")
    term.wait_for("+ def total(a, b):")
    term.press("y")
    term.wait_for("applied in")
    assert "def total(a, b):" in (on_disk(home) / "calc.py").read_text()
    leave(term)


def test_a_storm_of_resizes_while_hunks_stream_loses_nothing(terminal: Start, home: Path) -> None:
    term = terminal("demo")
    ready(term)
    say(term, "rename add to plus")
    for turn in range(12):
        term.resize(60 + 17 * turn % 130, 16 + 7 * turn % 30)
        term.resize(50, 10)
    term.resize(120, 36)
    term.wait_until(settled("7 places, 6 hunks, in 4 files  "), "the end of the answer")
    rows = term.screen().splitlines()
    assert len(rows) == 36
    assert rows[32].startswith("── ")
    assert re.match(r"  simulated   ttft \d+ ms", rows[35])
    term.review()
    for size in ((80, 24), (160, 40), (60, 16), (120, 36)):
        term.resize(*size)
    term.wait_until(lambda s: "▌○ add → plus" in s and len(s.splitlines()[32]) > 110, "the hunk")
    term.press("A")
    term.wait_for("applied 6 hunks in")
    assert "from calc import plus, mean" in (on_disk(home) / "report.py").read_text()
    leave(term)
