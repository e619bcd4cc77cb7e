"""Code fences: what opens and closes one, and where a fenced text that holds fences ends.

A closing fence has the marks of the opening one and says nothing. Models fence Markdown with as
many marks as stand in it, so a bare fence inside a text may be its end, the opening of a fence of
its own, or that one's end. What stands around it decides; where that is not sure, the text carries
an `Extent`, and `doubt` judges it by the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from spark_tui.core.edits.model import Extent
from spark_tui.core.regex import regex

_FENCE = regex(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([^`]*)$")
_LONGEST_LINE = 300
_MOST_AFTER = 8
_HOLDERS = (
    ".md",
    ".markdown",
    ".mdx",
    ".mdc",
    ".rmd",
    ".qmd",
    ".rst",
    ".adoc",
    ".org",
    ".txt",
    ".prompt",
)

LONGEST_MARK = 9
"""Characters of a fence's mark, at most, where nothing stands behind them."""

COMMANDS = frozenset(
    {
        "bash",
        "sh",
        "shell",
        "zsh",
        "fish",
        "console",
        "terminal",
        "shell-session",
        "powershell",
        "cmd",
        "diff",
        "patch",
        "output",
        "log",
    }
)
"""Languages of fences that hold commands to run, what those print, or an edit."""


class Fence(NamedTuple):
    """A line that opens or closes a fence: its indentation, its marks, what stands behind them."""

    indent: str
    mark: str
    info: str

    @property
    def language(self) -> str:
        """The first word behind the marks, in lower case."""
        return self.info.replace(":", " ").partition(" ")[0].lower()

    def may_close(self, opening: Fence) -> bool:
        """Whether this can be the end of what `opening` began, by its marks alone.

        Models close with the marks they opened with; more of them underline a heading.
        """
        return not self.info and self.mark == opening.mark

    def nests_in(self, opening: Fence) -> bool:
        """Whether it opens a fence inside of `opening`, by its marks alone."""
        return bool(self.info) and self.mark.startswith(opening.mark)


def fence_of(line: str, opened: str = "") -> Fence | None:
    """The fence that this line is, None for any other line.

    Marks alone that are very long underline a heading, if they don't close one `opened` with them.
    """
    if len(line) > _LONGEST_LINE:
        return None
    match = _FENCE.match(line)
    if match is None:
        return None
    indent, mark, info = match.group(1), match.group(2), match.group(3).strip()
    if len(mark) > LONGEST_MARK and not info and mark != opened:
        return None
    return Fence(indent, mark, info)


def holds_fences(path: str) -> bool:
    """Whether files of this name hold fences at the start of a line as a matter of course."""
    return path.casefold().endswith(_HOLDERS)


