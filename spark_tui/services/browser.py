"""Opens a web page in the person's browser, by the program their desktop has for it."""

from __future__ import annotations

import sys
from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes
from spark_tui.services.home import home

_OPENERS = ("open",) if sys.platform == "darwin" else ("xdg-open", "wslview", "sensible-browser")
_SECONDS = 10.0


def open_page(url: str) -> bool:
    """Whether a program took the page. Blocks until it did."""
    for name in _OPENERS:
        program = processes.find_program(name)
        if program is None:
            continue
        try:
            done = processes.run_user(
                [program, url], cwd=home() or Path("/"), timeout=_SECONDS, cap=65_536
            )
        except WorktreeError:
            continue
        if done.status == 0:
            return True
    return False
