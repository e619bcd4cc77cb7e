"""The Responses API as WebSocket frames: many turns on one connection, warm-up and steering.

Source: the public guide to the WebSocket mode of the Responses API, 2026.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson
from aiohttp import WSMsgType, web

from spark_tui.core.regex import regex
from spark_tui.simulator import tokens
from spark_tui.simulator.conversations import Conversations
from spark_tui.simulator.faults import FaultName
from spark_tui.simulator.prompt import read_prompt
from spark_tui.simulator.refusals import refusal_of
from spark_tui.simulator.responses import ResponsesWire
from spark_tui.simulator.settings import MODEL
from spark_tui.simulator.turn import PacedTurn
from spark_tui.simulator.turnlog import TurnLog
from spark_tui.simulator.wires import Counts, Json, Wire

_STREAM_ID = regex(r"[A-Za-z0-9_.-]{1,256}")
_MAX_MESSAGE = 64 * 1024 * 1024


class Turns(Protocol):
    """What a socket needs of the server that accepted it."""

    log: TurnLog

    def begin(
        self, body: Mapping[str, Any], wire: Wire, ident: str, read_ns: int, earlier: str
    ) -> tuple[PacedTurn, str]:
        """The turn that answers `body`, and the conversation's text so far."""

    def next_id(self) -> str:
        """A new request id."""


class SocketSink:
    """Events as text frames, with the lane's `stream_id` if it has one."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, lane: str) -> None:
        self._socket = socket
        self._request = request
        self._lane = lane

    async def send(self, events: Sequence[Json]) -> None:
        """One frame each."""
        for event in events:
            shown = {**event, "stream_id": self._lane} if self._lane else event
            await self._socket.send_str(orjson.dumps(shown).decode())

    async def send_payload(self, data: bytes) -> None:
        """A text frame with these bytes, whatever they are."""
        await self._socket.send_frame(data, WSMsgType.TEXT)

    async def send_raw(self, data: bytes) -> None:
        """The bytes as they are, past the framing; comments are another wire's and left out."""
        transport = self._request.transport
        if data.startswith(b":"):
            return
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        transport.write(data)

    def start_of(self, data: bytes, size: int) -> bytes:
        """The head of a text frame (RFC 6455, section 5.2) and the first bytes of it."""
        return b"\x81\x7f" + size.to_bytes(8, "big") + data

    async def send_binary(self) -> None:
        """A binary frame."""
        await self._socket.send_bytes(bytes(8))

    async def finish(self, mark: str) -> None:
        """Frames need no end."""

    async def close(self, code: int) -> None:
        """A closing frame with this code."""
        await self._socket.close(code=code, message=b"simulated")

    def abort(self) -> None:
        """Drop the connection without a closing handshake."""
        if self._request.transport is not None:
            self._request.transport.abort()


