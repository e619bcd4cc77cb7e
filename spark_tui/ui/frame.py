"""When to paint: events are gathered into frames, and one flush serves the whole screen."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from spark_tui.core.events import Event
from spark_tui.core.session import Session, step

if TYPE_CHECKING:
    from textual.app import App

BEHIND = 2
"""Frames the terminal may have unread before flushes wait (Textual blocks at 30)."""

EARLY = 1_000_000
"""A frame that is due within so many ns is due: a timer would be no finer."""


class TimerHandle(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Do not make it."""


def frames_per_second() -> int:
    """120, or 30 over SSH, where bytes cost more than smoothness gains."""
    return 30 if os.environ.get("SSH_CONNECTION") else 120


def writer_backlog(app: App[Any]) -> int:
    """Frames Textual's writer thread has not handed to the terminal; 0 where it can't be known."""
    driver = getattr(app, "_driver", None)
    thread = getattr(driver, "_writer_thread", None)
    queue = getattr(thread, "_queue", None)
    return int(queue.qsize()) if queue is not None else 0


class FramePump:
    """Folds events into the session and hands whole frames to `on_frame(batch, session)`.

    The first event after a pause is flushed at once, then at most `fps` frames a second, so that a
    slow answer shows each token as it comes; what comes faster is gathered where it is read, until
    `due`. The period stretches with what a frame costs (at most half of the
    loop's time goes into frames) and with how late the loop serves it. While `backlog()` is above
    `BEHIND` nothing is flushed.
    `measured(cost, late)` is told what each frame cost and how late its timer was served, in ns;
    `late` is None where nothing was due. `handed_over()` tells when the network's thread handed
    something over last: a frame that follows it was called for then. There is no timer while
    nothing comes in. `clock` is nanoseconds, monotonic.
    `failed` is told of an event that could not be folded, and of a frame that could not be shown:
    the others go on.
    """

    def __init__(
        self,
        on_frame: Callable[[Sequence[Event], Session], None],
        session: Session | None = None,
        *,
        fps: int = 120,
        backlog: Callable[[], int] = lambda: 0,
        clock: Callable[[], int] = time.monotonic_ns,
        later: Callable[[float, Callable[[], None]], TimerHandle] | None = None,
        measured: Callable[[int, int | None], None] = lambda _cost, _late: None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self.session = session or Session()
        self.flushes = 0
        self.skipped = 0
        self._on_frame = on_frame
        self._base = 1_000_000_000 // fps
        self._backlog = backlog
        self._clock = clock
        self._later = later or _call_later
        self._measured = measured
        self._failed = failed or _raised
        self._began = 0
        self.handed_over: Callable[[], int] = lambda: 0
        self._pending: list[Event] = []
        self._armed: TimerHandle | None = None
        self._due = 0
        self._period = self._base

    def handle(self, events: Sequence[Event]) -> None:
        """Take events, in order; must be called in the loop that paints."""
        self._pending.extend(events)
        if self._armed is not None or not self._pending:
            return
        wait = self._due - self._clock()
        if wait <= EARLY and self._backlog() <= BEHIND:
            self._flush()
        else:
            self._arm(wait if wait > EARLY else self._period)

    @property
    def due(self) -> int:
        """From when events are shown at once, ns of the clock; read from any thread."""
        return self._due

    @property
    def idle(self) -> bool:
        """True when every event has been shown."""
        return not self._pending

    def close(self) -> None:
        """Paint nothing more."""
        if self._armed is not None:
            self._armed.cancel()
        self._pending.clear()

    def _arm(self, wait_ns: int) -> None:
        self._due = self._clock() + wait_ns
        self._armed = self._later(wait_ns / 1e9, self._tick)

    def _tick(self) -> None:
        self._armed = None
        if not self._pending:
            return
        if self._backlog() > BEHIND:
            self.skipped += 1
            self._arm(self._period)
            return
        self._flush(timed=True)

    def _flush(self, *, timed: bool = False) -> None:
        start = self._clock()
        late = max(0, start - self._due) if self._due else 0
        called = self.handed_over()
        if not timed and called > self._began:
            late, timed = max(0, start - called), True
        self._began = start
        batch, self._pending = self._pending, []
        for event in batch:
            try:
                self.session = step(self.session, event)
            except Exception as error:  # noqa: BLE001 - the frames behind it must still come
                self._failed(error)
        self.flushes += 1
        try:
            self._on_frame(batch, self.session)
        except Exception as error:  # noqa: BLE001 - likewise
            self._failed(error)
        cost = self._clock() - start
        self._measured(cost, late if timed else None)
        # `late` beyond one period is idleness, not load: nobody was waiting for that frame.
        self._period = max(self._base, 2 * cost + (late if late < self._base else 0))
        self._due = start + self._period


def _raised(error: Exception) -> None:
    raise error


def _call_later(seconds: float, call: Callable[[], None]) -> TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, call)
