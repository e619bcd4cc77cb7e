"""A saved session told again as events."""

from __future__ import annotations

from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import Asked, Event, Flushed, HunksSet, TurnEnded
from spark_tui.core.session import Session


def events_of(session: Session) -> list[Event]:
    """What would have led to `session`, as far as a session remembers it."""
    out: list[Event] = []
    for turn in session.turns:
        at = turn.asked_at
        out.append(Asked(at, turn.id, turn.text, turn.context, turn.tokens, turn.endpoint))
        out.append(HunksSet(at, turn.id, turn.hunks))
        if turn.ending is not None:
            out.append(TurnEnded(at, turn.id, turn.ending, turn.reading, turn.detail))
        for hunk in turn.hunks:
            entry = turn.entry_of(hunk.id)
            if hunk.state is HunkState.APPLIED and entry is not None:
                out.append(Flushed(at, turn.id, (hunk.id,), entry, 1, 0))
    return out
