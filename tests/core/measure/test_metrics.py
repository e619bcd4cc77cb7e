"""Every metric against the formula of the tool it is named after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spark_tui.core.endpoint.wire import (
    Channel,
    Connected,
    Delta,
    Ended,
    Ending,
    FaultKind,
    RequestSent,
    Retrying,
    Usage,
    WireEvent,
)
from spark_tui.core.measure.metrics import GOALS, METRICS, meets
from spark_tui.core.measure.request import Measured, RequestRecorder

MS = 1_000_000
T0 = 7_000 * MS


def value(request: Measured, key: str) -> float | None:
    metric = next(m for m in METRICS if m.key == key)
    found = metric.values(request)
    return found[0] if found else None


def measured(ttft: float, latency: float, output: int, first: float = 1.0) -> Measured:
    """A request by its figures in ms."""
    start = T0
    last = start + int(latency * MS)
    return Measured(512, start, start + int(ttft * MS), last, output, first, input=500)


# ms, ms, tokens -> ms: TPOT = (latency - TTFT) / (output_len - 1), worked out by hand from
# vLLM's benchmark of serving.
VLLM_TPOT = [
    (100.0, 1100.0, 101, 10.0),
    (90.0, 345.0, 256, 1.0),
    (50.0, 50.333, 2, 0.333),
    (250.0, 2250.0, 5, 500.0),
    (87.5, 472.25, 388, 384.75 / 387),
]


@pytest.mark.parametrize(("ttft", "latency", "output", "expected"), VLLM_TPOT)
def test_tpot_is_vllms(ttft: float, latency: float, output: int, expected: float) -> None:
    found = value(measured(ttft, latency, output), "time_per_output_token")
    assert found == pytest.approx(expected)


# AIPerf: ITL = (latency - TTFT) / (OSL - tokens of the first chunk); per user 1 / ITL; end to end
# OSL / latency; prefill ISL / TTFT.
AIPERF = [
    (100.0, 1100.0, 101, 1.0, 10.0, 100.0, 101 / 1.1, 5000.0),
    (100.0, 1100.0, 101, 51.0, 20.0, 50.0, 101 / 1.1, 5000.0),
    (50.0, 383.0, 1000, 1.0, 1 / 3, 3000.0, 1000 / 0.383, 10_000.0),
]


@pytest.mark.parametrize(
    ("ttft", "latency", "output", "first", "itl", "user", "e2e", "prefill"), AIPERF
)
def test_the_rest_is_aiperfs(
    ttft: float,
    latency: float,
    output: int,
    first: float,
    itl: float,
    user: float,
    e2e: float,
    prefill: float,
) -> None:
    request = measured(ttft, latency, output, first)
    assert value(request, "time_to_first_token") == pytest.approx(ttft)
    assert value(request, "inter_token_latency") == pytest.approx(itl)
    assert value(request, "output_token_throughput_per_user") == pytest.approx(user)
    assert value(request, "e2e_output_token_throughput") == pytest.approx(e2e)
    assert value(request, "prefill_throughput_per_user") == pytest.approx(prefill)
    assert value(request, "request_latency") == pytest.approx(latency)


def test_an_answer_in_one_read_has_no_rate_and_a_failed_one_no_figure() -> None:
    whole = replace(measured(90, 90, 40), first_tokens=40.0)
    assert value(whole, "time_to_first_token") == 90.0
    for key in ("inter_token_latency", "time_per_output_token", "output_token_throughput_per_user"):
        assert value(whole, key) is None, key
    failed = replace(measured(90, 400, 40), fault="rate-limit")
    assert [m.key for m in METRICS if m.key.endswith("latency") and m.values(failed)] == []
    assert not failed.good


def probe(*events: WireEvent) -> Measured:
    gathered = RequestRecorder(512)
    assert [gathered.feed((event,)) for event in events][-1] == isinstance(events[-1], Ended)
    return gathered.measured()


ANSWER: tuple[WireEvent, ...] = (
    Connected(T0 + 1 * MS, reused=False),
    RequestSent(T0 + 6 * MS, T0 + 5 * MS, 900),
    Delta(T0 + 95 * MS, "thinking", Channel.REASONING),
    *(Delta(T0 + (96 + n) * MS, "word") for n in range(9)),
    Usage(T0 + 300 * MS, 500, 10, 20, 0),
    Ended(T0 + 301 * MS, Ending.COMPLETE),
)


def test_a_probe_measures_from_the_first_byte_written_to_the_last_output() -> None:
    request = probe(*ANSWER)
    assert (request.ttft_ns, request.latency_ns) == (90 * MS, 99 * MS)
    assert request.gaps == (MS,) * 9
    assert (request.output, request.input, request.cached) == (10, 500, 20)
    assert request.exact
    assert not request.reused


def test_tokens_of_one_read_are_all_in_the_first_chunk() -> None:
    first = tuple(Delta(T0 + 90 * MS, "word") for _ in range(4))
    later = tuple(Delta(T0 + (90 + n) * MS, "word") for n in range(1, 7))
    gathered = RequestRecorder(512)
    gathered.feed((RequestSent(T0, T0, 1), *first))
    for delta in later:
        gathered.feed((delta,))
    gathered.feed((Usage(T0 + 97 * MS, 500, 10), Ended(T0 + 97 * MS, Ending.LENGTH)))
    request = gathered.measured()
    assert (request.first_tokens, request.output) == (4, 10)
    assert request.itl_ns == MS
    assert request.tpot_ns == pytest.approx(6 * MS / 9)


@pytest.mark.parametrize(
    ("ended", "fault"),
    [
        (Ended(T0, Ending.LENGTH), ""),
        (Ended(T0, Ending.FAILED, FaultKind.RATE_LIMIT), "rate-limit"),
        (Ended(T0, Ending.FAILED), "server"),
        (Ended(T0, Ending.CUT), "cut"),
        (Ended(T0, Ending.STOPPED), "stopped"),
    ],
)
def test_what_ended_otherwise_is_named_and_does_not_count(ended: Ended, fault: str) -> None:
    request = probe(*ANSWER[:-1], ended)
    assert request.fault == fault
    assert request.good == (not fault)


def test_an_answer_without_output_does_not_count_and_a_second_try_is_told() -> None:
    empty = probe(RequestSent(T0, T0, 1), Ended(T0 + 1, Ending.COMPLETE))
    assert (empty.fault, empty.good) == ("no output", False)
    again = probe(
        RequestSent(T0, T0, 1),
        Retrying(T0 + 10, 0.5, "limit", 1),
        *(replace(e, at=e.at) for e in ANSWER[1:]),
    )
    assert (again.retries, again.ttft_ns) == (1, 90 * MS)


@pytest.mark.parametrize(
    ("goals", "kept"),
    [
        ((), True),
        ((("ttft", 90.0),), True),
        ((("ttft", 89.9),), False),
        ((("ttft", 90.0), ("itl", 0.9)), False),
        ((("ttft", 90.0), ("itl", 1.0), ("tpot", 1.0), ("e2el", 345.0)), True),
        ((("e2el", 344.0),), False),
    ],
)
def test_a_request_meets_its_goals_all_or_not(
    goals: tuple[tuple[str, float], ...], kept: bool
) -> None:
    assert meets(measured(90, 345, 256), goals) is kept


def test_what_cannot_be_measured_meets_no_goal() -> None:
    whole = replace(measured(90, 90, 40), first_tokens=40.0)
    assert not meets(whole, (("itl", 1000.0),))
    assert not meets(replace(whole, fault="cut"), ())
    assert set(GOALS) == {"ttft", "itl", "tpot", "e2el"}
