"""Why filters gave their input back: an editor puts all they print into the text, so it is noted.

`refused.jsonl` in the state folder holds one object a line, readable by its owner only. It is a
convenience: a disk that refuses loses it and disturbs nobody.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.services.plain_files import read_plain

KEPT = 20
"""Notes kept when the file is cut."""

LARGEST = 64 * 1024
"""Above this many bytes the file is cut to its newest `KEPT` lines."""

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """One filter run that changed nothing; `when` in s since 1970, `root` as noted."""

    when: float
    reason: str
    instruction: str
    root: str = ""


def note(state: Path, reason: str, instruction: str, root: str = "") -> None:
    """Append one note; `root` is the worktree the filter ran in, "" outside any."""
    record = {
        "when": time.time(),
        "why": reason[:_LONGEST],
        "text": instruction[:_LONGEST],
        "root": root,
    }
    line = json.dumps(record).encode() + b"\n"
    file = state / "refused.jsonl"
    with contextlib.suppress(OSError):
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(file, flags, 0o600)
        try:
            os.write(descriptor, line)
            large = os.fstat(descriptor).st_size > LARGEST
        finally:
            os.close(descriptor)
        if large:
            newest = read_plain(file, 4 * LARGEST, links=False, cut=True).splitlines(keepends=True)[
                -KEPT:
            ]
            fresh = file.with_suffix(".new")
            fresh.write_bytes(b"".join(newest))
            fresh.chmod(0o600)
            fresh.replace(file)


def newest(state: Path, count: int, root: str = "") -> tuple[Refused, ...]:
    """The last notes of one worktree ("": of none), newest first; damaged lines are skipped."""
    try:
        lines = read_plain(state / "refused.jsonl", 4 * LARGEST, links=False, cut=True).splitlines()
    except OSError:
        return ()
    found: list[Refused] = []
    for line in reversed(lines):
        if len(found) >= count:
            break
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            record = json.loads(line)
            if record["root"] != root:
                continue
            when, why, text = float(record["when"]), str(record["why"]), str(record["text"])
            found.append(Refused(when, why, text, root))
    return tuple(found)
