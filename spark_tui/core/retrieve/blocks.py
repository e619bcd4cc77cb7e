"""A file as blocks: its functions, classes and methods, and windows of what stands between.

Definitions are found by how a line begins, and end where the indentation says so: formatted code
of every usual language is indented. No parser reads a file here, so none can be made to hang.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.text import split_lines
from spark_tui.core.regex import regex
from spark_tui.core.retrieve.listed import listed

LONGEST = 120
"""Lines of the longest block."""

WINDOW = 40
"""Lines of a block where nothing is defined."""

SMALL = 24
"""A class up to so many lines is one block, methods and all."""

WIDEST = 400
"""Characters of a line that are looked at."""

OUTLINED = 160
"""Characters of an outline's line."""


class Block(NamedTuple):
    """Lines of a file that belong together; 1-based, inclusive.

    `kind` is "function", "class", "section", "imports" or "lines"; `symbol` what it defines, "" for
    lines; `enclosing` the names round it, outermost first, with dots between.
    """

    first: int
    last: int
    kind: str
    symbol: str
    enclosing: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an outline: a definition's first line, without its indentation's excess."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FileBlocks:
    """A file's blocks in order, every line in exactly one; `lines` is how many there are.

    `header` is the span of the imports at its top, None where it has none. `outline` has the
    definitions' lines. `imports` is what the file imports, as it is written there.
    """

    lines: int
    blocks: tuple[Block, ...]
    header: tuple[int, int] | None
    outline: tuple[Line, ...]
    imports: tuple[str, ...] = ()


@dataclass(slots=True)
class _Definition:
    """A definition's head: 0-based line, where what belongs to it begins, and how it is named."""

    line: int
    start: int
    end: int
    indent: int
    kind: str
    name: str


_NAME = r"([A-Za-z_$][\w$]*)"
_MODIFIERS = (
    r"(?:(?:export|default|declare|abstract|async|public|private|protected|internal|static|final"
    r"|sealed|override|virtual|open|data|inline|suspend|pub(?:\([^)]{0,40}\))?|unsafe|const|extern"
    r"(?: \"[^\"]{0,20}\")?|partial|readonly|local|fileprivate|mutating|implicit|lazy|case|inner"
    r"|companion|tailrec|operator|noinline|crossinline|synchronized|native|strictfp|get|set)\s+)*"
)
_KEYWORD = regex(
    rf"{_MODIFIERS}(def|class|function\*?|func|fn|interface|struct|enum(?: class)?|trait|impl"
    rf"|protocol|extension|object|record|module|mod|namespace|type|union|macro|defp|defmodule"
    rf"|defmacro|fun|sub|typealias|actor|proc|macro_rules!)\b(.*)",
)
_CLASSES = listed(
    "class interface struct enum trait impl protocol extension object record module mod namespace"
    " type union defmodule actor"
)
_AFTER = regex(r"[ \t]*(?:\([^()]{0,120}\)[ \t]*)?(?:<[^<>]{0,120}>[ \t]*)?" + _NAME)
_DOTTED_NAME = regex(r"[A-Za-z_$][\w$]*(?:(?:\.|::)[A-Za-z_$~][\w$]*)*[?!=]?")
_ASSIGNED = regex(
    rf"(?:(?:export|default|const|let|var|static|readonly|public|private|declare)\s+){{0,4}}{_NAME}"
    r"[ \t]*(?::[^=]{0,160})?=(?!=|>)[ \t]*(.{0,200})"
)
_MAKES_A_FUNCTION = regex(
    r"(?:async\b|function\b|\(|class\b|[\w$.]{1,60}(?:<[^<>]{0,80}>)?\(|\{|\[|<|[\w$]{1,40}[ \t]*=>"
    r"|memo\b|lambda\b)"
)
_EXPORTS = regex(rf"(?:module\.)?exports\.{_NAME}[ \t]*=|{_NAME}(?:\.prototype)?\.{_NAME} = ")
_TOLD = regex(r"(?:describe|it|test|context|suite|specify|scenario)(?:\.\w{1,20})?"
                   r"[ \t]*\(?[ \t]*[\"'`]([^\"'`]{1,120})")  # fmt: skip
