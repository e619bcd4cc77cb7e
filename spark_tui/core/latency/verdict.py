"""Why a turn was slow, in one plain sentence: rules over its stamps, nothing else.

Each rule says how much time its cause took; the largest one over its threshold is the verdict. No
rule claims what the stamps can't separate: without the provider's own account, queue and prefill
are one wait, and hidden reasoning is named only where its counted tokens explain most of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.endpoint.wire import Ending, FaultKind
from spark_tui.core.latency.meter import Reading
from spark_tui.core.latency.track import (
    Track,
    before_ns,
    connect_ns,
    decode_ns,
    first_output_at,
    here_ns,
    looking_ns,
    ours_ns,
    retried_ns,
    server_wait_ns,
    unsent,
)

MS = 1_000_000
SLOW_TTFT_NS = 500 * MS
"""A first token later than this after the request is called slow."""

SLOW_PART_NS = 200 * MS
"""What the provider accounts for is a cause from here on, where the first token was slow."""

SLOW_OURS_NS = 50 * MS
SLOW_DISK_NS = 100 * MS
SLOW_UPLOAD_NS = 100 * MS
SLOW_RETRY_NS = 100 * MS
SLOW_GAP_NS = 400 * MS
SLOW_LOOKS_NS = 400 * MS
UNEVEN_NS = 100 * MS
BUNDLE_NS = 50 * MS
BUNDLE_TOKENS = 8
SLOW_TPS = 150.0
LONG_NS = 3_000 * MS
COLD_NS = 20 * MS
COLD_SHARE = 0.3
"""A cold connection is the reason when it took this share of the time to the first token."""


class Cause(StrEnum):
    """What a verdict names; the value is the word for it in one line."""

    FAST = "fast"
    UNKNOWN = "–"
    RUNNING = "running"
    FAILED = "failed"
    CUT = "broke off"
    STOPPED = "stopped"
    QUEUED_HERE = "queued here"
    NAME = "cold name"
    CONNECT = "cold TCP"
    TLS = "cold TLS"
    UPLOAD = "upload"
    LIMIT = "limit"
    RETRY = "retry"
    FALLBACK = "fallback"
    QUEUE = "queue"
    PREFILL = "prefill"
    SERVER = "server"
    UNACCOUNTED = "network"
    REASONING = "reasoning"
    STALL = "stall"
    UNEVEN = "uneven"
    BUNDLES = "bundles"
    DECODE = "decode"
    LOOKS = "looks"
    LONG = "long answer"
    BACKLOG = "backlog"
    PARSE = "parsing"
    PAINT = "painting"
    DISK = "disk"
    PERSON = "you"


_CALM = {Cause.FAST, Cause.UNKNOWN, Cause.RUNNING, Cause.STOPPED, Cause.LONG, Cause.PERSON}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The cause and the sentence that names it."""

    cause: Cause
    text: str

    @property
    def slow(self) -> bool:
        """Whether something should have been faster."""
        return self.cause not in _CALM

    @property
    def short(self) -> str:
        """For one line: `fast`, `slow: stall`, `long answer`."""
        named = f"slow: {self.cause.value}" if self.slow else self.cause.value
        return self.cause.value if self.cause in (Cause.FAILED, Cause.CUT) else named


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, what it cost (ns), and the rest of the sentence."""

    cause: Cause
    cost: int
    text: str


def verdict(track: Track, reading: Reading) -> Verdict:
    """What a person should know first: fast, or slow and why."""
    if track.sent is None and track.ending is None and not track.retries:
        if track.asked_at:
            return Verdict(Cause.RUNNING, "On its way: nothing is sent yet.")
        return Verdict(Cause.UNKNOWN, "No answer yet: the next one is measured.")
    over = _not_well(track, reading)
    if over is not None:
        return over
    found = max(findings(track, reading), key=lambda one: one.cost, default=None)
    if found is not None:
        return Verdict(found.cause, f"Slow: {found.text}")
    if track.ending is None:
        return _so_far(track, reading)
    return _well(track, reading)


def findings(track: Track, reading: Reading) -> list[Finding]:
    """Every cause over its threshold, in order of time."""
    rules = (_retries, _queued_here, _cold, _upload, _server, _stream, _looks, _ours, _disk)
    return [found for rule in rules for found in rule(track, reading)]


def _not_well(track: Track, reading: Reading) -> Verdict | None:
    """Endings without an answer, and waiting for the first token."""
    took = s(reading.elapsed_ns)
    if track.ending is Ending.STOPPED:
        tokens = f", {_tokens(reading)} in" if reading.ttft_ns is not None else ""
        return Verdict(Cause.STOPPED, f"You stopped it after {took}{tokens}.")
    if track.ending in (Ending.FAILED, Ending.FILTERED):
        if track.sent is None and not track.retries and track.fault is None:
            return Verdict(Cause.FAILED, "Nothing was sent.")
        why = _FAULTS.get(track.fault) if track.fault is not None else None
        what = "The answer failed" if reading.ttft_ns is not None else "No token came"
        return Verdict(Cause.FAILED, f"{what}: {why or 'the provider ended it'}.")
    if track.ending is Ending.CUT:
        return Verdict(Cause.CUT, f"The answer broke off after {_tokens(reading)} and {took}.")
    if reading.ttft_ns is None:
        if track.ending is not None:
            return Verdict(Cause.UNKNOWN, "No token came.")
        waits = [one for one in track.retries if one.wait_s > 0]
        if waits and unsent(track):
            why = _FAULTS.get(waits[-1].fault) if waits[-1].fault is not None else ""
            said = why or "a try failed"
            return Verdict(Cause.RUNNING, f"Waiting {waits[-1].wait_s:.1f} s to try again: {said}.")
        return Verdict(Cause.RUNNING, "Waiting for the first token.")
    return None


def _tokens(reading: Reading) -> str:
    guess = "about " if reading.guess else ""
    return f"{guess}{reading.output:,} tokens"


def _so_far(track: Track, reading: Reading) -> Verdict:
    wait = server_wait_ns(track, reading)
    if wait is None:
        return Verdict(Cause.RUNNING, "The answer is coming.")
    if track.server is not None and track.server.prefill_ns is not None:
        queue = track.server.queue_ns
        said = f"queue {ms(queue)}, " if queue is not None else ""
        return Verdict(Cause.RUNNING, f"{said}prefill {ms(track.server.prefill_ns)} at the server.")
    text = f"{ms(wait)} at the server; queue and prefill are not separable here."
    return Verdict(Cause.RUNNING, text)


def _well(track: Track, reading: Reading) -> Verdict:
    total, decode = reading.elapsed_ns, decode_ns(track, reading) or 0
    rate = reading.decode_tps
    if decode >= LONG_NS and rate is not None:
        text = f"{_tokens(reading)} at {reading.guess}{rate:,.0f} a second took {s(decode)}."
        return Verdict(Cause.LONG, f"Long, not slow: {text}")
    shown = track.painted_at
    if shown is not None and track.decided_at is not None:
        look = track.decided_at - shown
        if look >= LONG_NS and look >= 3 * total:
            text = f"Fast: {s(total)} to the end of the answer, then {s(look)} until you decided."
            return Verdict(Cause.PERSON, text)
    added = ours_ns(track, reading)
    ours = f" {ms(added)} were ours." if added is not None else ""
    text = f"Fast. {s(total)} from Enter to the end; {ms(decode)} of it is decode.{ours}"
    return Verdict(Cause.FAST, text)


# ------------------------------------------------------------------ rules, in order of time


def _retries(track: Track, _reading: Reading) -> Iterator[Finding]:
    lost = retried_ns(track)
    if not track.retries or lost < SLOW_RETRY_NS:
        return
    kinds = [one.fault for one in track.retries]
    if FaultKind.RATE_LIMIT in kinds:
        yield Finding(
            Cause.LIMIT, lost, f"the provider's limit was reached, it answered {s(lost)} later."
        )
    elif all(kind is None for kind in kinds):
        text = f"the WebSocket did not work, so it went over HTTPS; that took {s(lost)}."
        yield Finding(Cause.FALLBACK, lost, text)
    else:
        times = "a try" if len(kinds) == 1 else f"{len(kinds)} tries"
        last = next(kind for kind in reversed(kinds) if kind is not None)
        why = _FAULTS.get(last, "it was refused")
        yield Finding(Cause.RETRY, lost, f"{times} failed first ({why}); that took {s(lost)}.")


def _queued_here(track: Track, _reading: Reading) -> Iterator[Finding]:
    before = before_ns(track)
    if before is not None and before >= SLOW_OURS_NS and track.sent is not None:
        text = f"{ms(before)} went by here before the request was written."
        yield Finding(Cause.QUEUED_HERE, before, text)


def _cold(track: Track, reading: Reading) -> Iterator[Finding]:
    connect, made = connect_ns(track), track.connected
    felt = connect + (reading.ttft_ns or 0)
    if made is None or connect < COLD_NS or connect < COLD_SHARE * felt:
        return
    parts = (
        (made.tls_ns or 0, Cause.TLS, "TLS"),
        (made.tcp_ns or 0, Cause.CONNECT, "connecting"),
        (made.dns_ns or 0, Cause.NAME, "finding the address"),
    )
    took, cause, what = max(parts, key=lambda part: part[0])
    text = (
        f"the connection was cold. {what} took {took / MS:,.0f} of {ms(felt)} to the first token;"
        " the next one is warm."
    )
    yield Finding(cause, connect, text)


def _upload(track: Track, _reading: Reading) -> Iterator[Finding]:
    if track.sent is None:
        return
    took = track.sent.at - track.sent.started
    if took >= SLOW_UPLOAD_NS:
        size = track.sent.size / 1e6
        yield Finding(Cause.UPLOAD, took, f"sending {size:,.1f} MB took {ms(took)}.")


def _server(track: Track, reading: Reading) -> Iterator[Finding]:
    """From the request to the first word of the answer."""
    ttft, sent, server = reading.ttft_ns or 0, track.sent, track.server
    aloud = (reading.ttfo_ns or ttft) - ttft
    if aloud >= SLOW_TTFT_NS // 2:
        text = f"it reasoned for {s(aloud)} before the first word of the answer."
        yield Finding(Cause.REASONING, aloud, text)
    first = first_output_at(track, reading)
    if sent is None or first is None:
        return
    wait = max(first - sent.at, 0)
    thought = _thought_ns(reading)
    if ttft < SLOW_TTFT_NS and not (thought >= wait / 2 and wait >= SLOW_TTFT_NS // 2):
        return
    if thought >= wait / 2:
        text = (
            f"{reading.hidden:,} hidden reasoning tokens came first: at this rate about"
            f" {ms(min(thought, wait))} of the {ms(wait)} to the first token."
        )
        yield Finding(Cause.REASONING, wait, text)
        return
    if server is None or (server.queue_ns is None and server.prefill_ns is None):
        text = f"{ms(wait)} at the server; queue and prefill are not separable here."
        yield Finding(Cause.SERVER, wait, text)
        return
    queue, prefill = server.queue_ns or 0, server.prefill_ns or 0
    if queue >= SLOW_PART_NS:
        yield Finding(
            Cause.QUEUE, queue, f"{ms(queue)} in the provider's queue, {ms(prefill)} of prefill."
        )
    if prefill >= SLOW_PART_NS:
        fresh = (reading.input or 0) - (reading.cached or 0)
        what = f" for {fresh:,} uncached tokens" if fresh > 0 else ""
        yield Finding(Cause.PREFILL, prefill, f"prefill took {ms(prefill)}{what}.")
    rest = wait - queue - prefill
    if rest >= SLOW_PART_NS:
        where = "the way there and back" if server.queue_ns is not None else "the queue or the way"
        text = f"{ms(rest)} on {where}: the provider accounts for {ms(wait - rest)} of {ms(wait)}."
        yield Finding(Cause.UNACCOUNTED, rest, text)


def _thought_ns(reading: Reading) -> int:
    """About how long the hidden tokens took, at the rate of the visible ones; 0 if unknown."""
    if not reading.hidden or not reading.decode_tps:
        return 0
    return int(reading.hidden * 1e9 / reading.decode_tps)


def _stream(track: Track, reading: Reading) -> Iterator[Finding]:
    """First token to last token."""
    decode, gaps, rate = decode_ns(track, reading), reading.gaps_ns, reading.decode_tps
    if decode is None:
        return
    if gaps is not None:
        p50, p95, most = gaps
        if most >= SLOW_GAP_NS and most >= 8 * p50:
            text = f"the stream stood still for {ms(most)} at token {reading.gap_after:,}."
            yield Finding(Cause.STALL, most, text)
        elif p95 >= UNEVEN_NS and p95 >= 4 * p50:
            text = (
                f"the stream is uneven: one read in twenty waits {ms(p95)} or more,"
                f" half of them {ms(p50)} or less."
            )
            yield Finding(Cause.UNEVEN, p95, text)
        each = reading.output / reading.reads if reading.reads else 0.0
        if p50 >= BUNDLE_NS and each >= BUNDLE_TOKENS and (rate or 0) >= SLOW_TPS:
            text = f"tokens come in bundles of {each:.0f}, one every {ms(p50)}."
            yield Finding(Cause.BUNDLES, p50, text)
    if rate is not None and rate < SLOW_TPS and decode >= SLOW_TTFT_NS:
        text = f"decode at {reading.guess}{rate:,.0f} tokens a second took {s(decode)}."
        stood = gaps[2] if gaps is not None and gaps[2] >= SLOW_GAP_NS else 0
        yield Finding(Cause.DECODE, max(decode - stood, 0), text)


def _looks(track: Track, _reading: Reading) -> Iterator[Finding]:
    """What the model's looks cost: from the end of each answer that looked to the next one."""
    waited = sum(
        here_ns(track, one.ended_at, one.first_event_at)
        for one in track.rounds
        if one.first_event_at is not None
    )
    if waited >= SLOW_LOOKS_NS:
        times, rounds = len(track.looks), len(track.rounds)
        text = (
            f"the model looked {times} time{'s' if times > 1 else ''} in {rounds}"
            f" round{'s' if rounds > 1 else ''}: {s(waited)}, {ms(looking_ns(track))} of it ours."
        )
        yield Finding(Cause.LOOKS, waited, text)


