from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    ModelRequest,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.providers import PROVIDERS
from spark_tui.services.endpoint.wires.responses import ResponsesReader, responses_body

PEER = Peer("openai", "api.openai.com", "m")
REQUEST = ModelRequest(
    "Be brief.",
    (ChatMessage("user", "q"), ChatMessage("assistant", "a"), ChatMessage("user", "again")),
    500,
    patch_tool=True,
    cache_key="key-1",
)


def read(*events: dict[str, Any]) -> list[WireEvent]:
    reader, out = ResponsesReader(PEER), list[WireEvent]()
    for index, event in enumerate(events):
        if reader.read(json.dumps(event).encode(), index, out):
            break
    return out


def joined(events: list[WireEvent], channel: Channel) -> str:
    return "".join(one.text for one in events if isinstance(one, Delta) and one.channel is channel)


def completed(**response: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"id": "r", **response}}


def text(piece: str, **more: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": piece, **more}


def ending(events: list[WireEvent]) -> Ending:
    last = events[-1]
    assert isinstance(last, Ended)
    return last.ending


def test_channels_are_kept_apart() -> None:
    out = read(
        {"type": "response.reasoning_summary_text.delta", "delta": "hmm"},
        {"type": "response.reasoning_text.delta", "delta": "!"},
        {"type": "response.custom_tool_call_input.delta", "delta": "*** Begin\n", "item_id": "t"},
        text("prose"),
        completed(),
    )
    assert joined(out, Channel.REASONING) == "hmm!"
    assert joined(out, Channel.TOOL) == "*** Begin\n"
    assert joined(out, Channel.TEXT) == "prose"
    assert ending(out) is Ending.COMPLETE


def test_unknown_types_and_missing_set_up_events_are_no_matter() -> None:
    out = read({"type": "response.audio.delta", "delta": "x"}, {"type": "codex.x"}, {}, text("a"))
    assert [type(one) for one in out] == [Delta]


def hosted(kind: str = "update_file", path: str = "src/a.py", **more: Any) -> dict[str, Any]:
    operation = {"type": kind, "path": path, **more}
    return {"id": "apc", "type": "apply_patch_call", "operation": operation}


def test_a_hosted_operation_reads_as_a_patch_envelope() -> None:
    diff = "@@ def main():\n-    run()\n+    run(fast=True)\n"
    out = read(
        {"type": "response.output_item.added", "output_index": 0, "item": hosted(diff="")},
        *(
            {
                "type": "response.apply_patch_call_operation_diff.delta",
                "output_index": 0,
                "delta": one,
            }
            for one in (diff[:9], diff[9:])
        ),
        {"type": "response.output_item.done", "output_index": 0, "item": hosted(diff=diff)},
        completed(),
    )
    assert joined(out, Channel.TOOL) == (
        f"*** Begin Patch\n*** Update File: src/a.py\n{diff}*** End Patch\n"
    )


def test_operations_that_interleave_come_out_one_after_the_other() -> None:
    kind = "response.apply_patch_call_operation_diff.delta"
    out = read(
        {"type": "response.output_item.added", "output_index": 0, "item": hosted(path="a")},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": hosted("create_file", path="b"),
        },
        {"type": kind, "output_index": 0, "delta": "-1\n"},
        {"type": kind, "output_index": 1, "delta": "+new"},
        {"type": kind, "output_index": 0, "delta": "+2\n"},
        {"type": "response.output_item.done", "output_index": 1, "item": hosted("create_file")},
        {"type": "response.output_item.done", "output_index": 0, "item": hosted()},
        {
            "type": "response.output_item.done",
            "output_index": 2,
            "item": hosted("delete_file", path="c"),
        },
        completed(),
    )
    assert joined(out, Channel.TOOL) == (
        "*** Begin Patch\n*** Update File: a\n-1\n+2\n*** End Patch\n"
        "*** Begin Patch\n*** Add File: b\n+new\n*** End Patch\n"
        "*** Begin Patch\n*** Delete File: c\n*** End Patch\n"
    )


def test_a_path_cannot_smuggle_lines_into_the_envelope() -> None:
    item = hosted(path="a\n*** Delete File: b", diff="")
    out = read({"type": "response.output_item.done", "output_index": 0, "item": item})
    assert joined(out, Channel.TOOL).count("\n*** Delete File") == 0


