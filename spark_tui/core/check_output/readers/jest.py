"""jest: `● suite › test` blocks with a code frame and a stack."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.readers.stacks import frame_of, own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure, StackFrame
from spark_tui.core.regex import regex

_FILE = regex(r"^ ?(?:FAIL|PASS)\s{1,4}(?:\S{1,40} )?((?:\./)?\S{1,400}\.[cm]?[jt]sx?)\b")
_TITLE = regex(r"^  ● (.{1,1000})$")
_SUITES = regex(r"^Test Suites: .*\b\d{1,7} total$")
_TESTS = regex(r"^Tests: {1,20}(.*)$")
_COUNT = regex(r"(\d{1,7}) (failed|skipped|todo|passed|total)")
_TIME = regex(r"^Time: {1,20}(\d{1,7}(?:\.\d{1,4})?) (m?s|min)\b")
_CODE = regex(r"^\s{0,12}>?\s{0,12}\d{0,7} \|")
_RAISED = regex(r"^(?:thrown: )?([A-Z]\w{0,80}(?:Error|Exception)): (.*)$")
_PARSED = regex(r"^SyntaxError: (\S{1,400}): .{0,400} \((\d{1,7}):\d{1,7}\)$")
_CONSOLE = regex(r"^ {2,4}console\.\w{1,20}$")
_NO_TEST = regex(r"^(?:Console$|Validation |.{1,80} Warning:)")

_MOST_DETAILS = 60


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is jest's."""
    return any(
        (line.startswith("Test Suites:") and _SUITES.match(line) is not None)
        or line.startswith("No tests found, exiting with code")
        for line in lines
    )


def read(printed: Printed) -> CheckReading:
    """Each test by its file and names, as jest joins them: files may have the same names."""
    failures: dict[tuple[str, str], CheckFailure] = {}
    path = title = ""
    body: list[str] = []
    mine: list[str] = []  # what tests of this file printed
    ahead: list[str] = []  # what was printed before any file was named: the next one's
    into: list[str] | None = None
    for line in [*printed.lines, "Test Suites: end"]:
        file = _FILE.match(line)
        found = _TITLE.match(line)
        if file or found or line.startswith(("Test Suites:", "Summary of all failing")):
            if title:
                one = _failure(path, title, body, mine, printed)
                failures.setdefault((path, one.id), one)
            title, body = "", []
        if file is not None:
            path, into = printed.resolve(file[1]) or file[1].removeprefix("./"), None
            mine, ahead = ahead, []
        elif found is not None and _NO_TEST.match(found[1]):
            into = mine
        elif found is not None:
            title, into = found[1].strip(), None
        elif title:
            body.append(line)
        elif _CONSOLE.match(line):
            into = mine if line.startswith("    ") else ahead
        elif into is not None and line.startswith("    ") and not _of_code(line, printed):
            into.append(line.strip())
    counts, duration = _counts(printed.lines)
    suites = any(one.kind == "error" for one in failures.values())
    ran = (
        False if suites and not (counts.failed or counts.passed) and not counts.collected else None
    )
    exact = bool(failures) and counts.failed is not None
    return CheckReading(tuple(failures.values()), counts, duration, exact, ran)


def _of_code(line: str, printed: Printed) -> bool:
    return _CODE.match(line) is not None or frame_of(line, printed.resolve) is not None


def _failure(
    path: str, title: str, body: Sequence[str], captured: Sequence[str], printed: Printed
) -> CheckFailure:
    broken = title == "Test suite failed to run"
    name = path if broken or not path else f"{path} › {title}"
    said = [
        line.strip()
        for line in body
        if line.strip()
        and not (_CODE.match(line) and not line.lstrip().startswith(">"))
        and frame_of(line, printed.resolve) is None
        and line.strip(" |^")
        and not line.lstrip().startswith("at ")
    ]
    said = [line.split("|", 1)[1].strip() if _CODE.match(line) else line for line in said]
    if "Details:" in said:  # a page about configuration stands before them
        said = [said[0], *said[said.index("Details:") + 1 :]]
    said = list(dict.fromkeys(said))
    parsed = next((found for line in said if (found := _PARSED.match(line))), None)
    frames = own_frames(body, printed.resolve)
    if parsed is not None and not frames and printed.resolve(parsed[1]):
        frames = (StackFrame(printed.resolve(parsed[1]), int(parsed[2])),)
    raised = next((found for line in said if (found := _RAISED.match(line))), None)
    expected = next((line for line in said if line.startswith(("Expected", "expect("))), "")
    message = raised[2] if raised else expected or next(iter(said), "")
    own = [frame for frame in frames if frame.path == path]
    return CheckFailure(
        name, "error" if broken else "failure", message, raised[1] if raised else "",
        printed.resolve(path), own[-1].line if own else 0, frames,
        tuple(said[:_MOST_DETAILS]), tuple(captured),
    )  # fmt: skip


def _counts(lines: Sequence[str]) -> tuple[CheckCounts, int | None]:
    counts, duration = CheckCounts(), None
    for line in lines:
        tests = _TESTS.match(line)
        if tests is not None:
            said = {word: int(n) for n, word in _COUNT.findall(tests[1])}
            skipped = said.get("skipped", 0) + said.get("todo", 0)
            counts = CheckCounts(
                said.get("total", 0), said.get("passed", 0), said.get("failed", 0), None, skipped
            )
        time = _TIME.match(line)
        if time is not None:
            unit = {"ms": 1.0, "s": 1_000.0, "min": 60_000.0}[time[2]]
            duration = round(float(time[1]) * unit)
        if line.startswith("No tests found, exiting with code"):
            counts = CheckCounts(0)
    return counts, duration
