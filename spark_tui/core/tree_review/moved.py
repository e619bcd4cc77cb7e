"""Lines that went in one place of a tree and came in another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spark_tui.core.tree_review.hunks import digest
from spark_tui.core.tree_review.model import ChangeKind, PathChange, TreeHunk

FEWEST = 3
"""So many lines in a row that are the same elsewhere have moved."""

MOST = 200_000
"""Places that are known; what comes after is not followed."""

_LETTERS = 20


class MovedFrom(NamedTuple):
    """How many lines of a hunk are the same as some elsewhere: `path`, from `line` on (1-based).

    `gone` says that the hunk is where they went.
    """

    lines: int
    path: str
    line: int
    gone: bool


class MovedLines:
    """What went and what came, over all files that were added so far."""

    def __init__(self) -> None:
        self._went: dict[str, tuple[str, int]] = {}
        self._came: dict[str, tuple[str, int]] = {}
        self._of: dict[str, tuple[list[str], list[str]]] = {}

    def add(self, change: PathChange) -> None:
        """Take a file's changes; what was known of it before is forgotten."""
        path = change.file.path
        self.forget(path)
        if len(self._went) + len(self._came) > MOST:
            return
        mine: tuple[list[str], list[str]] = ([], [])
        for hunk in change.file.hunks:
            for side, known in ((0, self._went), (1, self._came)):
                for key, line in _windows(change, hunk, side):
                    if key not in known:
                        known[key] = (path, line)
                        mine[side].append(key)
        if mine[0] or mine[1]:
            self._of[path] = mine

    def forget(self, path: str) -> None:
        """A file is no longer changed, or otherwise."""
        went, came = self._of.pop(path, ((), ()))
        for key in went:
            self._went.pop(key, None)
        for key in came:
            self._came.pop(key, None)

    def of(self, change: PathChange, hunk: TreeHunk) -> MovedFrom | None:
        """Where most of a hunk's moved lines are from, or went to; None where none moved."""
        for side, other, gone in ((1, self._went, False), (0, self._came, True)):
            found = [
                (line, other[key]) for key, line in _windows(change, hunk, side) if key in other
            ]
            if found:
                lines = {n for line, _ in found for n in range(line, line + FEWEST)}
                return MovedFrom(len(lines), *found[0][1], gone)
        return None


def _windows(change: PathChange, hunk: TreeHunk, side: int) -> Iterator[tuple[str, int]]:
    """Each run of `FEWEST` lines that went (0) or came (1), and its first line."""
    if change.images is None or hunk.kind is ChangeKind.MODE:
        return
    lines = change.images[side].lines
    spans = [(op.a1, op.a2) if side == 0 else (op.b1, op.b2) for op in hunk.ops]
    if hunk.kind in (ChangeKind.NEW, ChangeKind.DELETED):
        spans = [(0, len(lines))]
    for start, end in spans:
        texts = [line.strip() for line in lines[start:end]]
        for n in range(len(texts) - FEWEST + 1):
            run = texts[n : n + FEWEST]
            if sum(c.isalnum() for text in run for c in text[:200]) >= _LETTERS:
                yield digest(*run), start + n + 1
