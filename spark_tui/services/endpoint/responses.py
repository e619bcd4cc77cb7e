"""The Responses API: the request body and the reader of its events (HTTP and WebSocket alike).

Source: the public API reference and OpenAPI description of the Responses API, 2026-08.
"""

# ruff: noqa: ARG002 - the handlers of one table share one signature
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spark_tui.core.wire import (
    Channel,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    Message,
    ModelRequest,
    Usage,
    WireEvent,
)
from spark_tui.services.endpoint.chat import timings_of
from spark_tui.services.endpoint.dialects import ProviderDialect, forbidden_fields, pick_options
from spark_tui.services.endpoint.faults import FaultError, Peer
from spark_tui.services.endpoint.fields import finish
from spark_tui.services.endpoint.operations import Operations
from spark_tui.services.endpoint.reader import broken_off, count, decode, listed, served, text_of
from spark_tui.services.endpoint.statuses import from_event

PATH = "/responses"

_PATCH_TOOL: dict[str, Any] = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edit files of the repository: write one patch, as plain text, not as JSON.",
    "format": {"type": "text"},
}
_OPTION_PLACES = {"reasoning_effort": ("reasoning", "effort"), "verbosity": ("text", "verbosity")}
_CHAT_ONLY = {"seed"}
_OUTPUTS: dict[str, dict[str, Any]] = {
    "custom_tool_call": {"type": "custom_tool_call_output"},
    "function_call": {"type": "function_call_output"},
    "apply_patch_call": {"type": "apply_patch_call_output", "status": "completed"},
}
_SHOWN = "Shown to the programmer, who decides about each hunk."
_TRACKED = 64


