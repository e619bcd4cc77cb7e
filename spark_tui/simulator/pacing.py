"""Sends tokens on an absolute schedule, so that lateness never adds up."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence


def schedule(tokens: int, bundle: int, rate: float, jitter_ms: float, seed: int) -> list[int]:
    """When each event is due, in ns after the first token.

    Event k holds tokens k*bundle onward and is due when its first token is: k*bundle/rate.
    With jitter an event comes up to `jitter_ms` later, never before an earlier one; the first
    keeps its time.
    """
    random_ = random.Random(seed)  # noqa: S311 - repeatable pacing, not a secret
    due: list[int] = []
    for first in range(0, tokens, bundle):
        at = int(first * 1e9 / rate) if rate > 0 else 0
        if due and jitter_ms > 0:
            at = max(due[-1], at + int(random_.uniform(0, jitter_ms) * 1e6))
        due.append(at)
    return due


async def pace(
    due: Sequence[int],
    first_ns: int,
    send: Callable[[int, int, int], Awaitable[None]],
) -> None:
    """Call `send(t_ns, start, stop)` with the events that are due, late ones together.

    `first_ns` is the monotonic time of event 0; `due` are offsets from it. `t_ns` is the time
    just before the write.
    """
    at = 0
    while at < len(due):
        # The clock is read again after the sleep: timers may fire early by their resolution.
        wait = first_ns + due[at] - time.monotonic_ns()
        if wait > 0:
            await asyncio.sleep(wait / 1e9)
            continue
        now = time.monotonic_ns()
        stop = at + 1
        while stop < len(due) and first_ns + due[stop] <= now:
            stop += 1
        await send(now, at, stop)
        at = stop
