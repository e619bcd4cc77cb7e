"""Reduced motion: whole hunks only, digits at the end."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.events import (
    Event,
    HunkGrew,
    HunksSet,
    HunkStarted,
    Metered,
    Said,
    Thought,
    TurnEnded,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.session import Turn


class ReducedMotion:
    """Holds back what would grow on the screen until it is whole."""

    def __init__(self) -> None:
        self._said: list[Event] = []

    def still(self, batch: Sequence[Event]) -> list[Event]:
        """The events of a frame without growing hunks; prose comes with the next whole one."""
        out: list[Event] = []
        for event in batch:
            match event:
                case HunkGrew() | HunkStarted() | Metered():
                    continue
                case Said() | Thought():
                    self._said.append(event)
                case TurnEnded() | HunksSet():
                    out += self._said
                    self._said.clear()
                    out.append(event)
                case _:
                    out.append(event)
        return out


def without_running_figures(turn: Turn | None) -> Turn | None:
    """The turn as the status bar shows it: no figures before its end."""
    if turn is None or not turn.running:
        return turn
    return replace(turn, reading=Reading())
