"""JUnit XML, as pytest, jest-junit, gotestsum, nextest, surefire and others write it.

The file was written by code that a model wrote: declarations of types and entities end the reading,
and depth, elements and texts are bounded.
"""

from __future__ import annotations

from xml.parsers import expat

from spark_tui.core.check_output.lines import MOST_OUTPUT, Resolve, lines_of
from spark_tui.core.check_output.readers.reading import CheckReading
from spark_tui.core.check_output.readers.stacks import own_frames
from spark_tui.core.check_output.report import CheckCounts, CheckFailure, StackFrame
from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.regex import regex

MOST_DEPTH = 32
MOST_CASES = 100_000

_MOST_TEXT = 40_000
"""Characters of one failure's text that are kept."""

_PLACE = regex(r"^((?:[A-Za-z]:)?[^\s:][^:]{0,400}):(\d{1,7}): ?(?:in )?(\w{0,120})")
_MOST_DETAILS = 60


class _RefusedError(Exception):
    """The file is no report, or one that must not be read."""


@dataclass(slots=True)
class _Case:
    name: str
    group: str
    file: str
    line: int
    state: str = "passed"
    type: str = ""
    message: str = ""
    text: list[str] = field(default_factory=list)
    size: int = 0


def read(text: str, resolve: Resolve) -> CheckReading | None:
    """The report's tests; None when it is no JUnit XML, is cut, or declares a type or an entity."""
    if len(text) > 8 * MOST_OUTPUT:
        return None
    cases: list[_Case] = []
    seconds: list[float] = []
    depth = 0
    inside = ""

    def refuse(*_: object) -> int:
        raise _RefusedError

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal depth, inside
        depth += 1
        if depth > MOST_DEPTH or len(cases) > MOST_CASES:
            raise _RefusedError
        if depth == 1 and tag not in {"testsuites", "testsuite"}:
            raise _RefusedError
        if tag == "testsuite":
            seconds.append(_number(given.get("time", "")))
        elif tag == "testcase":
            line = given.get("line", "")
            cases.append(
                _Case(
                    given.get("name", "")[:2_000],
                    given.get("classname", "")[:1_000],
                    given.get("file", "")[:400],
                    int(line[:9]) if line.isdecimal() else 0,
                )
            )
        elif tag in {"failure", "error", "skipped"} and cases:
            case = cases[-1]
            xfail = tag == "skipped" and "xfail" in given.get("type", "")
            case.state = "xfailed" if xfail else tag
            case.type, case.message = given.get("type", "")[:200], given.get("message", "")[:4_000]
            inside = tag

    def end(tag: str) -> None:
        nonlocal depth, inside
        depth -= 1
        if tag == inside:
            inside = ""

    def data(piece: str) -> None:
        if inside and cases and cases[-1].size < _MOST_TEXT:
            cases[-1].text.append(piece)
            cases[-1].size += len(piece)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, _RefusedError, ValueError):
        return None
    failures = [_failure(case, resolve) for case in cases if case.state in {"failure", "error"}]
    states = [case.state for case in cases]
    # pytest writes a case of its own for a module that cannot be collected.
    broken = sum(case.state == "error" and not case.group for case in cases)
    counts = CheckCounts(
        len(cases) - broken, states.count("passed"), states.count("failure"),
        states.count("error"), states.count("skipped"), states.count("xfailed"),
    )  # fmt: skip
    names = frozenset(_id(case, resolve) for case in cases)
    ran = False if broken and broken == len(cases) else None
    took = round(max(seconds, default=0.0) * 1000) or None
    return CheckReading(tuple(failures), counts, took, bool(failures), ran, names)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e7 else 0.0


def _id(case: _Case, resolve: Resolve) -> str:
    """Pytest's own id where the group is a module's dotted path, else the group and the name."""
    if not case.group:
        path = resolve(f"{case.name.replace('.', '/')}.py")
        return path or case.name
    parts = case.group.split(".")
    for size in range(len(parts), max(0, len(parts) - 4), -1):
        path = resolve(f"{'/'.join(parts[:size])}.py")
        if path:
            return "::".join([path, *parts[size:], case.name])
    joined = f"{case.group}.{case.name}"
    return case.name if case.name.startswith(case.group) else joined


def _failure(case: _Case, resolve: Resolve) -> CheckFailure:
    text = lines_of("".join(case.text))
    frames = list(own_frames(text, resolve, deepest_first=not _python(text)))
    for written in text:
        found = _PLACE.match(written)
        path = resolve(found[1]) if found else ""
        if found is not None and path:
            frames.append(StackFrame(path, int(found[2]), found[3]))
    frames = list(dict.fromkeys(frames))
    asserted = [line[1:].strip() for line in text if line.startswith("E ")]
    details = asserted or [line.rstrip() for line in text if line.strip()]
    name = _id(case, resolve)
    message = lines_of(case.message)[0] if case.message else (details[0] if details else "")
    exception, _, said = message.partition(": ")
    if not said or not exception.replace(".", "").isidentifier():
        exception, said = case.type.rpartition(".")[2], message
    path = resolve(case.file) if case.file else resolve(name.partition("::")[0])
    own = [frame for frame in frames if frame.path == path]
    line = own[-1].line if own else case.line
    last = frames[-1] if frames and not path else None
    return CheckFailure(
        name, "error" if case.state == "error" else "failure", said, exception,
        path or (last.path if last else ""), line or (last.line if last else 0), tuple(frames),
        tuple(details[:_MOST_DETAILS]),
    )  # fmt: skip


def _python(text: list[str]) -> bool:
    return any(line.startswith(("Traceback ", '  File "')) for line in text)
