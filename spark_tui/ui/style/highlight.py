"""Syntax colours for hunks: at once while they stream, exact once they are placed.

While a hunk is written each side is lexed as it grows. Once it has its place, lines of the file
are coloured as the file colours them, and new lines as they will be in the file with this hunk
applied. That is lexed in slices, so a long file never holds up a frame.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from threading import Thread
from typing import TYPE_CHECKING

from spark_tui.core.edits.model import FileImage, Hunk, Row
from spark_tui.ui.style.row_paint import StyledRange

if TYPE_CHECKING:
    from pygments.lexer import Lexer

    from spark_tui.ui.style.incremental_lexer import Checkpoint, IncrementalLexer


SLICE_NS = 2_000_000
"""Time a frame may spend on colours of placed hunks."""

LONG_LINE = 20_000
"""Characters on one line from which on a text is not coloured."""

LARGE = 2_000_000
"""Characters from which on a text is not coloured."""

FILES = 8
"""Files whose colours are kept."""

_BACK = 5
"""Checkpoints before a change from which its new lines are lexed: enough that what stood there
was settled before the first changed character could matter."""

_C = "pygments.lexers.c_cpp"
_JS = "pygments.lexers.javascript"
_JVM = "pygments.lexers.jvm"
_CONFIGS = "pygments.lexers.configs"

# Extension -> (module, class, has /* */ comments that match only whole). By name, because asking
# Pygments by file name loads every lexer's description.
_LEXERS: dict[str, tuple[str, str, bool]] = {
    "py": ("pygments.lexers.python", "PythonLexer", False),
    "pyi": ("pygments.lexers.python", "PythonLexer", False),
    "js": (_JS, "JavascriptLexer", True),
    "mjs": (_JS, "JavascriptLexer", True),
    "cjs": (_JS, "JavascriptLexer", True),
    "jsx": (_JS, "JavascriptLexer", True),
    "ts": (_JS, "TypeScriptLexer", True),
    "tsx": (_JS, "TypeScriptLexer", True),
    "go": ("pygments.lexers.go", "GoLexer", True),
    "rs": ("pygments.lexers.rust", "RustLexer", True),
    "c": (_C, "CLexer", True),
    "h": (_C, "CLexer", True),
    "cc": (_C, "CppLexer", True),
    "cpp": (_C, "CppLexer", True),
    "cxx": (_C, "CppLexer", True),
    "hpp": (_C, "CppLexer", True),
    "java": (_JVM, "JavaLexer", True),
    "kt": (_JVM, "KotlinLexer", True),
    "kts": (_JVM, "KotlinLexer", True),
    "scala": (_JVM, "ScalaLexer", True),
    "groovy": (_JVM, "GroovyLexer", True),
    "gradle": (_JVM, "GroovyLexer", True),
    "clj": (_JVM, "ClojureLexer", False),
    "cs": ("pygments.lexers.dotnet", "CSharpLexer", True),
    "swift": ("pygments.lexers.objective", "SwiftLexer", True),
    "m": ("pygments.lexers.objective", "ObjectiveCLexer", True),
    "rb": ("pygments.lexers.ruby", "RubyLexer", False),
    "php": ("pygments.lexers.php", "PhpLexer", True),
    "lua": ("pygments.lexers.scripting", "LuaLexer", False),
    "pl": ("pygments.lexers.perl", "PerlLexer", False),
    "ex": ("pygments.lexers.erlang", "ElixirLexer", False),
    "exs": ("pygments.lexers.erlang", "ElixirLexer", False),
    "erl": ("pygments.lexers.erlang", "ErlangLexer", False),
    "hs": ("pygments.lexers.haskell", "HaskellLexer", False),
    "ml": ("pygments.lexers.ml", "OcamlLexer", False),
    "zig": ("pygments.lexers.zig", "ZigLexer", False),
    "dart": ("pygments.lexers.javascript", "DartLexer", True),
    "jl": ("pygments.lexers.julia", "JuliaLexer", False),
    "r": ("pygments.lexers.r", "SLexer", False),
    "sh": ("pygments.lexers.shell", "BashLexer", False),
    "bash": ("pygments.lexers.shell", "BashLexer", False),
    "zsh": ("pygments.lexers.shell", "BashLexer", False),
    "css": ("pygments.lexers.css", "CssLexer", True),
    "tcss": ("pygments.lexers.css", "CssLexer", True),
    "scss": ("pygments.lexers.css", "ScssLexer", True),
    "html": ("pygments.lexers.html", "HtmlLexer", False),
    "xml": ("pygments.lexers.html", "XmlLexer", False),
    "sql": ("pygments.lexers.sql", "SqlLexer", True),
    "json": ("pygments.lexers.data", "JsonLexer", False),
    "yaml": ("pygments.lexers.data", "YamlLexer", False),
    "yml": ("pygments.lexers.data", "YamlLexer", False),
    "toml": (_CONFIGS, "TOMLLexer", False),
    "ini": (_CONFIGS, "IniLexer", False),
    "cfg": (_CONFIGS, "IniLexer", False),
    "tf": (_CONFIGS, "TerraformLexer", True),
    "nix": ("pygments.lexers.nix", "NixLexer", True),
    "proto": ("pygments.lexers.dsls", "ProtoBufLexer", True),
    "dockerfile": (_CONFIGS, "DockerLexer", False),
    "makefile": ("pygments.lexers.make", "MakefileLexer", False),
}


def language(path: str) -> str:
    """The key of a path's lexer: its extension, or its name where that says it; "" is none."""
    name = PurePosixPath(path).name.lower()
    key = name.rpartition(".")[2] if "." in name else name
    return key if key in _LEXERS else ""


