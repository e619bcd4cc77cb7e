from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    ModelRequest,
    Served,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.providers import PROVIDERS
from spark_tui.services.endpoint.wires.chat import ChatReader, chat_body

PEER = Peer("groq", "api.groq.com", "m")
REQUEST = ModelRequest("Be brief.", (ChatMessage("user", "q"),), 500, prediction="old text")


def chunk(delta: dict[str, Any] | None = None, reason: str | None = None, **more: Any) -> Any:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": reason}
    return {"id": "c", "choices": [choice], **more}


def read(
    *chunks: Any, done: bool = True, dialect: str = "generic", cut: bool = False
) -> list[WireEvent]:
    """What the chunks come to; with `cut` the fault of one that broke off counts as its end."""
    reader, out = ChatReader(PEER, PROVIDERS[dialect]), list[WireEvent]()
    for index, one in enumerate(chunks):
        if reader.read(json.dumps(one).encode(), index, out):
            return out
    if done:
        reader.read(b"[DONE]", 99, out)
    else:
        try:
            reader.at_end(99, out)
        except FaultError as fault:
            if not cut:
                raise
            out.append(fault.ended(99))
    return out


def last(events: list[WireEvent]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "thinking"])
def test_reasoning_has_its_own_channel(field: str) -> None:
    out = read(chunk({field: "hmm"}), chunk({"content": "a"}), chunk(reason="stop"))
    assert [(one.channel, one.text) for one in out if isinstance(one, Delta)] == [
        (Channel.REASONING, "hmm"),
        (Channel.TEXT, "a"),
    ]


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        ("stop", Ending.COMPLETE),
        ("STOP", Ending.COMPLETE),
        ("tool_calls", Ending.COMPLETE),
        ("function_call", Ending.COMPLETE),
        ("eos", Ending.COMPLETE),
        ("End_Turn", Ending.COMPLETE),
        ("length", Ending.LENGTH),
        ("Length", Ending.LENGTH),
        ("MAX_TOKENS", Ending.LENGTH),
        ("model_length", Ending.LENGTH),
        ("content_filter", Ending.FILTERED),
        ("SAFETY", Ending.FILTERED),
        ("error", Ending.FAILED),
        ("abort", Ending.CUT),
        ("insufficient_system_resource", Ending.CUT),
        ("repetition", Ending.CUT),
        ("timeout", Ending.CUT),
        ("not_finished", Ending.CUT),
        ("null", Ending.CUT),
        (" ", Ending.CUT),
        (7, Ending.CUT),
        (["stop"], Ending.CUT),
        ({"reason": "stop"}, Ending.CUT),
    ],
)
def test_only_a_reason_known_to_be_good_completes_an_answer(reason: Any, ending: Ending) -> None:
    assert last(read(chunk({"content": "a"}), chunk(reason=reason))).ending is ending


def test_a_reason_nobody_knows_is_named() -> None:
    ended = last(read(chunk({"content": "a"}), chunk(reason="network_error")))
    assert ended.message == "the answer is incomplete (network_error), nothing written"


def test_content_takes_a_good_reason_back_but_no_bad_one() -> None:
    again = read(chunk({"content": "a"}, "stop"), chunk({"content": "b"}), done=False, cut=True)
    assert last(again).ending is Ending.CUT
    each = read(chunk({"content": "a"}, "stop"), chunk({"content": "b"}, "stop"))
    assert last(each).ending is Ending.COMPLETE
    bad = read(chunk({"content": "a"}, "abort"), chunk({"content": "b"}, "stop"))
    assert last(bad).ending is Ending.CUT
    added = read(chunk({"content": "a"}, "MAX_TOKENS"), chunk(reason="stop"))
    assert last(added).ending is Ending.LENGTH


def test_the_end_of_the_stream_is_waited_for_without_text_and_after_a_reason_taken_back() -> None:
    reader = ChatReader(PEER)
    seen = []
    for one in (
        chunk({"reasoning": "hm"}, "stop"),
        chunk({"content": "a"}, "stop"),
        chunk({"content": "b"}, "stop"),
    ):
        reader.read(json.dumps(one).encode(), 0, [])
        seen.append(reader.finishing)
    assert seen == [False, True, False]
    usual = ChatReader(PEER)
    usual.read(json.dumps(chunk({"content": "a"})).encode(), 0, [])
    usual.read(json.dumps(chunk(reason="stop")).encode(), 0, [])
    assert usual.finishing


