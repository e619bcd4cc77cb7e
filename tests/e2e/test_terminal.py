"""The terminal the other tests look through is itself right."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

PROGRAM = """
import os, sys, termios, tty
old = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"before\\r\\n")
os.write(1, b"\\x1b[?1049h\\x1b[?25l\\x1b[?2026h\\x1b[2J\\x1b[3;5Hhello\\x1b[?2026l\\x1b[c")
reply = b""
while not reply.endswith(b"c"):
    reply += os.read(0, 1)
os.write(1, b"\\x1b[4;1H" + reply[2:])
key = os.read(0, 10)
os.write(1, b"\\x1b[5;1Hgot " + repr(key).encode())
os.read(0, 1)
if KEEP:
    sys.exit(3)
os.write(1, b"\\x1b[?25h\\x1b[?1049l")
termios.tcsetattr(0, termios.TCSANOW, old)
sys.exit(3)
"""


def program(keep: bool) -> tuple[str, ...]:
    return (sys.executable, "-c", PROGRAM.replace("KEEP", str(keep)))


def test_screen_keys_replies_and_status(terminal: Start) -> None:
    term = terminal(program=program(keep=False))
    term.wait_for("hello")
    assert term.screen().splitlines()[2] == "    hello"
    term.wait_for("?62;22c")
    term.press("up")
    term.wait_for("got b'\\x1b[A'")
    term.press("q")
    assert term.wait_exit() == 3
    term.assert_restored()
    assert term.screen().split() == ["before"]


def test_a_terminal_left_raw_on_the_other_screen_is_noticed(terminal: Start) -> None:
    term = terminal(program=program(keep=True))
    term.wait_for("?62;22c")
    term.press("x")
    term.wait_for("got")
    term.press("q")
    term.wait_exit()
    with pytest.raises(AssertionError):
        term.assert_restored()


def test_what_never_comes_fails_with_the_screen(terminal: Start) -> None:
    term = terminal(program=program(keep=False))
    with pytest.raises(pytest.fail.Exception, match="hello"):
        term.wait_for("goodbye", timeout=1.0)
