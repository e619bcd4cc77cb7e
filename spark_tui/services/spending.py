"""What turns cost on this machine: a line a turn, appended without a lock, today's in memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

_MOST_BYTES = 256_000


def today_iso() -> str:
    """Today, by this machine's clock and zone."""
    return date.today().isoformat()


class SpendFile:
    """`spend.log`: `2026-11-29 0.016000` a turn. Lines of other days count for nothing."""

    def __init__(self, path: Path, day: Callable[[], str] = today_iso) -> None:
        """Reads the file. A missing, damaged or unreadable one counts as empty."""
        self._path = path
        self._day = day
        self._known, self._read = self._sum()

    def today(self) -> float:
        """US dollars so far, other sessions' as of when this one last wrote."""
        return self._known if self._read == self._day() else 0.0

    def add(self, dollars: float) -> None:
        """Append a turn. Failing to write is no matter: this session still counts it."""
        now = self._day()
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o600)
            try:
                os.write(descriptor, f"{now} {dollars:.6f}\n".encode())
            finally:
                os.close(descriptor)
            self._known, self._read = self._sum()
            return
        self._known, self._read = self.today() + dollars, now

    def _sum(self) -> tuple[float, str]:
        """(today's sum, the day it is of); only the end of a long file is read."""
        now = self._day()
        total = 0.0
        with contextlib.suppress(OSError):
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with os.fdopen(os.open(self._path, flags), "rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _MOST_BYTES))
                lines = file.read(_MOST_BYTES).decode("ascii", "replace").splitlines()
            for line in lines:
                day, _, cost = line.partition(" ")
                if day == now:
                    with contextlib.suppress(ValueError):
                        value = float(cost)
                        total += value if 0 <= value < 1e6 else 0.0
        return total, now
