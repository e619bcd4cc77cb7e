"""Where the time of one turn went: spans with their owner and their clock, ready to be drawn.

All times are ns. A span's place is counted from the Enter key. What can't be known is None, never
zero: queue and prefill are one span unless the provider accounts for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import HunkState
from spark_tui.core.events import LookResult
from spark_tui.core.latency.meter import Reading
from spark_tui.core.latency.track import (
    Track,
    before_ns,
    connect_ns,
    connected_first,
    decode_ns,
    end_work_ns,
    first_hunk_ns,
    first_output_at,
    here_ns,
    retried_ns,
    silences_of,
    unsent,
)

_LATE_END_NS = 10_000_000
"""A terminal event this long after the last token has a row of its own."""


class Owner(StrEnum):
    """Who spent the time."""

    OURS = "ours"
    NETWORK = "network"
    SERVER = "server"
    YOU = "you"


class SpanKind(StrEnum):
    """What a span is, for choosing the few that fit a small screen."""

    BEFORE = "before"
    WIRE = "wire"
    PREFILL = "prefill"
    DECODE = "decode"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class TimingSpan:
    """One row: `start` from Enter and `length` in ns; None where it can't be measured.

    A span with `start` None is in no total (what the person did, what came after the end). `note`
    names the clock; `word` stands where the bar would be.
    """

    owner: Owner
    name: str
    start: int | None
    length: int | None
    note: str = ""
    kind: SpanKind = SpanKind.AFTER
    word: str = ""


def spans(track: Track, reading: Reading, now: int | None = None) -> tuple[TimingSpan, ...]:
    """The rows of the waterfall, in order of time. `now` (ns) lets what still waits grow."""
    zero, sent = track.asked_at, track.sent
    out: list[TimingSpan] = []
    before = before_ns(track)
    if before is not None and (sent is not None or track.retries):
        out.append(TimingSpan(Owner.OURS, "key to request", 0, before, "ours", SpanKind.BEFORE))
    elif now is not None and track.asked_at and track.ending is None:
        since = max(now - zero, 0)
        out.append(
            TimingSpan(Owner.OURS, "key to request", 0, since, "ours, so far", SpanKind.BEFORE)
        )
    if before is not None:
        first, then = _connect_spans(track, before), _retry_spans(track, before, now)
        out += [*first, *then] if connected_first(track) else [*then, *first]
    if sent is not None and not unsent(track):
        length = max(sent.at - sent.started, 0)
        name = f"upload {_size(sent.size)}"
        start = sent.started - zero
        out.append(TimingSpan(Owner.NETWORK, name, start, length, "socket", SpanKind.WIRE))
        out += _server_spans(track, reading, now)
    out += _our_spans(track)
    return tuple(out)


def _connect_spans(track: Track, before: int) -> list[TimingSpan]:
    made, sent = track.connected, track.sent
    if made is None:
        return []
    total = connect_ns(track)
    at = before
    if not connected_first(track) and sent is not None:
        at = sent.started - track.asked_at - total
    if made.reused:
        row = TimingSpan(Owner.NETWORK, "connect, TLS", at, 0, "socket", SpanKind.WIRE, "reused")
        return [row]
    out = []
    for name, length in (("name", made.dns_ns), ("TCP", made.tcp_ns), ("TLS", made.tls_ns)):
        if length is not None:
            out.append(
                TimingSpan(Owner.NETWORK, f"connect: {name}", at, length, "socket", SpanKind.WIRE)
            )
            at += length
    return out


def _retry_spans(track: Track, before: int, now: int | None) -> list[TimingSpan]:
    if not track.retries:
        return []
    length, note = retried_ns(track), "ours"
    waits = unsent(track) and track.ending is None
    if now is not None and waits and track.began_at is not None:
        length, note = max(now - track.began_at, 0), "ours, so far"
    start = before + (connect_ns(track) if connected_first(track) else 0)
    times = len(track.retries)
    name = f"{times} failed tries, waits" if times > 1 else "failed try, wait"
    return [TimingSpan(Owner.SERVER, name, start, length, note, SpanKind.WIRE)]


def _server_spans(track: Track, reading: Reading, now: int | None) -> list[TimingSpan]:
    sent, zero = track.sent, track.asked_at
    if sent is None:
        return []
    first = first_output_at(track, reading)
    if first is None:
        if now is None or track.ending is not None:
            return []
        wait = max(now - sent.at, 0)
        note = "socket, so far"
        row = TimingSpan(
            Owner.SERVER, "queue + prefill", sent.at - zero, wait, note, SpanKind.PREFILL
        )
        return [row]
    out = _wait_spans(track, reading, first)
    if track.looks:
        return out + _look_spans(track, reading, first)
    decode = decode_ns(track, reading)
    if decode is None:
        return out
    said = track.server.decode_ns if track.server is not None else None
    note = f"socket, provider says {said / 1e6:.0f}" if said is not None else "socket"
    name = f"decode {reading.guess}{reading.output - reading.hidden:,} tokens"
    end = zero + reading.elapsed_ns - first - decode
    late = end >= _LATE_END_NS and track.ending is not None
    length = decode if late or end < 0 else decode + end
    out.append(TimingSpan(Owner.SERVER, name, first - zero, length, note, SpanKind.DECODE))
    if late:
        row = TimingSpan(
            Owner.SERVER, "last token to the end", first - zero + decode, end, "socket"
        )
        out.append(row)
    return out


def _look_spans(track: Track, reading: Reading, first: int) -> list[TimingSpan]:
    """First output to the end of a turn that looked: what was decoded, looked at, sent again.

    A look may be done while the answer that asked for it still streams.
    """
    zero, out = track.asked_at, []
    looks = list(track.looks)
    begin = first
    for number, one in enumerate(track.rounds, 1):
        name = f"decode, round {number}"
        length = max(one.ended_at - begin, 0)
        out.append(TimingSpan(Owner.SERVER, name, begin - zero, length, "socket", SpanKind.DECODE))
        out += [_look_span(look, zero) for look in looks if look.round == number]
        if one.sent is None:
            return out
        ours = here_ns(track, one.ended_at, one.sent.started)
        out.append(TimingSpan(Owner.OURS, "looks to request", one.ended_at - zero, ours, "ours"))
        if one.first_event_at is None:
            return out
        start = one.sent.started
        wait = max(one.first_event_at - start, 0)
        name = f"wait, round {number + 1}"
        out.append(TimingSpan(Owner.SERVER, name, start - zero, wait, "socket", SpanKind.PREFILL))
        begin = one.first_event_at
    rest = max(zero + reading.elapsed_ns - begin, 0)
    name = f"decode, round {len(track.rounds) + 1}"
    note = f"socket, {reading.guess}{reading.output - reading.hidden:,} tokens in all"
    out.append(TimingSpan(Owner.SERVER, name, begin - zero, rest, note, SpanKind.DECODE))
    out += [_look_span(look, zero) for look in looks if look.round > len(track.rounds)]
    return out


def _look_span(look: LookResult, zero: int) -> TimingSpan:
    name = f"{look.done} {look.what}"
    return TimingSpan(Owner.OURS, name, max(look.began - zero, 0), look.took_ns, "ours")


def _wait_spans(track: Track, reading: Reading, first: int) -> list[TimingSpan]:
    """Request written to first output."""
    sent, zero, server = track.sent, track.asked_at, track.server
    if sent is None:
        return []
    if server is not None and server.prefill_ns is not None:
        return _accounted_spans(track, reading, first)
    silences = silences_of(track, reading)
    longest = max(range(len(silences)), key=lambda n: silences[n][1])
    names = ("request to first event", "first event to token")
    out = []
    for number, (since, length) in enumerate(silences):
        start = since - zero
        if number == longest:
            note = "socket, not separable"
            row = TimingSpan(Owner.SERVER, "queue + prefill", start, length, note, SpanKind.PREFILL)
        else:
            row = TimingSpan(Owner.SERVER, names[number], start, length, "socket", SpanKind.WIRE)
        out.append(row)
    return out


def _accounted_spans(track: Track, reading: Reading, first: int) -> list[TimingSpan]:
    """The same, by the provider's own account; what it leaves out is the way, or unseen tokens."""
    sent, server = track.sent, track.server
    if sent is None or server is None:
        return []
    at, out, said = sent.at - track.asked_at, [], "provider says"
    left = max(first - sent.at, 0)
    for name, length in (("queue", server.queue_ns), ("prefill", server.prefill_ns)):
        if length is not None:
            out.append(TimingSpan(Owner.SERVER, name, at, length, said, SpanKind.PREFILL))
            at += length
            left -= length
    name = "hidden reasoning, way" if reading.hidden else "there and back"
    if server.queue_ns is None:
        name = f"queue, {name}"
    out.append(
        TimingSpan(Owner.NETWORK, name, at, max(left, 0), "socket less provider", SpanKind.WIRE)
    )
    return out


