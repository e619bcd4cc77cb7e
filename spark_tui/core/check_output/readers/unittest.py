"""unittest, plain, verbose and with subtests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.readers.stacks import own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure
from spark_tui.core.regex import regex

_TITLE = regex(
    r"^(FAIL|ERROR|UNEXPECTED SUCCESS): ([\w.<>-]{1,300}|setUp\w+|tearDown\w+)"
    r"(?: \(([\w.<>-]{1,400})\))?(?: (.{1,1000}))?$"
)
_RAN = regex(r"^Ran (\d{1,7}) tests? in (\d{1,7}(?:\.\d{1,6})?)s$")
_ENDING = regex(r"^(?:OK|FAILED|NO TESTS RAN)(?: \((.{1,200})\))?$")
_COUNT = regex(r"([a-z]+(?: [a-z]+)?)=(\d{1,7})")
_VERBOSE = regex(r"^(\w{1,200}) \(([\w.]{1,400})\)(?:\n| \.\.\. |$)")
_RAISED = regex(r"^([A-Za-z_][\w.]{0,120})(?:: (.*))?$")
_RULE = regex(r"^(?:={40,200}|-{40,200})$")

_MOST_DETAILS = 60


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is unittest's."""
    return any(line.startswith("Ran ") and _RAN.match(line) for line in lines)


def read(printed: Printed) -> CheckReading:
    """Each failed or broken test with its traceback; subtests are failures of their own."""
    failures: list[CheckFailure] = []
    title: re.Match[str] | None = None
    body: list[str] = []
    rules = 0
    for line in [*printed.lines, "=" * 70]:
        if _RULE.match(line):
            rules += 1
            if title is not None and rules > 1:
                failures.append(_failure(title, body, printed))
                title = None
            continue
        found = _TITLE.match(line) if title is None and rules else None
        if found is not None:
            title, body, rules = found, [], 0
        elif title is not None:
            body.append(line)
            if _RAN.match(line):
                title = None
    counts, duration = _counts(printed.lines, failures)
    names = [_VERBOSE.match(line) for line in printed.lines if " (" in line]
    tests = {_name(one[1], one[2]) for one in names if one is not None}
    unloaded = [one for one in failures if one.kind == "error" and _unloaded(one)]
    ran = False if unloaded and len(unloaded) == counts.collected else None
    return CheckReading(tuple(failures), counts, duration, bool(failures), ran, frozenset(tests))


def _unloaded(failure: CheckFailure) -> bool:
    return any("Failed to import test module" in line for line in failure.details)


def _name(method: str, where: str) -> str:
    """`pkg.module.Class.method`: since 3.11 the class is written with its method."""
    if where.startswith("unittest.loader._FailedTest"):
        return method
    if method.startswith(("setUpClass", "tearDownClass", "setUpModule", "tearDownModule")):
        return f"{where}.{method}"
    return where if where.rpartition(".")[2] == method else f"{where}.{method}"


def _failure(title: re.Match[str], body: Sequence[str], printed: Printed) -> CheckFailure:
    name = _name(title[2], title[3] or "") if title[3] else title[2]
    if title[4] and title[4].startswith(("(", "[")):
        name = f"{name} {title[4]}"
    captured: list[str] = []
    trace: list[str] = []
    into = trace
    for line in body:
        if line in {"Stdout:", "Stderr:"}:
            into = captured
        elif line.strip():
            into.append(line)
    frames = own_frames(trace, printed.resolve, deepest_first=False)
    said = _last_message(trace)
    raised = _RAISED.match(said[0]) if said else None
    exception, message = (raised[1], raised[2] or "") if raised else ("", " ".join(said[:1]))
    source = [line.strip() for line in _source(trace)]
    return CheckFailure(
        name, "error" if title[1] == "ERROR" else "failure", message, exception,
        frames[0].path if frames else "", frames[0].line if frames else 0, frames,
        tuple([*source, *said][:_MOST_DETAILS]), tuple(captured),
    )  # fmt: skip


def _last_message(trace: Sequence[str]) -> list[str]:
    """What follows the last frame of the last traceback."""
    at = 0
    for number, line in enumerate(trace):
        if line.startswith('  File "'):
            at = number + 1
    rest = list(trace[at:])
    while rest and rest[0].startswith("    "):
        del rest[0]
    early = [line for line in trace if line.startswith("ImportError: Failed to import")]
    return [*early, *rest]


def _source(trace: Sequence[str]) -> list[str]:
    """The line that asserted: the source under the last frame that is not the runner's."""
    for number in range(len(trace) - 2, -1, -1):
        line = trace[number]
        if line.startswith('  File "') and "/unittest/" not in line:
            following = trace[number + 1]
            return [following] if following.startswith("    ") else []
    return []


def _counts(
    lines: Sequence[str], failures: Sequence[CheckFailure]
) -> tuple[CheckCounts, int | None]:
    ran = next((found for line in reversed(lines) if (found := _RAN.match(line))), None)
    if ran is None:
        return CheckCounts(), None
    ending = next((found for line in reversed(lines) if (found := _ENDING.match(line))), None)
    said = {word: int(n) for word, n in _COUNT.findall(ending[1] or "")} if ending else {}
    total = int(ran[1])
    failed, errors = said.get("failures", 0), said.get("errors", 0)
    skipped, xfailed = said.get("skipped", 0), said.get("expected failures", 0)
    del failures
    passed = max(0, total - failed - errors - skipped - xfailed)
    counts = CheckCounts(total, passed, failed, errors, skipped, xfailed)
    return counts, round(float(ran[2]) * 1000)
