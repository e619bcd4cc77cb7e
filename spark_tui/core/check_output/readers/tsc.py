"""tsc, plain and pretty; vue-tsc and others that print as it does."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckFailure
from spark_tui.core.regex import regex

_PLAIN = regex(r"^(\S.{0,400}?)\((\d{1,7}),\d{1,7}\): error (TS\d{1,6}): (.*)$")
_PRETTY = regex(r"^(\S.{0,400}?):(\d{1,7}):\d{1,7} - error (TS\d{1,6}): (.*)$")
_NO_FILE = regex(r"^error (TS\d{1,6}): (.*)$")


def recognises(lines: Sequence[str]) -> bool:
    """Whether the output is a TypeScript compiler's."""
    return any(
        "error TS" in line and (_PLAIN.match(line) or _PRETTY.match(line) or _NO_FILE.match(line))
        for line in lines
    )


def read(printed: Printed) -> CheckReading:
    """Each error with its number; lines that say more of it are its details."""
    failures: list[CheckFailure] = []
    for line in printed.lines:
        found = _PLAIN.match(line) or _PRETTY.match(line)
        loose = None if found else _NO_FILE.match(line)
        if found is not None:
            own = printed.resolve(found[1])
            failures.append(
                CheckFailure(
                    kind="finding",
                    message=found[4],
                    exception=found[3],
                    path=own or found[1],
                    line=int(found[2]),
                )
            )
        elif loose is not None:
            failures.append(CheckFailure(kind="finding", message=loose[2], exception=loose[1]))
        elif failures and line.startswith("  ") and line[2:3].isalpha():
            last = failures[-1]
            failures[-1] = CheckFailure(
                kind="finding", message=last.message, exception=last.exception, path=last.path,
                line=last.line, details=(*last.details[:8], line.strip()),
            )  # fmt: skip
    return CheckReading(tuple(failures), exact=bool(failures))
