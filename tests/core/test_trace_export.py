"""Exports against the documented fields of the formats they are written in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from spark_tui.core.endpoint.wire import Retrying
from spark_tui.core.events import OnWire
from spark_tui.core.trace.decode import Trace, parse
from spark_tui.core.trace.otlp import otlp
from spark_tui.core.trace.perfetto import perfetto
from tests.core.test_trace import ASKED, SECRET, turn, written

PHASES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "X": {"name": str, "cat": str, "ts": (int, float), "dur": (int, float)},
    "i": {"name": str, "cat": str, "ts": (int, float), "s": str},
    "C": {"name": str, "ts": (int, float), "args": dict},
    "M": {"name": str, "args": dict},
}
"""What the trace event format asks of each phase, besides `pid` and `tid`."""


@pytest.fixture
def trace() -> Trace:
    """A turn whose first try succeeded."""
    events = [e for e in turn() if not (isinstance(e, OnWire) and isinstance(e.event, Retrying))]
    return parse(written(events))


def test_perfetto_events_have_the_documented_fields(trace: Trace) -> None:
    table = json.loads(json.dumps(perfetto(trace), allow_nan=False))
    assert table["displayTimeUnit"] in {"ms", "ns"}
    events = table["traceEvents"]
    assert {e["ph"] for e in events} == set(PHASES)
    for event in events:
        for name, kinds in {"pid": int, "tid": int, **PHASES[event["ph"]]}.items():
            assert isinstance(event[name], kinds), (event, name)
        if event["ph"] == "X":
            assert event["dur"] >= 0
        if event["ph"] == "i":
            assert event["s"] in {"g", "p", "t"}
        if event["ph"] == "C":
            assert all(isinstance(v, int | float) for v in event["args"].values())
    named = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert named == {"you", "ours", "network", "server"}


def test_perfetto_times_are_microseconds_from_the_enter_key(trace: Trace) -> None:
    events = perfetto(trace)["traceEvents"]
    decode = next(e for e in events if e["ph"] == "X" and e["name"].startswith("decode"))
    assert (decode["ts"], decode["dur"]) == (90_000.0, 40_000.0)
    counted = [e["args"]["tokens"] for e in events if e["ph"] == "C"]
    assert counted == sorted(counted)
    assert len(counted) == 40
    look = next(e for e in events if e["ph"] == "X" and e["cat"] == "you")
    assert (look["ts"], look["dur"]) == (173_000.0, 727_000.0)


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def test_otlp_spans_follow_the_json_encoding(trace: Trace) -> None:
    table = json.loads(json.dumps(otlp(trace), allow_nan=False))
    (resource,) = table["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    assert attributes(resource["resource"])["service.name"] == "spark-tui"
    root, *below = scope["spans"]
    assert "parentSpanId" not in root
    assert root["kind"] == 3
    assert root["status"]["code"] == 1
    for span in scope["spans"]:
        assert re.fullmatch(r"[0-9a-f]{32}", span["traceId"])
        assert re.fullmatch(r"[0-9a-f]{16}", span["spanId"])
        assert span["startTimeUnixNano"].isdecimal()
        assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"])
        for attribute in span["attributes"]:
            (kind,) = attribute["value"]
            assert kind in {"stringValue", "intValue", "doubleValue", "boolValue"}
            if kind == "intValue":
                assert re.fullmatch(r"-?\d+", attribute["value"][kind])
    assert len({span["spanId"] for span in scope["spans"]}) == len(scope["spans"])
    assert {span["parentSpanId"] for span in below} == {root["spanId"]}


def test_otlp_names_what_the_conventions_name_and_starts_at_the_wall_clock(trace: Trace) -> None:
    (root, *_) = otlp(trace)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    said = attributes(root)
    assert root["name"] == f"chat {ASKED.endpoint.model}"
    assert root["startTimeUnixNano"] == str(1_790_000_000 * 10**9)
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.usage.input_tokens"] == "2140"
    assert said["gen_ai.usage.output_tokens"] == "40"
    assert said["spark_tui.time_to_first_token_ns"] == str(86_000_000)


@pytest.mark.parametrize("export", [perfetto, otlp])
def test_a_turn_that_never_reached_the_wire_exports_too(export: Any) -> None:
    cut = parse(written([ASKED]))
    json.dumps(export(cut), allow_nan=False)


@pytest.mark.parametrize("export", [perfetto, otlp])
def test_no_text_leaves_by_an_export(export: Any, trace: Trace) -> None:
    assert SECRET not in json.dumps(export(trace))
