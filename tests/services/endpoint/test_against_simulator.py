from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.meter import Exactness, Meter
from spark_tui.core.wire import Ending, Message, ModelRequest

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Kit
else:
    Kit = Any

WIRES = ["responses", "chat", "websocket"]


def rename(lines: int) -> ModelRequest:
    """A request whose answer is about 22 tokens a line."""
    source = "\n".join(f"x{i} = add(a{i}, b{i})" for i in range(lines))
    text = f"File: calc.py\n```python\n{source}\n```\n\nInstruction:\nrename add to plus"
    return ModelRequest("Edit.", (Message("user", text),), 100_000)


@asynccontextmanager
async def simulator(log: Path, *flags: str) -> AsyncIterator[str]:
    """A simulator in a process of its own: its base URL."""
    arguments = ("-m", "spark_tui.simulator", "--log", str(log), *flags)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        yield line.split()[-1]
    finally:
        process.terminate()
        await process.wait()


def server_figures(log: Path) -> list[tuple[float, float]]:
    """(TTFT in ms, decode tok/s) of each request by the server's own log."""
    out = []
    for line in log.read_text().splitlines():
        record = json.loads(line)
        writes = record["writes"]
        tokens = sum(count for _, count in writes) - writes[0][1]
        ttft = (writes[0][0] - record["t_request_read"]) / 1e6
        out.append((ttft, tokens * 1e9 / (writes[-1][0] - writes[0][0])))
    return out


def logged(log: Path, turn: int) -> bool:
    """Whether the server wrote its line about this turn, the first being 0."""
    return log.exists() and log.read_text().count("\n") > turn


@pytest.mark.parametrize(
    ("wire", "rate", "bundle", "lines"),
    [
        ("chat", 1000, 16, 20),
        ("websocket", 5000, 1, 60),
    ],
)
async def test_figures_agree_with_the_servers_own_log(
    kit: Kit, tmp_path: Path, wire: str, rate: int, bundle: int, lines: int
) -> None:
    log = tmp_path / "sim.log"
    flags = ("--rate", str(rate), "--bundle", str(bundle), "--ttft", "30")
    late, off = [], []
    async with simulator(log, *flags) as url:
        endpoint = kit.endpoint(url, wire, model="", dialect="simulated")
        for turn in range(8):
            got, meter = kit.collector(), Meter()
            endpoint.call(rename(lines), got)
            assert (await asyncio.to_thread(got.ended)).ending is Ending.COMPLETE
            meter.feed(got.events)
            reading = meter.reading()
            kit.until(partial(logged, log, turn))
            ttft, tps = server_figures(log)[turn]
            assert reading.exactness is Exactness.FINAL
            assert reading.ttft_ns is not None
            assert reading.decode_tps is not None
            late.append(abs(reading.ttft_ns / 1e6 - ttft))
            off.append(abs(reading.decode_tps / tps - 1))
            if min(late) < 2.0 and min(off) < 0.01:
                return
    raise AssertionError(f"off by {late} ms and {off}")
