"""Runs are compared by what failed, never by how many."""

from __future__ import annotations

from spark_tui.core.check_output.report import (
    CheckCounts,
    CheckFailure,
    CheckOutcome,
    CheckReport,
    compare,
    masked_message,
)


def report(*failures: CheckFailure, code: int = 1, **more: object) -> CheckReport:
    outcome = CheckOutcome.FAILED if failures else CheckOutcome.PASSED
    return CheckReport("pytest", outcome, code, failures, **more)  # type: ignore[arg-type]


def test_a_failure_without_an_id_is_the_same_one_when_its_line_moved() -> None:
    before = report(CheckFailure(kind="finding", message="unused x", path="a.py", line=3))
    after = report(CheckFailure(kind="finding", message="unused x", path="a.py", line=9))
    assert before.identities == after.identities
    assert compare(before.failing, after.failing).new == ()


def test_one_of_three_equal_findings_mended_is_better_and_not_worse() -> None:
    one = CheckFailure(kind="finding", message="unused x", path="a.py", line=3)
    change = compare(report(one, one, one).failing, report(one, one).failing)
    assert (len(change.gone), change.new, len(change.old)) == (1, (), 2)


def test_as_many_failures_of_other_tests_are_worse() -> None:
    change = compare(report(CheckFailure("t::a")).failing, report(CheckFailure("t::b")).failing)
    assert (change.gone, change.new) == (("t::a",), ("t::b",))


def test_findings_differ_by_the_names_they_quote_and_messages_of_tests_do_not() -> None:
    def finding(name: str) -> CheckFailure:
        return CheckFailure(kind="finding", message=f"`{name}` unused", exception="F401", path="a")

    assert report(finding("os")).identities != report(finding("sys")).identities
    said = "'/tmp/x1/a.txt' is 0x7f12, not 3.5"
    assert masked_message(said) == masked_message("'/tmp/y/b.txt' is 0xffff, not 40")


def test_a_green_needs_exit_code_zero_no_failure_and_a_test_where_tests_are_counted() -> None:
    assert report(code=0).green
    assert report(code=0, counts=CheckCounts(collected=3)).green
    assert not report(code=0, counts=CheckCounts(collected=0)).green
    assert not report(CheckFailure("t::a"), code=0).green
    assert not report(code=1).green
    assert not CheckReport("raw", CheckOutcome.TIMED_OUT, None).green


def test_the_same_failures_in_another_order_are_the_same_signature() -> None:
    one, two = CheckFailure("t::a", message="1 == 2"), CheckFailure("t::b", message="no")
    assert report(one, two).signature == report(two, one).signature
    assert report(one).signature != report(two).signature
