from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("race.py")


@pytest.mark.parametrize(
    ("style", "way", "saves"),
    [
        ("rename", "leases", 100),
        ("in-place", "leases", 100),
        ("in-place", "no-leases", 25),
        ("rename", "commands", 25),
    ],
)
def test_no_save_is_lost_while_we_write_as_fast_as_we_can(
    tmp_path: Path, style: str, way: str, saves: int
) -> None:
    memory = Path("/dev/shm")
    on = memory if memory.is_dir() else tmp_path
    args = ("--saves", str(saves), "--style", style, "--way", way)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *args, "--on", str(on)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SCRIPT.parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{saves} saves, 0 lost")
