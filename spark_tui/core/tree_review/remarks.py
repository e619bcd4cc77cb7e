"""What a reviewer says about hunks, as one instruction or as a text for another tool."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import Row
from spark_tui.core.printable import text_only

MOST_LINES = 60
"""Lines of a hunk that go along with a remark."""


@dataclass(frozen=True, slots=True)
class Remark:
    """`text` about lines `first` to `last` (1-based, 0 for the whole file) of `path`.

    `rows` are those of the hunk it is about.
    """

    path: str
    first: int
    last: int
    text: str
    rows: tuple[Row, ...] = ()

    @property
    def place(self) -> str:
        """The path with its lines."""
        if not self.first:
            return self.path
        return f"{self.path}:{self.first}" + (f"-{self.last}" if self.last > self.first else "")


def as_markdown(remarks: Sequence[Remark]) -> str:
    """A numbered prompt for any tool."""
    out = ["Change these places in the working tree:", ""]
    for number, remark in enumerate(remarks, 1):
        out += [f"{number}. `{text_only(remark.place)}`: {_one_line(remark.text)}", ""]
        out += [f"   {line}".rstrip() for line in _fenced(remark.rows)]
        out += [""] if remark.rows else []
    return "\n".join(out).rstrip("\n") + "\n"


def as_instruction(remarks: Sequence[Remark]) -> str:
    """One instruction that names the places, so that they go along, with their hunks."""
    out = ["change these places; each diff shows what was changed there last:"]
    for number, remark in enumerate(remarks, 1):
        out += [f"{number}. {_mention(remark)} {_one_line(remark.text)}", *_fenced(remark.rows)]
    return "\n".join(out)


def _mention(remark: Remark) -> str:
    place = text_only(remark.path)
    if any(c.isspace() for c in place):
        return f"`{place}`"
    lines = f":{remark.first}-{remark.last}" if remark.first else ""
    return f"@{place}{lines}"


def _one_line(text: str) -> str:
    return " ".join(text_only(text).split())


def _fenced(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    lines = [f"{row.tag}{text_only(row.text)}" for row in rows[:MOST_LINES]]
    if len(rows) > MOST_LINES:
        lines.append(f"({len(rows) - MOST_LINES} more lines)")
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return [f"{fence}diff", *lines, fence]
