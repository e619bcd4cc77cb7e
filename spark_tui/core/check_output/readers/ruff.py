"""ruff check, in the formats for people and for CI."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckFailure
from spark_tui.core.regex import regex

_CODE = r"([A-Z]{1,8}\d{1,5}|invalid-syntax|syntax-error)"
_CONCISE = regex(rf"^(\S.{{0,400}}?):(\d{{1,7}}):(?:\d{{1,7}}:)? \[?{_CODE}\]?:? (.*)$")
_FULL = regex(rf"^{_CODE}:? (?:\[\*\] )?(.*)$")
_ARROW = regex(r"^ {1,12}--> (.{1,400}):(\d{1,7}):\d{1,7}$")
_GROUP = regex(r"^(\S.{0,400}):$")
_GROUPED = regex(rf"^ {{1,12}}(\d{{1,7}}):\d{{1,7}} {{1,8}}{_CODE}:? (.*)$")
_GITHUB = regex(
    r"^::error title=\w{1,20} \(([\w-]{1,20})\),file=(.{1,400}?),line=(\d{1,7}),.*?::(.*)$"
)
_ENDING = regex(r"^(?:Found \d{1,7} errors?(?: \(.*\))?\.|All checks passed!)$")


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is ruff's."""
    return any(_ENDING.match(line) for line in lines) or any(
        line.startswith("::error title=")
        or ((found := _CONCISE.match(line)) and found[3].isupper())
        for line in lines
    )


def read(printed: Printed) -> CheckReading:
    """Each finding with its rule."""
    failures: list[CheckFailure] = []
    rule: re.Match[str] | None = None
    path = ""
    for line in printed.lines:
        github = _GITHUB.match(line)
        concise = None if github else _CONCISE.match(line)
        grouped = _GROUPED.match(line) if path else None
        arrow = _ARROW.match(line) if rule else None
        if github is not None:
            said = github[4].partition("%0A")[0].rpartition(f"{github[1]} ")[2]
            failures.append(_finding(printed, github[2], github[3], github[1], said))
        elif concise is not None:
            failures.append(_finding(printed, concise[1], concise[2], concise[3], concise[4]))
        elif grouped is not None:
            failures.append(_finding(printed, path, grouped[1], grouped[2], grouped[3]))
        elif arrow is not None and rule is not None:
            failures.append(_finding(printed, arrow[1], arrow[2], rule[1], rule[2]))
            rule = None
        else:
            group = _GROUP.match(line)
            path = group[1] if group else path if line.startswith(" ") else ""
            rule = _FULL.match(line) or (rule if line.startswith(" ") else None)
    return CheckReading(tuple(failures), exact=bool(failures))


def _finding(printed: Printed, path: str, line: str, code: str, said: str) -> CheckFailure:
    own = printed.resolve(path)
    message = said.removeprefix("[*] ").strip()
    return CheckFailure(
        kind="finding", message=message, exception=code, path=own or path, line=int(line)
    )
