"""Advisory locks on small files that several sessions append to.

A lock is waited for in threads only and never for long: another session may be stopped while it
holds one. What is appended without it is one write, which the kernel keeps whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
import time
from collections.abc import Iterator

WAIT_S = 1.0
"""So long another process is waited for, s."""

_LOOK_S = 0.01


@contextlib.contextmanager
def locked(descriptor: int, hurry: threading.Event | None = None) -> Iterator[bool]:
    """Hold the lock of an open file; False where another process keeps it.

    `hurry` ends the waiting. Closing the file releases the lock.
    """
    deadline = time.monotonic() + WAIT_S
    ours = _taken(descriptor)
    while not ours and time.monotonic() < deadline and not (hurry and hurry.is_set()):
        time.sleep(_LOOK_S)
        ours = _taken(descriptor)
    yield ours


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
