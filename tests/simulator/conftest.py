import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import SimSettings


@dataclass(frozen=True)
class Running:
    """A simulator process: its base URL and its log."""

    url: str
    log: Path
    process: asyncio.subprocess.Process

    async def records(self, count: int = 1) -> list[dict[str, Any]]:
        """The log's records once there are `count`: each is written when its turn is over."""
        async with asyncio.timeout(60):
            while True:
                with suppress(FileNotFoundError):  # a last line without its end is being written
                    lines = self.log.read_text().rpartition("\n")[0].splitlines()
                    if len(lines) >= count:
                        return [json.loads(line) for line in lines]
                await asyncio.sleep(0.005)


Start = Callable[..., Awaitable[Running]]


@asynccontextmanager
async def _running(log: Path, *flags: str) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "spark_tui.simulator",
        "--log",
        str(log),
        *flags,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        yield Running(line.split()[-1], log, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 10)


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def start(*flags: str) -> Running:
            return await stack.enter_async_context(_running(tmp_path / "sim.log", *flags))

        yield start


Serve = Callable[..., Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves settings in this process, on a real socket; gives the base URL."""
    async with AsyncExitStack() as stack:

        async def start(**fields: Any) -> str:
            fields.setdefault("ttft_ms", 1.0)
            fields.setdefault("rate", 0.0)
            app = Simulator(SimSettings(**fields)).app()
            runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

        yield start