def responses_body(
    request: ModelRequest, profile: EndpointProfile, dialect: ProviderDialect, model: str
) -> dict[str, Any]:
    """The JSON body of one streamed request that leaves nothing stored at the provider."""
    body: dict[str, Any] = {
        "model": model,
        "input": [input_item(one) for one in request.messages],
        "max_output_tokens": profile.output_limit(request.max_output_tokens),
        "store": False,
        "stream": True,
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if request.patch_tool and dialect.custom_tools:
        body["tools"] = [_PATCH_TOOL]
    if request.cache_key and dialect.cache_key:
        body["prompt_cache_key"] = request.cache_key
    body.update(dialect.responses_extra)
    for name, value in pick_options(dialect, profile.options).items():
        if name in _OPTION_PLACES:
            outer, inner = _OPTION_PLACES[name]
            body.setdefault(outer, {})[inner] = value
        elif name not in _CHAT_ONLY:
            body[name] = value
    finish(body, profile, forbidden_fields(dialect, model))
    return body


def input_item(message: Message) -> dict[str, Any]:
    """One message of the conversation as an input item."""
    kind = "output_text" if message.role == "assistant" else "input_text"
    content = [{"type": kind, "text": message.text}]
    return {"type": "message", "role": message.role, "content": content}


class ResponsesReader:
    """Reads events by their `type` until completed, failed, incomplete or error.

    `over` says that the response has ended at the server, well or not; `owed` are the outputs its
    tool calls wait for, by call.

    Unknown types are ignored. Repeated events (same `sequence_number`, same bytes) are dropped; a
    gap in the numbers means something is missing, so that the answer does not end as COMPLETE.
    """

    def __init__(self, peer: Peer) -> None:
        self.content = 0
        self.finishing = False
        self.response_id = ""
        self.owed: dict[str, dict[str, Any]] = {}
        self.over = False
        self._peer = peer
        self._events = 0
        self._refused = False
        self._numbered = True
        self._last_number = -1
        self._recent: dict[int, bytes] = {}
        self._older: dict[int, bytes] = {}
        self._missing: set[int] = set()
        self._seen_text: set[str] = set()
        self._place: tuple[Any, Any] | None = None
        self._operations = Operations()
        self._handlers: dict[str, Callable[[dict[str, Any], int, list[WireEvent]], bool]] = {
            "response.output_text.delta": self._text,
            "response.output_text.done": self._text_done,
            "response.custom_tool_call_input.delta": self._tool,
            "response.function_call_arguments.delta": self._tool,
            "response.apply_patch_call_operation_diff.delta": self._diff,
            "response.reasoning_text.delta": self._reasoning,
            "response.reasoning_summary_text.delta": self._reasoning,
            "response.refusal.delta": self._refusal,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.created": self._created,
            "response.completed": self._terminal,
            "response.incomplete": self._terminal,
            "response.failed": self._terminal,
            "error": self._error,
        }

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """See `Reader.read`."""
        if payload == b"[DONE]":
            self.at_end(at, out)
            return True
        event = decode(payload, self._peer)
        self._events += 1
        number = event.get("sequence_number")
        kind = event.get("type")
        if type(number) is int and self._numbered:
            if number == self._last_number + 1:
                self._keep(number, payload)
            elif not self._in_order(number, payload, delta=str(kind).endswith(".delta")):
                return False
        handler = self._handlers.get(kind) if isinstance(kind, str) else None
        if handler is not None:
            return handler(event, at, out)
        if kind is None and event.get("error"):
            return self._error(event, at, out)
        return False

    def at_end(self, at: int, out: list[WireEvent]) -> None:
        """See `Reader.at_end`: a stream of this wire never ends well without a terminal event."""
        raise broken_off(self._peer, content=self.content, events=self._events)

    def _in_order(self, number: int, payload: bytes, *, delta: bool) -> bool:
        """False for an event already seen. Notices gaps, and servers that do not number at all.

        A number that comes late closes its gap unless it carries text: servers number their
        closing events ahead, and only the order of text matters.
        """
        last = self._last_number
        if last >= 0:
            if number > last:
                self._skip(last + 1, number)
            else:
                seen = self._recent.get(number) or self._older.get(number)
                if seen == payload:
                    return False
                if seen is not None:
                    self._numbered = False
                    self._missing.clear()
                    return True
                if not delta:
                    self._missing.discard(number)
        self._keep(number, payload)
        return True

    def _keep(self, number: int, payload: bytes) -> None:
        self._recent[number] = payload
        if len(self._recent) > _TRACKED:
            self._older, self._recent = self._recent, {}
        self._last_number = max(number, self._last_number)

    def _skip(self, start: int, stop: int) -> None:
        if len(self._missing) < _TRACKED:
            self._missing.update(range(start, min(stop, start + _TRACKED)))

    def _emit(self, text: str, channel: Channel, at: int, out: list[WireEvent]) -> None:
        out.append(Delta(at, text, channel))
        self.content += 1

    def _text(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = event.get("delta")
        if isinstance(text, str) and text:
            place = (event.get("item_id"), event.get("content_index"))
            if place != self._place:
                self._place = place
                self._seen_text.add(repr(place))
            out.append(Delta(at, text))
            self.content += 1
        return False

    def _text_done(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = text_of(event.get("text"))
        place = repr((event.get("item_id"), event.get("content_index")))
        if text and place not in self._seen_text:
            self._seen_text.add(place)
            self._emit(text, Channel.TEXT, at, out)
        return False

    def _reasoning(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = text_of(event.get("delta"))
        if text:
            self._emit(text, Channel.REASONING, at, out)
        return False

    def _refusal(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        self._refused = True
        text = text_of(event.get("delta"))
        if text:
            self._emit(text, Channel.TEXT, at, out)
        return False

    def _tool(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        return self._tool_text(self._operations.text(event), at, out)

    def _diff(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        return self._tool_text(self._operations.diff(event), at, out)

    def _item_added(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        return self._tool_text(self._operations.added(event), at, out)

    def _item_done(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        item = event.get("item")
        if isinstance(item, dict) and item.get("type") in _OUTPUTS:
            call = text_of(item.get("call_id"))
            self.owed[call] = {**_OUTPUTS[item["type"]], "call_id": call, "output": _SHOWN}
        return self._tool_text(self._operations.done(event), at, out)

    def _tool_text(self, text: str, at: int, out: list[WireEvent]) -> bool:
        if text:
            self._emit(text, Channel.TOOL, at, out)
        return False

    def _created(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        response = event.get("response")
        if isinstance(response, dict):
            self.response_id = text_of(response.get("id"))
        return False

    def _error(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        self.over = True
        raise from_event(event, self._peer)

    def _terminal(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        self.over = True
        held = event.get("response")
        response = held if isinstance(held, dict) else {}
        self.response_id = text_of(response.get("id")) or self.response_id
        if not self.content and event["type"] == "response.completed":
            self._whole(response, at, out)
        self._tool_text(self._operations.close(), at, out)
        usage = response.get("usage")
        if isinstance(usage, dict):
            out.append(
                Usage(
                    at,
                    input=count(usage, "input_tokens"),
                    output=count(usage, "output_tokens"),
                    cached=count(usage, "input_tokens_details", "cached_tokens"),
                    reasoning=count(usage, "output_tokens_details", "reasoning_tokens"),
                )
            )
        timings = timings_of(response, usage, at)
        if timings is not None:
            out.append(timings)
        out += served(response, self._peer, at)
        if event["type"] == "response.failed":
            raise self._failed(response)
        out.append(self._ending(event["type"], response, at))
        return True

    def _whole(self, response: dict[str, Any], at: int, out: list[WireEvent]) -> None:
        """An answer that came in one piece, without deltas."""
        for index, item in enumerate(listed(response.get("output"))):
            if not isinstance(item, dict):
                continue
            self._item_done({"item": item, "output_index": index}, at, out)
            for part in listed(item.get("content")):
                text = text_of(part.get("text")) if isinstance(part, dict) else ""
                if text and item.get("type") == "message":
                    self._emit(text, Channel.TEXT, at, out)

    def _failed(self, response: dict[str, Any]) -> FaultError:
        return from_event({"error": response.get("error") or {}}, self._peer)

    def _ending(self, kind: str, response: dict[str, Any], at: int) -> Ended:
        who, name = self._peer.who, self.response_id
        reason = ""
        if kind == "response.incomplete":
            details = response.get("incomplete_details")
            reason = text_of(details.get("reason")) if isinstance(details, dict) else ""
            reason = reason or "unknown"
        if self._refused or reason == "content_filter":
            message = f"{who} refused to answer this, nothing written"
            return Ended(at, Ending.FILTERED, None, message, "say it differently", name)
        if reason in {"max_output_tokens", "max_messages"}:
            message = "the answer hit its length limit, nothing written"
            return Ended(at, Ending.LENGTH, None, message, "r asks again", name)
        if reason or self._missing:
            message = "the answer broke off, nothing written"
            if self._missing and not reason:
                message = "part of the answer is missing, nothing written"
            return Ended(at, Ending.CUT, FaultKind.MALFORMED, message, "r asks again", name)
        return Ended(at, Ending.COMPLETE, response_id=name)
