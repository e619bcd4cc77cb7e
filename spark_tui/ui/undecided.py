"""Which hunks wait for the person. Pure."""

from __future__ import annotations

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.green.trying import Try
from spark_tui.core.session import Session, Turn

UNDECIDED = frozenset({HunkState.OPEN, HunkState.REFUSED, HunkState.STALE})
"""States that wait for the person."""


def undecided(session: Session) -> list[Hunk]:
    """Hunks of every turn that wait for the person, in answer order."""
    return [h for turn in session.turns for h in turn.hunks if h.asks]


def tried(session: Session) -> Try | None:
    """An answer that is on disk to be tried and waits for the person's decision, None for none."""
    return next((one for one in reversed(session.tries) if one.provisional), None)


def newest(session: Session) -> Session:
    """The session as if the newest turn were all of it: what a review of that turn is about."""
    return replace(session, turns=session.turns[-1:])


def number_of(turn: Turn, hunk_id: HunkId) -> int:
    """The hunk's number as its header shows it, from 1; 0 for an unknown one."""
    return next((n for n, h in enumerate(turn.hunks, 1) if h.id == hunk_id), 0)