class FencedText:
    """Reads what stands behind an opening fence, line by line, up to its own end.

    `nests` says that fences inside are usual in such a text. A bare fence is held back with what
    follows until the next fence, or the end of the answer, shows what it was: `left` are then the
    held lines behind the end, which belong to what comes next.
    """

    def __init__(self, opening: Fence, *, nests: bool) -> None:
        self.opening = opening
        self.closed = False
        self.left: list[str] = []
        self._nests = nests
        self._inner: Fence | None = None
        self._held: list[str] = []
        self._count = 0
        self._sure = True
        self._shorter: list[int] = []

    @property
    def holding(self) -> bool:
        """Whether a fence was seen that may have been the end."""
        return bool(self._held)

    @property
    def extent(self) -> Extent | None:
        """How sure the end is; None where there was nothing to weigh up."""
        after = tuple(line for line in self.left if line.strip())[:_MOST_AFTER]
        if self._sure and not self._shorter and not after:
            return None
        return Extent(self._sure, tuple(self._shorter), after)

    def line(self, text: str) -> list[str]:
        """Take one line: the lines that are content by it. Once `closed` it is not consumed."""
        own = self.opening
        fence = fence_of(text, own.mark)
        if fence is not None and not (fence.may_close(own) or fence.nests_in(own)):
            fence = None
        if self._held:
            return self._behind_bare(text, fence)
        if fence is None:
            return self._content(text)
        if self._inner is not None:
            if fence.may_close(self._inner):
                self._inner = None
        elif fence.info or _deeper(fence, self.opening):
            self._inner = fence
        else:
            self._held = [text]
            return []
        return self._content(text)

    def finish(self, complete: bool) -> None:
        """The answer is over: a bare fence that was held back was the end.

        Of one that broke off that is only said where text stands apart behind the fence, or where
        no other fence is to be thought of.
        """
        if self.closed or not self._held:
            return
        between = self._held[1:]
        apart = bool(between) and not between[0].strip()
        if complete or apart or not self._nests:
            self._close()

    def _content(self, *lines: str) -> list[str]:
        self._count += len(lines)
        return list(lines)

    def _close(self) -> None:
        self.closed = True
        self.left = self._held[1:]
        self._held = []

    def _behind_bare(self, text: str, fence: Fence | None) -> list[str]:
        """A line behind a bare fence: up to the next fence nothing is known yet."""
        if fence is None:
            self._held.append(text)
            return []
        if fence.info:
            self._close()  # nothing but a new fence has a language
            return []
        between = self._held[1:]
        apart = not between or not between[0].strip()
        led_in = not between or _leads_in(between[-1], alone=apart or not self._nests)
        if self._nests:
            opens = not apart
            sure = bool(between) and apart == led_in
        else:
            # in code a bare fence at the start of a line is the end, or very much out of the way
            opens = not apart and not led_in
            sure = bool(between) and not opens
        self._sure = self._sure and sure
        if not opens:
            self._close()
            return []
        self._shorter.append(self._count)
        held, self._held = self._held, []
        return self._content(*held, text)


def _leads_in(line: str, *, alone: bool) -> bool:
    """Whether a fence behind this line begins something: a blank, `so:`, or a file's name."""
    bare = line.strip()
    named = alone and len(bare.lstrip("#* ").split()) == 1 and ("." in bare or "/" in bare)
    return not bare or bare.endswith(":") or named


def _deeper(fence: Fence, opening: Fence) -> bool:
    return len(fence.indent.expandtabs()) > len(opening.indent.expandtabs())


def doubt(new: Sequence[str], extent: Extent | None, old: Sequence[str]) -> bool:
    """Whether the end of a fenced text is unsure, also by the text `old` that it replaces.

    A fence that the old text has too, with the same line behind it, is no end. Else a text is taken
    to end like the old one: where it does so only at an earlier fence, or goes on with old lines
    behind its end, that end was none.
    """
    if extent is None:
        return False
    known = {line.strip() for line in old}
    after = [line.strip() for line in extent.after if _telling(line)]
    if after and all(line in known for line in after):
        return True
    begun = {(one.rstrip(), two.rstrip()) for one, two in pairwise(old) if fence_of(one)}
    open_ends = [
        n for n in extent.shorter if tuple(line.rstrip() for line in new[n : n + 2]) not in begun
    ]
    if extent.shorter and not open_ends:
        return False
    last = _last(old)
    whole = bool(last) and _last(new) == last
    shorter = bool(last) and any(_last(new[:n]) == last for n in open_ends)
    if extent.sure:
        return shorter and not whole
    return shorter or not whole


def fenced_again(new: Sequence[str], old: Sequence[str], path: str) -> str:
    """Why a fenced text that is itself all one fence is no text for a file; "" where it may be."""
    text = [line for line in new if line.strip()]
    wrapper = _wrapper(text)
    if wrapper is None or (not old and holds_fences(path)):
        return ""
    before = _wrapper([line for line in old if line.strip()])
    inner = _wrapper(text[1:-1])
    may_be = before is not None and (before == wrapper or inner is None)
    return "" if may_be else "it is fenced twice"


def _wrapper(lines: Sequence[str]) -> Fence | None:
    """The fence that all of these lines, none of them blank, stand in."""
    first = fence_of(lines[0]) if lines else None
    last = fence_of(lines[-1], first.mark) if first is not None and len(lines) > 1 else None
    return first if first is not None and last is not None and last.may_close(first) else None


def _telling(line: str) -> bool:
    return sum(char.isalnum() for char in line) >= 3


def _last(lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines) if _telling(line)), "")