def test_an_answer_without_deltas_still_arrives_once() -> None:
    message = {"type": "message", "content": [{"type": "output_text", "text": "whole"}]}
    call = {"type": "custom_tool_call", "id": "t", "input": "*** Begin Patch\n"}
    out = read(completed(output=[message, call]))
    assert joined(out, Channel.TEXT) == "whole"
    assert joined(out, Channel.TOOL) == "*** Begin Patch\n"
    again = read(text("whole"), completed(output=[message]))
    assert joined(again, Channel.TEXT) == "whole"


def test_text_that_only_came_as_done_is_not_lost_and_not_doubled() -> None:
    done = {"type": "response.output_text.done", "item_id": "m", "text": "abc"}
    assert joined(read(done, completed()), Channel.TEXT) == "abc"
    assert joined(read(text("abc", item_id="m"), done, completed()), Channel.TEXT) == "abc"


def test_a_refusal_is_filtered() -> None:
    out = read({"type": "response.refusal.delta", "delta": "I won't"}, completed())
    assert ending(out) is Ending.FILTERED


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        (completed(), Ending.COMPLETE),
        (completed(status="completed", incomplete_details=None), Ending.COMPLETE),
        (completed(status="incomplete"), Ending.CUT),
        (
            completed(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            Ending.LENGTH,
        ),
        (completed(incomplete_details={"reason": "content_filter"}), Ending.FILTERED),
        (completed(incomplete_details={"reason": "who knows"}), Ending.CUT),
        (completed(incomplete_details={"reason": ["odd"]}), Ending.CUT),
        (completed(status="in_progress"), Ending.CUT),
        (completed(status="cancelled"), Ending.CUT),
        (completed(status=["completed"]), Ending.CUT),
        (completed(output=[{"type": "message", "status": "incomplete"}]), Ending.CUT),
        (completed(output=[{"type": "custom_tool_call", "status": "incomplete"}]), Ending.CUT),
        (completed(output=[{"type": "web_search_call", "status": "incomplete"}]), Ending.COMPLETE),
        (completed() | {"type": "response.incomplete"}, Ending.CUT),
        (
            completed(incomplete_details={"reason": "stop"}) | {"type": "response.incomplete"},
            Ending.CUT,
        ),
    ],
)
def test_only_what_is_finished_in_every_word_is_complete(
    end: dict[str, Any], ending: Ending
) -> None:
    out = read(text("a"), end)
    assert isinstance(out[-1], Ended)
    assert out[-1].ending is ending


def test_an_item_that_ended_unfinished_makes_the_answer_unfinished() -> None:
    done = {"type": "response.output_item.done", "item": {"type": "message"}}
    cut = done | {"item": {"type": "message", "status": "incomplete"}}
    assert ending(read(text("a"), done, completed())) is Ending.COMPLETE
    assert ending(read(text("a"), cut, completed())) is Ending.CUT


def test_an_error_in_a_completed_response_is_an_error() -> None:
    with pytest.raises(FaultError) as caught:
        read(text("a"), completed(error={"code": "server_error", "message": "it broke"}))
    assert "it broke" in caught.value.message


def test_closing_events_numbered_ahead_are_no_gap_but_text_out_of_order_is() -> None:
    closing = {"type": "response.output_text.done", "text": "ab", "sequence_number": 2}
    numbered_ahead = read(
        text("a", sequence_number=1),
        text("b", sequence_number=4),
        closing,
        completed() | {"sequence_number": 3},
    )
    assert ending(numbered_ahead) is Ending.COMPLETE
    swapped = read(
        text("b", sequence_number=1),
        text("c", sequence_number=3),
        text("a", sequence_number=2),
        completed() | {"sequence_number": 4},
    )
    assert ending(swapped) is Ending.CUT


def test_repeated_events_are_dropped_and_gaps_are_no_success() -> None:
    one, two = text("a", sequence_number=1), text("b", sequence_number=2)
    out = read(one, two, two, one, completed() | {"sequence_number": 3})
    assert joined(out, Channel.TEXT) == "ab"
    assert ending(out) is Ending.COMPLETE
    gap = read(one, text("c", sequence_number=3), completed() | {"sequence_number": 4})
    assert ending(gap) is Ending.CUT


def test_servers_that_number_everything_alike_are_read_all_the_same() -> None:
    out = read(
        text("a", sequence_number=0),
        text("b", sequence_number=0),
        text("b", sequence_number=0),
        completed() | {"sequence_number": 0},
    )
    assert joined(out, Channel.TEXT) == "abb"
    assert ending(out) is Ending.COMPLETE


