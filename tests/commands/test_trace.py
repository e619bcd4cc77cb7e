"""`spark-tui trace` and `replay` from the shell."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from spark_tui.cli import main
from spark_tui.core.events import Event, TurnEnded
from spark_tui.core.latency.meter import Exactness
from spark_tui.services.trace import TraceRecorder, Traces
from tests.core.test_trace import MS, T0, turn

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Traces:
    """A slow turn, then a fast one: 1 is the fast one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    traces = Traces(tmp_path / "spark-tui")
    for minute, gap in enumerate((2 * MS, 1 * MS)):
        wall = (1_790_000_000 + minute * 60) * 10**9
        record = TraceRecorder(traces, wall=partial(int, wall), clock=lambda: T0)
        record.handle(turn(gap))
        record.close()
    return traces


def test_list_shows_the_newest_first_and_show_its_phases(two: Traces, capsys: Capture) -> None:
    assert main(["trace"]) == 0
    head, first, second, folder = capsys.readouterr().out.splitlines()
    assert head.split() == ["when", "endpoint", "ttft", "tok/s", "out", "end"]
    assert first.split()[0] == "1"
    assert first.split()[-1] == "complete"
    assert folder == f"in {two.folder}"
    assert "spark" in second
    assert "86 ms" in second
    assert main(["trace", "show"]) == 0
    shown = capsys.readouterr().out
    assert "turn 7 · spark · gpt-5.3-codex-spark · ws" in shown
    assert "upload                        ms           2.00" in shown
    assert "TLS  " not in shown


def test_diff_is_in_ms_and_percent(two: Traces, capsys: Capture) -> None:
    assert main(["trace", "diff", "2", "last"]) == 0
    row = next(r for r in capsys.readouterr().out.splitlines() if "reads p50" in r)
    assert row.split()[-6:] == ["ms", "2.00", "1.00", "-1.00", "-50.0", "%"]
    assert main(["trace", "diff", "2", "1"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
    assert main(["trace", "diff", "--json", "1", "1"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert {f["change"] for f in table["figures"].values()} == {0, None}


def test_list_and_show_as_json(two: Traces, capsys: Capture) -> None:
    assert main(["trace", "list", "--json", "-n", "1"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["endpoint"], entry["ttft_ns"], entry["text"]) == ("spark", 86 * MS, False)
    assert main(["trace", "show", "last", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["upload"] == {"value": 2 * MS, "unit": "ns"}


def test_exports_are_written_where_they_are_wanted(
    two: Traces, capsys: Capture, tmp_path: Path
) -> None:
    perfetto, otlp = tmp_path / "p.json", tmp_path / "o.json"
    assert main(["trace", "export", "1", "--perfetto", str(perfetto), "--otlp", str(otlp)]) == 0
    assert "traceEvents" in json.loads(perfetto.read_text())
    assert "resourceSpans" in json.loads(otlp.read_text())
    assert "ui.perfetto.dev" in capsys.readouterr().out
    assert main(["trace", "export", "1"]) == 2
    assert main(["trace", "export", "1", "--otlp", str(tmp_path)]) == 1
    assert f"cannot write {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["trace", "show", "9"], 1, "there is no trace 9 · spark-tui trace list"),
        (["trace", "what"], 2, "invalid choice: 'what'"),
        (["replay", "nothing"], 1, "no trace is named nothing"),
        (["replay", "last", "--speed", "0"], 2, "a number from 0.001 to 1000"),
        (["replay", "last", "--speed", "nan"], 2, "a number from 0.001 to 1000"),
        (["replay", "last"], 2, "a replay needs a terminal"),
    ],
)
def test_what_is_wrong_is_one_line(
    args: list[str], status: int, told: str, two: Traces, capsys: Capture
) -> None:
    assert main(args) == status
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.count("\n") == 1


def test_a_damaged_trace_is_named_and_the_others_are_listed(two: Traces, capsys: Capture) -> None:
    bad = two.paths()[1]
    bad.write_text('{"k":"trace","v":9}\n')
    assert main(["trace", "list"]) == 0
    printed = capsys.readouterr()
    assert "was written by a newer spark-tui" in printed.err
    assert "  1  2026-" in printed.out


def test_without_traces_the_list_says_where_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main(["trace", "list"]) == 0
    assert capsys.readouterr().out == "no traces yet: every turn of a session leaves one\n"


def test_names_from_a_trace_do_not_reach_the_terminal_raw(two: Traces, capsys: Capture) -> None:
    path = two.paths()[0]
    path.write_text(path.read_text().replace('"name":"spark"', '"name":"\\u001b[31mred"'))
    assert main(["trace", "show", "1"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_counts_and_rates_of_estimated_tokens_are_marked(two: Traces, capsys: Capture) -> None:
    record = TraceRecorder(two, wall=lambda: 1_800_000_000 * 10**9, clock=lambda: T0)
    record.handle([_guessed(event) for event in turn(2 * MS)])
    record.close()
    assert main(["trace"]) == 0
    _, first, second, *_ = capsys.readouterr().out.splitlines()
    assert [word[0] for word in first.split()[6:8]] == ["~", "~"]
    assert "~" not in second
    assert main(["trace", "show", "1"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row[2:32].strip() for row in rows if "~" in row] == RATED
    assert main(["trace", "diff", "3", "1"]) == 0
    row = next(r for r in capsys.readouterr().out.splitlines() if "decode rate" in r)
    assert [cell.startswith("~") for cell in row.split()[3:6]] == [False, True, True]
    assert main(["trace", "show", "1", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert [name for name, one in figures.items() if one.get("estimated")] == RATED


RATED = ["decode rate", "end to end rate", "output"]
"""What is made of counted tokens."""


def _guessed(event: Event) -> Event:
    """The event as it is where the provider counted nothing."""
    if not isinstance(event, TurnEnded):
        return event
    return replace(event, reading=replace(event.reading, exactness=Exactness.ESTIMATED))
