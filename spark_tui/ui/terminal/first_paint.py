"""The first paint: a screen to type into, before Textual is imported. Stdlib only.

What is typed meanwhile is read and shown here, and handed over whole.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import termios
from types import TracebackType
from typing import Any

PLACEHOLDER = "say what to change…"

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H"
LEAVE = "\x1b[?2004l\x1b[?1049l\x1b[?25h"

_INPUT_FLAGS = termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON
_LOCAL_FLAGS = termios.ECHO | termios.ICANON | termios.IEXTEN


_PROMPT_COLUMN = 4


def placeholder(utf8: bool) -> str:
    """What the empty prompt says."""
    return PLACEHOLDER if utf8 else PLACEHOLDER[:-1] + "..."


def rows(width: int, height: int, *, utf8: bool = True, prompt: bool = True) -> str:
    """The skeleton as text with cursor moves: rule, prompt and status at their final rows.

    Without `prompt` the rule of a screen in which nothing is typed.
    """
    dash, arrow, none = ("─", "›", "–") if utf8 else ("-", ">", "-")
    if not prompt:
        rule = f"{dash * 2} review "
        rule += dash * max(width - len(rule), 0)
        return f"\x1b[{max(height - 1, 1)};1H{rule[:width]}"
    rule = f"{dash * 2} type "
    rule += dash * max(width - len(rule), 0)
    typed = f" {arrow} {placeholder(utf8)}"
    status = f"  ttft {none} ms   {none} t/s"
    placed = ((height - 3, rule), (height - 2, typed), (height, status))
    return "".join(f"\x1b[{row};1H{text[:width]}" for row, text in placed if row > 0)


READ = 65_536
CTRL_C = b"\x03"
_PLAIN_WIDTH = 0x300
"""Letters below this take one cell each, whatever follows them."""


def echoed(typed: bytes, room: int) -> str | None:
    """What the prompt holds after these bytes; None where they are more than letters of one row.

    A key that is no text in an empty prompt is for the one who knows the keys.
    """
    text = ""
    for char in typed.decode("utf-8", "ignore"):
        if char in "\x08\x7f":
            text = text[:-1]
        elif char == "\x03":
            text = ""
        elif char.isprintable() and ord(char) < _PLAIN_WIDTH and (text or char != "?"):
            text += char
        else:
            return None
    return text if len(text) < room else None


class EarlyKeys:
    """Reads what is typed into the first paint, and shows it there as long as it is only text.

    Ctrl+C takes back what was typed, as it does in the session; with nothing typed since the last
    one it interrupts the program, as long as `interrupts` is true.
    """

    def __init__(
        self,
        input_fd: int,
        output_fd: int,
        size: tuple[int, int],
        *,
        utf8: bool,
        shows: bool = True,
    ) -> None:
        import threading

        self._input = input_fd
        self._output = output_fd
        self._size = size
        self._utf8 = utf8
        self._shows = shows
        self.interrupts = True
        self._typed = b""
        self._end = os.pipe()
        self._thread = threading.Thread(target=self._read, name="early keys", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def take(self) -> bytes:
        """End the reading; what was typed, once."""
        if self._thread.is_alive():
            os.write(self._end[1], b".")
            self._thread.join()
        for end in self._end:
            os.close(end)
        typed, self._typed = self._typed, b""
        return typed

    def _read(self) -> None:
        shown = ""
        showing = self._shows
        while True:
            ready = select.select([self._input, self._end[0]], [], [])[0]
            if self._end[0] in ready:
                return
            try:
                data = os.read(self._input, READ)
            except OSError:
                return
            if not data:
                return
            if self.interrupts and CTRL_C * 2 in (self._typed[-1:] or CTRL_C) + data:
                os.kill(os.getpid(), signal.SIGINT)
            self._typed += data
            text = echoed(self._typed, self._size[0] - _PROMPT_COLUMN) if showing else None
            if text is not None and text != shown:
                shown = text
                showing = self._show(text)

    def _show(self, text: str) -> bool:
        """Write it into the prompt's row; False where that is not where it was."""
        try:
            if tuple(os.get_terminal_size(self._output)) != self._size:
                return False
            row = (
                f"\x1b[{self._size[1] - 2};{_PROMPT_COLUMN}H{text or placeholder(self._utf8)}\x1b[K"
            )
            os.write(self._output, row.encode("utf-8" if self._utf8 else "ascii", "replace"))
        except OSError:
            return False
        return True


