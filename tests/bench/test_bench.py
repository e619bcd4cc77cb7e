"""Runs of the bench against a real simulated endpoint, and what is said of them."""

from __future__ import annotations

import io
import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.bench.plan import BenchPlan
from spark_tui.bench.progress import ProgressLine
from spark_tui.bench.prompts import request_of
from spark_tui.bench.report import Report, report, saved
from spark_tui.bench.run import MeasuredBlock, Run
from spark_tui.bench.tables import lines
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.errors import SparkError
from spark_tui.core.measure.request import Measured
from spark_tui.core.tokens import weight

MS = 1_000_000


def simulated(name: str = "sim", *options: tuple[str, str]) -> EndpointProfile:
    quick = {"rate": "4000", "ttft": "5", **dict(options)}
    return EndpointProfile(
        name, "", simulated=True, dialect="simulated", wire="responses",
        options=tuple(quick.items()),
    )  # fmt: skip


# ------------------------------------------------------------------- prompts


@given(st.integers(100, 20_000), st.integers(1, 4000))
@settings(max_examples=30)
def test_a_prompt_has_the_wanted_size_and_a_start_of_its_own(size: int, output: int) -> None:
    one, two = request_of(size, output), request_of(size, output)
    text = one.messages[0].text
    assert abs(weight(text) + weight(one.instructions) - size) <= max(4, size * 0.02)
    assert text[:8] != two.messages[0].text[:8]
    assert text.endswith(f"Write {output} words.")
    assert one.max_output_tokens == output


# ------------------------------------------------------------------- runs


def only(before: set[threading.Thread]) -> None:
    """No thread is left that was not there before."""
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive(), thread.name


def test_a_run_measures_every_size_and_gives_up_an_endpoint_that_only_fails() -> None:
    bad = simulated("bad", ("fault", "refuse-key"))
    sizes = (100, 300)
    plan = BenchPlan(
        (bad, simulated("good")), sizes, requests=4, warmup=1, output=60, concurrency=2
    )
    seen: list[tuple[str, int, int]] = []
    run = Run(plan, lambda b: seen.append((b.endpoint, b.size, b.warmed + len(b.requests))))
    before = set(threading.enumerate())
    run.measure()
    only(before)
    made = [(b.endpoint, b.size, b.warmed, len(b.requests), b.given_up) for b in run.blocks]
    assert made == [
        ("bad", 100, 2, 2, True),
        ("good", 100, 2, 4, False),
        ("good", 300, 2, 4, False),
    ]
    assert seen[-1] == ("good", 300, 6)
    assert {r.fault for r in run.blocks[0].requests} == {"auth"}
    for block in run.blocks[1:]:
        assert (block.model, block.wire) == ("simulated", "responses")
        for request in block.requests:
            assert request.good, request.fault
            assert request.exact
            assert request.output == 60
            assert request.ttft_ns is not None
            assert request.ttft_ns >= 5 * MS
    inputs = [block.requests[0].input or 0 for block in run.blocks[1:]]
    assert inputs[0] < inputs[1]
    text = lines(report(plan, run.blocks, 0.0, "1"))
    assert any(row.startswith("! bad simulated 100: 2 auth · ") for row in text)
    assert "! bad simulated: given up, nothing but failures came" in text
    assert max(map(len, text)) <= 80


def test_what_had_ended_is_kept_when_a_run_is_interrupted_and_nothing_goes_on() -> None:
    plan = BenchPlan((simulated("sim", ("rate", "50")),), (100,), requests=50, warmup=0, output=10)

    def interrupt(block: MeasuredBlock) -> None:
        if len(block.requests) == 2:
            raise KeyboardInterrupt

    run = Run(plan, interrupt)
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        run.measure()
    only(before)
    (block,) = run.blocks
    assert len(block.requests) == 2
    table = report(plan, run.blocks, 0.0, "1", interrupted=True).table
    assert "! interrupted: these are the requests that had ended" in lines(Report(table))


# ------------------------------------------------------------------- reports


def request(ttft: float, rate: float = 1000.0, fault: str = "", **more: object) -> Measured:
    first = int(ttft * MS)
    last = first + int(99 * 1e9 / rate)
    return Measured(512, 1, 1 + first, 1 + last, 100, 1, input=500, exact=True, fault=fault, **more)  # type: ignore[arg-type]


def made(
    *requests: Measured, goals: tuple[tuple[str, float], ...] = (), name: str = "fast"
) -> Report:
    plan = BenchPlan((simulated(name),), (512,), len(requests), 0, goals=goals)
    block = MeasuredBlock(name, 512, False, "m", "chat", 0, list(requests))
    return report(plan, [block], 1_790_000_000.0, "0.1.0")


