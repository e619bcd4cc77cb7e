"""A tree that is reviewed: its changes, what was seen of them, and taking hunks out of it.

Taking out goes through the journalled writer: every file is compared by hash with what was shown,
all of them are written or none, and it is an entry that can be taken back. The index, HEAD, refs
and the stash are not touched.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from pathlib import Path

from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import ConflictError, FileRefusedError, SparkError, UsageError
from spark_tui.core.journal import Entry, EntryNote, UndoResult
from spark_tui.core.tree_review.hunks import without
from spark_tui.core.tree_review.model import FileResult, PathChange, Scope, Side, SideKind
from spark_tui.core.tree_review.seen import SeenHunk, SeenHunks
from spark_tui.services.worktree.git_worktree import GitWorktree
from spark_tui.services.worktree.seen_store import SeenStore
from spark_tui.services.worktree.tree_diff import Changed, TreeDiff
from spark_tui.services.worktree.writer import Target, new_permissions

INSTRUCTION = "discarded in a review"
"""What the journal says of such an entry."""

_MOST_NAMED = 200


class ReviewedTree:
    """The tree of `worktree` as `scope` compares it; `paths` narrow it, from its root.

    Raises WorktreeError for a name that is no commit.
    """

    def __init__(self, worktree: GitWorktree, scope: Scope, paths: Sequence[str] = ()) -> None:
        self.worktree = worktree
        self.scope = scope
        self.diff = TreeDiff(worktree.repo, scope, paths)
        self._store = SeenStore(worktree.journal.folder)

    @property
    def root(self) -> Path:
        """The worktree's folder."""
        return self.worktree.root

    def listed(self, only: Collection[str] | None = None) -> tuple[Changed, ...]:
        """What may differ, in order; with `only` of these paths. Raises WorktreeError."""
        return self.diff.listed(only)

    def changes(self, listed: Sequence[Changed]) -> Iterator[PathChange | None]:
        """Each read, in order; None for one that does not differ. Raises WorktreeError."""
        return self.diff.changes(listed)

    def watch(
        self, warn: Callable[[SparkError], None] | None = None
    ) -> AsyncIterator[frozenset[str]]:
        """Sets of paths others wrote; empty: only git's own state changed."""
        return self.worktree.watch(warn)

    def stamp(self, path: str) -> object:
        """What changes when the file is written: nothing is opened."""
        try:
            status = os.lstat(self.root / path)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_mode

    # ---- seen

    def seen(self) -> SeenHunks:
        """What was looked at so far."""
        return self._store.load()

    def remember(self, hunks: Sequence[SeenHunk]) -> bool:
        """Keep that these were seen; False where the disk does not take it."""
        return self._store.add(hunks)

    def forget(self, hunks: Sequence[SeenHunk]) -> bool:
        """Keep that these were not."""
        return self._store.forget(hunks)

    # ---- taking out

    def take_out(self, drops: Sequence[tuple[PathChange, Collection[str]]]) -> Entry:
        """Take hunks out of the tree, by their ids: all or none, as one entry.

        Raises ConflictError where a file, or its base, is not what was shown, FileRefusedError,
        JournalError, UsageError for a hunk that can't be taken out.
        """
        if not self.scope.writable:
            raise UsageError(f"{self.scope.title}: there is no tree to take a hunk out of")
        targets: list[Target] = []
        for change, ids in drops:
            for hunk in change.file.hunks:
                if hunk.id in ids and hunk.fixed:
                    raise FileRefusedError(hunk.path, f"{shown(hunk.path)}: {hunk.fixed}")
            targets += _targets(change, without(change, ids))
        path = self.diff.still_based([change for change, _ in drops])
        if path:
            raise ConflictError(
                f"{shown(path)} is another one in {self.scope.base} by now",
                "look at it again",
                paths=(path,),
            )
        count = sum(len(ids) for _, ids in drops)
        named = [f"{i} {change.file.path}" for change, ids in drops for i in sorted(ids)]
        told = f"{count} hunk{'s' * (count != 1)} {INSTRUCTION}"
        note = EntryNote(told, "", 0, tuple(named[:_MOST_NAMED]))
        return self.worktree.put(targets, note, _folders_left(targets))

    def take_back(self, entry: int | None = None) -> UndoResult:
        """Take an entry back. Raises ConflictError, JournalError."""
        return self.worktree.undo(entry)

    def entries(self) -> tuple[Entry, ...]:
        """The journal, newest first."""
        return self.worktree.entries()

    def leave(self) -> Sequence[SparkError]:
        """A review is over: wait until the tree is as it stays; saves that came too late."""
        self.worktree.close(commit=False)
        return self.worktree.late_saves()

    def close(self) -> None:
        """Wait for what still happens behind the last write."""
        self.worktree.close()


def _targets(change: PathChange, results: Sequence[FileResult]) -> Iterator[Target]:
    for result in results:
        now = change.after if result.path == change.file.path else Side()
        sha = blob_id(now.data) if now.data is not None and now.kind is SideKind.FILE else ""
        if result.data is None:
            yield Target(result.path, sha, now.mode if sha else 0, None, "", 0)
            continue
        moved = result.path != change.file.path
        yield Target(
            result.path,
            sha,
            now.mode if sha else 0,
            result.data,
            blob_id(result.data),
            result.mode,
            None if sha else _permissions(change.after if moved else Side(), result.mode),
            change.file.path if moved else "",
        )


def _permissions(was: Side, mode: int) -> int:
    """Those of a file that comes back: of what it was moved from, else as git would make it."""
    executable = bool(mode & 0o100)
    if was.permissions is not None and bool(was.permissions & 0o100) == executable:
        return was.permissions
    return new_permissions(mode)


def _folders_left(targets: Sequence[Target]) -> tuple[str, ...]:
    """Folders that may be empty once the deleted files are gone."""
    found: dict[str, None] = {}
    for target in targets:
        folder = target.path.rpartition("/")[0] if target.data is None else ""
        while folder:
            found[folder] = None
            folder = folder.rpartition("/")[0]
    return tuple(found)
