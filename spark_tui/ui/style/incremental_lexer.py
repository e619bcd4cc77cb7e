"""Pygments, made to start in the middle: tokens per line, and states to go on from.

A lexer of Pygments reads from the start with one state on its stack. Ours may start at any match
boundary it noted before, with the stack it had there, so that a growing text costs what is new.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer
from pygments.token import Comment, Error, String, Token, Whitespace, _TokenType

from spark_tui.ui.style.row_paint import StyledRange

MARGIN = 2
"""Checkpoints a growing text is lexed again from: the last ones may rest on unfinished text."""

FAR = 8192
"""Characters after which an unclosed comment opener is no longer gone back to."""

_RESUME = "_spark_resume"


class Checkpoint(NamedTuple):
    """A match boundary: offset in the text, and the lexer's state stack there."""

    pos: int
    stack: tuple[str, ...]


class _Resume(NamedTuple):
    start: Checkpoint
    note: Callable[[Checkpoint], None]


def resumable(lexer: Lexer) -> bool:
    """True for lexers whose whole state is the stack: plain `RegexLexer`s and filters over them."""
    return isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)


def tokens_from(
    lexer: Lexer, text: str, start: Checkpoint, note: Callable[[Checkpoint], None]
) -> Iterator[tuple[int, _TokenType, str]]:
    """(offset, type, text) from `start` on; `note` hears one checkpoint per line crossed.

    Lexers that are not `resumable` always start at 0 and note nothing.
    """
    if resumable(lexer):
        _install()
        lexer.__dict__[_RESUME] = _Resume(start, note)
    return iter(lexer.get_tokens_unprocessed(text))


_original = RegexLexer.get_tokens_unprocessed


def _install() -> None:
    """Let every RegexLexer start at a checkpoint; without one it works as Pygments made it."""
    if RegexLexer.get_tokens_unprocessed is _original:
        # Lexers such as C's filter the tokens of the base class by name: it is the only place.
        RegexLexer.get_tokens_unprocessed = _maybe_resumed  # type: ignore[assignment,method-assign]


def _maybe_resumed(
    lexer: Any, text: str, stack: Iterable[str] = ("root",)
) -> Iterator[tuple[int, _TokenType, str]]:
    resume = lexer.__dict__.pop(_RESUME, None)  # popped: lexers nested in this one must not see it
    if resume is None:
        yield from _original(lexer, text, stack)
    else:
        yield from _resumed(lexer, text, resume)


def _resumed(lexer: Any, text: str, resume: _Resume) -> Iterator[tuple[int, _TokenType, str]]:
    """The loop of `RegexLexer.get_tokens_unprocessed`, from a checkpoint and noting others.

    The rules of the loop are Pygments' own: first match wins, new states push and pop, a newline
    nothing matches resets to root, any other character nothing matches is an error token.
    """
    tables = lexer._tokens
    pos, stack = resume.start.pos, list(resume.start.stack)
    rules = tables[stack[-1]]
    line_end = text.find("\n", pos)
    while True:
        for match, action, new_state in rules:
            found = match(text, pos)
            if not found:
                continue
            if action is not None:
                if type(action) is _TokenType:
                    yield pos, action, found.group()
                else:
                    yield from action(lexer, found)
            pos = found.end()
            if new_state is not None:
                _turn(stack, new_state)
                rules = tables[stack[-1]]
            break
        else:
            if pos >= len(text):
                return
            if text[pos] == "\n":
                stack = ["root"]
                rules = tables["root"]
                yield pos, Whitespace, "\n"
            else:
                yield pos, Error, text[pos]
            pos += 1
        if pos > line_end >= 0:
            resume.note(Checkpoint(pos, tuple(stack)))
            line_end = text.find("\n", pos)


def _turn(stack: list[str], new_state: Any) -> None:
    """Apply a rule's state change to the stack."""
    if isinstance(new_state, tuple):
        for name in new_state:
            if name == "#pop":
                if len(stack) > 1:
                    stack.pop()
            elif name == "#push":
                stack.append(stack[-1])
            else:
                stack.append(name)
    elif isinstance(new_state, int):
        del stack[max(1, len(stack) + new_state) :]
    else:
        stack.append(stack[-1])


# ------------------------------------------------------------------- tokens per line

