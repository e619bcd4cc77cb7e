"""Stopping what runs, and saying afterwards how long that took and what is left."""

from __future__ import annotations

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import TurnEnded
from spark_tui.ui.messages import words
from spark_tui.ui.messages.of_events import finished_hunks
from spark_tui.ui.session.context import ScreenContext


class Stopping:
    """Remembers when the person stopped an answer, until it has ended."""

    def __init__(self, screen: ScreenContext) -> None:
        self._screen = screen
        self._stopped: tuple[int, int] | None = None

    def stop(self, at: int, *, quietly: bool = False) -> None:
        """Stop every answer that comes; `quietly` says nothing about it."""
        screen = self._screen
        turn = screen.session.turn
        if turn is None or not screen.running:
            return
        screen.queue.hold()
        screen.instrument.interrupted(at)
        screen.conductor.stop()
        screen.keyboard.interrupted(at)
        writing = sum(h.state is HunkState.WRITING for h in turn.hunks)
        self._stopped = None if quietly else (at, writing)

    def ended(self, event: TurnEnded) -> None:
        """An answer is over: say how long it took to stop, and what is left."""
        stopped, self._stopped = self._stopped, None
        turn = self._screen.session.turn
        if stopped is None or turn is None or event.ending is not Ending.STOPPED:
            return
        at, gone = stopped
        self._screen.say(words.stopped(max(0, event.at - at), finished_hunks(turn), gone))
