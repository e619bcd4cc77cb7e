"""`spark-tui stats` over recorded turns."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from spark_tui.cli import main
from spark_tui.services.trace import TraceRecorder, Traces
from tests.core.test_trace import MS, T0, turn

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Traces:
    """Two turns, and a file that is no trace."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = tmp_path / "spark-tui" / "config.toml"
    config.parent.mkdir()
    config.write_text("[prices.spark]\ninput = 1\noutput = 10\n[slo]\nttft_ms = 50\n")
    traces = Traces(tmp_path / "spark-tui")
    for minute in range(2):
        wall = (1_790_000_000 + minute * 60) * 10**9
        record = TraceRecorder(traces, wall=partial(int, wall), clock=lambda: T0)
        record.handle(turn(MS))
        record.close()
    return traces


def test_figures_of_recorded_turns_by_endpoint(recorded: Traces, capsys: Capture) -> None:
    assert main(["stats"]) == 0
    said = capsys.readouterr().out
    assert "spark · gpt-5.3-codex-spark   2 turns" in said
    assert "TTFT     p50 86   p90 86   p99 86 ms" in said
    assert "goodput  0 of 2 turns: TTFT to 50 ms" in said
    assert "cost     $" in said
    assert main(["stats", "--endpoint", "other"]) == 0
    assert "no turns recorded" in capsys.readouterr().out


def test_the_same_as_data_and_of_the_last_turns_only(recorded: Traces, capsys: Capture) -> None:
    assert main(["stats", "--json", "-n", "1"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [one["n"] for one in table["endpoints"]] == [1]
    assert table["endpoints"][0]["ttft"]["p50"] == 86.0
    assert table["turns"][0]["ttft_ns"] == 86 * MS
    assert table["objectives"] == {"ttft_ms": 50.0, "hunk_ms": 700.0}


def test_a_file_that_is_no_trace_is_told_and_left_out(recorded: Traces, capsys: Capture) -> None:
    (recorded.folder / "20260101-000000-1-1.jsonl").write_text("nonsense\n")
    assert main(["stats", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["endpoints"][0]["n"] == 2
    assert "20260101-000000-1-1.jsonl" in told.err


def test_simulated_turns_keep_their_name_and_are_told_from_real_ones(
    recorded: Traces, capsys: Capture
) -> None:
    path = recorded.paths()[0]
    path.write_text(
        path.read_text().replace('"model":"gpt-5.3-codex-spark"', '"model":"simulated"')
    )
    assert main(["stats"]) == 0
    said = capsys.readouterr().out
    assert "spark (simulated) · simulated   1 turn\n" in said
    assert "spark · gpt-5.3-codex-spark   1 turn\n" in said
    assert main(["stats", "--endpoint", "spark"]) == 0
    assert capsys.readouterr().out == said
