"""Two runs of a check: by what failed, not by how many."""

import pytest

from spark_tui.core.check_output.report import (
    CheckCounts,
    CheckFailure,
    CheckOutcome,
    CheckReport,
)
from spark_tui.core.dataclass import replace
from spark_tui.core.green.compare import CheckRun, RunVerdict, judge
from tests.core.green.reports import report

BETTER, SAME, WORSE = RunVerdict.BETTER, RunVerdict.SAME, RunVerdict.WORSE


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (("a", "b"), ("a",), BETTER),
        (("a", "b"), (), BETTER),
        (("a", "b"), ("a", "b"), SAME),
        (("a", "b", "c"), ("d",), WORSE),  # fewer, but another one
        (("a",), ("a", "b"), WORSE),
    ],
)
def test_identity_counts_and_not_number(
    before: tuple[str, ...], now: tuple[str, ...], verdict: RunVerdict
) -> None:
    found = judge(report(*before), report(*now))
    assert found.verdict is verdict
    assert set(found.fixed) == set(before) - set(now)
    assert set(found.new) == set(now) - set(before)
    assert set(found.old) == set(before) & set(now)


def test_what_is_flaky_is_in_none_of_them() -> None:
    found = judge(report("a", "x"), report("a", "y"), frozenset({"x", "y"}))
    assert (found.verdict, found.fixed, found.new, found.old) == (SAME, (), (), ("a",))


def test_less_that_runs_is_worse_and_more_is_better() -> None:
    broken = report("import", broken=True)
    assert judge(report("a"), broken).verdict is WORSE
    assert judge(broken, report("a", "b")).verdict is BETTER
    late = replace(report(), outcome=CheckOutcome.TIMED_OUT, exit_code=None)
    assert judge(report("a"), late).verdict is WORSE
    none = replace(report(tests=0), outcome=CheckOutcome.NO_TESTS, exit_code=5)
    assert judge(report("a"), none).verdict is WORSE


def test_errors_of_a_build_that_never_ran_tests() -> None:
    one, two = report("one", broken=True), report("one", "two", broken=True)
    assert judge(two, one).verdict is BETTER
    assert judge(one, two).verdict is WORSE
    assert judge(one, report("two", broken=True)).verdict is SAME


def test_what_an_error_kept_from_running_was_not_seen_to_pass() -> None:
    error = CheckFailure(id="a_test.py", kind="error", path="a_test.py")
    other = CheckFailure(id="b_test.py::b", path="b_test.py")
    before = CheckReport("pytest", CheckOutcome.FAILED, 1, (error, other))
    inside = CheckFailure(id="a_test.py::a", path="a_test.py")
    now = CheckReport("pytest", CheckOutcome.FAILED, 1, (inside, other))
    assert judge(before, now).verdict is BETTER
    # …but what the output named among the tests that ran did pass
    named = replace(before, tests=frozenset({"a_test.py::a"}))
    assert judge(named, now).verdict is WORSE


def test_without_known_failures_the_output_tells_two_runs_apart() -> None:
    bare = CheckReport("raw", CheckOutcome.FAILED, 1)
    assert CheckRun(bare, digest="x").signature != CheckRun(bare, digest="y").signature
    assert CheckRun(report("a"), digest="x").signature == CheckRun(report("a")).signature
    assert not CheckRun(replace(bare, outcome=CheckOutcome.DID_NOT_RUN)).usable
    assert CheckRun(report("build", broken=True)).usable


def test_what_comes_after_the_failure_at_which_a_run_stopped_was_not_seen_to_pass() -> None:
    def stopped(failing: str, passed: int, tests: frozenset[str] = frozenset()) -> CheckReport:
        counts = CheckCounts(passed + 1, passed, 1)
        return replace(report(failing), counts=counts, partial=True, tests=tests)

    assert judge(stopped("e", 4), stopped("h", 7)).verdict is BETTER
    assert judge(stopped("e", 4), stopped("b", 1)).verdict is WORSE
    assert judge(stopped("e", 4, frozenset({"b"})), stopped("b", 5)).verdict is WORSE
    assert judge(replace(stopped("e", 4), partial=False), stopped("h", 7)).verdict is WORSE
