"""The output of a program as bounded lines of plain text: what every reader reads."""

from __future__ import annotations

from collections.abc import Callable

from spark_tui.core.printable import text_only
from spark_tui.core.regex import regex

MOST_OUTPUT = 2_000_000
"""Characters of an output that are read: more is cut out of the middle."""

MOST_LINE = 4_000
"""Characters of a line that are read."""

CUT = "… cut here …"
"""Stands where the middle of an output was."""

Resolve = Callable[[str], str]
"""From a path as a tool prints it to the one in the repository, "" for none of it."""

_OUTSIDE = regex(r"(?:^|/)(?:site-packages|dist-packages|node_modules|\.venv|\.tox|\.cargo)/")
_HIDDEN = regex("[\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\ufff9-\ufffb]")


def lines_of(output: str) -> list[str]:
    """Lines without escape sequences and controls; a carriage return begins a line as well."""
    if len(output) > MOST_OUTPUT:
        half = MOST_OUTPUT // 2
        output = f"{output[:half]}\n{CUT}\n{output[-half:]}"
    text = _HIDDEN.sub("", text_only(output.replace("\r\n", "\n").replace("\r", "\n")))
    return [line[:MOST_LINE].rstrip() for line in text.split("\n")]


def relative_path(written: str) -> str:
    """A path as it is printed where it is relative and no library's: for want of a listing."""
    path = written.replace("\\", "/").removeprefix("./")
    parts = path.split("/")
    outside = path.startswith(("/", "~", "<")) or path[1:2] == ":" or ".." in parts
    return "" if outside or _OUTSIDE.search(path) else path
