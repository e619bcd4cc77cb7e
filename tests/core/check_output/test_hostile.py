"""Output is written by code that a model wrote: no text crashes, hangs, colours or leaks."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_tui.core.check_output.condense import condense
from spark_tui.core.check_output.lines import MOST_LINE, MOST_OUTPUT, lines_of
from spark_tui.core.check_output.read import _READERS, read_check
from spark_tui.core.check_output.readers import generic, junit
from spark_tui.core.check_output.readers.reading import Printed
from spark_tui.core.check_output.report import CheckOutcome
from spark_tui.core.context import FileNames
from tests.check_outputs.cases import ROOT, recorded

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
LISTING = FileNames(["a.py", "tests/test_a.py", "src/a.ts", "calc/calc.go", "src/lib.rs"], ROOT)

PIECES = st.sampled_from([
    "=" * 20 + " FAILURES " + "=" * 20, "=" * 20 + " short test summary info " + "=" * 20,
    "_" * 9 + " test_a " + "_" * 9, "E   assert 1 == 2", "a.py:3: AssertionError", ">   x",
    "FAILED tests/test_a.py::test_a - assert", "1 failed, 2 passed in 0.1s", "Ran 3 tests in 0.1s",
    "FAIL: test_a (m.A.test_a)", "-" * 70, '  File "/project/a.py", line 3, in f', "FAILED (errors=1)",
    "  ● a › b", "FAIL src/a.test.ts", "Tests: 1 failed, 1 total", " FAIL  src/a.ts > b", "⎯⎯⎯⎯",
    " ❯ src/a.ts:3:4", "  1) a", "       b:", "  1 failing", "    at f (src/a.ts:3:4)",
    "--- FAIL: TestA (0.00s)", "FAIL\texample.com/calc\t0.1s", "=== RUN   TestA", "panic: no",
    "    calc_test.go:7: got", '{"Time":"","Action":"output","Package":"p","Test":"T","Output":"x"}',
    "test a ... FAILED", "---- a stdout ----", "thread 'a' panicked at src/lib.rs:1:1:", "failures:",
    "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.0s",
    "error[E0308]: mismatched", "  --> src/lib.rs:1:2", "src/a.ts(1,2): error TS1: x", "/project/a.py",
    "  1:2  error  no  rule", "✖ 1 problem (1 error, 0 warnings)", "a.py:1:2: F401 x", "F401 x",
    " --> a.py:1:2", "a.py:1: error: x  [y]", "\x1b[31mred\x1b[0m", "\r", "\x9b", "\u202e", "TAP version 13",
    "not ok 1 - a.ts {", "::error file=a.ts,title=a.ts > b,line=1,column=2::x%0Ay", "",
])  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=25).map("\n".join)


CODES = st.sampled_from([0, 1, 2, 5, 101, 127, None])
COMMANDS = st.sampled_from([(), *(reader.words[:1] for reader in _READERS)])


def check(text: str, code: int | None, argv: tuple[str, ...]) -> None:
    report = read_check(text, code, argv=argv, junit_text=text, resolve=LISTING.resolve)
    condensed = condense(report, text, 400, before=report)
    assert not CONTROL.search(condensed.text)
    assert condensed.tokens <= 700
    assert not report.green or (code == 0 and not report.failures)
    for failure in report.failures:
        assert not CONTROL.search(failure.id + failure.message + "".join(failure.details))
        assert not failure.path or failure.path in LISTING.all or failure.kind == "finding"
        assert all(frame.path in LISTING.all for frame in failure.frames)


@settings(max_examples=60)
@given(TEXTS, CODES, COMMANDS)
def test_any_text_is_read_bounded_and_without_controls(
    text: str, code: int | None, argv: tuple[str, ...]
) -> None:
    check(text, code, argv)


@pytest.mark.long
@settings(max_examples=4_000)
@given(TEXTS, CODES, COMMANDS)
def test_thousands_of_texts_are_read_bounded_and_without_controls(
    text: str, code: int | None, argv: tuple[str, ...]
) -> None:
    check(text, code, argv)


HUGE = {
    "one line": "a" * 3_000_000,
    "colons": "a:" * 200_000,
    "brackets": "FAILED a.py::t[" + "[" * 100_000,
    "dashes": ("FAILED x - " * 400 + "\n") * 200,
    "underscores": "_ " * 100_000,
    "blanks": (" " * 4_000 + "x\n") * 300,
    "digits": "1" * 100_000 + ":" + "2" * 100_000,
    "parentheses": "(" * 200_000,
    "quotes": 'File "' * 50_000,
    "at": "    at f (" * 50_000,
    "chevrons": " > " * 50_000,
    "arrows": (" --> " * 800 + "\n") * 100,
    "escapes": "\x1b[" * 200_000,
    "strings": "\x1b]0;" * 100_000,
}


def read_huge(text: str) -> None:
    for reader in (*_READERS, None):
        argv = reader.words[:1] if reader else ()
        report = read_check(text, 1, argv=argv)
        assert condense(report, text, 200).tokens <= 400


@pytest.mark.parametrize("name", HUGE)
def test_a_large_text_ends(name: str) -> None:
    read_huge(HUGE[name][:30_000])


@pytest.mark.long
@pytest.mark.parametrize("name", HUGE)
def test_a_huge_text_ends(name: str) -> None:
    read_huge(HUGE[name])


def steps(work: Callable[[], object]) -> int:
    """Lines of Python that run, which no busy machine changes."""
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("runner", [*(reader.name for reader in _READERS), "generic"])
def test_ten_times_the_output_is_at_most_twelve_times_the_work(runner: str) -> None:
    reader = next((one.read for one in _READERS if one.name == runner), generic.read)
    cases = [case for case in recorded() if case.tool.startswith(runner[:4]) and case.exit_code]
    text = (cases[0] if cases else recorded()[0]).output
    lines = lines_of(text)

    def work(times: int) -> int:
        printed = Printed(lines * times, LISTING.resolve)
        return steps(lambda: reader(printed))

    small, large = work(3), work(30)
    assert large <= 12 * small


def test_more_than_two_million_characters_are_cut_out_of_the_middle() -> None:
    lines = lines_of("first\n" + ("x" * 999 + "\n") * (MOST_OUTPUT // 500) + "last")
    assert (lines[0], lines[-1]) == ("first", "last")
    assert sum(map(len, lines)) < MOST_OUTPUT
    assert max(map(len, lines_of("y" * 100_000))) == MOST_LINE


BOMB = """<?xml version="1.0"?>
<!DOCTYPE testsuites [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<testsuites><testsuite><testcase name="&b;"/></testsuite></testsuites>"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
        "<testsuite>" * 100,
        "<testsuite><testcase name='a'>",
        "<html/>",
        "",
        "\0",
        "<testsuite>&undefined;</testsuite>",
    ],
)
def test_a_report_that_declares_or_is_broken_is_not_read(text: str) -> None:
    assert junit.read(text, LISTING.resolve) is None
    assert not read_check("", 1, junit_text=text).green


