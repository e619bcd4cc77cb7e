"""A terminal for the real program: a pty, a screen to read, and replies to what programs ask it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte
import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60.0

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "esc": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}
_STRINGS = re.compile(rb"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")
_COLOURS = re.compile(rb"\x1b\[[0-9;:]*m")
_FOREIGN = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[ -/]*[@-~]"  # keyboard protocols and other private sequences
    rb"|\x1b\[\?[0-9;]*[ -/]+[@-~]|\x1b\[[0-9;]*[ !\"'$*]+[@-~]"
    rb"|\x1b\[\?[0-9;]*[unc]|\x1b\[[0-9;]*[nct]|\x1b[=>]"
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:<=>? -/]*|[\]PX^_][^\x07\x1b]*\x1b?)?$")
_ALTERNATE = re.compile(rb"(\x1b\[\?1049[hl])")
_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_RESTING = {1049: False, 25: True, 2004: False, 1000: False, 1002: False, 1003: False, 1004: False}
"""Private modes as a shell leaves them."""


class Terminal:
    """One program on a pty of its own. All waiting has a deadline; all times are monotonic ns."""

    ground = "1010/1010/1010"
    """The colour of an empty cell, as the terminal tells it."""

    def __init__(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], columns: int, rows: int
    ) -> None:
        self.home = env["HOME"]
        self.chunks: list[tuple[int, bytes]] = []
        self.modes = dict(_RESTING)
        self.keyboard_pushes = 0
        self._main = self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._carry = b""
        self._sync = False
        self._changed = threading.Condition()
        self._master, self._slave = pty.openpty()
        self._size(columns, rows)
        self._before = termios.tcgetattr(self._slave)
        self.started = time.monotonic_ns()
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=self._take_terminal,  # noqa: PLW1509 - one call, no locks
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _take_terminal(self) -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while True:
            try:
                select.select([self._master], [], [])
                data = os.read(self._master, 65536)
            except (OSError, ValueError):
                data = b""
            now = time.monotonic_ns()
            with self._changed:
                if data:
                    self.chunks.append((now, data))
                    self._feed(data)
                self._changed.notify_all()
            if not data:
                return

    def _feed(self, data: bytes) -> None:
        data = self._carry + data
        unfinished = _UNFINISHED.search(data)
        self._carry = unfinished.group() if unfinished and len(unfinished.group()) < 4096 else b""
        data = data[: len(data) - len(self._carry)]
        self._reply(data)
        for numbers, state in _MODES.findall(data):
            for number in map(int, numbers.split(b";")):
                if number == 2026:
                    self._sync = state == b"h"
                elif number in self.modes:
                    self.modes[number] = state == b"h"
        self.keyboard_pushes += len(re.findall(rb"\x1b\[>\d*u", data))
        self.keyboard_pushes -= len(re.findall(rb"\x1b\[<\d*u", data))
        data = _COLOURS.sub(b"", _STRINGS.sub(b"", data))
        for part in _ALTERNATE.split(_FOREIGN.sub(b"", data)):
            if _ALTERNATE.fullmatch(part):
                self._switch(part.endswith(b"h"))
            else:
                self._stream.feed(part)

    def _switch(self, alternate: bool) -> None:
        """To a blank second screen, or back to the first as it was left."""
        columns, rows = self._screen.columns, self._screen.lines
        if alternate:
            self._screen = pyte.Screen(columns, rows)
        elif self._screen is not self._main:
            self._screen = self._main
            self._screen.resize(rows, columns)
        self._stream = pyte.ByteStream(self._screen)

    def _reply(self, data: bytes) -> None:
        """Answer like a plain xterm: only what was asked, in the order of this table."""
        cursor = self._screen.cursor
        table = (
            (rb"\x1b\[0?c", "\x1b[?62;22c"),
            (rb"\x1b\[5n", "\x1b[0n"),
            (rb"\x1b\[6n", f"\x1b[{cursor.y + 1};{cursor.x + 1}R"),
            (rb"\x1b\[\?2026\$p", "\x1b[?2026;2$y"),
            (rb"\x1b\[\?u", "\x1b[?0u"),
            (rb"\x1b\]11;\?(?:\x07|\x1b\\)", f"\x1b]11;rgb:{self.ground}\x1b\\"),
        )
        for query, answer in table:
            for _ in re.findall(query, data):
                self.send(answer)

    def send(self, text: str) -> None:
        """Bytes to the program, as a keyboard or the terminal would send them."""
        with contextlib.suppress(OSError):
            os.write(self._master, text.encode())

    def press(self, *keys: str) -> int:
        """Keys by name (`enter`, `ctrl+d`, `y`); returns when the last one was written."""
        now = 0
        for key in keys:
            now = time.monotonic_ns()
            self.send(KEYS.get(key, key))
        return now

    def type(self, text: str) -> None:
        """Text as typed, in one go."""
        self.send(text)

    def review(self) -> None:
        """Once there is something to decide: give review the keyboard."""
        self.wait_until(lambda screen: re.search(" reviews (·|──)|── review", screen), "review")
        if "── review" not in self.screen():
            self.press("tab")
            self.wait_for("── review")

    def screen(self) -> str:
        """The rows, without blanks at their ends."""
        with self._changed:
            return self._text()

    def _text(self) -> str:
        return "\n".join(row.rstrip() for row in self._screen.display)

    @property
    def raw(self) -> bytes:
        """Everything the program wrote."""
        with self._changed:
            return b"".join(data for _, data in self.chunks)

    def wait_until(
        self, wanted: Callable[[str], object], what: str = "", timeout: float = TIMEOUT
    ) -> int:
        """Wait until `wanted(screen)` is true; returns the time of the output that made it so."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                if not self._sync and wanted(self._text()):
                    return self.chunks[-1][0] if self.chunks else self.started
                if self.process.poll() is not None and not self._reader.is_alive():
                    pytest.fail(f"ended before {what!r} was shown\n{self._text()}", pytrace=False)
                left = deadline - time.monotonic()
                if left <= 0:
                    pytest.fail(f"no {what!r} in {timeout} s\n{self._text()}", pytrace=False)
                self._changed.wait(min(left, 0.2))

    def wait_for(self, text: str, timeout: float = TIMEOUT) -> int:
        """Wait until `text` is somewhere on the screen."""
        return self.wait_until(lambda screen: text in screen, text, timeout)

    def wait_for_match(self, pattern: str, timeout: float = TIMEOUT) -> re.Match[str]:
        """Wait until `pattern` matches somewhere; returns the match."""
        self.wait_until(lambda screen: re.search(pattern, screen), pattern, timeout)
        match = re.search(pattern, self.screen())
        assert match is not None
        return match

    def wait_gone(self, text: str, timeout: float = TIMEOUT) -> int:
        """Wait until `text` is nowhere on the screen."""
        return self.wait_until(lambda screen: text not in screen, f"no {text}", timeout)

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size, as a person dragging its corner."""
        with self._changed:
            self._screen.resize(rows, columns)
        self._size(columns, rows)
        os.kill(self.process.pid, signal.SIGWINCH)

    def wait_exit(self, timeout: float = TIMEOUT) -> int:
        """Wait for the program's end and for all it wrote; returns its status."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still running after {timeout} s\n{self.screen()}", pytrace=False)
        self._after = termios.tcgetattr(self._slave)
        self._close()
        return status

    def assert_restored(self) -> None:
        """The terminal is as it was: line discipline, main screen, cursor, mouse, paste, keys."""
        before, after = list(self._before), list(self._after)
        assert before == after
        assert self.modes == _RESTING
        assert self.keyboard_pushes <= 0
        assert not self._sync

    def _close(self) -> None:
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1
            self._reader.join(5)
            os.close(self._master)

    def stop(self) -> None:
        """End the program, whatever state it is in."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self._close()


@dataclass(frozen=True)
class Sim:
    """A simulated endpoint in its own process; `url` ends in /v1."""

    url: str
    log: Path
    process: subprocess.Popen[str]

    def records(self, count: int = 1) -> list[dict[str, Any]]:
        """The log's records once there are `count`; each is written when its turn is over."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            # A last line without its end is being written.
            text = self.log.read_text() if self.log.exists() else ""
            lines = text.rpartition("\n")[0].splitlines()
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
            time.sleep(0.01)
        pytest.fail(f"fewer than {count} turns in the endpoint's log")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A private home: no configuration, no state, no keys."""
    place = tmp_path / "home"
    place.mkdir()
    return place


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """What a fresh login would have, and the project's code."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "TMPDIR": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


