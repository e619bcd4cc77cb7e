"""Values of the edit journal: what is noted beside an entry's bytes, and what is listed."""

from __future__ import annotations

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
    diff itself, "" for nothing.
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


@dataclass(frozen=True, slots=True)
class UndoResult:
    """`entry` is the new entry that took `undoes` back; `merged` kept later edits by a merge.

    `hunks` are those taken back, none for the whole entry.
    """

    entry: int
    undoes: int
    files: tuple[str, ...]
    merged: bool
    hunks: tuple[int, ...] = ()


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
