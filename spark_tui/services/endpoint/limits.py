"""How long to wait and how much to take: every bound of the endpoint, injectable for tests."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. Each phase of an answer has its own clock; `stall` counts content events only.

    connect: name lookup, TCP and TLS together. headers: request written to response head.
    first_output: response head to the first text, reasoning or tool delta. stall: between two of
    those. finish: a finished answer to the formal end of its stream. drain: how long the rest of
    a finished body is read in the background so that its connection can be used again.
    pong, first_event: how long a WebSocket may stay silent after a request, reused and at all.
    age: how old a WebSocket may be at the start of a turn. close: how long its goodbye may take.
    redial: how long an idle WebSocket must have lived to be replaced at once when it is dropped.
    sleep_jump: the wall clock ran this much more than the monotonic one: the machine slept.
    """

    connect: float = 10.0
    headers: float = 60.0
    first_output: float = 300.0
    stall: float = 300.0
    finish: float = 1.0
    drain: float = 0.25
    pong: float = 2.0
    first_event: float = 5.0
    age: float = 55 * 60.0
    close: float = 0.05
    redial: float = 30.0
    sleep_jump: float = 30.0
    tick: float = 1.0


KEEP_ALIVE_S = 300.0
"""How long an idle connection is kept for the next turn: a person reads in between."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes and events taken from one answer before it is refused as too big."""

    line: int = 1_000_000
    body: int = 64_000_000
    events: int = 100_000
    error_body: int = 65_536


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request that never got a first byte of its answer is sent again.

    `longest_wait` in seconds: a provider asking for more ends the turn at once. `backoff` is the
    first wait, doubled each time, where the provider names none. `loading` is for a server that is
    still loading the model: up to four minutes of asking every two seconds.
    """

    connect: int = 3
    server: int = 2
    limit: int = 4
    loading: int = 120
    longest_wait: float = 60.0
    backoff: float = 0.5
