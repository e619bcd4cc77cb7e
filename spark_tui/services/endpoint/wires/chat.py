"""Chat Completions over server-sent events: the request body and the reader of its chunks.

Source: the public API reference of Chat Completions and the additions of the providers named in
`providers`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    LookAsked,
    ModelRequest,
    ServerTimings,
    Tool,
    Usage,
    WireEvent,
)
from spark_tui.services.endpoint.faults.error_body import fails
from spark_tui.services.endpoint.faults.faults import Peer
from spark_tui.services.endpoint.faults.statuses import from_event
from spark_tui.services.endpoint.providers import (
    PROVIDERS,
    Provider,
    asked_for,
    forbidden_fields,
    pick_options,
)
from spark_tui.services.endpoint.wires.content_parts import Parts, unknown
from spark_tui.services.endpoint.wires.finish_reasons import ended_by, incomplete, is_good
from spark_tui.services.endpoint.wires.reader import (
    HALF_A_CHARACTER,
    Halves,
    broken_off,
    count,
    decode,
    has_half,
    ident_of,
    is_done,
    listed,
    milliseconds_to_ns,
    one_of,
    seconds_to_ns,
    served,
    text_of,
)
from spark_tui.services.endpoint.wires.request_fields import finish, predicts
from spark_tui.services.endpoint.wires.usage import usage_of

PATH = "/chat/completions"

_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_details", "thinking_blocks")
_NOTED = frozenset({"usage", "x_groq", "time_info", "timings", "metrics", "stats"})
_ROLES = frozenset({"assistant", "model"})
_FINAL = frozenset({"", "final"})
_THOUGHTS = frozenset({"analysis", "commentary", "reasoning", "thinking"})
_SENT_BACK = frozenset({"reasoning_content", "reasoning"})
"""Names of what was thought that servers take back as they sent it."""

_CALLS = {"custom": "input", "function": "arguments"}


def chat_body(
    request: ModelRequest, profile: EndpointProfile, provider: Provider, model: str
) -> dict[str, Any]:
    """The JSON body of one streamed request."""
    messages: list[dict[str, Any]] = []
    if request.instructions:
        messages.append({"role": "system", "content": request.instructions})
    messages += [told for one in request.messages for told in _messages(one)]
    body: dict[str, Any] = {"model": model, "messages": messages, "stream": True}
    if request.tools:
        body["tools"] = [_function(tool) for tool in request.tools]
        if request.must_answer:
            body["tool_choice"] = "none"
    if provider.usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    body[provider.chat_limit] = profile.output_limit(request.max_output_tokens)
    body.update(provider.chat_extra)
    body.update(asked_for(provider, model))
    if request.prediction and provider.predicts and predicts(profile):
        body["prediction"] = {"type": "content", "content": request.prediction}
        body.pop(provider.chat_limit, None)
    if request.cache_key and provider.cache_key:
        body["prompt_cache_key"] = request.cache_key
    body.update(pick_options(provider, profile.options))
    finish(body, profile, forbidden_fields(provider, model))
    return body


def _function(tool: Tool) -> dict[str, Any]:
    inner = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": inner}


def _messages(message: ChatMessage) -> list[dict[str, Any]]:
    """A message as this wire has it: of one that looked, its calls, then what each was shown."""
    if not message.looks:
        return [{"role": message.role, "content": message.text}]
    calls = [
        {
            "id": look.call_id,
            "type": "function",
            "function": {"name": look.name, "arguments": look.arguments},
        }
        for look in message.looks
    ]
    said = {"role": message.role, "content": message.text or None, "tool_calls": calls}
    shown = [
        {"role": "tool", "tool_call_id": look.call_id, "content": look.result}
        for look in message.looks
    ]
    return [said, *shown]


@dataclass(slots=True)
class _Call:
    """A function call that asks to look, while its fragments come."""

    ident: str
    name: str
    pieces: list[str] = field(default_factory=list)
    told: bool = False

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    @property
    def whole(self) -> bool:
        try:
            return isinstance(orjson.loads(self.arguments), dict)
        except orjson.JSONDecodeError:
            return False


class ChatReader:
    """Reads chunks until `[DONE]`, or the end of a stream whose answer has a finish reason.

    A reason that is good is taken back by content that follows it: some gateways write one into
    every chunk. One that is not good stays. What is not understood (`odd`) is no part of an answer
    that is known to be whole. Calls of the `functions` that the request offered are looks: handed
    out whole, one as soon as the next begins, and no part of the answer.
    """

    def __init__(
        self,
        peer: Peer,
        provider: Provider = PROVIDERS["generic"],
        functions: Collection[str] = (),
    ) -> None:
        self.content = 0
        self.finishing = False
        self.whole = False
        self.said: list[str] = []
        self.items: list[dict[str, Any]] = []
        self.looks: dict[str, None] = {}
        self._functions = functions
        self._looking: list[_Call] = []
        self._places: dict[object, _Call] = {}
        self._thought: dict[str, list[str]] = {}
        self._peer = peer
        self._provider = provider
        self._events = 0
        self._id = ""
        self._reason: Any = None
        self._early = False
        self._answered = False
        self._refused = False
        self._odd = ""
        self._call = 0
        self._line_open = False
        self._halves: dict[Channel, Halves] = {}
        self._counted = 0
        self._usage: Usage | None = None
        self._timings: ServerTimings | None = None
        self._served: list[WireEvent] = []

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """See `Reader.read`."""
        if not payload.strip():
            return False
        if is_done(payload):
            self._end(at, out, done=True)
            return True
        chunk = decode(payload, self._peer)
        self._events += 1
        if fails(chunk):
            raise from_event(chunk, self._peer)
        choice: dict[str, Any] | None = None
        for one in listed(chunk.get("choices")):
            if isinstance(one, dict) and not one.get("index"):
                choice = one
        if not _NOTED.isdisjoint(chunk) or not self._id:
            self._note(chunk, at)
        if choice is not None:
            before, answered = self.content, self._answered
            delta = choice.get("delta")
            if isinstance(delta, dict) and delta:
                self._deltas(delta, chunk, choice, at, out)
            elif not self._answered and isinstance(choice.get("message"), dict):
                self._deltas(choice["message"], chunk, choice, at, out)
            if self.content != before:
                self._take_back(early=answered)
            if self._looking:
                self._tell_looks(at, out, over=False)
            reason = choice.get("finish_reason")
            if reason is not None and reason != "":
                self._finish(reason)
        elif self._reason is not None and not self._early and self._usage is not None:
            self._end(at, out)
            return True
        return False

    def at_end(self, at: int, out: list[WireEvent], *, closed: bool = True) -> None:
        """See `Reader.at_end`."""
        self._end(at, out, closed=closed)

    def _take_back(self, *, early: bool) -> None:
        """Content came: a good reason before it was none, nor are others if there was text."""
        if is_good(self._reason):
            self._early = self._early or early
            self._reason = None
            self.finishing = False

    def _finish(self, reason: Any) -> None:
        if self._reason is None or is_good(self._reason):
            self._reason = reason
        # Without any text yet, or after a reason that was none, only the end of the stream counts.
        self.finishing = not self._early and (self._answered or not is_good(reason))

    def _end(
        self, at: int, out: list[WireEvent], *, done: bool = False, closed: bool = True
    ) -> None:
        for channel, halves in self._halves.items():
            if rest := halves.rest():
                self._odd = self._odd or HALF_A_CHARACTER
                out.append(Delta(at, rest, channel))
        if self._reason is not None:
            self._tell_looks(at, out, over=True)
        if self._usage is not None:
            out.append(self._usage)
        if self._timings is not None:
            out.append(self._timings)
        out += self._served
        unnamed = self._reason is None
        if unnamed and not (done and self._answered and not self._provider.names_reasons):
            empty = done and not self.content
            raise broken_off(self._peer, content=self.content, events=0 if empty else self._events)
        ended = self._ending(at, certain=closed and not unnamed)
        if self.looks and ended.ending is Ending.COMPLETE:
            self.whole = True
            self.items = [{name: "".join(parts) for name, parts in self._thought.items()}]
        out.append(ended)

    def _deltas(
        self,
        delta: dict[str, Any],
        chunk: dict[str, Any],
        choice: dict[str, Any],
        at: int,
        out: list[WireEvent],
    ) -> None:
        text = delta.get("content")
        if len(delta) == 1 and isinstance(text, str) and text and self._is_whole(text):
            out.append(Delta(at, text, Channel.TEXT, self._exact_tokens(chunk, choice, delta)))
            self.content += 1
            self._answered = True
            return
        parts = Parts()
        thought = next((name for name in _REASONING if delta.get(name)), "")
        reasoning = delta.get(thought)
        if self._functions and thought in _SENT_BACK and isinstance(reasoning, str):
            self._thought.setdefault(thought, []).append(reasoning)
        parts.add(reasoning, Channel.REASONING, depth=1)
        parts.add(text, self._channel(delta))
        if delta.get("refusal"):
            parts.refused = True
            parts.add(text_of(delta["refusal"]))
        self._calls(delta, parts)
        self._refused = self._refused or parts.refused
        self._odd = self._odd or parts.unknown
        pieces = [(self._mended(text, channel), channel) for text, channel in parts.pieces]
        pieces = [piece for piece in pieces if piece[0]]
        if not pieces:
            return
        tokens = self._exact_tokens(chunk, choice, delta)
        for index, (piece, channel) in enumerate(pieces):
            out.append(Delta(at, piece, channel, tokens if index == 0 or tokens is None else 0))
            self._answered = self._answered or channel is not Channel.REASONING
        self.content += len(pieces)

    def _channel(self, delta: dict[str, Any]) -> Channel:
        """Where a delta's content belongs: it is the answer only where nothing says otherwise."""
        role, channel = delta.get("role"), delta.get("channel")
        if role is not None and role != "" and not one_of(_ROLES, role):
            self._odd = self._odd or unknown("role", role)
            return Channel.REASONING
        if channel is None or one_of(_FINAL, channel):
            return Channel.TEXT
        if not one_of(_THOUGHTS, channel):
            self._odd = self._odd or unknown("channel", channel)
        return Channel.REASONING

    def _calls(self, delta: dict[str, Any], parts: Parts) -> None:
        """Fragments of tool calls. Those of one call after the other, as providers send them."""
        calls = listed(delta.get("tool_calls"))
        if isinstance(delta.get("function_call"), dict):
            calls = [*calls, {"function": delta["function_call"]}]
        for call in calls:
            if not isinstance(call, dict):
                continue
            kind = call.get("type")
            if kind is not None and kind != "" and not one_of(_CALLS, kind):
                self._odd = self._odd or unknown("tool call", kind)
                continue
            if self._functions and self._look(call, parts):
                continue
            for name, part in _CALLS.items():
                inner = call.get(name)
                given = inner.get(part) if isinstance(inner, dict) else None
                fragment = orjson.dumps(given).decode() if isinstance(given, dict) else given
                if isinstance(fragment, str) and fragment:
                    self._in_order(call.get("index"), name, parts)
                    parts.pieces.append((fragment, Channel.TOOL))
                    self._line_open = not fragment.endswith("\n")

    def _look(self, call: dict[str, Any], parts: Parts) -> bool:
        """A fragment of a call that looks; False for any other one.

        Some servers number all calls alike, or not at all, or send whole ones: a name that comes
        with another id, or behind whole arguments, begins another call.
        """
        inner = call.get("function")
        if not isinstance(inner, dict):
            return False
        name, ident = text_of(inner.get("name")), ident_of(call.get("id"))
        index = call.get("index")
        place: object = index if type(index) is int else "newest"
        held = self._places.get(place)
        begins = bool(name) and (
            held is None or (ident and ident != held.ident) or (not ident and held.whole)
        )
        if begins:
            if not one_of(self._functions, name):
                return False
            held = self._places[place] = _Call(ident or f"call_{len(self._looking)}", name)
            self._looking.append(held)
        if held is None:
            return False
        given = inner.get("arguments")
        fragment = orjson.dumps(given).decode() if isinstance(given, dict) else given
        if isinstance(fragment, str) and fragment:
            held.pieces.append(fragment)
            parts.pieces.append((fragment, Channel.LOOK))
        return True

    def _tell_looks(self, at: int, out: list[WireEvent], *, over: bool) -> None:
        """Hand out the looks that are whole: all but the newest, which may go on."""
        for call in self._looking if over else self._looking[:-1]:
            if not call.told and (over or call.whole):
                call.told = True
                self.looks[call.ident] = None
                out.append(LookAsked(at, call.ident, call.name, call.arguments))

    def _in_order(self, index: Any, kind: str, parts: Parts) -> None:
        if type(index) is not int or index == self._call:
            return
        if kind == "custom":
            if index < self._call:
                self._odd = self._odd or "mixed up tool calls"
            if self._line_open:
                parts.pieces.append(("\n", Channel.TOOL))
        self._call = index

    def _is_whole(self, text: str) -> bool:
        """Whether no character of a text came in two halves."""
        return not self._halves and (text.isascii() or not has_half(text))

    def _mended(self, text: str, channel: Channel) -> str:
        if self._is_whole(text):
            return text
        halves = self._halves.setdefault(channel, Halves())
        text = halves(text)
        if halves.damaged:
            self._odd = self._odd or HALF_A_CHARACTER
        return text

    def _exact_tokens(
        self, chunk: dict[str, Any], choice: dict[str, Any], delta: dict[str, Any]
    ) -> int | None:
        """Tokens since the last delta where this provider counts them live, else None."""
        ids = choice.get("token_ids") or delta.get("token_ids")
        if isinstance(ids, list) and ids:
            return len(ids)
        if "usage" not in chunk and "timings" not in chunk:
            return None
        total = count(chunk, "timings", "predicted_n") or count(chunk, "usage", "completion_tokens")
        if not total:
            return None
        fresh, self._counted = total - self._counted, total
        return fresh if fresh >= 0 else None

    def _note(self, chunk: dict[str, Any], at: int) -> None:
        """Keep the newest counts and timings; they are never summed."""
        if not self._id:
            self._id = ident_of(chunk.get("id"))
        extra = chunk.get("x_groq")
        groq = extra.get("usage") if isinstance(extra, dict) else None
        if isinstance(extra, dict) and extra.get("error"):
            raise from_event(extra, self._peer)
        usage = chunk.get("usage") or groq
        counts = usage_of(usage, at, outside=self._provider.reasoning_beside)
        self._usage = counts or self._usage
        found = timings_of(chunk, usage, at) or timings_of({}, groq, at)
        self._timings = found or self._timings
        self._served = served(chunk, self._peer, at) or self._served

    def _ending(self, at: int, *, certain: bool) -> Ended:
        if self._refused:
            return ended_by("content_filter", at, self._peer, self._id)
        reason = "stop" if self._reason is None else self._reason
        ended = ended_by(reason, at, self._peer, self._id, certain=certain)
        if self._odd and ended.ending is Ending.COMPLETE:
            return incomplete(self._odd, at, self._id)
        return ended