def load_lexer(key: str) -> Lexer:
    """A new lexer; imports Pygments (some 50 ms the first time)."""
    from importlib import import_module

    module, name, _ = _LEXERS[key]
    lexer: Lexer = getattr(import_module(module), name)()
    return lexer


class FileColours:
    """Colours of one whole text, lexed from the start and only as far as somebody asked."""

    def __init__(self, key: str, lines: Sequence[str]) -> None:
        from spark_tui.ui.style.incremental_lexer import Checkpoint, LineSpans, tokens_from

        self.key = key
        self.text = "\n".join(lines)
        self.points: list[Checkpoint] = [Checkpoint(0, ("root",))]
        self.spans = LineSpans()
        self.done = too_large(lines)
        self._tokens: Iterator[tuple[int, object, str]] = (
            iter(())
            if self.done
            else tokens_from(load_lexer(key), self.text, self.points[0], self.points.append)
        )

    @property
    def lexed(self) -> int:
        """Lines that have colours so far."""
        return len(self.spans)

    def reached(self, line: int) -> bool:
        """True when line `line` (from 0) has all its colours."""
        return self.done or len(self.spans) > line + 1

    def work(self, line: int, until: Callable[[], bool]) -> bool:
        """Lex up to and including `line`; stops early when `until()`. True when it got there."""
        add = self.spans.add
        while not self.reached(line):
            for n, (pos, token, text) in enumerate(self._tokens):
                add(pos, token, text)  # type: ignore[arg-type]
                if n == 31:
                    break
            else:
                self.done = True
            if until():
                break
        return self.reached(line)

    def line(self, number: int) -> Sequence[StyledRange]:
        """Coloured ranges of line `number` (from 0), empty where it is not lexed."""
        lines = self.spans.lines
        return lines[number] if 0 <= number < len(lines) else ()


def too_large(lines: Sequence[str]) -> bool:
    """True for texts that are not coloured: `LONG_LINE` on one line or `LARGE` in all."""
    return max(map(len, lines), default=0) > LONG_LINE or sum(map(len, lines)) > LARGE


