"""From what a check printed and its exit code to a report: picks the reader, judges the ending.

A report is never greener than its exit code, and never greener than what the output says.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.lines import Resolve, lines_of, relative_path
from spark_tui.core.check_output.readers import generic, pytest
from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckOutcome, CheckReport

RAW = "raw"
"""The runner's name where only the exit code is known."""

_NOT_STARTED = frozenset({126, 127})
"""Exit codes of a shell that could not start a program."""


def read_check(
    output: str,
    exit_code: int | None,
    *,
    argv: Sequence[str] = (),
    junit: str | None = None,
    resolve: Resolve = relative_path,
    duration_ms: int | None = None,
) -> CheckReport:
    """Read what one run of a check printed. Never raises; linear in the output's size.

    `exit_code` is None when the run was stopped at its limit. `argv` is what ran, `junit` the text
    of the report file it wrote. `resolve` maps a printed path to the repository's, "" for none
    (`Listing.resolve`). `duration_ms` is the measured time, else what the runner says is taken.
    """
    del junit
    printed = Printed(lines_of(output), resolve)
    named = _reader(argv, printed)
    name, reading = (
        named if named else (RAW, generic.read(printed) if exit_code else CheckReading())
    )
    took = duration_ms if duration_ms is not None else reading.duration_ms
    return CheckReport(
        name, _outcome(reading, exit_code), exit_code, reading.failures, reading.counts, took,
        reading.exact, reading.tests,
    )  # fmt: skip


def _reader(argv: Sequence[str], printed: Printed) -> tuple[str, CheckReading] | None:
    del argv
    return ("pytest", pytest.read(printed)) if pytest.recognises(printed.lines) else None


def _outcome(reading: CheckReading, exit_code: int | None) -> CheckOutcome:
    if exit_code is None:
        return CheckOutcome.TIMED_OUT
    if exit_code in _NOT_STARTED or reading.ran is False:
        return CheckOutcome.DID_NOT_RUN
    if exit_code or reading.failures:
        return CheckOutcome.FAILED
    if reading.counts.collected == 0:
        return CheckOutcome.NO_TESTS
    return CheckOutcome.PASSED
