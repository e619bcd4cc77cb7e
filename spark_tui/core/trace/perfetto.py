"""A turn in the trace event format of Chrome and Perfetto.

Source: "Trace Event Format" (Chromium project): an object with `traceEvents`; `ph` X is a complete
event with `ts` and `dur` in microseconds, i an instant with scope `s`, C a counter, M metadata.
"""

from __future__ import annotations

from typing import Any

from spark_tui.core.events import Decided, Flushed, HunksSet, Metered, OnWire, Painted
from spark_tui.core.latency.waterfall import Owner, spans
from spark_tui.core.trace.decode import Trace
from spark_tui.core.trace.phases import track_of
from spark_tui.core.trace.schema import kind_of

_ROWS = {Owner.YOU: 1, Owner.OURS: 2, Owner.NETWORK: 3, Owner.SERVER: 4}
_MARKS = (HunksSet, Painted, Decided, Flushed)


def perfetto(trace: Trace) -> dict[str, Any]:
    """The whole trace as one JSON object; time 0 is the Enter key."""
    zero = trace.asked.at
    process = trace.header.turn
    events = [_name(process, "process_name", f"turn {process} · {trace.asked.endpoint.name}", 0)]
    events += [_name(process, "thread_name", owner.value, row) for owner, row in _ROWS.items()]
    track = track_of(trace)
    for span in spans(track, trace.reading):
        start = span.start
        if start is None and span.owner is Owner.YOU:
            seen = track.painted_at or track.located_at
            start = None if seen is None else seen - zero
        elif start is None and track.decided_at is not None:
            start = track.decided_at - zero
        if start is not None and span.length is not None:
            events.append(
                {
                    "name": span.name,
                    "cat": span.owner.value,
                    "ph": "X",
                    "ts": start / 1000,
                    "dur": span.length / 1000,
                    "pid": process,
                    "tid": _ROWS[span.owner],
                    "args": {"clock": span.note},
                }
            )
    events += _moments(trace)
    return {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "program": f"spark-tui {trace.header.program}",
            "endpoint": trace.asked.endpoint.name,
            "model": trace.model,
            "simulated": trace.asked.endpoint.simulated,
        },
    }


def _moments(trace: Trace) -> list[dict[str, Any]]:
    """Stamps as instants, and the tokens read so far as a counter."""
    zero, process = trace.asked.at, trace.header.turn
    out: list[dict[str, Any]] = []
    for event in trace.events:
        common = {"ts": (event.at - zero) / 1000, "pid": process}
        if isinstance(event, Metered):
            args = {"tokens": event.reading.output}
            out.append({"name": "output", "ph": "C", "tid": 0, "args": args, **common})
        elif isinstance(event, OnWire):
            row = _ROWS[Owner.NETWORK]
            name = kind_of(type(event.event))
            out.append({"name": name, "cat": "wire", "ph": "i", "s": "t", "tid": row, **common})
        elif isinstance(event, _MARKS):
            row = _ROWS[Owner.YOU if isinstance(event, Decided) else Owner.OURS]
            name = kind_of(type(event))
            out.append({"name": name, "cat": "session", "ph": "i", "s": "t", "tid": row, **common})
    return out


def _name(process: int, what: str, name: str, thread: int) -> dict[str, Any]:
    args = {"name": name}
    return {"name": what, "ph": "M", "ts": 0, "pid": process, "tid": thread, "args": args}
