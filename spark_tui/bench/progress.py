"""One line that says how far a run is, on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from spark_tui.bench.plan import BenchPlan
from spark_tui.bench.run import MeasuredBlock
from spark_tui.core.printable import safe

BAR = 24
_ERASE = "\r\x1b[K"


class ProgressLine:
    """A bar with the time left, redrawn in place on `out`; silent where that is no terminal."""

    def __init__(
        self, plan: BenchPlan, out: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan = plan
        self._out = out
        self._clock = clock
        self._began = clock()
        self._blocks: dict[tuple[str, int], int] = {}
        self._on = out.isatty()

    def begin(self) -> None:
        """Say what the run costs, before it does."""
        if self._on:
            sent, most = self._plan.costs()
            self._out.write(
                f"{self._plan.total:,} requests, about {sent:,} tokens in, at most {most:,} out\n"
            )
            self._out.flush()

    def show(self, block: MeasuredBlock) -> None:
        """Draw the line."""
        if not self._on:
            return
        self._blocks[block.endpoint, block.size] = block.warmed + len(block.requests)
        self._out.write(_ERASE + self.text(block))
        self._out.flush()

    def text(self, block: MeasuredBlock) -> str:
        """`sim 2000 tokens  ████░░░░  12/36  8 s left`."""
        done, total = sum(self._blocks.values()), self._plan.total
        filled = BAR * done // total if total else BAR
        bar = "█" * filled + "░" * (BAR - filled)
        left = ""
        if 0 < done < total:
            seconds = (self._clock() - self._began) / done * (total - done)
            left = f"  {_time(seconds)} left"
        return f"{safe(block.endpoint)[:20]} {block.size:,} tokens  {bar}  {done}/{total}{left}"

    def close(self) -> None:
        """Take the line away."""
        if self._on:
            self._out.write(_ERASE)
            self._out.flush()


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
