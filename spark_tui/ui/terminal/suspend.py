"""When the interface was suspended: an editor, git or the shell had the terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class SuspendTimer:
    """Tells of each time the app was suspended, once.

    The driver and who starts a program both say `left` and `back`; the first `left` counts.
    `told(since, until)` is called in the loop, ns; `loop` is None before there is one.
    """

    def __init__(
        self,
        loop: Callable[[], asyncio.AbstractEventLoop | None],
        told: Callable[[int, int], None],
    ) -> None:
        self._loop = loop
        self._told = told
        self._since: int | None = None

    def left(self) -> None:
        """The terminal is given away."""
        if self._since is None:
            self._since = time.monotonic_ns()

    def back(self) -> None:
        """The terminal is ours again. Safe in a signal handler."""
        since, self._since = self._since, None
        loop = self._loop()
        if since is not None and loop is not None:
            loop.call_soon_threadsafe(self._told, since, time.monotonic_ns())
