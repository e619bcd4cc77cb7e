"""mocha: the numbered failures at the end, which all of its reporters for people print; TAP."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.readers.stacks import frame_of, own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure
from spark_tui.core.regex import regex

_COUNT = regex(r"^ {1,8}(\d{1,7}) (passing|pending|failing)(?: \((\d{1,7})(ms|s|m)\))?$")
_TITLE = regex(r"^ {1,6}(\d{1,7})\) (.{1,1000})$")
_DEEPER = regex(r"^ {7,200}(\S.{0,1000})$")
_RAISED = regex(r"^(?:Uncaught )?(\w{0,80}(?:Error|Exception))(?: \[(\w{1,60})\])?: (.*)$")
_TAP = regex(r"^(not ok|ok) (\d{1,7}) (.*?)(?: # (SKIP|TODO).*)?$")
_DURING = "Exception during run: "
_NODE = regex(r"^Node\.js v\d{1,3}\.")

_MOST_DETAILS = 60


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is mocha's."""
    return any(line.startswith("  ") and _COUNT.match(line) for line in lines) or _is_tap(lines)


def _is_tap(lines: Sequence[str]) -> bool:
    ends = {line.partition(" ")[2].partition(" ")[0] for line in lines if line.startswith("# ")}
    named = "pass" in ends and "duration_ms" not in ends  # with it, it is node's own
    return named and any(_TAP.match(line) is not None for line in lines)


def read(printed: Printed) -> CheckReading:
    """Each failed test by its names in order, which is how mocha's own `--grep` finds it."""
    if _is_tap(printed.lines):
        return _tap(printed)
    counts, duration = _counts(printed.lines)
    if counts.collected is None:
        return _crash(printed)
    failures: list[CheckFailure] = []
    names: list[str] = []
    naming = started = False
    body: list[str] = []
    for line in [*printed.lines, "  0) end"]:
        started = started or (" failing" in line and _COUNT.match(line) is not None)
        title = _TITLE.match(line) if started else None
        if title is not None:
            if names:
                failures.append(_failure(" ".join(names), body, printed))
            names, body, naming = [title[2].strip()], [], not title[2].endswith(":")
            names[0] = names[0].removesuffix(":")
        elif naming and (deeper := _DEEPER.match(line)) is not None:
            naming = not deeper[1].endswith(":")
            names.append(deeper[1].removesuffix(":"))
        elif names:
            naming = False
            body.append(line)
    return CheckReading(tuple(failures), counts, duration, bool(failures))


def _failure(name: str, body: Sequence[str], printed: Printed) -> CheckFailure:
    frames = own_frames(body, printed.resolve)
    said = [
        line.strip() if line.startswith("      ") else line
        for line in body
        if line.strip()
        and frame_of(line, printed.resolve) is None
        and line.strip() not in {"+ expected - actual", "+ actual - expected"}
    ]
    raised = next((found for line in said if (found := _RAISED.match(line.strip()))), None)
    message = raised[3] if raised else " ".join(said[:1]).strip()
    first = frames[0] if frames else None
    return CheckFailure(
        name, "error" if '" hook' in name else "failure", message, raised[1] if raised else "",
        first.path if first else "", first.line if first else 0, frames,
        tuple(said[:_MOST_DETAILS]),
    )  # fmt: skip


def _crash(printed: Printed) -> CheckReading:
    """No test was reached: what node says of it."""
    lines = [line.strip().removeprefix(_DURING) for line in printed.lines if line.strip()]
    raised = next((found for line in lines if (found := _RAISED.match(line))), None)
    frames = own_frames(printed.lines, printed.resolve)
    if raised is None:
        return CheckReading(ran=False if lines else None)
    stop = next((n for n, line in enumerate(lines) if _NODE.match(line)), len(lines))
    at = lines.index(raised.string)
    said = [
        line
        for line in lines[at:stop]
        if frame_of(line, printed.resolve) is None and not line.startswith("at ")
    ]
    last = frames[-1] if frames else None
    failure = CheckFailure(
        "", "error", raised[3], raised[1], last.path if last else "", last.line if last else 0,
        frames, tuple(said[:8]),
    )  # fmt: skip
    return CheckReading((failure,), ran=False)


def _counts(lines: Sequence[str]) -> tuple[CheckCounts, int | None]:
    said: dict[str, int] = {}
    duration = None
    for line in lines:
        found = _COUNT.match(line) if line.startswith("  ") else None
        if found is not None:
            said[found[2]] = int(found[1])
            if found[3]:
                duration = int(found[3]) * {"ms": 1, "s": 1_000, "m": 60_000}[found[4]]
    if "passing" not in said:
        return CheckCounts(), None
    pending, failing = said.get("pending", 0), said.get("failing", 0)
    total = said["passing"] + pending + failing
    return CheckCounts(total, said["passing"], failing, None, pending), duration


def _tap(printed: Printed) -> CheckReading:
    failures: list[CheckFailure] = []
    name = ""
    body: list[str] = []
    total = skipped = 0
    for line in [*printed.lines, "# end"]:
        found = _TAP.match(line)
        if (found is not None or line.startswith("# ")) and name:
            failures.append(_failure(name, body, printed))
            name = ""
        if found is not None:
            total += 1
            skipped += bool(found[4])
            name, body = (found[3], []) if found[1] == "not ok" and not found[4] else ("", [])
        elif name:
            body.append(line)
    failed = len(failures)
    counts = CheckCounts(total, total - failed - skipped, failed, None, skipped)
    return CheckReading(tuple(failures), counts, None, bool(failures))
