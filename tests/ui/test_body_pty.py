"""What is written straight to the terminal is what Textual would have painted."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 90, 24

Cell = tuple[str, str, str, bool, bool]


_SIZES = ("NO_COLOR", "COLUMNS", "LINES")
"""What would win over the terminal's own words."""


class Terminal:
    """A program in a pseudo-terminal, and the screen it draws."""

    def __init__(self, *arguments: str) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Given whole: libraries of the test run may have put sizes into the C environment.
            kept = {k: v for k, v in os.environ.items() if k not in _SIZES}
            ours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_FPS": "120"}
            command = [sys.executable, *arguments]
            os.execve(sys.executable, command, {**kept, **ours, "PYTHONPATH": str(ROOT)})
        self.resize(COLUMNS, ROWS)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in self.row(self.screen.lines - 1):
            assert time.monotonic() < deadline, "\n".join(map(self.row, range(self.screen.lines)))
            if select.select([self.fd], [], [], 0.1)[0]:
                data = os.read(self.fd, 65536)
                self.seen += data
                self._stream.feed(data)

    def row(self, y: int) -> str:
        line = self.screen.buffer[y]
        return "".join(line[x].data for x in range(self.screen.columns))

    def cells(self) -> list[list[Cell]]:
        """What each cell shows: of a blank that is its ground."""
        rows = []
        for y in range(self.screen.lines - 1):
            line = self.screen.buffer[y]
            rows.append(
                [
                    (c.data, "", c.bg, False, c.underscore)
                    if c.data == " "
                    else (c.data, c.fg, c.bg, c.bold, c.underscore)
                    for c in (line[x] for x in range(self.screen.columns))
                ]
            )
        return rows

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture(params=[1, 3])
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    running = Terminal(str(Path(__file__).with_name("body_pty_app.py")), str(request.param))
    yield running
    running.close()


@pytest.mark.pty
def test_cells_written_directly_equal_a_full_repaint(terminal: Terminal) -> None:
    terminal.until("DONE 1")
    assert b"\x1b[2;23r" in terminal.seen, "the terminal was never scrolled"
    terminal.resize(76, 30)
    os.kill(terminal.pid, signal.SIGWINCH)
    os.write(terminal.fd, b"m")
    terminal.until("DONE 2")
    assert b"\x1b[2;29r" in terminal.seen, "the terminal was never scrolled"
    direct = terminal.cells()
    os.write(terminal.fd, b"r")
    terminal.until("AGAIN")
    assert direct == terminal.cells()
