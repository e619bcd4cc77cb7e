"""Reports of checks as a test wants them."""

from spark_tui.core.check_output.report import (
    CheckCounts,
    CheckFailure,
    CheckOutcome,
    CheckReport,
)
from spark_tui.core.green.compare import CheckRun


def report(*failing: str, tests: int | None = 10, broken: bool = False) -> CheckReport:
    """What a check says where these ids fail; `broken`: they are errors that let nothing run."""
    failures = tuple(
        CheckFailure(id=one, kind="error" if broken else "failure", message="no", path="a_test.py")
        for one in failing
    )
    outcome = CheckOutcome.FAILED if failing else CheckOutcome.PASSED
    if broken:
        outcome = CheckOutcome.DID_NOT_RUN
    status = 1 if failing or broken else 0
    return CheckReport("pytest", outcome, status, failures, CheckCounts(tests))


def run(*failing: str, took_ms: int = 500, quick: bool = False, tests: int = 10) -> CheckRun:
    return CheckRun(report(*failing, tests=tests), took_ms * 1_000_000, quick=quick)
