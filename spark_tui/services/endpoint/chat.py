"""Chat Completions over server-sent events: the request body and the reader of its chunks.

Source: the public API reference of Chat Completions and the additions of the providers named in
`dialects`.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.wire import (
    Channel,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    ModelRequest,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.services.endpoint.dialects import ProviderDialect, forbidden_fields, pick_options
from spark_tui.services.endpoint.faults import Peer
from spark_tui.services.endpoint.fields import finish, predicts
from spark_tui.services.endpoint.reader import (
    broken_off,
    count,
    decode,
    listed,
    milliseconds_to_ns,
    seconds_to_ns,
    served,
    text_of,
)
from spark_tui.services.endpoint.statuses import from_event

PATH = "/chat/completions"

_REASONING = ("reasoning_content", "reasoning", "thinking")
_NOTED = frozenset({"usage", "x_groq", "time_info", "timings", "metrics"})


def chat_body(
    request: ModelRequest, profile: EndpointProfile, dialect: ProviderDialect, model: str
) -> dict[str, Any]:
    """The JSON body of one streamed request."""
    messages: list[dict[str, str]] = []
    if request.instructions:
        messages.append({"role": "system", "content": request.instructions})
    messages += [{"role": one.role, "content": one.text} for one in request.messages]
    body: dict[str, Any] = {"model": model, "messages": messages, "stream": True}
    if dialect.usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    body[dialect.chat_limit] = profile.output_limit(request.max_output_tokens)
    body.update(dialect.chat_extra)
    if request.prediction and dialect.predicts and predicts(profile):
        body["prediction"] = {"type": "content", "content": request.prediction}
        body.pop(dialect.chat_limit, None)
    if request.cache_key and dialect.cache_key:
        body["prompt_cache_key"] = request.cache_key
    body.update(pick_options(dialect, profile.options))
    finish(body, profile, forbidden_fields(dialect, model))
    return body


class ChatReader:
    """Reads chunks until `[DONE]`, or the end of a stream whose answer has a finish reason."""

    def __init__(self, peer: Peer) -> None:
        self.content = 0
        self.finishing = False
        self._peer = peer
        self._events = 0
        self._id = ""
        self._reason = ""
        self._refused = False
        self._counted = 0
        self._usage: Usage | None = None
        self._timings: ServerTimings | None = None
        self._served: list[WireEvent] = []

    def read(self, payload: bytes, at: int, out: list[WireEvent]) -> bool:
        """See `Reader.read`."""
        if payload == b"[DONE]":
            self.at_end(at, out)
            return True
        chunk = decode(payload, self._peer)
        self._events += 1
        error = chunk.get("error")
        if error:
            raise from_event(chunk, self._peer)
        choice: dict[str, Any] | None = None
        for one in listed(chunk.get("choices")):
            if isinstance(one, dict) and not one.get("index"):
                choice = one
        if not _NOTED.isdisjoint(chunk) or not self._id:
            self._note(chunk, at)
        if choice is not None:
            delta = choice.get("delta")
            if isinstance(delta, dict):
                self._deltas(delta, chunk, choice, at, out)
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason:
                self._reason = reason
                self.finishing = True
        elif self.finishing and self._usage is not None:
            self.at_end(at, out)
            return True
        return False

    def at_end(self, at: int, out: list[WireEvent]) -> None:
        """See `Reader.at_end`."""
        if self._usage is not None:
            out.append(self._usage)
        if self._timings is not None:
            out.append(self._timings)
        out += self._served
        if not self._reason:
            raise broken_off(self._peer, content=self.content, events=self._events)
        out.append(self._ending(at))

    def _deltas(
        self,
        delta: dict[str, Any],
        chunk: dict[str, Any],
        choice: dict[str, Any],
        at: int,
        out: list[WireEvent],
    ) -> None:
        text = delta.get("content")
        if len(delta) == 1 and text and isinstance(text, str):
            out.append(Delta(at, text, Channel.TEXT, self._exact_tokens(chunk, choice, delta)))
            self.content += 1
            return
        pieces: list[tuple[str, Channel]] = []
        reasoning = next((delta[name] for name in _REASONING if delta.get(name)), None)
        if isinstance(reasoning, str) and reasoning:
            pieces.append((reasoning, Channel.REASONING))
        if isinstance(text, str) and text:
            pieces.append((text, Channel.TEXT))
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._refused = True
            pieces.append((refusal, Channel.TEXT))
        for call in listed(delta.get("tool_calls")):
            for kind, part in (("custom", "input"), ("function", "arguments")):
                inner = call.get(kind) if isinstance(call, dict) else None
                fragment = text_of(inner.get(part)) if isinstance(inner, dict) else ""
                if fragment:
                    pieces.append((fragment, Channel.TOOL))
        if not pieces:
            return
        tokens = self._exact_tokens(chunk, choice, delta)
        for index, (piece, channel) in enumerate(pieces):
            out.append(Delta(at, piece, channel, tokens if index == 0 or tokens is None else 0))
        self.content += len(pieces)

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
            self._id = text_of(chunk.get("id"))
        extra = chunk.get("x_groq")
        groq = extra.get("usage") if isinstance(extra, dict) else None
        if isinstance(extra, dict) and extra.get("error"):
            raise from_event(extra, self._peer)
        usage = chunk.get("usage") or groq
        if isinstance(usage, dict):
            self._usage = Usage(
                at,
                input=count(usage, "prompt_tokens"),
                output=count(usage, "completion_tokens"),
                cached=count(usage, "prompt_tokens_details", "cached_tokens"),
                reasoning=count(usage, "completion_tokens_details", "reasoning_tokens")
                or count(usage, "reasoning_tokens"),
            )
        found = timings_of(chunk, usage, at) or timings_of({}, groq, at)
        self._timings = found or self._timings
        self._served = served(chunk, self._peer, at) or self._served

    def _ending(self, at: int) -> Ended:
        if self._refused or self._reason == "content_filter":
            return Ended(
                at,
                Ending.FILTERED,
                message=f"{self._peer.who} refused to answer this, nothing written",
                way_out="say it differently",
                response_id=self._id,
            )
        if self._reason == "length":
            return Ended(
                at,
                Ending.LENGTH,
                message="the answer hit its length limit, nothing written",
                way_out="r asks again",
                response_id=self._id,
            )
        if self._reason == "error":
            return Ended(
                at,
                Ending.FAILED,
                FaultKind.SERVER,
                f"{self._peer.who} failed in the middle of the answer",
                "r asks again",
                self._id,
            )
        return Ended(at, Ending.COMPLETE, response_id=self._id)


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
    metrics = holder.get("metrics")
    if isinstance(metrics, dict):
        return ServerTimings(
            at,
            queue_ns=milliseconds_to_ns(metrics.get("queue_time_ms")),
            prefill_ns=milliseconds_to_ns(metrics.get("time_to_first_token_ms")),
            decode_ns=milliseconds_to_ns(metrics.get("generation_time_ms")),
        )
    return None
