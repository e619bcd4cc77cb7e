"""A fence that names no file, where it can only be meant for the one file that was sent.

It is prose while it arrives: most such fences show something. When the answer is over and was
nothing else, it is held against the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.diff import opcodes
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.model import FileOp, RawHunk, TaggedLine

_LEAST = 3
"""Letters and digits that make a line a telling one."""


class Supposed:
    """Gathers the fences of an answer in which no file is named; `path` is the file sent."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fences: list[tuple[int, list[str]]] = []
        self._open = False

    def begin(self, line: int) -> None:
        """A fence opens on this line (1-based) of the answer."""
        self._fences.append((line, []))
        self._open = True

    def take(self, text: str) -> None:
        """A line of the answer, wherever it stands."""
        if self._open:
            self._fences[-1][1].append(text)

    def end(self) -> None:
        """The fence closes."""
        self._open = False

    def tell(self, out: Emitter) -> None:
        """The answer is over and complete: its only fence, if it is closed, as a whole file."""
        if not self._path or self._open or out.file or len(self._fences) != 1:
            return
        begun, lines = self._fences[0]
        tagged = tuple(TaggedLine("+", text) for text in lines)
        out.open_file(FileOp.UPDATE, self._path)
        out.open_hunk()
        out.close_hunk(
            RawHunk(tagged, source_line=begun, prefixed=False, whole=True, supposed=True)
        )
        out.close_file()


def alike(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether most of what the old file says is still there, in order."""
    before = [text.strip() for text in old if _telling(text)]
    after = [text.strip() for text in new if _telling(text)]
    kept = sum(op.a2 - op.a1 for op in opcodes(before, after) if op.equal)
    return bool(before) and kept * 2 >= len(before)


def _telling(text: str) -> bool:
    return sum(map(str.isalnum, text)) >= _LEAST
