"""A recorded turn, played again with the pace it had: what the UI sees instead of a `Pair`.

Nothing is asked and nothing is written. Stamps are moved to now as one block, so every figure is
the recorded one at any speed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby
from operator import itemgetter

from spark_tui.core.context import NOTHING_OMITTED, LineRange, Omitted
from spark_tui.core.endpoint.choices import EndpointChoice
from spark_tui.core.events import (
    EndpointLabel,
    EndpointSet,
    Event,
    ModeSet,
    Notice,
    Severity,
    TreeChanged,
)
from spark_tui.core.journal import Entry
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Remedy, Way
from spark_tui.core.session import Session, step
from spark_tui.core.trace.decode import Trace
from spark_tui.core.trace.shift import shifted
from spark_tui.core.tree import Tree
from spark_tui.pair.faults import Faults
from spark_tui.pair.look_only import LookOnly
from spark_tui.pair.ports import Clock, ContextPreview

LONGEST_PAUSE_NS = 1_500_000_000
"""A pause of the recording is played as this at most: people look, and go for coffee."""

_ONLY = "a replay: nothing is asked and nothing written"


def timetable(trace: Trace) -> tuple[tuple[int, Event], ...]:
    """(ns after the start, event) at recorded pace, long pauses shortened."""
    out: list[tuple[int, Event]] = []
    due = 0
    before = trace.asked.at
    for event in trace.events:
        due += min(max(event.at - before, 0), LONGEST_PAUSE_NS)
        before = max(before, event.at)
        out.append((due, event))
    return tuple(out)


class Replay(LookOnly):
    """The `Conductor` of a trace. `speed` 0.1 takes ten times as long; `name` is how it is called.

    Esc plays the rest at once.
    """

    def __init__(self, trace: Trace, clock: Clock, *, speed: float = 1.0, name: str = "") -> None:
        self._trace = trace
        self._clock = clock
        self._speed = speed
        self._name = name
        self._hurry = asyncio.Event()
        self._said: asyncio.Queue[tuple[Event, ...]] = asyncio.Queue()
        self._closed = False
        tree = Tree(f"replay at {speed:g}×", "")
        self.session = Session(tree, trace.asked.endpoint, Mode.READ_ONLY)

    def paced_by(self, due: Callable[[], int]) -> Callable[[], int]:  # noqa: ARG002 - as the port has it
        """Nothing is read from the network."""
        return lambda: 0

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        """The recorded events, then what is said to keys that do nothing here."""
        now = self._clock()
        yield self._folded(
            (
                TreeChanged(now, self.session.tree),
                EndpointSet(now, self.session.endpoint),
                ModeSet(now, self.session.mode),
            )
        )
        player = asyncio.get_running_loop().create_task(self._play())
        try:
            while not self._closed:
                batch = await self._said.get()
                if batch:
                    yield self._folded(batch)
        finally:
            player.cancel()

    def _folded(self, batch: tuple[Event, ...]) -> tuple[Event, ...]:
        for event in batch:
            self.session = step(self.session, event)
        return batch

    async def _play(self) -> None:
        start = self._clock()
        by = start - self._trace.asked.at
        for due, group in groupby(timetable(self._trace), itemgetter(0)):
            wait = (start + due / self._speed - self._clock()) / 1e9
            if wait > 0 and not self._hurry.is_set():
                try:
                    async with asyncio.timeout(wait):
                        await self._hurry.wait()
                except TimeoutError:
                    pass
            self._said.put_nowait(tuple(shifted(event, by) for _, event in group))
        told = f"replay over · {self._name}" if self._name else "replay over"
        self._tell(told, Remedy.SHOW_TIMES, Remedy.QUIT)

    def _tell(self, text: str, *remedies: Way) -> None:
        self._said.put_nowait((Notice(self._clock(), text, remedies),))

    def refuse(self) -> None:
        """Say what this is."""
        self._tell(_ONLY, Remedy.PLAY_REST, "--speed 0.1 plays it slower")

    # ------------------------------------------------------------------ keys that mean something

    def stop(self) -> None:
        """Play the rest at once."""
        self._hurry.set()

    def trace(self) -> str:
        """What is being played."""
        return self._name

    async def settled(self) -> None:
        """Nothing runs in a recorded turn."""

    async def close(self) -> None:
        """End `events`."""
        self._closed = True
        self._said.put_nowait(())

    # ------------------------------------------------------------------ what there is to see

    def endpoints(self) -> Sequence[EndpointLabel]:
        """The recorded one."""
        return (self.session.endpoint,)

    def endpoint_choices(self) -> Sequence[EndpointChoice]:
        """The recorded one."""
        label = self.session.endpoint
        return (EndpointChoice(label.name, label, in_use=True, fixed=True),)

    def stop_set_up(self) -> None:
        """None was begun."""

    @property
    def waits_for_git(self) -> int:
        """Nothing is sent from here."""
        return 0

    def stop_checks(self) -> None:
        """None runs."""

    def entries(self) -> Sequence[Entry]:
        """None: a trace has no journal."""
        return ()

    def paths(self) -> Sequence[str]:
        """None: a trace has no files."""
        return ()

    def preview(
        self,
        text: str,  # noqa: ARG002
        span: LineRange | None = None,  # noqa: ARG002
        omitted: Omitted = NOTHING_OMITTED,  # noqa: ARG002
    ) -> ContextPreview:
        """Nothing is sent."""
        return ContextPreview((), 0)

    def painted(self, turn: int, at: int) -> None:
        """Not of interest: the recorded paint counts."""

    def away(self, turn: int, since: int, until: int) -> None:
        """Nor this."""

    def displayed(self, turn: int, at: int) -> None:
        """Not of interest either."""

    def broke(self, error: Exception) -> None:
        """What is replayed can't be shown."""
        what, remedies = Faults().beside(error)
        self._said.put_nowait((Notice(self._clock(), what, remedies, Severity.ERROR),))