class Socket:
    """One connection: requests are answered in order, each seeing the ones before it."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._conversations = Conversations()
        self._active: PacedTurn | None = None
        self._active_id = ""
        self._owed: dict[str, list[str]] = {}
        self._steering: list[tuple[Json, Json]] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Answer until the client leaves."""
        socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE, heartbeat=20.0)
        await socket.prepare(request)
        waiting: asyncio.Queue[tuple[Json, int]] = asyncio.Queue()
        worker = asyncio.create_task(self._work(socket, request, waiting))
        try:
            async for message in socket:
                read_ns = time.monotonic_ns()
                if message.type is not WSMsgType.TEXT:
                    continue
                await self._receive(socket, message.data, read_ns, waiting)
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
        return socket

    async def _receive(
        self,
        socket: web.WebSocketResponse,
        data: str,
        read_ns: int,
        waiting: asyncio.Queue[tuple[Json, int]],
    ) -> None:
        try:
            frame = orjson.loads(data)
        except orjson.JSONDecodeError:
            frame = None
        kind = frame.get("type") if isinstance(frame, dict) else None
        if kind == "response.create":
            waiting.put_nowait((frame, read_ns))
        elif kind == "response.steer":
            await self._steer(socket, frame)
        else:
            await _refuse(socket, "invalid_request", f"Unknown message type {kind!r}.")

    async def _steer(self, socket: web.WebSocketResponse, frame: Json) -> None:
        previous = frame.get("previous_response_id")
        event: Json = {"previous_response_id": previous, "input": frame.get("input")}
        if self._active is None or previous != self._active_id:
            known = self._conversations.text(previous) is not None
            code = "response_already_completed" if known else "response_not_found"
            error = {"code": code, "message": "There is no such response to steer."}
            reply = {"type": "response.steer.failed", **event, "error": error}
            await socket.send_str(orjson.dumps(reply).decode())
            return
        self._active.steered = True
        self._steering.append((frame, event))
        reply = {"type": "response.steer.accepted", **event}
        await socket.send_str(orjson.dumps(reply).decode())

    async def _work(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        waiting: asyncio.Queue[tuple[Json, int]],
    ) -> None:
        while True:
            frame, read_ns = await waiting.get()
            lane = frame.get("stream_id", "")
            if not isinstance(lane, str) or (lane and not _STREAM_ID.fullmatch(lane)):
                await _refuse(socket, "invalid_stream_id", "The stream_id is malformed.")
                continue
            sink = SocketSink(socket, request, lane)
            response_id = await self._answer(sink, socket, frame, read_ns)
            while self._steering and response_id:
                steering = [one for one, _ in self._steering]
                self._steering.clear()
                texts = [str(one.get("input", "")) for one in steering]
                follow = {**frame, "previous_response_id": response_id, "input": "\n".join(texts)}
                follow.pop("generate", None)
                response_id = await self._answer(sink, socket, follow, time.monotonic_ns())

    async def _answer(
        self, sink: SocketSink, socket: web.WebSocketResponse, body: Json, read_ns: int
    ) -> str:
        """Answer one `response.create`; returns the response's id, "" for a refusal."""
        earlier = self._conversations.text(body.get("previous_response_id"))
        if earlier is None:
            await _refuse(socket, "previous_response_not_found", "Previous response not found.")
            return ""
        missing = _without_output(body, self._owed)
        if missing:
            message = f"No tool output found for custom tool call {missing}."
            await _refuse(socket, "invalid_request", message)
            return ""
        ident = self._turns.next_id()
        wire = ResponsesWire(body, str(body.get("model") or MODEL), ident)
        if body.get("generate") is False:
            prompt = read_prompt(body, earlier)
            count = tokens.count(prompt.system) + tokens.count(prompt.text)
            self._conversations.remember(wire.id, prompt.text)
            await sink.send(wire.warmed(Counts(count, 0)))
            return wire.id
        turn, text = self._turns.begin(body, wire, ident, read_ns, earlier)
        turn.record.wire = "websocket"
        self._conversations.remember(wire.id, text)
        self._active, self._active_id = turn, wire.id
        try:
            if await self._instead(turn, socket, sink):
                return ""
            await sink.send(wire.opening())
            await turn.run(sink)
        except (ConnectionError, asyncio.CancelledError):
            turn.record.outcome = "disconnected"
            raise
        finally:
            self._active = None
            self._owed[wire.id] = [] if turn.steered else wire.calls
            turn.record.t_end = time.monotonic_ns()
            self._turns.log.add(turn.record)
        return wire.id

    async def _instead(
        self, turn: PacedTurn, socket: web.WebSocketResponse, sink: SocketSink
    ) -> bool:
        """What a fault does in place of the answer; True when that was all."""
        faults = turn.faults
        refused = refusal_of(faults)
        if refused is not None:
            name, refusal = refused
            turn.record.outcome = str(name)
            event = {"type": "error", "status": refusal.status, "headers": dict(refusal.headers)}
            await socket.send_str(orjson.dumps({**event, **(refusal.error or {})}).decode())
            return True
        if FaultName.MUTE in faults:
            await asyncio.Event().wait()
        if FaultName.UNANSWERED in faults:
            turn.record.outcome = "unanswered"
            sink.abort()
            return True
        return False


def _without_output(body: Json, owed: Mapping[str, Sequence[str]]) -> str:
    """A tool call of the response this one continues that has no output, "" where all have."""
    items = body.get("input")
    given = {
        item.get("call_id")
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and str(item.get("type")).endswith("_call_output")
    }
    calls = owed.get(str(body.get("previous_response_id")), ())
    return next((call for call in calls if call not in given), "")


async def _refuse(socket: web.WebSocketResponse, code: str, message: str) -> None:
    """An error in the nested shape of this wire."""
    error = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
    event = {"type": "error", "status": 400, "error": error}
    await socket.send_str(orjson.dumps(event).decode())
