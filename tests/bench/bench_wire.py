"""CPU time of one stream event in the client: our wires beside the SDK's typed events.

Run: python -m tests.bench.bench_wire [EVENTS]

The server sends one HTTP chunk (or WebSocket message) per event, 64 of them in each write, from a
process of its own; only the CPU time of the client's network thread counts. The smallest of five
passes is shown, in microseconds. Exit status 1 if one of our wires takes more than 20.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Delta,
    Ended,
    EndpointProfile,
    ModelRequest,
    WireEvent,
)
from spark_tui.core.latency.meter import Meter
from spark_tui.services.endpoint import ModelEndpoint, Network

PASSES = 5
MOST_US = 20.0
PER_WRITE = 64


def turn(events: int, *, chat: bool) -> list[bytes]:
    """Payloads of about the size providers send."""
    if chat:
        start = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        finish = None
        rows = [
            {**start, "choices": [{"index": 0, "delta": {"content": " word"}, "logprobs": None,
                                   "finish_reason": finish}]}
            for _ in range(events)
        ]  # fmt: skip
        end = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
        rows.append({**start, "choices": [end]})
        return [json.dumps(row).encode() for row in rows] + [b"[DONE]"]
    place = {"item_id": "msg_0123456789abcdef", "output_index": 0, "content_index": 0}
    typed: list[dict[str, Any]] = [
        {"type": "response.output_text.delta", "sequence_number": i, **place, "delta": " word",
         "logprobs": [], "obfuscation": "k3QzA8pW1x"}
        for i in range(events)
    ]  # fmt: skip
    response = {"id": "resp_1", "object": "response", "output": []}
    typed.append({"type": "response.completed", "sequence_number": events, "response": response})
    return [json.dumps(row).encode() for row in typed]


def serve(pipe: Connection, events: int) -> None:
    """Answer every POST with a turn, and every WebSocket message likewise."""
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as serve_sockets

    def stream(*, chat: bool) -> list[bytes]:
        sent = [b"data: " + one + b"\n\n" for one in turn(events, chat=chat)]
        chunks = [b"%x\r\n%b\r\n" % (len(one), one) for one in sent] + [b"0\r\n\r\n"]
        return [b"".join(chunks[at : at + PER_WRITE]) for at in range(0, len(chunks), PER_WRITE)]

    answers = {True: stream(chat=True), False: stream(chat=False)}
    messages = [one.decode() for one in turn(events, chat=False)]

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            length = next(
                (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                 if line.startswith(b"content-length")), 0,
            )  # fmt: skip
            await reader.readexactly(length)
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                b"transfer-encoding: chunked\r\n\r\n"
            )
            for block in answers[b"/chat/" in head[:80]]:
                writer.write(block)
                await writer.drain()

    async def converse(connection: ServerConnection) -> None:
        async for _ in connection:
            for one in messages:
                await connection.send(one)

    async def run() -> None:
        http = await asyncio.start_server(accept, "127.0.0.1", 0)
        sockets = await serve_sockets(converse, "127.0.0.1", 0, compression=None)
        ports = (http.sockets[0], next(iter(sockets.sockets)))
        pipe.send(tuple(one.getsockname()[1] for one in ports))
        await asyncio.get_running_loop().create_future()

    asyncio.run(run())


def ours(url: str, wire: str, events: int) -> float:
    """Microseconds of CPU per event, from socket to the meter, in the network thread."""
    network = Network()
    endpoint = ModelEndpoint(EndpointProfile("b", url, "m", wire, dialect="simulated"), network)
    request = ModelRequest("", (ChatMessage("user", "q"),), 100_000)
    best = float("inf")
    for _ in range(PASSES):
        done = threading.Event()
        meter = Meter()
        count = 0

        def sink(batch: Sequence[WireEvent], meter: Meter = meter, done: Any = done) -> None:
            nonlocal count
            meter.feed(batch)
            count += sum(type(one) is Delta for one in batch)
            if type(batch[-1]) is Ended:
                done.set()

        begin = network.run(_cpu()).result()
        endpoint.call(request, sink)
        if not done.wait(120) or count != events:
            raise SystemExit(f"{wire}: {count} of {events} events")
        best = min(best, network.run(_cpu()).result() - begin)
    endpoint.close()
    network.close()
    return best / events * 1e6


async def _cpu() -> float:
    return time.thread_time()


async def typed(url: str, events: int, *, chat: bool) -> float:
    """The same with the SDK's typed events."""
    from openai import AsyncOpenAI

    best = float("inf")
    async with AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:

        async def responses() -> int:
            stream = await client.responses.create(model="m", input="q", stream=True)
            return sum([one.type == "response.output_text.delta" async for one in stream])

        async def completions() -> int:
            stream = await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "q"}], stream=True
            )
            return sum([bool(one.choices[0].delta.content) async for one in stream])

        read: Callable[[], Awaitable[int]] = completions if chat else responses
        for _ in range(2):
            begin = time.thread_time()
            if await read() != events:
                raise SystemExit("the SDK lost events")
            best = min(best, time.thread_time() - begin)
    return best / events * 1e6


async def typed_socket(url: str, events: int) -> float:
    """The same with the SDK's typed WebSocket events."""
    from openai import AsyncOpenAI

    best = float("inf")
    async with (
        AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client,
        client.responses.connect() as connection,
    ):
        for _ in range(2):
            begin, count = time.thread_time(), 0
            await connection.response.create(model="m", input="q")
            async for event in connection:
                count += event.type == "response.output_text.delta"
                if event.type == "response.completed":
                    break
            if count != events:
                raise SystemExit("the SDK lost events")
            best = min(best, time.thread_time() - begin)
    return best / events * 1e6


def main() -> None:
    """Print a table."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(there, events), daemon=True
    )
    server.start()
    http, sockets = (f"http://127.0.0.1:{port}/v1" for port in here.recv())
    try:
        slow = False
        for wire in ("responses", "chat", "websocket"):
            socket = wire == "websocket"
            mine = ours(sockets if socket else http, wire, events)
            if socket:
                sdk = asyncio.run(typed_socket(sockets, events))
            else:
                sdk = asyncio.run(typed(http, events, chat=wire == "chat"))
            times = sdk / mine
            print(
                f"{wire:10} {mine:6.1f} us/event   SDK typed {sdk:6.1f}   {times:4.1f} times less"
            )
            slow = slow or mine > MOST_US
        if slow:
            raise SystemExit(f"more than {MOST_US:g} us for an event")
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