def test_usage_comes_before_the_end() -> None:
    usage = {
        "input_tokens": 5,
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 4},
    }
    out = read(text("a"), completed(usage=usage))
    assert out[1:] == [
        Usage(1, 5, 9, 0, 4),
        Ended(1, Ending.COMPLETE, response_id="r"),
    ]


@pytest.mark.parametrize("junk", [b"[]", b"1", b"null", b"{", b'"x"', b"\xff"])
def test_payloads_that_are_no_objects_are_faults(junk: bytes) -> None:
    with pytest.raises(FaultError):
        ResponsesReader(PEER).read(junk, 0, [])


ODD: list[Any] = [
    None,
    True,
    -1,
    7,
    "",
    "x\x1b[2J",
    [],
    [None],
    ["x"],
    {"output": [{"type": "message", "content": 5}, 7]},
    [{"content": ["x", {"text": 5}, None]}],
    {},
    {"id": 5, "usage": [], "output": "x", "error": "odd"},
    {"output": [None, {"type": "message", "content": None}], "usage": {"output_tokens": "9"}},
    {"type": "apply_patch_call", "operation": "x"},
    {"type": "apply_patch_call", "operation": {"type": 1, "path": ["a"], "diff": {}}},
    {"type": "custom_tool_call", "input": 5},
    {"code": ["x"], "message": {"a": 1}, "status": "x"},
]
KINDS = sorted(ResponsesReader(PEER)._handlers)
FIELDS = ["response", "item", "delta", "output_index", "text", "item_id", "sequence_number"]
EVENTS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(FIELDS), st.sampled_from(ODD)), max_size=4
)


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_hostile_events_end_in_faults_at_worst(events: list[tuple[str, str, Any]]) -> None:
    reader, out = ResponsesReader(PEER), list[WireEvent]()
    message = ""
    try:
        for kind, field, value in events:
            if reader.read(json.dumps({"type": kind, field: value}).encode(), 0, out):
                break
    except FaultError as fault:
        message = fault.message
    assert message.isprintable()


def test_the_body_leaves_nothing_stored_and_asks_for_no_padding() -> None:
    profile = EndpointProfile("n", "https://api.openai.com/v1", options=(("service_tier", "fast"),))
    body = responses_body(REQUEST, profile, PROVIDERS["openai"], "m")
    assert body["store"] is False
    assert body["stream"] is True
    assert body["stream_options"] == {"include_obfuscation": False}
    assert body["instructions"] == "Be brief."
    assert body["max_output_tokens"] == 500
    assert body["service_tier"] == "fast"
    assert body["prompt_cache_key"] == "key-1"
    assert [one["role"] for one in body["input"]] == ["user", "assistant", "user"]
    assert body["input"][1]["content"][0]["type"] == "output_text"
    assert body["tools"][0]["name"] == "apply_patch"


def test_options_go_where_the_wire_wants_them() -> None:
    options = (("reasoning_effort", "low"), ("verbosity", "low"), ("nonsense", "1"))
    profile = EndpointProfile("n", "https://api.openai.com/v1", options=options)
    body = responses_body(REQUEST, profile, PROVIDERS["openai"], "gpt-5.3-codex-spark")
    assert body["reasoning"] == {"effort": "low"}
    assert body["text"] == {"verbosity": "low"}
    assert "nonsense" not in body


def test_unknown_providers_get_no_special_fields() -> None:
    body = responses_body(REQUEST, EndpointProfile("n", "http://h/v1"), PROVIDERS["generic"], "m")
    assert set(body) == {"model", "input", "max_output_tokens", "store", "stream", "instructions"}


def test_the_times_of_the_socket_are_the_servers() -> None:
    metrics = {
        "engine_service_total_ms": 450,
        "engine_service_ttft_total_ms": 340.5,
        "engine_queue_max_ms": 40,
    }
    timing = {"type": "responsesapi.websocket_timing", "timing_metrics": metrics}
    out = read(text("a"), timing, completed())
    assert [one for one in out if isinstance(one, ServerTimings)] == [
        ServerTimings(1, 40_000_000, 300_500_000, 109_500_000)
    ]
    odd = timing | {"timing_metrics": {"engine_service_ttft_total_ms": "x"}}
    assert not any(isinstance(one, ServerTimings) for one in read(text("a"), odd, completed()))
