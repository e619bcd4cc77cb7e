"""Whether an endpoint is warm, and whom to tell when what is known of it changes.

Connections are counted where sockets open and close, whatever wire they serve: they find their
endpoint in a context variable, because they are opened deep inside libraries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from spark_tui.core.endpoint.wire import EndpointState

SETTLE_S = 0.03
"""A lost connection that is replaced at once is not worth a word."""


class ConnectionState:
    """Open connections of one endpoint. Everything runs in the network thread, but `watch`."""

    def __init__(self, read: Callable[[], EndpointState]) -> None:
        self.open = 0
        self._read = read
        self._last = EndpointState()
        self._told: Callable[[EndpointState], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._later: asyncio.TimerHandle | None = None

    def watch(self, told: Callable[[EndpointState], None]) -> None:
        """Call `told` with each new state, from the network thread."""
        self._told = told

    def opened(self) -> None:
        """A connection opened."""
        self.open += 1
        self.changed()

    def closed(self) -> None:
        """A connection closed."""
        self.open -= 1
        self.changed()

    def changed(self, again_s: float = 0.0) -> None:
        """Something may be new; with `again_s` look again that much later, too."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._timer = loop.call_later(SETTLE_S, self._look)
        if again_s:
            if self._later is not None:
                self._later.cancel()
            self._later = loop.call_later(again_s, self._look)

    def stop(self) -> None:
        """Nobody is told any more."""
        self._told = None
        for timer in (self._timer, self._later):
            if timer is not None:
                timer.cancel()

    def _look(self) -> None:
        self._timer = None
        state = self._read()
        if state != self._last and self._told is not None:
            self._last = state
            self._told(state)


OWNER: ContextVar[ConnectionState | None] = ContextVar("presence", default=None)
"""The endpoint that the running task opens connections for."""
