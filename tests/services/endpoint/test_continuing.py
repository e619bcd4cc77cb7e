"""Turns that follow one another: what is sent of them, and what is done where that is refused."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import ServerConnection

from spark_tui.core.endpoint.wire import Ending, EndpointProfile, ModelRequest, Retrying
from spark_tui.services.endpoint import ModelEndpoint, Retries, Timeouts
from spark_tui.services.endpoint.capabilities import Memory
from spark_tui.services.endpoint.providers import PROVIDERS
from spark_tui.services.endpoint.wires.replayed_items import Replies, item_to_keep
from spark_tui.services.endpoint.wires.responses import responses_body
from tests.services.endpoint.test_websocket import (
    SocketServer,
    answer,
    call,
    conversation,
    pumps,
    sockets,
)

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any

__all__ = ["sockets"]
TOGETHER = "Argument not supported: instructions and previous_response_id together"


def refusal(message: str = TOGETHER, code: str = "invalid-argument", status: int = 400) -> str:
    error = {"code": code, "message": message}
    return json.dumps({"type": "error", "status": status, "error": error})


def never(*said: str) -> Any:
    """A server that refuses every turn that follows an answer by its id."""

    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if "previous_response_id" in frame:
            for one in said:
                await connection.send(one)
        elif frame.get("generate") is False:
            done = {"type": "response.completed", "response": {"id": "warm"}}
            await connection.send(json.dumps(done))
        else:
            await answer(connection, frame, number)

    return script


def follows(server: SocketServer) -> list[bool]:
    return ["previous_response_id" in frame for frame in server.frames]


CREATED = json.dumps({"type": "response.created", "response": {"id": "r"}})
FAILED = json.dumps(
    {
        "type": "response.failed",
        "response": {"id": "r", "error": {"code": "invalid_prompt", "message": TOGETHER}},
    }
)


@pytest.mark.parametrize(
    "said",
    [
        (refusal(),),
        (refusal("no such response", "not_found", 404),),
        (refusal("no", "unsupported_parameter", 422),),
        (CREATED, refusal()),
        (CREATED, FAILED),
    ],
)
def test_a_refused_continuation_is_sent_in_full_at_once_and_is_the_last(
    kit: Kit, sockets: Any, said: tuple[str, ...]
) -> None:
    server = sockets(never(*said))
    memory = Memory()

    def endpoint() -> ModelEndpoint:
        profile = EndpointProfile("test", server.url, "m", "websocket")
        made = ModelEndpoint(profile, kit.network, timeouts=Timeouts(tick=0.02), memory=memory)
        kit.endpoints.append(made)
        return made

    first = endpoint()
    first.warm(ModelRequest("Answer.", (), 1000))
    kit.until(lambda: len(server.frames) == 1 and not kit.network._tasks - pumps(kit))
    for texts in (("one",), ("one", "aéc", "two"), ("one", "aéc", "two", "aéc", "three")):
        got = call(kit, first, conversation(*texts))
        assert got.ended().ending is Ending.COMPLETE, got.ended()
        assert got.text == "aéc"
        assert not any(isinstance(one, Retrying) for one in got.events)
    assert follows(server)[1:] == [True, False, False, False]
    assert first.learnt.refuses == {"continued turns"}
    another = endpoint()
    another.warm(ModelRequest("Answer.", (), 1000))
    kit.until(lambda: another.warmed and not kit.network._tasks - pumps(kit))
    call(kit, another, conversation("one"))
    call(kit, another, conversation("one", "aéc", "two"))
    assert follows(server)[5:] == [False, False]


def test_a_server_that_failed_or_forgot_once_is_asked_to_go_on_again(
    kit: Kit, sockets: Any
) -> None:
    said = [
        refusal("overloaded", "server_error", 500),
        refusal("gone", FORGOT),
        refusal("gone", FORGOT),
    ]

    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if "previous_response_id" in frame and said:
            await connection.send(said.pop(0))
        else:
            await answer(connection, frame, number)

    server = sockets(script)
    endpoint = kit.endpoint(
        server.url, "websocket", retries=Retries(connect=0, server=1, limit=0, backoff=0.001)
    )
    texts = ["one"]
    for n in range(5):
        got = call(kit, endpoint, conversation(*texts))
        assert got.ended().ending is Ending.COMPLETE
        texts += ["aéc", f"turn {n}"]
    assert follows(server) == [False, True, False, True, False, True, False, False]
    assert endpoint.learnt.refuses == {"continued turns"}


FORGOT = "previous_response_not_found"


def test_what_a_full_request_is_refused_is_refused(kit: Kit, sockets: Any) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        if number == 1:
            await answer(connection, frame, number)
        else:
            await connection.send(refusal("the prompt is not allowed"))

    server = sockets(script)
    endpoint = kit.endpoint(server.url, "websocket")
    call(kit, endpoint, conversation("one"))
    got = call(kit, endpoint, conversation("one", "aéc", "two"))
    assert got.ended().ending is Ending.FAILED
    assert "the prompt is not allowed" in got.ended().message
    assert follows(server) == [False, True, False]
    assert endpoint.learnt.refuses == set()


def test_who_is_known_to_refuse_it_is_never_asked_to_go_on(kit: Kit, sockets: Any) -> None:
    server = sockets(never(refusal()))
    endpoint = kit.endpoint(server.url, "websocket", dialect="xai")
    endpoint.warm(ModelRequest("Answer.", (), 1000))
    kit.until(lambda: endpoint.warmed and not kit.network._tasks - pumps(kit))
    call(kit, endpoint, conversation("one"))
    call(kit, endpoint, conversation("one", "aéc", "two"))
    assert follows(server) == [False, False]


# ------------------------------------------------------------------- answers told back

REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "phase": "commentary",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Swapping.\n", "annotations": []}],
}
CALL = {
    "type": "custom_tool_call",
    "id": "ctc_1",
    "call_id": "call_1",
    "name": "apply_patch",
    "input": "*** Begin Patch\n*** End Patch\n",
}
SAID = MESSAGE["content"][0]["text"] + CALL["input"]  # type: ignore[index]
BACK = [
    {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
    {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Swapping.\n"}],
        "phase": "commentary",
    },
    {
        "type": "custom_tool_call",
        "call_id": "call_1",
        "name": "apply_patch",
        "input": CALL["input"],
    },
    {
        "type": "custom_tool_call_output",
        "call_id": "call_1",
        "output": "Shown to the programmer, who decides about each hunk.",
    },
]


def answered() -> list[str]:
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": "r1"}}]
    delta = {"output_index": 1, "content_index": 0, "delta": "Swapping.\n"}
    events.append({"type": "response.output_text.delta", **delta})
    tool = {"output_index": 2, "delta": CALL["input"]}
    events.append({"type": "response.custom_tool_call_input.delta", **tool})
    for index, item in enumerate((REASONING, MESSAGE, CALL)):
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": {"id": "r1", "status": "completed"}})
    return [json.dumps(event) for event in events]


def patching(*texts: str) -> ModelRequest:
    plain = conversation(*texts)
    return ModelRequest(plain.instructions, plain.messages, 1000, patch_tool=True)


def model_endpoint(kit: Kit, url: str, wire: str) -> ModelEndpoint:
    profile = EndpointProfile("test", url, "gpt-5.3-codex", wire, dialect="simulated")
    made = ModelEndpoint(profile, kit.network, timeouts=Timeouts(tick=0.02))
    kit.endpoints.append(made)
    return made


@pytest.mark.parametrize("refuses", [False, True])
def test_an_answer_is_told_back_in_its_own_items(kit: Kit, refuses: bool) -> None:
    bodies: list[Any] = []

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        bodies.append(json.loads(got.body)["input"])
        if refuses and any(item["type"] == "reasoning" for item in bodies[-1]):
            error = json.dumps({"error": {"message": "Invalid encrypted content", "code": "x"}})
            await kit.send(writer, error.encode(), status="400 No", kind="application/json")
        else:
            await kit.send(writer, kit.sse(*answered()))

    server = kit.serve(handler)
    endpoint = model_endpoint(kit, server.url, "responses")
    assert call(kit, endpoint, patching("one")).text == SAID
    for _ in range(2):
        got = call(kit, endpoint, patching("one", SAID, "two"))
        assert got.ended().ending is Ending.COMPLETE
    first, *others = bodies
    assert [item["role"] for item in first] == ["user"]
    assert others[0][1:-1] == BACK
    plain = [[item["role"] for item in one] for one in others[1:] if one[1]["type"] == "message"]
    assert plain == ([["user", "assistant", "user"]] * 2 if refuses else [])
    assert endpoint.learnt.refuses == ({"replayed items"} if refuses else set())


def test_it_is_told_back_on_a_new_socket_too(kit: Kit, sockets: Any) -> None:
    async def script(connection: ServerConnection, frame: dict[str, Any], number: int) -> None:
        for event in answered():
            await connection.send(event)
        await connection.close()

    server = sockets(script)
    endpoint = model_endpoint(kit, server.url, "websocket")
    call(kit, endpoint, patching("one"))
    call(kit, endpoint, patching("one", SAID, "two"))
    assert follows(server) == [False, False]
    assert server.frames[1]["input"][1:-1] == BACK


def test_calls_are_told_back_only_beside_their_tool_and_to_the_same_model() -> None:
    replies = Replies()
    kept = [one for item in (REASONING, MESSAGE, CALL) if (one := item_to_keep(item)) is not None]
    replies.keep("m", SAID, kept)
    said = {"type": "message", "role": "assistant", "content": [{"text": SAID}]}
    assert replies.told({"model": "m", "tools": [1]}, [said]) == kept
    assert replies.told({"model": "m"}, [said]) == [said]
    assert replies.told({"model": "other", "tools": [1]}, [said]) == [said]
    for n in range(9):
        replies.keep("m", f"answer {n}", kept)
    assert replies.told({"model": "m", "tools": [1]}, [said]) == [said]


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"type": 5},
        {"type": "reasoning"},
        {"type": "reasoning", "encrypted_content": 7},
        {"type": "message", "content": "x"},
        {"type": "message", "content": [None, {"text": 5}]},
        {"type": "custom_tool_call", "call_id": ["x"], "name": "n"},
        {"type": "custom_tool_call", "call_id": "c\n", "name": "n"},
        {"type": "apply_patch_call", "call_id": "c", "operation": 1},
        {"type": "web_search_call"},
    ],
)
def test_what_is_not_whole_is_not_kept(item: dict[str, Any]) -> None:
    assert item_to_keep(item) is None


@pytest.mark.parametrize(
    ("dialect", "model", "phase"),
    [
        ("openai", "gpt-5.3-codex-spark", "final_answer"),
        ("openai", "gpt-6.2-sol", "final_answer"),
        ("openai", "gpt-4.1", None),
        ("xai", "grok-4.7", None),
    ],
)
def test_a_phase_and_reasoning_are_asked_for_where_the_family_wants_them_back(
    dialect: str, model: str, phase: str | None
) -> None:
    request = conversation("one", "two", "three")
    body = responses_body(request, EndpointProfile("n", "u"), PROVIDERS[dialect], model)
    assert [item.get("phase") for item in body["input"]] == [None, phase, None]
    assert ("include" in body) == (phase is not None)
