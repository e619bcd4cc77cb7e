"""What the next turn takes over from those before it: files, open hunks, selected lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from spark_tui.core.context import LineRange, WorkingSet
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import ChatMessage
from spark_tui.core.guidance import is_guidance
from spark_tui.core.session import Session, Turn
from spark_tui.core.topic import Notes, conversation, edited_lines, notes, open_turns
from spark_tui.pair.turn import TurnRun


class FollowUp:
    """Remembers the answers of this session; asks the session what of them is still open."""

    def __init__(self, session: Callable[[], Session]) -> None:
        self._session = session
        self._runs: dict[int, TurnRun] = {}

    @property
    def _turns(self) -> Sequence[Turn]:
        """The turns of the topic."""
        session = self._session()
        return [turn for turn in session.turns if turn.id > session.topic]

    def began(self, runs: Mapping[int, TurnRun]) -> None:
        """Turns started; of those before only what may still be refined is kept."""
        kept = {t.id for t in open_turns(self._turns)}
        self._runs = {n: r for n, r in self._runs.items() if n in kept} | dict(runs)

    def working_set(self) -> WorkingSet:
        """What the turn before was given by name, and lines that hunks of the topic are about: an
        instruction that names nothing is about them. A turn that sent no file (it failed, say) does
        not count.
        """
        turns = self._turns
        last = next((t for t in reversed(turns) if t.context), None)
        # What was only found is looked for again, and guidance goes along by itself.
        named = [
            (item.path, item.lines)
            for item in (last.context if last is not None else ())
            if not (item.guess or item.edited or is_guidance(item.path))
        ]
        return WorkingSet(tuple(dict.fromkeys(named)), edited_lines(turns))

    def messages(self, span: LineRange | None, *, notes: bool = True) -> tuple[ChatMessage, ...]:
        """Notes of decided turns, then those whose open hunks are refined; none for lines of a
        file they don't have. Without `notes` only the latter.
        """
        if span is not None and span.path not in self.working_set().paths:
            return ()
        known = self.notes() if notes else None
        open_ones = conversation(self._turns, {n: r.answer for n, r in self._runs.items()})
        return (known.message, *open_ones) if known is not None else open_ones

    def notes(self) -> Notes | None:
        """What goes along of the topic's decided turns."""
        return notes(self._turns)

    def refines(self) -> bool:
        """True while the newest turn has open hunks."""
        turns = self._turns
        return bool(turns) and bool(open_turns(turns[-1:]))

    def now(self, span: LineRange | None) -> LineRange | None:
        """The same lines after what of the newest turn is on disk already."""
        turn = self._session().turn
        if span is None or turn is None:
            return span
        grown = sum(
            len(h.new) - len(h.old)
            for h in turn.hunks
            if h.state is HunkState.APPLIED and h.path == span.path
        )
        return LineRange(span.path, span.first, max(span.first, span.last + grown))
