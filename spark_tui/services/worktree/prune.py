"""Keeping the journal bounded: the oldest settled entries go, with the blobs only they needed."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.journal import JournalBounds
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.commit import BRANCH, forget_paths
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record

_KEPT = 0.75
"""Share of a bound that stays when it was passed, so that pruning is rare."""

_WEIGHED_EVERY = 10
"""Entries between two looks at how many bytes are stored."""


def prune(journal: Journal, bounds: JournalBounds, *, weigh: bool = False) -> int:
    """Drop the oldest entries beyond the bounds; how many went. The settle lock must be held.

    The newest entry always stays. The history is cut with git's `shallow` file in front of the
    oldest entry that stays (gitrepository-layout(5)); then git removes the objects nothing
    reaches. It may be stopped at any moment: the entries that are listed keep their bytes.
    Blobs prepared for edits under way may go too: they are looked for again, and stored again,
    when they are used. The bytes are looked at every tenth entry, or now with `weigh`.
    """
    records = journal.records()
    keep = len(records)
    if keep > bounds.entries:
        keep = max(1, int(bounds.entries * _KEPT))
    most = bounds.megabytes * 1_000_000
    weigh = weigh or (bool(records) and records[-1].id % _WEIGHED_EVERY == 0)
    if weigh and journal.store.size() > most:
        keep = min(keep, _that_fit(journal, records, int(most * _KEPT)))
    if keep == len(records):
        return 0
    with journal.locked():
        going, staying = records[:-keep], records[-keep:]
        git = journal.git
        # Entries are committed in the order they settle: usually that of their ids.
        history = {c: n for n, c in enumerate(git("rev-list", "--reverse", BRANCH).split())}
        # What is not committed yet is reached by nothing: git would remove its bytes.
        if journal.pending() or any(record.commit not in history for record in staying):
            return 0
        oldest = min((record.commit for record in staying), key=history.__getitem__)
        in_front = git("rev-parse", "--verify", f"{oldest}^")
        for record in going:
            journal.drop(record.id)
        journal.sync()
        disk.replace_private(journal.store.git_dir / "shallow", f"{in_front}\n".encode())
        forget_paths(git, _only_in(going, staying))
        git("prune", "--expire=now")
    return len(going)


def _that_fit(journal: Journal, records: Sequence[Record], room: int) -> int:
    """How many of the newest records have their blobs in `room` bytes; at least one."""
    seen: set[str] = set()
    for count, record in enumerate(reversed(records)):
        for step in record.steps:
            for sha in {step.before.sha, step.after.sha} - seen - {""}:
                seen.add(sha)
                room -= journal.store.size_of(sha)
        if room < 0:
            return max(count, 1)
    return len(records)


def _only_in(going: Sequence[Record], staying: Sequence[Record]) -> list[str]:
    needed = {step.path for record in staying for step in record.steps}
    return sorted({s.path for record in going for s in record.steps} - needed)
