"""Answers as events of the Responses and the Chat Completions wire. Pure: values in, JSON out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """Token counts of a request; `output` includes `reasoning`."""

    input: int
    output: int
    reasoning: int = 0


class Wire(Protocol):
    """Writes one answer, event by event. `done_mark` closes an SSE stream, "" for none."""

    name: str
    done_mark: str

    def opening(self) -> list[Json]:
        """Events sent as soon as the request is read."""

    def delta(self, text: str, counts: Counts) -> Json:
        """One piece of the answer; `counts` include it."""

    def reasoning(self, text: str) -> Json:
        """One piece of visible reasoning, empty where the wire hides it."""

    def closing(self, text: str, counts: Counts | None, reason: str) -> list[Json]:
        """Events after the last token; `text` is the whole answer.

        `reason` says why it is incomplete: "" complete, "max_output_tokens" or "steered".
        """

    def error(self, message: str, code: str) -> Json:
        """An error in the middle of a stream."""

    def whole(self, text: str, counts: Counts | None, reason: str) -> Json:
        """The answer to a request that did not ask for a stream."""


def sse(event: Json) -> bytes:
    """One server-sent event; Responses events also name their type in the `event` field."""
    data = orjson.dumps(event)
    if "type" in event:
        return b"event: " + str(event["type"]).encode() + b"\ndata: " + data + b"\n\n"
    return b"data: " + data + b"\n\n"


def error_body(message: str, kind: str, code: str | None = None) -> Json:
    """An error body as OpenAI writes it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


class ResponsesWire:
    """Events of `POST /v1/responses` in the order of the published text turn."""

    name = "responses"
    done_mark = ""

    def __init__(self, request: Mapping[str, Any], model: str, ident: str) -> None:
        self._request = request
        self._model = model
        self._id = self.id = f"resp_{ident}"
        self._item = f"msg_{ident}"
        self._created = int(time.time())
        self._sequence = -1

    def _event(self, kind: str, **fields: Any) -> Json:
        self._sequence += 1
        return {"type": kind, "sequence_number": self._sequence, **fields}

    def _response(
        self, status: str, output: list[Json], usage: Json | None, reason: str = ""
    ) -> Json:
        request = self._request
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "instructions": request.get("instructions"),
            "max_output_tokens": request.get("max_output_tokens"),
            "metadata": {},
            "model": self._model,
            "output": output,
            "parallel_tool_calls": True,
            "previous_response_id": request.get("previous_response_id"),
            "reasoning": {"effort": None, "summary": None},
            "service_tier": "default",
            "store": bool(request.get("store", True)),
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": usage,
        }

    def _part(self, text: str) -> Json:
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _message(self, status: str, content: list[Json]) -> Json:
        return {
            "id": self._item,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def _place(self) -> Json:
        return {"item_id": self._item, "output_index": 0, "content_index": 0}

    def opening(self) -> list[Json]:
        """Created, in progress, then the message and its empty part."""
        blank = self._response("in_progress", [], None)
        return [
            self._event("response.created", response=blank),
            self._event("response.in_progress", response=blank),
            self._event(
                "response.output_item.added",
                output_index=0,
                item=self._message("in_progress", []),
            ),
            self._event("response.content_part.added", **self._place(), part=self._part("")),
        ]

    def delta(self, text: str, counts: Counts) -> Json:  # noqa: ARG002 - no live counts here
        """One `response.output_text.delta`."""
        return self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])

    def reasoning(self, text: str) -> Json:
        """One `response.reasoning_text.delta`."""
        place = {"item_id": f"rs_{self._id}", "output_index": 0, "content_index": 0}
        return self._event("response.reasoning_text.delta", **place, delta=text)

    def _usage(self, counts: Counts | None) -> Json | None:
        if counts is None:
            return None
        return {
            "input_tokens": counts.input,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": counts.output,
            "output_tokens_details": {"reasoning_tokens": counts.reasoning},
            "total_tokens": counts.input + counts.output,
        }

    def closing(self, text: str, counts: Counts | None, reason: str) -> list[Json]:
        """Text, part and item done, then `response.completed` or `.incomplete` with the usage."""
        status = "incomplete" if reason else "completed"
        item = self._message(status, [self._part(text)])
        return [
            self._event("response.output_text.done", **self._place(), text=text, logprobs=[]),
            self._event("response.content_part.done", **self._place(), part=self._part(text)),
            self._event("response.output_item.done", output_index=0, item=item),
            self._event(f"response.{status}", response=self.whole(text, counts, reason)),
        ]

    def warmed(self, counts: Counts) -> list[Json]:
        """The events of a request that only prepares: `generate` false."""
        blank = self._response("in_progress", [], None)
        done = self._response("completed", [], self._usage(counts))
        return [
            self._event("response.created", response=blank),
            self._event("response.in_progress", response=blank),
            self._event("response.completed", response=done),
        ]

    def error(self, message: str, code: str) -> Json:
        """The flat `error` event."""
        return self._event("error", code=code, message=message, param=None)

    def whole(self, text: str, counts: Counts | None, reason: str) -> Json:
        """The finished response object."""
        status = "incomplete" if reason else "completed"
        item = self._message(status, [self._part(text)])
        return self._response(status, [item], self._usage(counts), reason)


