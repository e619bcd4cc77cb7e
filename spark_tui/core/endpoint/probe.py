"""What looking at an endpoint step by step finds: values, and nothing of the key."""

from __future__ import annotations

from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.remedy import Ways


class StepOutcome(StrEnum):
    """How one step ended; SKIPPED where there is nothing to check."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class ProbeStep(StrEnum):
    """The steps on the way to an answer, by the names screens show."""

    NAME = "name"
    CONNECT = "connect"
    PROXY = "proxy"
    TLS = "TLS"
    KEY = "key"
    MODEL = "model"
    FIRST = "first token"
    WEBSOCKET = "WebSocket"
    LEARNT = "learnt"


OPTIONAL = frozenset({ProbeStep.WEBSOCKET, ProbeStep.LEARNT})
"""Steps without which an endpoint still works, if slower."""


@dataclass(frozen=True, slots=True)
class Check:
    """One step looked at. `took_ns` is None where there is no time to tell.

    `detail` says what was found, `fix` what to do about a failure, or what would be better, both in
    plain words.
    """

    step: ProbeStep
    verdict: StepOutcome
    took_ns: int | None = None
    detail: str = ""
    fix: Ways = ()


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """All checks in order, and what the endpoint turned out to use ("" where it is not known)."""

    checks: tuple[Check, ...] = ()
    model: str = ""
    wire: str = ""

    @property
    def works(self) -> bool:
        """Whether an answer came."""
        needed = [c for c in self.checks if c.step not in OPTIONAL]
        return any(
            c.step is ProbeStep.FIRST and c.verdict is StepOutcome.OK for c in needed
        ) and all(c.verdict is not StepOutcome.FAILED for c in needed)

    @property
    def flawless(self) -> bool:
        """Whether an answer came and nothing failed on the way."""
        return self.works and all(c.verdict is not StepOutcome.FAILED for c in self.checks)

    @property
    def problem(self) -> Check | None:
        """The first failed check."""
        return next((c for c in self.checks if c.verdict is StepOutcome.FAILED), None)
