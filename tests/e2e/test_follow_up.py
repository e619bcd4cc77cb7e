"""A session over a WebSocket tells the endpoint only what is new, whatever shape answers have."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import Ending, EndpointProfile
from spark_tui.core.events import Event, Flushed, TurnEnded
from spark_tui.pair.conductor import Pair
from spark_tui.services.endpoint import ModelEndpoint
from spark_tui.services.worktree import open_worktree
from spark_tui.simulator.parts import Reply
from spark_tui.simulator.settings import SimSettings
from tests.e2e.farm import Farm

CALC = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.stop()


class Session:
    """A real session in a real worktree, with what it heard."""

    def __init__(self, root: Path, state: Path, url: str) -> None:
        profile = EndpointProfile("sim", url, "simulated-x", "websocket", dialect="simulated")
        worktree = open_worktree(root, state)
        self.pair = Pair(worktree, [profile], ModelEndpoint, time.monotonic_ns)
        self.events: list[Event] = []
        self._heard = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for batch in self.pair.events():
            async with self._heard:
                self.events += batch
                self._heard.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Until an event has made it true."""
        async with asyncio.timeout(10), self._heard:
            await self._heard.wait_for(condition)

    async def ended(self, turn: int) -> Ending:
        """How a turn ended."""
        await self.until(lambda: turn in self.endings)
        return self.endings[turn]

    @property
    def endings(self) -> dict[int, Ending]:
        return {e.turn: e.ending for e in self.events if isinstance(e, TurnEnded)}

    async def close(self) -> None:
        await self.pair.close()
        await self._task


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "repo"
    made.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=made, check=True)
    (made / "calc.py").write_text(CALC)
    return made


@pytest.mark.parametrize("reply", Reply)
async def test_asking_refining_and_steering_send_the_files_once(
    farm: Farm, root: Path, tmp_path: Path, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim, port = await asyncio.to_thread(
        farm.start, SimSettings(rate=400.0, ttft_ms=5.0, reply=reply)
    )
    bodies: list[Mapping[str, Any]] = []
    begin = sim.begin

    def noted(body: Mapping[str, Any], *rest: Any) -> Any:
        bodies.append(body)
        return begin(body, *rest)

    monkeypatch.setattr(sim, "begin", noted)
    session = Session(root, tmp_path / "state", f"http://127.0.0.1:{port}/v1")
    pair = session.pair
    try:
        pair.ask("rename add to plus in @calc.py", time.monotonic_ns())
        assert await session.ended(1) is Ending.COMPLETE
        pair.ask("rename add to total in @calc.py", time.monotonic_ns())
        assert await session.ended(2) is Ending.COMPLETE
        pair.ask("write 2000 words", time.monotonic_ns())
        await session.until(lambda: any(turn.reading.reads for turn in pair.session.turns[2:]))
        pair.ask("rename add to sums in @calc.py", time.monotonic_ns())
        assert await session.ended(3) is Ending.STOPPED
        assert await session.ended(4) is Ending.COMPLETE
        told = [str(body.get("input")) for body in bodies]
        assert ["def add" in one for one in told] == [True, False, False, False]
        assert all(body.get("previous_response_id") for body in bodies[1:])
        assert farm.connections() == 1
        hunk = pair.session.turns[3].hunks[0]
        pair.decide([hunk.id], HunkState.KEPT, time.monotonic_ns())
        await session.until(lambda: any(isinstance(event, Flushed) for event in session.events))
        assert (root / "calc.py").read_text() == CALC.replace("add", "sums")
    finally:
        await session.close()