def _ours(track: Track, _reading: Reading) -> Iterator[Finding]:
    """Our own work after bytes were read."""
    for handled in (track.first, track.last):
        if handled is None:
            continue
        parse = handled.parsed_at - handled.read_at
        locate = handled.at - handled.parsed_at - handled.lag_ns
        work = max(parse, 0) + max(locate, 0)
        if work >= SLOW_OURS_NS:
            text = f"{ms(work)} were ours: parsing the answer and finding its place."
            yield Finding(Cause.PARSE, work, text)
    if track.last is not None and track.last.lag_ns >= SLOW_OURS_NS:
        lag = track.last.lag_ns
        text = f"the screen was up to {ms(lag)} behind the socket; that is ours."
        yield Finding(Cause.BACKLOG, lag, text)
    paints = []
    if track.last is not None and track.drawn_at is not None:
        paints.append(track.drawn_at - track.last.at)
    if track.painted_at is not None and track.located_at is not None:
        paints.append(track.painted_at - track.located_at)
    if paints and max(paints) >= SLOW_OURS_NS:
        yield Finding(Cause.PAINT, max(paints), f"painting took {ms(max(paints))}; that is ours.")


def _disk(track: Track, _reading: Reading) -> Iterator[Finding]:
    if track.flush_ns is not None and track.flush_ns >= SLOW_DISK_NS:
        text = f"writing to disk took {ms(track.flush_ns)}, from the key until it was durable."
        yield Finding(Cause.DISK, track.flush_ns, text)


