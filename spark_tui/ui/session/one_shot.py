"""One quick edit and out: the screen of `spark-tui edit` on a terminal.

It is the session's screen without what one edit does not need: no panel, no prompt until one
refines, and it closes on the last decision.
"""

from __future__ import annotations

import time

from spark_tui.core.context import LineRange, written
from spark_tui.core.edits.model import HunkState
from spark_tui.core.session import Session, Turn
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.options import OneShot
from spark_tui.ui.session.context import ScreenContext
from spark_tui.ui.undecided import undecided

EVERYTHING = 1_000_000_000
"""The last line of any file."""

_DONE = frozenset({HunkState.APPLIED, HunkState.DROPPED, HunkState.REPLACED})


class OneShotRun:
    """Runs one on the session's screen."""

    def __init__(self, screen: ScreenContext, one_shot: OneShot) -> None:
        self.screen = screen
        self.one_shot = one_shot
        screen.code.on_leave = self._left

    @property
    def title(self) -> str:
        """What the header names in place of the repository."""
        path = self.screen.code_pane.path or self.one_shot.path
        lines = self.one_shot.lines if path == self.one_shot.path else None
        return written(path, lines).removeprefix("@")

    def start(self) -> None:
        """Ask, or open the box, or let the person find a file."""
        one_shot, screen = self.one_shot, self.screen
        if screen.prompt.empty:
            screen.keyboard.where = Where.REVIEW
        if not one_shot.path:
            screen.keys.run_command("find-file")
        elif one_shot.text:
            now = time.monotonic_ns()
            span = LineRange(one_shot.path, *(one_shot.lines or (1, EVERYTHING)))
            screen.keyboard.entered(now)
            screen.code.saying.last = one_shot.text
            screen.conductor.ask_span(span, one_shot.text, now)
        else:
            screen.code.open(one_shot.path, one_shot.lines or (1, EVERYTHING), say=True)

    def close_when_done(self, session: Session) -> None:
        """Close on the last decision."""
        hunks = [h for turn in session.turns for h in turn.hunks]
        running = session.turn is not None and session.turn.running
        if hunks and not running and all(h.state in _DONE for h in hunks):
            self.screen.quit()

    def popup_closed(self) -> None:
        """The finder closed: with nothing chosen there is nothing to do here."""
        self.screen.call_later(self._left)

    def _left(self) -> None:
        screen = self.screen
        busy = screen.popup.model is not None or screen.code.shown or screen.code.reading
        if not busy and screen.session.turn is None:
            screen.quit()

    def press(self, command: str | None) -> bool:
        """`q` with nothing left to drop leaves; True when that was it."""
        turn = self.screen.session.turn
        if command != "drop-all" or undecided(self.screen.session) or (turn and turn.running):
            return False
        self.screen.quit()
        return True

    def end(self) -> int:
        """How it ended, for the exit status: decided, even if all dropped, is 0."""
        session = self.screen.session
        self.one_shot.status, self.one_shot.parting = outcome(session)
        return self.one_shot.status


def outcome(session: Session) -> tuple[int, str]:
    """Exit status and the line that stays in the scrollback, "" for nothing to say."""
    turn = session.turn
    if turn is None:
        return 0, ""
    hunks = [h for t in session.turns for h in t.hunks]
    left = sum(h.state not in _DONE for h in hunks)
    if left:
        return 1, words.left_open(left)
    if turn.running or not hunks:
        return 1, turn.detail or words.NOTHING_DECIDED
    applied = [h for h in hunks if h.state is HunkState.APPLIED]
    if not applied:
        return 0, words.ALL_DROPPED
    entries = [entry for t in session.turns for entry in _entries(t)]
    files = sorted({h.path for h in applied})
    return 0, words.parting(len(applied), files, max(entries, default=0))


def _entries(turn: Turn) -> list[int]:
    return [entry for _, entry in turn.entries]
