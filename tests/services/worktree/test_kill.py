from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("kill_points.py")
MEMORY = Path("/dev/shm")


def test_a_kill_at_any_changing_call_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    on = MEMORY if MEMORY.is_dir() else tmp_path
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--sample", "50", "--seed", "14", "--on", str(on)],
        cwd=SCRIPT.parents[3],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SCRIPT.parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("50 kill points")
