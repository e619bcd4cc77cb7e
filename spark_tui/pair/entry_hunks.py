"""Which hunks of the session are the hunks of a journal entry."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.model import HunkId
from spark_tui.core.journal import EntryView
from spark_tui.core.session import Session


def written_as(session: Session, view: EntryView, numbers: Sequence[int]) -> tuple[HunkId, ...]:
    """The session's hunks that were written as these hunks of an entry.

    Both are in the order of their lines, so they pair up file by file where they are as many.
    """
    out: list[HunkId] = []
    for path in dict.fromkeys(hunk.path for hunk in view.hunks):
        theirs = [hunk.number for hunk in view.hunks if hunk.path == path]
        ours = [
            hunk
            for turn in session.turns
            for hunk in turn.hunks
            if hunk.path == path and turn.entry_of(hunk.id) == view.entry.id
        ]
        ours.sort(key=lambda hunk: hunk.base_span or (0, 0))
        if len(ours) == len(theirs):
            out += [h.id for h, n in zip(ours, theirs, strict=True) if n in numbers]
    return tuple(out)
