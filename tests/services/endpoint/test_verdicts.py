"""The simulated endpoint is made slow in one way at a time; the verdict names that way."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from spark_tui.core.endpoint.wire import ChatMessage, ModelRequest
from spark_tui.core.latency.verdict import Cause, Verdict
from spark_tui.services.endpoint import Retries
from spark_tui.simulator.dialects import ImitatedProvider
from spark_tui.simulator.faults import Fault, FaultName
from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import SimSettings

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Kit
else:
    Kit = Any

TRIES = 3
"""What a busy machine adds to one turn is real; a calm turn must be named right."""


def words(count: int) -> ModelRequest:
    """A request whose answer is about three tokens for each word."""
    return ModelRequest("", (ChatMessage("user", f"Instruction:\nwrite {count} words"),), 100_000)


@asynccontextmanager
async def served(**fields: Any) -> AsyncIterator[str]:
    """The simulated endpoint in this process, on a real socket: its base URL."""
    app = Simulator(SimSettings(**{"ttft_ms": 30.0, **fields})).app()
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


CASES: dict[str, tuple[Cause, str, int, dict[str, Any]]] = {
    "nothing": (Cause.FAST, "chat", 60, {}),
    "long prefill": (
        Cause.PREFILL,
        "chat",
        30,
        {"ttft_ms": 600.0, "dialect": ImitatedProvider.CEREBRAS},
    ),
    "queue": (
        Cause.QUEUE,
        "chat",
        30,
        {"ttft_ms": 600.0, "queue_ms": 520.0, "dialect": ImitatedProvider.GROQ},
    ),
    "first token, nothing told": (Cause.SERVER, "responses", 30, {"ttft_ms": 600.0}),
    "hidden reasoning": (Cause.REASONING, "responses", 200, {"reasoning": 600}),
    "visible reasoning": (
        Cause.REASONING,
        "chat",
        60,
        {"reasoning": 400, "dialect": ImitatedProvider.VLLM},
    ),
    "stall": (Cause.STALL, "responses", 60, {"pause_ms": 600.0}),
    "bundles": (Cause.BUNDLES, "responses", 400, {"bundle": 100}),
    "slow decode": (Cause.DECODE, "responses", 60, {"rate": 80.0}),
    "limit": (Cause.LIMIT, "responses", 30, {"faults": (Fault(FaultName.LIMIT, 0.3, times=1),)}),
    "server error": (Cause.RETRY, "responses", 30, {"faults": (Fault(FaultName.ERROR, times=1),)}),
    "cut": (Cause.CUT, "responses", 60, {"faults": (Fault(FaultName.CUT),)}),
}


async def case(kit: Kit, name: str) -> Verdict:
    cause, wire, count, fields = CASES[name]
    said = Verdict(Cause.UNKNOWN, "")
    for _ in range(TRIES):
        async with served(**fields) as url:
            endpoint = kit.endpoint(url, wire, retries=Retries(server=1, limit=1, backoff=0.2))
            if "faults" not in fields:
                # The first request of an endpoint is cold: that is another test's cause.
                await kit.judged(endpoint, words(1))
            said = await kit.judged(endpoint, words(count))
        if said.cause is cause:
            break
    return said


async def test_each_simulated_cause_is_named(kit: Kit) -> None:
    said = dict(zip(CASES, await asyncio.gather(*(case(kit, name) for name in CASES)), strict=True))
    assert {name: (one.cause, one.text) for name, one in said.items()} == {
        name: (cause, said[name].text) for name, (cause, *_) in CASES.items()
    }


async def test_looking_up_the_name_is_told_from_connecting(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(host: str, port: int, **_: object) -> list[Any]:
        time.sleep(0.6)  # a resolver slower than anything a busy machine adds, in its own thread
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("spark_tui.services.endpoint.transport.connect.socket.getaddrinfo", slow)
    async with served() as url:
        endpoint = kit.endpoint(url.replace("127.0.0.1", "sim.example"), "responses")
        cold = await kit.judged(endpoint, words(30))
        await asyncio.to_thread(kit.until, lambda: not kit.network._tasks)  # it is free again
        warm = await kit.judged(endpoint, words(30))
    assert cold.cause is Cause.NAME
    took = re.search(r"finding the address took (\d+) of", cold.text)
    assert took is not None
    assert int(took[1]) >= 600
    assert warm.cause is not Cause.NAME
