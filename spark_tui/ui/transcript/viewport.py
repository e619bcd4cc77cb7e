"""Which rows of the transcript are on the screen, and what holds still when they change."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass
from spark_tui.ui.transcript.blocks import TranscriptBlock
from spark_tui.ui.transcript.layout import Rows


@dataclass(slots=True)
class Anchor:
    """Row `inside` of `block` is on screen row `row`; `current`: the current hunk's header is."""

    block: TranscriptBlock
    inside: int
    row: int
    current: bool = False


class Viewport:
    """`height` rows of a document from row `top` on. `follow` keeps its end in sight.

    The view may reach beyond the end: what is on a row stays there when rows below go.
    """

    def __init__(self, document: Rows) -> None:
        self.document = document
        self.height = 0
        self.top = 0
        self.follow = True

    def holds(self, block: TranscriptBlock) -> bool:
        """True when the block's first row is on the screen."""
        return self.top <= self.document.start(block) < self.top + self.height

    def anchor(self, current: TranscriptBlock | None) -> Anchor | None:
        """What must stay on its row: the current hunk's header if it shows, else the first row."""
        if current is not None and self.holds(current):
            return Anchor(current, 0, self.document.start(current) - self.top, current=True)
        found = self.document.at(self.top)
        return None if found is None else Anchor(found[0], found[1], 0)

    def settle(self, anchor: Anchor | None) -> None:
        """After the rows changed: follow the end, or put the anchor back on its row."""
        document = self.document
        if not self.height:
            return
        if self.follow:
            self.top = max(self.top, document.height - self.height)
        elif anchor is not None and anchor.block in document:
            row = min(anchor.row, max(0, self.height - 1))
            inside = min(anchor.inside, max(0, anchor.block.height - 1))
            self.top = document.start(anchor.block) + inside - row
        self.top = max(0, min(self.top, document.height - 1))

    def reveal(self, block: TranscriptBlock) -> None:
        """Scroll as little as it takes to see the block's first row, and all others if they fit."""
        if not self.height:
            return
        start = self.document.start(block)
        end = start + block.solid
        if start < self.top:
            self.top = max(0, start - (1 if self.height > block.solid else 0))
        elif end > self.top + self.height:
            self.top = max(0, min(start, end - self.height))

    def eye_row(self, row: int, block: TranscriptBlock) -> int:
        """The row the eye is on, or one higher up where the block would not fit below it."""
        room = self.height - block.solid
        return min(row, room if room >= 0 else self.height // 4)

    def scroll(self, lines: int) -> bool:
        """Scroll by rows; True when that reached the end."""
        last = max(0, self.document.height - self.height)
        self.top = max(0, min(self.top + lines, max(last, self.top)))
        return lines > 0 and self.top >= last
