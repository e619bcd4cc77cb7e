"""A turn as OpenTelemetry spans in OTLP's JSON encoding, for any collector's file receiver.

Sources: the OTLP specification (JSON encoding: ids in hexadecimal, 64-bit numbers as strings,
enumerations as numbers) and the semantic conventions for generative AI (`gen_ai.*`).
"""

from __future__ import annotations

import hashlib
from typing import Any

from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.latency.waterfall import spans
from spark_tui.core.trace.decode import Trace
from spark_tui.core.trace.phases import Unit, figures, track_of

_CLIENT, _INTERNAL = 3, 1
_OK, _ERROR = 1, 2


def otlp(trace: Trace) -> dict[str, Any]:
    """An `ExportTraceServiceRequest`: one span for the turn, one for each phase below it."""
    ident = _digest(trace, "trace", 32)
    root = _digest(trace, "turn", 16)
    reading, asked, end = trace.reading, trace.asked, trace.end
    whole = end.at if end is not None else trace.events[-1].at
    turn = _span(trace, ident, root, f"chat {trace.model}".rstrip(), asked.at, whole)
    turn["kind"] = _CLIENT
    turn["attributes"] = _attributes(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": asked.endpoint.provider,
            "gen_ai.request.model": asked.endpoint.model,
            "gen_ai.response.model": trace.answered_by,
            "gen_ai.usage.input_tokens": reading.input,
            "gen_ai.usage.output_tokens": reading.output,
            "spark_tui.endpoint": asked.endpoint.name,
            "spark_tui.simulated": asked.endpoint.simulated,
            "spark_tui.tokens_estimated": bool(reading.guess),
            "spark_tui.ending": end.ending.value if end is not None else None,
            **{_key(f.name, f.unit): f.value for f in figures(trace) if f.unit is not Unit.TOKENS},
        }
    )
    good = end is not None and end.ending in {Ending.COMPLETE, Ending.STOPPED, Ending.LENGTH}
    turn["status"] = {"code": _OK if good else _ERROR}
    below = []
    for span in spans(track_of(trace), reading):
        if span.start is None or span.length is None:
            continue
        start = asked.at + span.start
        name = f"{span.owner.value}: {span.name}"
        one = _span(trace, ident, _digest(trace, span.name, 16), name, start, start + span.length)
        one["parentSpanId"] = root
        one["attributes"] = _attributes({"spark_tui.clock": span.note})
        below.append(one)
    resource = _attributes({"service.name": "spark-tui", "service.version": trace.header.program})
    scope = {"name": "spark-tui", "version": trace.header.program}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": resource},
                "scopeSpans": [{"scope": scope, "spans": [turn, *below]}],
            }
        ]
    }


def _span(
    trace: Trace, ident: str, span_id: str, name: str, start: int, end: int
) -> dict[str, Any]:
    wall = trace.header.wall - trace.asked.at
    return {
        "traceId": ident,
        "spanId": span_id,
        "name": name,
        "kind": _INTERNAL,
        "startTimeUnixNano": str(wall + start),
        "endTimeUnixNano": str(wall + max(start, end)),
    }


def _digest(trace: Trace, what: str, digits: int) -> str:
    """An id that is the same whenever this trace is exported."""
    text = f"{trace.header.wall} {trace.asked.at} {trace.header.turn} {what}"
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def _key(name: str, unit: Unit) -> str:
    words = name.replace(",", "").replace(" ", "_").lower()
    return f"spark_tui.{words}_{'ns' if unit is Unit.MS else 'tokens_per_second'}"


def _attributes(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": k, "value": _value(v)} for k, v in given.items() if v is not None and v != ""]


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
