"""The figures in the status bar are those of the endpoint's own log, within what is displayed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.simulator.sample import write_sample

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start, Terminal

pytestmark = [pytest.mark.pty, pytest.mark.long]
"""Figures against a log are for a machine with nothing else to do."""
STATUS = re.compile(
    r"ttft (?P<ttft>[\d,–]+) ms.*?(?P<rate>~?[\d,]+|–) t/s.*? out (?P<out>~?[\d.,k]+)"
)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def status(term: Terminal) -> re.Match[str]:
    match = STATUS.search(term.screen().splitlines()[-1])
    assert match is not None
    return match


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "httpkit"
    write_sample(place)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=place, check=True)
    return place


def ask(term: Terminal, served: Sim, words: int, turn: int = 1) -> dict[str, Any]:
    """One turn until its exact figures are shown; gives the endpoint's record of it."""
    text = f"write {words} words in @calc.py"
    term.type(text)
    term.wait_for(text)
    term.press("enter")
    record = served.records(turn)[turn - 1]
    figures = f"out {record['output_tokens']} "
    term.wait_until(
        lambda screen: figures in screen.splitlines()[-1] and "▸" not in screen.splitlines()[-1],
        figures,
    )
    return record


@pytest.mark.parametrize(("rate", "words"), [(100, 20), (1000, 200), (3000, 450)])
def test_first_token_and_rate_on_screen_are_the_endpoints(
    terminal: Start, sim: Callable[..., Sim], folder: Path, rate: int, words: int
) -> None:
    served = sim("--rate", str(rate), "--ttft", "90")
    term = terminal(cwd=folder, env={"OPENAI_BASE_URL": served.url})
    term.wait_for("say what to change")
    term.wait_for("httpkit")
    ask(term, served, 5)
    assert status(term)["rate"] == "–", "an answer this short has no rate"
    assert status(term)["ttft"] != "–"
    off: list[tuple[float, float]] = []
    for turn in range(2, 7):
        record = ask(term, served, words, turn)
        writes = record["writes"]
        shown = status(term)
        tokens = sum(count for _, count in writes)
        true_rate = (tokens - writes[0][1]) * 1e9 / (writes[-1][0] - writes[0][0])
        true_ttft = (writes[0][0] - record["t_request_read"]) / 1e6
        assert number(shown["out"]) == tokens
        late = number(shown["ttft"]) - true_ttft
        assert late > -1
        off.append((late, abs(number(shown["rate"]) / true_rate - 1)))
        # What a busy machine adds to one turn is real; a calm turn must agree.
        if min(late for late, _ in off) < 5 and min(share for _, share in off) < 0.02 + 0.5 / rate:
            break
    else:
        pytest.fail(f"(ms late, share off) of each turn: {off}")
    term.press("ctrl+d")
    assert term.wait_exit() == 0