JUNIT = """<testsuites><testsuite name="pytest" time="1.5">
<testcase classname="tests.test_a.TestA" name="test_b[x - y]" time="0.1"><failure message="AssertionError: assert 1 == 2">
    def test_b(self):
&gt;       assert 1 == 2
E       AssertionError: assert 1 == 2

tests/test_a.py:7: AssertionError</failure></testcase>
<testcase classname="tests.test_a" name="test_c"/>
<testcase classname="tests.test_a" name="test_s"><skipped type="pytest.xfail" message=""/></testcase>
<testcase classname="calc" name="TestGo/sub"><failure message="Failed">    calc.go:7: no</failure></testcase>
</testsuite></testsuites>"""


def test_a_junit_file_has_exact_ids_counts_places_and_time() -> None:
    report = read_check("", 1, junit_text=JUNIT, resolve=LISTING.resolve)
    first, second = report.failures
    assert (first.id, first.line) == ("tests/test_a.py::TestA::test_b[x - y]", 7)
    assert (first.exception, first.message) == ("AssertionError", "assert 1 == 2")
    assert second.id == "calc.TestGo/sub"
    assert (report.counts.collected, report.counts.passed, report.counts.xfailed) == (4, 1, 1)
    assert (report.exact, report.duration_ms, len(report.tests)) == (True, 1500, 4)


def test_a_report_file_makes_no_green_of_a_red_output() -> None:
    fine = '<testsuite><testcase classname="a" name="b"/></testsuite>'
    red = (
        "=" * 9
        + " short test summary info "
        + "=" * 9
        + "\nFAILED tests/test_a.py::t - x\n1 failed in 0.1s\n"
    )
    assert read_check("", 0, junit_text=fine).green
    assert not read_check("", 1, junit_text=fine).green
    assert not read_check(red, 0, junit_text=fine).green
    assert read_check("", 0, junit_text="<testsuite/>").outcome is CheckOutcome.NO_TESTS


