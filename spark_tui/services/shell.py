"""A command line the person typed after `!`, run by their own shell."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from spark_tui.services import processes

SECONDS = 60.0
"""A command that takes longer is ended with all it started."""

_CAP = 4 * 1024 * 1024


def run_line(root: Path, line: str, secret_names: Collection[str] = ()) -> tuple[int, str]:
    """Exit status and what was printed (errors last); no input, no terminal, no keys.

    Blocks. Raises WorktreeError: it can't be started, took too long or printed too much.
    """
    shell = os.environ.get("SHELL", "")
    program = processes.find_program(shell) if shell.startswith("/") else None
    argv = [program or "/bin/sh", "-c", line]
    done = processes.run_user(argv, cwd=root, timeout=SECONDS, cap=_CAP, secret_names=secret_names)
    return done.status, (done.out + done.err).decode("utf-8", "replace")
