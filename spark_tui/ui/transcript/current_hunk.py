"""Which hunk is the current one, that review keys act on. Pure.

It is kept by identity; where a hunk is no more what is decided, something known stands for it:

| what happens to the current hunk | current from then on |
|---|---|
| edited, placed, asked for again, located anew, redone, redrawn | the same |
| other hunks arrive, change or leave, above or below | the same |
| split | its first part |
| its parts are one again | the whole |
| a newer answer changes its lines | that answer's hunk |
| decided, written, gone, out of the review's scope | the next below that asks, else the first |
| decided before the person went to it | the same |
| taken back, or refused by the disk | the first of those that are open again |
| an instruction is sent | none until a hunk of the answer asks, then the first of them |
| ... which asks for this hunk again | the same, until the answer's hunk stands for it |
| ... and its answer ends with nothing that asks | the one before, or what stands for it |
| the model wants to look, which is asked about | none until that is answered, then the one before |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    LooksAllowed,
    LooksWanted,
    TurnEnded,
    Undone,
)


class Order(Protocol):
    """The hunks as they are shown, after the event that is followed."""

    def asks(self, hunk_id: HunkId) -> bool:
        """Whether it waits for a decision, in what the review is about."""

    def next_asking(self, hunk_id: HunkId) -> HunkId | None:
        """The next below where this one is (or was, if it is gone), else the first; or None."""

    def of_newest(self) -> Sequence[tuple[HunkId, HunkState]]:
        """The hunks of the newest turn, top to bottom."""

    def states(self, turn: int) -> Sequence[tuple[HunkId, HunkState]]:
        """The hunks of a turn, top to bottom."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`at` is the current hunk.

    `left` is the one that was current when the newest instruction was sent, `running` the turn of
    an answer that comes, `reopening` what opens by itself because an answer broke off. `question`
    is a turn that asks whether its model may look, 0 for none: it has the mark where `at` is None.
    """

    at: HunkId | None = None
    left: HunkId | None = None
    running: int | None = None
    reopening: frozenset[HunkId] = frozenset()
    question: int = 0


def follow(mark: Mark, event: Event, order: Order, *, auto: bool = False) -> Mark:
    """The mark after `event`.

    With `auto` only hunks that need help are chosen while their answer still runs: all others are
    decided by nobody.
    """
    match event:
        case LooksWanted(turn=turn):
            return replace(mark, at=None, left=mark.at or mark.left, question=turn)
        case LooksAllowed(turn=turn) if turn == mark.question:
            mark = settled(replace(mark, question=0), order, auto=auto)
            return _left_again(mark, order)
        case HunksSet() | Decided() | Flushed() | HunksGone() | Undone() if mark.question:
            gone = mark.at is not None and not order.asks(mark.at)
            return replace(mark, at=None) if gone else mark
        case Asked(turn=turn, again=again):
            mark = replace(mark, question=0)
            if again is not None and again == mark.at:
                return replace(mark, left=None, running=turn)
            return replace(mark, at=None, left=mark.at or mark.left, running=turn)
        case TurnEnded(turn=turn, ending=ending):
            if ending is not Ending.COMPLETE:
                kept = (i for i, state in order.states(turn) if state is HunkState.KEPT)
                mark = replace(mark, reopening=frozenset(kept))
            if turn != mark.running:
                return _touched(mark, (), order, auto=auto)
            mark = _touched(replace(mark, running=None), (), order, auto=auto)
            return replace(_left_again(mark, order), left=None)
        case Decided(ids=ids, state=HunkState.OPEN) if frozenset(ids) == mark.reopening:
            # The answer broke off and nobody asked for these: the eye stays where it is.
            return _touched(replace(mark, reopening=frozenset()), ids, order, auto=auto)
        case Decided(ids=ids, state=HunkState.OPEN) | Undone(ids=ids) | FlushRefused(ids=ids):
            back = next((i for i in ids if order.asks(i)), None)
            if back is not None:
                return replace(mark, at=back)
            return _touched(mark, ids, order, auto=auto)
        case HunksSet(hunks=hunks, successors=successors):
            stands = dict(successors)
            at = None if mark.at is None else stands.get(mark.at, mark.at)
            left = None if mark.left is None else stands.get(mark.left, mark.left)
            touched = (*(hunk.id for hunk in hunks), *stands.values())
            return _touched(replace(mark, at=at, left=left), touched, order, auto=auto)
        case Decided(ids=ids) | Flushed(ids=ids) | HunksGone(ids=ids):
            return _touched(mark, ids, order, auto=auto)
        case _:
            return mark


def _left_again(mark: Mark, order: Order) -> Mark:
    """Without a current hunk, the one that was left is it again, or what stands below it."""
    if mark.at is not None or mark.left is None:
        return mark
    back = mark.left if order.asks(mark.left) else order.next_asking(mark.left)
    return replace(mark, at=back)


def _touched(mark: Mark, ids: Sequence[HunkId], order: Order, *, auto: bool) -> Mark:
    """Something happened to `ids`: one that is looked at without being asked about stays."""
    return mark if mark.at is not None and mark.at not in ids else settled(mark, order, auto=auto)


def settled(mark: Mark, order: Order, *, auto: bool = False) -> Mark:
    """Stay on a hunk that still asks, else on to the next; without one, the newest turn's first."""
    if mark.at is not None:
        return mark if order.asks(mark.at) else replace(mark, at=order.next_asking(mark.at))
    for hunk_id, state in order.of_newest():
        if order.asks(hunk_id) and not (auto and mark.running and state is HunkState.OPEN):
            return replace(mark, at=hunk_id)
    return mark
