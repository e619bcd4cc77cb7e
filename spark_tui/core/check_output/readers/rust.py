"""cargo test, and what rustc and clippy print of any cargo command."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckCounts, CheckFailure, StackFrame
from spark_tui.core.regex import regex

_RESULT = regex(
    r"^test result: \w{2,6}\. (\d{1,7}) passed; (\d{1,7}) failed; (\d{1,7}) ignored; "
    r"\d{1,7} measured; (\d{1,7}) filtered out(?:; finished in (\d{1,7}(?:\.\d{1,3})?)s)?$"
)
_TEST = regex(r"^test (.{1,400}?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b")
_SECTION = regex(r"^---- (.{1,400}?) stdout ----$")
_PANIC = regex(r"^thread '(.{1,400}?)' (?:\(\d{1,12}\) )?panicked at (.*)$")
_PLACE = regex(r"^(?:'.{0,2000}', )?(\S{1,400}):(\d{1,7}):\d{1,7}:?$")
_RUNNING = regex(r"^ {1,12}Running (?:unittests )?(\S{1,400}) \(")
_DOC_LINE = regex(r"^(\S{1,400}) - .{0,400}\(line (\d{1,7})\)$")
_AT = regex(r"did not panic as expected at (\S{1,400}):(\d{1,7}):\d{1,7}$")
_ERROR = regex(r"^error(?:\[(E\d{1,6}|clippy::[\w]{1,80})\])?: (.*)$")
_ARROW = regex(r"^ {0,12}--> (\S.{0,400}):(\d{1,7}):\d{1,7}$")
_SHORT = regex(r"^(\S{1,400}\.rs):(\d{1,7}):\d{1,7}: error(?:\[(E\d{1,6})\])?: (.*)$")
_SUMMARY = (
    "could not compile", "aborting due to", "test failed", "doctest failed", "target failed",
    "targets failed", "could not document", "build failed",
)  # fmt: skip

_MOST_DETAILS = 24


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is cargo's or rustc's."""
    return any(
        (line.startswith("test result: ") and _RESULT.match(line))
        or line.startswith(("error: could not compile `", "error: aborting due to "))
        or (line.startswith("error[E") and _ERROR.match(line))
        or (".rs:" in line and _SHORT.match(line))
        for line in lines
    )


def read(printed: Printed) -> CheckReading:
    """Each failed test by its path of modules, and each error of the compiler."""
    compiled = _compiled(printed)
    tests, names = _tests(printed)
    counts, duration = _counts(printed.lines)
    testing = not printed.argv or any("test" in word for word in printed.argv)
    ran = False if compiled and counts.collected is None and testing else None
    failures = (*compiled, *tests)
    # Without --no-fail-fast the first binary with a failure is the last one that runs.
    ends = [line for line in printed.lines if line.startswith("error: ")]
    partial = any("test failed, to rerun pass" in line for line in ends) and not any(
        "target failed:" in line or "targets failed:" in line for line in ends
    )
    return CheckReading(failures, counts, duration, bool(failures), ran, names, partial)


def _tests(printed: Printed) -> tuple[list[CheckFailure], frozenset[str]]:
    """Failed tests with their section, or with the panic of their thread where nothing is held."""
    binary = title = ""
    bodies: dict[tuple[str, str], list[str]] = {}
    threads: dict[tuple[str, str], list[str]] = {}
    failed: dict[tuple[str, str], None] = {}
    names: set[str] = set()
    listing = False
    thread: list[str] | None = None
    for line in printed.lines:
        running, section, test = _RUNNING.match(line), _SECTION.match(line), _TEST.match(line)
        panic = _PANIC.match(line)
        if running is not None or line.startswith("   Doc-tests "):
            binary, title, listing, thread = running[1] if running else "doc", "", False, None
        elif section is not None:
            title, thread = section[1], None
            bodies[binary, title] = []
            failed[binary, title] = None
        elif line == "failures:":
            listing, title, thread = True, "", None
        elif line.startswith("test result: "):
            listing, title, thread = False, "", None
        elif listing and not title and line.startswith("    "):
            failed[binary, line.strip()] = None
        elif title:
            bodies[binary, title].append(line)
        elif test is not None and not title:
            names.add(_named(test[1]))
            thread = None
            if test[2] == "FAILED":
                failed[binary, test[1]] = None
        elif panic is not None:
            thread = threads.setdefault((binary, panic[1]), [line])
        elif thread is not None and len(thread) < 40:
            thread.append(line)
    out: dict[str, CheckFailure] = {}
    for key in failed:
        body = bodies.get(key) or threads.get(key) or []
        name = _named(key[1])
        if name in out:
            name = f"{name} ({key[0]})"
        out[name] = _failure(name, key[1], body, printed)
    return list(out.values()), frozenset(names)


