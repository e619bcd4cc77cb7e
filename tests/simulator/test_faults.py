import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from spark_tui.simulator.dialects import ImitatedProvider
from spark_tui.simulator.faults import MEANINGS, FaultName, FaultPlan, parse_fault

Serve = Callable[..., Awaitable[str]]

PROMPT = """File: calc.py
```
def add(a, b):
    x = 1
    return a + b
    x = 1
```

Instruction:
rename add to plus
"""
BODY = {"model": "m", "stream": True, "input": PROMPT, "instructions": "*** Begin Patch"}
CHAT = {"model": "m", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}


async def ask(url: str, body: Any = BODY, path: str = "/responses") -> tuple[int, bytes, Any]:
    """Status, body as far as it came, and headers."""
    got = b""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url + path, json=body, allow_redirects=False) as reply,
    ):
        try:
            async for piece in reply.content.iter_any():
                got += piece
        except aiohttp.ClientPayloadError:
            got += b"<cut>"
        return reply.status, got, reply.headers


def kinds(stream: bytes) -> list[str]:
    rows = [line[6:] for line in stream.split(b"\n") if line.startswith(b"data: {")]
    return [json.loads(row).get("type", "") for row in rows]


def text(stream: bytes) -> str:
    rows = [json.loads(line[6:]) for line in stream.split(b"\n") if line.startswith(b"data: {")]
    return "".join(row.get("delta", "") for row in rows)


@pytest.mark.parametrize(
    ("flag", "status"),
    [
        ("refuse-key", 401),
        ("429:7", 429),
        ("500", 500),
        ("503", 503),
        ("404", 404),
        ("redirect", 307),
    ],
)
async def test_refusals_have_their_status_and_count_down(
    serve: Serve, flag: str, status: int
) -> None:
    url = await serve(faults=(parse_fault(flag + "*1"),))
    got, body, headers = await ask(url)
    assert got == status
    if status == 307:
        assert headers["Location"].startswith("http://")
    else:
        assert set(json.loads(body)["error"]) == {"message", "type", "param", "code"}
    if status == 429:
        assert headers["retry-after"] == "7"
    assert (await ask(url))[0] == 200


async def test_streams_that_are_none(serve: Serve) -> None:
    url = await serve(faults=(parse_fault("html"),))
    assert b"<!doctype html>" in (await ask(url))[1]
    url = await serve(faults=(parse_fault("empty"),))
    assert (await ask(url))[:2] == (200, b"")
    url = await serve(faults=(parse_fault("json-not-stream"),))
    assert json.loads((await ask(url))[1])["object"] == "response"


async def test_cut_breaks_inside_the_body_and_eof_ends_it(serve: Serve) -> None:
    url = await serve(faults=(parse_fault("cut:4"),))
    _, cut, _ = await ask(url)
    assert cut.endswith(b"<cut>")
    assert kinds(cut).count("response.output_text.delta") <= 4
    url = await serve(faults=(parse_fault("eof:4"),))
    _, ended, _ = await ask(url)
    assert not ended.endswith(b"<cut>")
    assert kinds(ended)[-4:] == ["response.output_text.delta"] * 4


async def test_incomplete_by_fault_and_by_the_clients_limit(serve: Serve) -> None:
    url = await serve(faults=(parse_fault("incomplete:5"),))
    _, stream, _ = await ask(url)
    last = json.loads(stream.split(b"data: ")[-1])
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert last["response"]["usage"]["output_tokens"] == 5
    url = await serve()
    _, chat, _ = await ask(url, {**CHAT, "max_tokens": 6}, "/chat/completions")
    assert b'"finish_reason":"length"' in chat
    assert chat.endswith(b"data: [DONE]\n\n")


async def test_errors_and_broken_lines_in_the_stream(serve: Serve) -> None:
    url = await serve(faults=(parse_fault("error-event:2"),))
    assert kinds((await ask(url))[1])[-1] == "error"
    url = await serve(faults=(parse_fault("malformed-json:2"),))
    broken = [r for r in (await ask(url))[1].split(b"\n") if r.startswith(b"data: ")]
    with pytest.raises(json.JSONDecodeError):
        [json.loads(row[6:]) for row in broken]
    url = await serve(faults=(parse_fault("huge-line:2"),))
    assert max(map(len, (await ask(url))[1].split(b"\n"))) > 2 * 1024 * 1024