def timings_of(holder: dict[str, Any], usage: Any, at: int) -> ServerTimings | None:
    """The provider's own account of its time, in any of the known shapes.

    `time_info` and the `*_time` fields of usage are seconds; `timings` and `metrics` milliseconds.
    """
    info = holder.get("time_info")
    if not isinstance(info, dict) and isinstance(usage, dict) and "completion_time" in usage:
        info = usage
    if isinstance(info, dict):
        return ServerTimings(
            at,
            queue_ns=seconds_to_ns(info.get("queue_time")),
            prefill_ns=seconds_to_ns(info.get("prompt_time")),
            decode_ns=seconds_to_ns(info.get("completion_time")),
        )
    timings = holder.get("timings")
    if isinstance(timings, dict):
        return ServerTimings(
            at,
            prefill_ns=milliseconds_to_ns(timings.get("prompt_ms")),
            decode_ns=milliseconds_to_ns(timings.get("predicted_ms")),
        )
    stats = holder.get("stats")
    if isinstance(stats, dict):
        return _nim_stats(stats, at)
    metrics = holder.get("metrics")
    if isinstance(metrics, dict):
        return ServerTimings(
            at,
            queue_ns=milliseconds_to_ns(metrics.get("queue_time_ms")),
            prefill_ns=milliseconds_to_ns(metrics.get("time_to_first_token_ms")),
            decode_ns=milliseconds_to_ns(metrics.get("generation_time_ms")),
        )
    return None


def _nim_stats(stats: dict[str, Any], at: int) -> ServerTimings | None:
    """NIM's account of one request, ms, where its server was started to give it."""
    tokens = stats.get("response_tokens")
    first = tokens.get("time_to_first_token_in_ms") if isinstance(tokens, dict) else None
    whole, prefill = (
        milliseconds_to_ns(stats.get("generation_time_in_ms")),
        milliseconds_to_ns(first),
    )
    queue = milliseconds_to_ns(stats.get("time_in_queue_in_ms"))
    if whole is None and prefill is None:
        return None
    decode = whole - prefill if whole is not None and prefill is not None else None
    return ServerTimings(at, queue, prefill, decode if decode is not None and decode >= 0 else None)
