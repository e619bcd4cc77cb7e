"""pytest, in all its styles of traceback, quiet, verbose, coloured, and with xdist."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import islice

from spark_tui.core.check_output.lines import Resolve
from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckCounts, CheckFailure, StackFrame
from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.regex import regex

_SECTION = regex(r"^={1,200} ([A-Za-z][^=]{0,200}?) ={1,200}$")
_TITLE = regex(r"^_{1,200} ([^\s_].{0,2000}?|_\w.{0,2000}?) _{1,200}$")
_CAPTURED = regex(r"^-{1,200} Captured (std\w+|log) \w+ -{1,200}$")
_SUMMARY = regex(
    r"^(FAILED|ERROR|SUBFAIL(?:ED)?)((?: ?\[[^\]]{0,200}\])?(?: ?\([^)]{0,400}\))?) "
    r"([^\s\[][^\[]{0,1000}?(?:\[.{0,2000}?\])?)(?: - (.*))?$"
)
_VERBOSE = regex(
    r"^([^\s\[]\S{0,500}?::.{1,2000}?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b"
    r"|^\[gw\d{1,3}\] \[ {0,2}\d{1,3}%\] (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) "
    r"(\S{1,500}?::.*)$"
)
_ENDING = regex(r"\b(?:no tests ran|\d{1,7} \w{4,10})\b.* in (\d{1,7}(?:\.\d{1,3})?)s\b")
_COUNT = regex(
    r"\b(\d{1,7}) (failed|passed|skipped|deselected|xfailed|xpassed|errors?|warnings?|rerun)\b"
)
_COLLECTED = regex(r"^collect(?:ed|ing).{0,40}?\b(\d{1,7}) items?\b")
_WORKERS = regex(r"^(?:created: )?\d{1,4}/?\d{0,4} workers? \[(\d{1,7}) items?\]")
_FRAME = regex(r"^((?:[A-Za-z]:)?[^\s:][^:]{0,400}):(\d{1,7}): ?(.*)$")
_NATIVE = regex(r'^[\s|]{0,20}File "([^"]{1,400})", line (\d{1,7})(?:, in (.{1,200}))?$')
_RAISED = regex(r"^([A-Za-z_][\w.]{0,120})(?:: (.*))?$")
_PHASE = regex(r"^ERROR (at setup of|at teardown of|collecting) (.*)$")
_CONFTEST = regex(r"^ImportError while loading conftest '(.{1,400})'\.$")
_CHAINED = ("The above exception was the direct cause", "During handling of the above exception")

_MOST_DETAILS = 60
_MOST_CAPTURED = 60


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is pytest's."""
    return any(
        (line.startswith("=") and ("test session starts" in line or "short test summary" in line))
        or line.startswith(("INTERNALERROR> ", "no tests ran in ", "ImportError while loading c"))
        or (_SUMMARY.match(line) is not None and ("::" in line or ".py" in line))
        or (_ENDING.search(line) is not None and _COUNT.search(line) is not None and _quiet(line))
        for line in lines
    )


def _quiet(line: str) -> bool:
    """Whether a line is nothing but counts and a time."""
    return re.sub(r"[=\s]|\d+ [a-z]+,?|in [\d.]+s|\([\d:]+\)", "", line) == ""


@dataclass(slots=True)
class _Block:
    """What stands under one title; what was raised last begins at `chained` of its details."""

    title: str
    phase: str = ""
    frames: list[StackFrame] = field(default_factory=list)
    outside: bool = False
    details: list[str] = field(default_factory=list)
    exception: str = ""
    message: str = ""
    captured: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    chained: int = 0


