from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Connected,
    Delta,
    Ending,
    EndpointProfile,
    FaultKind,
    ModelRequest,
    RequestSent,
    Retrying,
    Usage,
)
from spark_tui.services.endpoint import ModelEndpoint, Timeouts

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Kit
else:
    Kit = Got = Collector = Any

KEY = "sk-secret-0123456789"
Script = Callable[[ServerConnection, dict[str, Any], int], Awaitable[None]]
FAST = Timeouts(tick=0.02, pong=0.3, first_event=0.5, connect=2.0)


class SocketServer:
    """A WebSocket server in a thread: `script` answers each request of each connection."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections: list[ServerConnection] = []
        self.frames: list[dict[str, Any]] = []
        self.open = 0
        self.refuse: HTTPStatus | None = None
        self.hang = False
        self.hanging = 0
        self.http: list[str] = []
        self.loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        over = self._over
        assert over is not None
        self.loop.call_soon_threadsafe(over.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        async with serve(
            self._accept, "127.0.0.1", 0, process_request=self._check, close_timeout=0.2
        ) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._over.wait()

    async def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.http.append(request.headers.get("Authorization", ""))
        if self.hang:
            self.hanging += 1
            await asyncio.shield(connection.connection_lost_waiter)
            self.hanging -= 1
        return None if self.refuse is None else connection.respond(self.refuse, "no")

    async def _accept(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.open += 1
        try:
            async for message in connection:
                frame = json.loads(message)
                self.frames.append(frame)
                await self.script(connection, frame, len(self.frames))
        except ConnectionClosed:
            return
        finally:
            self.open -= 1


@pytest.fixture
def sockets() -> Iterator[Callable[[Script], SocketServer]]:
    made: list[SocketServer] = []

    def start(script: Script) -> SocketServer:
        made.append(SocketServer(script))
        return made[-1]

    yield start
    for server in made:
        server.stop()


def turn(number: int, *pieces: str) -> list[str]:
    name = f"resp_{number}"
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": name}}]
    events += [{"type": "response.output_text.delta", "delta": one} for one in pieces]
    usage = {"input_tokens": 5, "output_tokens": 7}
    events.append({"type": "response.completed", "response": {"id": name, "usage": usage}})
    return [json.dumps(one) for one in events]


async def answer(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
    for event in turn(number, "a", "é", "c"):
        await connection.send(event)


async def silence(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
    await connection.wait_closed()


def call(kit: Kit, endpoint: Any, request: ModelRequest | None = None) -> Collector:
    got = kit.collector()
    endpoint.call(request or kit.request, got)
    got.ended()
    return got


def pumps(kit: Kit) -> set[Any]:
    """Tasks that read a link."""
    return {one for one in kit.network._tasks if "_read_on" in repr(one)}


def conversation(*texts: str) -> ModelRequest:
    roles = ("user", "assistant")
    messages = (ChatMessage(roles[i % 2], text) for i, text in enumerate(texts))
    return ModelRequest("Answer.", tuple(messages), 1000)


def test_a_turn_over_the_socket(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    got = call(kit, kit.endpoint(server.url, "websocket", key=KEY))
    kinds = [type(one).__name__ for one in got.events]
    assert kinds[:4] == ["Connected", "RequestSent", "HeadersRead", "FirstEvent"]
    assert got.text == "aéc"
    assert type(got.events[-2]) is Usage
    assert got.ended().ending is Ending.COMPLETE
    assert got.ended().response_id == "resp_1"
    connected, sent = got.events[:2]
    assert isinstance(connected, Connected)
    assert isinstance(sent, RequestSent)
    assert not connected.reused
    assert connected.at <= sent.started <= sent.at
    assert server.http == [f"Bearer {KEY}"]
    frame = server.frames[0]
    assert frame["type"] == "response.create"
    assert frame["store"] is False
    assert "stream" not in frame
    assert got.threads == {"network"}


def test_the_link_is_reused_and_only_news_is_sent(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint, conversation("one"))
    got = call(kit, endpoint, conversation("one", "aéc", "two"))
    assert len(server.connections) == 1
    assert isinstance(got.events[0], Connected)
    assert got.events[0].reused
    second = server.frames[1]
    assert second["previous_response_id"] == "resp_1"
    assert [one["content"][0]["text"] for one in second["input"]] == ["two"]
    assert second["instructions"] == "Answer."


@pytest.mark.parametrize(
    "following",
    [
        conversation("one", "edited", "two"),
        conversation("other", "aéc", "two"),
        ModelRequest("Other.", conversation("one", "aéc", "two").messages, 1000),
    ],
)
def test_anything_else_than_growth_is_sent_whole(
    kit: Kit, sockets: Any, following: ModelRequest
) -> None:
    server = sockets(answer)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint, conversation("one"))
    call(kit, endpoint, following)
    assert "previous_response_id" not in server.frames[1]
    assert len(server.frames[1]["input"]) == 3


def test_a_forgotten_response_is_sent_whole_again(kit: Kit, sockets: Any) -> None:
    async def forgetful(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if "previous_response_id" in frame:
            error = {"code": "previous_response_not_found", "message": "gone"}
            await connection.send(json.dumps({"type": "error", "status": 400, "error": error}))
        else:
            await answer(connection, frame, number)

    server = sockets(forgetful)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint, conversation("one"))
    got = call(kit, endpoint, conversation("one", "aéc", "two"))
    assert got.ended().ending is Ending.COMPLETE
    assert [len(one["input"]) for one in server.frames] == [1, 1, 3]


def test_priming_sends_the_instructions_ahead_and_the_turn_builds_on_it(
    kit: Kit, sockets: Any
) -> None:
    async def primed(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if frame.get("generate") is False:
            done = {"type": "response.completed", "response": {"id": "warm"}}
            await connection.send(json.dumps(done))
        else:
            await answer(connection, frame, number)

    server = sockets(primed)
    endpoint = kit.endpoint(server.url, "websocket")
    endpoint.warm(ModelRequest("Answer.", (), 1000))
    kit.until(lambda: len(server.frames) == 1 and not kit.network._tasks - pumps(kit))
    got = call(kit, endpoint, conversation("one"))
    assert got.text == "aéc"
    assert server.frames[0]["input"] == []
    assert server.frames[1]["previous_response_id"] == "warm"
    assert len(server.connections) == 1


def test_a_turn_does_not_take_the_priming_for_its_answer(kit: Kit, sockets: Any) -> None:
    asked = asyncio.Event()

    async def slow(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if frame.get("generate") is False:
            await asked.wait()
            done = {"type": "response.completed", "response": {"id": "warm"}}
            await connection.send(json.dumps(done))
        else:
            asked.set()
            await answer(connection, frame, number)

    server = sockets(slow)
    endpoint = kit.endpoint(server.url, "websocket")
    endpoint.warm(ModelRequest("Answer.", (), 1000))
    kit.until(lambda: len(server.frames) == 1)
    assert call(kit, endpoint).text == "aéc"


def test_warming_opens_the_link_the_first_turn_uses(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    endpoint = kit.endpoint(server.url, "websocket")
    endpoint.warm()
    kit.until(lambda: endpoint.warmed)
    got = call(kit, endpoint)
    assert isinstance(got.events[0], Connected)
    assert got.events[0].reused
    assert len(server.connections) == 1


def test_cancel_closes_the_link_and_the_next_one_is_ready(kit: Kit, sockets: Any) -> None:
    async def endless(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if number > 1:
            await answer(connection, frame, number)
            return
        while True:
            await connection.send(json.dumps({"type": "response.output_text.delta", "delta": "x"}))

    server = sockets(endless)
    endpoint = kit.endpoint(server.url, "websocket")
    got = kit.collector()
    running = endpoint.call(kit.request, got)
    got.wait(Delta)
    began = time.monotonic()
    running.cancel()
    assert got.ended().ending is Ending.STOPPED
    assert time.monotonic() - began < 0.1
    kit.until(lambda: len(server.connections) == 2 and server.open == 1)
    kit.until(lambda: not any("_replace" in repr(one) for one in kit.network._tasks))
    following = call(kit, endpoint)
    assert following.ended().ending is Ending.COMPLETE
    assert isinstance(following.events[0], Connected)
    assert following.events[0].reused


@pytest.mark.parametrize("status", [426, 404, 405, 501, 200])
def test_a_server_without_websockets_gets_https(kit: Kit, status: int) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if got.method == "GET":
            await kit.send(writer, b"no", status=f"{status} No", kind="text/plain")
        else:
            await kit.send(writer, kit.sse(*turn(1, "over", " http")))

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, "websocket")
    got = call(kit, endpoint)
    assert got.text == "over http"
    said = [one.why for one in got.events if isinstance(one, Retrying)]
    assert said == ["WebSocket is not spoken here, using HTTPS until restart"]
    call(kit, endpoint)
    assert [one.method for one in server.requests] == ["GET", "POST", "POST"]


def test_two_dead_links_in_a_row_fall_back_and_say_so(kit: Kit, sockets: Any) -> None:
    server = sockets(silence)
    endpoint = kit.endpoint(server.url, "websocket", timeouts=FAST)
    got = call(kit, endpoint)
    said = [one.why for one in got.events if isinstance(one, Retrying)]
    assert said == ["WebSocket failed twice, using HTTPS until restart"]
    assert len(server.frames) == 2
    assert endpoint.wire == "responses"


def test_a_link_that_died_in_silence_is_replaced_within_seconds(kit: Kit, sockets: Any) -> None:
    async def once(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await answer(connection, frame, number)
        if len(server.connections) == 1:
            connection.transport.pause_reading()

    server = sockets(once)
    endpoint = kit.endpoint(server.url, "websocket", timeouts=FAST)
    call(kit, endpoint)
    began = time.monotonic()
    got = call(kit, endpoint)
    assert got.ended().ending is Ending.COMPLETE
    assert time.monotonic() - began < 1.5
    assert len(server.connections) == 2
    assert not any(isinstance(one, Retrying) for one in got.events)
    server.loop.call_soon_threadsafe(server.connections[0].transport.resume_reading)


def test_a_link_the_server_closed_between_turns_is_replaced(kit: Kit, sockets: Any) -> None:
    async def rude(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await answer(connection, frame, number)
        if number == 1:
            await connection.close(1001)

    server = sockets(rude)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint)
    assert call(kit, endpoint).ended().ending is Ending.COMPLETE
    assert len(server.connections) == 2


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013, 0])
def test_a_link_lost_in_the_answer_is_a_cut(kit: Kit, sockets: Any, code: int) -> None:
    async def cut(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        for event in turn(number, "partial")[:-1]:
            await connection.send(event)
        if code:
            await connection.close(code)
        else:
            connection.transport.abort()

    got = call(kit, kit.endpoint(sockets(cut).url, "websocket"))
    assert got.ended().ending is Ending.CUT
    assert got.text == "partial"


@pytest.mark.parametrize("code", [1008, 4003])
def test_policy_closes_are_final(kit: Kit, sockets: Any, code: int) -> None:
    async def policy(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await connection.close(code, "not \x1b[1mallowed")

    server = sockets(policy)
    ended = call(kit, kit.endpoint(server.url, "websocket")).ended()
    assert (ended.ending, ended.fault) == (Ending.FAILED, FaultKind.FORBIDDEN)
    assert str(code) in ended.message
    assert "\x1b" not in ended.message
    assert len(server.frames) == 1


def test_errors_on_the_socket_keep_their_status(kit: Kit, sockets: Any) -> None:
    async def limited(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        error = {"code": "rate_limit_exceeded", "message": f"slow down {KEY}"}
        event = {"type": "error", "status": 429, "error": error, "headers": {"Retry-After": "90"}}
        await connection.send(json.dumps(event))

    ended = call(kit, kit.endpoint(sockets(limited).url, "websocket", key=KEY)).ended()
    assert ended.fault is FaultKind.RATE_LIMIT
    assert KEY not in ended.message


def test_a_refused_key_is_not_asked_for_twice(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    server.refuse = HTTPStatus.UNAUTHORIZED
    ended = call(kit, kit.endpoint(server.url, "websocket", key=KEY)).ended()
    assert ended.fault is FaultKind.AUTH
    assert len(server.http) == 1


def test_a_redirect_of_the_handshake_is_refused(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        target = "location: http://other.example/v1\r\n"
        await kit.send(writer, b"", status="302 Found", headers=target)

    server = kit.serve(handler)
    ended = call(kit, kit.endpoint(server.url, "websocket")).ended()
    assert ended.fault is FaultKind.REDIRECT
    assert "other.example" in ended.message
    assert len(server.requests) == 1


def test_messages_in_pieces_and_binary_ones(kit: Kit, sockets: Any) -> None:
    async def pieces(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        for event in turn(number, "a", "b"):
            await connection.send([event[:5], event[5:9], event[9:]])

    assert call(kit, kit.endpoint(sockets(pieces).url, "websocket")).text == "ab"

    async def binary(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await connection.send(b"\x00\x01")

    got = call(kit, kit.endpoint(sockets(binary).url, "websocket"))
    assert got.ended().fault is FaultKind.MALFORMED


def test_too_big_a_message_ends_the_turn(kit: Kit, sockets: Any) -> None:
    async def big(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await connection.send("x" * 1_100_000)

    got = call(kit, kit.endpoint(sockets(big).url, "websocket"))
    assert got.ended().fault is FaultKind.TOO_BIG


def test_two_turns_at_once_have_a_link_each(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    endpoint = kit.endpoint(server.url, "websocket")
    collectors = [kit.collector() for _ in range(3)]
    for one in collectors:
        endpoint.call(kit.request, one)
    for one in collectors:
        assert one.ended().ending is Ending.COMPLETE
        assert one.text == "aéc"


def test_an_old_link_is_replaced_between_turns(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    endpoint = kit.endpoint(server.url, "websocket", timeouts=Timeouts(age=0.0))
    for _ in range(2):
        assert call(kit, endpoint).ended().ending is Ending.COMPLETE
    assert len(server.connections) == 2


def test_closing_does_not_wait_for_a_silent_server(kit: Kit, sockets: Any) -> None:
    async def deaf(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await answer(connection, frame, number)
        connection.transport.pause_reading()

    server = sockets(deaf)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint)
    began = time.monotonic()
    endpoint.close()
    assert time.monotonic() - began < 0.5
    server.loop.call_soon_threadsafe(server.connections[0].transport.resume_reading)


def test_a_longer_answer_may_continue_what_the_server_has_read(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint, conversation("one"))
    longer = ModelRequest("Answer.", conversation("one", "aéc", "two").messages, 5000)
    call(kit, endpoint, longer)
    assert server.frames[1]["previous_response_id"] == "resp_1"
    assert server.frames[1]["max_output_tokens"] == 5000


def test_closing_while_a_cancelled_link_is_replaced_leaves_nothing(kit: Kit, sockets: Any) -> None:
    async def flood(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        while True:
            await connection.send(json.dumps({"type": "response.output_text.delta", "delta": "x"}))

    server = sockets(flood)
    endpoint = kit.endpoint(server.url, "websocket")
    got = kit.collector()
    running = endpoint.call(kit.request, got)
    got.wait(Delta)
    server.hang = True
    running.cancel()
    got.ended()
    kit.until(lambda: len(server.http) == 2)
    endpoint.close()
    kit.until(lambda: not kit.network._tasks, 0.5)
    kit.until(lambda: server.hanging == 0, 0.5)


def test_closing_while_warming_leaves_nothing(kit: Kit, sockets: Any) -> None:
    server = sockets(answer)
    server.hang = True
    endpoint = kit.endpoint(server.url, "websocket")
    endpoint.warm()
    kit.until(lambda: server.hanging == 1)
    endpoint.close()
    kit.until(lambda: not kit.network._tasks and server.hanging == 0, 0.5)


def test_a_follow_up_tells_only_its_news_and_gives_tool_calls_their_output(
    kit: Kit, sockets: Any
) -> None:
    async def tools(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        for one in (
            {"type": "custom_tool_call", "call_id": "call_1", "input": "*** Begin Patch"},
            {"type": "apply_patch_call", "call_id": "call_2", "operation": {"type": "x"}},
        ):
            event = {"type": "response.output_item.done", "output_index": 0, "item": one}
            await connection.send(json.dumps(event))
        await answer(connection, frame, number)

    server = sockets(tools)
    endpoint = kit.endpoint(server.url, "websocket")
    first = call(kit, endpoint, conversation("one")).ended().response_id
    earlier = conversation("other words", "than the server has", "two").messages
    following = ModelRequest("Answer.", earlier, 1000, steer="news", follows=first)
    call(kit, endpoint, following)
    frame = server.frames[1]
    assert frame["previous_response_id"] == first
    kinds = [(one["type"], one.get("call_id")) for one in frame["input"]]
    assert kinds == [
        ("custom_tool_call_output", "call_1"),
        ("apply_patch_call_output", "call_2"),
        ("message", None),
    ]
    assert frame["input"][-1]["content"][0]["text"] == "news"
    call(kit, endpoint, following)
    assert "previous_response_id" not in server.frames[2]
    assert len(server.frames[2]["input"]) == 3


def test_an_idle_link_that_is_dropped_is_replaced_before_anybody_asks(
    kit: Kit, sockets: Any
) -> None:
    async def rude(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await answer(connection, frame, number)
        if number == 1:
            await connection.close(1001)

    server = sockets(rude)
    endpoint = kit.endpoint(server.url, "websocket", timeouts=Timeouts(tick=0.02, redial=0.0))
    call(kit, endpoint)
    kit.until(lambda: len(server.connections) == 2 and endpoint._state().warm)
    got = call(kit, endpoint)
    assert isinstance(got.events[0], Connected)
    assert got.events[0].reused
    assert len(server.connections) == 2


def test_a_server_that_hangs_up_at_once_is_not_called_again_and_again(
    kit: Kit, sockets: Any
) -> None:
    async def rude(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        await answer(connection, frame, number)
        await connection.close(1001)

    server = sockets(rude)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint)
    kit.until(lambda: server.open == 0 and not kit.network._tasks)
    assert len(server.connections) == 1


def test_closing_with_a_thread_of_its_own_leaves_no_half_open_connection(sockets: Any) -> None:
    server = sockets(answer)
    server.hang = True
    endpoint = ModelEndpoint(EndpointProfile("own", server.url, "m", "websocket"))
    endpoint.warm()
    deadline = time.monotonic() + 10
    while not server.hanging and time.monotonic() < deadline:
        time.sleep(0.002)
    endpoint.close()
    while server.hanging and time.monotonic() < deadline:
        time.sleep(0.002)
    assert server.hanging == 0
    assert not any(
        one.name == "network" and one is endpoint._network._thread for one in threading.enumerate()
    )