class HunkColours:
    """Colours of a placed hunk's rows."""

    def __init__(self, base: FileColours, hunk: Hunk, rows: Sequence[Row]) -> None:
        self._base = base
        self._span = hunk.base_span or (0, 0)
        self._new = [line.rstrip("\r\n") for line in hunk.new]
        self._after: _After | None = None
        old = [r.old_no for r in rows if r.old_no is not None]
        self._last_old = max(old, default=0) - 1
        self._place: list[tuple[bool, int]] = []
        # Counted here and not taken from the rows: theirs may count other kept hunks too.
        new = next((r.old_no - 1 for r in rows[:1] if r.old_no is not None), self._span[0])
        for row in rows:
            self._place.append((True, new) if row.tag == "+" else (False, (row.old_no or 0) - 1))
            new += row.tag != "-"

    def work(self, until: Callable[[], bool]) -> bool:
        """Go on until `until()`; True when all rows have their colours."""
        base, (start, end) = self._base, self._span
        if not base.work(max(self._last_old, start), until):
            return False
        if self._new and self._after is None:
            self._after = _After(base, start, end, self._new)
        return self._after is None or self._after.work(until)

    def spans(self, row: int) -> Sequence[StyledRange]:
        """Coloured ranges of a row."""
        if row >= len(self._place):
            return ()
        new, number = self._place[row]
        if not new:
            return self._base.line(number)
        return self._after.line(number) if self._after is not None else ()


class _After:
    """The file with one hunk applied, lexed from shortly before the change to its end."""

    def __init__(self, base: FileColours, start: int, end: int, new: Sequence[str]) -> None:
        from spark_tui.ui.style.incremental_lexer import Checkpoint, LineSpans, tokens_from

        lines = base.text.split("\n")
        before = sum(len(line) + 1 for line in lines[:start])
        index = max(0, bisect_right(base.points, before, key=lambda p: p.pos) - 1 - _BACK)
        point = base.points[index]
        # Text before the line of the checkpoint is not needed: lexers look back by their state.
        origin = base.text.rfind("\n", 0, point.pos) + 1
        self._first = base.text.count("\n", 0, origin)
        head = lines[self._first : start]
        text = "\n".join([*head, *new, *lines[end:]])
        self._last = start + len(new) - 1
        self._spans = LineSpans()
        self._done = too_large(new)
        self._tokens = tokens_from(
            load_lexer(base.key),
            text,
            Checkpoint(point.pos - origin, point.stack),
            lambda _: None,
        )

    def work(self, until: Callable[[], bool]) -> bool:
        while not self._done:
            for n, (pos, token, text) in enumerate(self._tokens):
                self._spans.add(pos, token, text)
                if n == 31:
                    break
            else:
                self._done = True
            self._done = self._done or len(self._spans) > self._last - self._first + 1
            if until():
                break
        return self._done

    def line(self, number: int) -> Sequence[StyledRange]:
        number -= self._first
        lines = self._spans.lines
        return lines[number] if 0 <= number < len(lines) else ()


