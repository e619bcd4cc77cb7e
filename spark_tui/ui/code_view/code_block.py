"""A file's lines as rows, with the instruction box hanging on the chosen ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import bare
from spark_tui.core.printable import TAB
from spark_tui.ui.code_view.line_selection import LineSelection
from spark_tui.ui.prompt.draft import Draft, is_chip
from spark_tui.ui.prompt.text_units import bounds
from spark_tui.ui.style.cells import cut_end, safe
from spark_tui.ui.style.highlight import Colourist, FileColours
from spark_tui.ui.style.row_paint import Look, RowView, StyledRange, StyledText
from spark_tui.ui.transcript.blocks import TranscriptBlock

BOX_ROWS = 6
"""Rows of the box at most; a longer instruction scrolls in it."""

_INDENT = 4


class CodeBlock(TranscriptBlock):
    """One file. `box` is the instruction being typed, None for no box.

    `note` stands below it: what would be sent, and keys, which are left out where there is no room.
    """

    def __init__(self, image: FileImage) -> None:
        super().__init__(0)
        self.image = image
        self.texts: tuple[str, ...] = tuple(bare(line) for line in image.lines) or ("",)
        self.lines = LineSelection(len(self.texts))
        self.box: Draft | None = None
        self.note = ("", "")
        self.seen = 0
        self._colours: FileColours | None = None
        self._below: list[RowView] = []
        self._caret = (0, 0)
        self.shift = 0
        self._digits = max(4, len(str(len(self.texts))))

    # ---------------------------------------------------------------- rows

    def layout(self, look: Look) -> None:
        """Count the rows anew and forget what was painted."""
        self.forget()
        self._below = [] if self.box is None else self._box_rows(self.box, look)
        self.height = len(self.texts) + len(self._below)

    def row_of(self, line: int) -> int:
        """The row on which line `line` (from 0) stands."""
        return line + (len(self._below) if line > self.lines.last else 0)

    def line_at(self, row: int) -> int | None:
        """The line on a row; None on the box."""
        below, last = len(self._below), self.lines.last
        if row <= last:
            return row
        return None if row <= last + below else row - below

    @property
    def caret(self) -> tuple[int, int]:
        """The cell, as (column, row), where what is typed goes; the chosen line without a box."""
        if self.box is None:
            return 0, self.row_of(self.lines.cursor)
        column, row = self._caret
        return column, self.lines.last + 1 + row

    @property
    def box_rows(self) -> int:
        """Rows the box takes."""
        return len(self._below)

    def scroll(self, columns: int, look: Look) -> bool:
        """Move all lines sideways."""
        widest = max(len(text.expandtabs(TAB)) for text in self.texts)
        most = widest - (look.width - self._digits - 5) if columns > 0 else self.shift
        shift = max(0, min(self.shift + columns, most))
        moved, self.shift = shift != self.shift, shift
        return moved

    def view(self, row: int, look: Look) -> RowView:
        """A line, or a row of the box."""
        line = self.line_at(row)
        if line is None:
            return self._below[row - self.lines.last - 1]
        chosen = line in self.lines
        mark = (">" if look.ascii_only else "▐") if chosen else " "
        gutter: tuple[StyledText, ...] = (
            (mark, "focus"),
            (f"{line + 1:>{self._digits + 1}}   ", "text" if chosen else "muted"),
        )
        ground = "select" if chosen and self.lines.selecting else ""
        spans: Sequence[StyledRange] = () if self._colours is None else self._colours.line(line)
        return RowView(self.texts[line], gutter, spans, "text", ground, shift=self.shift)

    def _box_rows(self, draft: Draft, look: Look) -> list[RowView]:
        layout = draft.layout(max(1, look.width - _INDENT - 2))
        row, column = draft.locate(layout)
        top = max(0, min(row - BOX_ROWS + 1, len(layout) - BOX_ROWS))
        self._caret = (_INDENT + column, row - top)
        out = []
        for number in range(top, min(top + BOX_ROWS, len(layout))):
            start, end = layout[number]
            lead = ("+ > " if look.ascii_only else "╰ › ") if number == 0 else " " * _INDENT
            at = draft.cursor - start if number == row else None
            parts = _shown(draft, draft.text[start:end], at)
            out.append(RowView("", ((lead, "focus"), *parts)))
        room = max(1, look.width - _INDENT)
        whole = "    ".join(filter(None, self.note))
        note = cut_end(safe(whole if len(whole) <= room else self.note[0] or self.note[1]), room)
        out.append(RowView("", ((" " * _INDENT + note, "muted"),)))
        return out

    # ---------------------------------------------------------------- colours

    def colour(self, colourist: Colourist, until: Callable[[], bool]) -> bool:
        """Bring the colours up to line `seen`; False while `until` stopped it before."""
        path = self.image.path
        if colourist.plain(path) or not colourist.ready(path):
            return True  # its arrival is announced
        if self._colours is None:
            self._colours = colourist.file(self.image)
            self.forget()
        if self._colours.reached(self.seen):
            return True
        before = self._colours.lexed
        done = self._colours.work(self.seen, until)
        self.forget(self.row_of(max(0, before - 1)))
        return done


def _shown(draft: Draft, text: str, cursor: int | None) -> list[StyledText]:
    """One row of the draft with its cursor, as safe parts."""
    out: list[StyledText] = []
    for left, right in itertools.pairwise(bounds(text)):
        piece = text[left:right]
        chip = is_chip(piece[0])
        shown = draft.shown(piece)
        out.append((shown, "cursor" if left == cursor else "link" if chip else "text"))
    if cursor is not None and cursor >= len(text):
        out.append((" ", "cursor"))
    return out
