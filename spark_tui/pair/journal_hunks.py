"""What the journal says about the session's hunks: which are on disk, which are an entry's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.journal import Entry, EntryView
from spark_tui.core.session import Session


class Moved(NamedTuple):
    """Hunks that are off the disk now, and those that are on it again, by the entry they are of."""

    off: tuple[HunkId, ...]
    on: tuple[tuple[int, tuple[HunkId, ...]], ...]


def compare(session: Session, entries: Sequence[Entry]) -> Moved:
    """What the session's hunks are not any more, by `entries` (all the journal has).

    An entry of which single hunks were taken back says nothing: it is left as it is.
    """
    known = {entry.id: entry for entry in entries}
    off: list[HunkId] = []
    on: dict[int, list[HunkId]] = {}
    for turn in session.turns:
        for hunk in turn.hunks:
            entry = _origin(known, turn.entry_of(hunk.id))
            if entry is None or entry.taken:
                continue
            stands = entry.undone_by is None
            if hunk.state is HunkState.APPLIED and not stands:
                off.append(hunk.id)
            elif hunk.state is not HunkState.APPLIED and stands:
                on.setdefault(entry.id, []).append(hunk.id)
    return Moved(tuple(off), tuple((n, tuple(ids)) for n, ids in sorted(on.items())))


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


def _origin(known: dict[int, Entry], number: int | None) -> Entry | None:
    """The edit that an entry is, or has again; None where it is not listed any more."""
    entry = known.get(number or 0)
    while entry is not None and entry.redoes is not None:
        entry = known.get(entry.redoes)
    return entry
