"""What a reader is given and gives back."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.lines import Resolve
from spark_tui.core.check_output.report import CheckCounts, CheckFailure
from spark_tui.core.dataclass import dataclass, field


@dataclass(frozen=True, slots=True)
class Printed:
    """The lines of an output, how the paths in it are looked up, and the command that ran."""

    lines: Sequence[str]
    resolve: Resolve
    argv: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CheckReading:
    """What one reader found.

    `ran` is False where the runner says that no test was run for an error, None where it says
    nothing; `tests` are ids of tests that the output names; `partial` when it stopped early.
    """

    failures: tuple[CheckFailure, ...] = ()
    counts: CheckCounts = field(default_factory=CheckCounts)
    duration_ms: int | None = None
    exact: bool = False
    ran: bool | None = None
    tests: frozenset[str] = frozenset()
    partial: bool = False
