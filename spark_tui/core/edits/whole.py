"""Whole files: a line that names the file, then a fence with all of its new content."""

from __future__ import annotations

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.fences import Fence, FencedText, fence_of, holds_fences
from spark_tui.core.edits.model import FileOp, RawHunk, TaggedLine, Tail

_PEEK = 2


class WholeParser:
    """One fenced file. Its first lines are held back until it is sure that they are content.

    While it is `undecided` they may turn out to begin an edit of another format: such a fence is
    only a wrapper, and what is `held` is given back.
    """

    def __init__(self, out: Emitter, path: str, fence: Fence) -> None:
        self._out = out
        self.path = path
        self._begun = out.line
        self._text = FencedText(fence, nests=holds_fences(path))
        self._lines: list[str] = []
        self._opened = False
        self._done = False
        self.left: list[str] = []

    @property
    def fence(self) -> Fence:
        """The line that opened it."""
        return self._text.opening

    @property
    def open(self) -> bool:
        """See `BlockParser.open`."""
        return not self._done and not self._text.holding

    @property
    def undecided(self) -> bool:
        """Nothing was emitted yet: the fence may still turn out to be a wrapper."""
        quiet = not self._opened and not self._done and not self._text.holding
        return quiet and len(self._lines) <= _PEEK

    @property
    def held(self) -> list[str]:
        """The lines taken while undecided."""
        return self._lines

    def line(self, text: str) -> bool:
        """Take one line; False once the fence is closed."""
        if self._done:
            return False
        content = self._text.line(text)
        self._take(content)
        if self._text.closed:
            self._close()
            return False
        return True

    def _take(self, content: list[str]) -> None:
        self._lines += content
        if self._opened:
            for line in content:
                self._out.hunk_line("+", line)
        elif len(self._lines) > _PEEK:
            self._open()

    def _open(self) -> None:
        self._opened = True
        self._out.open_file(FileOp.UPDATE, self.path)
        self._out.open_hunk()
        for line in self._lines:
            self._out.hunk_line("+", line)

    def _close(self) -> None:
        if not self._opened:
            self._open()
        self._done = True
        self.left = self._text.left
        lines = tuple(TaggedLine("+", text) for text in self._lines)
        raw = RawHunk(lines, source_line=self._begun, prefixed=False, whole=True)
        self._out.close_hunk(replace(raw, extent=self._text.extent))
        self._out.close_file()

    def finish(self, complete: bool) -> None:
        """End of text: an open fence is never a whole file."""
        if self._done:
            return
        self._text.finish(complete)
        if self._text.closed:
            self._close()
            return
        if not self._opened:
            self._open()
        message = "the file's fence is not closed" if complete else "the answer broke off in a file"
        self._out.problem(message, whole_answer=True)
        self._out.close_file()

    def tail(self, text: str) -> Tail | None:
        """The unfinished line as a new one."""
        if not self._opened or self._text.holding or fence_of(text) is not None:
            return None
        return self._out.hunk_tail("+", text)