def test_a_report_has_the_spread_of_each_metric_and_the_rates_of_the_whole() -> None:
    (result,) = made(request(80), request(100), request(120), request(90, fault="cut")).results
    ttft = result["metrics"]["time_to_first_token"]
    assert (ttft["unit"], ttft["count"], ttft["p50"], ttft["avg"]) == ("ms", 3, 100.0, 100.0)
    assert result["errors"] == {"cut": 1}
    assert result["requests"] == 4
    assert result["output_token_throughput"] == pytest.approx(300 / 0.219)
    assert result["goodput"] is None


def test_goodput_counts_what_keeps_the_goals_and_a_failure_keeps_none() -> None:
    kept = made(request(80), request(120), request(90, fault="cut"), goals=(("ttft", 100.0),))
    (result,) = kept.results
    assert (result["good_request_count"], result["good_request_fraction"]) == (1, 1 / 3)
    text = "\n".join(lines(kept))
    assert "goodput: requests a second that keep: ttft at most 100 ms" in text
    assert "! fast 512: 1 cut" in text


def test_a_saved_run_reads_back_as_it_was_and_is_compared_by_endpoint_and_size() -> None:
    before = made(request(100))
    again = saved(json.dumps(before.table), "x")
    assert again == before
    rows = [r for r in lines(made(request(80)), again) if r.startswith("  fast")]
    assert rows[0].split() == ["fast", "512", "80.00", "80.00", "80.00", "80.00", "100.0", "-20.0%"]
    other = [r for r in lines(made(request(80)), made(request(1), name="slow")) if "  fast" in r]
    assert other[0].split()[-2:] == ["–", "–"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"schema":"x"}', '{"schema":"spark-tui bench 1"}', "[" * 100_000,
     '{"schema":"spark-tui bench 1","results":[{"endpoint":"a"}]}',
     '{"schema":"spark-tui bench 1","results":[{"endpoint":"a","input_tokens_wanted":1,'
     '"metrics":{"x":{"p50":"a"}}}]}'],
)  # fmt: skip
def test_what_is_no_saved_run_is_refused(text: str) -> None:
    with pytest.raises(SparkError, match="is no saved run"):
        saved(text, "f.json")


def test_tables_name_every_metric_define_it_and_fit_80_columns() -> None:
    full = made(request(80, cached=5, retries=1), request(12345, 123456), goals=(("ttft", 1.0),))
    for text in (lines(full), lines(full, made(request(100)))):
        assert max(map(len, text)) <= 80
        joined = "\n".join(text)
        assert joined.count("Time to First Token (TTFT)") == 2
        assert joined.count("Inter Token Latency (ITL)") == 2
        assert "p99 of fewer than 100 requests" in joined
    assert "1 sent again" in joined
    assert "5 input tokens came from a cache" in joined


def test_a_simulated_endpoint_is_labelled_under_any_name() -> None:
    plan = BenchPlan((simulated(),), (512,))
    for name, label in (("sim", "simulated "), ("a-long-name-of-mine", "a-long- simulated")):
        block = MeasuredBlock(name, 512, True, requests=[request(80)])
        text = lines(report(plan, [block], 0.0, "1"))
        assert all(label in row for row in text if "512" in row)


def test_names_do_not_reach_the_terminal_raw() -> None:
    text = lines(made(request(80, fault="\x1b[31m"), request(9), name="\x1b[2J"))
    assert "\x1b" not in "".join(text)


# ------------------------------------------------------------------- progress


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_says_how_far_and_how_long_on_a_terminal_only() -> None:
    plan = BenchPlan((simulated(),), (100, 200), requests=9, warmup=1)
    now = 0.0

    def clock() -> float:
        return now

    out = Tty()
    line = ProgressLine(plan, out, clock)
    line.begin()
    assert out.getvalue() == "20 requests, about 3,000 tokens in, at most 5,120 out\n"
    now = 10.0
    line.show(MeasuredBlock("sim", 100, warmed=1, requests=[request(1)] * 4))
    assert out.getvalue().endswith("sim 100 tokens  ██████░░░░░░░░░░░░░░░░░░  5/20  30 s left")
    line.close()
    assert out.getvalue().endswith("\r\x1b[K")
    piped = io.StringIO()
    silent = ProgressLine(plan, piped, clock)
    silent.begin()
    silent.show(MeasuredBlock("sim", 100))
    silent.close()
    assert piped.getvalue() == ""
