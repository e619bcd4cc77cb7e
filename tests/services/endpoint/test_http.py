from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.endpoint.wire import (
    Channel,
    Connected,
    Delta,
    Ending,
    FirstEvent,
    HeadersRead,
    RequestSent,
    Usage,
)
from spark_tui.services.endpoint import Timeouts

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any


def responses_turn(*pieces: str) -> list[str]:
    events: list[dict[str, object]] = [{"type": "response.created", "response": {"id": "r1"}}]
    events += [{"type": "response.output_text.delta", "delta": one} for one in pieces]
    usage = {
        "input_tokens": 90,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
    }
    events.append({"type": "response.completed", "response": {"id": "r1", "usage": usage}})
    return [json.dumps({**one, "sequence_number": i}) for i, one in enumerate(events)]


def chat_turn(*pieces: str) -> list[str]:
    chunks: list[dict[str, object]] = [
        {"id": "c1", "choices": [{"index": 0, "delta": {"content": one}, "finish_reason": None}]}
        for one in pieces
    ]
    chunks.append({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = {
        "prompt_tokens": 90,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    chunks.append({"id": "c1", "choices": [], "usage": usage})
    return [json.dumps(one) for one in chunks] + ["[DONE]"]


TURNS = {"responses": responses_turn, "chat": chat_turn}


@pytest.mark.parametrize("wire", ["responses", "chat"])
def test_a_turn_comes_out_in_order_with_stamps_and_exact_usage(kit: Kit, wire: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer, "x-request-id: req-7\r\n")
        for payload in TURNS[wire]("def ", "näme", "()"):
            await kit.chunk(writer, kit.sse(payload))
        await kit.chunk(writer, b"")

    server = kit.serve(handler)
    got = kit.ask(server.url, wire)
    kinds = [type(one).__name__ for one in got.events]
    assert kinds[:4] == ["Connected", "RequestSent", "HeadersRead", "FirstEvent"]
    assert got.text == "def näme()"
    assert got.ended().ending is Ending.COMPLETE
    assert got.ended().response_id in {"r1", "c1"}
    usage = next(one for one in got.events if isinstance(one, Usage))
    assert (usage.input, usage.output, usage.cached, usage.reasoning) == (90, 7, 64, 2)
    connected, sent, head, first = got.events[:4]
    assert isinstance(connected, Connected)
    assert isinstance(sent, RequestSent)
    assert isinstance(head, HeadersRead)
    assert isinstance(first, FirstEvent)
    assert not connected.reused
    assert connected.tcp_ns
    assert connected.at <= sent.started <= sent.at <= head.at <= first.at
    assert sent.size > len(server.requests[0].body)
    assert head.request_id == "req-7"
    assert got.threads == {"network"}


@pytest.mark.parametrize("wire", ["responses", "chat"])
def test_the_second_call_reuses_the_connection(kit: Kit, wire: str) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(*TURNS[wire]("a")))
        await kit.chunk(writer, b"")

    server = kit.serve(handler)
    endpoint = kit.endpoint(server.url, wire)
    for turn in range(3):
        got = kit.collector()
        endpoint.call(kit.request, got)
        got.ended()
        connected = next(one for one in got.events if isinstance(one, Connected))
        assert connected.reused is (turn > 0)
        kit.until(lambda: not kit.network._tasks)
    assert server.connections == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("wire", ["responses", "chat"])
def test_events_do_not_depend_on_how_bytes_are_cut(kit: Kit, wire: str, size: int) -> None:
    body = kit.sse(*TURNS[wire]("dé", "f 文字", " 🎉", "\u2028x"))

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        for start in range(0, len(body), size):
            await kit.chunk(writer, body[start : start + size])
        await kit.chunk(writer, b"")

    got = kit.ask(kit.serve(handler).url, wire)
    deltas = [one.text for one in got.events if isinstance(one, Delta)]
    assert deltas == ["dé", "f 文字", " 🎉", "\u2028x"]
    assert all(one.channel is Channel.TEXT for one in got.events if isinstance(one, Delta))
    assert got.ended().ending is Ending.COMPLETE


def one_chunk(content: str, reason: str | None = None, kind: str = "content") -> str:
    return json.dumps(
        {"id": "c", "choices": [{"index": 0, "delta": {kind: content}, "finish_reason": reason}]}
    )


async def test_a_finish_reason_in_every_chunk_does_not_end_the_answer(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        for index, piece in enumerate("abc"):
            await kit.chunk(writer, kit.sse(one_chunk(piece, "stop")))
            if index:
                await asyncio.sleep(0.15)
        await kit.chunk(writer, kit.sse("[DONE]"))
        await kit.chunk(writer, b"")

    server = kit.serve(handler)
    got = kit.collector()
    kit.endpoint(server.url, "chat", timeouts=Timeouts(finish=0.1)).call(kit.request, got)
    ended = await asyncio.to_thread(got.ended)
    assert got.text == "abc"
    assert ended.ending is Ending.COMPLETE


async def test_the_second_of_grace_starts_again_with_content(kit: Kit) -> None:
    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        await kit.chunk(writer, kit.sse(one_chunk("hm", "stop", "reasoning")))
        await asyncio.sleep(0.15)
        await kit.chunk(writer, kit.sse(one_chunk("a"), one_chunk("", "stop")))
        await asyncio.Event().wait()

    server = kit.serve(handler)
    got = kit.collector()
    kit.endpoint(server.url, "chat", timeouts=Timeouts(finish=0.1)).call(kit.request, got)
    ended = await asyncio.to_thread(got.ended)
    assert got.text == "hma"
    assert (ended.ending, ended.certain) == (Ending.COMPLETE, False)