@pytest.mark.parametrize(
    ("name", "classname", "test"),
    [
        ("assert_01", "tests.test_calc", "test_add"),
        ("unittest_mixed_00", "test_calc.AddTest", "test_add"),
        ("jest_mixed_00", "maths adds", "maths adds"),
        ("vitest_mixed_00", "src/maths.test.js", "maths &gt; adds"),
        ("go_mixed_00", "example.com/shop/calc", "TestAdd"),
        ("cargo_mixed_01", "shop", "tests::adds"),
    ],
)
def test_a_failure_of_output_and_report_file_is_one(name: str, classname: str, test: str) -> None:
    case = next(case for case in recorded() if case.name == name)
    text = f'<testsuite><testcase classname="{classname}" name="{test}"><failure/></testcase></testsuite>'
    listing = FileNames(case.files, ROOT).resolve
    alone = read_check(case.output, 1, argv=case.argv, resolve=listing)
    both = read_check(case.output, 1, argv=case.argv, resolve=listing, junit_text=text)
    assert len(both.failures) == len(alone.failures)
    assert both.failures[0].details


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("connecting with sk-" + "a1B2c3D4e5F6g7H8i9J0" * 2, "a1B2c3D4e5F6"),
        ("api_token=q8Zk3Vb71Xw09RtLm42PsYd6", "q8Zk3Vb71Xw09RtLm42PsYd6"),
        ("environ({'DATABASE_PASSWORD': 'correcthorse', 'HOME': '/x'})", "correcthorse"),
        ("postgres://app:hunter2@db:5432/x refused", "hunter2"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKC\n-----END RSA PRIVATE KEY-----",
            "MIIEowIB",
        ),
    ],
)
def test_a_secret_in_the_output_is_masked(said: str, secret: str) -> None:
    output = f"before\n{said}\nafter\n"
    text = condense(read_check(output, 1), output).text
    assert secret not in text
    assert "…" in text
    assert "before" in text
    assert "after" in text


def test_what_only_speaks_of_a_secret_stays() -> None:
    output = "assert token == 'abc'\nexpected password to be set\nKEY_COUNT=12345678\n"
    text = condense(read_check(output, 1), output).text
    assert all(line in text for line in output.split("\n"))


def test_places_are_told_apart_by_what_is_said_of_them() -> None:
    report = read_check("t.c:3: error: add: wrong\nt.c:9: error: mul: wrong\n", 2, argv=["make"])
    assert [one.message for one in report.failures] == ["error: add: wrong", "error: mul: wrong"]
    assert [one[-10:] for one in report.identities] == ["add: wrong", "mul: wrong"]


def test_what_is_not_understood_is_given_raw_and_said_so() -> None:
    output = "\n".join(f"line {n}" for n in range(1_000))
    report = read_check(output, 3)
    condensed = condense(report, output)
    assert condensed.raw
    lines = condensed.text.split("\n")
    assert "not understood" in lines[1]
    assert (lines[2], lines[41], lines[43], lines[-1]) == (
        "line 0",
        "line 39",
        "line 920",
        "line 999",
    )
    assert "880 lines left out" in lines[42]


def test_new_failures_stand_before_old_ones_and_are_counted() -> None:
    case = next(case for case in recorded() if case.name == "assert_01")
    report = read_check(case.output, 1, argv=case.argv)
    stopped = next(case for case in recorded() if case.command == "pytest -x -q")
    before = read_check(stopped.output, 1, argv=stopped.argv)
    text = condense(report, case.output, before=before).text
    assert "(1 new, 1 old" in text
    assert text.index("test_ratio") < text.index("OLD tests/test_calc.py::test_add")


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["uv", "run", "pytest", "-q"], "pytest"), (["python3.12", "-m", "pytest"], "pytest"),
        (["npx", "vitest", "run"], "vitest"), (["./node_modules/.bin/jest"], "jest"),
        (["env", "A=b", "go", "test"], "go"), (["make", "pytest"], "raw"), (["sh", "x.sh"], "raw"),
        ([], "raw"), (["npm", "run", "mocha"], "mocha"), (["python", "-m", "unittest"], "unittest"),
    ],
)  # fmt: skip
def test_the_command_names_the_reader(argv: list[str], name: str) -> None:
    assert read_check("", 1, argv=argv).runner == name


@pytest.mark.parametrize(
    ("argv", "code", "output", "outcome"),
    [
        (["pytest"], 5, "", CheckOutcome.NO_TESTS),
        (["pytest"], 5, "no tests ran in 0.01s", CheckOutcome.NO_TESTS),
        (["pytest"], 4, "ERROR: not found: x", CheckOutcome.DID_NOT_RUN),
        (["pytest"], 2, "1 passed in 0.1s", CheckOutcome.DID_NOT_RUN),
        (["pytest"], 0, "", CheckOutcome.PASSED),
        (["pytest"], None, "1 passed in 0.1s", CheckOutcome.TIMED_OUT),
        (["sh", "x"], 127, "sh: x: not found", CheckOutcome.DID_NOT_RUN),
        (["sh", "x"], 0, "anything", CheckOutcome.PASSED),
        (["make"], 0, "1 failed, 3 passed in 0.1s", CheckOutcome.FAILED),
    ],
)  # fmt: skip
def test_an_exit_code_means_what_the_runner_says_it_does(
    argv: list[str], code: int | None, output: str, outcome: CheckOutcome
) -> None:
    assert read_check(output, code, argv=argv).outcome is outcome