Start = Callable[..., Terminal]


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Start]:
    """Starts `spark-tui` with these arguments in a terminal of its own."""
    with ExitStack() as stack:

        def start(
            *args: str,
            cwd: Path = tmp_path,
            env: Mapping[str, str] | None = None,
            size: tuple[int, int] = (120, 36),
            program: Sequence[str] = (sys.executable, "-m", "spark_tui"),
        ) -> Terminal:
            made = Terminal([*program, *args], cwd, {**environment, **(env or {})}, *size)
            stack.callback(made.stop)
            return made

        yield start


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Callable[..., Sim]]:
    """Starts simulated endpoints with these flags."""
    with ExitStack() as stack:

        def start(*flags: str) -> Sim:
            log = tmp_path / f"sim-{time.monotonic_ns()}.log"
            process = subprocess.Popen(
                [sys.executable, "-m", "spark_tui.simulator", "--log", str(log), *flags],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdout is not None
            return Sim(process.stdout.readline().split()[-1], log, process)

        yield start


@pytest.fixture
def repository(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Path]:
    """Makes a git repository of a copy of `source`, everything committed."""
    identity = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }

    def make(source: Path, name: str = "repository") -> Path:
        place = tmp_path / name
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "start")):
            subprocess.run(
                ["git", *command], cwd=place, env={**environment, **identity}, check=True
            )
        return place

    return make