def prepare_environment() -> None:
    """Settings Textual reads when it is imported: frame rate and how long Esc waits (ms).

    The frame rate only bounds how long a change waits for its repaint (2 ms): how often there is
    something to repaint is paced elsewhere.
    Garbage collection pauses until the first frame: imports make few cycles, and looking for them
    costs a tenth of the start. The app turns it on again.
    """
    gc.disable()
    os.environ.setdefault("TEXTUAL_FPS", "500")
    remote = bool(os.environ.get("SSH_CONNECTION"))
    os.environ.setdefault("ESCDELAY", "50" if remote else "25")
    # An exported size would win over the terminal's own, and outlive every resize.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


class Skeleton:
    """A context that paints the skeleton and gives the terminal back if nothing takes it over.

    From `paint` on, the terminal neither echoes keys nor collects them into lines: `EarlyKeys`
    reads them until Textual's driver takes them over; what is pasted has its marks, so that it is
    text then. Ctrl+C takes back what was typed, else it interrupts. Without `prompt` what is typed
    are keys, and not shown.
    """

    def __init__(self, *, input_fd: int = 0, output_fd: int = 2, prompt: bool = True) -> None:
        self.prompt = prompt
        self.input_fd = input_fd
        self.output_fd = output_fd
        self.saved: list[Any] | None = None
        self.painted = False
        self._keys: EarlyKeys | None = None

    def paint(self) -> bool:
        """Paint, if both ends are a terminal; True when something was painted."""
        if not (os.isatty(self.input_fd) and os.isatty(self.output_fd)):
            return False
        try:
            width, height = os.get_terminal_size(self.output_fd)
            self.saved = termios.tcgetattr(self.input_fd)
            raw = termios.tcgetattr(self.input_fd)
            raw[0] &= ~_INPUT_FLAGS
            raw[3] &= ~_LOCAL_FLAGS
            # A key like the others: an interrupt would take what was typed with it.
            raw[6][termios.VINTR] = os.fpathconf(self.input_fd, "PC_VDISABLE")
            termios.tcsetattr(self.input_fd, termios.TCSANOW, raw)
        except (termios.error, OSError):
            return False
        encoding = (sys.stderr.encoding or "").lower().replace("-", "")
        utf8 = encoding == "utf8"
        text = ENTER + rows(width, height, utf8=utf8, prompt=self.prompt)
        self.painted = True
        os.write(self.output_fd, text.encode("utf-8" if utf8 else "ascii", "replace"))
        size = width, height
        self._keys = EarlyKeys(self.input_fd, self.output_fd, size, utf8=utf8, shows=self.prompt)
        self._keys.start()
        return True

    def typed(self) -> bytes:
        """What was typed so far, once; from here on somebody else reads."""
        keys, self._keys = self._keys, None
        return keys.take() if keys is not None else b""

    def hand_over(self) -> list[Any] | None:
        """The line settings from before; from here on somebody else restores the terminal.

        Ctrl+C is for them too: an interrupt now would find the terminal half given over.
        """
        if self._keys is not None:
            self._keys.interrupts = False
        self.painted = False
        saved, self.saved = self.saved, None
        return saved

    def restore(self) -> None:
        """Give the terminal back as it was; harmless to repeat."""
        self.typed()
        if self.painted:
            self.painted = False
            os.write(self.output_fd, LEAVE.encode())
        if self.saved is not None:
            saved, self.saved = self.saved, None
            termios.tcsetattr(self.input_fd, termios.TCSANOW, saved)

    def __enter__(self) -> Skeleton:
        prepare_environment()
        try:
            self.paint()
        except BaseException:  # an interrupt as soon as keys are read
            self.restore()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()
