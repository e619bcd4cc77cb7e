"""node --test: its reporter for people and its TAP."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.readers.stacks import frame_of, own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure
from spark_tui.core.regex import regex

_COUNT = regex(
    r"^(?:ℹ|#) (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) (\d{1,9})(?:\.\d{1,9})?$"
)
_SPEC = regex(r"^( {0,200})([▶✖✔﹣]) (.{1,1000}?)(?: \((\d{1,9}(?:\.\d{1,9})?)ms\))?( # .*)?$")
_TAP = regex(r"^( {0,200})(not ok|ok) \d{1,7} - (.{1,1000}?)( # (?:SKIP|TODO).*)?$")
_SUBTEST = regex(r"^( {0,200})# Subtest: (.{1,1000})$")
_RAISED = regex(r"^(?:error: )?'?(\w{0,80}(?:Error|Exception))(?: \[(\w{1,60})\])?: (.*)$")
_STACK = regex(r"^\s{1,200}(?:async )?(?:new )?\S.{0,200} \(\S{1,400}:\d{1,7}:\d{1,7}\)$")
_SAYS_NOTHING = regex(
    r"^(?:---|\.\.\.|duration_ms: .*|location: .*|failureType: .*|type: .*|code: .*|operator: .*"
    r"|stack: .*|generatedMessage: .*|name: .*|error: \|-|\}|at .*|node:.*|.*\(<anonymous>\)"
    r"|\d{1,7}\.\.\d{1,7})$"
)

_MOST_DETAILS = 40


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is that of node's own runner."""
    return any(line.startswith(("ℹ duration_ms ", "# duration_ms ")) for line in lines)


def read(printed: Printed) -> CheckReading:
    """Each failed test by its names in order; a suite fails only through its tests."""
    tap = any(line.startswith("TAP version") for line in printed.lines)
    failures: list[CheckFailure] = []
    names: list[tuple[int, str]] = []
    failed = ""
    body: list[str] = []
    for line in [*printed.lines, "ℹ tests 0"]:
        group = _SUBTEST.match(line) if tap else None
        result = (_TAP if tap else _SPEC).match(line)
        ended = _COUNT.match(line) is not None
        if (group or result or ended) and failed:
            if not any("'subtestsFailed'" in one or "'suite'" in one for one in body):
                failures.append(_failure(failed, body, printed))
            failed = ""
        if ended:
            break
        if group is not None:
            depth = len(group[1])
            names = [one for one in names if one[0] < depth]
            names.append((depth, group[2]))
        elif result is not None:
            depth, name = len(result[1]), result[3]
            if not tap and result[2] == "▶" and not result[4]:
                names = [one for one in names if one[0] < depth]
                names.append((depth, name))
                continue
            suite = not tap and names[-1:] == [(depth, name)]
            names = [one for one in names if one[0] < depth]
            if result[2] in {"not ok", "✖"} and not suite and not (tap and result[4]):
                failed = " ".join([*(one for _, one in names), name])
                body = []
        elif failed and len(body) < 400:
            body.append(line)
    counts, duration = _counts(printed.lines)
    return CheckReading(tuple(failures), counts, duration, bool(failures))


def _failure(name: str, body: Sequence[str], printed: Printed) -> CheckFailure:
    stack = [
        f"at {line.strip()}" if _STACK.match(line) and "at " not in line[:40] else line
        for line in body
    ]
    frames = own_frames(stack, printed.resolve)
    said = [
        line.strip()
        for line in stack
        if line.strip()
        and frame_of(line, printed.resolve) is None
        and not _SAYS_NOTHING.match(line.strip())
    ]
    raised = next((found for line in said if (found := _RAISED.match(line))), None)
    first = said[0].removeprefix("error: ").strip("'") if said else ""
    last = frames[0] if frames else None
    return CheckFailure(
        name, "failure", raised[3] if raised else first, raised[1] if raised else "",
        last.path if last else "", last.line if last else 0, frames, tuple(said[:_MOST_DETAILS]),
    )  # fmt: skip


def _counts(lines: Sequence[str]) -> tuple[CheckCounts, int | None]:
    said = {found[1]: int(found[2]) for line in lines if (found := _COUNT.match(line))}
    if "tests" not in said:
        return CheckCounts(), None
    skipped = said.get("skipped", 0) + said.get("todo", 0)
    failed = said.get("fail", 0) + said.get("cancelled", 0)
    counts = CheckCounts(said["tests"], said.get("pass", 0), failed, None, skipped)
    return counts, said.get("duration_ms")
