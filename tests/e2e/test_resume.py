"""A killed session is there again: its open hunks, its draft, and `u` for what it wrote."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.services.held import held_elsewhere

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

pytestmark = pytest.mark.pty

CALC = "def add(a, b):\n    return a + b\n\n\ndef twice(a):\n    return add(a, a)\n"
USES = "from calc import add\n\nprint(add(1, 2))\n"


@pytest.fixture
def place(tmp_path: Path, repository: Callable[..., Path]) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "calc.py").write_text(CALC)
    (source / "uses.py").write_text(USES)
    return repository(source)


def test_enter_and_leaving_wait_for_no_lock_of_another_session(
    terminal: Start, place: Path, home: Path
) -> None:
    state = home / "state" / "spark-tui"
    state.mkdir(parents=True)
    term = terminal("--endpoint", "sim", cwd=place)
    term.wait_for("say what to change")
    with held_elsewhere(state / "history.jsonl.lock"):
        term.type("rename add to plus in @calc.py")
        term.press("enter")
        term.wait_for("tokens in")
        term.wait_until(lambda _: [*state.rglob("sessions/*/*.jsonl")], "the session on disk")
        (kept,) = state.rglob("sessions/*/*.jsonl")
        with held_elsewhere(kept):
            term.review()
            term.press("A")
            term.wait_for("applied in")
            term.press("ctrl+c", "ctrl+c")
            assert term.wait_exit() == 0
    assert "rename add" in (state / "history.jsonl").read_text()
    assert '"applied"' in kept.read_text()


def test_a_killed_session_is_resumed_with_its_open_hunks_and_its_draft(
    terminal: Start, place: Path, home: Path
) -> None:
    term = terminal("--endpoint", "sim", cwd=place)
    term.wait_for("say what to change")
    term.wait_for("simulated · built in")
    term.type("rename add to plus in @calc.py @uses.py")
    term.press("enter")
    term.wait_for("tokens in")
    term.review()
    term.press("y")
    term.wait_for("#1")
    applied = (place / "calc.py").read_text()
    assert applied != CALC
    term.press("i")
    term.type("and then this")
    (kept,) = (home / "state" / "spark-tui" / "sessions").rglob("*.jsonl")
    term.wait_until(lambda _: '"applied"' in kept.read_text(), "the session on disk")
    drafts = home / "state" / "spark-tui" / "drafts"
    term.wait_until(
        lambda _: any("then this" in f.read_text() for f in drafts.glob("*")), "the draft on disk"
    )
    os.kill(term.process.pid, signal.SIGKILL)
    term.wait_exit()

    again = terminal("resume", "--endpoint", "sim", cwd=place)
    again.wait_for("rename add to plus")
    again.wait_for("applied · #1")
    again.wait_for("and then this")
    again.press("ctrl+o")
    again.wait_for("── review")
    again.press("A")
    again.wait_until(lambda screen: "open" not in screen.splitlines()[-4], "all decided")
    again.wait_until(lambda _: "add" not in (place / "uses.py").read_text(), "the rest on disk")
    again.press(*["ctrl+x", "u"] * 2)
    again.wait_until(
        lambda _: (place / "calc.py").read_text() == CALC, "what the first session wrote undone"
    )
    assert (place / "uses.py").read_text() == USES
    again.press("ctrl+c", "ctrl+c")
    assert again.wait_exit() == 0
    again.assert_restored()
    assert "left open" in again.screen()
    assert "spark-tui resume" in again.screen()


def test_an_earlier_session_is_gone_on_with_from_the_list(terminal: Start, place: Path) -> None:
    first = terminal("--endpoint", "sim", cwd=place)
    first.wait_for("simulated · built in")
    first.type("rename add to plus in @calc.py\r")
    first.wait_for("tokens in")
    first.press("ctrl+c", "ctrl+c")
    assert first.wait_exit() == 0

    term = terminal("--endpoint", "sim", cwd=place)
    term.wait_for("simulated · built in")
    term.press("ctrl+x", "o")
    term.wait_for_match(r"1 turn, \d left open  rename add to plus")
    term.press("enter")
    term.wait_for("› rename add to plus in @calc.py")
    term.press("ctrl+o", "A")
    term.wait_for("#1")
    assert "plus" in (place / "calc.py").read_text()
    term.press("ctrl+c", "ctrl+c")
    assert term.wait_exit() == 0
    term.assert_restored()
