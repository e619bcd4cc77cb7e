"""Which hunks were looked at, remembered by what they say: hashes and line numbers, no text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from spark_tui.core.tree_review.model import TreeFile, TreeHunk

MOST = 50_000
"""Hunks that are remembered; the oldest go."""


class SeenState(StrEnum):
    """How a hunk stands with who reviews it."""

    NEW = "new"
    SEEN = "seen"
    CHANGED = "changed"


class SeenHunk(NamedTuple):
    """One hunk that was looked at: hashes of what it says and of its base, and its base lines."""

    content: str
    place: str
    start: int
    end: int

    def written(self) -> str:
        """One line of a file, without its end."""
        return f"{self.content} {self.place} {self.start} {self.end}"


class SeenHunks:
    """The hunks that were looked at, oldest first."""

    def __init__(self, hunks: Iterable[SeenHunk] = ()) -> None:
        self._known: dict[str, SeenHunk] = {}
        self._at: dict[str, set[str]] = {}
        for hunk in hunks:
            self.add(hunk)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[SeenHunk]:
        return iter(self._known.values())

    def __contains__(self, content: str) -> bool:
        return content in self._known

    def add(self, hunk: SeenHunk) -> None:
        """Remember one; it is the newest."""
        self.discard(hunk.content)
        self._known[hunk.content] = hunk
        self._at.setdefault(hunk.place, set()).add(hunk.content)
        while len(self._known) > MOST:
            self.discard(next(iter(self._known)))

    def discard(self, content: str) -> None:
        """Forget one."""
        hunk = self._known.pop(content, None)
        if hunk is not None:
            others = self._at[hunk.place]
            others.discard(content)
            if not others:
                del self._at[hunk.place]

    def look(self, file: TreeFile, hunk: TreeHunk) -> SeenState:
        """Whether it was seen, or is what became of one that was."""
        if hunk.content in self._known:
            return SeenState.SEEN
        there = {other.content for other in file.hunks}
        start, end = hunk.base_lines
        for content in self._at.get(file.place, ()):
            other = self._known[content]
            if content not in there and other.start <= end and start <= other.end:
                return SeenState.CHANGED
        return SeenState.NEW


def as_seen(file: TreeFile, hunk: TreeHunk) -> SeenHunk:
    """What is remembered of a hunk."""
    return SeenHunk(hunk.content, file.place, *hunk.base_lines)


def read_line(line: str) -> tuple[SeenHunk, bool] | None:
    """A line of a file as `written`, and whether it is one to remember (or to forget, with `-`).

    None for what is none.
    """
    forget = line.startswith("-")
    parts = line.removeprefix("-").split(" ")
    if len(parts) != 4 or not all(_is_hash(part) for part in parts[:2]):
        return None
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts[2:]):
        return None
    return SeenHunk(parts[0], parts[1], int(parts[2]), int(parts[3])), not forget


def _is_hash(text: str) -> bool:
    return len(text) == 16 and all(c in "0123456789abcdef" for c in text)
