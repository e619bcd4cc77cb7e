"""The first paint: a screen to type into, written before Textual is imported. Stdlib only."""

from __future__ import annotations

import gc
import os
import sys
import termios
from types import TracebackType
from typing import Any

PLACEHOLDER = "say what to change…"

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J\x1b[H"
LEAVE = "\x1b[?2004l\x1b[?1049l\x1b[?25h"

_INPUT_FLAGS = termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON
_LOCAL_FLAGS = termios.ECHO | termios.ICANON | termios.IEXTEN


def rows(width: int, height: int, *, utf8: bool = True) -> str:
    """The skeleton as text with cursor moves: rule, prompt and status at their final rows."""
    dash, arrow, none = ("─", "›", "–") if utf8 else ("-", ">", "-")
    rule = f"{dash * 2} type "
    rule += dash * max(width - len(rule), 0)
    prompt = f" {arrow} {PLACEHOLDER if utf8 else PLACEHOLDER[:-1] + '...'}"
    status = f"  ttft {none} ms   {none} t/s"
    placed = ((height - 3, rule), (height - 2, prompt), (height, status))
    return "".join(f"\x1b[{row};1H{text[:width]}" for row, text in placed if row > 0)


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

    From `paint` on, keys are neither echoed nor collected into lines, so what is typed waits in
    the terminal's own queue until Textual reads it; what is pasted has its marks, so that it is
    text then. Ctrl+C still interrupts.
    """

    def __init__(self, *, input_fd: int = 0, output_fd: int = 2) -> None:
        self.input_fd = input_fd
        self.output_fd = output_fd
        self.saved: list[Any] | None = None
        self.painted = False

    def paint(self) -> bool:
        """Paint, if both ends are a terminal; True when something was painted."""
        if not (os.isatty(self.input_fd) and os.isatty(self.output_fd)):
            return False
        try:
            self.saved = termios.tcgetattr(self.input_fd)
            raw = termios.tcgetattr(self.input_fd)
            raw[0] &= ~_INPUT_FLAGS
            raw[3] &= ~_LOCAL_FLAGS
            termios.tcsetattr(self.input_fd, termios.TCSANOW, raw)
            width, height = os.get_terminal_size(self.output_fd)
        except (termios.error, OSError):
            return False
        encoding = (sys.stderr.encoding or "").lower().replace("-", "")
        utf8 = encoding == "utf8"
        text = ENTER + rows(width, height, utf8=utf8)
        os.write(self.output_fd, text.encode("utf-8" if utf8 else "ascii", "replace"))
        self.painted = True
        return True

    def hand_over(self) -> list[Any] | None:
        """The line settings from before; from here on somebody else restores the terminal."""
        self.painted = False
        saved, self.saved = self.saved, None
        return saved

    def restore(self) -> None:
        """Give the terminal back as it was; harmless to repeat."""
        if self.painted:
            self.painted = False
            os.write(self.output_fd, LEAVE.encode())
        if self.saved is not None:
            saved, self.saved = self.saved, None
            termios.tcsetattr(self.input_fd, termios.TCSANOW, saved)

    def __enter__(self) -> Skeleton:
        prepare_environment()
        self.paint()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()
