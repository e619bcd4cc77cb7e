import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import openai
import pytest

from spark_tui.simulator.parts import Reply

Serve = Callable[..., Awaitable[str]]

FILE = "File: calc.py\n```\ndef add(a, b):\n    return a + b\n```\n"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(url + "/responses") as ws:
        yield ws


async def until(ws: aiohttp.ClientWebSocketResponse, *ends: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] not in ends:
        events.append(json.loads(await ws.receive_str(timeout=60)))
    return events


def text(events: list[dict[str, Any]]) -> str:
    return "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")


async def test_the_official_client_warms_up_and_continues(serve: Serve) -> None:
    url = await serve()
    async with (
        openai.AsyncOpenAI(base_url=url, api_key="any") as client,
        client.responses.connect() as connection,
    ):
        await connection.send(
            {"type": "response.create", "model": "m", "input": FILE, "generate": False}
        )
        warm = ""
        async for event in connection:
            if event.type == "response.completed":
                warm = event.response.id
                assert event.response.usage is not None
                assert event.response.usage.output_tokens == 0
                break
        await connection.response.create(
            model="m", previous_response_id=warm, input="Instruction:\nrename add to plus"
        )
        answer = ""
        async for event in connection:
            if event.type == "response.output_text.delta":
                answer += event.delta
            if event.type == "response.completed":
                break
    assert "+def plus(a, b):" in answer


async def test_an_unknown_previous_response_is_refused_and_the_socket_lives(serve: Serve) -> None:
    async with connected(await serve()) as ws:
        create = {"type": "response.create", "previous_response_id": "resp_x", "input": "hello"}
        await ws.send_json(create)
        (error,) = await until(ws, "error")
        assert error["status"] == 400
        assert error["error"]["code"] == "previous_response_not_found"
        await ws.send_json({"type": "response.create", "input": "hello", "stream_id": "lane-1"})
        events = await until(ws, "response.completed")
        assert {event["stream_id"] for event in events} == {"lane-1"}


async def test_steering_ends_the_answer_and_begins_another(serve: Serve) -> None:
    async with connected(await serve(rate=200.0)) as ws:
        ask = f"{FILE}\nInstruction:\nwrite 2000 words"
        await ws.send_json({"type": "response.create", "input": ask})
        first = await until(ws, "response.output_text.delta")
        running = first[0]["response"]["id"]
        steer = {"input": "Instruction:\nrename add to plus", "previous_response_id": running}
        await ws.send_json({"type": "response.steer", **steer})
        events = await until(ws, "response.incomplete")
        assert "response.steer.accepted" in [event["type"] for event in events]
        assert events[-1]["response"]["incomplete_details"] == {"reason": "steered"}
        assert "+def plus(a, b):" in text(await until(ws, "response.completed"))
        await ws.send_json({"type": "response.steer", **steer})
        (failed,) = await until(ws, "response.steer.failed")
        assert failed["error"]["code"] == "response_already_completed"


@pytest.mark.parametrize("frame", ["not json", "[]", '{"type":"response.cancel"}'])
async def test_frames_that_are_no_request_get_an_error(serve: Serve, frame: str) -> None:
    async with connected(await serve()) as ws:
        await ws.send_str(frame)
        assert (await until(ws, "error"))[0]["error"]["code"] == "invalid_request"


async def test_handshakes_are_refused_without_the_key_and_where_there_is_no_socket(
    serve: Serve,
) -> None:
    from spark_tui.simulator.faults import parse_fault

    for url, status in (
        (await serve(key="k"), 401),
        (await serve(faults=(parse_fault("no-websocket"),)), 426),
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(url):
                pass
        assert refused.value.status == status


async def test_a_tool_call_is_owed_its_output(serve: Serve) -> None:
    url = await serve(reply=Reply.TOOL)
    prompt = f"{FILE}\nInstruction:\nrename add to plus"
    async with (
        openai.AsyncOpenAI(base_url=url, api_key="any") as client,
        client.responses.connect() as connection,
    ):
        await connection.response.create(model="m", input=prompt)
        patch, call, previous = "", "", ""
        async for event in connection:
            if event.type == "response.custom_tool_call_input.delta":
                patch += event.delta
            if event.type == "response.output_item.done" and event.item.type == "custom_tool_call":
                call = event.item.call_id
            if event.type == "response.completed":
                previous = event.response.id
                break
        assert patch.startswith("*** Begin Patch")
        words: Any = {"type": "message", "role": "user", "content": "Instruction:\nwrite 3 words"}
        await connection.response.create(model="m", previous_response_id=previous, input=[words])
        async for event in connection:
            assert event.type == "error"
            assert "No tool output found" in event.error.message
            break
        output: Any = {"type": "custom_tool_call_output", "call_id": call, "output": "shown"}
        await connection.response.create(
            model="m", previous_response_id=previous, input=[output, words]
        )
        kinds = []
        async for event in connection:
            kinds.append(event.type)
            if event.type == "response.completed":
                break
        assert "response.output_text.delta" in kinds
