"""What a command prints: filled in the thread that reads it, looked at in another."""

from __future__ import annotations

import threading
from collections import deque

from spark_tui.core.printable import text_only

KEPT = 4_000_000
"""Characters that are kept, the last ones."""

_TAIL = 16_000


class ShellOutput:
    """The text so far. Safe to use from two threads; adding costs O(new text)."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._size = 0
        self._cut = False
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        """More was printed."""
        if not text:
            return
        with self._lock:
            self._pieces.append(text)
            self._size += len(text)
            while self._size > KEPT and len(self._pieces) > 1:
                self._size -= len(self._pieces.popleft())
                self._cut = True

    def tail(self, count: int) -> list[str]:
        """The last `count` lines."""
        size, pieces = 0, []
        with self._lock:
            for piece in reversed(self._pieces):
                pieces.append(piece)
                size += len(piece)
                if size > _TAIL:
                    break
        return _lines("".join(reversed(pieces))[-_TAIL:])[-count:]

    def lines(self) -> list[str]:
        """All lines that are kept."""
        with self._lock:
            pieces, cut = list(self._pieces), self._cut
        found = _lines("".join(pieces))
        return ["… what came before is not kept", *found[1:]] if cut else found


def _lines(text: str) -> list[str]:
    """Harmless lines; of one that was written over, what stood there last."""
    lines = text_only(text).rstrip("\r\n").split("\n")
    return [line.rstrip("\r").rpartition("\r")[2] for line in lines] if lines != [""] else []
