"""Verdicts: every cause named from its stamps alone, the largest one first, nothing guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spark_tui
from spark_tui.core.edits.model import HunkId, HunkState
from spark_tui.core.endpoint.wire import (
    Connected,
    Ended,
    Ending,
    FaultKind,
    RequestSent,
    Retrying,
    ServerTimings,
)
from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    Handled,
    HunksSet,
    LookResult,
    TurnEnded,
)
from spark_tui.core.latency.meter import Reading
from spark_tui.core.latency.track import LookRound, Track, displayed, follow
from spark_tui.core.latency.verdict import Cause, findings, verdict
from tests.core.latency.turns import LABEL, MS, READING, T0, turn, wire

HUNK = HunkId(1, 1, "1")
END = T0 + 470 * MS
OVER = TurnEnded(END, 1, Ending.COMPLETE, READING)


def handled(parse: int = MS, locate: int = MS, lag: int = 0) -> Handled:
    at = END + parse + lag + locate
    return Handled(at, 1, END, END + parse, lag, True)


def ended(*more: Event, **how: int) -> Track:
    return turn(*more, OVER, **how)  # type: ignore[arg-type]


def retried(fault: FaultKind | None, wait: float) -> Track:
    again = T0 + 50 * MS + int(wait * 1e9)
    return ended(
        wire(Retrying(T0 + 50 * MS, wait, "why", 1, fault)),
        wire(Connected(again, True)),
        wire(RequestSent(again + MS, again, 8400)),
    )


def cold(dns: int, tcp: int, tls: int) -> Track:
    made = Connected(T0 + 2 * MS, False, dns * MS, tcp * MS, tls * MS)
    return replace(ended(), connected=made)


SLOW = replace(READING, ttft_ns=900 * MS, elapsed_ns=1300 * MS)
DISK = Flushed(END + 230 * MS, 1, (HUNK,), 14, 1, 230 * MS)
LOOKED = (HunksSet(T0 + 168 * MS, 1, ()), Decided(T0 + 8_468 * MS, 1, (HUNK,), HunkState.KEPT))


def looked(took: int) -> Track:
    """The model looked twice, and its next answer began `took` ns after the first was over."""
    look = LookResult(1, "looked", "a.py", "9 tokens", 9, T0, MS)
    sent = RequestSent(T0 + 150 * MS, T0 + 149 * MS, 9)
    first = replace(turn(), looks=(look, look))
    return replace(
        first,
        rounds=(LookRound(T0 + 129 * MS, sent, T0 + 129 * MS + took),),
        ending=Ending.COMPLETE,
    )


def server(queue: int | None, prefill: int | None) -> Track:
    parts = [None if one is None else one * MS for one in (queue, prefill)]
    return ended(wire(ServerTimings(END, parts[0], parts[1], 400 * MS)))


CASES: list[tuple[Cause, Track, Reading, str]] = [
    (Cause.NAME, cold(90, 8, 20), READING, "finding the address took 90 of 203 ms"),
    (Cause.CONNECT, cold(1, 120, 60), READING, "connecting took 120 of 266 ms"),
    (Cause.TLS, cold(4, 11, 121), READING, "TLS took 121 of 221 ms to the first token"),
    (Cause.QUEUED_HERE, ended(before=410 * MS), READING, "410 ms went by here before"),
    (Cause.UPLOAD, ended(upload=340 * MS), READING, "sending 0.0 MB took 340 ms"),
    (Cause.LIMIT, retried(FaultKind.RATE_LIMIT, 2.0), READING, "answered 2.05 s later"),
    (Cause.RETRY, retried(FaultKind.SERVER, 0.5), READING, "a try failed first (the server had"),
    (Cause.FALLBACK, retried(None, 0.4), READING, "the WebSocket did not work"),
    (Cause.QUEUE, server(700, 90), SLOW, "700 ms in the provider's queue, 90 ms of prefill"),
    (
        Cause.PREFILL,
        server(10, 800),
        replace(SLOW, input=42_000, cached=2_000),
        "prefill took 800 ms for 40,000 uncached tokens",
    ),
    (Cause.UNACCOUNTED, server(20, 100), SLOW, "the provider accounts for 120 ms of 898 ms"),
    (Cause.SERVER, ended(), SLOW, "898 ms at the server; queue and prefill are not separable"),
    (
        Cause.REASONING,
        ended(),
        replace(SLOW, hidden=800, output=1188, decode_tps=1000.0),
        "800 hidden reasoning tokens came first: at this rate about 800 ms of the 898 ms",
    ),
    (
        Cause.REASONING,
        ended(),
        replace(READING, ttfo_ns=985 * MS),
        "it reasoned for 0.90 s before the first word",
    ),
    (
        Cause.STALL,
        ended(),
        replace(READING, gaps_ns=(MS, 2 * MS, 740 * MS), gap_after=212),
        "the stream stood still for 740 ms at token 212",
    ),
    (
        Cause.UNEVEN,
        ended(),
        replace(READING, gaps_ns=(4 * MS, 180 * MS, 200 * MS)),
        "one read in twenty waits 180 ms",
    ),
    (
        Cause.BUNDLES,
        ended(),
        replace(READING, gaps_ns=(64 * MS, 66 * MS, 70 * MS), reads=6),
        "tokens come in bundles of 65, one every 64 ms",
    ),
    (
        Cause.DECODE,
        ended(),
        replace(READING, decode_tps=40.0, decode_ns=9_700 * MS, elapsed_ns=9_800 * MS),
        "decode at 40 tokens a second took 9.70 s",
    ),
    (Cause.LOOKS, looked(900 * MS), READING, "looked 2 times in 1 round: 0.90 s, 20 ms of it ours"),
    (Cause.PARSE, ended(handled(parse=70 * MS)), READING, "71 ms were ours: parsing"),
    (Cause.BACKLOG, ended(handled(lag=120 * MS)), READING, "up to 120 ms behind the socket"),
    (
        Cause.PAINT,
        displayed(ended(handled()), END + 92 * MS),
        READING,
        "painting took 90 ms; that is ours",
    ),
    (Cause.DISK, ended(DISK), READING, "writing to disk took 230 ms"),
    (
        Cause.LONG,
        ended(),
        replace(READING, output=4000, decode_ns=3_960 * MS, elapsed_ns=4_050 * MS),
        "Long, not slow: 4,000 tokens at 1,031 a second took 3.96 s",
    ),
    (
        Cause.PERSON,
        replace(ended(*LOOKED), painted_at=T0 + 170 * MS),
        READING,
        "0.47 s to the end of the answer, then 8.30 s until you decided",
    ),
    (
        Cause.STOPPED,
        turn(TurnEnded(END, 1, Ending.STOPPED, READING)),
        READING,
        "You stopped it after 0.47 s, 388 tokens in",
    ),
    (
        Cause.CUT,
        turn(TurnEnded(END, 1, Ending.CUT, READING)),
        READING,
        "broke off after 388 tokens",
    ),
    (
        Cause.FAILED,
        turn(
            wire(Ended(END, Ending.FAILED, FaultKind.RATE_LIMIT)),
            TurnEnded(END, 1, Ending.FAILED, READING),
        ),
        Reading(),
        "No token came: the provider's limit is reached",
    ),
    (
        Cause.FAST,
        displayed(ended(handled(parse=1 * MS, locate=2 * MS)), END + 5 * MS),
        READING,
        "Fast. 0.47 s from Enter to the end; 381 ms of it is decode. 9 ms were ours.",
    ),
]


@pytest.mark.parametrize(
    ("cause", "track", "reading", "words"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_each_cause_is_named(cause: Cause, track: Track, reading: Reading, words: str) -> None:
    said = verdict(track, reading)
    assert said.cause is cause
    assert words in said.text
    assert said.text.endswith(".")
    assert said.slow == said.text.startswith("Slow: ") or cause in (Cause.FAILED, Cause.CUT)


def test_every_slow_cause_has_a_case() -> None:
    calm = {Cause.UNKNOWN, Cause.RUNNING}
    assert {case[0] for case in CASES} == set(Cause) - calm


def test_largest_cause_wins() -> None:
    track = ended(DISK, before=410 * MS)
    assert verdict(track, READING).cause is Cause.QUEUED_HERE
    stall = replace(READING, gaps_ns=(MS, 2 * MS, 740 * MS))
    assert verdict(track, stall).cause is Cause.STALL
    assert {one.cause for one in findings(track, stall)} == {
        Cause.QUEUED_HERE,
        Cause.STALL,
        Cause.DISK,
    }


def test_prefill_is_never_named_without_the_providers_account() -> None:
    for reading in (SLOW, replace(SLOW, input=100_000), replace(SLOW, hidden=10)):
        assert verdict(ended(), reading).cause is Cause.SERVER


def test_hidden_tokens_that_explain_little_are_not_blamed() -> None:
    few = replace(SLOW, hidden=100, decode_tps=1000.0)
    assert verdict(ended(), few).cause is Cause.SERVER
    unknown = replace(SLOW, hidden=800, decode_tps=None)
    assert verdict(ended(), unknown).cause is Cause.SERVER


def test_slow_decode_with_a_stall_names_the_stall_only_where_it_is_the_larger_part() -> None:
    slow = replace(READING, decode_tps=20.0, decode_ns=2_000 * MS)
    short = replace(slow, gaps_ns=(50 * MS, 60 * MS, 500 * MS))
    assert verdict(ended(), short).cause is Cause.DECODE
    long = replace(slow, gaps_ns=(50 * MS, 60 * MS, 1_500 * MS))
    assert verdict(ended(), long).cause is Cause.STALL


def test_running_turn_says_what_is_known_so_far() -> None:
    asked = follow(Track(), Asked(T0, 1, "x", (), 0, LABEL))
    assert verdict(asked, Reading()).text == "On its way: nothing is sent yet."
    assert verdict(turn(), Reading()).text == "Waiting for the first token."
    text = "81 ms at the server; queue and prefill are not separable here."
    assert verdict(turn(), READING).text == text
    wait = turn(wire(Retrying(T0 + 90 * MS, 8.0, "x", 1, FaultKind.RATE_LIMIT)))
    assert verdict(wait, Reading()).text.startswith("Waiting 8.0 s to try again: the provider's")
    assert not verdict(turn(), READING).slow


def test_nothing_known_is_no_claim() -> None:
    assert verdict(Track(), Reading()).text == "No answer yet: the next one is measured."
    assert verdict(Track(), Reading()).short == "–"
    nothing = follow(Track(), Asked(T0, 1, "x", (), 0, LABEL))
    failed = follow(nothing, TurnEnded(T0, 1, Ending.FAILED, Reading()))
    assert verdict(failed, Reading()).text == "Nothing was sent."


def test_short_form() -> None:
    assert verdict(ended(), READING).short == "fast"
    assert verdict(cold(4, 11, 121), READING).short == "slow: cold TLS"


@given(
    ttft=st.none() | st.integers(0, 10**11),
    elapsed=st.integers(0, 10**12),
    rate=st.none() | st.floats(0.1, 1e6),
    output=st.integers(0, 10**6),
    hidden=st.integers(0, 10**6),
    gaps=st.none() | st.tuples(*[st.integers(0, 10**11)] * 3),
    ending=st.sampled_from([None, *Ending]),
    queue=st.none() | st.integers(0, 10**11),
)
def test_any_figures_give_one_sentence(
    ttft: int | None,
    elapsed: int,
    rate: float | None,
    output: int,
    hidden: int,
    gaps: tuple[int, int, int] | None,
    ending: Ending | None,
    queue: int | None,
) -> None:
    reading = Reading(
        ttft, None, rate, elapsed_ns=elapsed, output=output, hidden=hidden, gaps_ns=gaps
    )
    track = replace(turn(wire(ServerTimings(END, queue, None, None))), ending=ending)
    said = verdict(track, reading)
    assert said.text
    assert "\n" not in said.text
    assert said.short


def test_every_word_is_in_the_page() -> None:
    page = Path(spark_tui.__file__).with_name("docs") / "instrument.md"
    text = " ".join(page.read_text().split())
    words = [one.value for one in Cause if one not in (Cause.UNKNOWN, Cause.RUNNING, Cause.FAILED)]
    assert [word for word in words if word not in text and word != Cause.CUT.value] == []
