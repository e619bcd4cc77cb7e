"""Start and end in a real pseudo-terminal: first paint, type-ahead, signals, crash."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_tui.ui.terminal.first_paint import PLACEHOLDER, Skeleton, echoed, rows
from spark_tui.ui.terminal.restore import RESTORE, TerminalGuard

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.pty

PROGRAM = """
import asyncio, sys
from spark_tui.ui.terminal.first_paint import Skeleton
with Skeleton() as skeleton:
    from spark_tui.ui.app import run
    from spark_tui.ui.options import ShellOptions
    from tests.ui.scripted import FakeConductor, first_events, last_events, FINISHED, SPARK
    from spark_tui.core.events import TurnEnded
    from spark_tui.core.endpoint.wire import Ending
    from textual._context import active_app

    async def crash():
        secret = "sk-" + "hidden" * 3
        raise RuntimeError("the script broke")

    def play(turn, at):
        if sys.argv[1] == "crash":
            for _ in range(3):  # what breaks again and again ends the program
                active_app.get().run_worker(crash())
        end = TurnEnded(at + 470_000_000, turn, Ending.COMPLETE, FINISHED)
        return [*first_events(turn, at), end]

    fake = FakeConductor(endpoint=SPARK, script=play)
    code = run(lambda: fake, ShellOptions(skeleton=skeleton, resume="spark-tui resume"))
if fake.named("away"):
    print("away", *(turn for turn, *_ in fake.named("away")))
if fake.named("ask"):
    said = [text for text, *_ in fake.named("ask")]
    print("asked", said, "decided", len(fake.named("decide")))
sys.exit(code)
"""


class Tty:
    """The program on a pty of its own, everything it wrote, and how it ended."""

    def __init__(self, mode: str) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (36, 120))
        self.before = termios.tcgetattr(self.slave)
        self.written = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, mode],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
            start_new_session=True,
        )

    def until(self, text: bytes, seconds: float = 15.0) -> None:
        """Read until `text` was written."""
        deadline = time.monotonic() + seconds
        while text not in self.written:
            assert time.monotonic() < deadline, self.written[-2000:]
            self._read(0.05)

    def end(self, seconds: float = 15.0) -> int:
        """The exit status; reads what is still written."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.written[-2000:]
            self._read(0.05)
        self._read(0.05)
        return self.process.returncode

    def stopped(self, seconds: float = 15.0) -> None:
        """Wait until the process is stopped by a signal."""
        deadline = time.monotonic() + seconds
        status = Path(f"/proc/{self.process.pid}/stat")
        while status.read_text().split()[2] != "T":
            assert time.monotonic() < deadline
            self._read(0.02)

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in (self.master, self.slave):
            try:
                os.close(fd)
            except OSError:
                continue

    def _read(self, seconds: float) -> None:
        while select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.written += data
            seconds = 0.0


@pytest.fixture
def tty(request: pytest.FixtureRequest) -> Iterator[Tty]:
    running = Tty(getattr(request, "param", "play"))
    yield running
    running.close()


def running(tty: Tty) -> None:
    tty.until(b"httpkit")
    tty.until(b"\x1b[?1000h")


