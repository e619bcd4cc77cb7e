"""Values of the edit journal: what is noted beside an entry's bytes, and what is listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.entry import EntryHunk


@dataclass(frozen=True, slots=True)
class JournalBounds:
    """How much a worktree's journal keeps: entries, and MB (10^6 bytes) of stored contents."""

    entries: int = 2_000
    megabytes: int = 256


@dataclass(frozen=True, slots=True)
class EntryNote:
    """What the journal keeps beside the bytes of an entry.

    `hunks` are str(HunkId) with the path; `refused` names hunks that had no place. Turns count
    from 1 in every `session`. `part` counts from 1 what belongs together as one `group`, which is
    called by the number of its first entry: that one has 0 there. 0 and 0 is no group. What is
    `provisional` is on disk to be checked, and stays only once it is kept.
    """

    instruction: str
    endpoint: str
    turn: int
    hunks: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    session: str = ""
    group: int = 0
    part: int = 0
    provisional: bool = False


class EntryMarks(NamedTuple):
    """How an entry hangs together with others, and whether it stays: see `EntryNote`."""

    group: int = 0
    part: int = 0
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry as it is listed: its files, what it undoes, `when` in Unix seconds.

    `hunks` are the hunks of `undoes` this entry took back, none for all of it; `taken` those of
    its own that are taken back. `flag` is what git disagreed about when it applied the entry's
    diff itself, "" for nothing. An entry that undoes an undo redoes what that had taken back:
    `redoes`, all of it or the hunks `redone`. One that takes several back at once names them in
    `back`, and the oldest of them as `undoes`. `undecided` is a provisional one that stands and
    that nobody kept.
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
    back: tuple[int, ...] = ()
    undecided: bool = False

    @property
    def group(self) -> int:
        """The group an edit belongs to, 0 for none."""
        if not self.note.part or self.undoes is not None:
            return 0
        return self.note.group or self.id

    @property
    def deed(self) -> str:
        """`undoes #1`, `undoes #1 to #4`, `redoes hunk 2 of #1`; "" for an edit."""
        if self.back:
            return f"undoes {several(self.back)}"
        if self.redoes:
            return f"redoes {named(self.redoes, self.redone)}"
        return f"undoes {named(self.undoes, self.hunks)}" if self.undoes else ""

    @property
    def fate(self) -> str:
        """`undone by #2`, of an undo `redone by #3`; "" for one that stands."""
        if not self.undone_by:
            return ""
        return f"{'redone' if self.undoes and not self.redoes else 'undone'} by #{self.undone_by}"


def several(numbers: Sequence[int]) -> str:
    """`#1`, `#1 and #2`, `#3 to #7` where none between is missing, else `#1, #4 and #7`."""
    known = sorted(set(numbers))
    if len(known) > 2 and known[-1] - known[0] == len(known) - 1:
        return f"#{known[0]} to #{known[-1]}"
    *rest, last = (f"#{number}" for number in known)
    return f"{', '.join(rest)} and {last}" if rest else last


def named(number: int, hunks: Sequence[int] = ()) -> str:
    """`#1`, `hunk 2 of #1`, `hunks 2, 3 of #1`."""
    which = f"hunk{'s' * (len(hunks) != 1)} {', '.join(map(str, hunks))} of " if hunks else ""
    return f"{which}#{number}"


@dataclass(frozen=True, slots=True)
class UndoResult:
    """`entry` is the new entry that took `undoes` back; `merged` kept later edits by a merge;
    `stays` is who wrote those (see `core.edits.writers`).

    `hunks` are those taken back, none for the whole entry. `redoes`, `redone` and `back` as in
    `Entry`; of a redo `back` are the entries it has again.
    """

    entry: int
    undoes: int
    files: tuple[str, ...]
    merged: bool
    hunks: tuple[int, ...] = ()
    redoes: int | None = None
    redone: tuple[int, ...] = ()
    back: tuple[int, ...] = ()
    stays: str = ""

    @property
    def what(self) -> str:
        """What was undone or redone: `#1`, `hunk 2 of #1`, `#1 to #4`."""
        if self.back:
            return several(self.back)
        if self.redoes:
            return named(self.redoes, self.redone)
        return named(self.undoes, self.hunks)

    @property
    def verb(self) -> str:
        """`undone` or `redone`."""
        return "redone" if self.redoes else "undone"


@dataclass(frozen=True, slots=True)
class CheckWrites:
    """What a check wrote itself: `files` are in the entry `entry` (0: none), as they were before.

    Of `lost` it is not known what they held, and `untracked` are new files that git does not know:
    nobody takes these back.
    """

    entry: int = 0
    files: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something can't be taken back: the file, the 1-based line of it that is in the way, who
    changed it (see `core.edits.since`), and the lines that are there now, with their numbers.

    `entries` are those that, taken back together, are in nobody's way; none where that is no help.
    """

    path: str
    line: int | None
    by: str = ""
    there: tuple[tuple[int, str], ...] = ()
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry opened: its hunks, and what taking back each of them (or 0, all) runs into.

    `first` is the oldest entry of the same turn, `newest` the newest of all.
    """

    entry: Entry
    hunks: tuple[EntryHunk, ...]
    obstacles: tuple[tuple[int, Obstacle], ...] = ()
    first: int = 0
    newest: int = 0

    def obstacle(self, number: int) -> Obstacle | None:
        """What is in the way of taking back this hunk, or with 0 the whole entry."""
        return next((found for at, found in self.obstacles if at == number), None)
