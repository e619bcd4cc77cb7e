"""A command line the person typed after `!`, run by their own shell."""

from __future__ import annotations

import os
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection
from pathlib import Path

from spark_tui.services import processes


def run_line(
    root: Path,
    line: str,
    told: Callable[[str], None],
    stop: threading.Event,
    secret_names: Collection[str] = (),
) -> int:
    """Exit status; `told` gets what is printed as it comes. No input, no terminal, no keys.

    Blocks until it ends, or `stop` is set. Raises WorktreeError where it can't be started.
    """
    shell = os.environ.get("SHELL", "")
    program = processes.find_program(shell) if shell.startswith("/") else None
    argv = [program or "/bin/sh", "-c", line]
    decode = getincrementaldecoder("utf-8")("replace").decode
    return processes.stream_user(
        argv, cwd=root, told=lambda chunk: told(decode(chunk)), stop=stop, secret_names=secret_names
    )