def read(printed: Printed) -> CheckReading:
    """Failures by the summary's ids, with what the sections above it say of each."""
    sections = _sections(printed.lines)
    blocks: list[_Block] = []
    of_line: list[tuple[str, int, str]] = []
    for name, lines in sections:
        if name in {"ERRORS", "FAILURES"}:
            titled, loose = _blocks(lines, printed.resolve)
            blocks += titled
            of_line += loose
    blocks += _of_conftest(printed)
    short = (line for name, lines in sections if "test summary" in name for line in lines)
    summary = [found for line in short if (found := _SUMMARY.match(line))]
    failures = _joined(summary, blocks, of_line, printed.resolve)
    failures += tuple(
        CheckFailure("coverage", message=line.removeprefix("FAIL "))
        for line in printed.lines
        if line.startswith("FAIL Required test coverage of ")
    )
    parts = sum(found[1].startswith("SUBFAIL") for found in summary)
    counts, duration = _counts(printed.lines, blocks, parts)
    tests = _tests(printed.lines) | {one.id for one in failures if one.kind == "failure"}
    broken = any(block.phase == "collecting" for block in blocks) or any(
        "during collection" in line or line.startswith("INTERNALERROR>") for line in printed.lines
    )
    nothing_ran = not (counts.passed or counts.failed)
    exact = bool(failures) and len(failures) == len({one.id for one in failures})
    ran = False if broken and nothing_ran else None
    stopped = any(line.startswith("!") and "stopping after" in line for line in printed.lines)
    return CheckReading(failures, counts, duration, exact, ran, frozenset(tests), stopped)


def _of_conftest(printed: Printed) -> list[_Block]:
    """A conftest that cannot be loaded: there are no sections then."""
    for at, line in enumerate(printed.lines):
        found = _CONFTEST.match(line)
        if found is not None:
            block = _Block(printed.resolve(found[1]) or found[1], "collecting")
            _fill(block, printed.lines[at + 1 : at + 400], printed.resolve)
            return [block]
    return []


