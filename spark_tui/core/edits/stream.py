"""The push parser of an answer: text in any chunking in, the same edit events out.

The dialect is sniffed from the first decisive line, anywhere in the text: prose, fences, shell
wrappers and carriage returns around an edit mean nothing. A block over, sniffing goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal

from spark_tui.core.edits import search_replace, unified, v4a, whole
from spark_tui.core.edits.emitter import BlockParser, Emitter
from spark_tui.core.edits.model import Dialect, EditEvent, FileOp, Tail
from spark_tui.core.edits.naming import Names
from spark_tui.core.edits.span import SpanParser, SpanTarget
from spark_tui.core.edits.supposed import Supposed

OperationKind = Literal["create_file", "update_file", "delete_file"]

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1\s*$")
_JSON_PATCH = re.compile(r'"((?:[^"\\]|\\.)*\*\*\* Begin Patch\\n(?:[^"\\]|\\.)*)("?)')
_LEFT_OVER = re.compile(r"^(?:@@|[+-][^\s+-])")
_NO_FILES = frozenset({"bash", "sh", "shell", "zsh", "console", "diff", "patch", "text", "output"})
_LOOK_BACK = 3
_TAIL = 4_000
_LONGEST_WORD = 200
_OPERATIONS = {
    "create_file": FileOp.CREATE,
    "update_file": FileOp.UPDATE,
    "delete_file": FileOp.DELETE,
}


class EditStream:
    """One answer being parsed.

    `known_paths` are the files sent as context: they settle names that are written loosely.
    `span` is what a SPAN answer replaces. With `supposes` an answer that is nothing but one fence
    without a name may be the only known file, rewritten.
    """

    def __init__(
        self,
        dialect: Dialect = Dialect.AUTO,
        *,
        known_paths: Sequence[str] = (),
        span: SpanTarget | None = None,
        supposes: bool = False,
    ) -> None:
        self._wanted = dialect
        self._dialect = dialect
        self._names = Names(known_paths)
        guesses = supposes and dialect is Dialect.AUTO
        self._supposed = Supposed(self._names.only if guesses else "")
        self._out = Emitter()
        self._parser: BlockParser | None = None
        if dialect is Dialect.SPAN:
            if span is None:
                raise ValueError("a span answer needs the span it replaces")
            self._parser = SpanParser(self._out, span)
        self._parts: list[str] = []
        self._shown = ""
        self._recent: list[str] = []
        self._fence = ""
        self._fence_info = ""
        self._heredoc = ""
        self._held_minus = ""
        self._passed_over = ""
        self._operation: v4a.V4AParser | None = None

    @property
    def dialect(self) -> Dialect:
        """The dialect in use: what was asked for, then what was sniffed."""
        return self._dialect

    @property
    def tail(self) -> Tail:
        """The unfinished last line, for the live view only; no more of it than fits a screen."""
        text = self._shown.rstrip("\r")
        if self._parser is None:
            return Tail(0, 0, " ", text)
        return self._parser.tail(text) or Tail(0, 0, " ", "")

    @property
    def inside(self) -> bool:
        """Whether the next line stands inside a block or a fence, rather than in prose."""
        return self._parser.open if self._parser is not None else bool(self._fence)

    # ------------------------------------------------------------- text

    def feed(self, text: str) -> list[EditEvent]:
        """Take more of the answer; the events its complete lines make."""
        if "\n" not in text:
            if text:
                self._parts.append(text)
                if len(self._shown) < _TAIL:
                    self._shown += text[:_TAIL]
            return self._out.take()
        self._parts.append(text)
        lines = "".join(self._parts).split("\n")
        rest = lines.pop()
        self._parts = [rest] if rest else []
        self._shown = rest[:_TAIL]
        for line in lines:
            self._line(line)
        return self._out.take()

    def finish(self, complete: bool, *, certain: bool = True) -> list[EditEvent]:
        """The answer is over. With `complete` False it was cut: what is open becomes a Problem.

        With `certain` False it may have been: only what is closed is taken for whole.
        """
        last = "".join(self._parts)
        self._parts = []
        self._shown = ""
        if last and (complete or self._parser is None):
            self._line(last)
        if self._held_minus:
            self._release_minus()
        if self._parser is not None:
            self._parser.finish(complete and (certain or not self._parser.open))
            self._parser = None
        self._out.close_file()
        if complete:
            self._supposed.tell(self._out)
        return self._out.take()

    def _line(self, text: str) -> None:
        self._out.line += 1
        text = text.rstrip("\r")
        parser = self._parser
        if isinstance(parser, whole.WholeParser) and parser.undecided and self._wraps(text):
            self._parser, self._fence = None, parser.fence
            self._recent += parser.held
            self._sniff(text)
            return
        if parser is not None:
            if parser.line(text):
                return
            self._parser = None
            self._heredoc = ""
        self._sniff(text)

    def _wraps(self, text: str) -> bool:
        """Whether a line inside a fence begins an edit, so that the fence is only a wrapper."""
        return bool(
            search_replace.HEAD.match(text)
            or v4a.BEGIN.match(text)
            or v4a.FILE_HEADER.match(text)
            or unified.GIT_HEADER.match(text)
            or re.match(r"^--- \S", text)
        )

    # ------------------------------------------------------------- hosted operations

    def open_operation(self, kind: OperationKind, path: str) -> list[EditEvent]:
        """A hosted apply_patch call begins: what is fed next is its diff, without an envelope."""
        self._dialect = Dialect.V4A
        self._operation = v4a.V4AParser(self._out)
        self._parser = self._operation
        self._operation.open_file(_OPERATIONS[kind], path)
        return self._out.take()

    def close_operation(self, complete: bool = True) -> list[EditEvent]:
        """The operation's diff is over."""
        self._operation = None
        return self.finish(complete)

    def feed_operation(self, kind: OperationKind, path: str, diff: str) -> list[EditEvent]:
        """A whole hosted apply_patch operation at once."""
        return [
            *self.open_operation(kind, path),
            *self.feed(diff),
            *self.close_operation(),
        ]

    # ------------------------------------------------------------- sniffing

    def _allows(self, dialect: Dialect) -> bool:
        return self._wanted in (Dialect.AUTO, dialect)

    def _sniff(self, text: str) -> None:
        if self._held_minus:
            minus = self._held_minus
            if text.startswith("+++ "):
                self._held_minus = ""
                self._begin(Dialect.UNIFIED, unified.UnifiedParser(self._out, fence=self._fence))
                self._replay(minus, text)
                return
            self._release_minus()
        if self._allows(Dialect.V4A) and self._sniff_v4a(text):
            return
        if self._allows(Dialect.SEARCH_REPLACE) and self._sniff_blocks(text):
            return
        if self._allows(Dialect.UNIFIED):
            if unified.GIT_HEADER.match(text):
                self._begin(Dialect.UNIFIED, unified.UnifiedParser(self._out, fence=self._fence))
                self._replay(text)
                return
            if text.startswith("--- ") and len(text) > 4:
                self._held_minus = text
                return
        self._prose(text)

    def _replay(self, *lines: str) -> None:
        for line in lines:
            if self._parser is not None:
                self._parser.line(line)

    def _release_minus(self) -> None:
        text, self._held_minus = self._held_minus, ""
        self._prose(text)

    def _begin(self, dialect: Dialect, parser: BlockParser) -> None:
        self._dialect = dialect
        self._parser = parser
        self._recent = []

    def _sniff_v4a(self, text: str) -> bool:
        header = v4a.FILE_HEADER.match(text)
        if header or v4a.BEGIN.match(text):
            parser = v4a.V4AParser(self._out, fence=self._fence, heredoc=self._heredoc)
            self._begin(Dialect.V4A, parser)
            parser.line(text)
            return True
        if "*** Begin Patch\\n" in text:
            return self._json_patch(text)
        return False

    def _json_patch(self, text: str) -> bool:
        """A patch inside a JSON string: the string's own lines are parsed."""
        match = _JSON_PATCH.search(text)
        if not match:
            return False
        try:
            patch = str(json.loads(f'"{match.group(1)}"', strict=False))
        except ValueError:
            self._out.problem("the patch is a broken JSON string", whole_answer=True)
            return True
        start = patch.find("*** Begin Patch")
        parser = v4a.V4AParser(self._out)
        self._begin(Dialect.V4A, parser)
        for line in patch[start:].split("\n"):
            if not parser.line(line.rstrip("\r")):
                break
        parser.finish(complete=bool(match.group(2)))
        self._parser = None
        return True

    def _sniff_blocks(self, text: str) -> bool:
        head = search_replace.HEAD.match(text)
        if not head:
            return False
        path = self._path_above()
        parser = search_replace.SearchReplaceParser(self._out, path, len(head.group(1)))
        self._begin(Dialect.SEARCH_REPLACE, parser)
        return True

    def _path_above(self) -> str:
        """The file named in the lines above: at most three back, past fences; else as before."""
        looked = 0
        for line in reversed(self._recent):
            fence = whole.fence_of(line)
            if fence:
                info = fence[1].split(":")[-1].split(" ")[-1]
                if "." in info and (path := self._names.named_by(info)):
                    return path
                continue
            if not line.strip():
                continue
            if path := self._names.named_by(line, loose=not looked):
                return path
            looked += 1
            if looked == _LOOK_BACK:
                break
        if self._out.file_open:
            return self._out.path
        return self._names.only

    # ------------------------------------------------------------- prose

    def _prose(self, text: str) -> None:
        heredoc = _HEREDOC.search(text[-_LONGEST_WORD:])
        if heredoc:
            self._heredoc = heredoc.group(2)
        fence = whole.fence_of(text)
        if fence:
            self._on_fence(text, *fence)
            return
        if self._dialect is Dialect.UNIFIED and _LEFT_OVER.match(text):
            self._out.problem(f"a diff line outside a hunk: {text[:40]!r}", whole_answer=True)
        self._supposed.take(text)
        self._recent.append(text)
        del self._recent[: -2 * _LOOK_BACK]
        self._out.prose(text + "\n")

    def _on_fence(self, text: str, mark: str, info: str) -> None:
        if self._fence:
            if mark == self._fence and not info:
                self._fence = ""
                self._supposed.end()
            self._supposed.take(text)
            self._recent.append(text)
            self._out.prose(text + "\n")
            return
        path = self._whole_path(info)
        if path:
            if self._passed_over:
                self._out.problem(
                    f"it is unclear whether {self._passed_over[:40]!r} names a file",
                    whole_answer=True,
                )
                self._passed_over = ""
            self._dialect = Dialect.WHOLE
            self._parser = whole.WholeParser(self._out, path, mark)
            self._fence = ""
            return
        self._fence = mark
        if info.split(" ", 1)[0].lower() not in _NO_FILES:
            self._supposed.begin(self._out.line)
        self._recent.append(text)
        self._out.prose(text + "\n")

    def _whole_path(self, info: str) -> str:
        """The file a fence holds, or "" where it is only an illustration."""
        if self._dialect not in (Dialect.AUTO, Dialect.WHOLE) or not self._allows(Dialect.WHOLE):
            return ""
        language, _, label = info.replace(":", " ").partition(" ")
        if language.lower() in _NO_FILES:
            return ""
        for word in (label.strip(), language):
            if "." in word and (path := self._names.named_by(word)):
                return path
        above = next((line for line in reversed(self._recent) if line.strip()), "")
        again = self._dialect is Dialect.WHOLE
        if path := self._names.named_by(above, loose=again, sentence=False):
            return path
        if self._wanted is Dialect.WHOLE:
            return self._names.only
        if self._names.named_by(above, loose=True, sentence=False):
            self._passed_over = above.strip()
        return ""
