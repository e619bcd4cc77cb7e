"""The Responses API: the request body and the reader of its events (HTTP and WebSocket alike).

Source: the public API reference and OpenAPI description of the Responses API, 2026-08.
"""

# ruff: noqa: ARG002 - the handlers of one table share one signature
from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    LookAsked,
    ModelRequest,
    ServerTimings,
    Tool,
    WireEvent,
)
from spark_tui.core.regex import regex
from spark_tui.services.endpoint.faults.error_body import fails
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.faults.statuses import from_event
from spark_tui.services.endpoint.providers import (
    Provider,
    forbidden_fields,
    pick_options,
    wants_back,
)
from spark_tui.services.endpoint.wires.chat import timings_of
from spark_tui.services.endpoint.wires.content_parts import Parts, unknown
from spark_tui.services.endpoint.wires.finish_reasons import AGAIN, ended_by, incomplete
from spark_tui.services.endpoint.wires.operations import Operations, item_name
from spark_tui.services.endpoint.wires.reader import (
    HALF_A_CHARACTER,
    Halves,
    broken_off,
    decode,
    has_half,
    ident_of,
    is_done,
    listed,
    milliseconds_to_ns,
    one_of,
    served,
    text_of,
)
from spark_tui.services.endpoint.wires.replayed_items import item_to_keep
from spark_tui.services.endpoint.wires.request_fields import finish
from spark_tui.services.endpoint.wires.usage import usage_of

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
_ITEMS = regex(
    r"message|reasoning|compaction|program|item_reference|additional_tools|mcp_list_tools"
    r"|mcp_approval_(request|response)|[\w:.-]{1,60}_(call|output|result)"
)
"""Items that are an answer, a thought, or a tool's business."""

_ANSWERS = frozenset({"message", "custom_tool_call", "function_call", "apply_patch_call"})
_STATUSES = frozenset(
    {
        "",
        "queued",
        "in_progress",
        "searching",
        "interpreting",
        "generating",
        "calling",
        "completed",
        "incomplete",
        "failed",
    }
)
_ENDS = frozenset({"", "completed", "incomplete"})
_ROLES = frozenset({"assistant"})
_TEXTS = frozenset({"output_text", "text"})
_SHOWN = "Shown to the programmer, who decides about each hunk."
_TOO_EARLY = "Not applied: finish looking first, then write the edit."
_TRACKED = 64


def responses_body(
    request: ModelRequest, profile: EndpointProfile, provider: Provider, model: str
) -> dict[str, Any]:
    """The JSON body of one streamed request that leaves nothing stored at the provider."""
    back = wants_back(provider, model)
    body: dict[str, Any] = {
        "model": model,
        "input": [item for one in request.messages for item in input_items(one, phase=back)],
        "max_output_tokens": profile.output_limit(request.max_output_tokens),
        "store": False,
        "stream": True,
    }
    if request.instructions:
        body["instructions"] = request.instructions
    tools = [_PATCH_TOOL] if request.patch_tool and provider.custom_tools else []
    tools += [_function(tool) for tool in request.tools]
    if tools:
        body["tools"] = tools
    if request.tools and request.must_answer:
        body["tool_choice"] = "none"  # the tools stay: without them the prompt's cache is lost
    if request.cache_key and provider.cache_key:
        body["prompt_cache_key"] = request.cache_key
    body.update(provider.responses_extra)
    if back:
        body["include"] = ["reasoning.encrypted_content"]
    for name, value in pick_options(provider, profile.options).items():
        if name in _OPTION_PLACES:
            outer, inner = _OPTION_PLACES[name]
            body.setdefault(outer, {})[inner] = value
        elif name not in _CHAT_ONLY:
            body[name] = value
    finish(body, profile, forbidden_fields(provider, model))
    return body


def _function(tool: Tool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "strict": False,
        "parameters": dict(tool.parameters),
    }


def input_item(message: ChatMessage, *, phase: bool = False) -> dict[str, Any]:
    """One message of the conversation as an input item; `phase` says that answers have theirs."""
    answer = message.role == "assistant"
    content = [{"type": "output_text" if answer else "input_text", "text": message.text}]
    item: dict[str, Any] = {"type": "message", "role": message.role, "content": content}
    part = "commentary" if message.looks else "final_answer"
    return {**item, "phase": part} if answer and phase else item


