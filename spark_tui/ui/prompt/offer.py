"""What Enter takes on an empty prompt: one thing, and only once it was there to be read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import Notice
from spark_tui.core.session import Session
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Key
from spark_tui.ui.style.cells import cut_middle, safe

PATH_CELLS = 24
"""A path in an offer takes at most so many cells: it has to be seen whole."""

READ_NS = 1_000_000_000
"""Enter takes an offer only after it was on the screen for this long."""


class OfferKind(StrEnum):
    """What can be offered, the first that is there first."""

    CONFLICT = "conflict"
    CUT = "cut"
    QUEUED = "queued"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing Enter would do, in `words`; `about` tells it from others of its kind."""

    kind: OfferKind
    words: Key = field(compare=False)
    about: object = None


def offer_of(session: Session, held: Sequence[str], conflict: Notice | None) -> Offer | None:
    """What is offered now; `held` is a queue that does not go by itself, None for nothing."""
    turn = session.turn
    if conflict is not None and conflict.entry:
        said = words.offer_conflict(conflict.together)
        return Offer(OfferKind.CONFLICT, said, (conflict.entry, conflict.together))
    if turn is not None and turn.ending in {Ending.CUT, Ending.LENGTH}:
        return Offer(OfferKind.CUT, words.OFFER_CUT, turn.id)
    if held:
        return Offer(OfferKind.QUEUED, words.OFFER_QUEUED, held[0])
    if session.comments:
        first = session.comments[0]
        said = words.comment_hint(cut_middle(safe(first.path), PATH_CELLS), first.line)
        return Offer(OfferKind.COMMENT, said, (first.path, first.raw))
    return None


@dataclass(slots=True)
class Offered:
    """The offer on the screen, and since when (ns of the monotonic clock)."""

    now: Offer | None = None
    since: int = 0

    def show(self, offer: Offer | None, at: int) -> None:
        """Put this one on the screen at `at`, unless it is there already."""
        if offer != self.now:
            self.since = at
        self.now = offer

    def taken(self, at: int) -> Offer | None:
        """What an Enter at `at` takes."""
        return self.now if self.now is not None and at - self.since >= READ_NS else None
