"""Values of the edit journal: what is noted beside an entry's bytes, and what is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spark_tui.core.edits.entry import EntryHunk


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a worktree's journal keeps: entries, and MB (10^6 bytes) of stored contents."""

    entries: int = 2_000
    megabytes: int = 256


@dataclass(frozen=True, slots=True)
class EntryNote:
    """What the journal keeps beside the bytes of an entry.

    `hunks` are str(HunkId) with the path; `refused` names hunks that had no place.
    """

    instruction: str
    endpoint: str
    turn: int
    hunks: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry as it is listed: its files, what it undoes, `when` in Unix seconds.

    `hunks` are the hunks of `undoes` this entry took back, none for all of it; `taken` those of
    its own that are taken back. `flag` is what git disagreed about when it applied the entry's
    diff itself, "" for nothing. An entry that undoes an undo redoes what that had taken back:
    `redoes`, all of it or the hunks `redone`.
    """

    id: int
    when: float
    note: EntryNote
    files: tuple[str, ...]
    undoes: int | None = None
    undone_by: int | None = None
    hunks: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()
    flag: str = ""
    redoes: int | None = None
    redone: tuple[int, ...] = ()

    @property
    def deed(self) -> str:
        """`undoes #1`, `redoes hunk 2 of #1`; "" for an edit."""
        if self.redoes:
            return f"redoes {named(self.redoes, self.redone)}"
        return f"undoes {named(self.undoes, self.hunks)}" if self.undoes else ""

    @property
    def fate(self) -> str:
        """`undone by #2`, of an undo `redone by #3`; "" for one that stands."""
        if not self.undone_by:
            return ""
        return f"{'redone' if self.undoes and not self.redoes else 'undone'} by #{self.undone_by}"


def named(number: int, hunks: Sequence[int] = ()) -> str:
    """`#1`, `hunk 2 of #1`, `hunks 2, 3 of #1`."""
    which = f"hunk{'s' * (len(hunks) != 1)} {', '.join(map(str, hunks))} of " if hunks else ""
    return f"{which}#{number}"


@dataclass(frozen=True, slots=True)
class UndoResult:
    """`entry` is the new entry that took `undoes` back; `merged` kept later edits by a merge.

    `hunks` are those taken back, none for the whole entry. `redoes` and `redone` as in `Entry`.
    """

    entry: int
    undoes: int
    files: tuple[str, ...]
    merged: bool
    hunks: tuple[int, ...] = ()
    redoes: int | None = None
    redone: tuple[int, ...] = ()

    @property
    def what(self) -> str:
        """What was undone or redone: `#1`, `hunk 2 of #1`."""
        if self.redoes:
            return named(self.redoes, self.redone)
        return named(self.undoes, self.hunks)

    @property
    def verb(self) -> str:
        """`undone` or `redone`."""
        return "redone" if self.redoes else "undone"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something can't be taken back: the file, the 1-based line of it that is in the way, and
    the person's own lines there, with their numbers.
    """

    path: str
    line: int | None
    yours: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry opened: its hunks, and what taking back each of them (or 0, all) runs into."""

    entry: Entry
    hunks: tuple[EntryHunk, ...]
    obstacles: tuple[tuple[int, Obstacle], ...] = ()

    def obstacle(self, number: int) -> Obstacle | None:
        """What is in the way of taking back this hunk, or with 0 the whole entry."""
        return next((found for at, found in self.obstacles if at == number), None)
