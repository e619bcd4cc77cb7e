"""Where the time of one turn went: stamps folded from events, spans with their owner, a verdict.

All times are ns. A span's place is counted from the Enter key. What can't be known is None, never
zero: queue and prefill are one span unless the provider accounts for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    HunksSet,
    OnWire,
    Painted,
    TurnEnded,
)
from spark_tui.core.meter import Reading
from spark_tui.core.wire import (
    Connected,
    Ending,
    FirstEvent,
    HeadersRead,
    RequestSent,
    Retrying,
    ServerTimings,
)

SLOW_TTFT_NS = 500_000_000
"""A first token later than this after the request is called slow."""

SLOW_OURS_NS = 50_000_000
SLOW_GAP_NS = 400_000_000
SLOW_TPS = 150.0
COLD_SHARE = 0.3
"""A cold connection is the reason when it took this share of the time to the first token."""


class Owner(StrEnum):
    """Who spent the time."""

    OURS = "ours"
    NETWORK = "network"
    SERVER = "server"
    YOU = "you"


@dataclass(frozen=True, slots=True)
class Track:
    """The stamps of one turn, as far as they are known."""

    asked_at: int = 0
    connected: Connected | None = None
    sent: RequestSent | None = None
    headers_at: int | None = None
    first_event_at: int | None = None
    located_at: int | None = None
    painted_at: int | None = None
    decided_at: int | None = None
    flush_ns: int | None = None
    waited_ns: int = 0
    why_waited: str = ""
    server: ServerTimings | None = None
    ending: Ending | None = None
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """One row: `start` from Enter and `length` in ns; None where it can't be measured.

    A span with `start` None is in no total (what the person did, what came after the end).
    """

    owner: Owner
    name: str
    start: int | None
    length: int | None
    note: str = ""


def follow(track: Track, event: Event) -> Track:
    """The track after `event`; a new turn starts a new one."""
    match event:
        case Asked(at=at):
            return Track(asked_at=at)
        case OnWire(event=wire):
            return _wire(track, wire)
        case HunksSet(at=at) if track.located_at is None:
            return replace(track, located_at=at)
        case Painted(at=at) if track.painted_at is None and track.located_at is not None:
            return replace(track, painted_at=at)
        case Decided(at=at) if track.decided_at is None:
            return replace(track, decided_at=at)
        case Flushed(took_ns=took):
            return replace(track, flush_ns=took)
        case TurnEnded(at=at, ending=ending):
            return replace(track, ending=ending, ended_at=at)
        case _:
            return track


def _wire(track: Track, event: object) -> Track:
    match event:
        case Connected():
            return replace(track, connected=event)
        case RequestSent():
            return replace(track, sent=event)
        case HeadersRead(at=at):
            return replace(track, headers_at=at)
        case FirstEvent(at=at):
            return replace(track, first_event_at=at)
        case ServerTimings():
            return replace(track, server=event)
        case Retrying(wait_s=wait, why=why):
            waited = track.waited_ns + int(wait * 1e9)
            return replace(track, waited_ns=waited, why_waited=why)
        case _:
            return track


def connect_ns(track: Track) -> int:
    """Time spent on name, connect and TLS for this request; 0 when the connection was open."""
    made = track.connected
    if made is None or made.reused:
        return 0
    return sum(part or 0 for part in (made.dns_ns, made.tcp_ns, made.tls_ns))


def first_output_at(track: Track, reading: Reading) -> int | None:
    """When the first output was read."""
    if track.sent is None or reading.ttft_ns is None:
        return None
    return track.sent.started + reading.ttft_ns


def ours_ns(track: Track, reading: Reading) -> int | None:
    """What our client added: key to request, and first hunk located to painted.

    A figure measured elsewhere (`Reading.client_ns`) goes before; None while nothing was sent.
    """
    if reading.client_ns is not None or track.sent is None:
        return reading.client_ns
    before = track.sent.started - track.asked_at - connect_ns(track) - track.waited_ns
    paint = 0
    if track.painted_at is not None and track.located_at is not None:
        paint = max(track.painted_at - track.located_at, 0)
    return max(before, 0) + paint


def decode_ns(track: Track, reading: Reading) -> int | None:
    """First output to last read, None before there is one."""
    first = first_output_at(track, reading)
    if first is None or not reading.elapsed_ns:
        return None
    return max(track.asked_at + reading.elapsed_ns - first, 0)


def server_wait_ns(track: Track, reading: Reading) -> int | None:
    """Request written to the first event: queue and prefill, with the way there and back."""
    if track.sent is None:
        return None
    until = track.first_event_at or first_output_at(track, reading)
    return None if until is None else max(until - track.sent.at, 0)


def spans(track: Track, reading: Reading) -> tuple[Span, ...]:
    """The rows of the waterfall, in order of time."""
    zero = track.asked_at
    out: list[Span] = []
    connect = connect_ns(track)
    sent = track.sent
    if sent is not None:
        before = max(sent.started - zero - connect - track.waited_ns, 0)
        out.append(Span(Owner.OURS, "key to request", 0, before, "ours"))
        if track.waited_ns:
            why = track.why_waited or "the provider asked for it"
            out.append(Span(Owner.SERVER, "waited to send", before, track.waited_ns, why))
        out.append(_connect_span(track, connect, sent.started - zero - connect))
        size = f"upload {_size(sent.size)}"
        out.append(Span(Owner.NETWORK, size, sent.started - zero, sent.at - sent.started, "socket"))
    out += _server_spans(track, reading)
    if track.painted_at is not None and track.located_at is not None:
        paint = max(track.painted_at - track.located_at, 0)
        out.append(Span(Owner.OURS, "first hunk to paint", track.located_at - zero, paint, "ours"))
    shown = track.painted_at or track.located_at
    if shown is not None and track.decided_at is not None:
        look = max(track.decided_at - shown, 0)
        out.append(Span(Owner.YOU, "look, then decide", None, look, "in no total"))
    if track.flush_ns is not None:
        out.append(Span(Owner.OURS, "key to disk, durable", None, track.flush_ns, "ours"))
    return tuple(out)


def _connect_span(track: Track, connect: int, start: int) -> Span:
    made = track.connected
    if made is None or made.reused:
        return Span(Owner.NETWORK, "connect, TLS", max(start, 0), 0, "reused")
    parts = (("name", made.dns_ns), ("tcp", made.tcp_ns), ("TLS", made.tls_ns))
    note = ", ".join(f"{name} {ns / 1e6:.0f}" for name, ns in parts if ns is not None)
    return Span(Owner.NETWORK, "connect, TLS", max(start, 0), connect, note or "cold")


def _server_spans(track: Track, reading: Reading) -> list[Span]:
    sent, zero = track.sent, track.asked_at
    wait = server_wait_ns(track, reading)
    if sent is None or wait is None:
        return []
    out: list[Span] = []
    start = sent.at - zero
    server = track.server
    if server is not None and server.queue_ns is not None and server.prefill_ns is not None:
        way = max(wait - server.queue_ns - server.prefill_ns, 0)
        out.append(Span(Owner.SERVER, "queue", start, server.queue_ns, "provider says"))
        out.append(
            Span(Owner.SERVER, "prefill", start + server.queue_ns, server.prefill_ns, "provider")
        )
        out.append(Span(Owner.NETWORK, "there and back", start + wait - way, way, "the rest"))
    else:
        out.append(Span(Owner.SERVER, "queue + prefill", start, wait, "socket, not separable"))
    first = first_output_at(track, reading)
    if first is not None and track.first_event_at is not None:
        gap = max(first - track.first_event_at, 0)
        out.append(
            Span(Owner.SERVER, "first event to token", track.first_event_at - zero, gap, "socket")
        )
    decode = decode_ns(track, reading)
    if first is not None and decode is not None:
        said = server.decode_ns if server is not None else None
        note = f"socket, provider says {said / 1e6:.0f}" if said is not None else "socket"
        name = f"decode {reading.output:,} tokens"
        out.append(Span(Owner.SERVER, name, first - zero, decode, note))
    return out


def verdict(track: Track, reading: Reading) -> str:
    """What a person should know first: fast, or slow and why."""
    if track.sent is None and track.ending is None:
        return "No answer yet: the next one is measured."
    total, decode = reading.elapsed_ns, decode_ns(track, reading)
    if reading.ttft_ns is None or decode is None:
        return "No token came." if track.ending is not None else "Waiting for the first token."
    reason = _reason(track, reading, decode)
    if reason:
        return f"Slow: {reason}"
    added = ours_ns(track, reading)
    ours = f" {_ms(added)} were ours." if added is not None else ""
    return f"Fast. {_s(total)} from Enter to the end; {_ms(decode)} of it is decode.{ours}"


def short_verdict(track: Track, reading: Reading) -> str:
    """`fast`, `slow` or `–`."""
    said = verdict(track, reading)
    return "fast" if said.startswith("Fast") else "slow" if said.startswith("Slow") else "–"


def _reason(track: Track, reading: Reading, decode: int) -> str:
    connect, ttft = connect_ns(track), reading.ttft_ns or 0
    felt = connect + ttft
    if track.waited_ns >= SLOW_TTFT_NS:
        why = f" ({track.why_waited})" if track.why_waited else ""
        return f"it waited {_s(track.waited_ns)} before sending{why}."
    if connect and connect >= COLD_SHARE * felt:
        made = track.connected
        tls = made.tls_ns if made is not None else None
        what = f"TLS took {_ms(tls)}" if tls else f"connecting took {_ms(connect)}"
        return (
            f"the connection was cold. {what} of {_ms(felt)} to the first token;"
            " the next one is warm."
        )
    added = ours_ns(track, reading)
    if added is not None and added >= SLOW_OURS_NS:
        return f"{_ms(added)} were ours."
    if ttft >= SLOW_TTFT_NS:
        wait = server_wait_ns(track, reading) or ttft
        server = track.server
        if server is not None and server.queue_ns is not None:
            return f"{_ms(wait)} at the server, {_ms(server.queue_ns)} of it in the queue."
        return f"{_ms(wait)} at the server; queue and prefill are not separable here."
    if reading.gaps_ns is not None and reading.gaps_ns[2] >= SLOW_GAP_NS:
        return f"the stream stood still for {_ms(reading.gaps_ns[2])} of {_ms(decode)}."
    if reading.decode_tps is not None and reading.decode_tps < SLOW_TPS:
        return f"decode at {reading.decode_tps:,.0f} tokens a second took {_ms(decode)}."
    return ""


def bar(span: Span, total: int, width: int) -> str:
    """The span as a bar in `width` cells of `total` ns; at least a thin mark, "" without place."""
    if span.start is None or span.length is None or total <= 0 or not span.length:
        return ""
    left = min(int(span.start / total * width), width - 1)
    cells = round(span.length / total * width)
    body = "█" * min(cells, width - left) if cells else "▏"
    return " " * left + body


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile of `values` (0 < share <= 1), None for none."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(-(-len(ordered) * round(share * 100) // 100), 1)
    return ordered[rank - 1]


def _ms(ns: int | None) -> str:
    if ns is None:
        return "– ms"
    return f"{ns / 1e6:,.0f} ms" if ns < 2_000_000_000 else f"{ns / 1e9:.1f} s"


def _s(ns: int) -> str:
    return f"{ns / 1e9:.2f} s"


def _size(count: int) -> str:
    return f"{count / 1000:.1f} kB" if count >= 1000 else f"{count} B"