_METHOD = regex(
    r"(?:(?:async|static|get|set|public|private|protected|readonly|override|abstract|constructor)"
    rf"[ \t]+){{0,4}}[*#]?{_NAME}[ \t]*(?:<[^<>]{{0,80}}>)?\("
)
_CONTROL = listed(
    "if for while switch catch return else do try throw await typeof elif with sizeof foreach case"
    " not and or in is super this"
)
_NOT_A_NAME = _CONTROL | listed(
    "new assert raise print using lock when match yield del defer go select until unless require"
    " include import from echo"
)
"""Words that begin statements. Each of the others than `_CONTROL` names functions somewhere."""

_NAMES_ALL = listed("def defp defmacro fn func")
"""Keywords behind which nothing but a name stands."""

_DECLARED = regex(r"[ \t]+[A-Za-z_$][\w$]*[ \t]*[(<{:]")
_DEFINE = regex(r"#[ \t]*define[ \t]+(\w+)")
_SHELL = regex(r"(?:function[ \t]+)?([\w:.-]+)[ \t]*\(\)[ \t]*\{?[ \t]*$")
_HEADING = regex(r"#{1,6}[ \t]+(\S.{0,120})")
_TARGET = regex(r"([A-Za-z0-9_./%-]+)[ \t]*::?(?!=)")
_TABLE = regex(r"\[{1,2}([^\]\n]{1,80})\]{1,2}[ \t]*$")
_LISP = regex(r"\((?:def[\w-]*|ns|cl-def\w+)[ \t]+([^\s()]{1,80})")
_SIGNATURE = regex(r"([a-z_][\w']*)[ \t]*::")
_CLOSING = regex(r"(?:[)\]}]|end\b|fi\b|done\b|esac\b|else\b|elif\b|elsif\b|except\b|finally\b"
                      r"|rescue\b|ensure\b|catch\b|when\b|case\b|default:|public:|private:"
                      r"|protected:|\{|-->|</)")  # fmt: skip
_LEADING = regex(r"(?:#(?!\s*(?:include|define|if|endif|else|undef|pragma))|//|/\*|\*|@|--|;"
                      r"|\"\"\"|'''|<!--|\[\w|template\b|%)")  # fmt: skip

_PYTHON = frozenset({"py", "pyi", "pyx"})
_SCRIPT = frozenset({"js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte"})
_SHELLS = frozenset({"sh", "bash", "zsh"})
_PROSE = frozenset({"md", "mdx", "markdown"})
_TYPED = listed(
    "c h cc cpp cxx hpp hh hxx cs java m mm php d dart cu ino groovy scala kt vala proto"
)
_LISPS = frozenset({"el", "clj", "cljs", "lisp", "scm", "rkt", "cljc"})
_FUNCTIONAL = frozenset({"hs", "elm", "purs"})
_DATA = listed("json yaml yml lock csv tsv txt xml svg html htm css scss less sql rst adoc po")

_IMPORT = regex(
    r"(?:import|from|use|using|require|require_relative|include|package|#\s*include|extern crate"
    r"|export .{0,120} from|(?:const|var|let) .{0,120}= ?require|load|source|open|alias"
    r"|local .{0,60}= ?require)\b(.{0,200})"
)
_IMPORTED = regex(r"[\"'<]([\w@./:+-]{1,120})[\"'>]|^[ \t]+([\w.:]{1,120})")


def ending(path: str) -> str:
    """What says which language a file is in: its ending, or the name of a makefile."""
    name = path.rpartition("/")[2]
    dot = name.rpartition(".")
    if name.lower() in {"makefile", "gnumakefile"}:
        return "mk"
    return dot[2].lower() if dot[1] else ""


