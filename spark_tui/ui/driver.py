"""Textual's terminal driver with four differences: it notices a vanished terminal, waits for keys
without polling, can be silenced, and tells when the terminal was another's.
"""

from __future__ import annotations

import contextlib
import os
import selectors
from codecs import getincrementaldecoder
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from spark_tui.ui.ground import ASK_GROUND, GroundAnswers

if TYPE_CHECKING:
    from textual.app import App

READ = 65_536
ALTERNATE_SCREEN = "\x1b[?1049h"


class SparkDriver(LinuxDriver):
    """Reads keys in its own thread; calls `app.terminal_gone()` when the terminal is closed."""

    def __init__(self, app: App[Any], **settings: Any) -> None:
        super().__init__(app, **settings)
        self.muted = False
        options = getattr(app, "options", None)
        self._skeleton_shown = getattr(options, "skeleton", None) is not None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)

    def write(self, data: str) -> None:
        """Write, unless the terminal was already given back.

        Entering the alternate screen a second time would blank the first paint.
        """
        if self._skeleton_shown and data == ALTERNATE_SCREEN:
            self._skeleton_shown = False
            return
        if not self.muted:
            super().write(data)

    def start_application_mode(self) -> None:
        """Start reading. Line settings to go back to are those from before the first paint.

        A wake-up that nobody waited for is forgotten.
        """
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, READ)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's is untyped
        if os.environ.get("TERM", "dumb") not in ("dumb", "linux"):
            self.write(ASK_GROUND)
        attributes = getattr(self._app, "terminal_attributes", None)
        if attributes is not None:
            self.attrs_before = attributes

    def suspend_application_mode(self) -> None:
        """Give the terminal away: an editor or the shell has it now."""
        self._absence("left")
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal back. Called in a signal handler after Ctrl+Z."""
        super().resume_application_mode()
        self._absence("back")

    def _absence(self, said: str) -> None:
        tell = getattr(getattr(self._app, "absence", None), said, None)
        if tell is not None:
            tell()

    def disable_input(self) -> None:
        """Stop reading: the waiting thread is woken first."""
        thread = self._key_thread
        if thread is not None and thread.is_alive():
            os.write(self._wake_write, b".")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Wait for keys; only a sequence that is not complete yet has a time limit."""
        parser = XTermParser(self._debug)
        ground = GroundAnswers()
        decode = getincrementaldecoder("utf-8")("replace").decode
        limit = constants.ESCAPE_DELAY
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            while True:
                pending = parser._timeout_time is not None
                ready = {key.fd for key, _ in selector.select(limit if pending else None)}
                if self._wake_read in ready:
                    # The exit event may not be set yet: waiting for it here would be for ever.
                    os.read(self._wake_read, READ)
                    break
                if self.fileno in ready:
                    data = self._read()
                    if not data:
                        self._gone()
                        return
                    data, light = ground.take(data)
                    if light is not None:
                        self._tell_ground(light=light)
                    for message in parser.feed(text) if (text := decode(data)) else ():
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            return

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, READ)
        except OSError:
            return b""

    def _tell_ground(self, *, light: bool) -> None:
        told = getattr(self._app, "ground_is", None)
        loop = self._app._loop
        if told is not None and loop is not None:
            loop.call_soon_threadsafe(partial(told, light=light))

    def _gone(self) -> None:
        self.muted = True
        gone = getattr(self._app, "terminal_gone", None)
        loop = self._app._loop
        if gone is not None and loop is not None:
            loop.call_soon_threadsafe(gone)
