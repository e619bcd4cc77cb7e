"""`--plain` in a real terminal and through a pipe: append-only, no control sequence at all."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty


def test_a_hunk_is_kept_and_taken_back_line_by_line(terminal: Start, home: Path) -> None:
    term = terminal("demo", "--plain", size=(120, 60))
    term.wait_for("Type an instruction")
    (calc,) = home.rglob("calc.py")
    before = calc.read_text()
    term.type("rename add to plus in @calc.py\r")
    term.wait_for("answer complete")
    term.type("y\r")
    term.wait_for("hunk 1 applied, entry 1")
    assert calc.read_text() != before
    term.type("u\r")
    term.wait_for("entry 1 undone, hunk 1 open again")
    assert calc.read_text() == before
    term.press("ctrl+c")
    assert term.wait_exit() == 0
    assert b"\x1b" not in term.raw
    term.assert_restored()


def test_a_dumb_terminal_gets_it_unasked(terminal: Start) -> None:
    term = terminal("demo", env={"TERM": "dumb"})
    term.wait_for("Type an instruction")
    term.type("/quit\r")
    assert term.wait_exit() == 0
    assert b"\x1b" not in term.raw


def test_lines_from_a_pipe_are_done_in_order_and_to_the_end(
    environment: dict[str, str], tmp_path: Path
) -> None:
    lines = ("rename add to plus in @calc.py", "A", "rename plus to sums in @calc.py", "n", "y 4")
    done = subprocess.run(
        [sys.executable, "-m", "spark_tui", "demo", "--plain"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=30,
        check=True,
    )
    assert len(re.findall(r"^answer complete, \d to decide", done.stdout, re.MULTILINE)) == 2
    first, second = done.stdout.split("answer complete")[1:]
    assert re.search(r"applied, entry 1$", first, re.MULTILINE)
    assert "hunk 3 dropped" in second
    assert "broke off" not in done.stdout
    assert "answer stopped" not in done.stdout
    assert "\x1b" not in done.stdout
