r"""What a model wants to find, as pieces of text that stand in one line in a given order.

Models write regular expressions. None is ever run: a pattern somebody else chose can take for
ever. It is read once, in time of its length, into alternatives of plain pieces; everything
between them (`.*`, `\w+`, a class, a group that is too much) is a gap. What is found is then a
little more than the expression would have found, in time of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from spark_tui.core.dataclass import dataclass

LONGEST = 300
"""Characters of the longest pattern that is read."""

_MOST_ALTERNATIVES = 16
_DEEPEST = 6
_SHORTEST = 2
_LONGEST_CLASS = 120
_NOTHING = "bBAZzG"
_CLASSES = "wWsSdDnrvfxupPXRhHk"

_Sequence = tuple[str, ...]
"""Single characters, "" for a gap."""

_GAP: tuple[_Sequence, ...] = (("",),)


class UnreadablePatternError(ValueError):
    """A pattern that nothing is looked up for; the words say why."""


@dataclass(frozen=True, slots=True)
class LinePattern:
    """Alternatives of pieces; a line fits one if it has all its pieces, one after the other."""

    alternatives: tuple[tuple[str, ...], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """One text for each alternative that a file must have for it: the longest piece."""
        return tuple(dict.fromkeys(max(pieces, key=len) for pieces in self.alternatives))

    def lines(self, lines: Sequence[str], *, fold: bool = False) -> list[int]:
        """1-based numbers of the lines that fit, without regard to case with `fold`."""
        texts = [text.lower() for text in lines] if fold else lines
        found: set[int] = set()
        for pieces in self.alternatives:
            wanted = tuple(piece.lower() for piece in pieces) if fold else pieces
            first, alone = wanted[0], len(wanted) == 1
            found.update(
                number
                for number, text in enumerate(texts, 1)
                if first in text and (alone or _has(text, wanted))
            )
        return sorted(found)


def plain(pattern: str) -> LinePattern:
    """The pattern as the text it is. Raises UnreadablePatternError."""
    _check(pattern)
    return LinePattern(((pattern,),))


def read(pattern: str) -> LinePattern:
    """The pattern as a loosely read regular expression. Raises UnreadablePatternError."""
    _check(pattern)
    parser = _Parser(pattern)
    found = parser.alternatives(0)
    kept = [pieces for pieces in map(_pieces, found) if _is_enough(pieces)]
    if not kept or len(kept) < len(found):
        # An alternative that anything fits would make the whole pattern fit everything.
        raise UnreadablePatternError("says too little: give some letters of what you look for")
    return LinePattern(tuple(dict.fromkeys(kept)))


def _check(pattern: str) -> None:
    if len(pattern) > LONGEST:
        raise UnreadablePatternError(f"is longer than {LONGEST} characters")
    if any(char in pattern for char in "\n\r\0"):
        raise UnreadablePatternError("must stand in one line")
    if not _is_enough((pattern,)):
        raise UnreadablePatternError("says too little: give some letters of what you look for")


def _is_enough(pieces: Sequence[str]) -> bool:
    return sum(not char.isspace() for piece in pieces for char in piece) >= _SHORTEST


def _has(line: str, pieces: Sequence[str]) -> bool:
    at = 0
    for piece in pieces:
        at = line.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _pieces(sequence: _Sequence) -> tuple[str, ...]:
    runs, run = [], ""
    for char in (*sequence, ""):
        if char:
            run += char
        elif run:
            runs.append(run)
            run = ""
    return tuple(run for run in runs if not run.isspace())


class _Parser:
    """One pass over a pattern; nothing in it is an error, what is odd stands for itself."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._closing = _closing(text)

    def alternatives(self, depth: int) -> tuple[_Sequence, ...]:
        """What stands up to the end, or to the parenthesis that closes this group."""
        text = self._text
        found: list[_Sequence] = []
        current: tuple[_Sequence, ...] = ((),)
        while self._at < len(text):
            char = text[self._at]
            if char == ")" and depth:
                break
            if char == "|":
                self._at += 1
                found += current
                current = ((),)
                continue
            atom = self._quantified(self._atom(depth))
            joined = [(*one, *two) for one, two in product(current, atom)]
            if len(joined) + len(found) > _MOST_ALTERNATIVES:
                joined = [(*one, "") for one in current]
            current = tuple(joined)
        found += current
        if len(found) > _MOST_ALTERNATIVES:
            if depth == 0:
                raise UnreadablePatternError("has too many alternatives")
            return _GAP
        return tuple(found)

    def _atom(self, depth: int) -> tuple[_Sequence, ...]:
        text, char = self._text, self._text[self._at]
        self._at += 1
        if char == "\\" and self._at < len(text):
            return self._escaped()
        if char in "^$":
            return ((),)
        if char == ".":
            return _GAP
        if char == "[":
            end = text.find("]", self._at + 1, self._at + _LONGEST_CLASS)
            if end < 0:
                return (("[",),)
            self._at = end + 1
            return _GAP
        if char == "(":
            return self._group(depth)
        return ((char,),)

    def _escaped(self) -> tuple[_Sequence, ...]:
        char = self._text[self._at]
        self._at += 1
        if char in _NOTHING:
            return ((),)
        if char == "t":
            return (("\t",),)
        return _GAP if char in _CLASSES or char.isdigit() else ((char,),)

    def _group(self, depth: int) -> tuple[_Sequence, ...]:
        text, start = self._text, self._at
        end = self._closing.get(start - 1)
        if end is None:
            return (("(",),)  # never closed: it stands for itself, as in `acquire(`
        if depth >= _DEEPEST or text.startswith(("?=", "?!", "?<=", "?<!"), start):
            self._at = end + 1
            return _GAP
        if text.startswith("?", start):
            head = next(i for i in range(start, end + 1) if text[i] in ":)>")
            self._at = min(head + 1, end)
        inner = self.alternatives(depth + 1)
        self._at = end + 1
        return inner

    def _quantified(self, atom: tuple[_Sequence, ...]) -> tuple[_Sequence, ...]:
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            low = 1
            if char in "*?":
                low, size = 0, 1
            elif char == "+":
                size = 1
            elif char == "{" and (size := self._braces()):
                low = 0 if text[self._at + 1] in "0," else 1
            else:
                break
            self._at += size
            atom = _GAP if low == 0 else tuple((*one, "") for one in atom)
        return atom

    def _braces(self) -> int:
        """The length of `{2,5}` here, 0 where the brace stands for itself."""
        end = self._text.find("}", self._at, self._at + 12)
        inside = self._text[self._at + 1 : end] if end > 0 else ""
        return end - self._at + 1 if inside and not inside.strip("0123456789,") else 0


def _closing(text: str) -> dict[int, int]:
    """Where each group of the pattern closes, by where it opens."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "(":
            waiting.append(at)
        elif char == ")" and waiting:
            found[waiting.pop()] = at
        at += 2 if char == "\\" else 1
    return found