def split(path: str, text: str) -> FileBlocks:
    """The blocks of a file, its imports and its outline."""
    return split_up(path, split_lines(text))


def split_up(path: str, whole: Sequence[str]) -> FileBlocks:
    """`split` of lines, with their endings."""
    if not whole:
        return FileBlocks(0, (), None, ())
    lines = [line[:WIDEST].rstrip("\r\n") for line in whole]
    kind = ending(path)
    indents = _indents(lines)
    found = _definitions(lines, indents, kind)
    header, imports = _header(lines, indents, kind)
    cuts = _Cutter(lines, indents, found, header[1] if header else 0).cut()
    outline = tuple(
        Line(one.line + 1, lines[one.line].rstrip()[:OUTLINED])
        for one in found
        if one.kind != "lines"
    )
    return FileBlocks(len(lines), tuple(cuts), header, outline, imports)


def _indents(lines: list[str]) -> list[int]:
    """Indentation of every line, a tab as four; -1 for blank ones."""
    out = []
    for line in lines:
        body = line.lstrip()
        if not body:
            out.append(-1)
            continue
        lead = line[: len(line) - len(body)]
        out.append(len(lead) + 3 * lead.count("\t"))
    return out


def _definitions(lines: list[str], indents: list[int], kind: str) -> list[_Definition]:
    """What the file defines, in order, each with the end of its body."""
    found: list[_Definition] = []
    prose = kind in _PROSE
    if kind in _DATA:
        return found
    fenced = False
    for at, line in enumerate(lines):
        indent = indents[at]
        if indent < 0 or indent > 24:
            continue
        body = line.strip()
        if prose:
            if body.startswith(("```", "~~~")):
                fenced = not fenced
            named = None if fenced else _heading(body)
        else:
            named = _named(body, indent, kind)
        if named is None:
            continue
        found.append(_Definition(at, at, at, indent, named[0], named[1][:80]))
    if prose:
        for one, after in zip_longest(found, found[1:]):
            one.end = (after.line if after else len(lines)) - 1
        return found
    _ends(found, lines, indents)
    return found


def _heading(body: str) -> tuple[str, str] | None:
    found = _HEADING.match(body)
    return ("section", found[1]) if found else None


def _named(body: str, indent: int, kind: str) -> tuple[str, str] | None:
    """What a line defines: kind and name."""
    if kind in _LISPS:
        found = _LISP.match(body)
        return ("function", found[1]) if found else None
    if kind in {"toml", "ini", "cfg"}:
        found = _TABLE.match(body)
        return ("section", found[1]) if found else None
    if kind == "mk":
        found = _TARGET.match(body) if not indent else None
        return ("function", found[1]) if found else None
    if kind in _SHELLS:
        found = _SHELL.match(body)
        return ("function", found[1]) if found else None
    if not (body[0].isalpha() or body[0] in "_$*#~<@[:"):
        return None
    found = _KEYWORD.match(body)
    if found:
        named = _by_keyword(found[1], found[2], body)
        if named is not None:
            return named
    if kind in _PYTHON or kind in {"rb", "go", "rs", "lua", "ex", "exs"}:
        return None
    if kind in _FUNCTIONAL:
        found = _SIGNATURE.match(body) if not indent else None
        return ("function", found[1]) if found else None
    if kind in _SCRIPT:
        return _script(body, indent)
    if kind in _TYPED or not kind:
        return _typed(body)
    return None