def test_the_end_of_the_stream_after_a_finish_reason_is_enough() -> None:
    assert last(read(chunk({"content": "a"}, "stop"), done=False)).ending is Ending.COMPLETE


@pytest.mark.parametrize(("dialect", "done"), [("generic", False), ("groq", False), ("groq", True)])
def test_no_finish_reason_is_cut_where_there_always_is_one(dialect: str, done: bool) -> None:
    with pytest.raises(FaultError) as caught:
        read(chunk({"content": "a"}), done=done, dialect=dialect)
    assert caught.value.ending is Ending.CUT


def test_a_stream_closed_in_form_without_a_reason_is_complete_as_far_as_it_shows() -> None:
    ended = last(read(chunk({"content": "a"})))
    assert (ended.ending, ended.certain) == (Ending.COMPLETE, False)
    assert last(read(chunk({"content": "a"}, "stop"))).certain
    with pytest.raises(FaultError) as caught:
        read(chunk({"role": "assistant"}))
    assert "sent an empty answer" in caught.value.message


def test_a_refusal_is_filtered() -> None:
    assert last(read(chunk({"refusal": "no"}), chunk(reason="stop"))).ending is Ending.FILTERED


def test_tool_calls_have_their_own_channel() -> None:
    out = read(
        chunk({"tool_calls": [{"index": 0, "custom": {"input": "*** Begin"}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, "tool_calls"),
    )
    assert [one.text for one in out if isinstance(one, Delta)] == ["*** Begin", "{}"]
    assert all(one.channel is Channel.TOOL for one in out if isinstance(one, Delta))


def test_other_choices_and_odd_shapes_are_ignored() -> None:
    out = read(
        {"choices": [{"index": 1, "delta": {"content": "other"}}]},
        {"choices": []},
        {"choices": None},
        chunk({"content": None}),
        {"choices": [{"index": 0, "delta": None}]},
        chunk({"content": "a"}, "stop"),
    )
    assert [one.text for one in out if isinstance(one, Delta)] == ["a"]


def test_usage_is_kept_not_summed() -> None:
    out = read(
        chunk({"content": "a"}, usage={"prompt_tokens": 5, "completion_tokens": 1}),
        chunk({"content": "bcd"}, usage={"prompt_tokens": 5, "completion_tokens": 4}),
        chunk(reason="stop", usage={"prompt_tokens": 5, "completion_tokens": 4}),
    )
    assert [one for one in out if isinstance(one, Usage)] == [Usage(2, 5, 4)]
    assert [one.tokens for one in out if isinstance(one, Delta)] == [1, 3]


def test_counts_live_come_from_timings_and_token_ids_too() -> None:
    timed = read(
        chunk({"content": "a"}, timings={"predicted_n": 2}),
        chunk({"content": "b"}, "stop", timings={"predicted_n": 5, "predicted_ms": 40.0}),
    )
    assert [one.tokens for one in timed if isinstance(one, Delta)] == [2, 3]
    assert [one.decode_ns for one in timed if isinstance(one, ServerTimings)] == [40_000_000]
    listed = {"index": 0, "delta": {"content": "ab"}, "token_ids": [7, 8, 9]}
    ids = read({"choices": [listed]}, chunk(reason="stop"))
    assert [one.tokens for one in ids if isinstance(one, Delta)] == [3]


@pytest.mark.parametrize(
    "extra",
    [
        {"time_info": {"queue_time": 0.001, "prompt_time": 0.004, "completion_time": 0.09}},
        {
            "x_groq": {
                "usage": {
                    "prompt_tokens": 1,
                    "completion_tokens": 1,
                    "queue_time": 0.001,
                    "prompt_time": 0.004,
                    "completion_time": 0.09,
                }
            }
        },
        {
            "metrics": {
                "queue_time_ms": 1,
                "time_to_first_token_ms": 4,
                "generation_time_ms": 90,
            }
        },
    ],
)
def test_the_servers_own_times_are_read(extra: dict[str, Any]) -> None:
    out = read(chunk({"content": "a"}), chunk(reason="stop", **extra))
    timings = [one for one in out if isinstance(one, ServerTimings)]
    assert [(one.queue_ns, one.prefill_ns, one.decode_ns) for one in timings] == [
        (1_000_000, 4_000_000, 90_000_000)
    ]


def test_errors_inside_the_stream_are_faults() -> None:
    with pytest.raises(FaultError) as caught:
        read(chunk({"content": "a"}), {"error": {"message": "slow down", "code": 429}})
    assert caught.value.kind is FaultKind.RATE_LIMIT
    with pytest.raises(FaultError) as caught:
        read(chunk({"content": "a"}), chunk(x_groq={"id": "r", "error": "over capacity"}))
    assert caught.value.kind is FaultKind.SERVER
    assert "over capacity" in caught.value.message


@pytest.mark.parametrize(
    ("dialect", "field"),
    [
        ("openai", "max_completion_tokens"),
        ("cerebras", "max_completion_tokens"),
        ("vllm", "max_tokens"),
        ("generic", "max_tokens"),
    ],
)
def test_each_provider_gets_its_own_limit_field(dialect: str, field: str) -> None:
    request = ModelRequest("", (ChatMessage("user", "q"),), 500)
    body = chat_body(request, EndpointProfile("n", "http://h/v1"), PROVIDERS[dialect], "m")
    assert body[field] == 500
    assert body["stream_options"]["include_usage"] is True
    assert body["messages"] == [{"role": "user", "content": "q"}]


def test_predictions_go_to_those_who_take_them() -> None:
    profile = EndpointProfile("n", "http://h/v1")
    assert "prediction" not in chat_body(REQUEST, profile, PROVIDERS["groq"], "m")
    taken = chat_body(REQUEST, profile, PROVIDERS["openai"], "m")
    assert taken["prediction"] == {"type": "content", "content": "old text"}


def test_live_counts_are_asked_for_where_they_exist() -> None:
    profile = EndpointProfile("n", "http://h/v1")
    vllm = chat_body(REQUEST, profile, PROVIDERS["vllm"], "m")
    assert vllm["stream_options"]["continuous_usage_stats"] is True
    assert chat_body(REQUEST, profile, PROVIDERS["llama.cpp"], "m")["timings_per_token"] is True


@pytest.mark.parametrize(
    ("asked", "tier", "other"),
    [
        ("ultrafast", "default", [True]),
        ("fast", "priority", [False]),
        ("priority", "priority", [False]),
        ("priority", "auto", []),
        ("", "default", []),
    ],
)
def test_the_lane_it_came_in_is_told_where_one_was_asked_for(
    asked: str, tier: str, other: list[bool]
) -> None:
    reader = ChatReader(replace(PEER, tier=asked))
    out: list[WireEvent] = []
    end = {"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "service_tier": tier}
    for chunk in (end, {"choices": [], "usage": {"completion_tokens": 1}, "service_tier": tier}):
        reader.read(json.dumps(chunk).encode(), 1, out)
    assert [e.other for e in out if isinstance(e, Served)] == other


def test_nims_account_of_a_request_is_read() -> None:
    stats = {
        "type": "NIM LLM Model Stats",
        "generation_time_in_ms": 800.0,
        "time_in_queue_in_ms": 10.0,
        "response_tokens": {"time_to_first_token_in_ms": 110.0},
    }
    out = read(chunk({"content": "a"}), chunk(reason="stop", stats=stats))
    assert [one for one in out if isinstance(one, ServerTimings)] == [
        ServerTimings(1, 10_000_000, 110_000_000, 690_000_000)
    ]
    odd = read(chunk({"content": "a"}), chunk(reason="stop", stats={"response_tokens": "x"}))
    assert not any(isinstance(one, ServerTimings) for one in odd)


@pytest.mark.parametrize(
    ("dialect", "model", "wanted"),
    [
        ("groq", "qwen/qwen3-32b", {"reasoning_format": "parsed"}),
        ("groq", "openai/gpt-oss-120b", {}),
        ("cerebras", "qwen-3.8-27b", {"reasoning_format": "parsed"}),
        ("minimax", "MiniMax-M3", {"reasoning_split": True}),
        ("vllm", "qwen3-coder", {}),
    ],
)
def test_thoughts_are_asked_for_apart_where_a_provider_has_a_field_for_it(
    dialect: str, model: str, wanted: dict[str, Any]
) -> None:
    body = chat_body(REQUEST, EndpointProfile("n", "http://h/v1"), PROVIDERS[dialect], model)
    assert {k: v for k, v in body.items() if k.startswith("reasoning_")} == wanted
