"""The stamps of one turn, folded from its events. All of one monotonic clock, ns.

What isn't known is None, never zero. Times between stamps: `core.latency.waterfall`; what they
mean: `core.latency.verdict`.
"""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import (
    Connected,
    Ended,
    Ending,
    FaultKind,
    FirstEvent,
    RateLimits,
    RequestSent,
    Retrying,
    ServerTimings,
)
from spark_tui.core.events import (
    Asked,
    Away,
    Decided,
    Displayed,
    Event,
    Flushed,
    Handled,
    HunksSet,
    LookDone,
    LookResult,
    LooksAllowed,
    LooksWanted,
    OnWire,
    Painted,
    RoundBegan,
    TurnEnded,
)
from spark_tui.core.latency.meter import Reading


@dataclass(frozen=True, slots=True)
class LookRound:
    """A further request of a turn, with what the model looked at.

    `ended_at` is when the answer that looked was over, `sent` the request with what it was shown,
    `first_event_at` the first event of the answer to that.
    """

    ended_at: int
    sent: RequestSent | None = None
    first_event_at: int | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """The stamps of one turn, as far as they are known.

    `began_at` is when the first attempt began to write, `sent` belongs to the last one.
    `located_at` is when the first hunk had its place, `painted_at` when it was on the screen;
    `drawn_at` when the end of the answer was, `repainted_at` when the written hunks were. `away` is
    (since, until) of each time the interface was suspended, or the person was asked: that is none
    of ours. `looks` are the model's, `rounds` the requests that they led to; all stamps of the
    wire are those of the turn's first request. `heard_at` is when the newest answer was over.
    """

    turn: int = 0
    asked_at: int = 0
    tokens: int = 0
    reserve: int = 0
    connected: Connected | None = None
    began_at: int | None = None
    sent: RequestSent | None = None
    first_event_at: int | None = None
    limits: RateLimits | None = None
    located_at: int | None = None
    painted_at: int | None = None
    first: Handled | None = None
    last: Handled | None = None
    decided_at: int | None = None
    decision: HunkState | None = None
    flush_ns: int | None = None
    flushed_at: int | None = None
    drawn_at: int | None = None
    repainted_at: int | None = None
    retries: tuple[Retrying, ...] = ()
    server: ServerTimings | None = None
    ending: Ending | None = None
    fault: FaultKind | None = None
    ended_at: int | None = None
    away: tuple[tuple[int, int], ...] = ()
    looks: tuple[LookResult, ...] = ()
    rounds: tuple[LookRound, ...] = ()
    heard_at: int = 0
    question_at: int = 0


_OF_A_TURN = (
    OnWire,
    LookDone,
    LooksWanted,
    LooksAllowed,
    RoundBegan,
    HunksSet,
    Handled,
    Painted,
    Displayed,
    Away,
    Decided,
    Flushed,
    TurnEnded,
)


def follow(track: Track, event: Event) -> Track:
    """The track after `event`; a new turn starts a new one."""
    if isinstance(event, _OF_A_TURN) and event.turn != track.turn:
        return track
    match event:
        case Asked():
            return Track(event.turn, event.at, event.tokens, event.reserve)
        case OnWire(event=Ended(at=at, fault=fault)):
            return replace(track, fault=fault, heard_at=at)
        case OnWire(event=wire) if track.rounds:
            return _wire_again(track, wire)
        case OnWire(event=wire):
            return _wire(track, wire)
        case LookDone(look=look):
            return replace(track, looks=(*track.looks, look))
        case LooksWanted(at=at):
            return replace(track, question_at=at)
        case LooksAllowed(at=at) if track.question_at:
            return replace(track, away=(*track.away, (track.question_at, at)), question_at=0)
        case RoundBegan(at=at):
            again = LookRound(track.heard_at or at)
            # Hunks before it were no answer: what was seen of them counts for nothing.
            return replace(
                track, rounds=(*track.rounds, again), located_at=None, painted_at=None, first=None
            )
        case HunksSet(at=at) if track.located_at is None:
            return replace(track, located_at=at)
        case Painted(at=at) if track.painted_at is None and track.located_at is not None:
            return replace(track, painted_at=at)
        case Displayed(at=at):
            return displayed(track, at)
        case Away(at=at, since=since):
            return replace(track, away=(*track.away, (since, at)))
        case Handled(last=True):
            return replace(_placed(track, event), last=event)
        case Handled():
            return _placed(track, event)
        case Decided(at=at, state=state) if track.decided_at is None:
            return replace(track, decided_at=at, decision=state)
        case Flushed(at=at, took_ns=took):
            return replace(track, flush_ns=took, flushed_at=at, repainted_at=None)
        case TurnEnded(at=at, ending=ending):
            return replace(track, ending=ending, ended_at=at)
        case _:
            return track


def _placed(track: Track, handled: Handled) -> Track:
    """A hunk of this read has its place since `handled.at`, if it is the first of the turn."""
    if track.first is not None or track.located_at != handled.read_at:
        return track
    return replace(track, first=handled, located_at=handled.at)


def _wire(track: Track, event: object) -> Track:
    match event:
        case Connected(reused=reused):
            # What the first attempt spent on connecting is not forgotten when a later one reuses.
            made = track.connected
            keep = reused and made is not None and not made.reused
            return track if keep else replace(track, connected=event)
        case RequestSent(started=started):
            began = started if track.began_at is None else track.began_at
            return replace(track, sent=event, began_at=began, first_event_at=None)
        case FirstEvent(at=at):
            return replace(track, first_event_at=at)
        case RateLimits():
            return replace(track, limits=event)
        case ServerTimings():
            return replace(track, server=event)
        case Retrying():
            began = track.asked_at if track.began_at is None else track.began_at
            return replace(track, retries=(*track.retries, event), began_at=began)
        case _:
            return track


