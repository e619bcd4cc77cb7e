"""SEARCH/REPLACE blocks: `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`, named by a line above.

Format after aider's edit blocks. The divider has to be as long as the head, so that most heading
underlines inside the code are text; where two dividers remain possible the block is refused.
"""

from __future__ import annotations

import re

from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.model import FileOp, RawHunk, Tag, Tail

HEAD = re.compile(r"^\s*(<{5,9}) SEARCH>?\s*$")
_END = re.compile(r"^\s*>{5,9} REPLACE\s*$")


class SearchReplaceParser:
    """One block. `path` is what the lines above it name; "" when they name nothing."""

    def __init__(self, out: Emitter, path: str, marker_length: int) -> None:
        self._out = out
        self._path = path
        self._divider = "=" * marker_length
        self._begun = out.line
        self._search: list[str] = []
        self._replace: list[str] = []
        self._dividers = 0
        self._opened = False
        self._done = False

    @property
    def open(self) -> bool:
        """See `BlockParser.open`."""
        return not self._done

    def line(self, text: str) -> bool:
        """Take one line; False once the block is over."""
        if self._done:
            return False
        bare = text.rstrip()
        if not self._opened:
            self._open(creates=bare == self._divider)
        if bare == self._divider:
            self._dividers += 1
            if self._dividers == 1:
                return True
        if self._dividers and _END.match(text):
            self._close()
        elif HEAD.match(text):
            self._out.problem("a SEARCH block begins inside another one")
        elif self._dividers:
            self._replace.append(text)
            self._out.hunk_line("+", text)
        else:
            self._search.append(text)
            self._out.hunk_line("-", text)
        return True

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
        if self._dividers > 1:
            self._out.problem("two dividers in one SEARCH block")
        dots = [line for line in self._search if line.strip() == "..."]
        same = dots and len(dots) == sum(line.strip() == "..." for line in self._replace)
        self._out.close_hunk(
            RawHunk(
                tagged(self._search, self._replace),
                elided=bool(same),
                source_line=self._begun,
                prefixed=False,
            )
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
