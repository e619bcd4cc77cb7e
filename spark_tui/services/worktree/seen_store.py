"""Which hunks of a worktree were looked at, kept beside its journal: hashes and numbers only.

Lines are appended, one a hunk; a line with `-` forgets one. Other reviews may append meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from spark_tui.core.tree_review.seen import MOST, SeenHunk, SeenHunks, read_line
from spark_tui.services.file_lock import locked
from spark_tui.services.plain_files import read_plain
from spark_tui.services.worktree import disk

_MOST_BYTES = 16_000_000
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class SeenStore:
    """The file `seen` in a worktree's journal folder. What can't be kept is only not remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "seen"

    def load(self) -> SeenHunks:
        """What is remembered now; a file that has grown too long is written anew."""
        try:
            text = read_plain(self._file, _MOST_BYTES, links=False, cut=True).decode(
                "ascii", "replace"
            )
        except OSError:
            return SeenHunks()
        seen = SeenHunks()
        lines = text.split("\n")
        for line in lines:
            found = read_line(line)
            if found is not None:
                hunk, remember = found
                if remember:
                    seen.add(hunk)
                else:
                    seen.discard(hunk.content)
        if len(lines) > 2 * MOST:
            self._compact(seen)
        return seen

    def add(self, hunks: Sequence[SeenHunk]) -> bool:
        """Remember these; False where the disk does not take it."""
        return self._append(hunk.written() for hunk in hunks)

    def forget(self, hunks: Sequence[SeenHunk]) -> bool:
        """Forget these; False where the disk does not take it."""
        return self._append(f"-{hunk.written()}" for hunk in hunks)

    def _append(self, lines: Iterable[str]) -> bool:
        data = "".join(f"{line}\n" for line in lines).encode("ascii")
        try:
            disk.make_private(self._folder)
            fd = os.open(self._file, _APPEND, 0o600)
            try:
                with locked(fd):
                    disk.write_all(fd, data)
            finally:
                os.close(fd)
        except OSError:
            return False
        return True

    def _compact(self, seen: SeenHunks) -> None:
        data = "".join(f"{hunk.written()}\n" for hunk in seen).encode("ascii")
        try:
            fd = os.open(self._file, _APPEND, 0o600)
            try:
                with locked(fd) as ours:
                    if ours:
                        os.ftruncate(fd, 0)
                        disk.write_all(fd, data)
            finally:
                os.close(fd)
        except OSError:
            return
