"""Answers that are no stream: error statuses with their bodies, and other things with a 200."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from email.utils import formatdate
from time import time as wall_clock

from spark_tui.core.dataclass import dataclass, field
from spark_tui.simulator.faults import Fault, FaultName
from spark_tui.simulator.wires import Json, error_body

_PAGE = b"<!doctype html><title>Sign in</title><h1>Please sign in to the network</h1>"
_STREAM = "text/event-stream; charset=utf-8"
_ELSEWHERE = "http://elsewhere.invalid/v1/responses"

_ERRORS: Mapping[FaultName, tuple[int, str, str]] = {
    FaultName.LIMIT: (429, "Rate limit reached for requests.", "rate_limit_exceeded"),
    FaultName.ERROR: (500, "The server had an error.", "server_error"),
    FaultName.BUSY: (503, "The engine is overloaded.", "server_overloaded"),
    FaultName.NOT_FOUND: (404, "Unknown request URL.", "unknown_url"),
    FaultName.NO_MODEL: (404, "The model does not exist.", "model_not_found"),
    FaultName.NO_TOOLS: (400, "This model does not support tools.", "invalid_value"),
    FaultName.TOO_LONG: (400, "Your input is too long.", "context_length_exceeded"),
    FaultName.QUOTA: (429, "You exceeded your current quota.", "insufficient_quota"),
}
_STATUSES: Mapping[int, tuple[str, str]] = {
    400: ("Invalid value for 'input'.", "invalid_value"),
    403: ("Your country is not supported.", "unsupported_country_region_territory"),
    408: ("The request timed out.", "timeout"),
    409: ("The request conflicts with another.", "conflict"),
    413: ("The request is too large.", "request_too_large"),
    422: ("The input cannot be processed.", "invalid_value"),
    504: ("The gateway timed out.", "gateway_timeout"),
    529: ("Overloaded.", "overloaded_error"),
}


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """What is answered in place of a stream. `error` is its body as JSON, if it has one."""

    status: int
    body: bytes = b""
    error: Json | None = None
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_of(faults: Mapping[FaultName, Fault]) -> tuple[FaultName, ErrorReply] | None:
    """The error status that comes instead of the answer; over a WebSocket it is an event."""
    for name, (status, message, code) in _ERRORS.items():
        if name in faults:
            wait = _wait(faults[name], message) if name is FaultName.LIMIT else (message, {})
            error = error_body(wait[0], "invalid_request_error", code)
            return name, ErrorReply(status, error=error, headers=wait[1])
    if FaultName.STATUS in faults:
        status = int(faults[FaultName.STATUS].number(400))
        message, code = _STATUSES.get(status, ("The request failed.", "unknown"))
        return FaultName.STATUS, ErrorReply(status, error=error_body(message, "api_error", code))
    if FaultName.BAD_GATEWAY in faults:
        error = error_body("Bad gateway.", "api_error", "bad_gateway")
        return FaultName.BAD_GATEWAY, ErrorReply(502, _PAGE, error, "text/html")
    return None


def _wait(fault: Fault, message: str) -> tuple[str, dict[str, str]]:
    """How a 429 says when to come again."""
    said = {
        "date": formatdate(wall_clock() + 1.0, usegmt=True),
        "junk": "soon",
        "negative": "-5",
    }
    if fault.word == "prose":
        return f"{message} Please try again in 20ms.", {}
    if fault.word == "none":
        return message, {}
    return message, {"retry-after": said.get(fault.word, f"{fault.number(2.0):g}")}


def instead_of(faults: Mapping[FaultName, Fault]) -> tuple[FaultName, ErrorReply] | None:
    """What comes at the place of the response head; a WebSocket's handshake included."""
    if FaultName.REDIRECT in faults:
        status = int(faults[FaultName.REDIRECT].number(307))
        return FaultName.REDIRECT, ErrorReply(status, headers={"Location": _ELSEWHERE})
    if FaultName.HTML in faults:
        return FaultName.HTML, ErrorReply(200, _PAGE, kind="text/html")
    if FaultName.EMPTY in faults:
        return FaultName.EMPTY, ErrorReply(200, kind=_STREAM)
    if FaultName.WRONG_TYPE in faults:
        return FaultName.WRONG_TYPE, ErrorReply(200, b"\x89PNG\r\n\x1a\n" * 8, kind="image/png")
    if FaultName.COMPRESSED in faults:
        body = gzip.compress(b'data: {"type":"response.created"}\n\n' * 1000)
        packed = {"Content-Encoding": "gzip"}
        return FaultName.COMPRESSED, ErrorReply(200, body, kind=_STREAM, headers=packed)
    if FaultName.HEADER_BOMB in faults:
        bomb = {"x-bomb": "x" * 1_000_000}
        return FaultName.HEADER_BOMB, ErrorReply(200, kind=_STREAM, headers=bomb)
    return None
