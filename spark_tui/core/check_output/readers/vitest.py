"""vitest: ` FAIL  file > suite > test` blocks, whichever reporter shows the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.readers.stacks import own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure, StackFrame
from spark_tui.core.regex import regex

_TITLE = regex(
    r"^ ?FAIL  (?:\|[^|]{1,80}\| )?(\S{1,400}\.[cm]?[jt]sx?)(?: > (.{1,1000}))?"
    r"(?: \[ .{1,400} \])?$"
)
_RULE = regex(r"^⎯{3,400}(?:.{0,80}⎯{1,400})?$")
_FRAME = regex(r"^ ❯ (?:(\S.{0,200}?) )?(\S{1,400}):(\d{1,7}):(\d{1,7})$")
_CODE = regex(r"^\s{0,12}\d{0,7}\| ?|^\s{1,12}\|")
_TESTS = regex(r"^\s{1,12}Tests  (.*)$")
_FILES = regex(r"^\s{0,12}Test Files  (.*)$")
_COUNT = regex(r"(\d{1,7}) (failed|skipped|todo|passed|expected fail)")
_TIME = regex(r"^\s{1,12}Duration  (\d{1,7}(?:\.\d{1,3})?)(ms|s)\b")
_RAISED = regex(r"^(?:Unknown Error|([A-Z]\w{0,80})): (.*)$")
_PRINTED = regex(r"^std(?:out|err) \| (\S{1,400})(?: > (.{1,1000}))?$")
_TAP = regex(r"^( {0,200})(not ok|ok) \d{1,7} - (.{1,2000}?)( \{)?$")
_GITHUB = regex(
    r"^::error file=(.{1,400}?),title=(.{1,1000}?),line=(\d{1,7}),column=\d{1,7}::(.*)$"
)
_PARSED = regex(r"^\s{0,4}(?:At )?[Ff]ile: /?(\S{1,400}):(\d{1,7}):\d{1,7}$")
_TAP_PLACE = regex(r'^\s{1,200}at: "(.{1,400}):(\d{1,7}):\d{1,7}"$')
_TAP_SAID = regex(r'^\s{1,200}message: "(.{0,2000})"$')
_TAP_NAME = regex(r'^\s{1,200}name: "(\w{1,80})"$')

_MOST_DETAILS = 60


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is vitest's."""
    return any(
        (" RUN  v" in line[:12])
        or (line.lstrip().startswith("Test Files  ") and _FILES.match(line) is not None)
        or (line.startswith("No test files found, exiting with code"))
        or (line.startswith(" FAIL  ") and _TITLE.match(line) is not None)
        or (line.startswith("::error file=") and _GITHUB.match(line) is not None)
        for line in lines
    ) or _is_tap(lines)


def _is_tap(lines: Sequence[str]) -> bool:
    """TAP as vitest writes it: files are tests of tests."""
    return any(line.startswith("TAP version") for line in lines) and any(
        line.endswith(" {") and _TAP.match(line) and re.search(r"\.[cm]?[jt]sx? ", line)
        for line in lines
    )


def read(printed: Printed) -> CheckReading:
    """Each test by file and names, as the reporter joins them."""
    if _is_tap(printed.lines):
        return _tap(printed)
    failures: dict[str, CheckFailure] = {}
    captured = _captured(printed.lines)
    titles: list[re.Match[str]] = []
    body: list[str] = []
    unhandled = False
    for line in [*printed.lines, "⎯⎯⎯⎯"]:
        found = _TITLE.match(line)
        annotated = _GITHUB.match(line) if line.startswith("::error ") else None
        if annotated is not None:
            one = _annotated(annotated, printed)
            failures.setdefault(one.id, one)
        if found is not None:
            # One error of several tests stands once, under all of their titles.
            if body:
                titles, body = [], []
            titles.append(found)
        elif _RULE.match(line) or _FILES.match(line):
            for title in titles:
                one = _failure(title, body, captured, printed)
                failures.setdefault(one.id, one)
            if unhandled and body:
                one = _unhandled(body, printed)
                failures.setdefault(one.id, one)
            unhandled = "Unhandled" in line
            titles, body = [], []
        elif titles or unhandled:
            body.append(line)
    counts, duration = _counts(printed.lines)
    broken = any(one.kind == "error" for one in failures.values())
    ran = False if broken and not (counts.failed or counts.passed) else None
    return CheckReading(tuple(failures.values()), counts, duration, bool(failures), ran)


def _failure(
    title: re.Match[str], body: Sequence[str], captured: dict[str, list[str]], printed: Printed
) -> CheckFailure:
    path, inner = title[1], title[2]
    name = f"{path} > {inner}" if inner else path
    frames = _frames(body, printed)
    resolved = printed.resolve(path)
    said = _said(body)
    raised = _RAISED.match(said[0]) if said else None
    message = raised[2] if raised else " ".join(said[:1])
    own = [frame for frame in frames if frame.path == resolved]
    return CheckFailure(
        name, "failure" if inner else "error", message, (raised[1] or "") if raised else "",
        resolved, own[-1].line if own else 0, frames, tuple(said[:_MOST_DETAILS]),
        tuple(captured.get(name, ())),
    )  # fmt: skip


