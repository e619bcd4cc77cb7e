"""go test, plain, verbose and as JSON; go vet and go build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.readers.stacks import own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure, StackFrame
from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.regex import regex

_ENDED = regex(r"^( {0,200})--- (FAIL|PASS|SKIP): (\S{1,400}) \((\d{1,7}(?:\.\d{1,3})?)s\)$")
_SWITCH = regex(r"^=== (RUN|CONT|NAME|PAUSE)\s{1,4}(\S{1,400})$")
_PACKAGE = regex(
    r"^(ok  |FAIL|\?   |---)\s(\S{1,400})\s{1,4}"
    r"(\d{1,7}(?:\.\d{1,4})?s|\(cached\)|\[.{1,80}\])(.*)$"
)
_SAID = regex(r"^\s{4,200}([\w./-]{1,300}\.go):(\d{1,7}): (.*)$")
_COMPILED = regex(r"^(?:vet: )?((?:\./)?[\w./@+-]{1,300}\.go):(\d{1,7}):(?:\d{1,7}:)? (.*)$")
_HEADER = regex(r"^# (\S{1,400})(?: \[.{1,400}\])?$")
_PANIC = regex(r"^(?:panic|fatal error): (.*)$")
_IN_TEST = regex(
    r"^[\w./@-]{1,400}\.((?:Test|Fuzz|Example|Benchmark)\w{0,200})(?:\.func[\w.]{1,40})?\("
)

_MOST_DETAILS = 40


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is the go command's."""
    return any(
        _ENDED.match(line)
        or _PACKAGE.match(line)
        or (line.startswith('{"Time":') and '"Action":"' in line and '"Package":' in line)
        for line in lines
    ) or (
        any(_HEADER.match(line) for line in lines) and any(_COMPILED.match(line) for line in lines)
    )


@dataclass(slots=True)
class _Test:
    name: str
    package: str = ""
    state: str = ""
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    """What was seen so far; a package is named only after its tests."""

    tests: dict[tuple[str, str], _Test] = field(default_factory=dict)
    loose: dict[str, list[str]] = field(default_factory=dict)
    unnamed: list[_Test] = field(default_factory=list)
    packages: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def read(printed: Printed) -> CheckReading:
    """Each failed test as `package.Test/sub`, and what the compiler found."""
    events = list(_events(printed.lines))
    run = _of_events(events) if events else _of_text(printed.lines)
    compiled = _compiled(printed)
    failures = [*compiled]
    failed = [test for test in run.tests.values() if test.state == "fail"]
    above = {(test.package, name) for test in failed for name in _above(test.name)}
    lost = {test.package for test in failed}
    for test in failed:
        said = [line for line in test.lines if line.strip() and not _ENDED.match(line)]
        if said or (test.package, test.name) not in above:
            failures.append(_failure(test, said, printed))
    for package, lines in run.loose.items():
        panic = _panicked(package, lines, printed)
        if panic is not None and package not in lost:
            failures.append(panic)
    states = [test.state for test in run.tests.values() if test.state]
    verbose = bool(events) or any(_SWITCH.match(line) for line in printed.lines)
    results = set(run.packages.values())
    counts = CheckCounts()
    if verbose:
        counts = CheckCounts(
            len(states), states.count("pass"), states.count("fail"), None, states.count("skip")
        )
    elif results and results <= {"none"}:
        counts = CheckCounts(0)
    elif states:
        counts = CheckCounts(failed=states.count("fail"))
    ran = False if "broken" in results and not states and "ok" not in results else None
    seconds = round(run.seconds * 1000) or None
    named = frozenset(f"{test.package}.{test.name}" for test in run.tests.values() if verbose)
    return CheckReading(
        tuple(failures), counts, seconds, bool(failures), ran, named, "broken" in results
    )


def _above(name: str) -> Iterator[str]:
    """The tests that a subtest fails with itself."""
    parts = name.split("/", 8)
    return ("/".join(parts[:size]) for size in range(1, len(parts)))


