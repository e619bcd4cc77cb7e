"""The text of the prompt: editing as readline does it, by whole graphemes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.cells import cell_len

from spark_tui.ui.units import (
    at_column,
    bounds,
    line_end,
    line_start,
    word_end,
    word_start,
    wrap,
)

CHIP_BASE = 0xF0000
CHIP_LIMIT = 0xF00FF
"""Pasted blocks stand in the text as one private-use character each, so they move as one."""

LARGE_PASTE_LINES = 8
LARGE_PASTE_CHARS = 2_000

UNDO_STEPS = 200


def is_chip(char: str) -> bool:
    """True for the stand-in of a pasted block."""
    return CHIP_BASE <= ord(char) <= CHIP_LIMIT


@dataclass(slots=True)
class Draft:
    """Text, cursor (an index into it, always on a grapheme boundary), and the last killed text."""

    text: str = ""
    cursor: int = 0
    killed: str = ""
    pastes: list[str] = field(default_factory=list)
    _after_kill: tuple[str, int] = ("", -1)
    _past: list[tuple[str, int]] = field(default_factory=list)

    # ----------------------------------------------------------------- reading

    def expanded(self) -> str:
        """The text as it is sent: pasted blocks in full."""
        return "".join(self.pastes[ord(c) - CHIP_BASE] if is_chip(c) else c for c in self.text)

    def chip_label(self, char: str) -> str:
        """What a pasted block looks like in the prompt."""
        count = self.pastes[ord(char) - CHIP_BASE].count("\n") + 1
        return f"[pasted {count} line{'s' if count != 1 else ''}]"

    # ----------------------------------------------------------------- changing

    def set(self, text: str) -> None:
        """Replace everything; the cursor goes to the end."""
        self.text = _clean(text)
        self.cursor = len(self.text)

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
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + 1
        room = CHIP_LIMIT - CHIP_BASE
        if (lines > LARGE_PASTE_LINES or len(text) > LARGE_PASTE_CHARS) and len(self.pastes) < room:
            self.pastes.append(text)
            self._put(chr(CHIP_BASE + len(self.pastes) - 1))
        else:
            self.insert(text)

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
        if not any(is_chip(c) for c in text):
            return cell_len(text)
        return sum(cell_len(self.chip_label(c)) if is_chip(c) else cell_len(c) for c in text)

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
    return "".join(
        c for c in text if (c >= " " and c != "\x7f" and not is_chip(c)) or c in "\n\t"
    ).replace("\t", "    ")
