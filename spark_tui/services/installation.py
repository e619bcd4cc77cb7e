"""Whether this Python can run all of the program: one that was replaced below it can not."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence

OLDEST = (3, 11)

PARTS = (
    "sqlite3",
    "ssl",
    "textual",
    "rich",
    "pygments",
    "httpx2",
    "websockets",
    "watchfiles",
    "git",
    "orjson",
    "rapidfuzz",
    "aiohttp",
)
"""What is loaded late, and compiled for one Python or left out of it."""

REINSTALL = "install it anew: uv tool install --force spark-tui, or pipx reinstall spark-tui"


def faults(
    parts: Sequence[str] = PARTS,
    version: tuple[int, ...] = sys.version_info[:2],
    load: Callable[[str], object] = importlib.import_module,
) -> list[str]:
    """What is wrong with the installation, a line each; [] where all of it can be loaded."""
    found = []
    if version < OLDEST:
        here, oldest = (".".join(map(str, one)) for one in (version, OLDEST))
        found.append(f"Python {here} is older than {oldest}")
    for part in parts:
        try:
            load(part)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from loading
            found.append(f"{part} can't be loaded: {type(error).__name__}: {error}")
    return found
