"""What breaks while the session is shown: it is told, and the rest of the screen goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_MOST = 50
"""Faults told of in one session: a screen that always breaks must not only talk of that."""

_AT_ONCE = 3
_SECONDS = 2.0
"""So many faults of the framework's own parts in so many seconds end the program: what broke there
may not come again, as a screen that can't be laid out.
"""


class ScreenFaults:
    """Each fault is told once a turn: what breaks in one frame breaks in all that follow.

    `tell` ends what runs, with words; None until there is somebody to tell, then faults are
    raised. `turn` names the newest turn.
    """

    def __init__(self, turn: Callable[[], int]) -> None:
        self.tell: Callable[[Exception], None] | None = None
        self._turn = turn
        self._told: set[tuple[str, str, int, int]] = set()
        self._outlived: deque[float] = deque(maxlen=_AT_ONCE - 1)

    def heard(self, error: Exception) -> None:
        """Something broke. Raises it where nobody can be told."""
        if self.tell is None:
            raise error
        fault = (type(error).__name__, *_place(error), self._turn())
        if fault not in self._told and len(self._told) < _MOST:
            self._told.add(fault)
            self.tell(error)

    def outlived(self, error: Exception, at: float) -> bool:
        """A timer, a worker or a part of the framework broke at `at` (s); whether that is told.

        Where it is not the program has to end: nobody can be told, or it breaks again and again.
        """
        full = len(self._outlived) == self._outlived.maxlen
        if self.tell is None or (full and at - self._outlived[0] < _SECONDS):
            return False
        self._outlived.append(at)
        try:
            self.heard(error)
        except Exception:  # noqa: BLE001 - who is told is broken too
            return False
        return True

    @contextmanager
    def contained(self, mended: Callable[[], None] = lambda: None) -> Iterator[None]:
        """What breaks in here is heard, and `mended` is called; what comes after it goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must go on
            self.heard(error)
            try:
                mended()
            except Exception as again:  # noqa: BLE001 - likewise
                self.heard(again)

    def in_loop(self, context: dict[str, Any]) -> bool:
        """A callback of the event loop broke; False where it was something else."""
        error = context.get("exception")
        if "handle" not in context or not isinstance(error, Exception) or self.tell is None:
            return False
        self.heard(error)
        return True


def _place(error: Exception) -> tuple[str, int]:
    """File and line where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return ("", 0) if trace is None else (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
