"""What the wires share: counts, the shape of a wire, and how events become bytes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

import orjson

from spark_tui.core.dataclass import dataclass
from spark_tui.simulator.parts import OutputItem

Json = dict[str, Any]


class Reason(StrEnum):
    """Why an answer is over."""

    COMPLETE = ""
    LENGTH = "max_output_tokens"
    STEERED = "steered"
    FILTER = "content_filter"
    REFUSAL = "refusal"
    UNEXPLAINED = "unexplained"
    FAILED = "failed"


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

    def delta(self, part: OutputItem, text: str, counts: Counts) -> list[Json]:
        """One piece of `part`, with what closes the part before it; `counts` include it."""

    def reasoning(self, text: str) -> Json:
        """One piece of visible reasoning, empty where the wire hides it."""

    def refusal(self, text: str) -> list[Json]:
        """One piece of the model's own refusal."""

    def closing(self, counts: Counts | None, reason: Reason) -> list[Json]:
        """Events after the last token."""

    def error(self, message: str, code: str) -> Json:
        """An error in the middle of a stream."""

    def odd(self) -> list[Json]:
        """Events of this wire whose fields have the wrong types."""

    def whole(self, counts: Counts | None, reason: Reason) -> Json:
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


def usage_of(counts: Counts | None, names: Mapping[str, str]) -> Json | None:
    """Token counts under a wire's names for input and output."""
    if counts is None:
        return None
    sides = {names["input"]: counts.input, names["output"]: counts.output}
    return {**sides, "total_tokens": counts.input + counts.output}
