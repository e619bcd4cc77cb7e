"""The waterfall: spans add up, owners are right, verdicts name the reason."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.events import (
    Asked,
    Decided,
    EndpointLabel,
    Event,
    Flushed,
    HunksSet,
    OnWire,
    Painted,
    TurnEnded,
)
from spark_tui.core.meter import Reading
from spark_tui.core.waterfall import (
    Owner,
    Span,
    Track,
    bar,
    follow,
    ours_ns,
    percentile,
    short_verdict,
    spans,
    verdict,
)
from spark_tui.core.wire import (
    Connected,
    Ending,
    FirstEvent,
    RequestSent,
    Retrying,
    ServerTimings,
    WireEvent,
)

MS = 1_000_000
T0 = 5_000 * MS
LABEL = EndpointLabel("spark", "", "")
READING = Reading(ttft_ns=85 * MS, decode_tps=1031.0, output=388, elapsed_ns=470 * MS, reads=129)


def wire(event: WireEvent) -> OnWire:
    return OnWire(event.at, 1, event)


def turn(*more: Event, reused: bool = True, connect: int = 0) -> Track:
    made = Connected(T0 + 2 * MS, reused)
    if connect:
        made = replace(made, reused=False, dns_ns=4 * MS, tcp_ns=11 * MS, tls_ns=connect)
    before = 4 * MS + (15 * MS + connect if connect else 0)
    events: list[Event] = [
        Asked(T0, 1, "x", (), 0, LABEL),
        wire(made),
        wire(RequestSent(T0 + before + 2 * MS, T0 + before, 8400)),
        wire(FirstEvent(T0 + before + 83 * MS)),
        *more,
    ]
    return reduce(follow, events, Track())


def named(track: Track, name: str, reading: Reading = READING) -> Span:
    return next(s for s in spans(track, reading) if s.name.startswith(name))


def test_the_paint_counts_once_and_only_after_a_hunk_was_located() -> None:
    located = HunksSet(T0 + 168 * MS, 1, ())
    early = turn(Painted(T0 + 10 * MS, 1), located)
    assert early.painted_at is None
    painted = turn(located, Painted(T0 + 170 * MS, 1), Painted(T0 + 180 * MS, 1))
    assert painted.painted_at == T0 + 170 * MS
    assert named(painted, "first hunk to paint").length == 2 * MS


def test_rows_before_the_end_meet_without_gap_or_overlap() -> None:
    placed = [s for s in spans(turn(), READING) if s.start is not None]
    ends = [s.start + (s.length or 0) for s in placed if s.start is not None]
    starts = [s.start for s in placed]
    assert starts[1:] == ends[:-1]
    assert starts[0] == 0
    assert ends[-1] == READING.elapsed_ns


def test_each_part_has_its_owner_and_length() -> None:
    track = turn()
    assert named(track, "key to request").length == 4 * MS
    assert named(track, "connect") == Span(Owner.NETWORK, "connect, TLS", 4 * MS, 0, "reused")
    assert named(track, "upload 8.4 kB").length == 2 * MS
    assert named(track, "queue + prefill").length == 81 * MS
    assert named(track, "decode 388").length == (470 - 89) * MS


def test_cold_connection_is_not_called_ours() -> None:
    track = turn(connect=121 * MS)
    assert named(track, "key to request").length == 4 * MS
    assert named(track, "connect").length == 136 * MS
    assert named(track, "connect").note == "name 4, tcp 11, TLS 121"
    said = verdict(track, READING)
    assert said.startswith("Slow: the connection was cold. TLS took 121 ms of 221 ms")
    assert said.endswith("the next one is warm.")


def test_provider_timings_part_queue_from_prefill() -> None:
    track = turn(wire(ServerTimings(T0 + 400 * MS, 10 * MS, 50 * MS, 366 * MS)))
    assert named(track, "queue").length == 10 * MS
    assert named(track, "prefill").length == 50 * MS
    assert named(track, "there and back").length == 21 * MS
    assert named(track, "decode").note == "socket, provider says 366"


def test_person_and_disk_are_in_no_total() -> None:
    one = HunkId(1, 1, "1")
    track = turn(
        HunksSet(T0 + 168 * MS, 1, ()),
        Decided(T0 + 2268 * MS, 1, (one,), HunkState.KEPT),
        Flushed(T0 + 2277 * MS, 1, (one,), 14, 1, 9 * MS),
    )
    assert named(track, "look").length == 2100 * MS
    assert named(track, "look").start is None
    assert named(track, "key to disk").length == 9 * MS


def test_ours_is_key_to_request_plus_hunk_to_paint() -> None:
    track = replace(turn(HunksSet(T0 + 168 * MS, 1, ())), painted_at=T0 + 171 * MS)
    assert ours_ns(track, READING) == 7 * MS
    assert ours_ns(track, replace(READING, client_ns=9 * MS)) == 9 * MS
    assert ours_ns(Track(), READING) is None


def test_fast_turn_says_what_it_was_made_of() -> None:
    said = verdict(turn(), READING)
    assert said == "Fast. 0.47 s from Enter to the end; 381 ms of it is decode. 4 ms were ours."
    assert short_verdict(turn(), READING) == "fast"


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (replace(READING, ttft_ns=900 * MS), "queue and prefill are not separable here"),
        (replace(READING, gaps_ns=(1, 2, 600 * MS)), "the stream stood still for 600 ms"),
        (replace(READING, decode_tps=40.0), "decode at 40 tokens a second"),
        (replace(READING, client_ns=80 * MS), "80 ms were ours"),
    ],
)
def test_slow_turn_names_one_reason(reading: Reading, words: str) -> None:
    said = verdict(turn(), reading)
    assert said.startswith("Slow: ")
    assert words in said


def test_wait_for_a_limit_is_named() -> None:
    track = turn(wire(Retrying(T0, 8.0, "limit reached", 1)))
    assert "it waited 8.00 s before sending (limit reached)" in verdict(track, READING)


def test_nothing_known_is_a_dash_and_not_a_claim() -> None:
    assert verdict(Track(), Reading()) == "No answer yet: the next one is measured."
    ended = follow(turn(), TurnEnded(T0, 1, Ending.FAILED, Reading()))
    assert verdict(ended, Reading()) == "No token came."
    assert short_verdict(ended, Reading()) == "–"
    assert spans(Track(), Reading()) == ()


def test_new_turn_starts_a_new_track() -> None:
    assert follow(turn(), Asked(T0 + 1, 2, "y", (), 0, LABEL)) == Track(asked_at=T0 + 1)


@given(
    start=st.integers(0, 10**10),
    length=st.integers(0, 10**10),
    total=st.integers(0, 10**10),
    width=st.integers(1, 200),
)
def test_bars_never_leave_their_width(start: int, length: int, total: int, width: int) -> None:
    drawn = bar(Span(Owner.OURS, "x", start, length), total, width)
    assert len(drawn) <= width
    assert bool(drawn) == (total > 0 and length > 0)


def test_percentile_is_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0
