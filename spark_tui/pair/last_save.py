"""What the person saved last outside of this program, as a diff: the best hint of what is meant."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from spark_tui.core.edits.text import split_lines
from spark_tui.core.errors import WorktreeError
from spark_tui.pair.ports import Worktree

MOST_PATHS = 8
"""So many files at once are somebody's save; more are a switch of branches or a formatter."""

MOST_KEPT = 200
"""So many files are remembered as they were …"""

LARGEST = 200_000
"""… of at most so many characters each."""


class LastSave:
    """Remembers files as they were saved. Every method reads: call it in a thread, one at a time.

    `text` is the newest save as a diff, "" for none, `paths` the files that it changed.
    """

    def __init__(self, worktree: Worktree) -> None:
        self.text = ""
        self.paths: tuple[str, ...] = ()
        self._worktree = worktree
        self._kept: OrderedDict[str, str] = OrderedDict()

    def saved(self, paths: Sequence[str]) -> None:
        """The person, or another program, wrote these files."""
        if len(paths) > MOST_PATHS:
            for path in paths:
                self._kept.pop(path, None)
            return
        from difflib import unified_diff

        from spark_tui.core.retrieve.secrets import withheld

        changes: dict[str, str] = {}
        for path in sorted(paths):
            before = self._kept.get(path)
            if before is None:
                before = self._committed(path)
            after = self._keep(path)
            if before is None or after is None or before == after or withheld(path, after):
                continue
            rows = unified_diff(
                split_lines(before), split_lines(after), f"a/{path}", f"b/{path}", n=3
            )
            changes[path] = "".join(row if row.endswith("\n") else f"{row}\n" for row in rows)
        if changes:
            self.text, self.paths = "".join(changes.values()), tuple(changes)

    def wrote(self, paths: Sequence[str]) -> None:
        """We wrote these files: what is saved next is compared with that."""
        for path in paths[:MOST_KEPT]:
            self._keep(path)

    def _keep(self, path: str) -> str | None:
        """Remember a file as it is now; None where that is no text of a usual size."""
        self._kept.pop(path, None)
        try:
            image = self._worktree.read(path)
        except WorktreeError:
            return None
        if not image.exists or len(image.data) > LARGEST:
            return None
        text = "".join(image.lines)
        self._kept[path] = text
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return text

    def _committed(self, path: str) -> str | None:
        try:
            text = self._worktree.committed(path)
        except WorktreeError:
            return None
        return text if len(text) <= LARGEST else None
