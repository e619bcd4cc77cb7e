"""Notes of this program's own faults: where it broke, never what it held.

An exception's words and a frame's variables may be a key or somebody's file, so a note has neither:
types, our places in the code, versions. At most `KEPT` notes stay, readable by their owner only.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from spark_tui import __version__

BROKE = 70
"""Exit status of a command that ended by a fault of the program's own; sysexits(3) has it so."""

KEPT = 20
"""Notes kept; the oldest go."""

_MOST_FRAMES = 40
_MOST_CAUSES = 5


def crash_note(state: Path, error: BaseException) -> str:
    """Write a note into `crashes` of the state folder: where it is, "" where that failed."""
    folder = state / "crashes"
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(seconds))
    file = folder / f"{stamp}.{rest:09}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as note:
            note.write("\n".join(_lines(error)) + "\n")
    except OSError:
        return ""
    _forget_old(folder)
    return str(file)


def _lines(error: BaseException) -> Iterator[str]:
    yield f"spark-tui {__version__}, Python {platform.python_version()}, {platform.system()}"
    cause: BaseException | None = error
    for number in range(_MOST_CAUSES):
        if cause is None:
            return
        kind = type(cause)
        yield f"{'because of ' if number else ''}{kind.__module__}.{kind.__qualname__}"
        for frame in traceback.extract_tb(cause.__traceback__)[-_MOST_FRAMES:]:
            yield f"  {_place(frame.filename)}:{frame.lineno} {frame.name}"
        cause = cause.__cause__ or cause.__context__


def _place(filename: str) -> str:
    """The file below its package: the rest of the path tells of the person's machine."""
    parts = Path(filename).parts
    for root in ("site-packages", "spark_tui"):
        if root in parts:
            at = len(parts) - 1 - parts[::-1].index(root)
            return "/".join(parts[at:] if root == "spark_tui" else parts[at + 1 :])
    return parts[-1] if parts else "?"


def _forget_old(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for old in sorted(folder.glob("*.txt"))[:-KEPT]:
            old.unlink()
