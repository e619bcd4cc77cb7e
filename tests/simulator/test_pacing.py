import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.simulator import tokens
from spark_tui.simulator.pacing import pace, schedule

Start = Callable[..., Awaitable[Any]]


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    pieces = tokens.split(text)
    assert "".join(pieces) == text
    assert len(pieces) == tokens.count(text)
    assert all(pieces)


def test_tokens_of_code_have_about_four_characters() -> None:
    text = "def add(first, second):\n    return first + second  # the sum\n" * 20
    assert 3.0 < len(text) / tokens.count(text) < 5.0


@given(
    st.integers(1, 300),
    st.integers(1, 7),
    st.sampled_from([0.0, 100.0, 1000.0, 5000.0]),
    st.sampled_from([0.0, 3.0]),
)
def test_the_schedule_never_drifts(count: int, bundle: int, rate: float, jitter: float) -> None:
    due = schedule(count, bundle, rate, jitter, 1)
    assert len(due) == -(-count // bundle)
    assert due == sorted(due)
    assert due[0] == 0
    for event, at in enumerate(due):
        exact = event * bundle * 1e9 / rate if rate else 0
        assert exact - 1 <= at <= exact + jitter * 1e6 + 1


async def test_late_events_are_sent_together() -> None:
    sent: list[tuple[int, int]] = []

    async def send(now: int, start: int, stop: int) -> None:
        sent.append((start, stop))

    await pace([0, 1, 2, 3], time.monotonic_ns() - 1_000_000, send)
    assert sent == [(0, 4)]


@pytest.mark.parametrize("rate", [100, 1000, 3000, 5000])
async def test_the_log_shows_the_rate_that_was_asked_for(simulator: Start, rate: int) -> None:
    sim = await simulator("--rate", str(rate), "--ttft", "60")
    body = {"model": "m", "stream": True, "input": f"Instruction:\nwrite {rate // 4} words"}
    seen = []
    for turn in range(1, 6):
        async with (
            aiohttp.ClientSession() as session,
            session.post(sim.url + "/responses", json=body) as reply,
        ):
            stream = await reply.read()
        record = (await sim.records(turn))[-1]
        writes = record["writes"]
        count = sum(n for _, n in writes)
        usage = json.loads(stream.split(b"data: ")[-1])["response"]["usage"]
        assert usage["output_tokens"] == count == record["output_tokens"]
        assert stream.count(b"event: response.output_text.delta") == count
        ttft_ms = (writes[0][0] - record["t_request_read"]) / 1e6
        assert ttft_ms >= 60
        seconds = (writes[-1][0] - writes[0][0]) / 1e9
        seen.append((ttft_ms, (count - writes[0][1]) / seconds))
        # Another process may have had the machine for a while; a calm turn must agree.
        if ttft_ms < 70 and seen[-1][1] == pytest.approx(rate, rel=0.05):
            return
    pytest.fail(f"(ms, tok/s) of each turn: {seen}")
