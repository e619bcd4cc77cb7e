"""Which hunk keys act on, as events come in. Event by event, so that frames make no difference."""

from __future__ import annotations

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    TurnEnded,
    Undone,
)
from spark_tui.core.wire import Ending
from spark_tui.ui.widgets.body_document import Document


class Chooser:
    """Follows the review: the first hunk of an answer, then the next open one, and back by undo.

    With `auto` set only hunks that need help are chosen while their answer still runs: all others
    are decided by nobody.
    """

    def __init__(self, document: Document) -> None:
        self.current: HunkId | None = None
        self.auto = False
        self._document = document
        self._reopening: frozenset[HunkId] = frozenset()
        self._running: int | None = None

    def follow(self, event: Event) -> None:
        """Choose again after the document took `event`."""
        match event:
            case Asked(turn=turn):
                self.current, self._running = None, turn
            case TurnEnded(turn=turn, ending=ending):
                if turn == self._running:
                    self._running = None
                if ending is not Ending.COMPLETE:
                    self._reopening = self._kept(turn)
                self.go_on()
            case Decided(ids=ids, state=HunkState.OPEN) if frozenset(ids) == self._reopening:
                # The answer broke off and nobody asked for these: the eye stays where it is.
                self._reopening = frozenset()
                self.go_on()
            case Decided(ids=ids, state=HunkState.OPEN) | Undone(ids=ids) | FlushRefused(ids=ids):
                self._go_back(ids)
            case Decided() | Flushed() | HunksSet() | HunksGone():
                self.go_on()
            case _:
                pass

    def _kept(self, turn: int) -> frozenset[HunkId]:
        blocks = self._document.of_turn(turn)
        return frozenset(b.id for b in blocks if b.hunk.state is HunkState.KEPT)

    def _go_back(self, ids: tuple[HunkId, ...]) -> None:
        """To the first of the hunks that are open again."""
        back = next((i for i in ids if i in self._document.asking), None)
        if back is None:
            self.go_on()
        else:
            self.current = back

    def go_on(self) -> None:
        """Stay on a hunk that still asks; else to the next one below, else to the first."""
        document = self._document
        if self.current is not None:
            if self.current in document.asking:
                return
            block = document.hunks.get(self.current)
            index = block.index if block is not None else len(document.blocks)
            found = document.next_hunk(index, 1, only_open=True)
            if found is None:
                asking = document.undecided()
                found = asking[0] if asking else None
            self.current = found.id if found is not None else None
            return
        turn = document.last_turn
        if turn is None:
            return
        for block in document.of_turn(turn):
            if block.id in document.asking and self._wanted(block.hunk.state):
                self.current = block.id
                return

    def _wanted(self, state: HunkState) -> bool:
        return not self.auto or self._running is None or state is not HunkState.OPEN
