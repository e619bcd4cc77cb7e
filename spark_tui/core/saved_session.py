"""A session as plain data, so that it can be kept on disk and opened again. Pure.

A kept session is a mapping of keys to JSON values: one for each turn, one for what `u` takes back,
and one for where its topic begins. Whoever stores it may append changed values only; the newest of
a key counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Answered,
    Asked,
    Event,
    Flushed,
    HunksSet,
    LookDone,
    Said,
    TopicBegan,
    TurnEnded,
)
from spark_tui.core.plain_data import plain, read
from spark_tui.core.session import Act, ActKind, Session, Turn

ACTS = "acts"
TOPIC = "topic"
_TURN = "turn:"


def turn_key(turn: int) -> str:
    """The key one turn is kept under."""
    return f"{_TURN}{turn}"


def kept_turn(turn: Turn) -> object:
    """A turn as JSON data."""
    return plain(turn)


def kept_acts(session: Session) -> object:
    """What `u` would take back, as JSON data: only what is on disk outlives a session."""
    return plain(tuple(a for a in session.acts if a.kind is ActKind.ENTRY))


def restored(kept: Mapping[str, object]) -> Session:
    """The session that was kept, as it is after an interruption.

    What was still being written is gone, an answer without an end counts as stopped, and what was
    kept but never written is open again. Raises ValueError for data that is none of ours.
    """
    turns = []
    for key, value in kept.items():
        if key.startswith(_TURN):
            turns.append(_interrupted(read(Turn, value)))
    turns.sort(key=lambda turn: turn.id)
    acts = read(tuple[Act, ...], kept.get(ACTS, []))
    known = {hunk.id for turn in turns for hunk in turn.hunks}
    standing = tuple(a for a in acts if a.kind is ActKind.ENTRY and set(a.ids) <= known)
    return Session(turns=tuple(turns), acts=standing, topic=read(int, kept.get(TOPIC, 0)))


def events_of(session: Session) -> list[Event]:
    """What would have led to `session`, as far as a session remembers it."""
    out: list[Event] = []
    for turn in session.turns:
        at = turn.asked_at
        out.append(Asked(at, turn.id, turn.text, turn.context, turn.tokens, turn.endpoint))
        out += [LookDone(at, turn.id, look) for look in turn.looks]
        if turn.answer:
            out.append(Said(at, turn.id, turn.answer))
        out.append(HunksSet(at, turn.id, turn.hunks))
        if turn.ending is not None:
            out.append(TurnEnded(at, turn.id, turn.ending, turn.reading, turn.detail))
        for hunk in turn.hunks:
            entry = turn.entry_of(hunk.id)
            if hunk.state is HunkState.APPLIED and entry is not None:
                out.append(Flushed(at, turn.id, (hunk.id,), entry, 1, 0))
        if turn.answer:
            out.append(Answered(at, turn.id, turn.answer))
    if session.topic:
        out.append(TopicBegan(session.turns[-1].asked_at if session.turns else 0, session.topic))
    return out


def _interrupted(turn: Turn) -> Turn:
    hunks = tuple(
        replace(h, state=HunkState.OPEN) if h.state is HunkState.KEPT else h
        for h in turn.hunks
        if h.state is not HunkState.WRITING
    )
    return replace(turn, hunks=hunks, ending=turn.ending or Ending.STOPPED, wants=())
