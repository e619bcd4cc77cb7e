"""The waterfall: spans add up, owners and clocks are right; the track keeps to its turn."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import (
    Connected,
    Ended,
    Ending,
    FirstEvent,
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
    RoundBegan,
    TurnEnded,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.latency.stats import sample
from spark_tui.core.latency.track import Track, displayed, end_work_ns, follow, ours_ns
from spark_tui.core.latency.verdict import verdict
from spark_tui.core.latency.waterfall import Owner, percentile, spans
from tests.core.latency.turns import LABEL, MS, READING, T0, named, turn, wire


def test_rows_before_the_end_meet_without_gap_or_overlap() -> None:
    for track in (turn(), turn(connect=121 * MS)):
        reading = READING
        if track.connected is not None and not track.connected.reused:
            reading = replace(READING, elapsed_ns=(470 + 136) * MS)
        placed = [s for s in spans(track, reading) if s.start is not None]
        ends = [s.start + (s.length or 0) for s in placed if s.start is not None]
        starts = [s.start for s in placed]
        assert starts[1:] == ends[:-1]
        assert starts[0] == 0
        assert ends[-1] == reading.elapsed_ns


def test_each_part_has_its_owner_length_and_clock() -> None:
    track = turn()
    assert named(track, "key to request").length == 4 * MS
    connect = named(track, "connect")
    assert (connect.owner, connect.length, connect.word) == (Owner.NETWORK, 0, "reused")
    assert named(track, "upload 8.4 kB").length == 2 * MS
    assert named(track, "queue + prefill").length == 81 * MS
    assert named(track, "queue + prefill").note == "socket, not separable"
    assert named(track, "first event to token").length == 2 * MS
    assert named(track, "decode 388").length == (470 - 89) * MS
    assert all(span.note for span in spans(track, READING))


def test_early_first_event_leaves_the_wait_behind_it() -> None:
    track = replace(turn(), first_event_at=T0 + 8 * MS)
    assert named(track, "request to first event").length == 2 * MS
    assert named(track, "queue + prefill").length == 81 * MS


def test_cold_connection_is_not_called_ours() -> None:
    track = turn(connect=121 * MS)
    assert named(track, "key to request").length == 4 * MS
    parts = [named(track, f"connect: {name}").length for name in ("name", "TCP", "TLS")]
    assert parts == [4 * MS, 11 * MS, 121 * MS]


def test_provider_timings_part_queue_from_prefill() -> None:
    track = turn(wire(ServerTimings(T0 + 400 * MS, 10 * MS, 50 * MS, 366 * MS)))
    assert named(track, "queue").length == 10 * MS
    assert named(track, "prefill").length == 50 * MS
    assert named(track, "there and back").length == 23 * MS
    assert named(track, "decode").note == "socket, provider says 366"


def test_late_terminal_event_has_its_own_row() -> None:
    reading = replace(READING, decode_ns=300 * MS)
    ended = turn(TurnEnded(T0 + 470 * MS, 1, Ending.COMPLETE, reading))
    assert named(ended, "decode", reading).length == 300 * MS
    assert named(ended, "last token to the end", reading).length == 81 * MS
    assert named(turn(), "decode", reading).length == 381 * MS


def test_failed_tries_are_one_row_and_not_ours() -> None:
    again = [
        wire(Retrying(T0 + 40 * MS, 2.0, "limit reached", 1)),
        wire(Connected(T0 + 2045 * MS, True)),
        wire(RequestSent(T0 + 2046 * MS, T0 + 2045 * MS, 8400)),
    ]
    track = turn(*again)
    assert named(track, "key to request").length == 4 * MS
    assert named(track, "failed try").length == 2041 * MS


def test_waiting_to_try_again_grows_and_nothing_is_at_the_server() -> None:
    track = turn(wire(Retrying(T0 + 90 * MS, 2.0, "limit reached", 1)))
    wait = named(track, "failed try", Reading(), T0 + 504 * MS)
    assert (wait.length, wait.note) == (500 * MS, "ours, so far")
    names = [span.name for span in spans(track, Reading(), T0 + 504 * MS)]
    assert names == ["key to request", "connect, TLS", "failed try, wait"]
    stopped = follow(track, TurnEnded(T0 + 804 * MS, 1, Ending.STOPPED, Reading()))
    assert [span.name for span in spans(stopped, Reading())] == names
    assert named(stopped, "failed try", Reading()).length == 800 * MS


def test_waiting_grows_with_the_clock() -> None:
    track = follow(Track(), Asked(T0, 1, "x", (), 0, LABEL))
    assert named(track, "key to request", Reading(), T0 + 30 * MS).length == 30 * MS
    waiting = named(turn(), "queue + prefill", Reading(), T0 + 306 * MS)
    assert (waiting.length, waiting.note) == (300 * MS, "socket, so far")


def test_our_work_after_the_last_read() -> None:
    end = T0 + 470 * MS
    track = turn(
        HunksSet(T0 + 168 * MS, 1, ()),
        Handled(T0 + 170 * MS, 1, T0 + 168 * MS, T0 + 169 * MS, 0, False),
        Handled(end + 3 * MS, 1, end, end + 1 * MS, 0, True),
        TurnEnded(end + 3 * MS, 1, Ending.COMPLETE, READING),
    )
    track = displayed(replace(track, painted_at=T0 + 172 * MS), end + 5 * MS)
    assert track.located_at == T0 + 170 * MS
    assert named(track, "parse, locate").length == 3 * MS
    assert named(track, "paint").length == 2 * MS
    assert named(track, "paint").note == "ours, first hunk at 172"
    assert ours_ns(track, READING) == 9 * MS
    assert displayed(track, end + 90 * MS) == track


def test_a_hunk_located_later_is_not_the_reads_work() -> None:
    late = turn(
        HunksSet(T0 + 300 * MS, 1, ()),
        Handled(T0 + 473 * MS, 1, T0 + 470 * MS, T0 + 471 * MS, 0, True),
    )
    assert late.located_at == T0 + 300 * MS
    assert late.first is None


def test_a_retry_on_the_open_connection_does_not_hide_what_connecting_took() -> None:
    track = turn(wire(Connected(T0 + 300 * MS, True)), connect=121 * MS)
    assert named(track, "connect: TLS").length == 121 * MS


def test_the_screen_is_drawn_only_after_the_end() -> None:
    assert displayed(turn(), T0 + 100 * MS).drawn_at is None


def test_person_and_disk_are_in_no_total() -> None:
    one = HunkId(1, 1, "1")
    track = turn(
        HunksSet(T0 + 168 * MS, 1, ()),
        Decided(T0 + 2268 * MS, 1, (one,), HunkState.KEPT),
        Flushed(T0 + 2277 * MS, 1, (one,), 14, 1, 9 * MS),
    )
    assert named(track, "look, then y").length == 2100 * MS
    assert named(track, "look").start is None
    assert named(track, "y to disk, durable").length == 9 * MS
    assert named(displayed(track, T0 + 2281 * MS), "repainted").length == 4 * MS


def test_ours_while_it_runs_is_key_to_request_plus_first_hunk() -> None:
    track = replace(turn(HunksSet(T0 + 168 * MS, 1, ())), painted_at=T0 + 171 * MS)
    assert ours_ns(track, READING) == 7 * MS
    assert named(track, "first hunk to paint").length == 3 * MS
    assert ours_ns(Track(), READING) is None
    assert ours_ns(Track(), replace(READING, client_ns=9 * MS)) == 9 * MS


def test_events_of_another_turn_are_not_ours() -> None:
    track = turn()
    assert follow(track, TurnEnded(T0, 2, Ending.STOPPED, Reading())) == track


def test_new_turn_starts_a_new_track() -> None:
    fresh = Asked(T0 + 1, 2, "y", (), 7, LABEL, 1200)
    assert follow(turn(), fresh) == Track(2, T0 + 1, 7, 1200)
    assert spans(Track(), Reading()) == ()


STAMP = st.integers(0, 10**10)
WIRE = st.one_of(
    st.builds(Connected, STAMP, st.booleans(), st.none() | STAMP, st.none() | STAMP),
    st.builds(RequestSent, STAMP, STAMP, st.integers(0, 10**9)),
    st.builds(FirstEvent, STAMP),
    st.builds(Retrying, STAMP, st.floats(0, 60), st.just("why"), st.integers(1, 4)),
    st.builds(ServerTimings, STAMP, st.none() | STAMP, st.none() | STAMP, st.none() | STAMP),
)
EVENTS = st.one_of(
    WIRE.map(wire),
    st.builds(HunksSet, STAMP, st.just(1), st.just(())),
    st.builds(Handled, STAMP, st.just(1), STAMP, STAMP, STAMP, st.booleans()),
    st.builds(TurnEnded, STAMP, st.just(1), st.sampled_from(Ending), st.just(READING)),
    st.builds(Flushed, STAMP, st.just(1), st.just(()), st.just(1), st.just(1), STAMP),
)


@given(
    st.lists(EVENTS, max_size=12),
    st.sampled_from([READING, Reading(), replace(READING, decode_ns=300 * MS)]),
    st.none() | STAMP,
)
def test_events_in_any_order_give_rows(
    events: list[Event], reading: Reading, now: int | None
) -> None:
    track = Track(1, 5)
    for event in events:
        track = displayed(follow(track, event), event.at)
    for span in spans(track, reading, now):
        assert span.length is None or span.length >= 0
        assert span.name
        assert span.note
    assert verdict(track, reading).text
    assert sample(LABEL, track, reading).endpoint == "spark"


def test_percentile_is_nearest_rank() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0


@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 900))
def test_time_in_which_the_interface_was_suspended_is_not_ours(
    before: int, gone: int, after: int
) -> None:
    """The editor had the terminal while the answer ended: its end was drawn that much later."""
    last = T0 + 470 * MS
    since = last + before * MS
    until = since + gone * MS
    drawn = until + after * MS
    track = turn(
        Handled(last, 1, last - 2 * MS, last - MS, 0, last=True),
        TurnEnded(last, 1, Ending.COMPLETE, READING),
        Displayed(drawn, 1),
        Away(until, 1, since),
    )
    assert ours_ns(track, READING) == (4 + 2 + before + after) * MS
    assert end_work_ns(track) == (2 * MS, (before + after) * MS)


def looked(*, since: int = 0) -> Track:
    """A turn of two rounds: 40 ms of calls, 20 ms of looks, 100 ms to the next answer's start."""
    first = T0 + 89 * MS
    ended, sent = first + 40 * MS, first + 60 * MS + since
    pool = LookResult(1, "looked", "a.py", "9 tokens", 9, first + 30 * MS, 2 * MS)
    found = LookResult(1, "searched", '"x"', "1 place", 9, first + 41 * MS, 9 * MS)
    question: list[Event] = []
    if since:
        question = [LooksWanted(ended, 1, ("a.py",)), LooksAllowed(ended + since, 1, True)]
    return turn(
        LookDone(first + 32 * MS, 1, pool),
        wire(Ended(ended, Ending.COMPLETE)),
        *question,
        LookDone(first + 50 * MS, 1, found),
        RoundBegan(sent, 1, 1, 900),
        wire(RequestSent(sent + 2 * MS, sent, 9_000)),
        wire(FirstEvent(sent + 100 * MS)),
        wire(Ended(sent + 300 * MS, Ending.COMPLETE)),
        TurnEnded(sent + 300 * MS, 1, Ending.COMPLETE, READING),
    )


LOOKED = replace(READING, ttft_ns=85 * MS, elapsed_ns=449 * MS, decode_ns=240 * MS)


def test_each_look_and_each_further_request_has_its_row() -> None:
    rows = [(s.name, s.start, s.length) for s in spans(looked(), LOOKED) if s.start is not None]
    assert rows[-6:] == [
        ("decode, round 1", 89 * MS, 40 * MS),
        ("looked a.py", 119 * MS, 2 * MS),
        ('searched "x"', 130 * MS, 9 * MS),
        ("looks to request", 129 * MS, 20 * MS),
        ("wait, round 2", 149 * MS, 100 * MS),
        ("decode, round 2", 249 * MS, 200 * MS),
    ]
    # The wait for the first token is that of the first request.
    assert named(looked(), "queue + prefill", LOOKED).length == 81 * MS


def test_what_looks_cost_is_ours_without_the_time_the_person_took() -> None:
    plain = ours_ns(looked(), LOOKED)
    assert plain == 4 * MS + 20 * MS
    assert ours_ns(looked(since=3_000 * MS), LOOKED) == plain
