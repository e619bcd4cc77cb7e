"""Textual's terminal driver with five differences: it notices a vanished terminal, waits for keys
without polling, takes nothing in a paste for a key, can be silenced, and tells when the terminal
was another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import threading
import time
from codecs import getincrementaldecoder
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste

from spark_tui.ui.terminal.background_color import ASK_BACKGROUND, BackgroundAnswers
from spark_tui.ui.terminal.bracketed_paste import START, Pasted, PasteSplitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import App
    from textual.message import Message

    from spark_tui.ui.terminal.first_paint import Skeleton

READ = 65_536
ALTERNATE_SCREEN = "\x1b[?1049h"


class ReaderRun:
    """What one run of the reading thread knows: bytes become messages, in order.

    `post` takes the messages; `tell` calls a method of the app by its name.
    """

    def __init__(
        self, post: Callable[[Message], None], tell: Callable[..., None], *, debug: bool = False
    ) -> None:
        self._post = post
        self._tell = tell
        self._splitter = PasteSplitter(constants.ESCAPE_DELAY)
        self._ground = BackgroundAnswers()
        self._parser = XTermParser(debug)
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def wait(self) -> float | None:
        """Seconds until `tick` has something to do, None for never."""
        waits = []
        if self._splitter.deadline is not None:
            waits.append(max(self._splitter.deadline - time.monotonic(), 0.0))
        if self._parser._timeout_time is not None:
            waits.append(constants.ESCAPE_DELAY)
        return min(waits, default=None)

    def read(self, data: bytes) -> None:
        """Take what the terminal sent."""
        for part in self._splitter.feed(data, time.monotonic()):
            self._take(part)

    def tick(self) -> None:
        """Time passed: what waited for more is what it is."""
        for part in self._splitter.expire(time.monotonic()):
            self._take(part)
            if isinstance(part, bytes) and START.startswith(part):
                self._settle()  # it has waited once already
        self._post_all(self._parser.tick())

    def end(self) -> None:
        """Nothing more will be read."""
        with contextlib.suppress(EOFError, ParseError):
            for _ in self._parser.feed(""):
                pass

    def _take(self, part: bytes | Pasted) -> None:
        if isinstance(part, Pasted):
            self._settle()
            self._post(Paste(part.text))
            if part.cut:
                self._tell("paste_cut")
            return
        keys, light = self._ground.take(part)
        if light is not None:
            self._tell("ground_is", light=light)
        text = self._decoder.decode(keys)
        self._post_all(self._parser.feed(text) if text else ())

    def _settle(self) -> None:
        """A key that could be the beginning of a longer one is itself."""
        if self._parser._timeout_time is not None:
            self._parser._timeout_time = 0.0
            self._post_all(self._parser.tick())

    def _post_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._post(message)


class SparkDriver(LinuxDriver):
    """Reads keys in its own thread; calls `app.terminal_gone()` when the terminal is closed."""

    def __init__(self, app: App[Any], **settings: Any) -> None:
        super().__init__(app, **settings)
        self.muted = False
        self._read_now: list[Message] = []
        options = getattr(app, "options", None)
        self._skeleton: Skeleton | None = getattr(options, "skeleton", None)
        self._skeleton_shown = self._skeleton is not None
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
            self.write(ASK_BACKGROUND)
        attributes = getattr(self._app, "terminal_attributes", None)
        if attributes is not None:
            self.attrs_before = attributes

    def suspend_application_mode(self) -> None:
        """Give the terminal away: an editor or the shell has it now."""
        self._suspension("left")
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal back. Called in a signal handler after Ctrl+Z."""
        super().resume_application_mode()
        self._suspension("back")

    def _suspension(self, said: str) -> None:
        tell = getattr(getattr(self._app, "suspension", None), said, None)
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
        reading = ReaderRun(self.process_message, self.tell_app, debug=self._debug)
        if self._skeleton is not None:
            reading.read(self._skeleton.typed())
            reading.tick()
            self._hand_over()
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(reading.wait())}
                if self._wake_read in ready:
                    # The exit event may not be set yet: waiting for it here would be for ever.
                    os.read(self._wake_read, READ)
                    break
                if self.fileno in ready:
                    data = self._read()
                    if not data:
                        self._gone()
                        return
                    reading.read(data)
                reading.tick()
                self._hand_over()
        reading.end()

    def send_message(self, message: Message) -> None:
        """Hand a message to the app: what one read brought in one piece, others at once."""
        if threading.current_thread() is self._key_thread:
            self._read_now.append(message)
        else:
            super().send_message(message)

    def _hand_over(self) -> None:
        """The app gets what was read, all of it before it handles the first key."""
        messages, self._read_now = self._read_now, []
        if messages:
            asyncio.run_coroutine_threadsafe(self._post(messages), self._loop)

    async def _post(self, messages: Sequence[Message]) -> None:
        for message in messages:
            await self._app._post_message(message)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, READ)
        except OSError:
            return b""

    def tell_app(self, what: str, **said: bool) -> None:
        """Call the app in its own loop, where it has such a method."""
        told = getattr(self._app, what, None)
        loop = self._app._loop
        if told is not None and loop is not None:
            loop.call_soon_threadsafe(partial(told, **said))

    def _gone(self) -> None:
        self.muted = True
        self.tell_app("terminal_gone")