def test_skeleton_needs_only_the_standard_library() -> None:
    code = (
        "import sys, spark_tui.ui.terminal.first_paint;"
        "print([m for m in ('textual', 'rich', 'asyncio', 'dataclasses') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_nothing_heavy_is_imported_at_the_first_frame() -> None:
    code = """
import sys
from spark_tui.ui.app import SparkApp
from spark_tui.core.session import Session
heavy = ("openai", "pydantic", "git", "watchfiles", "pygments", "aiohttp", "rapidfuzz", "httpx2")
class Stop:
    session = Session()
    def __init__(self):
        print([m for m in heavy if m in sys.modules], file=sys.__stdout__, flush=True)
        app.exit()
    async def events(self):
        return
        yield
    def paced_by(self, due):
        return lambda: 0
    def preview(self, text, **_):
        from spark_tui.pair.ports import ContextPreview
        return ContextPreview((), 0)
    async def close(self): ...
app = SparkApp(Stop)
app.run(headless=True, size=(120, 36))
"""
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines()[0] == "[]"


def test_skeleton_paints_the_final_rows_and_gives_the_terminal_back() -> None:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    before = termios.tcgetattr(slave)
    with Skeleton(input_fd=slave, output_fd=slave):
        painted = b""
        while b"t/s" not in painted:
            painted += os.read(master, 65536)
        inside = termios.tcgetattr(slave)
    after = b""
    while b"\x1b[?1049l" not in after:
        after += os.read(master, 65536)
    assert not inside[3] & (termios.ECHO | termios.ICANON)
    assert PLACEHOLDER[:-1].encode() in painted
    assert b"\x1b[22;1H" in painted
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


def reading(master: int, text: bytes) -> bytes:
    """What is painted up to and with `text`."""
    painted = b""
    while text not in painted:
        assert select.select([master], [], [], 10)[0], painted
        painted += os.read(master, 65536)
    return painted


def test_what_is_typed_into_the_skeleton_is_shown_at_once_and_handed_over_whole() -> None:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    with Skeleton(input_fd=slave, output_fd=slave) as skeleton:
        reading(master, b"t/s")
        os.write(master, "cap ït".encode())
        assert "\x1b[22;4Hcap ït\x1b[K".encode() in reading(master, "cap ït\x1b[K".encode())
        os.write(master, b"\x7f" * 9)
        reading(master, PLACEHOLDER.encode() + b"\x1b[K")
        os.write(master, b"on")
        reading(master, b"on\x1b[K")
        os.write(master, b"\x1b[D\rx")
        typed = b""
        while not typed.endswith(b"x"):
            typed += skeleton.typed() or os.read(slave, 99)
        assert typed == "cap ït".encode() + b"\x7f" * 9 + b"on\x1b[D\rx"
        assert skeleton.typed() == b""
    assert b"x" not in reading(master, b"\x1b[?1049l").replace(b"\x1b[?", b"")
    os.close(master)
    os.close(slave)


def interrupted(master: int, slave: int, text: bytes) -> None:
    """Press Ctrl+C in a first paint until nothing is typed there, and once more."""
    with Skeleton(input_fd=slave, output_fd=slave):
        reading(master, b"t/s")
        if text:
            os.write(master, text)
            reading(master, text + b"\x1b[K")
            os.write(master, b"\x03")
            reading(master, PLACEHOLDER.encode() + b"\x1b[K")
        os.write(master, b"\x03")
        select.select([], [], [], 10)


def test_the_skeleton_keeps_a_ctrl_c_that_has_text_to_take_away_and_obeys_any_other() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    try:
        for text in (b"", b"cap"):
            with pytest.raises(KeyboardInterrupt):
                interrupted(master, slave, text)
            reading(master, b"\x1b[?1049l")
        with Skeleton(input_fd=slave, output_fd=slave) as skeleton:
            reading(master, b"t/s")
            skeleton.hand_over()
            os.write(master, b"\x03\x03x")
            typed = b""
            while not typed.endswith(b"x"):
                typed += skeleton.typed() or os.read(slave, 99)
            assert typed == b"\x03\x03x"
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (b"ab\x7fc", "ac"),
        (b"\x7f", ""),
        ("bïrd".encode()[:2], "b"),
        ("日本".encode(), None),
        (b"a\rb", None),
        (b"\x1b[A", None),
        (b"?", None),
        (b"why?", "why?"),
        (b"/help", "/help"),
        (b"a" * 19, "a" * 19),
        (b"a" * 20, None),
        (b"a" * 20 + b"\x03", ""),
        (b"ab\x03c", "c"),
        (b"ab\x03\x04", None),
    ],
)
def test_only_letters_of_one_row_are_shown_early(typed: bytes, text: str | None) -> None:
    assert echoed(typed, 20) == text


def test_skeleton_leaves_a_pipe_alone() -> None:
    reader, writer = os.pipe()
    with Skeleton(input_fd=reader, output_fd=writer) as skeleton:
        assert not skeleton.painted
    os.close(writer)
    assert os.read(reader, 10) == b""
    os.close(reader)


def test_skeleton_rows_fit_any_size() -> None:
    assert rows(3, 2) == "\x1b[2;1H  t"
    assert "─" not in rows(80, 24, utf8=False)


def test_what_is_typed_before_textual_reaches_the_prompt(tty: Tty) -> None:
    tty.until(PLACEHOLDER[:-1].encode())
    tty.send("early bïrd".encode())
    running(tty)
    tty.until("early bïrd".encode())
    tty.until(b"\x1b[34;14H")  # the terminal's own cursor stands behind it
    assert tty.written.count(b"\x1b[?1049h") == 1
    # Every row of the body is painted by the first frame, and by no other.
    assert tty.written.count(b"\x1b[20;1H") == 1


def test_instruction_typed_and_sent_before_textual_is_asked(tty: Tty) -> None:
    tty.until(PLACEHOLDER[:-1].encode())
    tty.send(b"fix @retry.py\t\r")
    tty.until(b"hunk 1/1")


def test_what_is_pasted_is_text_before_textual_and_after_and_in_review(tty: Tty) -> None:
    tty.until(PLACEHOLDER[:-1].encode())
    assert b"\x1b[?2004h" in tty.written
    tty.send(b"\x1b[200~!touch x\r\x1b] \x15y early\r\x1b[201~")
    running(tty)
    tty.until(b"y early")
    tty.send(b"\x15" * 5 + b"cap it\r")
    tty.until(b"hunk 1/1")
    tty.send(b"\x0f")
    tty.until(b"keep")
    for part in (
        b"\x1b[200~log: \x1b[31",
        b"mFAI",
        b"LED\x1b[0m\x1b",
        b"[201~\x15!touch x\r",
        b"end\x1b[201~",
    ):
        tty.send(part)
    tty.until(b"end")
    tty.send(b"\x03")
    tty.until(b"Up")
    tty.send(b"\x03")
    assert tty.end() == 0
    assert b"asked ['cap it'] decided 0\r\n" in tty.written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_terminal_is_restored_on_ending_signals(tty: Tty, number: signal.Signals) -> None:
    running(tty)
    tty.process.send_signal(number)
    assert tty.end() == 128 + number
    assert RESTORE.encode() in tty.written
    tail = tty.written.split(RESTORE.encode())[-1]
    assert b"\x1b[?1049h" not in tail
    assert b"httpkit" not in tail
    assert termios.tcgetattr(tty.slave)[:4] == tty.before[:4]


