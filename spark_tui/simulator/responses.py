"""Answers as events of the Responses API. Pure: values in, JSON out.

Source: the public API reference and OpenAPI description of the Responses API, 2026-08; the diff
deltas of hosted patch operations as providers of the same API document them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from spark_tui.simulator.parts import OutputItem, Reply, SimulatedLook
from spark_tui.simulator.wires import Counts, Json, Reason, usage_of

_NAMES = {"input": "input_tokens", "output": "output_tokens"}
_INCOMPLETE = {
    Reason.LENGTH: "max_output_tokens",
    Reason.STEERED: "steered",
    Reason.FILTER: "content_filter",
    Reason.UNEXPLAINED: None,
}


_DELTAS = {
    Reply.TOOL: "custom_tool_call_input",
    Reply.HOSTED: "apply_patch_call_operation_diff",
    SimulatedLook.CALL: "function_call_arguments",
}


class ResponsesWire:
    """Events of `POST /v1/responses` in the order of the published text and tool turns."""

    name = "responses"
    done_mark = ""

    def __init__(self, request: Mapping[str, Any], model: str, ident: str) -> None:
        self._request = request
        self._model = model
        self._ident = ident
        self.id = f"resp_{ident}"
        self._created = int(time.time())
        self._sequence = -1
        self._items: list[Json] = []
        self._part: OutputItem | None = None
        self._text: list[str] = []
        self._opened = False
        self._refused: list[str] = []

    @property
    def calls(self) -> list[str]:
        """Ids of the tool calls in the answer: the client owes an output for each."""
        return [item["call_id"] for item in self._items if "call_id" in item]

    def _event(self, kind: str, **fields: Any) -> Json:
        self._sequence += 1
        return {"type": kind, "sequence_number": self._sequence, **fields}

    def _response(self, status: str, output: list[Json], usage: Json | None) -> Json:
        request = self._request
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": None,
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

    # ------------------------------------------------------------------ items

    @property
    def _index(self) -> int:
        return len(self._items)

    def _place(self) -> Json:
        return {"item_id": f"msg_{self._ident}", "output_index": self._index, "content_index": 0}

    def _content(self, text: str) -> Json:
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _message(self, status: str, content: list[Json]) -> Json:
        return {
            "id": f"msg_{self._ident}",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def _call(self, part: OutputItem, status: str, text: str) -> Json:
        suffix = f"{self._ident}_{self._index}"
        if part.kind is Reply.TOOL:
            name = {"id": f"ctc_{suffix}", "type": "custom_tool_call", "name": "apply_patch"}
            return {**name, "call_id": f"call_{suffix}", "status": status, "input": text}
        if part.kind is SimulatedLook.CALL:
            name = {"id": f"fc_{suffix}", "type": "function_call", "name": part.operation}
            return {**name, "call_id": f"call_{suffix}", "status": status, "arguments": text}
        operation: Json = {"type": part.operation, "path": part.path}
        if part.operation != "delete_file":
            operation["diff"] = text
        return {
            "id": f"apc_{suffix}",
            "type": "apply_patch_call",
            "call_id": f"call_{suffix}",
            "status": status,
            "operation": operation,
        }

    def _open_message(self) -> list[Json]:
        self._opened = True
        return [
            self._event(
                "response.output_item.added",
                output_index=self._index,
                item=self._message("in_progress", []),
            ),
            self._event("response.content_part.added", **self._place(), part=self._content("")),
        ]

    def _begin(self, part: OutputItem) -> list[Json]:
        self._part = part
        if part.kind is Reply.TEXT:
            return [] if self._opened else self._open_message()
        self._opened = True
        item = self._call(part, "in_progress", "")
        return [self._event("response.output_item.added", output_index=self._index, item=item)]

    def _end(self, status: str) -> list[Json]:
        """What closes the item under way."""
        if not self._opened:
            return []
        part, text = self._part, "".join(self._text)
        self._text.clear()
        self._opened, self._part = False, None
        if part is None or part.kind is Reply.TEXT:
            content = self._content(text)
            if self._refused:
                content = {"type": "refusal", "refusal": "".join(self._refused)}
            item = self._message(status, [content])
            place = self._place()
            out = [
                self._event("response.output_text.done", **place, text=text, logprobs=[]),
                self._event("response.content_part.done", **place, part=content),
            ]
        else:
            item = self._call(part, status, text)
            place = {"item_id": item["id"], "output_index": self._index}
            if part.kind is Reply.TOOL:
                out = [self._event("response.custom_tool_call_input.done", **place, input=text)]
            elif part.kind is SimulatedLook.CALL:
                kind = "response.function_call_arguments.done"
                out = [self._event(kind, **place, arguments=text)]
            else:
                kind = "response.apply_patch_call_operation_diff.done"
                out = [self._event(kind, **place, diff=text)]
        out.append(self._event("response.output_item.done", output_index=self._index, item=item))
        self._items.append(item)
        return out

    # ------------------------------------------------------------------ the wire

    def opening(self) -> list[Json]:
        """Created, in progress, then the message and its empty part."""
        blank = self._response("in_progress", [], None)
        return [
            self._event("response.created", response=blank),
            self._event("response.in_progress", response=blank),
            *self._open_message(),
        ]

    def delta(self, part: OutputItem, text: str, counts: Counts) -> list[Json]:  # noqa: ARG002
        """A delta of text, of a tool's input, or of an operation's diff."""
        out: list[Json] = []
        if part is not self._part:
            if self._part is not None or part.kind is not Reply.TEXT:
                out += self._end("completed")
            out += self._begin(part)
        self._text.append(text)
        if not text:
            return out
        if part.kind is Reply.TEXT:
            kind = "response.output_text.delta"
            return [*out, self._event(kind, **self._place(), delta=text, logprobs=[])]
        item = self._call(part, "in_progress", "")["id"]
        kind = _DELTAS[part.kind]
        place = {"item_id": item, "output_index": self._index}
        return [*out, self._event(f"response.{kind}.delta", **place, delta=text)]

    def reasoning(self, text: str) -> Json:
        """One `response.reasoning_text.delta`."""
        place = {"item_id": f"rs_{self._ident}", "output_index": 0, "content_index": 0}
        return self._event("response.reasoning_text.delta", **place, delta=text)

    def refusal(self, text: str) -> list[Json]:
        """One `response.refusal.delta`."""
        self._refused.append(text)
        return [self._event("response.refusal.delta", **self._place(), delta=text)]

    def closing(self, counts: Counts | None, reason: Reason) -> list[Json]:
        """The item under way is done, then `response.completed`, `.incomplete` or `.failed`."""
        status = "incomplete" if reason in _INCOMPLETE else "completed"
        out = self._end(status)
        response = self.whole(counts, reason)
        return [*out, self._event(f"response.{response['status']}", response=response)]

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

    def odd(self) -> list[Json]:
        """Deltas and items that hold something else than they should; they take no numbers."""
        return [
            {"type": "response.output_text.delta", "delta": None},
            {"type": "response.output_text.delta", "delta": {"text": "no"}},
            {"type": "response.output_item.added", "item": []},
            {"type": 7, "delta": "no"},
            {"type": "response.output_item.done", "output_index": "x", "item": {"type": None}},
        ]

    def whole(self, counts: Counts | None, reason: Reason) -> Json:
        """The finished response object."""
        self._end("completed")
        response = self._response("completed", list(self._items), self._usage(counts))
        if reason in _INCOMPLETE:
            response["status"] = "incomplete"
            named = _INCOMPLETE[reason]
            response["incomplete_details"] = {"reason": named} if named else None
        elif reason is Reason.FAILED:
            error = {"code": "server_error", "message": "The simulated model failed."}
            response.update(status="failed", error=error)
        return response

    def _usage(self, counts: Counts | None) -> Json | None:
        usage = usage_of(counts, _NAMES)
        if usage is None or counts is None:
            return None
        usage["input_tokens_details"] = {"cached_tokens": 0, "cache_write_tokens": 0}
        usage["output_tokens_details"] = {"reasoning_tokens": counts.reasoning}
        return usage
