"""What the conductor tells of latency: paints become events, and a recorder gets them all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from spark_tui.core.events import Away, Displayed, Event, Painted
from spark_tui.pair.emit import Emit
from spark_tui.pair.ports import Recorder


class Recording:
    """Stamps of the screen, as events; and the recorder of traces, if there is one."""

    def __init__(self, recorder: Recorder | None, emit: Emit) -> None:
        self._recorder = recorder
        self._emit = emit
        self._painted: set[int] = set()

    def handle(self, events: Sequence[Event]) -> None:
        """Hand events to the recorder."""
        if self._recorder is not None:
            self._recorder.handle(events)

    def give_up(self) -> None:
        """The recorder broke: nothing more is handed to it."""
        self._recorder = None

    def painted(self, turn: int, at: int) -> None:
        """A hunk of the turn is on the screen; only the first of a turn counts."""
        if turn not in self._painted:
            self._painted.add(turn)
            self._emit(Painted(at, turn))

    def displayed(self, turn: int, at: int) -> None:
        """The end of the turn's answer, or what was written of it, is on the screen."""
        self._emit(Displayed(at, turn))

    def away(self, turn: int, since: int, until: int) -> None:
        """The interface was suspended, while the turn was the newest."""
        self._emit(Away(until, turn, since))

    def place(self, turn: int | None) -> str:
        """Where the trace of the turn is, "" where there is none."""
        return self._recorder.place(turn) if self._recorder and turn is not None else ""

    async def close(self, left: Sequence[Event]) -> None:
        """Hand over what is left, and wait until it is written. Safe to call twice."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.handle(left)
            await asyncio.to_thread(recorder.close)
