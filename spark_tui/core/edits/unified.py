"""Unified diffs, with or without git's extended headers, as models write them.

Line numbers and counts are hints at most: models get them wrong nearly always. They decide where
a hunk ends only together with what its lines look like. Format after git-diff(1), "Generating
patch text with -p".
"""

from __future__ import annotations

import re

from spark_tui.core.edits.diff import unquoted
from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.model import FileOp, RawHunk, Tag, TaggedLine, Tail
from spark_tui.core.regex import regex

_NUMBERS = regex(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$")
_EXTENDED = regex(
    r"^(index |new file mode |deleted file mode |old mode |new mode |similarity index |"
    r"dissimilarity index |rename from |rename to |copy from |copy to |Binary files |"
    r"GIT binary patch)"
)


_STARTS = ("diff --git ", "--- ", "@@")


class UnifiedParser:
    """A run of file diffs. `fence` is the line that closes what they are wrapped in."""

    def __init__(self, out: Emitter, *, fence: str = "") -> None:
        self._out = out
        self._fence = fence
        self._reset_file()
        self._reset_hunk()
        self._held: list[str] = []
        self._done = False
        self.left: list[str] = []

    def _reset_file(self) -> None:
        self._header: list[str] = []
        self._old = self._new = ""
        self._git_old = self._git_new = ""
        self._opened = False
        self._named = False

    def _reset_hunk(self) -> None:
        self._in_hunk = False
        self._lines: list[TaggedLine] = []
        self._counts: tuple[int, int, int] | None = None
        self._anchor = ""
        self._left: list[int] | None = None
        self._begun = 0
        self._final_newline: bool | None = None

    @property
    def open(self) -> bool:
        """See `BlockParser.open`: a diff has no end line, but counts and a fence have an end."""
        return not self._done and (self._owed() or self._fenced())

    # ------------------------------------------------------------- lines

    def line(self, text: str) -> bool:
        """Take one line; False once the diff is over."""
        if self._done:
            return False
        if self._held:
            return self._after_held(text)
        if text.startswith("diff --git "):
            self._git_header(text)
            return True
        if self._in_hunk:
            return self._body(text)
        return self._outer(text)

    def _outer(self, text: str) -> bool:
        if text.startswith("@@"):
            self._open_file()
            self._open_hunk(text)
        elif text.startswith("--- "):
            if self._old or self._opened:
                self._close_file()
            self._old = _name(text[4:])
            self._named = True
        elif text.startswith("+++ ") and self._named:
            self._new = _name(text[4:])
            self._open_file()
        elif _EXTENDED.match(text):
            self._header.append(text)
        elif text.strip() and not text.startswith(("Index: ", "=====")):
            self._finish_block()
            return False
        return True

    def _body(self, text: str) -> bool:
        if text.startswith("@@"):
            self._close_hunk()
            self._open_hunk(text)
        elif text.startswith("--- "):
            self._held = [text]
        elif text.startswith("\\"):
            self._no_newline()
        elif text[:1] in ("+", "-", " ") and text:
            if text.rstrip() == "--" and not self._owed() and self._counts:
                self._finish_block()
                return False
            self._add(_tag(text[0]), text[1:])
        elif self._fence and text.rstrip() == self._fence:
            self._held = [text]
        elif not text.strip():
            if self._owed():
                self._add(" ", "")
            else:
                self._held = [text]
        elif self._owed() or (self._counts is None and self._lines):
            self._add(" ", text)
        elif text.startswith(("Index: ", "=====")):
            self._close_file()
        elif self._fence:
            self._add(" ", text)
        else:
            self._finish_block()
            return False
        return True

    def _after_held(self, text: str) -> bool:
        """Decide held lines by the next one: a file header, more of the hunk, or its end."""
        held = self._held
        if held[0].startswith("--- "):
            return self._after_minus(held, text)
        if self._holds_fence():
            return self._after_fence(held, text)
        if not text.strip() and text[:1] != " ":
            held.append(text)
            return True
        self._held = []
        more = text[:1] in ("+", "-", " ", "\\") and not text.startswith("--- ")
        if not more and self._counts is None and self._fence:
            more = text.rstrip() != self._fence and not text.startswith(_STARTS)
        if more:
            for _ in held:
                self._add(" ", "")
        elif not text.startswith(_STARTS):
            self._finish_block()
            return False
        return self.line(text)

    def _after_minus(self, held: list[str], text: str) -> bool:
        """`--- x` is a file header where `+++ y` follows and a hunk, else a removed line."""
        if len(held) == 1 and text.startswith("+++ "):
            held.append(text)
            return True
        self._held = []
        if len(held) == 2 and not self._changes(held, text):
            self._close_file()
            for line in held:
                self._outer(line)
        else:
            for line in held:
                self._add(_tag(line[0]), line[1:])
        return self.line(text)

    def _changes(self, held: list[str], text: str) -> bool:
        """Whether `--- x` and `+++ y` are changed lines of this hunk, as its counts tell."""
        if not self._left or self._left[0] < 1 or self._left[1] < 1:
            return False
        return not text.startswith("@@") or (self._left == [1, 1] and not _is_header(held))

    def _after_fence(self, held: list[str], text: str) -> bool:
        """A fence line with more of the hunk right behind it is a context line of the file."""
        self._held = []
        more = text.startswith("@@") or (text[:1] in ("+", "-", " ") and bool(text.strip()))
        if more and (self._owed() or text.startswith("@@")):
            self._add(" ", held[0])
            return self.line(text)
        self._finish_block()
        self.left = held
        return False

    def _fenced(self) -> bool:
        """Whether the fence round the diff is to be closed yet."""
        return bool(self._fence) and not self._holds_fence()

    def _holds_fence(self) -> bool:
        return bool(self._held) and bool(self._fence) and self._held[0].rstrip() == self._fence

    def _owed(self) -> bool:
        """Whether the hunk's counts promise more lines."""
        return bool(self._in_hunk and self._left and (self._left[0] > 0 or self._left[1] > 0))

    # ------------------------------------------------------------- files

    def _git_header(self, text: str) -> None:
        self._close_file()
        self._git_old, self._git_new = _git_names(text.removeprefix("diff --git "))
        self._named = True

    def _open_file(self) -> None:
        if self._opened:
            return
        self._opened = True
        header = dict(map(_split_header, self._header))
        old, new = self._paths(header)
        creates = self._old == "/dev/null" or "new file mode" in header
        deletes = self._new == "/dev/null" or "deleted file mode" in header
        moved = old != new and not creates and not deletes
        renames = "rename from" in header and "rename to" in header
        if creates:
            self._out.open_file(FileOp.CREATE, new)
        elif deletes:
            self._out.open_file(FileOp.DELETE, old)
        else:
            self._out.open_file(FileOp.RENAME if renames else FileOp.UPDATE, old)
        if (moved and not renames) or self._contradicts():
            self._out.problem("the diff names two different files")
        elif renames:
            self._out.move(new)
        self._modes(header)
        if "copy from" in header:
            self._out.problem("copies are not taken")
        if "Binary files" in header or "GIT binary patch" in header:
            self._out.problem("binary patches are not taken")

    def _contradicts(self) -> bool:
        """Whether the `---`/`+++` lines name other files than the git header."""
        pairs = ((self._git_old, self._old, "a/"), (self._git_new, self._new, "b/"))
        return any(
            git and name not in ("", "/dev/null") and bare != _without_prefix(git, prefix)
            for git, name, prefix in pairs
            for bare in (_without_prefix(name, prefix),)
        )

    def _paths(self, header: dict[str, str]) -> tuple[str, str]:
        if "rename from" in header and "rename to" in header:
            return unquoted(header["rename from"]), unquoted(header["rename to"])
        old, new = self._old or self._git_old, self._new or self._git_new
        bare_old, bare_new = old, new
        if old == "/dev/null":
            bare_old = bare_new = _without_prefix(new, "b/")
        elif new == "/dev/null":
            bare_old = bare_new = _without_prefix(old, "a/")
        elif old.startswith("a/") and new.startswith("b/"):
            bare_old, bare_new = old[2:], new[2:]
        return bare_old, bare_new

    def _modes(self, header: dict[str, str]) -> None:
        for key in ("new file mode", "new mode"):
            if key in header:
                mode = header[key].strip()
                if mode in ("100644", "100755"):
                    if key == "new mode" or mode != "100644":
                        self._out.set_mode(int(mode, 8))
                else:
                    self._out.problem(f"file mode {mode[:10]} is not taken")

    def _close_file(self) -> None:
        self._close_hunk()
        if self._named and not self._opened and (self._header or self._new):
            self._open_file()
        elif self._named and not self._opened:
            self._out.problem("a diff header without a diff", whole_answer=True)
        if self._opened:
            self._out.close_file()
        self._reset_file()

    def _finish_block(self) -> None:
        self._close_file()
        self._done = True

    # ------------------------------------------------------------- hunks

    def _open_hunk(self, text: str) -> None:
        self._reset_hunk()
        self._in_hunk = True
        self._begun = self._out.line
        match = _NUMBERS.match(text)
        if match:
            start, old, _, new, self._anchor = match.groups()
            self._counts = (int(start[:9]), int((old or "1")[:9]), int((new or "1")[:9]))
            self._left = [self._counts[1], self._counts[2]]
        else:
            self._anchor = text[2:].strip().removesuffix("@@").strip()
            if self._anchor.startswith("-") or not self._anchor.strip(". "):
                self._anchor = ""
        self._out.open_hunk()

    def _add(self, tag: Tag, text: str) -> None:
        self._lines.append(TaggedLine(tag, text))
        if self._left:
            self._left[0] -= tag != "+"
            self._left[1] -= tag != "-"
        self._out.hunk_line(tag, text)

    def _no_newline(self) -> None:
        if self._lines:
            # behind the old side only, the new one has what the old one lacked
            self._final_newline = self._lines[-1].tag == "-"

    def _close_hunk(self) -> None:
        if not self._in_hunk:
            return
        for line in self._held:
            if line.startswith(("--- ", "+++ ")):
                self._add(_tag(line[0]), line[1:])
        self._held = []
        old = sum(line.tag != "+" for line in self._lines)
        new = sum(line.tag != "-" for line in self._lines)
        hint = None
        if self._counts and self._counts[1:] == (old, new):
            hint = max(1, self._counts[0])
        # fewer unchanged lines below than above: there are no more, the file ends here
        shape = "".join(line.tag for line in self._lines)
        above, below = (len(shape) - len(s) for s in (shape.lstrip(), shape.rstrip()))
        ends = hint is not None and below < above < len(shape)
        self._out.close_hunk(
            RawHunk(
                tuple(self._lines),
                anchors=(self._anchor,) if self._anchor else (),
                line_hint=hint,
                source_line=self._begun,
                final_newline=self._final_newline,
                at_end=self._final_newline is not None or ends,
            )
        )
        self._reset_hunk()

    def finish(self, complete: bool) -> None:
        """End of text: the last hunk is whole when the answer is.

        It is not where the last line may not be, or takes lines away, and more was to come: lines
        that the hunk's counts promise, or the end of the fence.
        """
        if self._done:
            return
        doubtful = self._out.clipped or (bool(self._lines) and self._lines[-1].tag == "-")
        if complete and not (doubtful and (self._fenced() or self._owed())):
            if self._holds_fence():
                self.left = self._held
            self._finish_block()
            return
        self._out.problem("the answer broke off inside a diff", whole_answer=True)
        self._out.close_file()

    def tail(self, text: str) -> Tail | None:
        """The unfinished line as a hunk line."""
        if not self._in_hunk or not text or text[0] == "@":
            return None
        if text[0] in "+- ":
            return self._out.hunk_tail(_tag(text[0]), text[1:])
        return None


def _tag(char: str) -> Tag:
    return "+" if char == "+" else "-" if char == "-" else " "


def _is_header(lines: list[str]) -> bool:
    """Whether `--- x` and `+++ y` name files as diffs do, rather than some text."""
    old, new = (_name(line[4:]) for line in lines)
    if "/dev/null" in (old, new):
        return True
    same = _without_prefix(old, "a/") == _without_prefix(new, "b/")
    return same and " " not in old and ("/" in old or "." in old)


def _name(text: str) -> str:
    """A file name of a `---` or `+++` line, without the time stamp behind a tab."""
    if text.startswith('"'):
        end = text.rfind('"')
        return unquoted(text[: end + 1])
    return text.split("\t", 1)[0].rstrip()


def _without_prefix(name: str, prefix: str) -> str:
    return name[2:] if name.startswith(prefix) else name


def _git_names(text: str) -> tuple[str, str]:
    """Both names of a `diff --git` line; equal halves are how git itself tells them apart."""
    if text.startswith('"'):
        match = re.match(r'("(?:[^"\\]|\\.)*") (.+)$', text)
        if match:
            return unquoted(match.group(1)), unquoted(match.group(2).strip())
    middle = len(text) // 2
    if text[middle : middle + 1] == " ":
        old, new = text[:middle], text[middle + 1 :]
        if old[:2] == "a/" and new[:2] == "b/" and old[2:] == new[2:]:
            return old, new
    at = text.find(" b/")
    if at > 0:
        return text[:at], text[at + 1 :]
    old, _, new = text.partition(" ")
    return old, unquoted(new)


def _split_header(text: str) -> tuple[str, str]:
    match = _EXTENDED.match(text)
    key = match.group(1).strip() if match else text
    return key, text[len(key) :].strip()
