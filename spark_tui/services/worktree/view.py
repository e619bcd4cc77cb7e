"""An entry opened for a person: its hunks, and what is in the way of taking each of them back."""

from __future__ import annotations

from spark_tui.core.edits.entry import entry_hunks
from spark_tui.core.errors import FileRefusedError
from spark_tui.core.journal import Entry, EntryView, Obstacle
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record
from spark_tui.services.worktree.undo import OverlapError, plan_undo, sides_of

_ASKED_HUNKS = 40
"""So many hunks are tried one by one when the whole entry can't be taken back."""


def view_of(journal: Journal, record: Record, entry: Entry) -> EntryView:
    """The view of a record that is listed as `entry`; nothing is written. Raises JournalError."""
    hunks = entry_hunks(sides_of(journal, record))
    if entry.undone_by is not None:
        return EntryView(entry, hunks)
    left = [hunk.number for hunk in hunks if hunk.number not in entry.taken]
    obstacles = []
    whole = _obstacle(journal, record, (), entry.taken)
    if whole is not None:
        obstacles.append((0, whole))
        for number in left[:_ASKED_HUNKS]:
            found = _obstacle(journal, record, (number,), entry.taken)
            if found is not None:
                obstacles.append((number, found))
    return EntryView(entry, hunks, tuple(obstacles))


def _obstacle(
    journal: Journal, record: Record, hunks: tuple[int, ...], taken: tuple[int, ...]
) -> Obstacle | None:
    try:
        plan_undo(journal, record, hunks, frozenset(taken))
    except OverlapError as error:
        return Obstacle(error.paths[0], error.line, error.yours)
    except FileRefusedError as error:
        return Obstacle(error.path, None)
    return None
