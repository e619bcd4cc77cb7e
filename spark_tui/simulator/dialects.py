"""The timing fields providers add to the end of a stream.

Sources: the public API references of Cerebras (`time_info`), Groq (`x_groq.usage`), the llama.cpp
server (`timing_fields`) and vLLM (`metrics`), as of 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.simulator.wires import Json


class ImitatedProvider(StrEnum):
    """Whose ways the endpoint imitates."""

    OPENAI = "openai"
    CEREBRAS = "cerebras"
    GROQ = "groq"
    LLAMA_CPP = "llama.cpp"
    VLLM = "vllm"


REASONING_FIELD = {
    ImitatedProvider.CEREBRAS: "reasoning",
    ImitatedProvider.GROQ: "reasoning",
    ImitatedProvider.VLLM: "reasoning",
    ImitatedProvider.LLAMA_CPP: "reasoning_content",
}
"""Where a chat delta carries reasoning; OpenAI does not show it."""


@dataclass(frozen=True, slots=True)
class Account:
    """The endpoint's own account of a turn, in ns, and its token counts."""

    prefill_ns: int
    decode_ns: int
    input: int
    output: int
    queue_ns: int = 0


def timing_fields(dialect: ImitatedProvider, account: Account) -> Json:
    """The fields `dialect` adds to the object that carries the usage."""
    prefill, decode = account.prefill_ns / 1e9, account.decode_ns / 1e9
    queue = account.queue_ns / 1e9
    if dialect is ImitatedProvider.CEREBRAS:
        times = {"queue_time": queue, "prompt_time": prefill, "completion_time": decode}
        return {"time_info": {**times, "total_time": queue + prefill + decode}}
    if dialect is ImitatedProvider.GROQ:
        usage = {
            "prompt_tokens": account.input,
            "completion_tokens": account.output,
            "total_tokens": account.input + account.output,
            "queue_time": queue,
            "prompt_time": prefill,
            "completion_time": decode,
            "total_time": prefill + decode,
        }
        return {"x_groq": {"id": "req_simulated", "usage": usage}}
    if dialect is ImitatedProvider.LLAMA_CPP:
        return {"timings": _llama_cpp(account)}
    if dialect is ImitatedProvider.VLLM:
        return {
            "metrics": {
                "time_to_first_token_ms": prefill * 1e3,
                "generation_time_ms": decode * 1e3,
                "queue_time_ms": queue * 1e3,
                "mean_itl_ms": decode * 1e3 / max(1, account.output - 1),
                "tokens_per_second": account.output / max(1e-9, prefill + decode),
            }
        }
    return {}


def _llama_cpp(account: Account) -> Json:
    prefill, decode = account.prefill_ns / 1e6, account.decode_ns / 1e6
    return {
        "cache_n": 0,
        "prompt_n": account.input,
        "prompt_ms": prefill,
        "prompt_per_token_ms": prefill / max(1, account.input),
        "prompt_per_second": account.input * 1e3 / max(1e-6, prefill),
        "predicted_n": account.output,
        "predicted_ms": decode,
        "predicted_per_token_ms": decode / max(1, account.output),
        "predicted_per_second": account.output * 1e3 / max(1e-6, decode),
    }


def with_timings(dialect: ImitatedProvider, events: Sequence[Json], account: Account) -> list[Json]:
    """`events`, the closing ones of a turn, with the dialect's fields in the last one."""
    added = timing_fields(dialect, account)
    if not added or not events:
        return list(events)
    *rest, last = events
    if "response" in last:
        return [*rest, {**last, "response": {**last["response"], **added}}]
    return [*rest, {**last, **added}]
