"""Which hunks of the session are on disk, as the journal says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.journal import Entry
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


def _origin(known: dict[int, Entry], number: int | None) -> Entry | None:
    """The edit that an entry is, or has again; None where it is not listed any more."""
    entry = known.get(number or 0)
    while entry is not None and entry.redoes is not None:
        entry = known.get(entry.redoes)
    return entry