def _by_keyword(word: str, rest: str, body: str) -> tuple[str, str] | None:
    if rest[:1] not in {" ", "\t", "<", "(", "{", "["}:
        return None
    if word == "impl":
        name = rest.partition("{")[0].partition(" where ")[0].rpartition(" for ")[2]
        found = re.search(r"[A-Za-z_]\w*", name.lstrip("<").partition("> ")[2] or name)
        return ("class", found[0]) if found else None
    if word in {"type", "namespace", "union", "object", "module"} and (
        rest.lstrip()[:1] in {"=", ":", ",", ")", ".", "("} or body.endswith(",")
    ):
        return None
    dotted = _DOTTED_NAME.match(rest.lstrip()) if word in {"def", "class", "module"} else None
    found = dotted or _AFTER.match(rest)
    if found is None:
        return None
    name = found[0] if dotted else found[1]
    if name in _NOT_A_NAME and word not in _NAMES_ALL and not _DECLARED.match(rest):
        return None
    if body.endswith(";") and "{" not in body and word in _CLASSES and word not in {"type", "mod"}:
        return None  # a forward declaration
    return ("class" if word.split(maxsplit=1)[0] in _CLASSES else "function"), name


def _script(body: str, indent: int) -> tuple[str, str] | None:
    told = _TOLD.match(body)
    if told:
        return "function", told[1]
    found = _EXPORTS.match(body)
    if found:
        return "function", found[1] or found[3]
    found = _ASSIGNED.match(body)
    if found:
        plain = body.startswith(found[1])
        if (indent == 0 or not plain) and indent <= 4 and _MAKES_A_FUNCTION.match(found[2]):
            return ("function" if "(" in found[2] or "=>" in found[2] else "class"), found[1]
        return None
    if indent and body.endswith(("{", "(", ",", ") {")):
        found = _METHOD.match(body)
        statements = _CONTROL if body.endswith(") {") else _NOT_A_NAME
        if found and found[1] not in statements and body.endswith(("{", "(")):
            return "function", found[1]
    return None


def _typed(body: str) -> tuple[str, str] | None:
    """A function whose type stands before its name, as in C, Java and C#; or a macro."""
    found = _DEFINE.match(body)
    if found:
        return "lines", found[1]
    head, paren, _ = body.partition("(")
    if not paren or body.endswith((";", ",")) or "=" in head or head[0] in "#@[:":
        return None
    words = head.replace("*", " ").replace("&", " ").split()
    if not words or words[0] in _NOT_A_NAME or words[-1] in _CONTROL:
        return None
    name = re.search(r"[~\w]+$", words[-1])
    if name is None or name[0].isdigit() or (len(words) < 2 and "::" not in head):
        return None
    if any(mark in head for mark in "\"'+-/.{}|!?") and "..." not in head:
        return None
    return "function", name[0]


def _ends(found: list[_Definition], lines: list[str], indents: list[int]) -> None:
    """Set where every definition's body ends, and where its comments begin.

    It goes on until a line that is indented no further and closes nothing.
    """
    open_: list[_Definition] = []
    heads = {one.line: one for one in found}
    last = -1
    for at, indent in enumerate(indents):
        if indent < 0:
            continue
        if open_ and indent <= open_[-1].indent:
            closing = at not in heads and _CLOSING.match(lines[at].lstrip()) is not None
            while open_ and (
                indent < open_[-1].indent or (indent == open_[-1].indent and not closing)
            ):
                open_.pop().end = last
        head = heads.get(at)
        if head is not None:
            open_.append(head)
        last = at
    for one in open_:
        one.end = last
    for one in found:
        one.end = max(one.end, one.line)
        above = one.line - 1
        while (
            above >= 0
            and indents[above] == one.indent
            and one.line - above <= 30
            and above not in heads
            and _LEADING.match(lines[above].lstrip())
        ):
            above -= 1
        one.start = above + 1


