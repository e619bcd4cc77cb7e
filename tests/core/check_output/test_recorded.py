"""What the tools really printed: failing tests, assertions and places are kept, nothing is green
that is not."""

from __future__ import annotations

from functools import cache
from statistics import median

import pytest

from spark_tui.core.check_output.condense import CondensedOutput, condense
from spark_tui.core.check_output.read import read_check
from spark_tui.core.check_output.report import CheckReport
from spark_tui.core.context import FileNames
from tests.check_outputs.cases import ROOT, Recorded, recorded

CASES = recorded()
RED = [case for case in CASES if case.outcome in {"failed", "did not run"}]


@cache
def read(case: Recorded) -> tuple[CheckReport, CondensedOutput]:
    listing = FileNames(case.files, ROOT)
    report = read_check(case.output, case.exit_code, argv=case.argv, resolve=listing.resolve)
    return report, condense(report, case.output)


def kept(case: Recorded) -> tuple[list[bool], list[bool], list[bool]]:
    """For each expected id or finding, assertion and place: whether it was kept."""
    report, condensed = read(case)
    ids = {failure.id for failure in report.failures}
    found = {f"{one.path}:{one.line} {one.exception or '-'}" for one in report.failures}
    text = condensed.text
    frames = {f"{f.path}:{f.line}" for one in report.failures for f in one.frames}
    places = frames | {f"{one.path}:{one.line}" for one in report.failures}
    return (
        [one in ids for one in case.ids] + [one in found for one in case.findings],
        [said in text for said in case.says],
        [place in places and place in text for place in case.at],
    )


def test_failing_tests_assertions_and_places_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(case, kept(case)) for case in RED]
    lost = [
        f"{case.name}: {what} {one}"
        for case, (ids, said, at) in rows
        for what, flags, names in (
            ("id", ids, (*case.ids, *case.findings)),
            ("says", said, case.says),
            ("place", at, case.at),
        )
        for one, fine in zip(names, flags, strict=True)
        if not fine
    ]
    tokens = [read(case)[1].tokens for case in RED]
    shares = []
    for number, what in enumerate(("failing ids", "assertions", "places")):
        flags = [flag for _, row in rows for flag in row[number]]
        shares.append(sum(flags) / len(flags))
        with capsys.disabled():
            print(f"\n{what} kept: {sum(flags)} of {len(flags)} ({shares[-1]:.1%})", end="")
    with capsys.disabled():
        print(f"\n{len(CASES)} outputs, tokens: median {median(tokens)}, most {max(tokens)}")
    print(*lost, sep="\n")
    assert min(shares) >= 0.99
    assert median(tokens) <= 400


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_run_ends_as_what_was_broken_says(case: Recorded) -> None:
    report, _ = read(case)
    assert report.outcome.value == case.outcome
    assert report.green == (case.outcome == "passed")


STOPPED = (
    "pytest -x -q", "pytest --maxfail=1 -v", "python -m unittest -f", "mocha --bail", "jest --bail",
    "vitest run --bail=1", "go test -count=1 -failfast ./...", "cargo test -- --test-threads=1",
)  # fmt: skip
WHOLE = (
    "pytest -q", "python -m unittest", "mocha", "jest", "go test ./...", "mypy .", "tsc",
    "cargo test --no-fail-fast",
)  # fmt: skip


@pytest.mark.parametrize("command", [*STOPPED, *WHOLE])
def test_a_run_that_stopped_at_a_failure_says_so(command: str) -> None:
    cases = [case for case in CASES if case.command == command and case.outcome == "failed"]
    assert cases
    for case in cases:
        assert read(case)[0].partial == (command in STOPPED), case.name


def test_one_root_cause_of_200_failures_stands_once() -> None:
    many = [case for case in CASES if case.name.startswith("fixture200")]
    assert many
    for case in many:
        report, condensed = read(case)
        assert len(report.failures) == 200
        assert condensed.tokens <= 150
        assert "+195 more" in condensed.text
