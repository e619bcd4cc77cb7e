"""TOML from anybody."""

from __future__ import annotations

import tomllib
from typing import Any


def toml_table(text: str) -> dict[str, Any]:
    """The table of a TOML text. Raises ValueError, also for one that is nested without end."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
