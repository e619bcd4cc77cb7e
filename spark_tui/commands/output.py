"""Printing text that came from outside: harmless on a terminal, exact in a pipe."""

from __future__ import annotations

import re
import sys

from spark_tui.core.errors import SparkError
from spark_tui.core.printable import safe

_KEYS = (
    (", hunks stay open", ""),
    ("r asks on it", "try again on your text"),
    ("y again", "try again"),
    ("n drops", "take it out of the edit"),
)
"""Ways out that name keys of the screen, and what they are in a shell."""


def shell_line(error: SparkError) -> str:
    """The one line of an error for a shell, where there are no keys to press."""
    line = error.one_line()
    for key, said in _KEYS:
        line = re.sub(rf"\b{key}\b" if key[0].isalpha() else key, said, line)
    return line


def printable(text: str) -> str:
    """`text` with its line breaks and tabs, everything else made visible (see `safe`)."""
    return "\n".join("\t".join(map(safe, line.split("\t"))) for line in text.split("\n"))


def out(text: str) -> None:
    """Print a line for a person."""
    print(printable(text))


def err(text: str) -> None:
    """Print a line on stderr."""
    print(printable(text), file=sys.stderr)


def raw(text: str) -> None:
    """Print data: exact bytes when piped, made harmless on a terminal. No newline is added."""
    if sys.stdout.isatty():
        print(printable(text), end="")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
