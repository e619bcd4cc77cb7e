"""An entry opened for a person: its hunks, and what is in the way of taking each of them back."""

from __future__ import annotations

from spark_tui.core.edits.entry import entry_hunks
from spark_tui.core.errors import FileRefusedError, JournalError, OverlapError
from spark_tui.core.journal import Entry, EntryView, Obstacle
from spark_tui.services.worktree.chain import Chain
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record
from spark_tui.services.worktree.undo import GitHolds, plan_back, plan_undo, sides_of

_ASKED_HUNKS = 40
"""So many hunks are tried one by one when the whole entry can't be taken back."""


def view_of(
    journal: Journal, chain: Chain, record: Record, entry: Entry, git_holds: GitHolds
) -> EntryView:
    """The view of a record that is listed as `entry`; nothing is written. Raises JournalError."""
    hunks = entry_hunks(sides_of(journal, record))
    first = chain.first_of_turn(record.id)
    newest = max((later.id for later in chain.later(record.id)), default=record.id)
    if entry.undone_by is not None:
        return EntryView(entry, hunks, (), first, newest)
    left = [hunk.number for hunk in hunks if hunk.number not in entry.taken]
    obstacles = []
    whole = _obstacle(journal, record, (), entry.taken, git_holds)
    if whole is not None:
        together = in_the_way(journal, chain, record.id, git_holds)
        obstacles.append((0, Obstacle(whole.path, whole.line, whole.by, whole.there, together)))
        for number in left[:_ASKED_HUNKS]:
            found = _obstacle(journal, record, (number,), entry.taken, git_holds)
            if found is not None:
                obstacles.append((number, found))
    return EntryView(entry, hunks, tuple(obstacles), first, newest)


def in_the_way(journal: Journal, chain: Chain, number: int, git_holds: GitHolds) -> tuple[int, ...]:
    """The entries to take back together so that this one can be; none where that is no help."""
    records = chain.through(number)
    named = chain.named(records)
    if len(named) < 2:
        return ()
    try:
        plan_back(journal, records, git_holds)
    except (OverlapError, FileRefusedError, JournalError):
        return ()
    return named


def _obstacle(
    journal: Journal,
    record: Record,
    hunks: tuple[int, ...],
    taken: tuple[int, ...],
    git_holds: GitHolds,
) -> Obstacle | None:
    try:
        plan_undo(journal, record, hunks, frozenset(taken), git_holds)
    except OverlapError as error:
        return Obstacle(error.paths[0], error.line, error.by, error.there)
    except FileRefusedError as error:
        return Obstacle(error.path, None)
    return None
