"""Anything that prints `file:line`: findings with a place, for want of a reader that knows more."""

from __future__ import annotations

from spark_tui.core.check_output.readers.reading import CheckReading, Printed
from spark_tui.core.check_output.report import CheckFailure
from spark_tui.core.regex import regex

MOST_FINDINGS = 2_000

_PYTHON = regex(r'^\s*File "([^"\n]{1,400})", line (\d{1,7})')
_PLACE = regex(
    r"^\s{0,40}(?:-->\s{0,4}|at\s{1,4}|\[?(?:ERROR|error)\]?:?\s{1,4})?"
    r"([^\s:()\"'\[\]]{1,300}?)(?::|\(|:\[)(\d{1,7})\b[:,.\d]{0,16}[)\]]?:?\s{0,8}(.{0,1000})"
)


def read(printed: Printed) -> CheckReading:
    """Each place once, with what its line says of it."""
    found: dict[tuple[str, int, str], CheckFailure] = {}
    for line in printed.lines:
        match = _PYTHON.match(line) or _PLACE.match(line)
        if match is None or len(found) >= MOST_FINDINGS:
            continue
        named, at_line, *rest = match.groups()
        path = printed.resolve(named) if "." in named or "/" in named else ""
        if path:
            said = rest[0].strip(" -") if rest else ""
            at = int(at_line)
            found[path, at, said] = CheckFailure(kind="finding", message=said, path=path, line=at)
    return CheckReading(tuple(found.values()))