async def test_comments_and_slow_headers_delay_the_first_token(serve: Serve) -> None:
    url = await serve(faults=(parse_fault("drip-comments:0.2"),))
    started = time.monotonic()
    _, stream, _ = await ask(url)
    assert time.monotonic() - started >= 0.2
    assert stream.count(b": keep-alive") >= 2
    url = await serve(faults=(parse_fault("slow-headers:0.2"),))
    started = time.monotonic()
    await ask(url)
    assert time.monotonic() - started >= 0.2


async def test_a_stall_lasts_until_the_client_leaves_and_is_logged_then(
    serve: Serve, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    url = await serve(faults=(parse_fault("stall:3"),), log=log)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await ask(url)
    async with asyncio.timeout(60):
        while not log.exists():  # noqa: ASYNC110 - another task writes it, as a file
            await asyncio.sleep(0.01)
    record = json.loads(log.read_text())
    assert record["outcome"] == "disconnected"
    assert record["output_tokens"] == 3


async def test_usage_can_be_left_out(serve: Serve) -> None:
    url = await serve(faults=(parse_fault("no-usage"),))
    assert b'"usage":{' not in (await ask(url))[1]
    body = {**CHAT, "stream_options": {"include_usage": True}}
    assert b"prompt_tokens" not in (await ask(url, body, "/chat/completions"))[1]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("prose", "merits"),
        ("path-escape", "*** Add File: ../outside.txt"),
        ("missing-file", "*** Update File: no/such/file.py"),
        ("ambiguous-hunk", "@@\n-    x = 1\n+    x = 1  # here\n"),
        ("control-characters", "\x1b]0;owned\x07"),
    ],
)
async def test_answers_with_faults(serve: Serve, flag: str, expected: str) -> None:
    url = await serve(faults=(parse_fault(flag),))
    answer = text((await ask(url))[1])
    assert expected in answer
    assert ("Begin Patch" in answer) == (flag != "prose")


async def test_the_format_follows_the_instructions(serve: Serve) -> None:
    url = await serve()
    blocks = text((await ask(url, {**BODY, "instructions": "<<<<<<< SEARCH"}))[1])
    assert "calc.py\n```\n<<<<<<< SEARCH\ndef add(a, b):\n" in blocks
    assert "Begin Patch" not in blocks


@pytest.mark.parametrize(
    ("dialect", "field"),
    [
        ("cerebras", "time_info"),
        ("groq", "x_groq"),
        ("llama.cpp", "timings"),
        ("vllm", "metrics"),
    ],
)
async def test_dialects_add_their_timings(serve: Serve, dialect: str, field: str) -> None:
    url = await serve(dialect=ImitatedProvider(dialect), ttft_ms=20.0, reasoning=3)
    body = {**CHAT, "stream_options": {"include_usage": True}}
    _, stream, _ = await ask(url, body, "/chat/completions")
    last = json.loads(stream.split(b"data: ")[-2])
    assert field in last
    assert b'"reasoning' in stream
    assert last["usage"]["completion_tokens_details"]["reasoning_tokens"] == 3


def test_a_fault_flag_is_read_or_refused() -> None:
    assert parse_fault("429:2.5*3") == parse_fault(" 429:2.5*3")
    fault = parse_fault("429:2.5*3")
    assert (fault.name, fault.arg, fault.times) == (FaultName.LIMIT, 2.5, 3)
    for wrong in ("", "500:", "nonsense", "cut:x", "cut*"):
        with pytest.raises(ValueError, match="known: refuse-key"):
            parse_fault(wrong)


def test_a_plan_gives_each_fault_as_often_as_it_says() -> None:
    plan = FaultPlan([parse_fault("cut*2"), parse_fault("prose"), parse_fault("eof*1+2")])
    assert [sorted(plan.take()) for _ in range(3)] == [
        ["cut", "prose"],
        ["cut", "prose"],
        ["eof", "prose"],
    ]


async def test_wrong_addresses_methods_and_bodies_are_errors_in_the_usual_shape(
    serve: Serve,
) -> None:
    url = await serve()
    async with aiohttp.ClientSession() as session:
        for method, path, body, status in (
            ("GET", "/nothing", b"", 404),
            ("GET", "/chat/completions", b"", 405),
            ("GET", "/models/gpt-9", b"", 404),
            ("POST", "/responses", b"[1]", 400),
            ("POST", "/responses", b"{", 400),
            ("POST", "/responses", b'{"previous_response_id": "resp_x"}', 400),
        ):
            async with session.request(method, url + path, data=body) as reply:
                assert reply.status == status
                assert (await reply.json())["error"]["type"] == "invalid_request_error"


def test_every_fault_is_explained_where_the_command_line_lists_them() -> None:
    assert set(MEANINGS) == set(FaultName)
