"""What the model looked at: one dim row each, and the row that asks where it may not yet."""

from __future__ import annotations

from spark_tui.core.events import LookResult
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells
from spark_tui.ui.style.row_paint import Look, RowView, StyledText
from spark_tui.ui.transcript.blocks import BLANK, INDENT, TranscriptBlock
from spark_tui.ui.transcript.hunk_rows import cut_words, words_view


class LooksBlock(TranscriptBlock):
    """The looks of one turn in order. `wants` asks the person; `current` says keys answer it."""

    def __init__(self, turn: int) -> None:
        super().__init__(turn)
        self.wants: tuple[str, ...] = ()
        self.current = False
        self._looks: list[LookResult] = []
        self._rows: list[tuple[str, str]] = []
        self._compact = False

    def append(self, look: LookResult) -> None:
        """One more; it is measured with the others."""
        self._looks.append(look)

    def layout(self, look: Look) -> None:
        """A row each, and a blank one where there is room; the newest only where there is none."""
        self.forget()
        self._compact = look.compact
        newest = self._looks[-1:] if self._compact else self._looks
        self._rows = [row for one in newest for row in words.looked(one)]
        rows = len(self._rows) + bool(self.wants)
        self.height = rows + (1 if rows and not self._compact else 0)

    def view(self, row: int, look: Look) -> RowView:
        """A look, what was kept back, the question, or the blank row after them."""
        room = look.width - INDENT - 1
        if row < len(self._rows):
            text, tail = self._rows[row]
            return words_view(cut_words(text, room - cells(tail)) + tail, "muted", INDENT)
        if not self.wants or row > len(self._rows):
            return BLANK
        ways = words.LOOKS_ANSWER if look.review else words.LOOKS_LEAD
        way = ways.text(look.where, look.keymap)
        asked = cut_words(words.wants(self.wants), room - cells(way) - 3)
        mark: StyledText = (look.bar, "focus") if self.current else (" ", "text")
        gutter = (mark, (f" {'?' if look.ascii_only else '○'} ", "open"))
        text = f"{asked}   {way}"
        return RowView(text, gutter, ((len(asked) + 3, len(text), "focus"),))
