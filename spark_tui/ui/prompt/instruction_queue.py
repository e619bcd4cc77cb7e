"""Instructions that wait until the edit before them is decided."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.context import NOTHING_OMITTED, Omitted
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import Asked, Event, TurnEnded
from spark_tui.core.session import Session


class InstructionQueue(list[str]):
    """The queued instructions, the next one first.

    They go by themselves behind an answer that ended whole. After any other ending they are
    `held`: only the person sends them, or takes them back.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held = False
        self._omitted: dict[str, Omitted] = {}

    @property
    def held(self) -> bool:
        """True while something waits that is not sent by itself."""
        return bool(self) and self._held

    def add(self, text: str, omitted: Omitted = NOTHING_OMITTED) -> None:
        """Queue an instruction behind the others, with what stays here of what goes along."""
        if not self:
            self._held = False
        self.append(text)
        self._omitted[text] = omitted

    def omitted(self, text: str) -> Omitted:
        """What stays here of what goes along with an instruction that was taken."""
        return self._omitted.pop(text, NOTHING_OMITTED)

    def take(self) -> str:
        """The next instruction, to be sent now; those behind it wait at least until it is asked."""
        self._held = True
        return self.pop(0)

    def hold(self) -> None:
        """The person stopped what runs: nothing follows by itself."""
        self._held = bool(self)

    def handle(self, events: Sequence[Event], session: Session) -> None:
        """A turn that begins carries the queue on; one that ends other than whole holds it."""
        for event in events:
            self._follow(event, session)

    def _follow(self, event: Event, session: Session) -> None:
        if isinstance(event, Asked):
            self._held = False
        elif isinstance(event, TurnEnded) and event.ending is not Ending.COMPLETE:
            newest = session.turn
            if newest is not None and event.turn == newest.id:  # not one that was steered
                self.hold()
