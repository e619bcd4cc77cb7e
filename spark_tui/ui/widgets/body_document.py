"""The transcript as rows: folds events into blocks and knows where each block stands."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from textual.strip import Strip

from spark_tui.core.edits.model import FileImage, Hunk, HunkId, HunkState
from spark_tui.core.events import (
    Asked,
    Checked,
    Decided,
    Event,
    FileRead,
    Flushed,
    FlushRefused,
    HunkGrew,
    HunksGone,
    HunksSet,
    HunkStarted,
    Metered,
    Said,
    TurnEnded,
    Undone,
)
from spark_tui.core.meter import Reading
from spark_tui.core.wire import Ending
from spark_tui.ui import words
from spark_tui.ui.highlight import Colourist
from spark_tui.ui.paint import safe
from spark_tui.ui.widgets.body_blocks import (
    Block,
    ProseBlock,
    TurnBlock,
    WordsBlock,
)
from spark_tui.ui.widgets.body_hunk import UNDECIDED, HunkBlock
from spark_tui.ui.widgets.body_paint import Look, RowView, paint_row
from spark_tui.ui.widgets.body_turns import Turn, applied_words, ms

STRIPS = 4096
"""Painted rows kept for blocks out of sight."""

WITH_FILES = 4
"""Newest turns whose files are kept, for context lines and colours."""


class Document:
    """All blocks in order. Rows are counted from 0 over the whole transcript."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.blocks: list[Block] = []
        self.hunks: dict[HunkId, HunkBlock] = {}
        self.asking: dict[HunkId, HunkBlock] = {}
        self.built = 0
        self._written = 0
        self._turns: dict[int, Turn] = {}
        self._starts: list[int] = [0]
        self._recent: OrderedDict[Block, None] = OrderedDict()

    # ---------------------------------------------------------------- rows

    @property
    def height(self) -> int:
        """Rows of the whole transcript."""
        return self.start_of_index(len(self.blocks))

    def start(self, block: Block) -> int:
        """The row on which a block begins."""
        return self.start_of_index(block.index)

    def __contains__(self, block: Block) -> bool:
        """True while the block is part of the transcript."""
        return block.index < len(self.blocks) and self.blocks[block.index] is block

    def start_of_index(self, index: int) -> int:
        """The row on which block number `index` begins."""
        starts = self._starts
        while len(starts) <= index:
            starts.append(starts[-1] + self.blocks[len(starts) - 1].height)
        return starts[index]

    def at(self, row: int) -> tuple[Block, int] | None:
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

    def _keep(self, block: Block) -> None:
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

    def remeasure(self, block: Block, *, repaint: bool = True) -> None:
        """A block's content changed: count its rows again."""
        before = block.height
        if repaint:
            block.layout(self.look)
        elif isinstance(block, HunkBlock):
            block.measure(self.look)
        if block.height != before:
            del self._starts[block.index + 1 :]

    # ---------------------------------------------------------------- hunks in order

    def of_turn(self, turn: int) -> Sequence[HunkBlock]:
        """The hunks of one turn, top to bottom."""
        found = self._turns.get(turn)
        return found.hunks if found else ()

    @property
    def last_turn(self) -> int | None:
        """The newest turn's number."""
        return next(reversed(self._turns), None)

    def undecided(self) -> list[HunkBlock]:
        """Hunks that ask for a decision, top to bottom."""
        return sorted(self.asking.values(), key=lambda b: b.index)

    def next_hunk(self, index: int, step: int, *, only_open: bool) -> HunkBlock | None:
        """The next hunk after (before, with a negative step) block number `index`."""
        index += 1 if step > 0 else -1
        while 0 <= index < len(self.blocks):
            block = self.blocks[index]
            if isinstance(block, HunkBlock) and (not only_open or block.id in self.asking):
                return block
            index += 1 if step > 0 else -1
        return None

    def _sort_out(self, block: HunkBlock) -> None:
        if block.hunk.state in UNDECIDED:
            self.asking[block.id] = block
        else:
            self.asking.pop(block.id, None)

    # ---------------------------------------------------------------- blocks

    def insert(self, index: int, block: Block) -> None:
        """Put a block before block number `index`."""
        self.blocks.insert(index, block)
        for n in range(index, len(self.blocks)):
            self.blocks[n].index = n
        block.layout(self.look)
        del self._starts[index + 1 :]

    def remove(self, block: Block) -> None:
        """Take a block out."""
        del self.blocks[block.index]
        for n in range(block.index, len(self.blocks)):
            self.blocks[n].index = n
        del self._starts[block.index + 1 :]
        self._recent.pop(block, None)

    def _append(self, turn: Turn, block: Block) -> None:
        """Put a block at the end of its turn."""
        before = turn.end
        if before is not None:
            self.insert(before.index, block)
            return
        index = len(self.blocks)
        while index and self.blocks[index - 1].turn > turn.header.turn:
            index -= 1
        self.insert(index, block)

    def note(self, turn_id: int, text: str) -> None:
        """Dim lines at the end of a turn (0: at the end of everything)."""
        lines = [safe(line) for line in text.split("\n")]
        block = WordsBlock(turn_id or (self.last_turn or 0), lines)
        turn = self._turns.get(block.turn)
        index = len(self.blocks)
        while turn is not None and index and self.blocks[index - 1].turn > block.turn:
            index -= 1
        self.insert(index, block)

    # ---------------------------------------------------------------- events

    def apply(self, event: Event) -> None:
        """Fold one event. Unknown turns and hunks are ignored."""
        match event:
            case Asked(turn=turn, text=text, context=context, tokens=tokens):
                if turn not in self._turns:
                    header = TurnBlock(turn, text, context, tokens, first=not self._turns)
                    self._turns[turn] = Turn(header)
                    self._let_go()
                    self.insert(len(self.blocks), header)
            case Said(turn=turn, text=text):
                self._said(turn, text)
            case FileRead(turn=turn, file=file, image=image):
                self._file_read(turn, file, image)
            case HunkStarted(id=hunk_id, path=path, op=op):
                self._set(Hunk(hunk_id, path, op, HunkState.WRITING), None)
            case HunkGrew(id=hunk_id, lines=lines, tail=tail, tail_tag=tag):
                block = self.hunks.get(hunk_id)
                if block is not None:
                    block.grow(lines, tail, tag)
                    self.remeasure(block, repaint=False)
            case HunksSet(hunks=hunks, after=after):
                for hunk in hunks:
                    self._set(hunk, after)
                    after = hunk.id if after is not None else None
            case HunksGone(ids=ids):
                for hunk_id in ids:
                    self._gone(hunk_id)
            case Decided(ids=ids, state=state):
                self._state(ids, state, "")
            case Flushed(turn=turn, ids=ids, entry=entry, took_ns=took):
                self._written = turn
                self._state(ids, HunkState.APPLIED, applied_words(took, entry))
            case FlushRefused(ids=ids):
                self._state(ids, HunkState.OPEN, "")
            case Undone(undoes=undoes, ids=ids, took_ns=took, merged=merged, hunks=hunks):
                what = "undone, your later edit stays" if merged else f"undone in {ms(took)}"
                self._state(ids, HunkState.OPEN, f"{'in ' if hunks else ''}#{undoes} {what}")
            case Checked(results=results, running=running):
                self._checked(safe(words.checks(results, running)))
            case Metered(turn=turn, reading=reading):
                self._metered(turn, reading)
            case TurnEnded(turn=turn, ending=ending, reading=reading, detail=detail, way_out=way):
                self._ended(turn, ending, reading, " · ".join(x for x in (detail, way) if x))
            case _:
                pass

    def _let_go(self) -> None:
        """Forget the files of older turns: their hunks keep their own lines."""
        for turn in list(self._turns.values())[-WITH_FILES - 1 : -WITH_FILES]:
            turn.images.clear()
            for block in turn.hunks:
                block.let_go()

    def _said(self, turn_id: int, text: str) -> None:
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        index = turn.end.index if turn.end is not None else len(self.blocks)
        last = self.blocks[index - 1]
        if not isinstance(last, ProseBlock) or last.turn != turn_id:
            last = ProseBlock(turn_id)
            self._append(turn, last)
        before = last.height
        last.append(text)
        if last.height != before:
            del self._starts[last.index + 1 :]

    def _file_read(self, turn_id: int, file: int, image: FileImage) -> None:
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        turn.images[file] = image
        for block in turn.hunks:
            if block.id.file == file:
                block.image = image

    def _set(self, hunk: Hunk, after: HunkId | None) -> None:
        turn = self._turns.get(hunk.id.turn)
        if turn is None:
            return
        block = self.hunks.get(hunk.id)
        if block is None:
            block = HunkBlock(hunk)
            block.image = turn.images.get(hunk.id.file)
            before = self.hunks.get(after) if after is not None else None
            if before is None:
                turn.hunks.append(block)
                self._append(turn, block)
            else:
                turn.hunks.insert(turn.hunks.index(before) + 1, block)
                self.insert(before.index + 1, block)
            self.hunks[hunk.id] = block
            self._number(turn)
        else:
            block.image = turn.images.get(hunk.id.file)
            # What was said about the state stays while the state does (located again, undone).
            block.set(hunk, block.words if hunk.state is block.hunk.state else "")
            self.remeasure(block)
        self._sort_out(block)

    def _gone(self, hunk_id: HunkId) -> None:
        block = self.hunks.pop(hunk_id, None)
        if block is None:
            return
        self.asking.pop(hunk_id, None)
        turn = self._turns[hunk_id.turn]
        turn.hunks.remove(block)
        self.remove(block)
        self._number(turn)

    def _number(self, turn: Turn) -> None:
        total = len(turn.hunks)
        running = turn.ending is None
        incomplete = turn.ending not in {None, Ending.COMPLETE}
        for n, block in enumerate(turn.hunks, 1):
            block.place, block.more, block.running = (n, total), running, running
            block.incomplete = incomplete
            block.strips.pop(0, None)

    def _state(self, ids: Sequence[HunkId], state: HunkState, words: str) -> None:
        turns = set()
        for hunk_id in ids:
            block = self.hunks.get(hunk_id)
            if block is not None:
                block.set(replace(block.hunk, state=state), words)
                self.remeasure(block)
                self._sort_out(block)
                turns.add(hunk_id.turn)
        for turn in turns:
            self._finish(self._turns[turn])

    def _checked(self, said: str) -> None:
        """What the person's checks say of the turn that was written last."""
        turn = self._turns.get(self._written)
        if turn is not None and turn.check != said:
            turn.check = said
            self._finish(turn)

    def _metered(self, turn_id: int, reading: Reading) -> None:
        turn = self._turns.get(turn_id)
        if turn is not None and turn.ending is None:
            turn.reading = reading
            if reading.input and reading.cached:
                turn.header.set_cached(reading.cached / reading.input)

    def _ended(self, turn_id: int, ending: Ending, reading: Reading, detail: str) -> None:
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        self._metered(turn_id, reading)
        turn.ending, turn.detail = ending, detail
        self._number(turn)
        self._finish(turn)

    def _finish(self, turn: Turn) -> None:
        """The line after the answer; it counts decisions once all are made."""
        if turn.ending is None:
            return
        line = turn.end_line()
        if turn.end is None:
            block = WordsBlock(turn.header.turn, [line], turn.end_role())
            self._append(turn, block)
            turn.end = block
        elif turn.end.lines != (line,):
            turn.end.lines = (line,)
            self.remeasure(turn.end)
