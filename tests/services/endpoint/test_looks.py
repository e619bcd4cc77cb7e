"""Calls that ask to see more: told apart by name, whole, in order, whatever a server sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core import prompts
from spark_tui.core.endpoint.wire import (
    Channel,
    ChatMessage,
    Delta,
    Ended,
    Ending,
    FaultKind,
    LookAsked,
    Looked,
    ModelRequest,
    WireEvent,
)
from spark_tui.core.looks import NAMES, RULES_IN_WORDS
from spark_tui.services.endpoint.faults.faults import Peer
from spark_tui.services.endpoint.faults.statuses import from_status
from spark_tui.services.endpoint.wires.chat import ChatReader
from spark_tui.services.endpoint.wires.looks_in_words import WordLooks
from spark_tui.services.endpoint.wires.responses import ResponsesReader

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Collector, Got, Kit
else:
    Kit = Got = Collector = Any

PEER = Peer("openai", "api.openai.com", "m")
ARGUMENTS = '{"file_path": "net/pool.py"}'
ASKED = prompts.with_looks(ModelRequest("Be brief.", (ChatMessage("user", "q"),), 500))


def looks(events: Sequence[WireEvent]) -> list[tuple[str, str, str]]:
    return [(e.call_id, e.name, e.arguments) for e in events if isinstance(e, LookAsked)]


def said(events: Sequence[WireEvent], *channels: Channel) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.channel in channels)


# ------------------------------------------------------------------ Responses


def item(kind: str, index: int, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"i{index}", **fields}


def function(index: int, name: str = "read_file", arguments: str = "", **more: Any) -> Any:
    fields = {"call_id": f"call_{index}", "name": name, "arguments": arguments, **more}
    return item("function_call", index, **fields)


def event(kind: str, index: int, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "output_index": index, **fields}


def call_events(index: int, arguments: str = ARGUMENTS, **more: Any) -> list[dict[str, Any]]:
    """A call as the wire sends it, its arguments in two pieces."""
    half = len(arguments) // 2
    pieces = (arguments[:half], arguments[half:])
    return [
        event("output_item.added", index, item=function(index, **more)),
        *(event("function_call_arguments.delta", index, delta=piece) for piece in pieces),
        event("output_item.done", index, item=function(index, arguments=arguments, **more)),
    ]


COMPLETED = {"type": "response.completed", "response": {"id": "resp_1"}}


def read_responses(*events: dict[str, Any]) -> tuple[ResponsesReader, list[WireEvent]]:
    reader, out = ResponsesReader(PEER, NAMES), list[WireEvent]()
    for number, one in enumerate(events):
        if reader.read(json.dumps(one).encode(), number, out):
            break
    return reader, out


def test_a_look_is_told_when_its_item_is_done_and_never_parsed() -> None:
    reader, out = read_responses(*call_events(0), *call_events(1, '{"file_path": "b"}'), COMPLETED)
    assert looks(out) == [
        ("call_0", "read_file", ARGUMENTS),
        ("call_1", "read_file", '{"file_path": "b"}'),
    ]
    assert [e.at for e in out if isinstance(e, LookAsked)] == [3, 7]
    assert said(out, Channel.LOOK) == ARGUMENTS + '{"file_path": "b"}'
    assert said(out, Channel.TEXT, Channel.TOOL) == ""
    assert list(reader.looks) == ["call_0", "call_1"]
    assert not reader.owed
    assert isinstance(out[-1], Ended)
    assert out[-1].ending is Ending.COMPLETE


def test_a_call_without_a_beginning_or_with_nothing_but_an_end_is_one_too() -> None:
    for events in (call_events(0)[1:], call_events(0)[-1:]):
        _, out = read_responses(*events, COMPLETED)
        assert looks(out) == [("call_0", "read_file", ARGUMENTS)]
    response = {"type": "response.completed", "response": {"output": [function(0, "list_dir")]}}
    _, out = read_responses(response)
    assert looks(out) == [("call_0", "list_dir", "")]


def test_another_function_is_an_edit_as_before() -> None:
    _, out = read_responses(*call_events(0, "*** Begin Patch", name="apply_patch"), COMPLETED)
    assert looks(out) == []
    assert said(out, Channel.TOOL) == "*** Begin Patch\n"
    plain, events = ResponsesReader(PEER), list[WireEvent]()
    for number, one in enumerate(call_events(0)):
        plain.read(json.dumps(one).encode(), number, events)
    assert said(events, Channel.TOOL).startswith(ARGUMENTS)


def test_an_edit_in_an_answer_that_looks_is_told_to_come_later() -> None:
    patch = {"call_id": "call_9", "name": "apply_patch", "input": "*** Begin Patch\n"}
    reader, _ = read_responses(
        event("output_item.done", 0, item=item("reasoning", 0, encrypted_content="x", summary=[])),
        event("output_item.done", 1, item=item("custom_tool_call", 1, **patch)),
        *call_events(2),
        COMPLETED,
    )
    assert [one["type"] for one in reader.items] == [
        "reasoning",
        "custom_tool_call",
        "function_call",
        "custom_tool_call_output",
    ]
    assert reader.owed["call_9"]["output"].startswith("Not applied: finish looking first")


# ------------------------------------------------------------------ Chat Completions


def chunk(*calls: dict[str, Any], reason: str | None = None, **delta: Any) -> dict[str, Any]:
    inner = {**delta, "tool_calls": list(calls)} if calls else delta
    return {"id": "c", "choices": [{"index": 0, "delta": inner, "finish_reason": reason}]}


def part(arguments: str | dict[str, str], name: str = "", **more: Any) -> dict[str, Any]:
    inner: dict[str, Any] = {"arguments": arguments}
    return {"function": {**inner, "name": name} if name else inner, **more}


def read_chat(*chunks: dict[str, Any]) -> tuple[ChatReader, list[WireEvent]]:
    reader, out = ChatReader(PEER, functions=NAMES), list[WireEvent]()
    for number, one in enumerate(chunks):
        if reader.read(json.dumps(one).encode(), number, out):
            return reader, out
    reader.read(b"[DONE]", 99, out)
    return reader, out


TWO = [("a", "read_file", ARGUMENTS), ("b", "grep_files", '{"pattern": "x"}')]


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(
            [
                chunk(part("", "read_file", index=0, id="a", type="function")),
                chunk(part(ARGUMENTS[:9], index=0)),
                chunk(part(ARGUMENTS[9:], index=0)),
                chunk(part("", "grep_files", index=1, id="b")),
                chunk(part('{"pattern": "x"}', index=1)),
                chunk(reason="tool_calls"),
            ],
            id="as documented",
        ),
        pytest.param(
            [
                chunk(part("", "read_file", index=0, id="a")),
                chunk(part("", "grep_files", index=1, id="b")),
                chunk(part('{"pattern": ', index=1), part(ARGUMENTS[:9], index=0)),
                chunk(part(ARGUMENTS[9:], index=0), part('"x"}', index=1)),
                chunk(reason="stop"),
            ],
            id="interleaved, and it ends with stop",
        ),
        pytest.param(
            [
                chunk(part(ARGUMENTS, "read_file", id="a")),
                chunk(part('{"pattern": "x"}', "grep_files", id="b")),
                chunk(reason="tool_calls"),
            ],
            id="whole calls without a number",
        ),
        pytest.param(
            [
                chunk(
                    part(ARGUMENTS, "read_file", id="a", index=0),
                    part('{"pattern": "x"}', "grep_files", id="b", index=0),
                ),
                chunk(reason="stop"),
            ],
            id="all numbered alike",
        ),
        pytest.param(
            [
                chunk(part(ARGUMENTS[:9], "read_file", id="a", index=0)),
                chunk(part(ARGUMENTS[9:], "read_file", id="a", index=0)),
                chunk(part('{"pattern": "x"}', "grep_files", id="b", index=1), reason="stop"),
            ],
            id="the name again with every piece",
        ),
    ],
)
def test_calls_are_joined_however_a_server_numbers_them(chunks: list[dict[str, Any]]) -> None:
    reader, out = read_chat(*chunks)
    assert looks(out) == TWO
    assert isinstance(out[-1], Ended)
    assert out[-1].ending is Ending.COMPLETE
    assert said(out, Channel.TOOL, Channel.TEXT) == ""
    assert reader.whole


def test_missing_ids_are_made_and_objects_are_written_out() -> None:
    _, out = read_chat(
        chunk(part({"file_path": "a"}, "read_file")),
        chunk(part({"file_path": "b"}, "read_file")),
        chunk(reason="tool_calls"),
    )
    assert looks(out) == [
        ("call_0", "read_file", '{"file_path":"a"}'),
        ("call_1", "read_file", '{"file_path":"b"}'),
    ]


def test_a_look_is_told_as_soon_as_the_next_one_begins() -> None:
    _, out = read_chat(
        chunk(part(ARGUMENTS, "read_file", index=0, id="a")),
        chunk(part("", "grep_files", index=1, id="b")),
        chunk(part('{"pattern": "x"}', index=1)),
        chunk(reason="tool_calls"),
    )
    assert [(e.call_id, e.at) for e in out if isinstance(e, LookAsked)] == [("a", 1), ("b", 99)]


def test_calls_of_an_answer_that_broke_off_are_none() -> None:
    reader, out = ChatReader(PEER, functions=NAMES), list[WireEvent]()
    reader.read(json.dumps(chunk(part(ARGUMENTS, "read_file", id="a"))).encode(), 1, out)
    with pytest.raises(Exception, match="broke off"):
        reader.at_end(2, out)
    assert looks(out) == []


# ------------------------------------------------------------------ in words


def sifted(text: str, cuts: Sequence[int] = ()) -> list[WireEvent]:
    words = WordLooks()
    out: list[WireEvent] = []
    places = [0, *sorted(cuts), len(text)]
    for number, (start, end) in enumerate(pairwise(places)):
        out += words.sift([Delta(number, text[start:end])])
    return out + words.sift([Ended(99, Ending.COMPLETE)])


WORDS = (
    "I need two files.\n"
    "look: net/pool.py:10-80\n"
    "- `look: /acquire(/`\n"
    "  look: net/\n"
    "look: this is no path\n"
    "lookout\n"
    "look: .env"
)


def test_lines_that_ask_are_taken_out_of_the_text() -> None:
    out = sifted(WORDS)
    assert [(name, json.loads(arguments)) for _, name, arguments in looks(out)] == [
        ("read_file", {"file_path": "net/pool.py:10-80"}),
        ("grep_files", {"pattern": "acquire("}),
        ("list_dir", {"dir_path": "net/"}),
        ("read_file", {"file_path": ".env"}),
    ]
    assert said(out, Channel.TEXT) == "I need two files.\nlook: this is no path\nlookout\n"
    assert sorted(said(out, Channel.TEXT, Channel.LOOK)) == sorted(WORDS)


@given(st.lists(st.integers(0, len(WORDS)), max_size=12))
@settings(max_examples=30, deadline=None)
def test_any_chunking_takes_out_the_same(cuts: list[int]) -> None:
    out, whole = sifted(WORDS, cuts), sifted(WORDS)
    assert looks(out) == looks(whole)
    assert said(out, Channel.TEXT) == said(whole, Channel.TEXT)


def test_what_a_file_holds_is_no_request_to_look() -> None:
    patch = "*** Begin Patch\n*** Add File: a.yaml\n+x\nlook: net/pool.py\n*** End Patch\n"
    for text in (f"Here.\n\n{patch}", "a.yaml\n```\nlook: net/pool.py\n```\n"):
        assert looks(sifted(text)) == []
        assert said(sifted(text), Channel.TEXT) == text


# ------------------------------------------------------------------ over a socket


async def answered(kit: Kit, writer: asyncio.StreamWriter, *payloads: str) -> None:
    await kit.send(writer, kit.sse(*payloads))


def round_of(call: str = "call_0", response: str = "resp_1") -> ChatMessage:
    return ChatMessage(
        "assistant", "Let me see.", (Looked(call, "read_file", ARGUMENTS, "File: x"),), response
    )


def ask(kit: Kit, endpoint: Any, request: ModelRequest) -> Collector:
    got = kit.collector()
    endpoint.call(request, got)
    got.ended()
    return got


def test_reasoning_goes_back_before_the_call_it_belongs_to(kit: Kit) -> None:
    reasoning = item("reasoning", 0, encrypted_content="secret", summary=[])
    message = item(
        "message",
        1,
        role="assistant",
        phase="commentary",
        content=[{"type": "output_text", "text": "Let me see."}],
    )
    events = [
        event("output_item.done", 0, item=reasoning),
        event("output_text.delta", 1, content_index=0, delta="Let me see."),
        event("output_item.done", 1, item=message),
        *call_events(2),
        COMPLETED,
    ]

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await answered(kit, writer, *(json.dumps(one) for one in events))

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, model="gpt-5.3-codex-spark", dialect="azure")
    ask(kit, endpoint, ASKED)
    more = replace(ASKED, messages=(*ASKED.messages, round_of("call_2")), must_answer=True)
    ask(kit, endpoint, more)
    body = json.loads(server.requests[1].body)
    assert body["tool_choice"] == "none"
    assert body["tools"] == json.loads(server.requests[0].body)["tools"]
    assert body["include"] == ["reasoning.encrypted_content"]
    assert body["input"][1:] == [
        {"type": "reasoning", "summary": [], "encrypted_content": "secret"},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Let me see."}],
            "phase": "commentary",
        },
        {
            "type": "function_call",
            "call_id": "call_2",
            "name": "read_file",
            "arguments": ARGUMENTS,
        },
        {"type": "function_call_output", "call_id": "call_2", "output": "File: x"},
    ]


def test_what_was_thought_goes_back_in_the_field_it_came_in(kit: Kit) -> None:
    chunks = [
        chunk(reasoning_content="Hm"),
        chunk(part(ARGUMENTS, "read_file", id="call_0", index=0), reasoning_content="m."),
        chunk(reason="tool_calls"),
    ]

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await answered(kit, writer, *(json.dumps(one) for one in chunks), "[DONE]")

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, "chat")
    ask(kit, endpoint, ASKED)
    ask(kit, endpoint, replace(ASKED, messages=(*ASKED.messages, round_of())))
    told = json.loads(server.requests[1].body)["messages"][2:]
    assert told == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {
                    "id": "call_0",
                    "type": "function",
                    "function": {"name": "read_file", "arguments": ARGUMENTS},
                }
            ],
            "reasoning_content": "Hm" + "m.",
        },
        {"role": "tool", "tool_call_id": "call_0", "content": "File: x"},
    ]


COMPLAINTS = [
    (400, '{"error": {"message": "registry/x does not support tools"}}'),
    (400, '{"object": "error", "message": "\\"auto\\" tool choice requires --enable-auto-tool-'
          'choice and --tool-call-parser to be set"}'),
    (500, '{"error": {"code": 500, "message": "tools param requires --jinja flag"}}'),
    (404, '{"error": {"message": "No endpoints found that support tool use.", "code": 404}}'),
    (400, '{"error": {"message": "Unknown parameter: \'tools\'.", "param": "tools"}}'),
    (422, '{"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]}'),
]  # fmt: skip


@pytest.mark.parametrize(("status", "complaint"), COMPLAINTS)
def test_an_address_that_takes_no_tools_is_asked_in_words(
    kit: Kit, status: int, complaint: str
) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        if "tools" in json.loads(got.body):
            data = complaint.encode()
            await kit.send(writer, data, status=f"{status} No", kind="application/json")
        else:
            done = chunk(content="look: a.py\n", reason=None), chunk(reason="stop")
            await answered(kit, writer, *(json.dumps(one) for one in done), "[DONE]")

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, "chat")
    got = ask(kit, endpoint, ASKED)
    assert looks(got.events) == [("look_0", "read_file", '{"file_path": "a.py"}')]
    system = json.loads(server.requests[1].body)["messages"][0]["content"]
    assert system.endswith(RULES_IN_WORDS)
    ask(kit, endpoint, ASKED)
    assert len(server.requests) == 3
    assert endpoint.learnt.said() == ["tools is left out"]


def test_a_model_that_is_not_there_is_no_refusal_of_tools() -> None:
    body = b'{"error": {"message": "The model tool-x does not exist", "code": "model_not_found"}}'
    assert from_status(404, {}, body, PEER).kind is FaultKind.NOT_FOUND


def test_the_mark_may_begin_with_a_capital() -> None:
    assert looks(sifted("Look: net/pool.py\nLook: it is there.\n")) == [
        ("look_0", "read_file", '{"file_path": "net/pool.py"}')
    ]
