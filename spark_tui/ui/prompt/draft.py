"""The text of the prompt: editing as readline does it, by whole graphemes. Pure."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.pasted_blocks import Folded, blocks_of, label_of
from spark_tui.core.printable import is_plain, text_only
from spark_tui.core.regex import regex
from spark_tui.ui.input.typed import shown_as_typed
from spark_tui.ui.prompt.text_units import (
    at_column,
    bounds,
    line_end,
    line_start,
    word_end,
    word_start,
    wrap,
)
from spark_tui.ui.style.cells import cells

STAND_INS = range(0xD800, 0xDBFE)
"""Pasted blocks stand in the text as one of these each, so they move as one. They are halves of
UTF-16 pairs: no keyboard, file or paste holds one, and they never leave the draft.
"""

BANG, SLASH = "\udbff", "\udbfe"
"""A `!` or `/` that was typed at the start: the shell runs the line, or it names a command. Any
other is text, one that was pasted or recalled too.
"""

_MARKS = {"!": BANG, "/": SLASH}
_MEANT = {mark: character for character, mark in _MARKS.items()}

LARGE_PASTE_LINES = 8
LARGE_PASTE_CHARS = 2_000

UNDO_STEPS = 200

_NOT_IN_A_DRAFT = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udbff]")
_STANDING = regex("([\ud800-\udbff])")


def is_chip(char: str) -> bool:
    """True for the stand-in of a pasted block."""
    return ord(char) in STAND_INS


@dataclass(slots=True)
class Draft:
    """Text, cursor (an index into it, always on a grapheme boundary), and the last killed text.

    Many methods: one for each editing command of readline.
    """

    text: str = ""
    cursor: int = 0
    killed: str = ""
    pastes: dict[str, str] = field(default_factory=dict)
    _after_kill: tuple[str, int] = ("", -1)
    _past: list[tuple[str, int]] = field(default_factory=list)

    # ----------------------------------------------------------------- reading

    def expanded(self) -> Folded:
        """The text as it is sent: pasted blocks in full."""
        if not _STANDING.search(self.text):
            return Folded(self.text)
        pieces: list[str] = []
        blocks: list[tuple[int, int]] = []
        at = 0
        for char in self.text:
            piece = self.pastes.get(char, _MEANT.get(char, char))
            if char in self.pastes:
                blocks.append((at, at + len(piece)))
            pieces.append(piece)
            at += len(piece)
        return Folded("".join(pieces), blocks)

    @property
    def runs(self) -> bool:
        """True for a line that the shell runs: its first character is a `!` that was typed."""
        return self.text.lstrip().startswith(BANG)

    @property
    def command(self) -> str | None:
        """The name typed behind a `/` that was typed at the start; None where more is typed."""
        mark, name = self.text[:1], self.text[1:]
        return name if mark == SLASH and not any(c.isspace() or c == "/" for c in name) else None

    def shown(self, piece: str) -> str:
        """What a piece of the text looks like: harmless, blocks by their label."""
        if is_plain(piece):
            return piece
        out: list[str] = []
        for part in _STANDING.split(piece):
            if part in self.pastes:
                out.append(label_of(self.pastes[part]))
            else:
                out.append(_MEANT.get(part) or shown_as_typed(part))
        return "".join(out)

    # ----------------------------------------------------------------- changing

    def set(self, text: str) -> None:
        """Replace everything, blocks folded again; the cursor goes to the end."""
        out, at = [], 0
        for start, end in blocks_of(text):
            out += [_clean(text[at:start]), self._fold(text[start:end]) or _clean(text[start:end])]
            at = end
        self.text = "".join([*out, _clean(text[at:])])
        self.cursor = len(self.text)

    def put_back(self, text: str) -> None:
        """Text of this very draft, blocks and marks in it; the cursor goes to the end."""
        self.text, self.cursor = text, len(text)

    def clear(self) -> None:
        """Empty it; what was killed stays."""
        self.text = ""
        self.cursor = 0
        self._past.clear()
        if not any(is_chip(c) for c in self.killed):
            self.pastes.clear()

    def insert(self, text: str) -> None:
        """Put `text` at the cursor."""
        self._put(_clean(text))

    def paste(self, text: str) -> None:
        """Put pasted text at the cursor, as one block when it is large."""
        text = text_only(text).replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + 1
        large = lines > LARGE_PASTE_LINES or len(text) > LARGE_PASTE_CHARS
        self._put((large and self._fold(text)) or _clean(text))

    def mark(self, character: str) -> bool:
        """Type a `!` or `/` where it is one of the marks: at the start; False anywhere else.

        There it also stands for one that was pasted or recalled.
        """
        mark = _MARKS.get(character)
        if mark is None or self.text[: self.cursor].strip():
            return False
        same = self.text[self.cursor : self.cursor + 1] == character
        self.text = self.text[: self.cursor] + mark + self.text[self.cursor + same :]
        self.cursor += 1
        return True

    def save(self) -> None:
        """What is there now can be had again by `undo`; the same text is saved once."""
        if not self._past or self._past[-1][0] != self.text:
            self._past.append((self.text, self.cursor))
            del self._past[:-UNDO_STEPS]

    def undo(self) -> None:
        """Ctrl+_: the text as it was before the last change; nothing where it is the oldest."""
        while self._past:
            text, cursor = self._past.pop()
            if text != self.text:
                self.text, self.cursor = text, cursor
                return

    def backspace(self) -> None:
        """Delete the grapheme before the cursor."""
        self._delete(self._step(-1), self.cursor)

    def delete(self) -> None:
        """Delete the grapheme at the cursor."""
        self._delete(self.cursor, self._step(1))

    def kill_to_end(self) -> None:
        """Ctrl+K: to the end of the line, or the line break itself."""
        end = line_end(self.text, self.cursor)
        self._kill(self.cursor, end if end > self.cursor else min(end + 1, len(self.text)))

    def kill_to_start(self) -> None:
        """Ctrl+U: to the start of the line."""
        start = line_start(self.text, self.cursor)
        self._kill(start if start < self.cursor else max(start - 1, 0), self.cursor)

    def kill_word_back(self) -> None:
        """Ctrl+W: back over one run of non-spaces."""
        at = self.cursor
        while at and self.text[at - 1].isspace():
            at -= 1
        while at and not self.text[at - 1].isspace():
            at -= 1
        self._kill(at, self.cursor)

    def kill_small_word_back(self) -> None:
        """Alt+Backspace: back over one word of letters and digits."""
        self._kill(word_start(self.text, self.cursor), self.cursor)

    def kill_word(self) -> None:
        """Alt+D: to the end of the word."""
        self._kill(self.cursor, word_end(self.text, self.cursor))

    def yank(self) -> None:
        """Ctrl+Y: put back what was killed last."""
        self._put(self.killed)

    # ----------------------------------------------------------------- moving

    def move(self, step: int) -> None:
        """One grapheme left (-1) or right (1)."""
        self.cursor = self._step(step)

    def word(self, step: int) -> None:
        """One word left (-1) or right (1)."""
        self.cursor = (
            word_start(self.text, self.cursor) if step < 0 else word_end(self.text, self.cursor)
        )

    def line_edge(self, step: int) -> None:
        """To the start (-1) or the end (1) of the line."""
        self.cursor = (
            line_start(self.text, self.cursor) if step < 0 else line_end(self.text, self.cursor)
        )

    def vertical(self, step: int, width: int) -> bool:
        """One screen row up (-1) or down (1); False, and no move, at the edge."""
        rows = self.layout(width)
        row, column = self.locate(rows)
        target = row + step
        if not 0 <= target < len(rows):
            return False
        self.cursor = at_column(self.text, rows[target], column, self.cells)
        return True

    # ----------------------------------------------------------------- layout

    def cells(self, text: str) -> int:
        """Width of a piece of the draft on screen."""
        return cells(self.shown(text))

    def layout(self, width: int) -> list[tuple[int, int]]:
        """Screen rows as (start, end) of the text, wrapped at `width` cells, breaks at spaces."""
        rows: list[tuple[int, int]] = []
        start = 0
        for line in self.text.split("\n"):
            rows.extend(wrap(start, line, max(width, 1), self.cells))
            start += len(line) + 1
        return rows

    def locate(self, rows: list[tuple[int, int]]) -> tuple[int, int]:
        """(row, column in cells) of the cursor."""
        for number, (start, end) in enumerate(rows):
            last = number + 1 == len(rows) or rows[number + 1][0] > self.cursor
            if start <= self.cursor <= end and last:
                return number, self.cells(self.text[start : self.cursor])
        start, end = rows[-1]
        return len(rows) - 1, self.cells(self.text[start:end])

    # ----------------------------------------------------------------- parts

    def _fold(self, block: str) -> str:
        """What stands for a pasted block, "" where there are too many."""
        for char, text in self.pastes.items():
            if text == block:
                return char
        if len(self.pastes) == len(STAND_INS):
            return ""
        char = chr(STAND_INS[len(self.pastes)])
        self.pastes[char] = block
        return char

    def _put(self, text: str) -> None:
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def _delete(self, start: int, end: int) -> str:
        gone = self.text[start:end]
        self.text = self.text[:start] + self.text[end:]
        self.cursor = start
        return gone

    def _kill(self, start: int, end: int) -> None:
        again = (self.text, self.cursor) == self._after_kill
        backwards = end == self.cursor and start < end
        gone = self._delete(start, end)
        if gone:
            # As readline does: kills in a row are yanked together.
            kept = self.killed if again else ""
            self.killed = gone + kept if backwards else kept + gone
        self._after_kill = (self.text, self.cursor)

    def _step(self, step: int) -> int:
        edges = bounds(self.text)
        if step < 0:
            return max((e for e in edges if e < self.cursor), default=0)
        return min((e for e in edges if e > self.cursor), default=len(self.text))


def _clean(text: str) -> str:
    """Without what must not be in a draft: stand-ins of ours and control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_A_DRAFT.sub("", text).replace("\t", "    ")