def test_redraw_paints_every_row_again(tty: Tty) -> None:
    running(tty)
    tty.until(b"Ctrl+P")
    tty.written = b""
    tty.send(b"\x0c")
    tty.until(b"\x1b[2J")
    for text in (b"httpkit", b"Point at code", b"type", b"say what", b"Ctrl+P", b"ttft"):
        tty.until(text)


def test_suspending_gives_the_terminal_back_and_resuming_takes_it(tty: Tty) -> None:
    running(tty)
    tty.send(b"\x1a")
    tty.until(b"\x1b[?1049l")
    tty.stopped()
    assert termios.tcgetattr(tty.slave)[:4] == tty.before[:4]
    tty.written = b""
    tty.process.send_signal(signal.SIGCONT)
    tty.until(b"\x1b[?1049h")
    tty.send(b"back again")
    tty.until(b"back again")


def test_the_time_in_the_shell_is_told_of_the_turn(tty: Tty) -> None:
    running(tty)
    tty.send(b"cap it\r")
    tty.until(b"hunk 1/1")
    tty.send(b"\x1a")
    tty.stopped()
    tty.written = b""
    tty.process.send_signal(signal.SIGCONT)
    tty.until(b"hunk 1/1")
    tty.send(b"\x03")
    tty.until(b"again quits")
    tty.send(b"\x03")
    assert tty.end() == 0
    assert b"away 1\r\n" in tty.written


def test_quitting_prints_the_receipt_to_the_normal_screen(tty: Tty) -> None:
    running(tty)
    tty.send(b"cap it\r")
    tty.until(b"hunk 1/1")
    tty.send(b"\ty")
    tty.until(b"applied in 9 ms")
    tty.send(b"\x03")
    tty.until(b"again quits")
    tty.send(b"\x03")
    assert tty.end() == 0
    receipt = tty.written.split(b"\x1b[?1049l")[-1].decode()
    assert "✓ net/retry.py" in receipt
    assert "1 kept" in receipt
    assert "take back: spark-tui undo 14" in receipt
    assert termios.tcgetattr(tty.slave)[:4] == tty.before[:4]


@pytest.mark.parametrize("tty", ["crash"], indirect=True)
def test_crash_exits_with_one_restores_and_shows_no_variables(tty: Tty) -> None:
    running(tty)
    tty.send(b"cap it\r")
    assert tty.end() == 1
    report = tty.written.split(b"\x1b[?1049l")[-1].decode()
    assert "RuntimeError: the script broke" in report
    assert "hidden" not in tty.written.decode(errors="replace").replace('"hidden" * 3', "")
    assert termios.tcgetattr(tty.slave)[:4] == tty.before[:4]


def test_crash_before_textual_gives_the_terminal_back() -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    skeleton = Skeleton(input_fd=slave, output_fd=slave)
    with contextlib.suppress(KeyError), skeleton:
        raise KeyError
    assert termios.tcgetattr(slave) == before
    written = b""
    while b"\x1b[?1049l" not in written:
        written += os.read(master, 65536)
    os.close(master)
    os.close(slave)


def test_vanished_terminal_ends_the_program() -> None:
    tty = Tty("play")
    try:
        running(tty)
        os.close(tty.slave)
        os.close(tty.master)
        assert tty.process.wait(timeout=15) == 128 + signal.SIGHUP
    finally:
        tty.close()


def test_guard_survives_a_terminal_that_is_gone() -> None:
    master, slave = pty.openpty()
    guard = TerminalGuard(input_fd=slave, output_fd=slave)
    os.close(master)
    guard.restore()
    guard.restore_attributes()
    os.close(slave)


async def test_a_signal_wakes_a_loop_that_is_about_to_sleep() -> None:
    guard = TerminalGuard([], input_fd=-1, output_fd=-1)
    loop = asyncio.get_running_loop()
    guard.wake(loop)
    descriptor = signal.set_wakeup_fd(-1)
    assert descriptor in guard._wakeups
    signal.set_wakeup_fd(descriptor)
    loop.remove_reader(guard._wakeups[0])
    guard.uninstall()
    assert signal.set_wakeup_fd(-1) == -1


def test_a_review_begins_without_a_prompt_that_nobody_can_type_into() -> None:
    assert "review" in rows(40, 12, prompt=False)
    assert PLACEHOLDER not in rows(40, 12, prompt=False)
