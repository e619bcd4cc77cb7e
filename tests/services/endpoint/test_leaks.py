from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import ChatMessage, Delta, ModelRequest, WireEvent
from spark_tui.services.endpoint.wires.call import WireCall

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any

DELTA = json.dumps({"type": "response.output_text.delta", "delta": "x"})
DONE = json.dumps({"type": "response.completed", "response": {"id": "r"}})


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts in /proc")
def test_turns_of_every_kind_leave_nothing_behind(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if b"fail" in got.body:
            await kit.send(writer, b"{}", status="500 No", kind="application/json")
        elif b"work" in got.body:
            await kit.send(writer, kit.sse(DELTA, DONE))
        else:
            await kit.open(writer)
            await kit.chunk(writer, kit.sse(DELTA))
            if b"break" in got.body:
                writer.transport.abort()
            await asyncio.get_running_loop().create_future()

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url)

    def turns(count: int) -> None:
        for _ in range(count):
            for kind in ("work", "fail", "break", "hang"):
                got = kit.collector()
                call = endpoint.call(ModelRequest("", (ChatMessage("user", kind),), 9), got)
                if kind == "hang":
                    got.wait(Delta)
                    call.cancel()
                got.ended()
        kit.until(lambda: not kit.network._tasks and server.open <= 1)

    turns(3)
    before = descriptors()
    turns(15)
    assert descriptors() <= before + 2
    gc.collect()
    calls = [one for one in gc.get_objects() if type(one) is WireCall and not one.ended]
    assert calls == []


def test_a_sink_that_fails_ends_its_own_turn_only(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(writer, kit.sse(DELTA, DONE))

    endpoint = kit.endpoint(kit.serve(handler).url)
    seen: list[WireEvent] = []

    def broken(batch: Any) -> None:
        seen.extend(batch)
        if any(isinstance(one, Delta) for one in batch):
            raise RuntimeError("the sink")

    endpoint.call(kit.request, broken)
    kit.until(lambda: any(isinstance(one, Delta) for one in seen))
    got = kit.collector()
    endpoint.call(kit.request, got)
    got.ended()
    assert got.text == "x"
