"""The script that tries an installed wheel, against the package under test.

A change of keys that the script has not heard of fails here, not first in the whole gate.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.pty


def test_the_turn_an_installed_wheel_is_tried_with_works_from_the_source_too(
    tmp_path: Path,
) -> None:
    program = tmp_path / "spark-tui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m spark_tui "$@"\n')
    program.chmod(0o755)
    turn = Path(__file__).with_name("wheel_turn.py")
    done = subprocess.run(
        [sys.executable, str(turn), str(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
