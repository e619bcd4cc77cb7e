"""mypy, with and without columns, codes and source lines."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckFailure
from spark_tui.core.regex import regex

_FINDING = regex(
    r"^(\S.{0,400}?\.pyi?):(\d{1,7})(?::\d{1,7}){0,3}: (error|note): (.{0,2000}?)"
    r"(?:  \[([a-z0-9-]{1,40})\])?$"
)
_NO_LINE = regex(r"^(\S.{0,400}?\.pyi?): error: (.*)$")
_CODE = regex(r"^(.*?) {0,2}\[([a-z0-9-]{1,40})\]$")
_ENDING = regex(
    r"^(?:Found \d{1,7} errors? in \d{1,7} files? \(|Success: no issues found in |mypy: )"
)


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is mypy's."""
    return any(
        _ENDING.match(line)
        or ((found := _FINDING.match(line)) and found[3] == "error" and found[5])
        for line in lines
    )


def read(printed: Printed) -> CheckReading:
    """Each error with its code; notes go with the error before them."""
    failures: list[CheckFailure] = []
    waiting: tuple[str, int, str] | None = None
    broken = False
    for line in [*printed.lines, ""]:
        found = _FINDING.match(line)
        if waiting is not None:
            # Source lines are indented, what was wrapped is not.
            wrapped = not found and line and not line.startswith(("    ", "Found "))
            if wrapped:
                waiting = (waiting[0], waiting[1], f"{waiting[2]} {line}")
            code = _CODE.match(waiting[2])
            if code is not None or not wrapped:
                said, rule = (code[1], code[2]) if code else (waiting[2], "")
                failures.append(_finding(printed, waiting[0], waiting[1], said, rule))
                waiting = None
        if found is not None and found[3] == "note":
            if failures:
                failures[-1] = _noted(failures[-1], found[4])
        elif found is not None and found[5]:
            failures.append(_finding(printed, found[1], int(found[2]), found[4], found[5]))
        elif found is not None:
            waiting = (found[1], int(found[2]), found[4])
        else:
            broken = broken or "errors prevented further checking" in line
            whole = _NO_LINE.match(line)
            if whole is not None:
                failures.append(_finding(printed, whole[1], 0, whole[2], ""))
    return CheckReading(tuple(failures), exact=bool(failures), ran=False if broken else None)


def _finding(printed: Printed, path: str, line: int, said: str, code: str) -> CheckFailure:
    own = printed.resolve(path)
    return CheckFailure(
        kind="finding", message=said.strip(), exception=code, path=own or path, line=line
    )


def _noted(failure: CheckFailure, note: str) -> CheckFailure:
    details = (*failure.details[:8], f"note: {note}")
    return CheckFailure(
        kind="finding", message=failure.message, exception=failure.exception, path=failure.path,
        line=failure.line, details=details,
    )  # fmt: skip