_FAULTS: dict[FaultKind, str] = {
    FaultKind.CONNECT: "cannot connect",
    FaultKind.DNS: "its name is not known",
    FaultKind.TLS: "no TLS",
    FaultKind.AUTH: "the key was refused",
    FaultKind.FORBIDDEN: "access was refused",
    FaultKind.NOT_FOUND: "nothing is at this address",
    FaultKind.BAD_REQUEST: "the request was refused",
    FaultKind.TOO_LONG: "the request is too long for the model",
    FaultKind.RATE_LIMIT: "the provider's limit is reached",
    FaultKind.QUOTA: "the account's quota is used up",
    FaultKind.SERVER: "the server had an error",
    FaultKind.NOT_A_STREAM: "something else than a stream came back",
    FaultKind.REDIRECT: "the address sends elsewhere",
    FaultKind.MALFORMED: "what came could not be read",
    FaultKind.TOO_BIG: "the answer is too big",
    FaultKind.STALLED: "the stream stood still for too long",
    FaultKind.TIMEOUT: "it did not answer in time",
    FaultKind.SETTINGS: "the endpoint is not set up",
}


def ms(ns: int | None) -> str:
    """`81 ms`, `2.1 s` from two seconds on, `– ms` for what is not known."""
    if ns is None:
        return "– ms"
    return f"{ns / MS:,.0f} ms" if ns < 2_000 * MS else f"{ns / 1e9:.1f} s"


def s(ns: int) -> str:
    """`0.47 s`."""
    return f"{ns / 1e9:.2f} s"
