"""What a green loop may take: attempts, time, tokens, money."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass

SECONDS = 180.0
"""How long a loop may take where nothing is set, or `TIMES` the check's own time if longer."""

TIMES = 5


@dataclass(frozen=True, slots=True)
class GreenLimits:
    """`seconds` None is `SECONDS` or `TIMES` the check's time; `usd` None is any price.

    `candidates` are answers asked for side by side in one attempt.
    """

    attempts: int = 3
    seconds: float | None = None
    tokens: int = 40_000
    candidates: int = 1
    usd: float | None = None

    def seconds_for(self, check_s: float) -> float:
        """How long a loop about a check of so many seconds may take."""
        return self.seconds if self.seconds is not None else max(SECONDS, TIMES * check_s)
