from __future__ import annotations

from typing import Any

import pytest

from spark_tui.core.endpoint.wire import Usage
from spark_tui.services.endpoint.wires.usage import usage_of


def chat(prompt: float, output: float, total: int = 0, reasoning: int = 0, **more: Any) -> Any:
    details = {"completion_tokens_details": {"reasoning_tokens": reasoning}} if reasoning else {}
    counts = {"prompt_tokens": prompt, "completion_tokens": output, **details, **more}
    return {**counts, "total_tokens": total} if total else counts


@pytest.mark.parametrize(
    ("given", "outside", "wanted"),
    [
        (chat(12, 40, 52, 30), False, Usage(0, 12, 40, 0, 30)),
        (chat(12, 40, 52, 30), True, Usage(0, 12, 40, 0, 30)),
        (chat(12, 2, 354, 340), True, Usage(0, 12, 342, 0, 340)),
        (chat(12, 2, 354, 340), False, Usage(0, 12, 342, 0, 340)),
        (chat(12, 2, 0, 340), False, Usage(0, 12, 342, 0, 340)),
        (chat(12, 400, 0, 340), True, Usage(0, 12, 740, 0, 340)),
        (chat(12, 400, 0, 340), False, Usage(0, 12, 400, 0, 340)),
        (chat(12, 40, 52), False, Usage(0, 12, 40)),
        (chat(12, 5, 117), False, Usage(0, 12, 5, exact=False)),
        (chat(12, 40, 30, 9), False, Usage(0, 12, 40, 0, 9, exact=False)),
        (chat(12, 40, 52, 60), False, Usage(0, 12, 40, 0, 60, exact=False)),
        (chat(12.0, 40.0, 52), False, Usage(0, 12, 40)),
    ],
)
def test_the_total_says_whether_output_includes_the_reasoning(
    given: Any, outside: bool, wanted: Usage
) -> None:
    assert usage_of(given, 0, outside=outside) == wanted


@pytest.mark.parametrize(
    "more",
    [
        {"prompt_tokens_details": {"cached_tokens": 8}},
        {"input_tokens_details": {"cached_tokens": 8}},
        {"prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 4},
        {"cached_tokens": 8},
        {"prompt_tokens_details": None, "cached_tokens": 8},
        {"cache_read_input_tokens": 8},
    ],
)
def test_cached_tokens_are_read_in_every_providers_place(more: Any) -> None:
    counts = usage_of(chat(12, 40, 52, **more), 0)
    assert counts is not None
    assert counts.cached == 8


@pytest.mark.parametrize("given", [None, {}, [], "x", chat(0, 0), {"prompt_tokens": "12"}])
def test_zeros_are_no_counts(given: Any) -> None:
    assert usage_of(given, 0) is None


def test_what_came_as_no_text_is_told_apart() -> None:
    details = {"audio_tokens": 5, "image_tokens": 6, "rejected_prediction_tokens": 7}
    counts = usage_of(chat(12, 40, 52, completion_tokens_details=details), 0)
    assert counts is not None
    assert counts.unsent == 18
