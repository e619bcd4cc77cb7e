"""Keeping the journal bounded: the oldest settled entries go, with the blobs only they needed."""

from __future__ import annotations

from spark_tui.services.worktree import disk
from spark_tui.services.worktree.commands import commands
from spark_tui.services.worktree.journal import Journal

MAX_ENTRIES = 2_000
KEPT_ENTRIES = 1_500
MAX_BYTES = 256 * 1024 * 1024
_CHECK_EVERY = 50


def prune(journal: Journal, *, max_entries: int = MAX_ENTRIES, kept: int = KEPT_ENTRIES) -> int:
    """Drop the oldest entries beyond the bound; how many went. The settle lock must be held.

    The history is cut with git's `shallow` file in front of the oldest entry that stays
    (gitrepository-layout(5)); then git removes the objects nothing reaches. Blobs prepared for
    edits under way may go too: they are looked for again, and stored again, when they are used.
    """
    records = journal.records()
    newest = records[-1].id if records else 0
    too_many = len(records) > max_entries
    if not too_many and newest % _CHECK_EVERY == 0 and journal.store.size() > MAX_BYTES:
        too_many, kept = True, max(1, len(records) // 2)
    if not too_many:
        return 0
    with journal.locked():
        going, staying = records[:-kept], records[-kept:]
        # What is not committed yet is reached by nothing: git would remove its bytes.
        if journal.pending() or not staying[0].commit:
            return 0
        git = commands(journal.store.git_dir)
        in_front = str(git.rev_parse("--verify", f"{staying[0].commit}^"))
        for record in going:
            journal.drop(record.id)
        disk.write_private(journal.store.git_dir / "shallow", f"{in_front}\n".encode())
        git.prune("--expire=now")
    return len(going)
