"""What a follow-up takes along of earlier turns: their open hunks, told as a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.model import Hunk, HunkState
from spark_tui.core.edits.text import bare
from spark_tui.core.endpoint.wire import Message
from spark_tui.core.session import Turn

UNDECIDED = (HunkState.OPEN, HunkState.REFUSED, HunkState.STALE)
"""States of a hunk that a follow-up refines."""

MOST_TURNS = 3
"""So many turns with open hunks go along, the newest ones."""


def open_turns(turns: Sequence[Turn]) -> list[Turn]:
    """The newest turns that still have open hunks, in order."""
    return [t for t in turns if any(h.asks for h in t.hunks)][-MOST_TURNS:]


def conversation(turns: Sequence[Turn], answers: Mapping[int, str]) -> tuple[Message, ...]:
    """Instruction and answer of every turn with open hunks; which of them are open is said.

    `answers` are the models' own words by turn. Where they are not known (a session that was
    opened again) the open hunks stand for them.
    """
    out: list[Message] = []
    for turn in open_turns(turns):
        waiting = [h for h in turn.hunks if h.asks]
        asked = turn.text
        if any(h.state not in (*UNDECIDED, HunkState.WRITING) for h in turn.hunks):
            asked += f"\n\n(Of your answer these hunks are still open: {_places(waiting)}. {_REST})"
        answer = answers.get(turn.id) or "\n".join(as_diff(h) for h in waiting)
        out += [Message("user", asked), Message("assistant", answer)]
    return tuple(out)


_REST = "The others are decided: the files below show what became of them."


def _places(hunks: Iterable[Hunk]) -> str:
    return ", ".join(f"{h.path}:{h.line}" if h.line else h.path for h in hunks)


def as_diff(hunk: Hunk) -> str:
    """A hunk as a person would quote it: its place, then its removed and added lines."""
    lines = hunk.raw.lines if hunk.raw is not None else tagged(hunk.old, hunk.new)
    return "\n".join([_places([hunk]), *(f"{tag}{bare(text)}" for tag, text in lines), ""])
