"""Whole files: a line that names the file, then a fence with all of its new content."""

from __future__ import annotations

import re

from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.model import FileOp, RawHunk, TaggedLine, Tail

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([^`]*)$")
_LONGEST_FENCE = 300
_PEEK = 2


def fence_of(line: str) -> tuple[str, str] | None:
    """(marks, what stands behind them) of a line that opens or closes a fence."""
    if len(line) > _LONGEST_FENCE:
        return None
    match = _FENCE.match(line)
    return (match.group(1), match.group(2).strip()) if match else None


class WholeParser:
    """One fenced file. Its first lines are held back until it is sure that they are content.

    `on_marker` asks whether a held line begins an edit of another format: such a fence is only
    a wrapper, and `line` gives it back.
    """

    def __init__(self, out: Emitter, path: str, fence: str) -> None:
        self._out = out
        self._path = path
        self.fence = fence
        self._begun = out.line
        self._lines: list[str] = []
        self._opened = False
        self._nested = ""
        self._nestings = 0
        self._done = False

    @property
    def open(self) -> bool:
        """See `BlockParser.open`."""
        return not self._done

    @property
    def undecided(self) -> bool:
        """Nothing was emitted yet: the fence may still turn out to be a wrapper."""
        return not self._opened and not self._done and len(self._lines) < _PEEK

    @property
    def held(self) -> list[str]:
        """The lines taken while undecided."""
        return self._lines

    def line(self, text: str) -> bool:
        """Take one line; False once the fence is closed."""
        if self._done:
            return False
        fence = fence_of(text)
        if fence and fence[0][0] == self.fence[0]:
            mark, info = fence
            if self._nested:
                if mark == self._nested and not info:
                    self._nested = ""
            elif not info and mark == self.fence:
                self._close()
                return True
            elif info and len(mark) >= len(self.fence):
                self._nested = mark
                self._nestings += 1
        self._lines.append(text)
        if not self._opened and len(self._lines) > _PEEK:
            self._open()
        elif self._opened:
            self._out.hunk_line("+", text)
        return True

    def _open(self) -> None:
        self._opened = True
        self._out.open_file(FileOp.UPDATE, self._path)
        self._out.open_hunk()
        for line in self._lines:
            self._out.hunk_line("+", line)

    def _close(self) -> None:
        if not self._opened:
            self._open()
        self._done = True
        lines = tuple(TaggedLine("+", text) for text in self._lines)
        self._out.close_hunk(RawHunk(lines, source_line=self._begun, prefixed=False, whole=True))
        self._out.close_file()

    def finish(self, complete: bool) -> None:
        """End of text: an open fence is never a whole file."""
        if self._done:
            return
        if not self._opened:
            self._open()
        message = "the file's fence is not closed" if complete else "the answer broke off in a file"
        self._out.problem(message, whole_answer=True)
        self._out.close_file()

    def tail(self, text: str) -> Tail | None:
        """The unfinished line as a new one."""
        if not self._opened or text.lstrip().startswith(self.fence):
            return None
        return self._out.hunk_tail("+", text)