def _events(lines: Sequence[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        if line.startswith("{") and '"Action"' in line:
            try:
                data = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(data, dict):
                yield data


def _of_events(events: Sequence[dict[str, object]]) -> _Run:
    run = _Run()
    for event in events:
        package, name = str(event.get("Package", "")), str(event.get("Test", ""))
        action, output = event.get("Action"), str(event.get("Output", "")).rstrip("\n")
        if name:
            test = run.tests.setdefault((package, name), _Test(name, package))
            if action in {"pass", "fail", "skip"}:
                test.state = str(action)
            elif action == "output" and not _SWITCH.match(output) and len(test.lines) < 400:
                test.lines.append(output)
        elif action == "output":
            result = _PACKAGE.match(output)
            if result is not None:
                _result(run, result)
            elif len(run.loose.setdefault(package, [])) < 400:
                run.loose[package].append(output)
    return run


def _of_text(lines: Sequence[str]) -> _Run:
    """Plain and verbose: what a test said stands before its ending, or after it."""
    run = _Run()
    current: _Test | None = None
    loose: list[str] = []
    named: dict[str, _Test] = {}
    for line in lines:
        switch = _SWITCH.match(line)
        ended = _ENDED.match(line)
        package = _PACKAGE.match(line)
        if switch is not None:
            current = named.setdefault(switch[2], _Test(switch[2]))
        elif ended is not None:
            current = named.setdefault(ended[3], _Test(ended[3]))
            current.state = {"FAIL": "fail", "PASS": "pass", "SKIP": "skip"}[ended[2]]
        elif package is not None:
            _result(run, package)
            for test in named.values():
                test.package = package[2]
                run.tests[package[2], test.name] = test
            run.loose[package[2]] = loose
            current, loose, named = None, [], {}
        elif line in {"FAIL", "PASS"} or line.startswith("exit status"):
            current = None
        elif current is not None and (line.startswith(" ") or current.state == "fail"):
            if len(current.lines) < 400:
                current.lines.append(line)
        elif len(loose) < 2_000:
            loose.append(line)
    for test in named.values():
        run.tests["", test.name] = test
    if loose:
        run.loose.setdefault("", loose)
    return run


def _result(run: _Run, found: re.Match[str]) -> None:
    said = found[3]
    if "no test files" in said or "no tests to run" in found[4] + said:
        state = "none"
    elif "failed]" in said:
        state = "broken"
    else:
        state = "ok" if found[1].startswith("ok") else "fail"
    run.packages[found[2]] = state
    if said.endswith("s"):
        run.seconds += float(said[:-1])


def _failure(test: _Test, said: Sequence[str], printed: Printed) -> CheckFailure:
    name = f"{test.package}.{test.name}" if test.package else test.name
    folder = _folder(test.package, printed)
    panic = next((found for line in said if (found := _PANIC.match(line))), None)
    if panic is not None:
        return _of_panic(name, panic, said, printed)
    frames: list[StackFrame] = []
    messages: list[str] = []
    for line in said:
        found = _SAID.match(line)
        if found is not None:
            path = printed.resolve(f"{folder}{found[1]}") or printed.resolve(found[1])
            if path:
                frames.append(StackFrame(path, int(found[2])))
            messages.append(f"{found[1]}:{found[2]}: {found[3]}")
        else:
            messages.append(line.strip())
    last = frames[-1] if frames else None
    message = messages[-1] if messages else ""
    found = _SAID.match(f"    {message}")
    return CheckFailure(
        name, "failure", found[3] if found else message, "", last.path if last else "",
        last.line if last else 0, tuple(dict.fromkeys(frames)), tuple(messages[:_MOST_DETAILS]),
    )  # fmt: skip


def _folder(package: str, printed: Printed) -> str:
    """The folder of a package, as far as the listing tells: names of the path from the right."""
    parts = package.split("/")[1:]
    for start in range(len(parts)):
        folder = "/".join(parts[start:])
        if printed.resolve(f"{folder}/{parts[-1]}.go"):
            return f"{folder}/"
    return f"{parts[-1]}/" if parts else ""


def _of_panic(
    name: str, panic: re.Match[str], said: Sequence[str], printed: Printed
) -> CheckFailure:
    frames = own_frames(said, printed.resolve)
    message = re.sub(r" \[recovered.*$", "", panic[1])
    last = frames[0] if frames else None
    details = [line.strip() for line in said if _PANIC.match(line) or line.startswith("\t    ")]
    return CheckFailure(
        name, "failure", message, "panic", last.path if last else "", last.line if last else 0,
        frames, tuple(details[:6]),
    )  # fmt: skip


def _panicked(package: str, lines: Sequence[str], printed: Printed) -> CheckFailure | None:
    """A panic that belongs to no test by itself: the goroutine's own frames name it."""
    panic = next((found for line in lines if (found := _PANIC.match(line))), None)
    if panic is None:
        return None
    test = next((found[1] for line in lines if (found := _IN_TEST.match(line))), "")
    name = ".".join(part for part in (package, test) if part) or "panic"
    return _of_panic(name, panic, lines, printed)


def _compiled(printed: Printed) -> list[CheckFailure]:
    """What the compiler or vet found, below the header of its package."""
    out: dict[tuple[str, int, str], CheckFailure] = {}
    inside = False
    for line in printed.lines:
        if _HEADER.match(line) or line.startswith("vet: "):
            inside = True
        found = _COMPILED.match(line) if inside or line.startswith(("./", "vet:")) else None
        if found is not None:
            own = printed.resolve(found[1])
            path, at = own or found[1].removeprefix("./"), int(found[2])
            out.setdefault(
                (path, at, found[3]),
                CheckFailure(kind="finding", message=found[3], path=path, line=at),
            )
        elif not line.startswith(("#", "\t", "vet: ")):
            inside = False
    return list(out.values())
