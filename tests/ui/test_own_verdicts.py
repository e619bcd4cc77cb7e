"""Our own slowness, made for real: painting, a busy loop, a slow disk. Each is called ours."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from spark_tui.core.edits.model import Change, HunkState
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.events import Event, TurnEnded
from spark_tui.core.latency.track import Track
from spark_tui.core.latency.verdict import Cause, findings
from spark_tui.core.session import Session
from spark_tui.pair.conductor import Pair
from spark_tui.pair.ports import Entry, EntryNote
from spark_tui.services import processes
from spark_tui.services.endpoint import open_endpoint
from spark_tui.ui.app import SparkApp
from spark_tui.ui.options import ShellOptions
from tests.pair.conftest import MemoryWorktree

SLOW_S = 0.12


class SlowDisk(MemoryWorktree):
    """A worktree whose flush takes its time, once told to."""

    slow = False

    def flush(self, changes: Sequence[Change], note: EntryNote) -> Entry:
        if self.slow:
            time.sleep(SLOW_S)  # a slow device, in the thread that writes
        return super().flush(changes, note)


class Bench:
    """An app against the simulated endpoint, with ways to make it slow."""

    app: SparkApp
    pair: Pair

    def __init__(self, profile: EndpointProfile) -> None:
        self.worktree = SlowDisk({"calc.py": "def add(a, b):\n    return a + b\n"})
        self.on_frame: Callable[[Sequence[Event]], None] = lambda _: None
        self.app = SparkApp(self._conductor, ShellOptions())
        self._paint, self._profile = self.app._frame, profile
        self.app._frame = self._frame  # type: ignore[method-assign]

    def _conductor(self) -> Pair:
        self.pair = Pair(self.worktree, [self._profile], open_endpoint, time.monotonic_ns)
        return self.pair

    def _frame(self, batch: Sequence[Event], session: Session) -> None:
        self._paint(batch, session)
        self.on_frame(batch)

    @property
    def track(self) -> Track:
        return self.app.desk.instrument.track

    async def until(self, seen: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not seen():
            assert time.monotonic() < deadline, "the condition never held"
            await asyncio.sleep(0.002)

    async def ask(self, at_first_token: Callable[[], None] = lambda: None) -> None:
        number = len(self.pair.session.turns) + 1
        self.pair.ask("rename add to plus", time.monotonic_ns())
        await self.until(lambda: len(self.pair.session.turns) == number)
        await self.until(lambda: self.pair.session.turns[-1].reading.ttft_ns)
        at_first_token()
        await self.until(lambda: self.track.turn == number and self.track.drawn_at)

    def causes(self) -> dict[Cause, int]:
        known = self.app.desk.instrument
        return {one.cause: one.cost for one in findings(known.track, known.reading)}


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    server = processes.spawn_self(["sim", "--rate", "1000", "--ttft", "20"])
    profile = EndpointProfile("sim", f"http://127.0.0.1:{server.read_port()}/v1", "simulated")
    one = Bench(profile)
    try:
        async with one.app.run_test(size=(120, 40)):
            await one.until(lambda: hasattr(one, "pair") and one.pair.paths())
            await one.ask()  # imports and the connection
            yield one
            await one.pair.close()
    finally:
        server.stop()


def busy(seconds: float) -> None:
    """Keep the loop from anything else."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


async def test_painting_a_busy_loop_and_the_disk_are_told_apart() -> None:
    async with bench() as one:
        one.on_frame = lambda batch: (
            busy(SLOW_S) if any(isinstance(e, TurnEnded) for e in batch) else None
        )
        await one.ask()
        painting = one.causes()
        assert painting[Cause.PAINT] >= SLOW_S * 1e9
        assert painting.get(Cause.BACKLOG, 0) < painting[Cause.PAINT]

        one.on_frame = lambda _: None
        await one.ask(lambda: busy(SLOW_S))
        behind = one.causes()
        assert behind[Cause.BACKLOG] >= 0.5 * SLOW_S * 1e9
        assert behind.get(Cause.PAINT, 0) < behind[Cause.BACKLOG]

        one.worktree.slow = True
        hunk = one.pair.session.turns[-1].hunks[0]
        one.pair.decide([hunk.id], HunkState.KEPT, time.monotonic_ns())
        await one.until(lambda: one.track.flush_ns)
        assert one.causes()[Cause.DISK] >= SLOW_S * 1e9
