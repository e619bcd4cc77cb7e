"""The simulated limit of tokens a minute, and the queue and pause a provider may have."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from spark_tui.simulator.allowance import TokensPerMinute
from spark_tui.simulator.dialects import ImitatedProvider

Serve = Callable[..., Awaitable[str]]
BODY = {
    "model": "m",
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_tokens": 600,
    "messages": [{"role": "user", "content": "Instruction:\nwrite 20 words"}],
}


def test_a_bucket_refills_over_a_minute() -> None:
    now = [0.0]
    bucket = TokensPerMinute(6000, lambda: now[0])
    assert bucket.take(4000) == 0.0
    assert bucket.take(4000) == pytest.approx(20.0)
    assert bucket.headers() == {
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "2000",
        "x-ratelimit-reset-tokens": "40.000s",
    }
    now[0] = 20.0
    assert bucket.take(4000) == 0.0
    assert TokensPerMinute(0).take(10**9) == 0.0
    assert TokensPerMinute(0).headers() == {}


async def test_what_does_not_fit_is_refused_with_the_time_until_it_does(serve: Serve) -> None:
    url = await serve(tpm=1000)
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/chat/completions", json=BODY) as first:
            assert first.status == 200
            left = int(first.headers["x-ratelimit-remaining-tokens"])
            assert 300 < left < 400
        async with session.post(f"{url}/chat/completions", json=BODY) as second:
            assert second.status == 429
            assert 12 < float(second.headers["retry-after"]) < 20
            assert (await second.json())["error"]["code"] == "rate_limit_exceeded"


async def test_queue_is_told_apart_from_prefill(serve: Serve) -> None:
    url = await serve(ttft_ms=40.0, queue_ms=30.0, dialect=ImitatedProvider.CEREBRAS)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/chat/completions", json=BODY) as reply,
    ):
        lines = (await reply.read()).split(b"\n")
    chunks = [json.loads(line[6:]) for line in lines if line.startswith(b"data: {")]
    info = next(chunk["time_info"] for chunk in chunks if "time_info" in chunk)
    assert (info["queue_time"], info["prompt_time"]) == (pytest.approx(0.03), pytest.approx(0.01))
