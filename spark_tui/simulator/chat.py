"""Answers as chunks of Chat Completions. Pure: values in, JSON out.

Source: the public API reference of Chat Completions, 2026.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from spark_tui.simulator.parts import OutputItem, Reply, SimulatedLook
from spark_tui.simulator.wires import Counts, Json, Reason, error_body, usage_of

_NAMES = {"input": "prompt_tokens", "output": "completion_tokens"}
_FINISH = {
    Reason.LENGTH: "length",
    Reason.FILTER: "content_filter",
    Reason.FAILED: "error",
    Reason.UNEXPLAINED: None,
}


_INNER = (("custom", "input"), ("function", "arguments"))
"""Where a call has its text: that of the custom tool, that of a function."""


class ChatWire:
    """Chunks of `POST /v1/chat/completions`; operations on files are calls of a custom tool."""

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
        self._ident = ident
        self._id = f"chatcmpl-{ident}"
        self._created = int(time.time())
        self._text: list[str] = []
        self._calls: list[Json] = []
        self._part: OutputItem | None = None

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
        usage = usage_of(counts, _NAMES)
        if usage is not None and counts is not None:
            usage["completion_tokens_details"] = {"reasoning_tokens": counts.reasoning}
        return usage

    def opening(self) -> list[Json]:
        """The chunk that names the role."""
        return [self._chunk([self._choice({"role": "assistant", "content": ""})])]

    def delta(self, part: OutputItem, text: str, counts: Counts) -> list[Json]:
        """A chunk with content or a tool's input, and the counts so far where asked for."""
        usage = self._usage(counts) if self._usage_always else None
        out = self._switch(part)
        if part.kind is Reply.TEXT:
            self._text.append(text)
            return [*out, self._chunk([self._choice({"content": text})], usage)]
        kind, field = _INNER[part.kind is SimulatedLook.CALL]
        self._calls[-1][kind][field] += text
        if text:
            out.append(self._chunk([self._choice({"tool_calls": [self._fragment(text)]})], usage))
        return out

    def _fragment(self, text: str) -> Json:
        kind = self._calls[-1]["type"]
        return {"index": len(self._calls) - 1, kind: {dict(_INNER)[kind]: text}}

    def _switch(self, part: OutputItem) -> list[Json]:
        """What ends the part before and begins this one."""
        if part is self._part:
            return []
        out = self._finish_call()
        self._part = part
        if part.kind is Reply.TEXT:
            return out
        number, (head, _) = len(self._calls), part.envelope
        kind, field = _INNER[part.kind is SimulatedLook.CALL]
        name = part.operation if part.kind is SimulatedLook.CALL else "apply_patch"
        tool = {"name": name, field: head}
        call: Json = {"id": f"call_{self._ident}_{number}", "type": kind, kind: tool}
        self._calls.append(call)
        first = {**call, "index": number, kind: dict(tool)}
        return [*out, self._chunk([self._choice({"tool_calls": [first]})])]

    def _finish_call(self) -> list[Json]:
        part, self._part = self._part, None
        tail = part.envelope[1] if part is not None else ""
        if not tail:
            return []
        self._calls[-1]["custom"]["input"] += tail
        return [self._chunk([self._choice({"tool_calls": [self._fragment(tail)]})])]

    def reasoning(self, text: str) -> Json:
        """A chunk with reasoning in the dialect's field."""
        if not self._reasoning_field:
            return {}
        return self._chunk([self._choice({self._reasoning_field: text})])

    def refusal(self, text: str) -> list[Json]:
        """A chunk with a refusal."""
        return [self._chunk([self._choice({"refusal": text})])]

    def _finish_reason(self, reason: Reason) -> str | None:
        return _FINISH.get(reason, "tool_calls" if self._calls else "stop")

    def closing(self, counts: Counts | None, reason: Reason) -> list[Json]:
        """The finish reason, then the usage chunk when it was asked for."""
        out = self._finish_call()
        out.append(self._chunk([self._choice({}, self._finish_reason(reason))]))
        if self._usage_asked and counts is not None:
            out.append(self._chunk([], self._usage(counts)))
        return out

    def error(self, message: str, code: str) -> Json:
        """A chunk that is an error."""
        return error_body(message, "server_error", code)

    def odd(self) -> list[Json]:
        """Chunks that hold something else than they should."""
        return [
            {"choices": None},
            {"choices": [7, {"index": 0, "delta": []}]},
            self._chunk([self._choice({"content": {"text": "no"}})]),
            self._chunk([self._choice({"tool_calls": [None, {"custom": "no"}]})]),
        ]

    def whole(self, counts: Counts | None, reason: Reason) -> Json:
        """The finished completion object."""
        self._finish_call()
        message: Json = {"role": "assistant", "content": "".join(self._text), "refusal": None}
        if self._calls:
            message["tool_calls"] = self._calls
        choice = {"index": 0, "message": message, "logprobs": None}
        return {
            "id": self._id,
            "object": "chat.completion",
            "created": self._created,
            "model": self._model,
            "choices": [{**choice, "finish_reason": self._finish_reason(reason)}],
            "usage": self._usage(counts),
        }
