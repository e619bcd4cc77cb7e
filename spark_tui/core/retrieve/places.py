"""Places that a text names as tools print them: paths, lines, tracebacks and compiler output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file that a text names; 1-based, inclusive, 0 and 0 for all of it."""

    path: str
    first: int = 0
    last: int = 0
    why: str = "named"
