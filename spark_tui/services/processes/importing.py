"""Imports what starts processes by itself, and lets it start none."""

from __future__ import annotations

import contextlib
import errno
import subprocess
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def without_processes() -> Iterator[None]:
    """Import a module in here that starts processes by itself: it finds no way to, ever.

    What it takes as `subprocess.Popen` refuses every call as if no program existed. Other threads
    start theirs meanwhile.
    """
    real, importing = subprocess.Popen, threading.get_ident()
    over = False

    class NoProcess(real):  # type: ignore[valid-type, misc]
        """Popen for somebody else's module."""

        def __init__(self, *args: Any, **named: Any) -> None:
            if over or threading.get_ident() == importing:
                raise FileNotFoundError(errno.ENOENT, "no process is started from here")
            super().__init__(*args, **named)

        def __del__(self, *_: object) -> None:
            if hasattr(self, "returncode"):
                super().__del__()

    subprocess.Popen = NoProcess  # type: ignore[misc]
    try:
        yield
    finally:
        subprocess.Popen = real  # type: ignore[misc]
        over = True