def _wire_again(track: Track, event: object) -> Track:
    """Stamps of a further request: those of the first one stay."""
    *before, last = track.rounds
    match event:
        case RequestSent():
            return replace(track, rounds=(*before, replace(last, sent=event)))
        case FirstEvent(at=at):
            return replace(track, rounds=(*before, replace(last, first_event_at=at)))
        case RateLimits():
            return replace(track, limits=event)
        case _:
            return track


def displayed(track: Track, at: int) -> Track:
    """The track after the screen was painted at `at`."""
    if track.ending is not None and track.drawn_at is None:
        track = replace(track, drawn_at=at)
    if track.flushed_at is not None and track.repainted_at is None:
        track = replace(track, repainted_at=at)
    return track


def here_ns(track: Track, since: int, until: int) -> int:
    """From `since` to `until` without the time in which the interface was suspended, ns."""
    gone = sum(max(min(b, until) - max(a, since), 0) for a, b in track.away)
    return max(until - since - gone, 0)


def connect_ns(track: Track) -> int:
    """Time spent on name, connect and TLS for this request; 0 when the connection was open."""
    made = track.connected
    if made is None or made.reused:
        return 0
    return sum(part or 0 for part in (made.dns_ns, made.tcp_ns, made.tls_ns))


def connected_first(track: Track) -> bool:
    """Whether the time to connect was spent before the first attempt, not between attempts."""
    made, began = track.connected, track.began_at
    return made is None or began is None or made.at <= began


def before_ns(track: Track) -> int | None:
    """Enter to the first attempt, connecting taken out: what was queued and made ready here."""
    if track.began_at is None:
        return None
    connect = connect_ns(track) if connected_first(track) else 0
    return max(here_ns(track, track.asked_at, track.began_at) - connect, 0)


def unsent(track: Track) -> bool:
    """Whether the last try failed and no other was written since."""
    if not track.retries:
        return False
    return track.sent is None or track.sent.started < track.retries[-1].at


def retried_ns(track: Track) -> int:
    """From the first attempt to the one that was answered; 0 when the first one was.

    Where none was, until the turn ended; while it waits, the waits that were announced.
    """
    if not track.retries or track.began_at is None:
        return 0
    if unsent(track) or track.sent is None:
        if track.ended_at is not None:
            return max(track.ended_at - track.began_at, 0)
        return sum(int(one.wait_s * 1e9) for one in track.retries)
    connect = 0 if connected_first(track) else connect_ns(track)
    return max(track.sent.started - track.began_at - connect, 0)


def first_output_at(track: Track, reading: Reading) -> int | None:
    """When the first output was read."""
    if track.sent is None or reading.ttft_ns is None:
        return None
    return track.sent.started + reading.ttft_ns


def decode_ns(track: Track, reading: Reading) -> int | None:
    """First output to last output, None before there is one."""
    if reading.decode_ns is not None:
        return reading.decode_ns
    first = first_output_at(track, reading)
    if first is None or not reading.elapsed_ns:
        return None
    return max(track.asked_at + reading.elapsed_ns - first, 0)


def server_wait_ns(track: Track, reading: Reading) -> int | None:
    """Queue and prefill: what the provider says, else the longer of its two silences.

    Some servers send a first event at once and then read the prompt, some read it first: the
    silences are request to first event and first event to first output.
    """
    server = track.server
    if server is not None and (server.queue_ns is not None or server.prefill_ns is not None):
        return (server.queue_ns or 0) + (server.prefill_ns or 0)
    return silence_ns(track, reading)


def silence_ns(track: Track, reading: Reading) -> int | None:
    """The longer of request to first event and first event to first output, by our clock."""
    silences = [length for _, length in silences_of(track, reading)]
    return max(silences) if silences else None


def silences_of(track: Track, reading: Reading) -> list[tuple[int, int]]:
    """(since, length) of request to first event and of first event to first output."""
    sent, event = track.sent, track.first_event_at
    first = first_output_at(track, reading)
    if sent is None:
        return []
    out = []
    if event is not None:
        out.append((sent.at, max(event - sent.at, 0)))
    if first is not None:
        since = sent.at if event is None else event
        out.append((since, max(first - since, 0)))
    return out


def end_work_ns(track: Track) -> tuple[int, int | None] | None:
    """(parse and locate, paint) of the last read of the answer; None before it."""
    last = track.last
    if last is None:
        return None
    paint = None if track.drawn_at is None else here_ns(track, last.at, track.drawn_at)
    return here_ns(track, last.read_at, last.at), paint


def first_hunk_ns(track: Track) -> int | None:
    """The read that closed the first hunk to that hunk on the screen."""
    if track.painted_at is None or track.located_at is None:
        return None
    since = track.first.read_at if track.first is not None else track.located_at
    return here_ns(track, since, track.painted_at)


def ours_ns(track: Track, reading: Reading) -> int | None:
    """What our client added: Enter to request, then the end of the answer to the screen.

    Without the time in which an editor or the shell had the terminal: that is the person's.
    While it runs the first hunk stands for the end. None while nothing was sent.
    """
    before = before_ns(track)
    if before is None or track.sent is None:
        return reading.client_ns
    before += looking_ns(track)
    work = end_work_ns(track)
    if work is not None:
        return before + work[0] + (work[1] or 0)
    return before + (first_hunk_ns(track) or 0)


def looking_ns(track: Track) -> int:
    """From the end of each answer that looked to the request with what it was shown."""
    return sum(
        here_ns(track, one.ended_at, one.sent.started)
        for one in track.rounds
        if one.sent is not None
    )
