"""Blocks in order and the rows they make: where each stands, painted rows kept while true."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict

from textual.strip import Strip

from spark_tui.ui.style.highlight import Colourist
from spark_tui.ui.style.row_paint import Look, RowView, paint_row
from spark_tui.ui.transcript.blocks import TranscriptBlock
from spark_tui.ui.transcript.hunk_block import HunkBlock

STRIPS = 4096
"""Painted rows kept for blocks out of sight."""


class Rows:
    """All blocks in order. Rows are counted from 0 over the whole transcript."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.blocks: list[TranscriptBlock] = []
        self.built = 0
        self._starts: list[int] = [0]
        self._recent: OrderedDict[TranscriptBlock, None] = OrderedDict()

    # ---------------------------------------------------------------- rows

    @property
    def height(self) -> int:
        """Rows of the whole transcript."""
        return self.start_of_index(len(self.blocks))

    def start(self, block: TranscriptBlock) -> int:
        """The row on which a block begins."""
        return self.start_of_index(block.index)

    def __contains__(self, block: TranscriptBlock) -> bool:
        """True while the block is part of the transcript."""
        return block.index < len(self.blocks) and self.blocks[block.index] is block

    def start_of_index(self, index: int) -> int:
        """The row on which block number `index` begins."""
        starts = self._starts
        while len(starts) <= index:
            starts.append(starts[-1] + self.blocks[len(starts) - 1].height)
        return starts[index]

    def at(self, row: int) -> tuple[TranscriptBlock, int] | None:
        """The block on `row` and the row inside it; None outside the transcript."""
        if not 0 <= row < self.height:
            return None
        index = bisect_right(self._starts, row, hi=len(self.blocks) + 1) - 1
        block = self.blocks[index]
        return block, row - self._starts[index]

    def view(self, row: int) -> RowView | None:
        """What a row says."""
        found = self.at(row)
        return None if found is None else found[0].view(found[1], self.look)

    def strip(self, row: int) -> Strip | None:
        """A row as painted, from the cache where it is still true."""
        found = self.at(row)
        if found is None:
            return None
        block, inside = found
        strip = block.strips.get(inside)
        if strip is None:
            strip = block.strips[inside] = paint_row(block.view(inside, self.look), self.look)
            self.built += 1
            self._keep(block)
        return strip

    def colour(self, top: int, height: int, colourist: Colourist) -> bool:
        """Colour the blocks on these rows; False while there is more to do than fits in a frame."""
        found = self.at(max(0, top))
        if found is None:
            return True
        done, until = True, colourist.budget()
        for index in range(found[0].index, len(self.blocks)):
            if self.start_of_index(index) >= top + height:
                break
            done = self.blocks[index].colour(colourist, until) and done
        return done

    def _keep(self, block: TranscriptBlock) -> None:
        recent = self._recent
        recent[block] = None
        recent.move_to_end(block)
        if self.built % 512 == 0:
            total = sum(len(b.strips) for b in recent)
            while total > STRIPS and recent:
                old, _ = recent.popitem(last=False)
                total -= len(old.strips)
                old.forget()

    def relayout(self, look: Look) -> None:
        """Count and paint everything anew: another width, theme or form."""
        self.look = look
        for block in self.blocks:
            block.layout(look)
        self._starts = [0]
        self._recent.clear()

    def repaint(self, look: Look) -> None:
        """Paint everything anew; the rows stay."""
        self.look = look
        for block in self.blocks:
            block.forget()

    def remeasure(self, block: TranscriptBlock, *, repaint: bool = True) -> None:
        """A block's content changed: count its rows again."""
        before = block.height
        if repaint:
            block.layout(self.look)
        elif isinstance(block, HunkBlock):
            block.measure(self.look)
        if block.height != before:
            del self._starts[block.index + 1 :]

    # ---------------------------------------------------------------- blocks

    def insert(self, index: int, block: TranscriptBlock) -> None:
        """Put a block before block number `index`."""
        self.blocks.insert(index, block)
        for n in range(index, len(self.blocks)):
            self.blocks[n].index = n
        block.layout(self.look)
        del self._starts[index + 1 :]

    def remove(self, block: TranscriptBlock) -> None:
        """Take a block out."""
        del self.blocks[block.index]
        for n in range(block.index, len(self.blocks)):
            self.blocks[n].index = n
        del self._starts[block.index + 1 :]
        self._recent.pop(block, None)
