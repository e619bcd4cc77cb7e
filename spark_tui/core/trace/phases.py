"""Where the time of a recorded turn went, and how two turns differ, phase by phase."""

from __future__ import annotations

from enum import StrEnum
from functools import reduce

from spark_tui.core.dataclass import dataclass
from spark_tui.core.latency.track import (
    Track,
    before_ns,
    decode_ns,
    end_work_ns,
    first_output_at,
    follow,
    here_ns,
    retried_ns,
    silence_ns,
)
from spark_tui.core.trace.decode import Trace


class Unit(StrEnum):
    """What a figure counts: ms are held as ns."""

    MS = "ms"
    TOKENS = "tokens"
    RATE = "tok/s"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a turn; `value` is ns for `Unit.MS`, None where it can't be measured.

    `guess` is `~` for one of estimated tokens.
    """

    name: str
    value: float | None
    unit: Unit = Unit.MS
    guess: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """The same figure of two turns; `percent` is of the first, None where that is 0 or unknown.

    `guesses` are those of the two figures.
    """

    name: str
    unit: Unit
    before: float | None
    after: float | None
    guesses: tuple[str, str] = ("", "")

    @property
    def change(self) -> float | None:
        """After minus before."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        """The change as a share of before, in percent."""
        change = self.change
        return None if change is None or not self.before else change * 100 / self.before


def track_of(trace: Trace) -> Track:
    """The stamps of the turn."""
    return reduce(follow, trace.events, Track())


def figures(trace: Trace) -> tuple[Figure, ...]:
    """Every figure of the turn, phases first, in order of time."""
    return (*_phases(trace), *_totals(trace))


def _phases(trace: Trace) -> tuple[Figure, ...]:
    track, reading = track_of(trace), trace.reading
    made, sent, server = track.connected, track.sent, track.server
    first_gap = None
    upload = None if sent is None else sent.at - sent.started
    first = first_output_at(track, reading)
    if first is not None and track.first_event_at is not None:
        first_gap = max(first - track.first_event_at, 0)
    located, painted = track.located_at, track.painted_at
    seen = painted or located
    work = end_work_ns(track)
    parsed, drawn = (None, None) if work is None else work
    return (
        Figure("key to request", before_ns(track)),
        Figure("waited to send", retried_ns(track) or None),
        Figure("name lookup", made.dns_ns if made else None),
        Figure("TCP connect", made.tcp_ns if made else None),
        Figure("TLS", made.tls_ns if made else None),
        Figure("upload", upload),
        Figure("server wait", silence_ns(track, reading)),
        Figure("queue, as the provider says", server.queue_ns if server else None),
        Figure("prefill, as the provider says", server.prefill_ns if server else None),
        Figure("first event to output", first_gap),
        Figure("decode", decode_ns(track, reading)),
        Figure("decode, as the provider says", server.decode_ns if server else None),
        Figure("first output to hunk located", _here(track, first, located)),
        Figure("located to painted", _here(track, located, painted)),
        Figure("last read parsed and located", parsed),
        Figure("end to painted", drawn),
        Figure("look, then decide", _between(seen, track.decided_at)),
        Figure("key to disk, durable", track.flush_ns),
        Figure("written to repainted", _here(track, track.flushed_at, track.repainted_at)),
    )


def _totals(trace: Trace) -> tuple[Figure, ...]:
    reading = trace.reading
    p50, p95, most = reading.gaps_ns or (None, None, None)
    return (
        Figure("time to first token", reading.ttft_ns),
        Figure("time to first event", reading.ttfe_ns),
        Figure("key to end of answer", reading.elapsed_ns or None),
        Figure("gap between reads p50", p50),
        Figure("gap between reads p95", p95),
        Figure("gap between reads max", most),
        Figure("decode rate", reading.decode_tps, Unit.RATE, reading.guess),
        Figure("end to end rate", reading.e2e_tps, Unit.RATE, reading.guess),
        Figure("output", reading.output, Unit.TOKENS, reading.guess),
        Figure("input", reading.input, Unit.TOKENS),
        Figure("cached input", reading.cached, Unit.TOKENS),
    )


def compare(before: Trace, after: Trace) -> tuple[Difference, ...]:
    """The figures of two turns side by side, in the order of `figures`."""
    pairs = zip(figures(before), figures(after), strict=True)
    return tuple(Difference(a.name, a.unit, a.value, b.value, (a.guess, b.guess)) for a, b in pairs)


def _here(track: Track, start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else here_ns(track, start, end)


def _between(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else max(end - start, 0)
