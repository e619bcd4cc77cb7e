"""SEARCH/REPLACE blocks: `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`, named by a line above.

Format after aider's edit blocks. The marks of a block are all as long as its head, so that longer
or shorter ones in it are text. A line in it that looks like its divider may be a heading's
underline or a conflict's: the block then has several readings, and the file tells which is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits import marks
from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.model import FileOp, RawHunk, Tag, Tail

_USUAL = 7
_MOST_READINGS = 8


class SearchReplaceParser:
    """One block. `path` is what the lines above it name, `head` its first line.

    `path` is "" where they name nothing.
    """

    def __init__(self, out: Emitter, path: str, head: str) -> None:
        self._out = out
        self._path = path
        match = marks.SEARCH.match(head)
        self._indent = match.group(1) if match else ""
        self._length = len(match.group(2)) if match else _USUAL
        self._divider = "=" * self._length
        self._begun = out.line
        self._body: list[str] = []
        self._dividers: list[int] = []
        self._opened = False
        self._done = False
        self.left: list[str] = []

    @property
    def open(self) -> bool:
        """See `BlockParser.open`."""
        return not self._done

    def line(self, text: str) -> bool:
        """Take one line; False once the block is over."""
        if self._done:
            return False
        divides = self._divides(text)
        if not self._opened:
            self._open(creates=divides)
        end = marks.REPLACE.match(text)
        if end and self._is_own(len(end.group(1))):
            self._close()
            return True
        head = marks.SEARCH.match(text)
        if head and self._is_own(len(head.group(2))):
            self._out.problem("a SEARCH block begins inside another one")
            return True
        if divides:
            self._dividers.append(len(self._body))
        self._body.append(text)
        if not divides or len(self._dividers) > 1:
            self._out.hunk_line("+" if self._dividers else "-", text)
        return True

    def _divides(self, text: str) -> bool:
        bare = text.rstrip()
        return bare == self._divider or (bool(self._indent) and bare.strip() == self._divider)

    def _is_own(self, length: int) -> bool:
        """Marks of the usual length are now and then miscounted; others are so on purpose."""
        return length == self._length or (self._length == _USUAL and abs(length - _USUAL) <= 1)

    def _open(self, *, creates: bool) -> None:
        self._opened = True
        same = self._out.file_open and self._out.path == self._path
        if not same:
            self._out.open_file(FileOp.CREATE if creates else FileOp.UPDATE, self._path)
        if not self._path:
            self._out.problem("the edit names no file")
        self._out.open_hunk()

    def _close(self) -> None:
        self._done = True
        if not self._dividers:
            self._out.problem("a SEARCH block ends before its divider")
            self._out.close_hunk(self._reading(self._body, ()))
            return
        readings = [
            self._reading(body[:at], body[at + 1 :])
            for body in self._bodies()
            for at in self._dividers[:_MOST_READINGS]
        ]
        raw = readings[0]
        self._out.close_hunk(replace(raw, readings=tuple(readings)) if len(readings) > 1 else raw)

    def _bodies(self) -> list[list[str]]:
        """The lines as they stand; of a block that is indented as a whole also without that."""
        if not self._indent or not all(
            line.startswith(self._indent) or not line.strip() for line in self._body
        ):
            return [self._body]
        return [self._body, [line[len(self._indent) :] for line in self._body]]

    def _reading(self, search: Sequence[str], new: Sequence[str]) -> RawHunk:
        dots = sum(line.strip() == "..." for line in search)
        return RawHunk(
            tagged(search, new),
            elided=bool(dots) and dots == sum(line.strip() == "..." for line in new),
            source_line=self._begun,
            prefixed=False,
        )

    def finish(self, complete: bool) -> None:
        """End of text: an open block is never used."""
        if self._done:
            return
        message = (
            "a SEARCH block has no REPLACE line"
            if complete
            else "the answer broke off inside a SEARCH block"
        )
        # a finished block of the same file stays usable when the answer was only cut off
        self._out.problem(message, whole_answer=True)
        self._out.close_file()

    def tail(self, text: str) -> Tail | None:
        """The unfinished line as a searched or a new one."""
        if not self._opened or text[:3] in ("===", ">>>", "<<<"):
            return None
        tag: Tag = "+" if self._dividers else "-"
        return self._out.hunk_tail(tag, text)
