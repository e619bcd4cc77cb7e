"""The push parser of an answer: text in any chunking in, the same edit events out.

The format is sniffed from the first decisive line, anywhere in the text: prose, fences, shell
wrappers and carriage returns around an edit mean nothing. A block over, sniffing goes on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from spark_tui.core.edits import marks, search_replace, unified, v4a, whole
from spark_tui.core.edits.emitter import BlockParser, Emitter
from spark_tui.core.edits.fences import COMMANDS, Fence, fence_of
from spark_tui.core.edits.model import EditEvent, EditFormat, FileOp, Tail
from spark_tui.core.edits.naming import NamePicker, may_be_new
from spark_tui.core.edits.span import SpanParser, SpanTarget
from spark_tui.core.edits.supposed import Supposed
from spark_tui.core.regex import regex

OperationKind = Literal["create_file", "update_file", "delete_file"]

_HEREDOC = regex(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1\s*$")
_JSON_STRING = regex(r'"((?:[^"\\]|\\.)*)("?)')
_IN_JSON = regex(
    r"\*\*\* Begin Patch\\n|<{5,9} SEARCH\\n"
    r'|(?:\\n|")--- [^\\"]{1,300}\\n\+\+\+ |(?:\\n|")diff --git [^\\"]{1,600}\\n'
)
_LEFT_OVER = regex(r"^(?:@@|\+|-(?:[^\s-]|\s{4,}\S))")
_NO_FILES = COMMANDS | {"text"}
_OWN = (EditFormat.AUTO, EditFormat.WHOLE)
_DIFFS = (".patch", ".diff")
_SCRIPTS = (".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".log")
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
        edit_format: EditFormat = EditFormat.AUTO,
        *,
        known_paths: Sequence[str] = (),
        span: SpanTarget | None = None,
        supposes: bool = False,
        out: Emitter | None = None,
    ) -> None:
        self._given = (edit_format, known_paths, span, supposes)
        self._wanted = edit_format
        self._edit_format = edit_format
        self._names = NamePicker(known_paths)
        guesses = supposes and edit_format is EditFormat.AUTO
        self._supposed = Supposed(self._names.only if guesses else "")
        self._out = out or Emitter()
        self._parser: BlockParser | None = None
        if edit_format is EditFormat.SPAN:
            if span is None:
                raise ValueError("a span answer needs the span it replaces")
            self._parser = SpanParser(self._out, span)
        self._parts: list[str] = []
        self._shown = ""
        self._recent: list[str] = []
        self._fences: list[Fence] = []
        self._heredoc = ""
        self._loose_end = False
        self._held_minus = ""
        self._passed_over = ""
        self._operation: v4a.V4AParser | None = None

    @property
    def edit_format(self) -> EditFormat:
        """The format in use: what was asked for, then what was sniffed."""
        return self._edit_format

    @property
    def tail(self) -> Tail:
        """The unfinished last line, for the live view only; no more of it than fits a screen."""
        text = self._shown.rstrip("\r")
        if self._parser is None:
            return Tail(0, 0, " ", text)
        return self._parser.tail(text) or Tail(0, 0, " ", "")

    @property
    def fenced(self) -> bool:
        """Whether the next line stands in a fence that shows something, and edits nothing."""
        return self._parser is None and bool(self._fences)

    def holds(self, begun: str) -> bool:
        """Whether a line that begins so is content of a file, or ends it."""
        if self._parser is None:
            return "\\n" in begun and _IN_JSON.search(begun) is not None
        return self._parser.open or begun.startswith(("+", "-", " ", "\\"))

    # ------------------------------------------------------------- what is no answer

    def anew(self) -> EditStream:
        """All that was fed is taken back: a parser of the same answer that begins here."""
        edit_format, known, span, supposes = self._given
        self._out.take_back()
        return EditStream(
            edit_format, known_paths=known, span=span, supposes=supposes, out=self._out
        )

    def skip(self, lines: int) -> None:
        """So many lines of the answer are not fed."""
        self._out.line += lines

    def doubt(self, message: str) -> list[EditEvent]:
        """Nothing of this answer is sure."""
        self._out.problem(message, whole_answer=True)
        return self._out.take()

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
        self._out.clipped = bool(last)
        if last and (complete or self._parser is None):
            self._line(last)
        if self._held_minus:
            self._release_minus()
        self._end_block(complete, certain=certain)
        self._out.close_file()
        if complete:
            self._supposed.tell(self._out)
        return self._out.take()

    def _end_block(self, complete: bool, *, certain: bool = True) -> None:
        """End the open block, and those that begin in what it gives back."""
        while self._parser is not None:
            parser, self._parser = self._parser, None
            parser.finish(complete and (certain or not parser.open))
            self._again(parser.left)
            if self._held_minus:
                self._release_minus()

    def _line(self, text: str) -> None:
        self._out.line += 1
        text = text.rstrip("\r")
        if self._out.line == 1:
            text = text.removeprefix("\ufeff")
        parser = self._parser
        if isinstance(parser, whole.WholeParser) and parser.undecided and self._wraps(text):
            self._parser = None
            self._fences.append(parser.fence)
            self._wrapped(parser.held, text)
            return
        if parser is not None:
            if parser.line(text):
                return
            self._parser = None
            self._heredoc = ""
            self._loose_end = isinstance(parser, v4a.V4AParser) and parser.unended
            if parser.left:
                # the line comes behind those, one of which may begin a block
                self._again([*parser.left, text])
                return
        self._sniff(text)

    def _again(self, lines: Sequence[str]) -> None:
        """Read lines a second time, which a block took and gave back."""
        self._out.line -= len(lines)
        for line in lines:
            self._line(line)

    def _wrapped(self, held: Sequence[str], text: str) -> None:
        """A fence that was taken for a file holds an edit: what stands above it names the file."""
        for line in held[:-1] if text.startswith("+++ ") else held:
            self._recent.append(line)
        if text.startswith("+++ "):
            self._sniff(held[-1])
        self._sniff(text)

    def _may_lead(self, line: str) -> bool:
        """Whether a line in a fence can stand above an edit: a blank one, or a file's name."""
        return not line.strip() or bool(self._names.named_by(line, loose=True))

    def _wraps(self, text: str) -> bool:
        """Whether a line inside a fence begins an edit, so that the fence is only a wrapper."""
        parser = self._parser
        if isinstance(parser, whole.WholeParser):
            if self._names.knows(parser.path) and parser.path.endswith(_DIFFS):
                return False
            above = parser.held
            if text.startswith("+++ "):
                minus = above[-1:] and above[-1].startswith("--- ")
                above = above[:-1]
                return bool(minus) and all(map(self._may_lead, above))
            if not all(map(self._may_lead, above)):
                return False
        return bool(
            marks.SEARCH.match(text)
            or marks.BEGIN_PATCH.match(text)
            or marks.PATCH_FILE.match(text)
            or marks.GIT_HEADER.match(text)
        )

    # ------------------------------------------------------------- hosted operations

    def open_operation(self, kind: OperationKind, path: str) -> list[EditEvent]:
        """A hosted apply_patch call begins: what is fed next is its diff, without an envelope."""
        self._edit_format = EditFormat.V4A
        self._operation = v4a.V4AParser(self._out)
        self._parser = self._operation
        self._operation.open_hosted(_OPERATIONS[kind], path)
        return self._out.take()

    def close_operation(self, complete: bool = True) -> list[EditEvent]:
        """The operation's diff is over."""
        self._operation = None
        return self.finish(complete)

    # ------------------------------------------------------------- sniffing

    def _allows(self, edit_format: EditFormat) -> bool:
        return self._wanted in (EditFormat.AUTO, edit_format)

    def _sniff(self, text: str) -> None:
        if self._held_minus:
            minus = self._held_minus
            if text.startswith("+++ "):
                self._held_minus = ""
                self._begin(
                    EditFormat.UNIFIED, unified.UnifiedParser(self._out, fence=self._fence_mark)
                )
                self._replay(minus, text)
                return
            self._release_minus()
        if self._sniff_json(text):
            return
        if self._allows(EditFormat.V4A) and self._sniff_v4a(text):
            return
        if self._allows(EditFormat.SEARCH_REPLACE) and self._sniff_blocks(text):
            return
        if self._allows(EditFormat.UNIFIED):
            if marks.GIT_HEADER.match(text):
                self._begin(
                    EditFormat.UNIFIED, unified.UnifiedParser(self._out, fence=self._fence_mark)
                )
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

    def _begin(self, edit_format: EditFormat, parser: BlockParser) -> None:
        self._edit_format = edit_format
        self._parser = parser
        self._recent = []

    def _sniff_v4a(self, text: str) -> bool:
        header = marks.PATCH_FILE.match(text)
        if header or marks.BEGIN_PATCH.match(text):
            parser = v4a.V4AParser(self._out, fence=self._fence_mark, heredoc=self._heredoc)
            self._begin(EditFormat.V4A, parser)
            parser.line(text)
            return True
        return False

    def _sniff_json(self, text: str) -> bool:
        """An edit inside a JSON string: the string's own lines are read."""
        if "\\n" not in text or not _IN_JSON.search(text):
            return False
        found = False
        for match in _JSON_STRING.finditer(text):
            if not _IN_JSON.search(match.group(0)):
                continue
            found = True
            try:
                inside = str(json.loads(f'"{match.group(1)}"', strict=False))
            except ValueError:
                self._out.problem("the edit is a broken JSON string", whole_answer=True)
                continue
            self._inside(inside.split("\n"), whole=bool(match.group(2)))
        return found

    def _inside(self, lines: Sequence[str], *, whole: bool) -> None:
        """Lines that all stand in the one line of the answer that is being read."""
        at, fences = self._out.line, self._fences
        self._fences = []
        for line in lines:
            self._out.line = at - 1
            begins = line.find("*** Begin Patch")
            self._line(line[begins:] if begins > 0 and self._parser is None else line)
        if self._held_minus:
            self._release_minus()
        self._end_block(whole)
        self._out.close_file()
        if not whole:
            self._out.problem("the answer broke off in a JSON string", whole_answer=True)
        self._out.line, self._fences = at, fences

    def _sniff_blocks(self, text: str) -> bool:
        head = marks.SEARCH.match(text)
        if not head:
            return False
        path = self._path_above()
        parser = search_replace.SearchReplaceParser(self._out, path, text)
        self._begin(EditFormat.SEARCH_REPLACE, parser)
        return True

    def _path_above(self) -> str:
        """The file named in the lines above: at most three back, past fences; else as before."""
        looked = 0
        for line in reversed(self._recent):
            fence = fence_of(line)
            if fence:
                info = fence.info.split(":")[-1].split(" ")[-1]
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
        fence = fence_of(text, self._fences[-1].mark if self._fences else "")
        if fence:
            self._on_fence(text, fence)
            return
        if self._left_over(text):
            what = "a diff line outside a hunk"
            self._out.problem(f"{what}: {text[:40]!r}", whole_answer=True)
        self._supposed.take(text)
        self._recent.append(text)
        del self._recent[: -2 * _LOOK_BACK]
        self._out.prose(text + "\n")

    def _left_over(self, text: str) -> bool:
        """Whether a line between blocks is a part of one: that one ended too early then."""
        if marks.REPLACE.match(text):
            return True
        if self._edit_format is EditFormat.UNIFIED:
            return bool(_LEFT_OVER.match(text))
        if self._loose_end:
            return bool(_LEFT_OVER.match(text)) or text.startswith("*** ")
        return False

    def _on_fence(self, text: str, fence: Fence) -> None:
        if self._fences:
            if not self._closes(fence):
                self._fences.append(fence)
            elif not self._fences:
                self._supposed.end()
            self._supposed.take(text)
            self._recent.append(text)
            self._out.prose(text + "\n")
            return
        path = self._whole_path(fence.info)
        if path:
            if self._passed_over:
                self._out.problem(
                    f"it is unclear whether {self._passed_over[:40]!r} names a file",
                    whole_answer=True,
                )
                self._passed_over = ""
            if self._edit_format is EditFormat.AUTO:
                self._edit_format = EditFormat.WHOLE
            self._parser = whole.WholeParser(self._out, path, fence)
            return
        self._fences.append(fence)
        if fence.language not in _NO_FILES:
            self._supposed.begin(self._out.line)
        self._recent.append(text)
        self._out.prose(text + "\n")

    @property
    def _fence_mark(self) -> str:
        """The line that closes the fence which a block stands in."""
        return self._fences[-1].indent + self._fences[-1].mark if self._fences else ""

    def _closes(self, fence: Fence) -> bool:
        """Whether a fence ends an open one, and with it those that stand inside that one."""
        if fence.info:
            return False
        for n in range(len(self._fences) - 1, -1, -1):
            if fence.may_close(self._fences[n]):
                del self._fences[n:]
                return True
        return False

    def _whole_path(self, info: str) -> str:
        """The file a fence holds, or "" where it is only an illustration."""
        if not self._allows(EditFormat.WHOLE):
            return ""
        language, _, label = info.replace(":", " ").partition(" ")
        above = next((line for line in reversed(self._recent) if line.strip()), "")
        again = self._edit_format is EditFormat.WHOLE
        named = self._names.named_by(above, loose=again, sentence=False)
        if language.lower() in _NO_FILES:
            return self._odd_language(named)
        for word in (label.strip(), language):
            if "." in word and (path := self._names.named_by(word)):
                return path
        if named and (self._edit_format in _OWN or self._is_file(named)):
            return named
        if self._wanted is EditFormat.WHOLE:
            return self._names.only
        alone = self._edit_format is EditFormat.AUTO
        if alone and self._names.named_by(above, loose=True, sentence=False):
            self._passed_over = above.strip()
        return ""

    def _is_file(self, named: str) -> bool:
        """Whether a name beside edits of another form is one of a file, and no words."""
        return self._names.knows(named) or may_be_new(named, ())

    def _odd_language(self, named: str) -> str:
        """The named file of a fence with commands or a diff, where it is there and made of such."""
        if not named.endswith((*_DIFFS, *_SCRIPTS)):
            return ""
        if self._names.knows(named):
            return named
        if self._names.any:
            self._passed_over = named
        return ""
