"""The simulated endpoint over HTTP: routes, refusals, and streams of server-sent events."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from spark_tui.simulator import tokens
from spark_tui.simulator.allowance import TokensPerMinute
from spark_tui.simulator.answers import write_answer
from spark_tui.simulator.breaks import Silent
from spark_tui.simulator.chat import ChatWire
from spark_tui.simulator.conversations import Conversations
from spark_tui.simulator.dialects import REASONING_FIELD
from spark_tui.simulator.faults import Fault, FaultName, FaultPlan
from spark_tui.simulator.instructions import carry_out
from spark_tui.simulator.looks import LookCall, parts_of_looks, wanted_looks
from spark_tui.simulator.parts import Reply, parts_of, pieces_of
from spark_tui.simulator.prompt import ToolOffer, read_prompt
from spark_tui.simulator.refusals import ErrorReply, instead_of, refusal_of
from spark_tui.simulator.responses import ResponsesWire
from spark_tui.simulator.settings import MODEL, AnswerFormat, SimSettings
from spark_tui.simulator.sockets import Socket
from spark_tui.simulator.turn import PacedTurn
from spark_tui.simulator.turnlog import TurnLog, TurnRecord
from spark_tui.simulator.wires import Json, Wire, error_body, sse

_MAX_BODY = 64 * 1024 * 1024
_NORMAL = 1000
_MODEL: Json = {"id": MODEL, "object": "model", "created": 0, "owned_by": "spark-tui"}
_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Unknown addresses, wrong methods and bodies that are too long, in OpenAI's shape."""
    try:
        return await handler(request)
    except web.HTTPClientError as error:
        message = f"{error.reason}: {request.method} {request.path}"
        body = error_body(message, "invalid_request_error", "unknown_url")
        return web.json_response(body, status=error.status)


