"""How large a request is, against the model's window and against what the session usually sends."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from spark_tui.core.context import ContextItem, written
from spark_tui.core.errors import TooLargeError
from spark_tui.core.tokens import short

UNUSUAL = 10
"""So many times the session's median is asked about, once."""

LEAST_UNUSUAL = 10_000
"""Below so many tokens nothing is: ten times very little is little."""


def against(tokens: int, window: int) -> str:
    """`31k of 128k`; without a known window (0) `31,204 tokens`."""
    return f"{short(tokens)} of {short(window)}" if window else f"{tokens:,} tokens"


def unusual(tokens: int, sent: Sequence[int]) -> bool:
    """Whether `tokens` is far more than what the session's requests (`sent`) come to."""
    known = [one for one in sent if one]
    return bool(known) and tokens >= max(LEAST_UNUSUAL, UNUSUAL * median(known))


def check(items: Sequence[ContextItem], tokens: int, window: int) -> None:
    """Raise TooLargeError where a request of `tokens` with these items is beyond the window."""
    if not window or tokens <= window:
        return
    largest = max(items, key=lambda item: item.tokens, default=None)
    rest = tokens - sum(item.tokens for item in items)
    if largest is None or rest > largest.tokens:
        named = f"the instruction is the largest part ({short(rest)})"
    else:
        name = written(largest.path, largest.lines)
        named = f"the largest part is {name} ({short(largest.tokens)})"
    raise TooLargeError(f"{against(tokens, window)}, not sent", named)
