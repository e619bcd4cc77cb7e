"""A new instruction while an answer runs: steered where the wire can, else sent anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import ServerConnection

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Connected,
    Delta,
    Ending,
    ModelRequest,
    RequestSent,
)
from spark_tui.services.endpoint import Timeouts
from spark_tui.simulator.settings import SimSettings
from tests.e2e.farm import Farm
from tests.services.endpoint.test_websocket import Script, SocketServer, answer

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Kit
else:
    Kit = Collector = Any

LONG = ModelRequest("", (ChatMessage("user", "Instruction:\nwrite 4000 words"),), 100_000)
NEXT = ModelRequest("", (ChatMessage("user", "Instruction:\nwrite 3 words"),), 1000)
STEER = replace(NEXT, steer="Instruction:\nwrite 3 words")


@pytest.fixture
def sockets() -> Iterator[Callable[[Script], SocketServer]]:
    made: list[SocketServer] = []

    def start(script: Script) -> SocketServer:
        made.append(SocketServer(script))
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture
def farm() -> Iterator[Farm]:
    made = Farm()
    yield made
    made.stop()


def steer(kit: Kit, endpoint: Any, request: ModelRequest = STEER) -> tuple[Collector, Collector]:
    """An answer that is steered as soon as text has come: (the old one, the new one)."""
    old, new = kit.collector(), kit.collector()
    call = endpoint.call(LONG, old)
    old.wait(Delta)
    endpoint.call(request, new, call)
    assert old.ended().ending is Ending.STOPPED
    assert new.ended().ending is Ending.COMPLETE
    return old, new


def connected(got: Collector) -> Connected:
    return next(one for one in got.events if isinstance(one, Connected))


@pytest.mark.parametrize("wire", ["websocket", "responses", "chat"])
def test_every_wire_answers_the_new_instruction_at_once(kit: Kit, farm: Farm, wire: str) -> None:
    sim, port = farm.start(SimSettings(rate=300.0, ttft_ms=5.0))
    endpoint = kit.endpoint(f"http://127.0.0.1:{port}/v1", wire, dialect="simulated")
    _, new = steer(kit, endpoint)
    assert len(new.text.split()) == 3
    # Steering goes on where the answer is: nothing is cancelled and nothing opened.
    assert connected(new).reused is (wire == "websocket")
    assert isinstance(new.events[1], RequestSent)
    kit.until(lambda: farm.connections() == 1)
    assert sim.plan.taken == 2
    following = kit.collector()
    endpoint.call(NEXT, following)
    assert following.ended().ending is Ending.COMPLETE


async def begin(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
    """Half an answer."""
    for event in (
        {"type": "response.created", "response": {"id": f"resp_{number}"}},
        {"type": "response.output_text.delta", "delta": "half"},
    ):
        await connection.send(json.dumps(event))


def test_what_still_comes_of_the_old_answer_belongs_to_nobody(kit: Kit, sockets: Any) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if frame["type"] == "response.create":
            await begin(connection, frame, number)
            return
        late = {"type": "response.output_text.delta", "delta": "late"}
        over = {"type": "response.incomplete", "response": {"id": "resp_1"}}
        for event in ({"type": "response.steer.accepted"}, late, over):
            await connection.send(json.dumps(event))
        await answer(connection, frame, number)

    server = sockets(script)
    old, new = steer(kit, kit.endpoint(server.url, "websocket"))
    assert (old.text, new.text) == ("half", "aéc")
    assert server.frames[1] == {
        "type": "response.steer",
        "previous_response_id": "resp_1",
        "input": STEER.steer,
    }
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("refusal", "again"),
    [
        ({"type": "error", "status": 400, "error": {"message": "Unknown type."}}, 0),
        ({"type": "response.steer.failed", "error": {"code": "steering_not_supported"}}, 0),
        ({"type": "response.steer.failed", "error": {"code": "too_many_pending_steers"}}, 1),
        ({"type": "response.steer.pending"}, 1),
    ],
)
def test_a_server_that_does_not_steer_gets_the_whole_request(
    kit: Kit, sockets: Any, refusal: dict[str, Any], again: int
) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if frame["type"] == "response.steer":
            await connection.send(json.dumps(refusal))
        elif "4000" in json.dumps(frame):
            await begin(connection, frame, number)
        else:
            await answer(connection, frame, number)

    server = sockets(script)
    endpoint = kit.endpoint(server.url, "websocket")
    _, new = steer(kit, endpoint)
    assert new.text == "aéc"
    assert server.frames[-1]["input"][0]["content"][0]["text"] == NEXT.messages[0].text
    kit.until(lambda: server.open == 1)
    steer(kit, endpoint)
    assert sum(one["type"] == "response.steer" for one in server.frames) == 1 + again


def test_an_answer_that_is_over_meanwhile_keeps_its_connection(kit: Kit, sockets: Any) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if frame["type"] == "response.steer":
            done = {"type": "response.completed", "response": {"id": "resp_1"}}
            error = {"code": "response_already_completed"}
            for event in (done, {"type": "response.steer.failed", "error": error}):
                await connection.send(json.dumps(event))
        elif number == 1:
            await begin(connection, frame, number)
        else:
            await answer(connection, frame, number)

    server = sockets(script)
    _, new = steer(kit, kit.endpoint(server.url, "websocket"))
    assert new.text == "aéc"
    assert len(server.connections) == 1


def test_a_steered_link_that_is_silent_is_given_up(kit: Kit, sockets: Any) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if frame["type"] == "response.create" and number == 1:
            await begin(connection, frame, number)
        elif frame["type"] == "response.create":
            await answer(connection, frame, number)

    server = sockets(script)
    limits = Timeouts(tick=0.02, pong=0.2, first_event=0.3)
    _, new = steer(kit, kit.endpoint(server.url, "websocket", timeouts=limits))
    assert new.text == "aéc"
    assert len(server.connections) == 2


def test_without_words_to_steer_with_the_old_answer_is_stopped(kit: Kit, sockets: Any) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if number == 1:
            await begin(connection, frame, number)
        else:
            await answer(connection, frame, number)

    server = sockets(script)
    _, new = steer(kit, kit.endpoint(server.url, "websocket"), NEXT)
    assert new.text == "aéc"
    assert [one["type"] for one in server.frames] == ["response.create"] * 2
