"""What is read within a frame crosses to the interface at once, when that frame is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from spark_tui.pair.ports import Clock

PERIOD_NS = 12_000_000
"""Between two frames of an answer that comes faster than they do."""

FEW = 2
"""Reads within a frame up to which the next frame need not wait for the whole period."""

EARLY_NS = 500_000
"""A frame that is due so soon is due: timers are no finer than a millisecond."""


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Do not make it."""


def at_once() -> int:
    """When the next frame is due where nobody paints: always."""
    return 0


class FrameGate:
    """Holds what was read until the next frame is due. Only in the network thread.

    `due` is the stamp (ns of `clock`) from which the interface would paint at once. A slow answer
    passes read by read; of a fast one everything that came meanwhile passes together, all turns'
    at the same time, so that one frame shows them. `opened_at` is when something passed last.
    """

    def __init__(
        self,
        due: Callable[[], int],
        clock: Clock,
        later: Callable[[float, Callable[[], None]], Timer] | None = None,
    ) -> None:
        self.due = due
        self._clock = clock
        self._later = later or _call_later
        self._held: dict[Callable[[], None], None] = {}
        self._timer: Timer | None = None
        self._reads = 0
        self._next = 0
        self.opened_at = 0

    def hold(self, hand_over: Callable[[], None]) -> None:
        """Call `hand_over` when the next frame is due: at once if it already is."""
        self._reads += 1
        self._held[hand_over] = None
        wait = self._wait()
        if wait <= EARLY_NS:
            self._open()
        elif self._timer is None:
            self._arm(wait)

    def _wait(self) -> int:
        return max(self.due(), self._next) - self._clock()

    def _arm(self, wait_ns: int) -> None:
        self._timer = self._later(wait_ns / 1e9, self._tick)

    def _tick(self) -> None:
        self._timer = None
        wait = self._wait()
        if wait > EARLY_NS:
            self._arm(wait)
        else:
            self._open()

    def _open(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        fast, self._reads = self._reads > FEW, 0
        self.opened_at = self._clock()
        self._next = self.opened_at + PERIOD_NS if fast else 0
        held, self._held = self._held, {}
        for hand_over in held:
            hand_over()


def _call_later(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)
