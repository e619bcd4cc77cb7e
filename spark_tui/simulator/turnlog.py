"""The endpoint's own record of what it sent when: JSON lines on CLOCK_MONOTONIC, in ns."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import orjson

from spark_tui.core.dataclass import dataclass, field


@dataclass(slots=True)
class TurnRecord:
    """One request. `writes` are (t_ns, tokens) taken just before each socket write.

    Visible reasoning has its own writes; hidden reasoning is only counted.
    """

    id: str
    wire: str
    t_request_read: int
    writes: list[tuple[int, int]] = field(default_factory=list)
    t_end: int = 0
    outcome: str = "completed"
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    reasoning_writes: list[tuple[int, int]] = field(default_factory=list)


class TurnLog:
    """Appends a line per finished request; nothing touches the disk while tokens are paced."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def add(self, record: TurnRecord) -> None:
        """Write `record` out."""
        if self._path is None:
            return
        line = orjson.dumps(asdict(record), option=orjson.OPT_APPEND_NEWLINE)
        with self._path.open("ab") as out:
            out.write(line)
