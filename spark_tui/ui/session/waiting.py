"""While an answer runs: say how long nothing has come. No timer while nothing runs."""

from __future__ import annotations

import time

from textual.timer import Timer

from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message
from spark_tui.ui.messages.of_events import finished_hunks
from spark_tui.ui.session.context import ScreenContext
from spark_tui.ui.style.cells import safe

TICK_SECONDS = 0.1
TICKING_NS = 100_000_000
"""Frames repaint the figures; where none came for this long the clock does."""

WAITING_NS = 500_000_000
STALLED_NS = 2_000_000_000
SLOW_GIT_NS = 2_000_000_000
SLOW_READING_NS = 2_000_000_000


class SilenceWatch:
    """Speaks in the keys row, and takes it back as soon as something comes."""

    def __init__(self, screen: ScreenContext) -> None:
        self.screen = screen
        self.last_event_at = 0
        self._ticker: Timer | None = None
        self._said: Message | None = None
        self._again: tuple[str, int] | None = None

    def start(self) -> None:
        """An instruction was sent."""
        self.stop()
        self.begin()

    def begin(self) -> None:
        """An instruction was given; it may wait for git, or its files, before it is sent."""
        if self._ticker is None:
            self._ticker = self.screen.set_interval(TICK_SECONDS, self._tick)

    def retrying(self, why: str, at: int, wait_s: float) -> None:
        """The request is sent again at `at` plus `wait_s` seconds."""
        self._again = (safe(why), at + int(wait_s * 1e9))

    def stop(self) -> None:
        """The answer is over."""
        self._again = None
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self._say(None)

    def _say(self, message: Message | None) -> None:
        row = self.screen.keys_row
        if message and row.message and row.message != self._said:
            return  # what was just said is read first
        if message:
            row.say(message)
        elif self._said and row.message == self._said:
            row.say("")
        self._said = message

    def _tick(self) -> None:
        turn = self.screen.session.turn
        since = self.screen.conductor.waits_for_git
        if since:
            waited = time.monotonic_ns() - since
            self._say(words.git_slow(waited / 1e9) if waited >= SLOW_GIT_NS else None)
            return
        waiting = self.screen.sending.waiting
        if waiting is not None and time.monotonic_ns() - waiting[1] >= SLOW_READING_NS:
            self._say(words.reading_slow((time.monotonic_ns() - waiting[1]) / 1e9))
            return
        if not self.screen.running and not self.screen.keyboard.sent and waiting is None:
            self.stop()
        if turn is None or not turn.running or self.screen.keys_row.error:
            return
        if turn.wants:
            self._say(None)  # the person is waited for
            return
        now = time.monotonic_ns()
        if turn.reading.ttft_ns is None or now - self.last_event_at >= TICKING_NS:
            self.screen.tick()
        if self._again is not None and now < self._again[1]:
            why, at = self._again
            self._say(words.sends_in(why, max(1.0, (at - now) / 1e9)))
        elif turn.reading.ttft_ns is None:
            waited = now - turn.asked_at
            if waited >= WAITING_NS:
                self._say(words.waiting(waited / 1e9))
        elif now - self.last_event_at >= STALLED_NS:
            silent = (now - self.last_event_at) / 1e9
            self._say(words.stalled(silent, finished_hunks(turn)))
        else:
            self._say(None)
