"""How a file may be written on disk: encodings, line endings, marks, indentation.

A world turns lines into bytes, for the file before and after, in a way of its own: nothing of the
engine is used here.
"""

from __future__ import annotations

import codecs
import difflib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.corpus.edits import Edit, made

Pair = tuple[bytes, bytes]
_NEAR = 12


@dataclass(frozen=True)
class World:
    """`encode` is None where the edit can't be had in this world.

    `prepare` changes both texts first, as with a line in letters of the encoding.
    """

    name: str
    encode: Callable[[Edit, random.Random], Pair | None]
    prepare: Callable[[Edit], Edit | None] = lambda edit: edit


def _text(lines: Sequence[str], end: str = "\n") -> str:
    return "".join(line + end for line in lines)


def _plain(edit: Edit, _: random.Random) -> Pair:
    return _text(edit.before).encode(), _text(edit.after).encode()


def _crlf(edit: Edit, _: random.Random) -> Pair:
    return _text(edit.before, "\r\n").encode(), _text(edit.after, "\r\n").encode()


def _marked(edit: Edit, rng: random.Random) -> Pair:
    before, after = _plain(edit, rng)
    return codecs.BOM_UTF8 + before, codecs.BOM_UTF8 + after


def _unended(edit: Edit, rng: random.Random) -> Pair | None:
    if _ends_earlier(edit) or "" in (edit.before[-1], edit.after[-1]):
        return None  # whether the line that is the last one now loses its ending is not known
    before, after = _plain(edit, rng)
    return before[:-1], after[:-1]


def _ends_earlier(edit: Edit) -> bool:
    """Whether the last lines go and nothing comes in their place."""
    matcher = difflib.SequenceMatcher(None, edit.before, edit.after, autojunk=False)
    return matcher.get_opcodes()[-1][0] == "delete"


def _utf16(edit: Edit, _: random.Random) -> Pair:
    mark = codecs.BOM_UTF16_LE
    before, after = (_text(lines).encode("utf-16-le") for lines in (edit.before, edit.after))
    return mark + before, mark + after


def _in(encoding: str) -> Callable[[Edit, random.Random], Pair | None]:
    def encode(edit: Edit, _: random.Random) -> Pair | None:
        new = set(edit.after) - set(edit.before)
        if not all(map(str.isascii, new)):
            return None  # what is added could only be guessed at
        try:
            before = _text(edit.before).encode(encoding)
            return before, _text(edit.after).encode(encoding)
        except UnicodeEncodeError:
            return None

    return encode


def _with_line(line: str) -> Callable[[Edit], Edit | None]:
    """The edit in a file that begins with a line in other letters."""

    def prepare(edit: Edit) -> Edit | None:
        return made(edit.name, edit.path, (line, *edit.before), (line, *edit.after))

    return prepare


def _tabbed(edit: Edit) -> Edit | None:
    """The edit in a file that is indented with tabs, where four blanks are its unit."""
    lines = [*edit.before, *edit.after]
    indents = {len(line) - len(line.lstrip(" ")) for line in lines if line.strip()}
    if any(line.startswith("\t") for line in lines) or any(n % 4 for n in indents):
        return None

    def tabs(text: str) -> str:
        return re.sub(r"^(?: {4})+", lambda m: "\t" * (len(m.group()) // 4), text)

    return made(edit.name, edit.path, [*map(tabs, edit.before)], [*map(tabs, edit.after)])


def _mixed(edit: Edit, rng: random.Random) -> Pair:
    """Lines end in two ways; new ones as the lines do that they replace, or stand beside."""
    ends = [rng.choice(("\n", "\r\n")) for _ in edit.before]
    matcher = difflib.SequenceMatcher(None, edit.before, edit.after, autojunk=False)
    changes = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    here = rng.choice(("\n", "\r\n"))
    for _, i1, i2, _, _ in changes:
        for i in range(max(0, i1 - _NEAR), min(len(ends), i2 + _NEAR)):
            ends[i] = here
    out: list[str] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        same = ends[i1:i2] if tag == "equal" else [here] * (j2 - j1)
        out += [line + end for line, end in zip(edit.after[j1:j2], same, strict=True)]
    before = "".join(line + end for line, end in zip(edit.before, ends, strict=True))
    return before.encode(), "".join(out).encode()


WORLDS = (
    World("utf-8", _plain),
    World("crlf", _crlf),
    World("marked", _marked),
    World("unended", _unended),
    World("tabs", _plain, _tabbed),
    World("utf-16", _utf16, _with_line("# naïve café 漢字")),
    World("latin-1", _in("latin-1"), _with_line("# Grüße aus Köln, naïve Leute, übermäßig")),
    World(
        "shift-jis", _in("shift_jis"), _with_line("# -*- coding: shift_jis -*- 日本語の説明です")
    ),
    World("mixed", _mixed),
)
