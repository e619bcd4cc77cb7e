"""Values of the edit journal: what is noted beside an entry's bytes, and what is listed."""

from __future__ import annotations

from dataclasses import dataclass


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
    """One journal entry as it is listed: its files, what it undoes, `when` in Unix seconds."""

    id: int
    when: float
    note: EntryNote
    files: tuple[str, ...]
    undoes: int | None = None
    undone_by: int | None = None


@dataclass(frozen=True, slots=True)
class UndoResult:
    """`entry` is the new entry that took `undoes` back; `merged` kept later edits by a merge."""

    entry: int
    undoes: int
    files: tuple[str, ...]
    merged: bool