def _annotated(found: re.Match[str], printed: Printed) -> CheckFailure:
    """A failure as GitHub's annotations have it: its lines are percent-encoded."""
    path, _, inner = found[2].partition(" > ")
    title = _TITLE.match(f" FAIL  {found[2]}")
    body = found[4].replace("%0A", "\n").replace("%25", "%").split("\n")
    if title is not None:
        return _failure(title, body, {}, printed)
    return CheckFailure(
        found[2], "failure" if inner else "error", body[0], path=printed.resolve(path)
    )


def _unhandled(body: Sequence[str], printed: Printed) -> CheckFailure:
    frames = _frames(body, printed)
    said = _said(body)
    raised = _RAISED.match(said[0]) if said else None
    last = frames[-1] if frames else StackFrame("", 0)
    return CheckFailure(
        f"unhandled error: {said[0][:200] if said else ''}", "error",
        raised[2] if raised else " ".join(said[:1]), (raised[1] or "") if raised else "",
        last.path, last.line, frames, tuple(said[:_MOST_DETAILS]),
    )  # fmt: skip


def _frames(body: Sequence[str], printed: Printed) -> tuple[StackFrame, ...]:
    found = [one for line in body if (one := _FRAME.match(line))]
    frames = [StackFrame(printed.resolve(one[2]), int(one[3]), one[1] or "") for one in found]
    if not any(frame.path for frame in frames):
        parsed = [one for line in body if (one := _PARSED.match(line))]
        frames = [StackFrame(printed.resolve(one[1]), int(one[2])) for one in parsed]
    own = tuple(reversed([frame for frame in dict.fromkeys(frames) if frame.path]))
    return own or own_frames(body, printed.resolve)


def _said(body: Sequence[str]) -> list[str]:
    """What was expected, without code frames and stacks."""
    kept = (
        line.rstrip()
        for line in body
        if line.strip() and not _FRAME.match(line) and not _CODE.match(line)
    )
    return [
        line
        for line in kept
        if not line.lstrip().startswith(("❯ ", "at ", "- Expected", "+ Received"))
    ]


def _captured(lines: Sequence[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    into: list[str] | None = None
    for line in lines:
        found = _PRINTED.match(line) if line.startswith("std") else None
        if found is not None:
            name = f"{found[1]} > {found[2]}" if found[2] else found[1]
            into = out.setdefault(name, [])
        elif not line.strip():
            into = None
        elif into is not None and len(into) < 60:
            into.append(line)
    return out


def _counts(lines: Sequence[str]) -> tuple[CheckCounts, int | None]:
    counts, duration = CheckCounts(), None
    for line in lines:
        tests = _TESTS.match(line)
        if tests is not None:
            said = {word: int(n) for n, word in _COUNT.findall(tests[1])}
            skipped = said.get("skipped", 0) + said.get("todo", 0)
            counts = CheckCounts(
                sum(said.values()), said.get("passed", 0), said.get("failed", 0), None, skipped,
                said.get("expected fail", 0),
            )  # fmt: skip
        time = _TIME.match(line)
        if time is not None:
            duration = round(float(time[1]) * (1 if time[2] == "ms" else 1000))
        if line.startswith("No test files found, exiting with code"):
            counts = CheckCounts(0)
    return counts, duration


def _tap(printed: Printed) -> CheckReading:
    """Nested TAP: a file's tests stand indented below it, the failing ones with YAML."""
    failures: list[CheckFailure] = []
    names: list[tuple[int, str]] = []
    total = failed = skipped = 0
    for line in printed.lines:
        found = _TAP.match(line)
        if found is not None:
            depth = len(found[1])
            names = [one for one in names if one[0] < depth]
            name = re.sub(r" # .*$", "", found[3]).strip()
            if found[4]:
                names.append((depth, name))
                continue
            total += 1
            skipped += " # SKIP" in line or " # TODO" in line
            if found[2] == "ok":
                continue
            failed += 1
            path = names[0][1] if names else ""
            identity = " > ".join([*(one for _, one in names), name])
            failures.append(CheckFailure(identity, path=printed.resolve(path)))
        elif failures:
            failures[-1] = _with_yaml(failures[-1], line, printed)
    counts = CheckCounts(total, total - failed - skipped, failed, None, skipped)
    return CheckReading(tuple(failures), counts, None, bool(failures))


def _with_yaml(failure: CheckFailure, line: str, printed: Printed) -> CheckFailure:
    place, said, name = _TAP_PLACE.match(line), _TAP_SAID.match(line), _TAP_NAME.match(line)
    exception = name[1] if name else failure.exception
    message = said[1] if said else failure.message
    frames, at = failure.frames, failure.line
    if place is not None:
        frame = StackFrame(printed.resolve(place[1]), int(place[2]))
        frames = (frame,) if frame.path else ()
        at = frame.line if frame.path == failure.path else 0
    keeps = line.strip().startswith(("actual:", "expected:"))
    details = (*failure.details, line.strip()) if keeps else failure.details
    return CheckFailure(
        failure.id, failure.kind, message, exception, failure.path, at, frames, details
    )
