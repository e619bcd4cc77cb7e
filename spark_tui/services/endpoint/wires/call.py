"""One request under way: batches of events out, cancel in, and the clocks that end it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from time import time as wall_clock
from typing import Any, Protocol

from spark_tui.core.endpoint.wire import Ended, Ending, FaultKind, WireEvent
from spark_tui.core.remedy import Remedy
from spark_tui.services.endpoint.faults.faults import AGAIN, FaultError
from spark_tui.services.endpoint.limits import Timeouts
from spark_tui.services.endpoint.network import Network

Sink = Callable[[Sequence[WireEvent]], None]


class Cancellable(Protocol):
    """As much as is known of a call that may be another endpoint's."""

    def cancel(self, closed: Callable[[int], None] | None = None) -> None:
        """See `Call.cancel`."""


class Phase(Enum):
    """What an answer waits for; each phase has its own clock (connecting has the socket's)."""

    CONNECTING = "connecting"
    HEADERS = "headers"
    FIRST_OUTPUT = "first output"
    STREAMING = "streaming"
    FINISHING = "finishing"


class WireCall:
    """The `Call` of the ports. Everything but `cancel` runs in the network thread.

    `events` gathers what one read held; `flush` hands it to the sink. After `Ended` nothing is
    handed out any more, whatever the wire still does.
    """

    def __init__(self, network: Network, sink: Sink, timeouts: Timeouts, host: str) -> None:
        self.events: list[WireEvent] = []
        self.ended = False
        self.heard = False
        self.host = host
        self._network = network
        self._sink = sink
        self._timeouts = timeouts
        self._task: asyncio.Task[None] | None = None
        self._phase = Phase.CONNECTING
        self._since = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._clocks = (wall_clock(), time.monotonic())
        self._closers: list[Callable[[], None]] = []

    def cancel(self, closed: Callable[[int], None] | None = None) -> None:
        """See `Call.cancel`."""
        self._network.post(lambda: self._cancel(closed))

    def _cancel(self, closed: Callable[[int], None] | None) -> None:
        if self.ended:
            return
        self.stop(Ended(time.monotonic_ns(), Ending.STOPPED))
        if closed is not None and self._task is not None:
            # The task ends when its socket is closed: that is the last thing it waits for.
            self._task.add_done_callback(lambda _: closed(time.monotonic_ns()))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin; `work` runs until the call has ended."""
        if self.ended:
            work.close()
            return
        self._task = self._network.keep(work)
        self._tick()

    def enter(self, phase: Phase) -> None:
        """A new phase began: its clock starts."""
        self._phase = phase
        self._since = time.monotonic()

    def progress(self) -> None:
        """A content event arrived: the stall clock starts again."""
        self._phase = Phase.STREAMING
        self._since = time.monotonic()

    def on_stop(self, close: Callable[[], None]) -> None:
        """Something to close at once when the call is stopped from outside."""
        self._closers.append(close)

    def emit(self, event: WireEvent) -> None:
        """Add one event to the batch."""
        if not self.ended:
            self.events.append(event)

    def flush(self) -> None:
        """Hand out what has gathered."""
        batch = self.events
        if not batch or self.ended:
            return
        self.events = []
        if isinstance(batch[-1], Ended):
            self._close()
        self._sink(batch)

    def finish(self, ended: Ended) -> None:
        """The last event, with whatever gathered before it."""
        self.emit(ended)
        self.flush()

    def stop(self, ended: Ended) -> None:
        """End from outside the wire: tell the sink first, then tear down."""
        if self.ended:
            return
        self.finish(ended)
        for close in self._closers:
            close()
        if self._task is not None:
            self._task.cancel()

    @property
    def content(self) -> bool:
        """Whether any piece of the answer is out."""
        return self._phase in (Phase.STREAMING, Phase.FINISHING)

    def _close(self) -> None:
        self.ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        """Look at the clocks; runs only while the call does."""
        if self.ended:
            return
        now = time.monotonic()
        fault = self._overdue(now)
        if fault is not None:
            self.stop(fault.ended(time.monotonic_ns()))
            return
        self._timer = asyncio.get_running_loop().call_later(self._timeouts.tick, self._tick)

    def _overdue(self, now: float) -> FaultError | None:
        wall, mono = self._clocks
        self._clocks = (wall_clock(), now)
        limits = self._timeouts
        if (self._clocks[0] - wall) - (now - mono) > limits.sleep_jump:
            return FaultError(
                FaultKind.STALLED,
                "the machine slept, the answer is lost, nothing written",
                Remedy.RETRY,
                ending=Ending.CUT,
            )
        waited = now - self._since
        if self._phase is Phase.HEADERS and waited > limits.headers:
            return FaultError(
                FaultKind.TIMEOUT, f"{self.host} did not answer in {limits.headers:g} s", *AGAIN
            )
        if self._phase is Phase.FIRST_OUTPUT and waited > limits.first_output:
            return FaultError(
                FaultKind.TIMEOUT,
                f"no first token from {self.host} in {limits.first_output:g} s",
                *AGAIN,
            )
        if self._phase is Phase.STREAMING and waited > limits.stall:
            return FaultError(
                FaultKind.STALLED,
                f"no token for {limits.stall:g} s, nothing written",
                Remedy.RETRY,
                ending=Ending.CUT,
            )
        return None
