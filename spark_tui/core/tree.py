"""The worktree as shown: its name, its branch, and what differs from HEAD."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of the worktree that differs from HEAD: path, lines added and removed, who did it.

    `status` is git's one-letter code, "?" for untracked.
    """

    path: str
    added: int
    removed: int
    status: str = "M"


@dataclass(frozen=True, slots=True)
class Tree:
    """The worktree as shown. `branch` may be a short id; `unborn` means no commits yet."""

    name: str
    branch: str
    changed: tuple[ChangedFile, ...] = ()
    unborn: bool = False
