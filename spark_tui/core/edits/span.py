"""A quick edit's answer: new text for a range of lines that the request named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.index import indent_of
from spark_tui.core.edits.model import FileImage, FileOp, RawHunk, TaggedLine, Tail
from spark_tui.core.edits.text import bare, ending
from spark_tui.core.edits.whole import fence_of

APART = 4
"""Changes with at least so many unchanged lines between them are decided one by one."""

CONTEXT = 3
"""Unchanged lines kept round each of several changes."""


@dataclass(frozen=True, slots=True)
class SpanTarget:
    """The lines to replace: `lines` (without endings) stand at 1-based line `first` of `path`.

    `unended` says that the last of them ends the file without a line ending, which stays so.
    """

    path: str
    first: int
    lines: tuple[str, ...]
    unended: bool = False


def target_of(image: FileImage, first: int, last: int) -> SpanTarget:
    """Lines `first` to `last` of a file (1-based, inclusive, within it)."""
    chosen = image.lines[first - 1 : last]
    unended = last >= len(image.lines) and bool(chosen) and not ending(chosen[-1])
    return SpanTarget(image.path, first, tuple(bare(line) for line in chosen), unended)


class SpanParser:
    """The first fenced block is the replacement; all else is prose.

    Without a fence there is no edit: a sentence that declines must never become code.
    """

    def __init__(self, out: Emitter, target: SpanTarget) -> None:
        self._out = out
        self._target = target
        self._lines: list[str] = []
        self._fence = ""
        self._closed = False
        self._opened = False

    @property
    def open(self) -> bool:
        """See `BlockParser.open`."""
        return bool(self._fence)

    def line(self, text: str) -> bool:
        """Take one line; never ends before the text does."""
        fence = fence_of(text)
        if self._fence and text.strip() == self._fence:
            self._fence = ""
            self._closed = True
        elif self._fence:
            self._open()
            self._lines.append(text)
            self._out.hunk_line("+", text)
        elif fence and not self._closed:
            self._fence = fence[0]
        else:
            self._out.prose(text + "\n")
        return True

    def _open(self) -> None:
        if not self._opened:
            self._opened = True
            self._out.open_file(FileOp.UPDATE, self._target.path)
            self._out.open_hunk()

    def finish(self, complete: bool) -> None:
        """End of text: all of it is the replacement, unless it broke off."""
        if not complete or self._fence:
            self._out.problem("the answer broke off", whole_answer=True)
            self._out.close_file()
            return
        if not self._closed:
            return
        self._open()
        new = _indented(self._lines, self._target.lines)
        for number, (before, lines) in enumerate(_apart(tagged(self._target.lines, new))):
            if number:
                self._out.open_hunk()
            reaches = before + sum(line.tag != "+" for line in lines) == len(self._target.lines)
            raw = RawHunk(
                lines,
                line_hint=self._target.first + before,
                source_line=1,
                prefixed=False,
                final_newline=False if self._target.unended and reaches else None,
            )
            self._out.close_hunk(raw)
        self._out.close_file()

    def tail(self, text: str) -> Tail | None:
        """The unfinished line as a new one, once the code began."""
        if not self._opened or self._closed or text.lstrip().startswith("```"):
            return None
        return self._out.hunk_tail("+", text)


def _apart(lines: Sequence[TaggedLine]) -> list[tuple[int, tuple[TaggedLine, ...]]]:
    """Changes that lie apart as hunks of their own: (old lines before it, its lines) each."""
    places = [n for n, line in enumerate(lines) if line.tag != " "]
    groups: list[tuple[int, int]] = []
    for n in places:
        if groups and n - groups[-1][1] <= APART:
            groups[-1] = (groups[-1][0], n)
        else:
            groups.append((n, n))
    if len(groups) < 2:
        return [(0, tuple(lines))]
    out = []
    for number, (start, end) in enumerate(groups):
        floor = groups[number - 1][1] + 1 if number else 0
        ceiling = groups[number + 1][0] if number + 1 < len(groups) else len(lines)
        first, last = max(floor, start - CONTEXT), min(ceiling, end + 1 + CONTEXT)
        before = sum(line.tag != "+" for line in lines[:first])
        out.append((before, tuple(lines[first:last])))
    return out


def _indented(new: list[str], old: tuple[str, ...]) -> list[str]:
    """The replacement, indented like what it replaces where the answer began at column 0."""
    wanted = _common_indent(old)
    if not wanted or _common_indent(new):
        return new
    return [wanted + line if line.strip() else line for line in new]


def _common_indent(lines: list[str] | tuple[str, ...]) -> str:
    shared: str | None = None
    for line in lines:
        if line.strip():
            indent = indent_of(line)
            shared = indent if shared is None else _shared_start(shared, indent)
    return shared or ""


def _shared_start(one: str, two: str) -> str:
    """The longest common start of two strings."""
    n = 0
    while n < min(len(one), len(two)) and one[n] == two[n]:
        n += 1
    return one[:n]
