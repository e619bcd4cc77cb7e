"""One turn as a track, to be bent by tests."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from spark_tui.core.endpoint.wire import Connected, FirstEvent, RequestSent, WireEvent
from spark_tui.core.events import Asked, EndpointLabel, Event, OnWire
from spark_tui.core.latency.meter import Exactness, Reading
from spark_tui.core.latency.track import Track, follow
from spark_tui.core.latency.waterfall import TimingSpan, spans

MS = 1_000_000
T0 = 5_000 * MS
LABEL = EndpointLabel("spark", "", "")
READING = Reading(
    ttft_ns=85 * MS,
    decode_tps=1031.0,
    output=388,
    elapsed_ns=470 * MS,
    reads=129,
    exactness=Exactness.FINAL,
)


def wire(event: WireEvent) -> OnWire:
    """The event as one of turn 1."""
    return OnWire(event.at, 1, event)


def turn(
    *more: Event, reused: bool = True, connect: int = 0, before: int = 4 * MS, upload: int = 2 * MS
) -> Track:
    """Turn 1, asked at T0: 4 ms to the request, first event 81 ms after it was written."""
    made = Connected(T0 + 2 * MS, reused)
    if connect:
        made = replace(made, reused=False, dns_ns=4 * MS, tcp_ns=11 * MS, tls_ns=connect)
        before += 15 * MS + connect
    events: list[Event] = [
        Asked(T0, 1, "x", (), 0, LABEL),
        wire(made),
        wire(RequestSent(T0 + before + upload, T0 + before, 8400)),
        wire(FirstEvent(T0 + before + upload + 81 * MS)),
        *more,
    ]
    return reduce(follow, events, Track())


def named(
    track: Track, name: str, reading: Reading = READING, now: int | None = None
) -> TimingSpan:
    """The row whose name starts so."""
    return next(s for s in spans(track, reading, now) if s.name.startswith(name))