def input_items(message: ChatMessage, *, phase: bool = False) -> list[dict[str, Any]]:
    """A message as input items: of one that looked, its text, all its calls, then all outputs."""
    said = [] if message.looks and not message.text else [input_item(message, phase=phase)]
    calls = [
        {
            "type": "function_call",
            "call_id": look.call_id,
            "name": look.name,
            "arguments": look.arguments,
        }
        for look in message.looks
    ]
    return [*said, *calls, *look_outputs(message)]


def look_outputs(message: ChatMessage) -> list[dict[str, Any]]:
    """What a message that looked was shown, as input items."""
    return [
        {"type": "function_call_output", "call_id": look.call_id, "output": look.result}
        for look in message.looks
    ]


class ResponsesReader:
    """Reads events by their `type` until completed, failed, incomplete or error.

    `over` says that the response has ended at the server, well or not; `owed` are the outputs its
    tool calls wait for, by call; `looks` are calls of the functions named so, which the request
    offered: they are handed out whole and wait for their outputs elsewhere. `items` are those of
    the answer to be told back, `said` is its text, both only of an answer that is `whole`.

    Unknown events are ignored. Repeated ones (same `sequence_number`, same bytes) are dropped; a
    gap in the numbers means something is missing, so that the answer does not end as COMPLETE; nor
    does one with an item, a part, a role or a status that is not understood (`odd`).
    """

    def __init__(self, peer: Peer, functions: Collection[str] = ()) -> None:
        self.content = 0
        self.finishing = False
        self.response_id = ""
        self.looks: dict[str, None] = {}
        self._functions = functions
        self._calls: dict[str, bool | None] = {}
        self._unnamed: dict[str, list[str]] = {}
        self.owed: dict[str, dict[str, Any]] = {}
        self.over = False
        self.whole = False
        self.items: list[dict[str, Any]] = []
        self.said: list[str] = []
        self._peer = peer
        self._events = 0
        self._refused = False
        self._odd = ""
        self._unfinished = False
        self._numbered = True
        self._last_number = -1
        self._recent: dict[int, bytes] = {}
        self._older: dict[int, bytes] = {}
        self._missing: set[int] = set()
        self._answered = False
        self._seen_text: set[str] = set()
        self._indexed = True
        self._place: tuple[Any, Any, Any] | None = None
        self._halves: dict[Channel, Halves] = {}
        self._timings: ServerTimings | None = None
        self._operations = Operations()
        self._handlers: dict[str, Callable[[dict[str, Any], int, list[WireEvent]], bool]] = {
            "response.output_text.delta": self._text,
            "response.output_text.done": self._text_done,
            "response.content_part.added": self._part,
            "response.content_part.done": self._part,
            "response.custom_tool_call_input.delta": self._tool,
            "response.function_call_arguments.delta": self._arguments,
            "response.apply_patch_call_operation_diff.delta": self._diff,
            "response.reasoning_text.delta": self._reasoning,
            "response.reasoning_summary_text.delta": self._reasoning,
            "response.refusal.delta": self._refusal,
            "response.refusal.done": self._refusal,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.created": self._created,
            "response.queued": self._created,
            "response.in_progress": self._created,
            "response.completed": self._terminal,
            "response.incomplete": self._terminal,
            "response.failed": self._terminal,
            "responsesapi.websocket_timing": self._timing,
            "error": self._error,
        }

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """See `Reader.read`."""
        if not payload.strip():
            return False
        if is_done(payload):
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
        if kind is None and fails(event):
            return self._error(event, at, out)
        return False

    def at_end(self, at: int, out: list[WireEvent], *, closed: bool = True) -> None:
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
        if self._halves or not (text.isascii() or not has_half(text)):
            halves = self._halves.setdefault(channel, Halves())
            text = halves(text)
            if halves.damaged:
                self._odd = self._odd or HALF_A_CHARACTER
        if text:
            out.append(Delta(at, text, channel))
            self.content += 1
            if channel is not Channel.REASONING:
                self._answered = True
            if channel in (Channel.TEXT, Channel.TOOL):
                self.said.append(text)

    def _text(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = event.get("delta")
        if isinstance(text, str) and text:
            place = (event.get("output_index"), event.get("content_index"), event.get("item_id"))
            if place != self._place:
                self._place = place
                self._seen_text.add(_place_of(event))
                numbered = type(place[0]) is int and type(place[1]) is int
                self._indexed = self._indexed and numbered
            self._emit(text, Channel.TEXT, at, out)
        return False

    def _text_done(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = text_of(event.get("text"))
        place = _place_of(event)
        if text and place not in self._seen_text:
            self._seen_text.add(place)
            self._emit(text, Channel.TEXT, at, out)
        return False

    def _part(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        part = event.get("part")
        if isinstance(part, dict):
            self._look_at_part(part)
        return False

    def _look_at_part(self, part: dict[str, Any]) -> None:
        """Notice a refusal, and a type that nobody has heard of. Its text comes as deltas."""
        parts = Parts()
        parts.add(part, depth=1)
        self._refused = self._refused or (parts.refused and bool(parts.pieces))
        self._odd = self._odd or parts.unknown

    def _look_at_item(self, item: dict[str, Any], *, whole: bool) -> None:
        """Notice what is not understood about an item, and, once it is `whole`, that it is not."""
        kind, status, role = item.get("type"), item.get("status"), item.get("role")
        if kind is not None and not (isinstance(kind, str) and _ITEMS.fullmatch(kind)):
            self._odd = self._odd or unknown("item", kind)
        if status is not None and not one_of(_STATUSES, status):
            self._odd = self._odd or unknown("status", status)
        if whole and status == "incomplete" and one_of(_ANSWERS, kind):
            self._unfinished = True
        if role is not None and not one_of(_ROLES, role):
            self._odd = self._odd or unknown("role", role)
        if kind == "message":
            for part in listed(item.get("content")):
                if isinstance(part, dict):
                    self._look_at_part(part)

    def _reasoning(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = text_of(event.get("delta"))
        if text:
            self._emit(text, Channel.REASONING, at, out)
        return False

    def _refusal(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        text = text_of(event.get("delta")) or (
            "" if self._refused else text_of(event.get("refusal"))
        )
        self._refused = True
        if text:
            self._emit(text, Channel.TEXT, at, out)
        return False

    def _tool(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        return self._tool_text(self._operations.text(event), at, out)

    def _diff(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        return self._tool_text(self._operations.diff(event), at, out)

    def _arguments(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        """A piece of a function's arguments: of a look it is metered only, else it is an edit.

        It waits for the end of its call where no name came before it.
        """
        if not self._functions:
            return self._tool(event, at, out)
        name = item_name(event)
        looks = self._calls.get(name)
        if looks is False:
            return self._tool(event, at, out)
        text = text_of(event.get("delta"))
        if text and looks is None:
            self._unnamed.setdefault(name, []).append(text)
        if text:
            self._emit(text, Channel.LOOK, at, out)
        return False

    def _item_added(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        item = event.get("item")
        if isinstance(item, dict):
            self._look_at_item(item, whole=False)
            if item.get("type") == "function_call":
                self._calls[item_name(event, item)] = one_of(self._functions, item.get("name"))
        return self._tool_text(self._operations.added(event), at, out)

    def _look(
        self, item: dict[str, Any], event: dict[str, Any], at: int, out: list[WireEvent]
    ) -> bool:
        """A whole call of a function that was offered; False for any other item."""
        if item.get("type") != "function_call" or not one_of(self._functions, item.get("name")):
            return False
        call = ident_of(item.get("call_id")) or f"call_{len(self.looks)}"
        if call in self.looks:
            return True
        arguments = text_of(item.get("arguments"))
        arguments = arguments or "".join(self._unnamed.get(item_name(event, item), ()))
        self.looks[call] = None
        self.items.append(
            {
                "type": "function_call",
                "call_id": call,
                "name": item["name"],
                "arguments": arguments,
            }
        )
        out.append(LookAsked(at, call, item["name"], arguments))
        self.content += 1
        self._answered = True
        return True

    def _item_done(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        item = event.get("item")
        if isinstance(item, dict):
            self._look_at_item(item, whole=True)
            if self._look(item, event, at, out):
                return False
            if (kept := item_to_keep(item)) is not None:
                self.items.append(kept)
            if one_of(_OUTPUTS, item.get("type")):
                call = text_of(item.get("call_id"))
                self.owed[call] = {**_OUTPUTS[item["type"]], "call_id": call, "output": _SHOWN}
                if kept is not None:
                    self.items.append(self.owed[call])
            if item.get("type") == "message" and self._indexed:
                self._unsent(item, event.get("output_index"), at, out)
        return self._tool_text(self._operations.done(event), at, out)

    def _unsent(self, item: dict[str, Any], index: Any, at: int, out: list[WireEvent]) -> None:
        """The text of a message of which no delta was sent."""
        if type(index) is not int:
            return
        for number, part in enumerate(listed(item.get("content"))):
            place = {"output_index": index, "content_index": number}
            if isinstance(part, dict) and one_of(_TEXTS, part.get("type")):
                self._text_done({**place, "text": part.get("text")}, at, out)

    def _tool_text(self, text: str, at: int, out: list[WireEvent]) -> bool:
        if text:
            self._emit(text, Channel.TOOL, at, out)
        return False

    def _created(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        response = event.get("response")
        if isinstance(response, dict):
            self.response_id = ident_of(response.get("id"))
            status, details = response.get("status"), response.get("incomplete_details")
            if status is not None and not one_of(_STATUSES, status):
                self._odd = self._odd or unknown("status", status)
            if details:
                self._odd = self._odd or "it began as an incomplete one"
            for item in listed(response.get("output")):
                if isinstance(item, dict):
                    self._look_at_item(item, whole=False)
        return False

    def _timing(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        self._timings = socket_timings(event.get("timing_metrics"), at) or self._timings
        return False

    def _error(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        self.over = True
        raise from_event(event, self._peer)

    def _terminal(self, event: dict[str, Any], at: int, out: list[WireEvent]) -> bool:
        self.over = True
        held = event.get("response")
        response = held if isinstance(held, dict) else {}
        self.response_id = ident_of(response.get("id")) or self.response_id
        self._output(response, at, out, whole=event["type"] == "response.completed")
        self._tool_text(self._operations.close(), at, out)
        for channel, halves in self._halves.items():
            if rest := halves.rest():
                self._odd = self._odd or HALF_A_CHARACTER
                out.append(Delta(at, rest, channel))
        usage = response.get("usage")
        counts = usage_of(usage, at)
        if counts is not None:
            out.append(counts)
        timings = timings_of(response, usage, at) or self._timings
        if timings is not None:
            out.append(timings)
        out += served(response, self._peer, at)
        if event["type"] == "response.failed" or response.get("error"):
            raise self._failed(response)
        ended = self._ending(event["type"], response, at)
        self.whole = ended.ending is Ending.COMPLETE
        if self.looks:
            for output in self.owed.values():
                output["output"] = _TOO_EARLY
            self.items.sort(key=lambda one: one["type"].endswith("_output"))
        out.append(ended)
        return True

    def _output(
        self, response: dict[str, Any], at: int, out: list[WireEvent], *, whole: bool
    ) -> None:
        """The items once more: what is odd about them, and all of them if no delta came."""
        unsent = whole and not self._answered
        for index, item in enumerate(listed(response.get("output"))):
            if not isinstance(item, dict):
                continue
            if not unsent:
                self._look_at_item(item, whole=True)
                continue
            self._item_done({"item": item, "output_index": index}, at, out)

    def _failed(self, response: dict[str, Any]) -> FaultError:
        return from_event({"error": response.get("error") or {}}, self._peer)

    def _ending(self, kind: str, response: dict[str, Any], at: int) -> Ended:
        name = self.response_id
        details, status = response.get("incomplete_details"), response.get("status")
        reason = details.get("reason", details) if isinstance(details, dict) else details
        if self._refused:
            return ended_by("content_filter", at, self._peer, name)
        if not (status is None or one_of(_ENDS, status)) and kind == "response.completed":
            return incomplete(unknown("status", status), at, name)
        finished = kind == "response.completed" and status != "incomplete"
        if reason is None or reason in ("", {}):
            reason = "stop" if finished else ""
        ended = ended_by(reason, at, self._peer, name)
        if ended.ending is not Ending.COMPLETE:
            return ended
        if self._missing:
            what = "part of the answer is missing, nothing written"
            return Ended(at, Ending.CUT, FaultKind.MALFORMED, what, AGAIN, name)
        if not finished or self._unfinished:
            return incomplete("it is not finished", at, name)
        return incomplete(self._odd, at, name) if self._odd else ended


def _place_of(event: dict[str, Any]) -> str:
    """Where in the answer a text belongs; ids count only where there are no numbers."""
    item, part = event.get("output_index"), event.get("content_index")
    if type(item) is int:
        return f"{item}/{part if type(part) is int else 0}"
    return repr((event.get("item_id"), part))


def socket_timings(value: Any, at: int) -> ServerTimings | None:
    """The times of a `responsesapi.websocket_timing` event, ms; None where it has none."""
    if not isinstance(value, dict):
        return None
    queue = milliseconds_to_ns(value.get("engine_queue_max_ms"))
    first = milliseconds_to_ns(value.get("engine_service_ttft_total_ms"))
    whole = milliseconds_to_ns(value.get("engine_service_total_ms"))
    if first is None:
        return None
    decode = whole - first if whole is not None and whole >= first else None
    prefill = first - queue if queue is not None and queue <= first else first
    return ServerTimings(at, queue_ns=queue, prefill_ns=prefill, decode_ns=decode)