class LiveColours:
    """Colours of a hunk while it is written: both sides are lexed as they grow."""

    def __init__(self, key: str) -> None:
        from spark_tui.ui.style.incremental_lexer import IncrementalLexer

        _, _, comments = _LEXERS[key]
        self._old: IncrementalLexer = IncrementalLexer(load_lexer(key), block_comments=comments)
        self._new: IncrementalLexer = IncrementalLexer(load_lexer(key), block_comments=comments)
        self._place: list[tuple[bool, int]] = []
        self._rows_of: dict[bool, list[int]] = {False: [], True: []}
        self._settled = 0
        self._off = False

    @property
    def lexed(self) -> int:
        """Characters lexed so far."""
        return self._old.lexed + self._new.lexed

    def grow(self, rows: Sequence[Row], settled: int) -> int:
        """All rows so far; those from number `settled` on are unfinished.

        Returns the first row whose colours may have changed.
        """
        if self._off:
            return len(rows)
        first = self._settled
        text: dict[bool, list[str]] = {False: [], True: []}
        tail: dict[bool, str] = {False: "", True: ""}
        del self._place[first:]
        for side in (False, True):
            known = self._rows_of[side]
            while known and known[-1] >= first:
                known.pop()
        for n in range(first, len(rows)):
            row = rows[n]
            if len(row.text) > LONG_LINE:
                self._off = True
                return first
            sides = [side for side in (False, True) if row.tag != ("-" if side else "+")]
            for side in sides:
                if n < settled:
                    text[side].append(row.text + "\n")
                else:
                    tail[side] += row.text
                self._rows_of[side].append(n)
            shown = sides[-1]
            self._place.append((shown, len(self._rows_of[shown]) - 1))
        self._settled = settled
        changed = first
        for side, lexer in ((False, self._old), (True, self._new)):
            if text[side] or tail[side]:
                line = lexer.feed("".join(text[side]), tail[side])
                known = self._rows_of[side]
                if line < len(known):
                    changed = min(changed, known[line])
        return changed

    def spans(self, row: int) -> Sequence[StyledRange]:
        """Coloured ranges of a row."""
        if self._off or row >= len(self._place):
            return ()
        new, line = self._place[row]
        lines = (self._new if new else self._old).spans.lines
        return lines[line] if line < len(lines) else ()


class Colourist:
    """Hands out colours, within a time budget, once Pygments is there.

    `warm` imports it in a thread; until that is done everything is plain.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._files: OrderedDict[tuple[str, str], FileColours] = OrderedDict()
        self._ready: set[str] = set()
        self._loading: set[str] = set()

    def warm(self, paths: Sequence[str], then: Callable[[], None] | None = None) -> None:
        """Load the lexers for these paths in the background; `then` is called in that thread."""
        keys = {language(p) for p in paths} - {""} - self._loading
        if not keys:
            return
        self._loading |= keys

        def load() -> None:
            import rapidfuzz.distance  # for the rows of hunks # noqa: F401

            import spark_tui.ui.style.incremental_lexer  # noqa: F401

            for key in sorted(keys):
                load_lexer(key)
                self._ready.add(key)
            if then is not None:
                then()

        Thread(target=load, name="lexers", daemon=True).start()

    def ready(self, path: str) -> bool:
        """True when colours for this path can be had without an import."""
        return language(path) in self._ready

    @property
    def loading(self) -> bool:
        """True while lexers are being imported."""
        return bool(self._loading - self._ready)

    def plain(self, path: str) -> bool:
        """True when this kind of file is never coloured."""
        return not language(path)

    def live(self, path: str) -> LiveColours:
        """Colours for a hunk that is being written; only when `ready`."""
        return LiveColours(language(path))

    def placed(self, image: FileImage | None, hunk: Hunk, rows: Sequence[Row]) -> HunkColours:
        """Colours for a hunk that has its place (or creates its file); only when `ready`."""
        return HunkColours(self._file(image, hunk.path), hunk, rows)

    def file(self, image: FileImage) -> FileColours:
        """Colours of a whole file, to be lexed as far as it is looked at; only when `ready`."""
        return self._file(image, image.path)

    def prefetch(self, image: FileImage, line: int, until: Callable[[], bool]) -> None:
        """Colour a file up to `line` (from 0) ahead of the hunk that will be placed there."""
        self._file(image, image.path).work(line, until)

    def budget(self) -> Callable[[], bool]:
        """A question that is answered True once this frame's time for colours is used up."""
        end = self._clock() + SLICE_NS
        return lambda: self._clock() >= end

    def _file(self, image: FileImage | None, path: str) -> FileColours:
        key = (language(path), image.sha if image is not None else "")
        found = self._files.get(key)
        if found is None:
            lines = [line.rstrip("\r\n") for line in image.lines] if image is not None else []
            found = self._files[key] = FileColours(key[0], lines)
        self._files.move_to_end(key)
        while len(self._files) > FILES:
            self._files.popitem(last=False)
        return found
