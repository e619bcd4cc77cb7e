"""A file's lines, looked up by what they say: built once per image, per level when first asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from enum import IntEnum

from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import bare
from spark_tui.core.regex import regex


class Level(IntEnum):
    """How forgiving a comparison of lines is; each level forgives what those before it do."""

    EXACT = 0
    RSTRIP = 1
    FOLD = 2
    STRIP = 3


_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
            " ",
        ),
    }
)


def fold(text: str) -> str:
    """Typographic dashes, quotes and spaces as their ASCII forms, in NFC."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY)


_NORMAL: dict[Level, Callable[[str], str]] = {
    Level.EXACT: lambda text: text,
    Level.RSTRIP: str.rstrip,
    Level.FOLD: lambda text: fold(text).rstrip(),
    Level.STRIP: lambda text: fold(text).strip(),
}

_DEFINITION = regex(
    r"^\s*(?:(?:export|default|pub(?:\([^)]*\))?|public|private|protected|static|abstract|final|"
    r"async|unsafe|const|inline|override|virtual)\s+)*"
    r"(?P<kind>def|class|func|fn|function|struct|enum|trait|impl|interface|type|module|mod)\b"
    r"\s*(?:\([^)]*\)\s*)?(?P<name>[\w.$]+)?"
)
_MOST_KEPT = 500
_RUNS = regex(r"[^\x00-\x7f]+[0-9@-~]?")
_CALLABLE = frozenset({"def", "func", "fn", "function"})


class LineIndex:
    """Lookup of line sequences in one file image. Line numbers are 0-based here."""

    def __init__(self, image: FileImage) -> None:
        self.image = image
        self.texts = [bare(line) for line in image.lines]
        self._ascii = all(map(str.isascii, self.texts))
        self._keys: dict[Level, list[str]] = {Level.EXACT: self.texts}
        self._at: dict[Level, dict[str, list[int]]] = {}
        self._found: dict[tuple[Level, tuple[str, ...]], list[int]] = {}
        self._definitions: dict[int, str] = {}
        self._runs: set[str] | None = None

    @property
    def runs(self) -> set[str]:
        """All that `runs_of` finds in the file."""
        if self._runs is None:
            self._runs = {run for text in self.texts for run in runs_of(text)}
        return self._runs

    def keys(self, level: Level) -> list[str]:
        """The file's lines, normalised for `level`."""
        if level not in self._keys:
            below = self.keys(Level(level - 1))
            if level == Level.FOLD and self._ascii:
                keys = below
            else:
                normal = str.strip if level == Level.STRIP and self._ascii else _NORMAL[level]
                keys = [normal(text) for text in self.texts]
            # levels that forgive nothing in this file share one list and one table
            self._keys[level] = below if keys == below else keys
        return self._keys[level]

    def positions(self, level: Level) -> dict[str, list[int]]:
        """Where each normalised line stands, ascending."""
        keys = self.keys(level)
        if level not in self._at and level and keys is self.keys(Level(level - 1)):
            self._at[level] = self.positions(Level(level - 1))
        if level not in self._at:
            at: dict[str, list[int]] = {}
            for i, key in enumerate(keys):
                at.setdefault(key, []).append(i)
            self._at[level] = at
        return self._at[level]

    def find(self, level: Level, pattern: Sequence[str]) -> list[int]:
        """All starts at which `pattern` stands in the file, ascending."""
        key = (level, tuple(pattern))
        if key not in self._found:
            if len(self._found) > _MOST_KEPT:
                self._found.clear()
            self._found[key] = self._find(level, pattern)
        return self._found[key]

    def _find(self, level: Level, pattern: Sequence[str]) -> list[int]:
        wanted = normalised(level, pattern)
        n = len(wanted)
        if not n or n > len(self.texts):
            return []
        if n == 1:
            return self.positions(level).get(wanted[0], [])
        at, keys = self.positions(level), self.keys(level)
        rarest, fewest = 0, len(keys) + 1
        for i, key in enumerate(wanted):
            places = at.get(key)
            if places is None:
                return []
            if len(places) < fewest:
                rarest, fewest = i, len(places)
        last = len(keys) - n
        return [
            start
            for p in at[wanted[rarest]]
            if 0 <= (start := p - rarest) <= last and keys[start : start + n] == wanted
        ]

    def defines(self, line: int) -> bool:
        """Whether a definition begins on 0-based `line`, as far as one line tells."""
        match = _DEFINITION.match(self.texts[line])
        return match is not None and bool(match["name"])

    def definition(self, line: int) -> str:
        """The innermost definition around 0-based `line`: `send()`, `Client`, or "".

        Found by indentation, which is right in tidy code and only ever used for words.
        """
        if not self.texts:
            return ""
        line = min(line, len(self.texts) - 1)
        if line not in self._definitions:
            self._definitions[line] = self._definition(line)
        return self._definitions[line]

    def _definition(self, line: int) -> str:
        limit = indent_width(self.texts[line]) if self.texts[line].strip() else None
        for i in range(line, max(-1, line - 2_000), -1):
            text = self.texts[i]
            if not text.strip():
                continue
            width = indent_width(text)
            if i != line and limit is not None and width >= limit:
                continue
            match = _DEFINITION.match(text)
            if match and match["name"]:
                return match["name"] + ("()" if match["kind"] in _CALLABLE else "")
            limit = width if limit is None else min(limit, width)
        return ""


def runs_of(text: str) -> list[str]:
    """Rows of characters outside ASCII, each with the one behind it.

    In an unknown encoding that one may be the second half of a character; blanks and most
    punctuation never are, and are left out.
    """
    return [] if text.isascii() else _RUNS.findall(text)


def normalised(level: Level, texts: Sequence[str]) -> list[str]:
    """`texts` as they are compared at `level`."""
    normal = _NORMAL[level]
    return [normal(text) for text in texts]


def indent_of(text: str) -> str:
    """Leading blanks of a line."""
    return text[: len(text) - len(text.lstrip(" \t"))]


def indent_width(text: str) -> int:
    """Columns of leading blanks, a tab counted as 4."""
    return len(indent_of(text).replace("\t", "    "))
