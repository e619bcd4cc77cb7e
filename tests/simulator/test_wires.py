from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest

from spark_tui.simulator.parts import Reply

Start = Callable[..., Awaitable[Any]]
Serve = Callable[..., Awaitable[str]]

PROMPT = """File: calc.py
```python
def add(a, b):
    return a + b
```

Instruction:
rename add to plus"""

PATCH = """Renaming add to plus in calc.py.

*** Begin Patch
*** Update File: calc.py
@@
-def add(a, b):
+def plus(a, b):
     return a + b
*** End Patch
"""


async def test_the_official_client_streams_responses_in_order(simulator: Start) -> None:
    sim = await simulator("--ttft", "5", "--rate", "5000")
    async with openai.AsyncOpenAI(base_url=sim.url, api_key="any", max_retries=0) as client:
        stream = await client.responses.create(model="m", input=PROMPT, stream=True)
        events = [event async for event in stream]
    kinds = [event.type for event in events]
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert text == PATCH
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.usage is not None
    assert last.response.usage.output_tokens == kinds.count("response.output_text.delta")
    assert last.response.output_text == PATCH


async def test_the_official_client_streams_chat_with_usage(simulator: Start) -> None:
    sim = await simulator("--ttft", "5", "--rate", "5000")
    async with openai.AsyncOpenAI(base_url=sim.url, api_key="any", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": PROMPT}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    contents = [c.choices[0].delta.content for c in chunks if c.choices]
    assert "".join(text or "" for text in contents) == PATCH
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens == (await sim.records())[0]["output_tokens"]


async def test_whole_answers_and_models(simulator: Start) -> None:
    sim = await simulator("--ttft", "1", "--rate", "0", "--key", "k1")
    async with openai.AsyncOpenAI(base_url=sim.url, api_key="k1", max_retries=0) as client:
        assert (await client.responses.create(model="m", input=PROMPT)).output_text == PATCH
        chat = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": PROMPT}]
        )
        assert chat.choices[0].message.content == PATCH
        assert [model.id async for model in client.models.list()] == ["simulated"]
    async with openai.AsyncOpenAI(base_url=sim.url, api_key="k2", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.responses.create(model="m", input=PROMPT)


ENVELOPE = PATCH.partition("\n\n")[2]


async def test_the_official_client_reads_custom_tool_calls(serve: Serve) -> None:
    url = await serve(reply=Reply.TOOL)
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:
        stream = await client.responses.create(model="m", input=PROMPT, stream=True)
        events = [event async for event in stream]
        whole = await client.responses.create(model="m", input=PROMPT)
    deltas = [e.delta for e in events if e.type == "response.custom_tool_call_input.delta"]
    assert "".join(deltas) == ENVELOPE
    last = events[-1]
    assert last.type == "response.completed"
    for response in (last.response, whole):
        message, call = response.output
        assert message.type == "message"
        assert call.type == "custom_tool_call"
        assert (call.name, call.input) == ("apply_patch", ENVELOPE)
    numbers = [event.sequence_number for event in events]
    assert numbers == list(range(len(events)))


async def test_the_official_client_reads_hosted_patch_operations(serve: Serve) -> None:
    url = await serve(reply=Reply.HOSTED)
    async with (
        openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client,
        client.responses.stream(model="m", input=PROMPT) as stream,
    ):
        final = await stream.get_final_response()
    call = final.output[-1]
    assert call.type == "apply_patch_call"
    assert call.operation.type == "update_file"
    assert call.operation.path == "calc.py"
    assert call.operation.diff == "".join(ENVELOPE.splitlines(keepends=True)[2:-1])


async def test_the_official_client_reads_chat_tool_calls(serve: Serve) -> None:
    url = await serve(reply=Reply.TOOL)
    messages: Any = [{"role": "user", "content": PROMPT}]
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:
        whole = await client.chat.completions.create(model="m", messages=messages)
        stream = await client.chat.completions.create(model="m", messages=messages, stream=True)
        chunks = [chunk async for chunk in stream]
    calls = whole.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "custom"
    assert calls[0].custom.input == ENVELOPE
    assert whole.choices[0].finish_reason == "tool_calls"
    parts = [call for c in chunks for call in (c.choices[0].delta.tool_calls or ())]
    inputs = [part.model_extra["custom"]["input"] for part in parts if part.model_extra]
    assert "".join(inputs) == ENVELOPE