def _named(name: str) -> str:
    """A test's name without the line of a doc test, which moves with every edit."""
    return re.sub(r" \(line \d+\)$", "", name)


def _failure(name: str, title: str, body: Sequence[str], printed: Printed) -> CheckFailure:
    frames: list[StackFrame] = []
    message: list[str] = []
    captured: list[str] = []
    said = panicked = False
    for line in body:
        panic, at = _PANIC.match(line), _AT.search(line)
        if panic is not None:
            said = panicked = True
            place = _PLACE.match(panic[2])
            if place is not None:
                _add(frames, printed.resolve(place[1]), int(place[2]))
            if panic[2].startswith("'"):
                message.append(panic[2].rpartition("', ")[0].strip("'"))
        elif at is not None:
            _add(frames, printed.resolve(at[1]), int(at[2]))
            message.append(line.removeprefix("note: "))
        elif line.startswith(("note: run with `RUST_BACKTRACE", "stack backtrace:")):
            said = False
        elif line.startswith("Error: ") or (said and line.strip()):
            message.append(line.rstrip())
        elif line.strip() and not panicked:
            captured.append(line)
    doc = _DOC_LINE.match(title)
    if doc is not None:
        _add(frames, printed.resolve(doc[1]), int(doc[2]))
    compiled = [found for line in body if (found := _ERROR.match(line))]
    if not message and compiled:
        message = [compiled[0].string, *captured]
    last = frames[-1] if frames else None
    return CheckFailure(
        name, "failure", message[0] if message else "", "panic" if panicked else "",
        last.path if last else "", last.line if last else 0, tuple(frames),
        tuple(message[:_MOST_DETAILS]), tuple(captured),
    )  # fmt: skip


def _add(frames: list[StackFrame], path: str, line: int) -> None:
    if path:
        frames.append(StackFrame(path, line))


def _compiled(printed: Printed) -> list[CheckFailure]:
    """Errors of the compiler outside of tests' output; each target repeats them."""
    out: dict[tuple[str, int, str], CheckFailure] = {}
    error: re.Match[str] | None = None
    place: tuple[str, int] | None = None
    details: list[str] = []
    inside = False
    for line in [*printed.lines, "error: end"]:
        inside = (inside or _SECTION.match(line) is not None) and not line.startswith("test result")
        found = _ERROR.match(line) if not inside else None
        short = _SHORT.match(line) if not inside else None
        if found is not None or short is not None or (error is not None and not line.strip()):
            if error is not None and (place or error[1]):
                path, at = place or ("", 0)
                one = CheckFailure(
                    kind="finding", message=error[2], exception=error[1] or "", path=path, line=at,
                    details=tuple(details[:_MOST_DETAILS]),
                )  # fmt: skip
                out.setdefault((path, at, error[2]), one)
            error, place, details = None, None, []
        if short is not None:
            path, at = printed.resolve(short[1]) or short[1], int(short[2])
            one = CheckFailure(
                kind="finding", message=short[4], exception=short[3] or "", path=path, line=at
            )
            out.setdefault((path, at, short[4]), one)
        elif found is not None:
            error = None if found[2].startswith(_SUMMARY) or _tail(found[2]) else found
        elif error is not None:
            arrow = _ARROW.match(line)
            if arrow is not None and place is None:
                place = (printed.resolve(arrow[1]) or arrow[1], int(arrow[2]))
            elif "|" in line and line.strip(" |0123456789"):
                details.append(line.strip())
    return list(out.values())


def _tail(said: str) -> bool:
    return any(word in said for word in _SUMMARY)


def _counts(lines: Sequence[str]) -> tuple[CheckCounts, int | None]:
    results = [found for line in lines if (found := _RESULT.match(line))]
    if not results:
        return CheckCounts(), None
    passed, failed, ignored, filtered = (
        sum(int(found[n]) for found in results) for n in range(1, 5)
    )
    seconds = sum(float(found[5] or 0) for found in results)
    total = passed + failed + ignored
    counts = CheckCounts(total, passed, failed, None, ignored, None, filtered)
    return counts, round(seconds * 1000)