_ROLES = {
    Token.Keyword: "keyword",
    Token.Keyword.Type: "type",
    Token.Keyword.Constant: "constant",
    Token.Name.Function: "function",
    Token.Name.Class: "class",
    Token.Name.Builtin: "builtin",
    Token.Name.Builtin.Pseudo: "variable",
    Token.Name.Exception: "class",
    Token.Name.Decorator: "decorator",
    Token.Name.Attribute: "attribute",
    Token.Name.Property: "attribute",
    Token.Name.Constant: "constant",
    Token.Name.Tag: "tag",
    Token.Name.Variable: "variable",
    Token.Name.Entity: "escape",
    Token.Name.Label: "decorator",
    Token.Literal: "string",
    Token.Literal.Number: "number",
    Token.Literal.String: "string",
    Token.Literal.String.Escape: "escape",
    Token.Literal.String.Interpol: "escape",
    Token.Comment: "comment",
    Token.Comment.Preproc: "decorator",
    Token.Comment.PreprocFile: "string",
    Token.Operator: "operator",
    Token.Operator.Word: "keyword",
    Token.Punctuation: "punctuation",
    Token.Generic.Heading: "heading",
    Token.Generic.Subheading: "heading",
    Token.Generic.Emph: "emphasis",
}

_known: dict[_TokenType, str] = {}


def role_of(token: _TokenType) -> str:
    """The theme role `syntax.…` of a token type, by its nearest known ancestor; "" is plain."""
    role = _known.get(token)
    if role is None:
        near: _TokenType | None = token
        while near is not None and near not in _ROLES:
            near = near.parent
        role = _known[token] = f"syntax.{_ROLES[near]}" if near is not None else ""
    return role


class LineSpans:
    """Coloured ranges, line by line, of a text whose tokens are added in order."""

    def __init__(self) -> None:
        self.lines: list[list[StyledRange]] = [[]]
        self._starts = [0]

    def __len__(self) -> int:
        return len(self.lines)

    def line_at(self, pos: int) -> int:
        """The line (from 0) that holds offset `pos`."""
        return bisect_right(self._starts, pos) - 1

    def cut(self, pos: int) -> int:
        """Forget everything from offset `pos` on; returns its line."""
        line = self.line_at(pos)
        del self.lines[line + 1 :]
        del self._starts[line + 1 :]
        column = pos - self._starts[line]
        # A new list: who asked for this line's ranges before keeps what was true then.
        self.lines[line] = [
            (a, min(b, column), role) for a, b, role in self.lines[line] if a < column
        ]
        return line

    def add(self, pos: int, token: _TokenType, text: str) -> None:
        """The next token; its text may hold newlines."""
        role = role_of(token)
        first, *rest = text.split("\n")
        self._put(pos - self._starts[-1], first, role)
        pos += len(first)
        for part in rest:
            pos += 1
            self._starts.append(pos)
            self.lines.append([])
            self._put(0, part, role)
            pos += len(part)

    def _put(self, column: int, text: str, role: str) -> None:
        if not text or not role:
            return
        line = self.lines[-1]
        if line and line[-1][1] == column and line[-1][2] == role:
            line[-1] = (line[-1][0], column + len(text), role)
        else:
            line.append((column, column + len(text), role))


class IncrementalLexer:
    """Colours a text that grows at its end. `lexed` counts characters lexed in all."""

    def __init__(self, lexer: Lexer, *, block_comments: bool = False) -> None:
        self._lexer = lexer
        self._guarded = block_comments
        self._text = ""
        self._settled = 0
        self._points = [Checkpoint(0, ("root",))]
        self._opener: int | None = None
        self._harmless = -1
        self.spans = LineSpans()
        self.lexed = 0

    def feed(self, settled: str, tail: str = "") -> int:
        """Append `settled`; `tail` is shown behind it until the next call replaces it.

        Returns the first line whose ranges may have changed.
        """
        before = self._settled
        self._text = self._text[:before] + settled + tail
        self._settled = before + len(settled)
        return self._lex(self._start(before))

    def _start(self, before: int) -> int:
        """Number of the checkpoint to start from."""
        points = self._points
        index = max(0, bisect_right(points, before, key=lambda p: p.pos) - 1 - MARGIN)
        opener = self._unclosed()
        if opener is not None:
            index = min(index, max(0, bisect_right(points, opener, key=lambda p: p.pos) - 1))
        self._opener = opener
        return index

    def _unclosed(self) -> int | None:
        """Offset of the last `/*` that is not closed: rules for comments match only whole ones."""
        if not self._guarded:
            return None
        text = self._text
        at = text.rfind("/*", max(0, len(text) - FAR))
        if at < 0 or at == self._harmless or text.find("*/", at + 2) >= 0:
            # It may have been closed just now: then it is lexed once more as a whole.
            return self._opener
        return at

    def _lex(self, index: int) -> int:
        points, spans, opener = self._points, self.spans, self._opener
        start = points[index]
        del points[index + 1 :]
        line = spans.cut(start.pos)
        self.lexed += len(self._text) - start.pos
        inside: _TokenType | None = None
        for pos, token, text in tokens_from(self._lexer, self._text, start, points.append):
            spans.add(pos, token, text)
            if opener is not None and pos <= opener < pos + len(text):
                inside = token
        if (
            opener is not None
            and inside is not None
            and any(kind in (String, Comment) for kind in inside.split())
        ):
            self._harmless, self._opener = opener, None
        return line
