"""When the interface was suspended: an editor, git or the shell had the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spark_tui.ui.app import SparkApp


class SuspendTimer:
    """Tells of each time the app was suspended, once.

    The driver and who starts a program both say `left` and `back`; the first `left` counts.
    """

    def __init__(self, app: SparkApp) -> None:
        self._app = app
        self._since: int | None = None

    def left(self) -> None:
        """The terminal is given away."""
        if self._since is None:
            self._since = time.monotonic_ns()

    def back(self) -> None:
        """The terminal is ours again. Safe in a signal handler."""
        since, self._since = self._since, None
        loop = self._app._loop
        if since is not None and loop is not None:
            loop.call_soon_threadsafe(self._tell, since, time.monotonic_ns())

    def _tell(self, since: int, until: int) -> None:
        instrument, conductor = self._app.desk.instrument, self._app.conductor
        instrument.away()
        if conductor is not None and instrument.track.turn:
            conductor.away(instrument.track.turn, since, until)
