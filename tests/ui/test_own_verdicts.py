"""Our own slowness, made for real: painting, a busy loop, a slow disk. Each is called ours."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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
"""What is slow where nothing else is; on a busy machine it has to be slower than that."""


class SlowDisk(MemoryWorktree):
    """A worktree whose flush takes its time, once told to."""

    slow_s = 0.0

    def flush(self, changes: Sequence[Change], note: EntryNote) -> Entry:
        time.sleep(self.slow_s)  # a slow device, in the thread that writes
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
        deadline = time.monotonic() + 60
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

    async def slow_s(self) -> float:
        """A time that nothing takes here by itself, as far as a turn tells."""
        await self.ask()
        return max(SLOW_S, 4 * max(self.causes().values(), default=0) / 1e9)

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


async def named(one: Bench, slow: Callable[[float], Awaitable[None]], cause: Cause) -> None:
    """What is slow becomes slower until it stands out from all that the machine does beside."""
    slow_s = await one.slow_s()
    for _ in range(4):
        await slow(slow_s)
        causes = one.causes()
        others = [cost for other, cost in causes.items() if other is not cause]
        if causes.get(cause, 0) >= 0.5e9 * slow_s and causes[cause] > max(others, default=0):
            return
        slow_s *= 2
    raise AssertionError(f"{cause} does not stand out: {causes}")


async def test_painting_a_busy_loop_and_the_disk_are_told_apart() -> None:
    async with bench() as one:

        async def painting(slow_s: float) -> None:
            one.on_frame = lambda batch: (
                busy(slow_s) if any(isinstance(e, TurnEnded) for e in batch) else None
            )
            await one.ask()
            one.on_frame = lambda _: None

        async def busy_loop(slow_s: float) -> None:
            await one.ask(lambda: busy(slow_s))

        async def slow_disk(slow_s: float) -> None:
            await one.ask()
            one.worktree.slow_s = slow_s
            hunk = one.pair.session.turns[-1].hunks[0]
            one.pair.decide([hunk.id], HunkState.KEPT, time.monotonic_ns())
            await one.until(lambda: one.track.flush_ns)
            one.worktree.slow_s = 0.0
            await one.until(lambda: one.pair.session.acts)
            one.pair.take_back(time.monotonic_ns())
            await one.until(lambda: not one.pair.session.acts)

        await named(one, painting, Cause.PAINT)
        await named(one, busy_loop, Cause.BACKLOG)
        await named(one, slow_disk, Cause.DISK)
