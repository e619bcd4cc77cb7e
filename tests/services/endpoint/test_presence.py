from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import EndpointProfile, EndpointState
from spark_tui.services.endpoint import SimulatedEndpoint
from spark_tui.services.processes import OwnProcess, spawn_self

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any

TURN = [
    json.dumps({"type": "response.output_text.delta", "delta": "hi"}),
    json.dumps({"type": "response.completed", "response": {"id": "r"}}),
]


async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
    kind = "application/json"
    if got.path.endswith("/models"):
        body = b'{"data": [{"id": "first"}]}'
    else:
        body = b"".join(b"data: " + one.encode() + b"\n\n" for one in TURN)
        kind = "text/event-stream"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


def told_by(endpoint: Any) -> list[EndpointState]:
    states: list[EndpointState] = []
    endpoint.watch(states.append)
    return states


def test_what_turns_out_is_told_and_a_lost_connection_too(kit: Kit) -> None:
    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, "auto", model="", dialect="")
    states = told_by(endpoint)
    endpoint.warm()
    kit.until(lambda: EndpointState("first", "", warm=True) in states)
    got = kit.collector()
    endpoint.call(kit.request, got)
    got.ended()
    kit.until(lambda: states[-1] == EndpointState("first", "responses", warm=True))
    server.stop()
    kit.servers.remove(server)
    kit.until(lambda: states[-1] == EndpointState("first", "responses", warm=False))


def test_what_idles_longer_than_it_is_kept_is_cold(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_tui.services.endpoint.endpoint.KEEP_ALIVE_S", 0.2)
    endpoint = kit.endpoint(kit.serve(handler).url, "responses")
    states = told_by(endpoint)
    got = kit.collector()
    endpoint.call(kit.request, got)
    got.ended()
    kit.until(lambda: EndpointState("m", "responses", warm=True) in states)
    kit.until(lambda: states[-1] == EndpointState("m", "responses", warm=False))


def test_a_server_that_is_not_there_is_cold(kit: Kit) -> None:
    endpoint = kit.endpoint("http://127.0.0.1:9/v1", "chat")
    states = told_by(endpoint)
    endpoint.warm()
    kit.until(lambda: bool(states))
    assert states == [EndpointState("m", "chat", warm=False)]


@pytest.fixture
def server() -> OwnProcess:
    return spawn_self(["sim", "--rate", "0", "--ttft", "0"])


def test_a_websocket_is_warm_while_it_is_open(kit: Kit, server: OwnProcess) -> None:
    url = f"http://127.0.0.1:{server.read_port()}/v1"
    endpoint = kit.endpoint(url, "websocket", dialect="simulated")
    states = told_by(endpoint)
    endpoint.warm()
    kit.until(lambda: EndpointState("m", "websocket", warm=True) in states)
    began = time.monotonic()
    server.stop()
    kit.until(lambda: states[-1] == EndpointState("m", "websocket", warm=False))
    assert time.monotonic() - began < 5


def test_the_simulated_endpoint_tells_as_well(kit: Kit) -> None:
    profile = EndpointProfile("sim", "", simulated=True, wire="responses", dialect="simulated")
    endpoint = SimulatedEndpoint(profile)
    states = told_by(endpoint)
    endpoint.warm()
    try:
        kit.until(lambda: bool(states) and states[-1].warm)
        assert states[-1].model == "simulated"
    finally:
        endpoint.close()


@pytest.mark.parametrize("name", ["max_model_len", "context_window", "context_length"])
def test_how_much_a_model_reads_is_told_where_the_server_lists_it(kit: Kit, name: str) -> None:
    async def listing(got: Got, writer: asyncio.StreamWriter) -> None:
        rows = [{"id": "other", name: 5}, {"id": "m", name: 32_768}, {"id": "odd", name: "x"}]
        await kit.send(writer, json.dumps({"data": rows}).encode(), kind="application/json")

    address = kit.serve(listing).url
    for model, window in (("m", 32_768), ("odd", 0), ("none", 0)):
        endpoint = kit.endpoint(address, "responses", model=model)
        states = told_by(endpoint)
        endpoint.warm()
        known = EndpointState(model, "responses", warm=True, window=window)
        kit.until(partial(states.__contains__, known))
