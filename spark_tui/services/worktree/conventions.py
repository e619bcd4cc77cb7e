"""What a worktree's `.editorconfig` and `.gitattributes` say, read without trusting them.

They are opened like every file of a repository: no link is followed, nothing blocks, and no more
than a little is read. One that is none of this says nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator

from spark_tui.core.edits.habits import (
    LARGEST,
    Rules,
    editorconfig,
    gitattributes,
    habits_of,
)
from spark_tui.core.edits.model import Habits
from spark_tui.core.errors import FileRefusedError
from spark_tui.services.worktree.files import Folders

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_KEPT = 500
_Stamp = tuple[int, int, int]


class Conventions:
    """Reads the files that speak of a path; what they say is kept as long as they stay."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[_Stamp, Rules]] = {}

    def of(self, folders: Folders, path: str) -> Habits:
        """How the project wants `path` to be written."""
        above = list(_folders_above(path))
        configs = list(self._read(folders, above, ".editorconfig", editorconfig))
        attributes = list(self._read(folders, above, ".gitattributes", gitattributes))
        return habits_of(path, configs, attributes)

    def _read(
        self, folders: Folders, above: list[str], name: str, parse: Callable[[str], Rules]
    ) -> Iterator[tuple[str, Rules]]:
        for folder in above:
            try:
                fd = os.open(name, _FILE, dir_fd=folders.open(folder))
            except (OSError, FileRefusedError):
                continue
            try:
                rules = self._rules(fd, f"{folder}/{name}", parse)
            except OSError:
                continue
            finally:
                os.close(fd)
            if rules.rules or rules.root:
                yield folder, rules

    def _rules(self, fd: int, place: str, parse: Callable[[str], Rules]) -> Rules:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return Rules()
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._kept.get(place)
        if known is None or known[0] != stamp:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            text = os.read(fd, LARGEST).decode("utf-8", "replace")
            known = self._kept[place] = (stamp, parse(text))
        return known[1]


def _folders_above(path: str) -> Iterator[str]:
    """The folders that hold a path, the top first."""
    yield ""
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[:depth])
