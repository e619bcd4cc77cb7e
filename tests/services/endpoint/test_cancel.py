from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Delta,
    Ending,
    HeadersRead,
    ModelRequest,
    RequestSent,
    Retrying,
)
from spark_tui.services.endpoint import Retries
from spark_tui.simulator.faults import parse_fault
from tests.services.endpoint.test_verdicts import served

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Kit
else:
    Kit = Got = Collector = Any

LIMIT_S = 5.0
"""Far below every time-out that would end a call by itself, far above what a busy machine adds."""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port whose listen queue is full: connecting to it takes for ever."""
    holders = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            holder = socket.socket()
            holder.setblocking(False)
            holder.connect_ex(("127.0.0.1", port))
            holders.append(holder)
        yield port
        for holder in holders:
            holder.close()


def stops_at_once(kit: Kit, call: Any, got: Collector) -> None:
    began = time.monotonic()
    call.cancel()
    assert got.ended().ending is Ending.STOPPED
    assert time.monotonic() - began < LIMIT_S
    call.cancel()
    kit.until(lambda: not kit.network._tasks)
    assert got.ended().ending is Ending.STOPPED


def delta(text: str) -> str:
    return json.dumps({"type": "response.output_text.delta", "delta": text})


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


def test_cancel_while_streaming_closes_the_socket(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        while True:
            await kit.chunk(writer, kit.sse(delta("word ")))

    server = kit.serve(handler)
    got = kit.collector()
    call = kit.endpoint(server.url).call(kit.request, got)
    got.wait(Delta)
    stops_at_once(kit, call, got)
    kit.until(lambda: server.open == 0, 1.0)


@pytest.mark.parametrize("stage", ["headers", "first event"])
def test_cancel_while_the_server_is_silent(kit: Kit, stage: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if stage == "first event":
            await kit.open(writer)
        await forever()

    server = kit.serve(handler)
    got = kit.collector()
    call = kit.endpoint(server.url).call(kit.request, got)
    got.wait(RequestSent)
    kit.until(lambda: len(server.requests) == 1)
    if stage == "first event":
        got.wait(HeadersRead)
    stops_at_once(kit, call, got)
    kit.until(lambda: server.open == 0, 1.0)
    assert any(isinstance(one, HeadersRead) for one in got.events) is (stage == "first event")


def test_cancel_while_connecting(kit: Kit, silent_port: int) -> None:
    got = kit.collector()
    endpoint = kit.endpoint(f"http://127.0.0.1:{silent_port}/v1")
    call = endpoint.call(kit.request, got)
    kit.until(lambda: endpoint._client is not None and bool(kit.network._tasks))
    stops_at_once(kit, call, got)


def test_cancel_while_tls_shakes_hands(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await forever()

    server = kit.serve(handler)
    got = kit.collector()
    call = kit.endpoint(f"https://127.0.0.1:{server.port}/v1").call(kit.request, got)
    kit.until(lambda: server.open == 1)
    stops_at_once(kit, call, got)
    kit.until(lambda: server.open == 0, 1.0)


def test_cancel_while_waiting_to_try_again(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.send(
            writer,
            b"{}",
            status="429 Slow Down",
            kind="application/json",
            headers="retry-after: 30\r\n",
        )

    server = kit.serve(handler)
    got = kit.collector()
    call = kit.endpoint(server.url, retries=Retries()).call(kit.request, got)
    got.wait(Retrying)
    retrying = next(one for one in got.events if isinstance(one, Retrying))
    assert retrying.wait_s == 30
    assert retrying.attempt == 1
    stops_at_once(kit, call, got)
    assert len(server.requests) == 1


def test_cancel_right_after_the_call(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await forever()

    endpoint = kit.endpoint(kit.serve(handler).url)
    for _ in range(5):
        got = kit.collector()
        stops_at_once(kit, endpoint.call(kit.request, got), got)


def test_closing_the_endpoint_stops_its_calls(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(delta("a")))
        await forever()

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url)
    collectors = [kit.collector() for _ in range(3)]
    for one in collectors:
        endpoint.call(kit.request, one)
    for one in collectors:
        one.wait(Delta)
    endpoint.close()
    for one in collectors:
        assert one.ended().ending is Ending.STOPPED
    kit.until(lambda: server.open == 0 and not kit.network._tasks, 1.0)
    late = kit.collector()
    endpoint.call(kit.request, late)
    assert late.ended().ending is Ending.STOPPED


def test_a_cancelled_call_does_not_disturb_the_next(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(delta("a")))
        if len(server.requests) == 1:
            await forever()
        done = {"type": "response.completed", "response": {"id": "r"}}
        await kit.chunk(writer, kit.sse(json.dumps(done)))
        await kit.chunk(writer, b"")

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url)
    first, second = kit.collector(), kit.collector()
    call = endpoint.call(kit.request, first)
    first.wait(Delta)
    call.cancel()
    endpoint.call(kit.request, second)
    assert second.ended().ending is Ending.COMPLETE
    assert second.text == "a"
    assert first.ended().ending is Ending.STOPPED


@pytest.mark.parametrize("fault", ["", "stall:5", "mute"])
@pytest.mark.parametrize("wire", ["responses", "websocket"])
async def test_cancel_tells_when_the_socket_is_closed(kit: Kit, wire: str, fault: str) -> None:
    faults = (parse_fault(fault),) if fault else ()
    async with served(ttft_ms=1.0, rate=200.0, faults=faults) as url:
        got, closed = kit.collector(), list[int]()
        endpoint = kit.endpoint(url, wire)
        text = "Instruction:\nwrite 400 words"
        call = endpoint.call(ModelRequest("", (ChatMessage("user", text),), 100_000), got)
        await asyncio.to_thread(got.wait, RequestSent if fault == "mute" else Delta)
        pressed = time.monotonic_ns()
        call.cancel(closed.append)
        call.cancel(closed.append)
        await asyncio.to_thread(kit.until, lambda: bool(closed))
        assert pressed < got.ended().at <= closed[0] < pressed + int(LIMIT_S * 1e9)
        await asyncio.to_thread(endpoint.close)
    assert len(closed) == 1
