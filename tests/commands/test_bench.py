"""`spark-tui bench` from the shell."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from spark_tui.cli import main
from spark_tui.services.endpoint.limits import Retries

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SPARK_TUI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "no endpoint is configured"),
        (["--endpoint", "nothing"], "no endpoint is named 'nothing'"),
        (["--sizes", "0"], "'0' is no size"),
        (["--sizes", "512,x"], "'x' is no size"),
        (["--requests", "0"], "'0' is no number from 1"),
        (["--concurrency", "1000"], "'1000' is no number from 1 to 512"),
        (["--goodput", "ttft"], "'ttft' is none of ttft, itl, tpot, e2el with :MS"),
        (["--goodput", "speed:3"], "'speed:3' is none of"),
        (["--goodput", "ttft:nan"], "'ttft:nan' is none of"),
    ],
)
def test_a_wrong_argument_is_one_line_and_status_2(
    args: list[str], told: str, capsys: Capture
) -> None:
    assert main(["bench", *args]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert printed.err.count("\n") == 1


def test_a_saved_run_that_is_none_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: Capture
) -> None:
    wrong = tmp_path / "x.json"
    wrong.write_bytes(b"\xff")
    for path, told in ((wrong, "is no saved run"), (tmp_path / "none", "cannot read")):
        assert main(["bench", "--endpoint", "sim", "--compare", str(path)]) == 1
        assert told in capsys.readouterr().err


def test_the_simulated_endpoint_is_measured_saved_and_compared(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "run.json"
    small = ["--endpoint", "sim", "--requests", "2", "--warmup", "1", "--output-tokens", "30"]
    assert main(["bench", *small, "--sizes", "1k", "--json", "--save", str(file)]) == 0
    printed = capsys.readouterr()
    table = json.loads(printed.out)
    assert json.loads(file.read_text()) == table
    assert printed.err == ""
    (result,) = table["results"]
    assert (result["simulated"], result["input_tokens_wanted"], result["errors"]) == (
        True,
        1000,
        {},
    )
    assert result["metrics"]["output_sequence_length"]["p50"] == 30
    assert set(table["definitions"]) >= {"time_to_first_token", "time_per_output_token"}
    assert main(["bench", *small, "--sizes", "1000", "--compare", str(file)]) == 0
    text = capsys.readouterr().out
    assert "was p50" in text
    assert "simulated" in text


def test_an_endpoint_that_never_answers_is_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    config = tmp_path / "config" / "spark-tui"
    config.mkdir(parents=True)
    address = 'base_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
    (config / "config.toml").write_text(f"[endpoints.gone]\n{address}")
    once = len(fields(Retries)) * (0,)
    monkeypatch.setattr("spark_tui.services.endpoint.limits.Retries.__init__.__defaults__", once)
    args = ["--endpoint", "gone", "--sizes", "100", "--requests", "1", "--warmup", "0"]
    assert main(["bench", *args]) == 1
    assert "! gone 100: 1 connect · cannot reach 127.0.0.1" in capsys.readouterr().out
