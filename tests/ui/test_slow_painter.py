"""A painter that blocks the interface for 30 ms a frame moves no figure."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.events import Event
from spark_tui.core.session import Session
from spark_tui.pair.conductor import Pair
from spark_tui.services import processes
from spark_tui.services.endpoint import open_endpoint
from spark_tui.ui.app import SparkApp
from spark_tui.ui.options import ShellOptions
from tests.pair.conftest import MemoryWorktree

RATE = 1000.0
BLOCKED_S = 0.03
CODE = "".join(f"def use{n}(a, b):\n    return add(a, b)\n\n\n" for n in range(40))


def block(seconds: float) -> None:
    """Keep the thread busy, as painting does."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


@pytest.mark.long  # times against a log: for a machine with nothing else to do
@pytest.mark.parametrize("slow", [False, True])
async def test_first_token_and_rate_do_not_depend_on_painting(slow: bool, tmp_path: Path) -> None:
    log = tmp_path / "turns.jsonl"
    server = processes.spawn_self(["sim", "--rate", str(RATE), "--log", str(log)])
    address = f"http://127.0.0.1:{server.read_port()}/v1"
    worktree = MemoryWorktree({"calc.py": "def add(a, b):\n    return a + b\n\n\n" + CODE})
    profile = EndpointProfile("sim", address, "simulated", "responses")
    pairs: list[Pair] = []
    frames = 0

    def conductor() -> Pair:
        pairs.append(Pair(worktree, [profile], open_endpoint, time.monotonic_ns))
        return pairs[-1]

    app = SparkApp(conductor, ShellOptions())
    paint = app._frame

    def frame(batch: Sequence[Event], session: Session) -> None:
        nonlocal frames
        frames += 1
        paint(batch, session)
        if slow:
            block(BLOCKED_S)

    app._frame = frame  # type: ignore[method-assign]
    try:
        async with app.run_test(size=(120, 40)) as pilot:

            async def until(seen: Callable[[], object]) -> None:
                async with asyncio.timeout(30):
                    while not seen():
                        await pilot.pause()

            await until(lambda: pairs and pairs[0].paths())
            # The first turn pays for imports and the connection. Of the others the best counts:
            # another program's load makes one late, a stamp that painting moves makes all late.
            turns = 4
            for number in range(1, turns + 1):
                pairs[0].ask("rename add to plus", time.monotonic_ns())
                await until(lambda: len(pairs[0].session.turns) == number)  # noqa: B023
                await until(lambda: not pairs[0].session.turns[-1].running)
            readings = [turn.reading for turn in pairs[0].session.turns[1:]]
            await pairs[0].close()
    finally:
        server.stop()
    assert frames > 5
    late_ms, rates = [], []
    for reading, line in zip(readings, log.read_text().splitlines()[1:], strict=True):
        record = json.loads(line)
        writes = record["writes"]
        tokens = sum(count for _, count in writes)
        assert reading.ttft_ns is not None
        assert reading.decode_tps is not None
        ttft_ns = writes[0][0] - record["t_request_read"]
        late_ms.append(abs(reading.ttft_ns - ttft_ns) / 1e6)
        rate = (tokens - writes[0][1]) * 1e9 / (writes[-1][0] - writes[0][0])
        rates.append(abs(reading.decode_tps / rate - 1))
    assert min(late_ms) <= 5
    assert min(rates) <= 0.02