def _sections(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    out: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        found = _SECTION.match(line) if line.startswith("=") else None
        if found is None:
            out[-1][1].append(line)
        else:
            out.append((found[1].strip(), []))
    return out


def _blocks(
    lines: Sequence[str], resolve: Resolve
) -> tuple[list[_Block], list[tuple[str, int, str]]]:
    """The blocks of a section, and the lines before the first: all there is in style `line`."""
    blocks: list[_Block] = []
    loose: list[tuple[str, int, str]] = []
    raw: list[tuple[_Block, list[str]]] = []
    for line in lines:
        titled = _TITLE.match(line) if line.startswith("_") else None
        if titled is not None:
            block = _Block(titled[1].strip())
            phase = _PHASE.match(block.title)
            if phase is not None:
                block.phase, block.title = phase[1], phase[2].strip()
            blocks.append(block)
            raw.append((block, []))
        elif raw:
            raw[-1][1].append(line)
        elif line.strip():
            place = _FRAME.match(line)
            path = resolve(place[1]) if place else ""
            loose.append((path, int(place[2]), place[3]) if place else ("", 0, line.strip()))
    for block, body in raw:
        _fill(block, body, resolve)
    return blocks, loose


def _fill(block: _Block, body: Sequence[str], resolve: Resolve) -> None:
    source = ""
    shown = -1  # where the source line stands that the next frame is of
    indent = 0
    capturing = False
    for line in body:
        if line.startswith("-") and _CAPTURED.match(line):
            capturing = True
            continue
        if capturing:
            if line.strip():
                block.captured.append(line)
            continue
        if line.startswith(("E  ", "E\t")) or line == "E":
            if source:
                shown = len(block.details)
                block.details.append(source)
                source, indent = "", 0
            said = line[1:].rstrip()
            indent = indent or len(said) - len(said.lstrip())
            block.details.append(said[indent:] if said[:indent].isspace() else said.lstrip())
            continue
        if line.startswith(_CHAINED):
            block.exception, block.chained = "", len(block.details)
            continue
        native = _NATIVE.match(line)
        frame = None if native else _FRAME.match(line) if not line.startswith((" ", ">")) else None
        if native is not None:
            block.rest = []
            _frame(block, resolve(native[1]), int(native[2]), native[3] or "")
        elif frame is not None:
            ended = frame[3].strip()
            inside = ended.removeprefix("in ") if ended.startswith("in ") else ""
            _frame(block, resolve(frame[1]), int(frame[2]), inside)
            if shown >= 0 and block.outside and not inside:
                del block.details[shown]  # a library's line
            shown = -1
            if ended and not inside and _RAISED.match(ended):
                block.exception = ended
        elif not line.strip(" ^~") or line.startswith(("_ _", "Traceback (most recent")):
            continue
        elif line.startswith(">"):
            source = line[1:].strip()
        elif line.startswith("    ") and not block.rest:
            source = "" if block.outside else line.strip()
        else:
            block.rest.append(line)
    if block.rest and source and not block.details:
        block.rest.insert(0, source)
    _said(block)
    del block.details[_MOST_DETAILS:], block.captured[:-_MOST_CAPTURED]


def _frame(block: _Block, path: str, line: int, function: str) -> None:
    block.outside = not path
    if not path:
        return
    new = StackFrame(path, line, function)
    if not block.frames or block.frames[-1] != new:
        block.frames.append(new)


def _said(block: _Block) -> None:
    """The exception and its message, from the `E` lines, else from the end of a plain traceback."""
    said = [line.strip() for line in block.details[block.chained :] if line.strip()]
    if not said and block.rest:
        block.details = [line.rstrip() for line in block.rest[:_MOST_DETAILS]]
        raised = [line for line in block.rest if _RAISED.match(line)]
        said = raised[-1:] or [line.strip() for line in block.rest[-1:]]
    found = next(
        (found for line in said if (found := _RAISED.match(line)) and _is_error(found)), None
    )
    if found is not None:
        block.exception = block.exception or found[1]
        block.message = found[2] or ""
    if not block.message:
        block.message = next((line for line in said if line.startswith("assert")), "") or (
            said[-1] if said and not found else ""
        )


def _is_error(found: re.Match[str]) -> bool:
    name = found[1].rpartition(".")[2]
    known = name.endswith(
        ("Error", "Exception", "Warning", "Failed", "Exit", "Interrupt", "Timeout")
    )
    return known or (found[2] is not None and name[:1].isupper() and name.isidentifier())


def _joined(
    summary: Iterable[re.Match[str]],
    blocks: Sequence[_Block],
    of_line: Sequence[tuple[str, int, str]],
    resolve: Resolve,
) -> tuple[CheckFailure, ...]:
    """A failure for each line of the summary, with its block; then blocks that it does not name."""
    waiting: dict[tuple[bool, str], deque[_Block]] = defaultdict(deque)
    for block in blocks:
        waiting[bool(block.phase), _key(block.title)].append(block)
    lines = list(summary)
    failed = [found for found in lines if not found[1].startswith("ERROR")]
    placed = _placed(failed, of_line)
    out: dict[tuple[str, str], CheckFailure] = {}
    used: set[int] = set()
    for found in lines:
        error = found[1] == "ERROR"
        name, said = found[3].strip(), found[4] or ""
        path, _, inner = name.partition("::")
        part = f" {found[2].strip()}" if found[2] else ""  # of a subtest
        name, inner = name + part, inner + part
        titles = (inner.replace("::", "."), name, path, inner) if inner else (name, path)
        queues = [waiting[error, _key(title)] for title in titles]
        queue = next((one for one in queues if one), None)
        own = _of_file(queue, resolve(path)) if queue else None
        if own is not None:
            used.add(id(own))
        out.setdefault(
            (found[1], name),
            _failure(name, error, resolve(path), said, own, placed.get(id(found))),
        )
    for block in blocks:
        if id(block) not in used:
            inner = block.title.split("[", 1)
            first = block.frames[0].path if block.frames else ""
            inner[0] = inner[0].replace(".", "::") if block.phase != "collecting" else inner[0]
            title = "[".join(inner)
            name = f"{first}::{title}" if first and block.phase != "collecting" else title
            path = resolve(name.partition("::")[0])
            key = ("ERROR" if block.phase else "FAILED", name)
            out.setdefault(key, _failure(name, bool(block.phase), path, "", block, None))
    return tuple(out.values())


def _key(title: str) -> str:
    return title.removeprefix("[doctest] ").strip()


def _of_file(queue: deque[_Block], path: str) -> _Block:
    """The block with a frame in the test's own file, else the next one."""
    for block in tuple(islice(queue, 50)):
        if path and any(frame.path == path for frame in block.frames):
            queue.remove(block)
            return block
    return queue.popleft()


def _placed(
    failed: Sequence[re.Match[str]], of_line: Sequence[tuple[str, int, str]]
) -> dict[int, tuple[str, int, str]]:
    """The places of style `line`, which stand in the order of the summary."""
    if len(failed) == len(of_line):
        return {id(found): place for found, place in zip(failed, of_line, strict=True)}
    left = deque(of_line)
    out: dict[int, tuple[str, int, str]] = {}
    for found in failed:
        while left:
            place = left.popleft()
            if (found[4] or "").removesuffix("...").strip() in place[2]:
                out[id(found)] = place
                break
    return out


def _failure(
    name: str,
    error: bool,
    path: str,
    said: str,
    block: _Block | None,
    place: tuple[str, int, str] | None,
) -> CheckFailure:
    raised = _RAISED.match(said)
    exception, message = "", said
    if raised is not None and _is_error(raised):
        exception, message = raised[1], raised[2] or ""
    frames: list[StackFrame] = []
    details: list[str] = []
    captured: list[str] = []
    if block is not None:
        exception, message = block.exception or exception, block.message or message
        frames, details, captured = block.frames, block.details, block.captured
    elif place is not None:
        found = _RAISED.match(place[2])
        if found is not None and _is_error(found):
            exception, message = found[1], found[2] or message
        else:
            message = place[2] or message
        frames = [StackFrame(place[0], place[1])] if place[0] else []
    if message.startswith("assert ") and not exception:
        exception = "AssertionError"
    own = [frame for frame in frames if frame.path == path]
    line = own[-1].line if own else 0
    return CheckFailure(
        name, "error" if error else "failure", message, exception,
        path or (frames[-1].path if frames else ""),
        line or (0 if path or not frames else frames[-1].line),
        tuple(frames), tuple(details), tuple(captured),
    )  # fmt: skip


def _counts(
    lines: Sequence[str], blocks: Sequence[_Block], parts: int
) -> tuple[CheckCounts, int | None]:
    ending = next((found for line in reversed(lines) if (found := _ENDING.search(line))), None)
    if ending is None:
        return CheckCounts(), None
    said = {word.removesuffix("s"): int(n) for n, word in _COUNT.findall(ending.string)}
    passed = said.get("passed", 0) + said.get("xpassed", 0)
    # Subtests that failed are counted as tests, those that passed are not.
    failed, errors = max(0, said.get("failed", 0) - parts), said.get("error", 0)
    again = sum(block.phase == "at teardown of" for block in blocks)
    unmade = sum(block.phase == "collecting" for block in blocks)
    skipped, xfailed = said.get("skipped", 0), said.get("xfailed", 0)
    deselected = said.get("deselected", 0)
    collected = passed + failed + skipped + xfailed + max(0, errors - again - unmade)
    shown = [found for line in lines if (found := _COLLECTED.match(line) or _WORKERS.match(line))]
    if shown:
        collected = max(0, int(shown[-1][1]) - deselected)
    counts = CheckCounts(collected, passed, failed, errors, skipped, xfailed, deselected)
    return counts, round(float(ending[1]) * 1000)


def _tests(lines: Sequence[str]) -> set[str]:
    """Ids that verbose lines name."""
    found = (_VERBOSE.match(line) for line in lines if "::" in line)
    return {(one[1] or one[4]).strip() for one in found if one is not None}
