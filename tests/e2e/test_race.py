"""One instruction on two simulated endpoints of different speed, in a real terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start

pytestmark = pytest.mark.pty

RETRY = (
    "def backoff(attempt):\n    return 0.5 * 2 ** attempt\n"
    + "\n\n# nothing here\n" * 8
    + "\n\ndef wait_for(reply):\n    return backoff(reply.count)\n"
)


@pytest.fixture
def race(
    tmp_path: Path,
    home: Path,
    terminal: Start,
    sim: Callable[..., Sim],
    repository: Callable[..., Path],
) -> Callable[..., tuple[Path, Start, Sim]]:
    """A repository and a config with a fast and a slow endpoint."""

    def make(rate: int, settings: str = "") -> tuple[Path, Start, Sim]:
        fast, slow = sim("--rate", "1000"), sim("--rate", str(rate), "--ttft", "300")
        source = tmp_path / "source"
        source.mkdir()
        (source / "retry.py").write_text(RETRY)
        config = home / "config" / "spark-tui" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(
            f'endpoint = "fast"\n{settings}'
            f'[endpoints.fast]\nbase_url = "{fast.url}"\nmodel = "one"\n'
            f'[endpoints.slow]\nbase_url = "{slow.url}"\nmodel = "two"\n'
        )
        return repository(source), terminal, slow

    return make


def test_the_faster_one_is_kept_and_the_other_one_stopped(
    race: Callable[..., tuple[Path, Start, Sim]],
) -> None:
    root, terminal, slow = race(2)  # never done before the decision, however busy the machine
    term = terminal(cwd=root)
    term.wait_for("say what to change")
    term.press("f4")
    term.type("@retry.py rename backoff to pause")
    term.wait_for_match(r"race: fast against slow · 2 requests, ~2 × \d+ in")
    term.press("enter")
    term.wait_for_match(r"▸ fast · ttft \d+ ms · [\d,]+ t/s · \d+\.\d\d s · 2 open +│  slow")
    term.review()
    term.type("y")
    term.wait_for("applied in")
    term.wait_for_match(r"│  slow · .*stopped")
    changed = RETRY.replace("def backoff", "def pause")
    assert (root / "retry.py").read_text() == changed
    assert slow.records(1)[-1]["outcome"] != "completed"
    term.type("u")
    term.wait_for("undone in")
    assert (root / "retry.py").read_text() == RETRY


def test_both_whole_the_right_column_is_kept_and_undone(
    race: Callable[..., tuple[Path, Start, Sim]],
) -> None:
    root, terminal, _ = race(400, "[race]\nkeep = true\n")
    term = terminal(cwd=root)
    term.wait_for("say what to change")
    term.press("f4")
    term.type("@retry.py rename backoff to pause")
    term.wait_for("race: fast against slow")
    term.press("enter")
    term.wait_for_match(r"fast · .* · 2 open +│  slow · .* s · 2 open")
    term.review()
    term.type("l")
    term.wait_for_match(r"│▸ slow")
    term.type("y")
    term.wait_for("its twin is dropped")
    term.wait_for_match(r"✗ retry.py:1 +1/2  dropped .*│ ✓ retry.py:1 +1/2  applied in \d+ ms")
    assert (root / "retry.py").read_text() == RETRY.replace("def backoff", "def pause")
    term.type("u")
    term.wait_for_match(r"fast · .* · 2 open +│▸ slow · .* · 2 open")
    assert (root / "retry.py").read_text() == RETRY
