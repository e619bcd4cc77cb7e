"""A quick edit's answer: new text for a range of lines that the request named."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits import marks
from spark_tui.core.edits.diff import tagged
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.fences import (
    COMMANDS,
    Fence,
    FencedText,
    doubt,
    fence_of,
    fenced_again,
    holds_fences,
)
from spark_tui.core.edits.hunk_factory import EDIT_MARKS, INDENTED_OTHERWISE, NUMBERED, UNSURE_END
from spark_tui.core.edits.index import indent_of
from spark_tui.core.edits.mangled import numbered, with_tabs
from spark_tui.core.edits.model import FileImage, FileOp, RawHunk, TaggedLine, Tail
from spark_tui.core.edits.text import bare, ending

APART = 4
"""Changes with at least so many unchanged lines between them are decided one by one."""

CONTEXT = 3
"""Unchanged lines kept round each of several changes."""


_LANGUAGES = {
    "py": "python",
    "pyi": "python",
    "js": "javascript",
    "mjs": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "go": "go",
    "rs": "rust",
    "c": "c",
    "h": "c",
    "cc": "cpp",
    "cpp": "cpp",
    "hpp": "cpp",
    "java": "java",
    "kt": "kotlin",
    "rb": "ruby",
    "php": "php",
    "cs": "csharp",
    "swift": "swift",
    "lua": "lua",
    "md": "markdown",
    "json": "json",
    "yml": "yaml",
    "yaml": "yaml",
    "toml": "toml",
    "html": "html",
    "css": "css",
    "sql": "sql",
    "sh": "bash",
    "bash": "bash",
}
_ALIASES = {
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "jsx": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "golang": "go",
    "rs": "rust",
    "c++": "cpp",
    "md": "markdown",
    "yml": "yaml",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
    "rb": "ruby",
    "c#": "csharp",
}


def _language_of(path: str) -> str:
    """The language that a fence of this file's text would name, "" where that is not known."""
    return _LANGUAGES.get(path.rpartition("/")[2].rpartition(".")[2].lower(), "")


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


@dataclass(slots=True)
class _Block:
    """One fenced text of the answer."""

    text: FencedText
    lines: list[str]

    @property
    def fence(self) -> Fence:
        return self.text.opening

    def fits(self, language: str) -> bool:
        """Whether it may hold text of a file in `language`, by what its fence says."""
        named = _ALIASES.get(self.fence.language, self.fence.language)
        return named in ("", language) or (not language and self.fence.language not in COMMANDS)


class SpanParser:
    """The one fenced block is the replacement; all else is prose.

    Without a fence there is no edit: a sentence that declines must never become code. Fences that
    hold commands, or another language than the file's where one holds that, are illustrations; of
    several others none is taken.
    """

    def __init__(self, out: Emitter, target: SpanTarget) -> None:
        self._out = out
        self._target = target
        self._language = _language_of(target.path)
        self._blocks: list[_Block] = []
        self._open: _Block | None = None
        self._shown: _Block | None = None
        self.left: list[str] = []

    @property
    def open(self) -> bool:
        """See `BlockParser.open`."""
        return self._open is not None and not self._open.text.holding

    def line(self, text: str) -> bool:
        """Take one line; never ends before the text does."""
        block = self._open
        if block is None:
            fence = fence_of(text)
            if fence is None:
                self._out.prose(text + "\n")
            else:
                nests = holds_fences(self._target.path)
                self._open = _Block(FencedText(fence, nests=nests), [])
            return True
        content = block.text.line(text)
        block.lines += content
        if content:
            self._show(block, content)
        if block.text.closed:
            self._end(block)
            return self.line(text)
        return True

    def _end(self, block: _Block) -> None:
        self._open = None
        self._blocks.append(block)
        for line in block.text.left:
            self.line(line)

    def _show(self, block: _Block, content: list[str]) -> None:
        """The first block that can be the answer is shown as it comes."""
        if self._shown is None and block.fits(self._language):
            self._shown = block
            self._out.open_file(FileOp.UPDATE, self._target.path)
            self._out.open_hunk()
        if self._shown is block:
            for line in content:
                self._out.hunk_line("+", line)

    def finish(self, complete: bool) -> None:
        """End of text: the block is the replacement, unless the answer broke off."""
        while complete and self._open is not None:
            block = self._open
            block.text.finish(complete)
            if not block.text.closed:
                break
            self._end(block)
        if not complete or self._open is not None:
            self._out.problem("the answer broke off", whole_answer=True)
            self._out.close_file()
            return
        meant = self._meant()
        if meant is None:
            return
        if self._shown is not meant:
            self._shown = meant
            self._out.open_file(FileOp.UPDATE, self._target.path)
            self._out.open_hunk()
        refused = self._unfit(meant)
        if refused:
            self._out.problem(refused, whole_answer=True)
            self._out.close_file()
            return
        self._close(meant)

    def _meant(self) -> _Block | None:
        """The block that is the answer; None where there is none, or no telling which."""
        blocks = [block for block in self._blocks if block.fits(self._language)]
        if not blocks:
            blocks = [b for b in self._blocks if b.fence.language not in COMMANDS]
        if any(block.lines != blocks[0].lines for block in blocks[1:]):
            self._out.problem(
                "several code fences, and nothing says which is meant", whole_answer=True
            )
            self._out.close_file()
            return None
        return blocks[0] if blocks else None

    def _unfit(self, block: _Block) -> str:
        """Why the text of the block can't be what stands in the file, "" where it can."""
        old = self._target.lines
        if doubt(block.lines, block.text.extent, old):
            return UNSURE_END
        if marks.first_new(block.lines, old):
            return EDIT_MARKS
        if numbered(block.lines, old):
            return NUMBERED
        return fenced_again(block.lines, old, self._target.path)

    def _close(self, block: _Block) -> None:
        new = _indented(block.lines, self._target.lines)
        tabbed = with_tabs(new, self._target.lines, self._target.path)
        if tabbed is None:
            self._out.problem(INDENTED_OTHERWISE, whole_answer=True)
            self._out.close_file()
            return
        new = tabbed
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
        block = self._open
        if block is None or block is not self._shown or block.text.holding or fence_of(text):
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
    kept = {line for line in old if line.strip()}
    if any(line in kept for line in new):
        return new  # what stands where it stood was not written from another margin
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
