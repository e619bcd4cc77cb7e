"""A red check becomes green in a real terminal, by the keys that a person needs for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import loops

if TYPE_CHECKING:
    from tests.e2e.conftest import Sim, Start

pytestmark = pytest.mark.pty


def test_three_keys_lead_from_red_to_green_and_one_chord_back(
    tmp_path: Path,
    home: Path,
    repository: Callable[..., Path],
    terminal: Start,
    sim: Callable[..., Sim],
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, text in loops.PROJECT.items():
        (source / name).write_text(text)
    root = repository(source, "code")
    script = tmp_path / "answers.json"
    script.write_text(json.dumps([loops.FIX]))
    settings = home / "config" / "spark-tui" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"[[checks]]\nrun = {json.dumps(' '.join(loops.COMMAND))}\n")
    there = {"OPENAI_BASE_URL": sim("--rate", "0", "--script", str(script)).url}
    term = terminal(cwd=root, env=there, size=(120, 36))
    term.wait_for("simulated")
    term.press("ctrl+x", "g")
    term.wait_for("yours to decide")
    term.press("tab")
    term.wait_for("y keep")
    term.press("A")
    term.wait_for("green in 1 attempt")
    fixed = loops.with_change(loops.CALC, [loops.ADD, loops.MUL])
    assert (root / "calc.py").read_text() == fixed
    term.press("ctrl+x", "u")
    term.wait_for("undone")
    assert (root / "calc.py").read_text() == loops.CALC
    term.press("ctrl+d")
    assert term.wait_exit() == 0
    term.assert_restored()
