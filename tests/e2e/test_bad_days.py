"""Hostile answers, broken streams and a hand on Esc, in one session each."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spark_tui.simulator.sample import FILES, write_sample

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start, Terminal

pytestmark = pytest.mark.pty


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "httpkit"
    write_sample(place)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=place, check=True)
    return place


def say(term: Terminal, text: str) -> None:
    term.type(text)
    term.wait_for(text)
    term.press("enter")


def say_next(term: Terminal, text: str) -> None:
    """From wherever the keyboard is, once the answer before is over."""
    term.wait_until(lambda screen: "▸" not in screen.splitlines()[-1], "the end")
    if "── review" in term.screen():
        term.press("i")
        term.wait_for("── type")
    say(term, text)


def untouched(folder: Path) -> bool:
    return all((folder / path).read_text() == text for path, text in FILES.items())


def test_hostile_answers_reach_neither_the_terminal_nor_the_disk(
    terminal: Start, sim: Callable[..., Sim], folder: Path
) -> None:
    flags = ("control-characters*1", "path-escape*1+1", "missing-file*1+2")
    served = sim("--rate", "3000", *(word for flag in flags for word in ("--fault", flag)))
    term = terminal(cwd=folder, env={"OPENAI_BASE_URL": served.url})
    term.wait_for("say what to change")
    say(term, "rename add to plus in @calc.py")
    term.review()
    term.press("q")
    term.wait_for("── type")
    say_next(term, "rename add to plus in @calc.py")
    term.wait_for("../outside.txt")
    say_next(term, "rename add to plus in @calc.py")
    term.wait_for("no/such/file.py")
    served.records(3)
    for payload in (b"\x1b]0;owned", b"\x1b[31mred", b"\x9b1m", "\u202e".encode()):
        assert payload not in term.raw
    assert untouched(folder)
    assert not (folder.parent / "outside.txt").exists()


def test_esc_closes_the_connection_and_a_cut_writes_nothing(
    terminal: Start, sim: Callable[..., Sim], folder: Path
) -> None:
    served = sim("--rate", "200", "--fault", "cut*9+1")
    term = terminal(cwd=folder, env={"OPENAI_BASE_URL": served.url})
    term.wait_for("say what to change")
    say(term, "write 2000 words in @calc.py")
    term.wait_for("word20 ")
    pressed = term.press("esc")
    record = served.records(1)[0]
    assert record["outcome"] == "disconnected"
    assert (record["t_end"] - pressed) / 1e6 < 500
    term.wait_for("stopped")
    say_next(term, "rename add to plus in @calc.py")
    term.wait_for("broke off")
    assert untouched(folder)
