"""V4A, the `apply_patch` format: `*** Begin Patch` … `*** Update File: path` … `*** End Patch`.

Grammar after OpenAI's apply_patch tool, read leniently: the end line may be missing when the
answer ended well, `@@` lines may be stacked, numbered or shortened, and a context line may have
lost its leading space. Which place a hunk means is decided later, in `locate`.
"""

from __future__ import annotations

from spark_tui.core.edits.emitter import Emitter
from spark_tui.core.edits.marks import BEGIN_PATCH, END_PATCH, PATCH_FILE
from spark_tui.core.edits.model import FileOp, RawHunk, Tag, TaggedLine, Tail
from spark_tui.core.regex import regex

_OPS = {"Add": FileOp.CREATE, "Update": FileOp.UPDATE, "Delete": FileOp.DELETE}
_NUMBERS = regex(r"^-(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$")


class V4AParser:
    """One patch. `fence` and `heredoc` are the lines that close what the patch is wrapped in."""

    def __init__(self, out: Emitter, *, fence: str = "", heredoc: str = "") -> None:
        self._out = out
        self._fence = fence
        self._heredoc = heredoc
        self._op: FileOp | None = None
        self._files = 0
        self._lines: list[TaggedLine] = []
        self._anchors: list[str] = []
        self._numbers: tuple[int, int, int] | None = None
        self._begun = 0
        self._in_hunk = False
        self._blanks = 0
        self._held: list[str] = []
        self._done = False
        self._hosted = False
        self.left: list[str] = []
        self.unended = False
        """The patch was over with what it is wrapped in, without an end line of its own."""

    @property
    def open(self) -> bool:
        """See `BlockParser.open`: a patch is, until its end line."""
        return not self._done and not self._held

    # ------------------------------------------------------------- lines

    def line(self, text: str) -> bool:
        """Take one line; False once the patch is over."""
        if self._done:
            return False
        if self._held:
            return self._after_indented_end(text)
        if self._op is FileOp.UPDATE:
            return self._update_line(text)
        return self._outer_line(text)

    def _after_indented_end(self, text: str) -> bool:
        """An indented end line is the end unless more hunk lines follow it."""
        if text.strip() and text[:1] in " +-@*":
            held, self._held = self._held, []
            for line in held:
                self._hunk_line(line)
            return self._update_line(text)
        if not text.strip():
            self._held.append(text)
            return True
        self._end()
        return False

    def _outer_line(self, text: str) -> bool:
        if BEGIN_PATCH.match(text):
            return True
        stripped = text.strip()
        if self._header(stripped):
            return True
        if stripped == END_PATCH:
            self._end()
            return True
        if self._closes_wrapper(text):
            self.unended = True
            self._end()
            return False
        if self._op is FileOp.CREATE:
            if text.startswith("+"):
                self._flush_blanks()
                self._add("+", text[1:])
            elif not stripped:
                self._blanks += 1
            else:
                self._out.problem(f"a line of a new file does not start with +: {text[:40]!r}")
            return True
        if stripped.startswith("*** ") and not stripped.startswith("*** Environment ID:"):
            self._out.problem(f"unknown patch line {stripped[:40]!r}", whole_answer=True)
        elif self._op is FileOp.DELETE and stripped and text[:1] not in "-":
            self._out.problem(f"a deleted file takes no lines: {text[:40]!r}")
        elif self._op is None and stripped and not stripped.startswith("*** "):
            self._out.problem(f"no file named before {text[:40]!r}", whole_answer=True)
        return True

    def _flush_blanks(self) -> None:
        for _ in range(self._blanks):
            self._add("+", "")
        self._blanks = 0

    def _closes_wrapper(self, text: str) -> bool:
        bare = text.rstrip()
        return bool(bare) and bare in (self._fence, self._heredoc)

    def _header(self, text: str) -> bool:
        match = PATCH_FILE.match(text)
        if not match:
            return False
        self._close_file()
        self.open_file(_OPS[match.group(1)], text[match.end() :].strip())
        return True

    def open_file(self, op: FileOp, path: str) -> None:
        """Turn to a file, as its header line does."""
        self._op = op
        self._files += 1
        self._out.open_file(op, path)
        if op is FileOp.CREATE:
            self._begin_hunk()

    def _update_line(self, text: str) -> bool:
        right = text.rstrip()
        if right.startswith("*** "):
            if self._header(right):
                return True
            if right == END_PATCH:
                self._end()
            elif right.startswith("*** Move to: "):
                self._out.move(right.removeprefix("*** Move to: ").strip())
            elif right == "*** End of File":
                self._close_hunk(at_end=True)
            else:
                self._out.problem(f"unknown patch line {right[:40]!r}")
            return True
        if right.startswith("@@"):
            self._at_line(right)
            return True
        if right.strip() == END_PATCH:
            self._held.append(text)
            return True
        if self._closes_wrapper(text):
            self.unended = True
            self._end()
            return False
        self._hunk_line(text)
        return True

    def _at_line(self, text: str) -> None:
        if self._lines:
            self._close_hunk()
        if not self._in_hunk:
            self._begin_hunk()
        anchor = text[2:].strip()
        numbers = _NUMBERS.match(anchor)
        if numbers:
            start, old, _, new, anchor = numbers.groups()
            self._numbers = (int(start[:9]), int((old or "1")[:9]), int((new or "1")[:9]))
        anchor = anchor.removesuffix("@@").strip()
        if anchor and anchor.strip(". "):
            self._anchors.append(anchor)

    def _hunk_line(self, text: str) -> None:
        if not text.strip() and not self._in_hunk and not self._lines:
            return
        if not self._in_hunk:
            self._begin_hunk()
        if not text:
            self._add(" ", "")
        elif text[0] == "+":
            self._add("+", text[1:])
        elif text[0] == "-":
            self._add("-", text[1:])
        elif text[0] == " ":
            self._add(" ", text[1:])
        else:
            self._add(" ", text)

    # ------------------------------------------------------------- hunks

    def _begin_hunk(self) -> None:
        self._in_hunk = True
        self._begun = self._out.line
        self._out.open_hunk()

    def _add(self, tag: Tag, text: str) -> None:
        self._lines.append(TaggedLine(tag, text))
        self._out.hunk_line(tag, text)

    def _close_hunk(self, *, at_end: bool = False) -> None:
        if not self._in_hunk:
            return
        lines = tuple(self._lines)
        old = sum(line.tag != "+" for line in lines)
        new = sum(line.tag != "-" for line in lines)
        hint = None
        if self._numbers and self._numbers[1:] == (old, new):
            hint = self._numbers[0]
        # the format puts lines that follow nothing at the end of the file
        appends = self._op is FileOp.UPDATE and not old and not self._anchors
        raw = RawHunk(
            lines,
            anchors=tuple(self._anchors),
            line_hint=hint,
            at_end=at_end or appends,
            source_line=self._begun,
        )
        self._lines, self._anchors, self._numbers = [], [], None
        self._in_hunk = False
        self._out.close_hunk(raw)

    def _close_file(self) -> None:
        if self._op is None:
            return
        self._close_hunk()
        self._blanks = 0
        self._op = None
        self._out.close_file()

    def _end(self) -> None:
        self._held = []
        self._close_file()
        self._done = True
        if not self._files:
            self._out.problem("the patch is empty", whole_answer=True)

    def open_hosted(self, op: FileOp, path: str) -> None:
        """A hosted call's diff of one file follows, which has no envelope."""
        self._hosted = True
        self.open_file(op, path)

    def finish(self, complete: bool) -> None:
        """End of text: a missing end line is forgiven when the answer is complete.

        Not so where the last line may not be whole, or takes lines away: what was to stand
        in their place may be missing.
        """
        if self._done:
            return
        ends_removing = bool(self._lines) and self._lines[-1].tag == "-"
        if complete and (self._hosted or not (self._out.clipped or ends_removing)):
            self._end()
            return
        self._out.problem("the answer broke off inside a patch", whole_answer=True)
        self._out.close_file()

    def tail(self, text: str) -> Tail | None:
        """The unfinished line as a hunk line."""
        if not self._in_hunk or not text or text[0] in "*@":
            return None
        tag = text[0]
        if tag == "+":
            return self._out.hunk_tail("+", text[1:])
        if tag == "-":
            return self._out.hunk_tail("-", text[1:])
        return self._out.hunk_tail(" ", text.removeprefix(" "))