def _our_spans(track: Track) -> list[TimingSpan]:
    """After the last read: our work, the person, the disk."""
    zero, out = track.asked_at, []
    shown = track.painted_at or track.located_at
    hunk = ""
    if track.painted_at is not None:
        hunk = f"ours, first hunk at {(track.painted_at - zero) / 1e6:,.0f}"
    work, last = end_work_ns(track), track.last
    if work is not None and last is not None:
        lag = (last.parsed_at - last.read_at) / 1e6
        note = f"ours, {lag:.1f} of it parsing"
        out.append(TimingSpan(Owner.OURS, "parse, locate", last.read_at - zero, work[0], note))
        if work[1] is not None:
            row = TimingSpan(Owner.OURS, "paint", last.at - zero, work[1], hunk or "ours")
            out.append(row)
    elif (first := first_hunk_ns(track)) is not None and track.painted_at is not None:
        start = track.painted_at - zero - first
        out.append(TimingSpan(Owner.OURS, "first hunk to paint", start, first, hunk))
    if shown is not None and track.decided_at is not None:
        key = "n" if track.decision is HunkState.DROPPED else "y"
        look = max(track.decided_at - shown, 0)
        out.append(TimingSpan(Owner.YOU, f"look, then {key}", None, look, "ours, in no total"))
    if track.flush_ns is not None:
        out.append(TimingSpan(Owner.OURS, "y to disk, durable", None, track.flush_ns, "ours"))
    if track.repainted_at is not None and track.flushed_at is not None:
        length = here_ns(track, track.flushed_at, track.repainted_at)
        out.append(TimingSpan(Owner.OURS, "repainted", None, length, "ours"))
    return out


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile of `values` (0 < share <= 1), None for none."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(-(-len(ordered) * round(share * 100) // 100), 1)
    return ordered[rank - 1]


def _size(count: int) -> str:
    return f"{count / 1000:.1f} kB" if count >= 1000 else f"{count} B"