class ChatWire:
    """Chunks of `POST /v1/chat/completions`."""

    name = "chat"
    done_mark = "[DONE]"

    def __init__(
        self, request: Mapping[str, Any], model: str, ident: str, reasoning_field: str = ""
    ) -> None:
        options = request.get("stream_options")
        options = options if isinstance(options, Mapping) else {}
        self._usage_asked = bool(options.get("include_usage"))
        self._usage_always = bool(options.get("continuous_usage_stats"))
        self._reasoning_field = reasoning_field
        self._model = model
        self._id = f"chatcmpl-{ident}"
        self._created = int(time.time())

    def _chunk(self, choices: list[Json], usage: Json | None = None) -> Json:
        chunk: Json = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }
        if self._usage_asked:
            chunk["usage"] = usage
        return chunk

    def _choice(self, delta: Json, finish: str | None = None) -> Json:
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}

    def _usage(self, counts: Counts | None) -> Json | None:
        if counts is None:
            return None
        return {
            "prompt_tokens": counts.input,
            "completion_tokens": counts.output,
            "total_tokens": counts.input + counts.output,
            "completion_tokens_details": {"reasoning_tokens": counts.reasoning},
        }

    def opening(self) -> list[Json]:
        """The chunk that names the role."""
        return [self._chunk([self._choice({"role": "assistant", "content": ""})])]

    def delta(self, text: str, counts: Counts) -> Json:
        """A chunk with content, and the counts so far where they were asked for."""
        usage = self._usage(counts) if self._usage_always else None
        return self._chunk([self._choice({"content": text})], usage)

    def reasoning(self, text: str) -> Json:
        """A chunk with reasoning in the dialect's field."""
        if not self._reasoning_field:
            return {}
        return self._chunk([self._choice({self._reasoning_field: text})])

    def closing(
        self,
        text: str,  # noqa: ARG002 - other wires repeat it
        counts: Counts | None,
        reason: str,
    ) -> list[Json]:
        """The finish reason, then the usage chunk when it was asked for."""
        out = [self._chunk([self._choice({}, "length" if reason else "stop")])]
        if self._usage_asked and counts is not None:
            out.append(self._chunk([], self._usage(counts)))
        return out

    def error(self, message: str, code: str) -> Json:
        """A chunk that is an error."""
        return error_body(message, "server_error", code)

    def whole(self, text: str, counts: Counts | None, reason: str) -> Json:
        """The finished completion object."""
        return {
            "id": self._id,
            "object": "chat.completion",
            "created": self._created,
            "model": self._model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": None},
                    "logprobs": None,
                    "finish_reason": "length" if reason else "stop",
                }
            ],
            "usage": self._usage(counts),
        }
