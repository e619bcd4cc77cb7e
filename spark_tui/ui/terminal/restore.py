"""The terminal comes back on every ending that can be caught: signals, crash, vanished pty."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

RESTORE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l"
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""Ends an update under way, then undoes what Textual's driver sets: paste, wrap, resize reports,
mouse, kitty keys, screen.
"""

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

GRACE_SECONDS = 2.0
"""How long an orderly end may take after a signal before the process is ended anyway."""


class TerminalGuard:
    """Remembers how the terminal was and puts it back.

    `on_signal(number)` is asked to end the program in order; it runs in the signal handler, in the
    main thread, after the terminal was restored. A second signal ends the process at once.
    """

    def __init__(
        self, attributes: list[Any] | None = None, *, input_fd: int = 0, output_fd: int = 2
    ) -> None:
        self.input_fd = input_fd
        self.output_fd = output_fd
        self.received: int | None = None
        self._attributes = attributes if attributes is not None else self._read()
        self._previous: dict[int, Any] = {}
        self._on_signal: Callable[[int], None] | None = None
        self._watchdog = -1
        self._wakeups: tuple[int, ...] = ()

    def install(self, on_signal: Callable[[int], None]) -> None:
        """Handle the ending signals from here on. Only the main thread may call this."""
        self._on_signal = on_signal
        waiting, self._watchdog = os.pipe()
        threading.Thread(target=self._watch, args=(waiting,), name="watchdog", daemon=True).start()
        for number in SIGNALS:
            self._previous[number] = signal.signal(number, self._handle)

    def uninstall(self) -> None:
        """Put the former handlers back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()
        if self._wakeups:
            signal.set_wakeup_fd(-1)
        for descriptor in self._wakeups:
            os.close(descriptor)
        self._wakeups = ()
        if self._watchdog >= 0:
            os.close(self._watchdog)
            self._watchdog = -1

    def wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let a signal wake `loop`: one that comes just before it sleeps would wait for a key."""
        read, write = os.pipe()
        for end in (read, write):
            os.set_blocking(end, False)
        loop.add_reader(read, os.read, read, 512)
        self._wakeups = (read, write)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def restore(self) -> None:
        """Leave the alternate screen and every mode; a terminal that is gone is no error."""
        try:
            os.write(self.output_fd, RESTORE.encode())
            if self._attributes is not None:
                termios.tcsetattr(self.input_fd, termios.TCSANOW, self._attributes)
        except (OSError, termios.error):
            return

    def restore_attributes(self) -> None:
        """Only the line settings: Textual has left the screen itself."""
        if self._attributes is not None:
            try:
                termios.tcsetattr(self.input_fd, termios.TCSANOW, self._attributes)
            except termios.error:
                return

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.received is not None:
            os._exit(128 + number)
        self.received = number
        self.restore()
        # Not a new thread: whoever starts one holds a lock, and may be what is interrupted here.
        os.write(self._watchdog, b".")
        if self._on_signal is not None:
            self._on_signal(number)

    def _watch(self, waiting: int) -> None:
        """End the process a while after a signal came; end with the pipe where none does."""
        came = os.read(waiting, 1)
        os.close(waiting)
        if came:
            time.sleep(GRACE_SECONDS)
            os._exit(128 + (self.received or 0))

    def _read(self) -> list[Any] | None:
        try:
            return termios.tcgetattr(self.input_fd)
        except termios.error:
            return None