class _Cutter:
    """Cuts a file into blocks, outermost definitions first."""

    def __init__(
        self, lines: list[str], indents: list[int], found: list[_Definition], header: int
    ) -> None:
        self._lines = lines
        self._header = header
        self._indents = indents
        self._found = found
        self._out: list[Block] = []

    def cut(self) -> list[Block]:
        """The blocks in order."""
        self._range(0, len(self._lines) - 1, self._found, "", "", "lines")
        return self._out

    def _range(
        self,
        first: int,
        last: int,
        found: list[_Definition],
        symbol: str,
        enclosing: str,
        kind: str,
    ) -> None:
        """Lines `first` to `last`, of which `found` are the definitions; the rest is windows."""
        inner = f"{enclosing}.{symbol}".strip(".") if symbol else enclosing
        at = first
        index = 0
        while index < len(found):
            one = found[index]
            after = index + 1
            while after < len(found) and found[after].line <= one.end:
                after += 1
            start, end = max(one.start, at), min(one.end, last)
            if start <= one.line <= end:
                self._rest(at, start - 1, symbol, enclosing, kind)
                self._definition(start, end, one, found[index + 1 : after], inner)
                at = end + 1
            index = after
        self._rest(at, last, symbol, enclosing, kind)

    def _definition(
        self, start: int, end: int, one: _Definition, inside: list[_Definition], enclosing: str
    ) -> None:
        size = end - start + 1
        whole = SMALL if one.kind == "class" else LONGEST if len(inside) < 3 else WINDOW * 2
        if size <= whole or not inside:
            if size <= LONGEST:
                self._add(start, end, one.kind, one.name, enclosing)
            else:
                self._windows(start, end, one.name, enclosing, one.kind)
            return
        self._range(start, end, inside, one.name, enclosing, one.kind)

    def _rest(self, first: int, last: int, symbol: str, enclosing: str, kind: str) -> None:
        """Lines between definitions: blank ones alone go to the block above."""
        if first > last:
            return
        if all(indent < 0 for indent in self._indents[first : last + 1]) and self._out:
            above = self._out[-1]
            if last + 1 - above.first < LONGEST:
                self._out[-1] = Block(
                    above.first, last + 1, above.kind, above.symbol, above.enclosing
                )
                return
        if first < self._header <= last:
            self._windows(first, self._header - 1, symbol, enclosing, "imports")
            first = self._header
        self._windows(first, last, symbol, enclosing, kind)

    def _windows(self, first: int, last: int, symbol: str, enclosing: str, kind: str) -> None:
        """Windows of about `WINDOW` lines, cut where a blank line or less indentation allows it."""
        if first > last:
            return
        while last - first + 1 > WINDOW + WINDOW // 2:
            cut = self._cut(first + WINDOW // 2, first + WINDOW)
            self._add(first, cut, kind, symbol, enclosing)
            first = cut + 1
        self._add(first, last, kind, symbol, enclosing)

    def _cut(self, least: int, most: int) -> int:
        """The line behind which to cut: the last blank one in reach, or the least indented."""
        indents = self._indents
        best, score = most - 1, 1000
        for at in range(most - 1, least - 1, -1):
            if indents[at] < 0:
                after = next((i for i in indents[at + 1 : at + 4] if i >= 0), 0)
                if after < score:
                    best, score = at, after
        return best

    def _add(self, first: int, last: int, kind: str, symbol: str, enclosing: str) -> None:
        self._out.append(Block(first + 1, last + 1, kind, symbol, enclosing))


def _header(
    lines: list[str], indents: list[int], kind: str
) -> tuple[tuple[int, int] | None, tuple[str, ...]]:
    """The span of the imports near the top, and what is imported."""
    if kind in _DATA or kind in _PROSE:
        return None, ()
    first = last = -1
    inside = False
    imported: dict[str, None] = {}
    for at in range(min(len(lines), 150)):
        if indents[at] < 0:
            continue
        line = lines[at]
        body = line.strip()
        found = _IMPORT.match(body)
        if inside or (found is not None and indents[at] <= 4):
            first = at if first < 0 else first
            last = at
            for quoted, bare in _IMPORTED.findall(body if inside else found[0] if found else ""):
                imported[quoted or bare] = None
            if found is not None and not inside:
                word = _IMPORTED.search(found[1])
                if word is not None:
                    imported[word[1] or word[2]] = None
                inside = body.endswith(("(", "{", "("))
            elif body.startswith((")", "}")):
                inside = False
    return ((first + 1, last + 1) if first >= 0 else None), tuple(imported)[:80]
