"""Faults of this program while a session runs: told in one line, noted, and never a hang.

What breaks a turn ends that turn; what breaks beside one is only told.
"""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.errors import SparkError
from spark_tui.core.remedy import Ways

CrashNote = Callable[[BaseException], str]
"""Notes where a fault happened, without any content; says where the note is, "" for nowhere."""


def no_note(error: BaseException) -> str:
    """Nothing is noted."""
    del error
    return ""


class Faults:
    """Words for what broke. An error of the outside world has its own, a fault of ours a note."""

    def __init__(self, note: CrashNote = no_note) -> None:
        self._note = note
        self._noted: tuple[BaseException | None, str] = (None, "")

    def beside(self, error: BaseException) -> tuple[str, Ways]:
        """What, and what helps, of something that broke beside a turn."""
        return self._words(error, "a fault in spark-tui", "")

    def in_turn(self, error: BaseException) -> tuple[str, Ways]:
        """What, and what helps, of what ended a turn."""
        return self._words(error, "a fault in spark-tui ended the answer", "finished hunks stay")

    def _words(self, error: BaseException, what: str, stays: str) -> tuple[str, Ways]:
        if isinstance(error, SparkError):
            return error.what, error.remedies
        if self._noted[0] is not error:
            self._noted = (error, self._note(error))
        place = self._noted[1]
        noted = f"noted in {place}" if place else ""
        return f"{what}: {type(error).__name__}", tuple(filter(None, (stays, noted)))
