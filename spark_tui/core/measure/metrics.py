"""The metrics of a run: named, defined and computed as AIPerf and vLLM do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.measure.request import Measured


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a request. `values` are in `unit`; `definition` says how they are made."""

    key: str
    title: str
    unit: str
    definition: str
    values: Callable[[Measured], Sequence[float]]
    shown: bool = True


def _ms(read: Callable[[Measured], float | None]) -> Callable[[Measured], Sequence[float]]:
    def values(request: Measured) -> Sequence[float]:
        found = read(request)
        return () if found is None else (found / 1e6,)

    return values


def _one(read: Callable[[Measured], float | None]) -> Callable[[Measured], Sequence[float]]:
    def values(request: Measured) -> Sequence[float]:
        found = read(request)
        return () if found is None else (found,)

    return values


METRICS = (
    Metric(
        "time_to_first_token",
        "Time to First Token (TTFT)",
        "ms",
        "first read with output - request written, reasoning counts (AIPerf); connecting is not"
        " in it",
        _ms(lambda r: r.ttft_ns),
    ),
    Metric(
        "inter_token_latency",
        "Inter Token Latency (ITL)",
        "ms",
        "(request latency - TTFT) / (output tokens - tokens of the first read) (AIPerf with"
        " per-chunk usage)",
        _ms(lambda r: r.itl_ns),
    ),
    Metric(
        "time_per_output_token",
        "Time per Output Token (TPOT)",
        "ms",
        "(request latency - TTFT) / (output tokens - 1) (vLLM; guidellm's TPOT includes TTFT)",
        _ms(lambda r: r.tpot_ns),
        shown=False,
    ),
    Metric(
        "inter_chunk_latency",
        "Inter Chunk Latency (ICL)",
        "ms",
        "every gap between two reads with output, of all requests together (AIPerf)",
        lambda r: [gap / 1e6 for gap in r.gaps],
        shown=False,
    ),
    Metric(
        "output_token_throughput_per_user",
        "Output Token Throughput Per User",
        "tok/s",
        "1 / ITL (AIPerf): the decode rate",
        _one(lambda r: r.output_tps),
    ),
    Metric(
        "e2e_output_token_throughput",
        "E2E Output Token Throughput",
        "tok/s",
        "output tokens / request latency (AIPerf)",
        _one(lambda r: r.e2e_tps),
    ),
    Metric(
        "request_latency",
        "Request Latency",
        "ms",
        "last read with output - request written (AIPerf; vLLM's E2EL)",
        _ms(lambda r: r.latency_ns),
    ),
    Metric(
        "prefill_throughput_per_user",
        "Prefill Throughput Per User",
        "tok/s",
        "input tokens / TTFT (AIPerf)",
        _one(lambda r: r.prefill_tps),
        shown=False,
    ),
    Metric(
        "input_sequence_length",
        "Input Sequence Length",
        "tokens",
        "input tokens as the provider counts them",
        _one(lambda r: r.input),
        shown=False,
    ),
    Metric(
        "output_sequence_length",
        "Output Sequence Length",
        "tokens",
        "output tokens as the provider counts them, without reasoning it never sent",
        _one(lambda r: r.output or None),
        shown=False,
    ),
)

GOALS: dict[str, tuple[str, Callable[[Measured], float | None]]] = {
    "ttft": ("time to first token", lambda r: r.ttft_ns),
    "itl": ("inter token latency", lambda r: r.itl_ns),
    "tpot": ("time per output token", lambda r: r.tpot_ns),
    "e2el": ("request latency", lambda r: r.latency_ns),
}
"""What a service level objective can bound, by vLLM's names."""


def meets(request: Measured, goals: Sequence[tuple[str, float]]) -> bool:
    """Whether a request keeps every goal (name, most ms); what can't be measured keeps none."""
    for name, most in goals:
        found = GOALS[name][1](request)
        if found is None or found / 1e6 > most:
            return False
    return request.good