class SseSink:
    """Events as one chunked response."""

    def __init__(
        self,
        request: web.Request,
        response: web.StreamResponse,
        faults: Collection[FaultName] = (),
    ) -> None:
        self._request = request
        self._response = response
        self._crlf = FaultName.CRLF in faults
        self._fragments = FaultName.FRAGMENTS in faults
        self._no_blank = FaultName.NO_BLANK in faults
        self._held = b""

    async def send(self, events: Sequence[Json]) -> None:
        """One write for all of them."""
        if events:
            await self._write(b"".join(map(sse, events)))

    async def send_payload(self, data: bytes) -> None:
        """One event with these bytes."""
        await self._write(b"data: " + data + b"\n\n")

    async def send_raw(self, data: bytes) -> None:
        """The bytes as they are."""
        await self._response.write(data)

    def start_of(self, data: bytes, size: int) -> bytes:  # noqa: ARG002 - lines have no length
        """The beginning of an event."""
        return b"data: " + data

    async def send_binary(self) -> None:
        """An event of NUL bytes."""
        await self.send_payload(bytes(8))

    async def finish(self, mark: str) -> None:
        """The mark as an event of its own, then the end of the body."""
        if mark:
            await self._write(f"data: {mark}\n\n".encode())
        await self._response.write(self._held.rstrip(b"\r\n"))
        await self._response.write_eof()

    async def close(self, code: int) -> None:
        """The end of the body for 1000; every other code is breaking off."""
        if code == _NORMAL:
            await self._response.write_eof()
        else:
            self.abort()

    def abort(self) -> None:
        """Close the connection inside the body."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _write(self, data: bytes) -> None:
        if self._crlf:
            data = data.replace(b"\n", b"\r\n")
        if self._no_blank:
            data, self._held = self._held + data, b""
            data, mark, last = data.rpartition(b"data: ")
            self._held = mark + last
        if not self._fragments:
            await self._response.write(data)
            return
        for at in range(0, len(data), 5):
            await self._response.write(data[at : at + 5])


class Simulator:
    """Serves one set of settings; `app()` is the aiohttp application."""

    def __init__(self, settings: SimSettings) -> None:
        self.settings = settings
        self.log = TurnLog(settings.log)
        self.plan = FaultPlan(settings.faults)
        self._ids = itertools.count(1)
        self._conversations = Conversations()
        self._allowance = TokensPerMinute(settings.tpm)
        self._answered = 0

    def app(self) -> web.Application:
        """Routes of the endpoint."""
        app = web.Application(client_max_size=_MAX_BODY, middlewares=[_errors_as_json])
        app.router.add_post("/v1/responses", self._responses)
        app.router.add_get("/v1/responses", self._socket)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{model}", self._model)
        return app

    def begin(
        self, body: Mapping[str, Any], wire: Wire, ident: str, read_ns: int, earlier: str
    ) -> tuple[PacedTurn, str]:
        """The turn that answers `body`, and the conversation's text so far."""
        faults = self.plan.take()
        prompt = read_prompt(body, earlier)
        if prompt.offer is not ToolOffer.TOOLS:
            faults.pop(FaultName.NO_TOOLS, None)
        reply = self.settings.reply
        wanted = self.settings.format if reply is Reply.TEXT else AnswerFormat.V4A
        looks: Sequence[LookCall] = ()
        if not self.settings.script:
            looks = wanted_looks(prompt, carry_out(prompt.instruction, prompt.files))
        if looks:
            parts = parts_of_looks(looks, prompt.offer)
        else:
            text = self._scripted() or write_answer(prompt, wanted, faults)
            parts = parts_of(text, reply)
        pieces = pieces_of(parts)
        record = TurnRecord(ident, wire.name, read_ns)
        record.input_tokens = tokens.count(prompt.system) + tokens.count(prompt.text)
        limit = body.get("max_output_tokens", body.get("max_completion_tokens"))
        limit = body.get("max_tokens") if limit is None else limit
        bound = limit if isinstance(limit, int) and limit > 0 else None
        return PacedTurn(wire, pieces, self.settings, record, faults, bound), "\n".join(
            [prompt.text, prompt.called, *(look.arguments for look in looks)]
        )

    def _scripted(self) -> str:
        """The next answer of the script, "" without one."""
        script = self.settings.script
        if not script:
            return ""
        self._answered += 1
        return script[min(self._answered, len(script)) - 1]

    def next_id(self) -> str:
        """A new request id: eight hexadecimal digits."""
        return f"{next(self._ids):08x}"

    def _refusal(self, request: web.Request) -> web.Response | None:
        key = self.settings.key
        fits = not key or request.headers.get("Authorization") == f"Bearer {key}"
        if fits and not self.plan.has(FaultName.REFUSE_KEY):
            return None
        if fits:
            self.plan.take()
        body = error_body("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
        return web.json_response(body, status=401)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        return web.json_response({"object": "list", "data": [_MODEL]})

    async def _model(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if request.match_info["model"] != MODEL:
            wrong = error_body("No such model.", "invalid_request_error", "model_not_found")
            return web.json_response(wrong, status=404)
        return web.json_response(_MODEL)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        faults = self.plan.next()
        if FaultName.NO_WEBSOCKET in faults:
            self.plan.take()
            body = error_body("WebSocket mode is not offered.", "invalid_request_error")
            return web.json_response(body, status=426)
        await _hold_back(faults)
        other = instead_of(faults)
        if other is not None or FaultName.JSON in faults:
            self.plan.take()
            return _respond(other[1] if other is not None else ErrorReply(200, b"{}"))
        return await Socket(self).serve(request)

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        return await self._turn(request, chat=False)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._turn(request, chat=True)

    async def _turn(self, request: web.Request, *, chat: bool) -> web.StreamResponse:
        raw = await request.read()
        read_ns = time.monotonic_ns()
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            wrong = error_body("The body is not a JSON object.", "invalid_request_error")
            return web.json_response(wrong, status=400)
        earlier = self._conversations.text(body.get("previous_response_id"))
        if earlier is None:
            missing = "Previous response not found."
            wrong = error_body(missing, "invalid_request_error", "previous_response_not_found")
            return web.json_response(wrong, status=400)
        ident = self.next_id()
        model = str(body.get("model") or MODEL)
        wire: Wire
        if chat:
            field = REASONING_FIELD.get(self.settings.dialect, "")
            wire = ChatWire(body, model, ident, field)
        else:
            wire = ResponsesWire(body, model, ident)
        turn, text = self.begin(body, wire, ident, read_ns, earlier)
        answer = "\n".join([text, turn.text])
        self._conversations.remember(f"resp_{ident}", answer)
        try:
            return await self._answer(request, turn, bool(body.get("stream")))
        except (ConnectionError, asyncio.CancelledError):
            turn.record.outcome = "disconnected"
            raise
        finally:
            turn.record.t_end = time.monotonic_ns()
            self.log.add(turn.record)

    async def _answer(
        self, request: web.Request, turn: PacedTurn, streaming: bool
    ) -> web.StreamResponse:
        faults = turn.faults
        await _hold_back(faults)
        early = refusal_of(faults) or instead_of(faults)
        if early is not None:
            turn.record.outcome = str(early[0])
            return _respond(early[1])
        if FaultName.MUTE in faults:
            await asyncio.Event().wait()
        if FaultName.UNANSWERED in faults and request.transport is not None:
            turn.record.outcome = "unanswered"
            request.transport.abort()
            await asyncio.Event().wait()
        wait = self._allowance.take(turn.record.input_tokens + (turn.limit or len(turn.pieces)))
        headers = {"x-request-id": f"req_{turn.record.id}", **self._allowance.headers()}
        if wait:
            turn.record.outcome = str(FaultName.LIMIT)
            return _limited({**headers, "retry-after": f"{wait:.3f}"})
        if not streaming or FaultName.JSON in faults:
            return web.json_response(await turn.run(Silent()), headers=headers)
        stream = web.StreamResponse(headers={**_HEADERS, **headers})
        await stream.prepare(request)
        sink = SseSink(request, stream, faults)
        await sink.send(turn.wire.opening())
        await turn.run(sink)
        return stream


async def _hold_back(faults: Mapping[FaultName, Fault]) -> None:
    """Delay the response head if that is the fault."""
    slow = faults.get(FaultName.SLOW_HEADERS)
    if slow is not None:
        await asyncio.sleep(slow.number(5.0))


def _respond(refusal: ErrorReply) -> web.Response:
    body = refusal.body if refusal.body or refusal.error is None else orjson.dumps(refusal.error)
    headers = {"Content-Type": refusal.kind, **refusal.headers}
    return web.Response(status=refusal.status, body=body, headers=headers)


def _limited(headers: Mapping[str, str]) -> web.Response:
    body = error_body("Rate limit reached.", "invalid_request_error", "rate_limit_exceeded")
    return web.json_response(body, status=429, headers=headers)
