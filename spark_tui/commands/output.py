"""Printing text that came from outside: harmless on a terminal, exact in a pipe."""

from __future__ import annotations

import sys

from spark_tui.core.printable import safe


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
