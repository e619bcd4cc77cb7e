"""The rigs of this folder in short; each script runs in full by its own command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MEMORY = Path("/dev/shm")


def run(script: str, on: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, str(HERE / script), "--on", str(MEMORY if MEMORY.is_dir() else on), *args],
        cwd=HERE.parents[2],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HERE.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_kill_at_any_changing_call_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    said = run("kill_points.py", tmp_path, "--sample", "50", "--seed", "14")
    assert said.startswith("50 kill points")


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_killed_command_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    said = run("kill_commands.py", tmp_path, "--only", "apply", "--sample", "2")
    assert ": 0 failures" in said


def test_a_loop_killed_anywhere_is_taken_back_byte_for_byte(tmp_path: Path) -> None:
    said = run("green_points.py", tmp_path, "--sample", "12", "--seed", "14")
    assert said.startswith("12 kill points of a loop")


def test_a_power_cut_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    said = run("power_loss.py", tmp_path, "--sample", "50", "--seed", "14")
    assert said.startswith("50 power losses")
