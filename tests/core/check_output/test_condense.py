"""What goes to a model of a run: within its budget, with the places the finder takes along."""

from __future__ import annotations

import pytest

from spark_tui.core.check_output.condense import CondensedOutput, condense
from spark_tui.core.check_output.read import read_check
from spark_tui.core.check_output.report import CheckFailure, CheckOutcome, CheckReport, StackFrame
from spark_tui.core.context import FileNames
from spark_tui.core.retrieve.places import AROUND, Place
from tests.check_outputs.cases import ROOT, recorded


def condensed(name: str, budget: int = 2_000) -> CondensedOutput:
    case = next(case for case in recorded() if case.name == name)
    resolve = FileNames(case.files, ROOT).resolve
    report = read_check(case.output, case.exit_code, argv=case.argv, resolve=resolve)
    return condense(report, case.output, budget)


def test_the_places_are_the_deepest_frame_first_then_the_test() -> None:
    found = condensed("deep_00").places
    paths = [place.path for place in found]
    assert paths[:4] == ["pkg/c.py", "pkg/b.py", "pkg/a.py", "test_deep.py"]
    assert found[0] == Place("pkg/c.py", 1, 8 + AROUND, "frame")


def test_a_line_of_a_library_is_not_shown() -> None:
    text = condensed("deep_00").text
    assert "raise LookupError" in text
    assert "scan_once" not in text


@pytest.mark.parametrize("budget", [30, 60, 120, 400])
def test_a_small_budget_is_kept_and_what_is_left_out_is_counted(budget: int) -> None:
    for name in ("outcomes_00", "mypy_findings_00", "cargo_mixed_01", "diff_01"):
        assert condensed(name, budget).tokens <= budget + 40
    failures = tuple(CheckFailure(f"t::{n}", message=f"no {'x' * n}") for n in range(120))
    report = CheckReport("pytest", CheckOutcome.FAILED, 1, failures)
    text = condense(report, "", budget).text
    assert "more causes" in text


def test_a_green_run_is_one_line() -> None:
    assert condensed("passed_01").text.count("\n") == 0


def test_a_frame_of_a_library_is_no_frame() -> None:
    case = next(case for case in recorded() if case.name == "deep_04")
    report = read_check(case.output, 1, argv=case.argv, resolve=FileNames(case.files, ROOT).resolve)
    (failure,) = report.failures
    assert {frame.path for frame in failure.frames} <= set(case.files)
    assert failure.frames[-1] == StackFrame("pkg/c.py", 8, "third")


def test_coverage_below_its_bound_is_a_failure_with_a_name() -> None:
    output = "FAIL Required test coverage of 99% not reached. Total coverage: 50.00%\n1 passed in 0.09s\n"
    report = read_check(output, 1, argv=["pytest"])
    assert [failure.id for failure in report.failures] == ["coverage"]
    assert "50.00%" in condense(report, output).text


def test_subtests_that_fail_are_no_tests_of_their_own() -> None:
    case = next(case for case in recorded() if case.name == "subtests_00")
    report = read_check(case.output, 1, argv=case.argv)
    assert report.counts.collected == 3
