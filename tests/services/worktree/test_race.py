from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("race.py")


@pytest.mark.parametrize("style", ["rename", "in-place"])
def test_no_save_is_lost_while_we_write_as_fast_as_we_can(tmp_path: Path, style: str) -> None:
    memory = Path("/dev/shm")
    on = memory if memory.is_dir() else tmp_path
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--saves", "120", "--style", style, "--on", str(on)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SCRIPT.parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("120 saves, 0 lost")
