"""The session's figures: percentiles, goodput, cost, comparison, and their text and plots."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.config.instrument import InstrumentSettings, Objectives
from spark_tui.core.cost.pricing import Price
from spark_tui.core.endpoint.wire import (
    Allowance,
    Connected,
    Ended,
    Ending,
    FaultKind,
    RateLimits,
    Retrying,
)
from spark_tui.core.latency.gaps import COURSE, Gaps
from spark_tui.core.latency.meter import Exactness
from spark_tui.core.latency.stats import Sample, against, compared_with, meets, sample, summaries
from spark_tui.core.latency.track import follow
from spark_tui.core.latency.verdict import verdict
from spark_tui.ui.latency.plot import dots
from spark_tui.ui.latency.report import Budgets, report
from tests.core.latency.turns import LABEL, MS, READING, T0, named, turn, wire

WARM = Sample("spark", "codex", 88 * MS, 0, False, 1000.0, 200 * MS, 2000, 1400, 388, True)
COLD = replace(WARM, ttft_ns=93 * MS, connect_ns=121 * MS, cold=True)
SLOW = Sample("mainstream", "big", 900 * MS, 0, False, 80.0, 1400 * MS, 30_000, 0, 388)
SETTINGS = InstrumentSettings(prices=(("spark", Price(1.0, 10.0, 0.1)),))


def test_a_turn_becomes_a_sample() -> None:
    track = turn(
        wire(Retrying(T0, 2.0, "x", 1, FaultKind.RATE_LIMIT)),
        wire(Ended(T0, Ending.COMPLETE)),
    )
    found = sample(LABEL, replace(track, ending=Ending.COMPLETE), READING)
    assert (found.endpoint, found.cold, found.limited) == ("spark", False, 1)
    assert (found.ttft_ns, found.rate, found.output) == (85 * MS, 1031.0, 388)
    assert not found.exact
    made = wire(Connected(T0, False, 1 * MS, 2 * MS, 3 * MS))
    assert sample(LABEL, follow(turn(), made), READING).felt_ns == 91 * MS


def test_summary_parts_cold_from_warm_and_sizes_from_each_other() -> None:
    unknown = replace(WARM, cold=None, input=None, cached=0)
    [spark] = summaries([WARM, WARM, COLD, replace(WARM, input=500), unknown], SETTINGS)
    assert (spark.n, spark.ttft.p50, spark.ttft.p99) == (5, 88.0, 93.0)
    assert (spark.cold.n, spark.cold.p50) == (1, 214.0)
    assert (spark.warm.n, spark.warm.p50) == (3, 88.0)
    assert {name: p.n for name, p in spark.sizes.items()} == {"to 1k": 1, "1k-4k": 3}
    assert spark.cached == 5600 / 6500


def test_cost_is_of_counted_turns_at_their_price() -> None:
    [spark] = summaries([WARM, replace(WARM, exact=False)], SETTINGS)
    assert spark.cost is not None
    assert abs(spark.cost - (600 * 1.0 + 1400 * 0.1 + 388 * 10.0) / 1e6) < 1e-12
    assert summaries([SLOW], SETTINGS)[0].cost is None
    by_model = InstrumentSettings(prices=(("codex", Price(1.0, 10.0)),))
    cost = summaries([WARM], by_model)[0].cost
    assert cost is not None
    assert abs(cost - (2000 + 3880) / 1e6) < 1e-12


def test_goodput_counts_what_met_every_objective() -> None:
    late = replace(WARM, hunk_ns=800 * MS)
    failed = replace(WARM, ending=Ending.FAILED)
    stopped = replace(WARM, ending=Ending.STOPPED)
    [spark] = summaries([WARM, late, failed, stopped], SETTINGS)
    assert (spark.good, spark.judged, spark.errors) == (1, 3, 1)
    assert meets(late, InstrumentSettings(slo=Objectives(hunk_ms=900)))
    assert not meets(replace(WARM, ttft_ns=None), SETTINGS)


def test_comparison_is_with_the_named_endpoint_else_the_busiest_other() -> None:
    found = summaries([SLOW, SLOW, WARM], SETTINGS)
    other = compared_with(found, "")
    assert other is not None
    assert other.endpoint == "mainstream"
    said = against(found[1], other)
    assert said == "TTFT −90 % · rate +1,150 % against mainstream"
    named = compared_with(found, "spark")
    assert named is not None
    assert named.endpoint == "spark"
    assert compared_with(found[:1], "") is None


def test_report_names_every_figure_and_its_reference() -> None:
    limits = {"spark": RateLimits(T0, Allowance(30_000, 1_000, 60_000 * MS))}
    budgets = Budgets(limits, 1_200, T0)
    text = "\n".join(line.text for line in report([SLOW, SLOW, WARM, COLD], SETTINGS, budgets, 100))
    for said in (
        "spark · codex   2 turns",
        "TTFT     p50 88   p90 93   p99 93 ms",
        "rate     p50 1,000   p90 1,000   p99 1,000 t/s   1.00 of 1,000",
        "felt     cold 214 (1)   warm 88 (1) ms to the first token",
        "tokens   in 4.0k, 70 % cached   out 776",
        "goodput  2 of 2 turns: TTFT to 400 ms, hunk visible to 700 ms",
        "goodput  0 of 2 turns",
        "1.0k of 30k tokens left · a turn reserves 1.2k of 30k; next slot in 1 s",
        "against  TTFT −90 % · rate +1,150 % against mainstream",
        "the line is mainstream 900",
        "the line is 1,000",
    ):
        assert said in text, text
    assert report([], SETTINGS) == []


def test_plot_puts_high_values_high_and_keeps_the_newest() -> None:
    rows, top = dots([1.0, 2.0, 4.0, 8.0], 2, 2)
    assert top == 8.0
    assert rows == ["⠀⠈", "⡠⠁"]
    assert dots([], 3, 1) == (["⠀⠀⠀"], 0.0)
    newest, _ = dots([9.0] * 50 + [None] * 4, 2, 1)
    assert newest == ["⠀⠀"]


@given(
    st.lists(st.none() | st.floats(0, 1e9), max_size=300),
    st.integers(1, 60),
    st.integers(1, 8),
    st.none() | st.floats(0, 1e9),
)
def test_plots_have_the_size_asked_for(
    values: list[float | None], width: int, height: int, line: float | None
) -> None:
    rows, top = dots(values, width, height, line)
    assert [len(row) for row in rows] == [width] * height
    assert all(0x2800 <= ord(char) < 0x2900 for row in rows for char in row)
    assert top >= 0


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=9000))
def test_gaps_keep_the_longest_and_a_bounded_course(gaps: list[int]) -> None:
    kept = Gaps()
    for number, gap in enumerate(gaps):
        kept.add(gap, number)
    figures = kept.figures()
    assert figures is not None
    assert figures[2] == max(gaps) == max(kept.course())
    assert figures[0] <= figures[1] <= figures[2]
    assert len(kept.course()) <= COURSE
    if max(gaps):
        assert gaps[kept.most_after] == max(gaps)


def test_estimated_tokens_give_no_rate_and_are_marked() -> None:
    guessed = replace(READING, exactness=Exactness.ESTIMATED)
    track = replace(turn(), ending=Ending.STOPPED)
    assert sample(LABEL, track, guessed).rate is None
    assert named(track, "decode", guessed).name == "decode ~388 tokens"
    assert "about 388 tokens in" in verdict(track, guessed).text


def test_estimates_are_in_no_median_and_told_where_one_is() -> None:
    guess = replace(WARM, rate=None, guessed=True)
    text = "\n".join(line.text for line in report([WARM, guess], SETTINGS))
    assert "1.00 of 1,000   1 estimated, left out" in text
    assert "out ~776" in text


def test_there_is_no_plot_of_what_no_turn_had() -> None:
    failed = replace(WARM, ttft_ns=None, rate=None)
    assert "each dot" not in "\n".join(line.text for line in report([failed, failed], SETTINGS))
    text = "\n".join(line.text for line in report([replace(WARM, rate=None), failed], SETTINGS))
    assert "TTFT ms  each dot" in text
    assert "rate t/s" not in text
