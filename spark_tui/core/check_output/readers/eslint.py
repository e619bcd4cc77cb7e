"""eslint's usual format: a file's line, then its findings below."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckFailure
from spark_tui.core.regex import regex

_FILE = regex(r"^(\S.{0,400}\.\w{1,10})$")
_FINDING = regex(
    r"^ {1,12}(\d{1,7}):\d{1,7} {1,12}(error|warning) {1,12}(.{1,2000}?)"
    r"(?: {2,200}([\w@/-]{1,100}))?$"
)
_ENDING = regex(r"^✖ \d{1,7} problems? \(\d{1,7} errors?, \d{1,7} warnings?\)$")


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is eslint's."""
    return any(line.startswith("✖ ") and _ENDING.match(line) for line in lines)


def read(printed: Printed) -> CheckReading:
    """Each error with its rule; warnings too where the command allows only so many."""
    strict = any(word.startswith("--max-warnings") for word in printed.argv)
    failures: list[CheckFailure] = []
    path = ""
    for line in printed.lines:
        found = _FINDING.match(line) if line.startswith(" ") else None
        if found is None:
            file = _FILE.match(line)
            path = file[1] if file else path if line.startswith(" ") else ""
        elif path and (strict or found[2] == "error"):
            own = printed.resolve(path)
            failures.append(
                CheckFailure(
                    kind="finding",
                    message=found[3].strip(),
                    exception=found[4] or "",
                    path=own or path,
                    line=int(found[1]),
                )
            )
    return CheckReading(tuple(failures), exact=bool(failures))
