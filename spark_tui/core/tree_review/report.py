"""The hunks of a review as data for scripts."""

from __future__ import annotations

from collections.abc import Iterable

from spark_tui.core.tree_review.model import TreeFile
from spark_tui.core.tree_review.seen import SeenHunks, SeenState

HunkRecord = dict[str, object]
"""One hunk as a JSON object."""


def records(file: TreeFile, seen: SeenHunks) -> Iterable[HunkRecord]:
    """One for each hunk."""
    for hunk in file.hunks:
        yield {
            "id": hunk.id,
            "path": file.path,
            "old_start": hunk.old_start,
            "new_start": hunk.new_start,
            "added": hunk.added,
            "removed": hunk.removed,
            "seen": seen.look(file, hunk) is SeenState.SEEN,
        }
