"""The transcript: folds events into blocks, and knows its hunks in order. Rows: `layout`."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.alike import FEWEST, Swaps, replacement
from spark_tui.core.edits.guard import protected
from spark_tui.core.edits.model import FileImage, Hunk, HunkId, HunkState
from spark_tui.core.endpoint.wire import Ending
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
    HunksGuarded,
    HunksSet,
    HunkStarted,
    LookDone,
    LookResult,
    LooksAllowed,
    LooksWanted,
    Metered,
    Said,
    Thought,
    TrySet,
    TurnEnded,
    Undone,
    Unsaid,
)
from spark_tui.core.green.trying import TryPhase
from spark_tui.core.latency.meter import Reading
from spark_tui.core.pasted_blocks import brief
from spark_tui.ui.messages import green as green_words
from spark_tui.ui.messages import words
from spark_tui.ui.messages.remedies import on_screen
from spark_tui.ui.style.cells import safe
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.blocks import (
    ProseBlock,
    ThoughtBlock,
    TranscriptBlock,
    TurnBlock,
    WordsBlock,
)
from spark_tui.ui.transcript.hunk_block import UNDECIDED, HunkBlock
from spark_tui.ui.transcript.hunk_group import GroupBlock
from spark_tui.ui.transcript.layout import Rows
from spark_tui.ui.transcript.looks_block import LooksBlock
from spark_tui.ui.transcript.turns import TurnBlocks, applied_words

WITH_FILES = 4
"""Newest turns whose files are kept, for context lines and colours."""


class Document(Rows):
    """What the transcript holds: folds events into blocks, knows the hunks in order.

    `rival` is the turn of a race that ran beside the one before it, and took nobody's place.
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.hunks: dict[HunkId, HunkBlock] = {}
        self.asking: dict[HunkId, HunkBlock] = {}
        self.newest_only = False
        self.place: tuple[int, int] | None = None
        self.rival = 0
        self._written = 0
        self._turns: dict[int, TurnBlocks] = {}
        self._below: dict[HunkId, TranscriptBlock | None] = {}
        self._thoughts: dict[int, ThoughtBlock] = {}
        self._looks: dict[int, LooksBlock] = {}

    # ---------------------------------------------------------------- hunks in order

    def of_turn(self, turn: int) -> Sequence[HunkBlock]:
        """The hunks of one turn, top to bottom."""
        found = self._turns.get(turn)
        return found.hunks if found else ()

    @property
    def last_turn(self) -> int | None:
        """The newest turn's number."""
        return next(reversed(self._turns), None)

    def asks(self, hunk_id: HunkId) -> bool:
        """Whether it waits for a decision, in what the review is about."""
        return hunk_id in self.asking

    def next_asking(self, hunk_id: HunkId) -> HunkId | None:
        """The next below where this one is (or was, if it just went), else the first; or None."""
        block = self.hunks.get(hunk_id)
        group = self.group_of(hunk_id)
        if group is not None and group.leader(self.asking).id in self.asking:
            return group.leader(self.asking).id
        index = self._index_below(hunk_id) if block is None else self.shown(block).index + 1
        found = self.next_hunk(index - 1, 1, only_open=True)
        if found is None:
            found = next(iter(self.undecided()), None)
        return None if found is None else found.id

    def _index_below(self, hunk_id: HunkId) -> int:
        """The number of the block that stood below a hunk that went."""
        below = self._below.get(hunk_id)
        while isinstance(below, HunkBlock) and below.id in self._below:
            below = self._below[below.id]
        return len(self.blocks) if below is None else below.index

    def rename_keys(self) -> None:
        """Somebody else has the keyboard: rows that name keys are painted anew."""
        for block in self.asking.values():
            if block.names_keys:
                block.forget()
        for looks in self._looks.values():
            if looks.wants:
                looks.forget()

    def of_newest(self) -> list[tuple[HunkId, HunkState]]:
        """The hunks of the newest turn, top to bottom."""
        newest = self.last_turn
        return [] if newest is None else self.states(newest)

    def states(self, turn: int) -> list[tuple[HunkId, HunkState]]:
        """The hunks of a turn, top to bottom."""
        return [(block.id, block.hunk.state) for block in self.of_turn(turn)]

    def undecided(self) -> list[HunkBlock]:
        """Hunks that ask for a decision, top to bottom."""
        return sorted(self.asking.values(), key=lambda b: (self.shown(b).index, b.index))

    def next_hunk(self, index: int, step: int, *, only_open: bool) -> HunkBlock | None:
        """The next hunk after (before, with a negative step) block number `index`.

        Of a group it is the one that stands for all.
        """
        index += 1 if step > 0 else -1
        while 0 <= index < len(self.blocks):
            found = self.blocks[index]
            block = found.leader(self.asking) if isinstance(found, GroupBlock) else found
            if not isinstance(block, HunkBlock) or (block is found and block.group):
                pass
            elif not only_open or block.id in self.asking:
                return block
            index += 1 if step > 0 else -1
        return None

    def rescope(self, *, newest_only: bool) -> None:
        """Ask about the hunks of the newest turn only, or of all; older ones fold then."""
        self.newest_only = newest_only
        self.asking.clear()
        for block in self.hunks.values():
            aside = newest_only and block.turn != self.last_turn
            if aside != block.aside:
                block.aside = aside
                self.remeasure(block)
                self.remeasure(self.shown(block))
            self._sort_out(block)

    def _sort_out(self, block: HunkBlock) -> None:
        if block.hunk.asks and not block.aside:
            self.asking[block.id] = block
        else:
            self.asking.pop(block.id, None)

    # ---------------------------------------------------------------- groups

    def group_of(self, hunk_id: HunkId) -> GroupBlock | None:
        """The closed group that shows a hunk."""
        block = self.hunks.get(hunk_id)
        group = None if block is None else block.group
        return group if isinstance(group, GroupBlock) else None

    def shown(self, block: TranscriptBlock) -> TranscriptBlock:
        """The block that shows it: its group's, else itself."""
        group = block.group if isinstance(block, HunkBlock) else None
        return block if group is None else group

    def row(self, block: HunkBlock) -> int:
        """The row on which a hunk begins."""
        group = self.group_of(block.id)
        return self.start(block) if group is None else self.start(group) + group.rows_of(block)[0]

    def open_group(self, group: GroupBlock) -> None:
        """Show each hunk of a group alone, and those like them that are still to come."""
        turn = self._turns[group.turn]
        turn.opened.add(group.swaps)
        self._dissolve(turn, group)

    def _dissolve(self, turn: TurnBlocks, group: GroupBlock) -> None:
        del turn.groups[group.swaps]
        self.remove(group)
        for block in group.members:
            block.group = None
            self.remeasure(block)

    def _regroup(self, block: HunkBlock, *, arrived: bool) -> None:
        """A hunk is another one: it joins those that it is like, or leaves them."""
        turn, hunk = self._turns[block.turn], block.hunk
        group = self.group_of(block.id)
        if group is not None:
            decidable = hunk.state not in UNDECIDED or hunk.state is HunkState.OPEN
            if not decidable or replacement(hunk) != group.swaps:
                self._leave(turn, group, block)
            self.remeasure(group)
        elif arrived and hunk.state is HunkState.OPEN and not protected(hunk):
            swaps = replacement(hunk)
            if swaps is not None and swaps not in turn.opened:
                self._join(turn, swaps, block)

    def _join(self, turn: TurnBlocks, swaps: Swaps, block: HunkBlock) -> None:
        group = turn.groups.get(swaps)
        if group is not None:
            group.members.append(block)
            fresh = [block]
        else:
            alike = turn.alike.setdefault(swaps, [])
            alike.append(block)
            fresh = [b for b in alike if b.id in self.asking or b is block]
            fresh = [b for b in fresh if b.hunk.state is HunkState.OPEN]
            if len(fresh) < FEWEST:
                return
            del turn.alike[swaps]
            group = turn.groups[swaps] = GroupBlock(swaps, fresh)
            self.insert(fresh[0].index, group)
        for one in fresh:
            one.group = group
            self.remeasure(one)
        self.remeasure(group)

    def _leave(self, turn: TurnBlocks, group: GroupBlock, block: HunkBlock) -> None:
        """One of a group is shown alone; the last one left too."""
        group.members.remove(block)
        block.group = None
        self.remeasure(block)
        if len(group.members) < 2:
            self._dissolve(turn, group)

    # ---------------------------------------------------------------- blocks

    def _append(self, turn: TurnBlocks, block: TranscriptBlock) -> None:
        """Put a block at the end of its turn."""
        before = turn.end
        if before is not None:
            self.insert(before.index, block)
            return
        index = len(self.blocks)
        while index and self.blocks[index - 1].turn > turn.header.turn:
            index -= 1
        self.insert(index, block)

    def noted(self, turn_id: int, text: str) -> bool:
        """Whether a turn (0: everything) ends with this note."""
        last = next((b for b in reversed(self.blocks) if turn_id in (0, b.turn)), None)
        if not isinstance(last, WordsBlock) or any(last is t.end for t in self._turns.values()):
            return False
        return last.lines == tuple(safe(line) for line in text.split("\n"))

    def note(self, turn_id: int, text: str) -> WordsBlock:
        """Dim lines at the end of a turn (0: at the end of everything)."""
        lines = [safe(line) for line in text.split("\n")]
        block = WordsBlock(turn_id or (self.last_turn or 0), lines)
        turn = self._turns.get(block.turn)
        index = len(self.blocks)
        while turn is not None and index and self.blocks[index - 1].turn > block.turn:
            index -= 1
        self.insert(index, block)
        return block

    # ---------------------------------------------------------------- events

    def apply(self, event: Event) -> None:
        """Fold one event. Unknown turns and hunks are ignored."""
        match event:
            case Asked(at=at, turn=turn, text=text, context=context, tokens=tokens):
                if turn not in self._turns:
                    header = TurnBlock(turn, brief(text), context, tokens, first=not self._turns)
                    header.steers = None if turn == self.rival else self._steered_by(at)
                    self._turns[turn] = TurnBlocks(header, place=self.place)
                    self.place = None
                    self._let_go()
                    self.insert(len(self.blocks), header)
                    if self.newest_only:
                        self.rescope(newest_only=True)
            case Said(turn=turn, text=text):
                self._thinks_no_more(turn)
                self._said(turn, text)
            case Thought(turn=turn, text=text):
                self._thinks(turn, text)
            case Unsaid(turn=turn):
                self._unsaid(turn)
            case LookDone(turn=turn, look=look):
                self._looked(turn, look)
            case LooksWanted(turn=turn, looks=wanted):
                self._wants(turn, wanted)
            case LooksAllowed(turn=turn):
                self._wants(turn, ())
            case FileRead(turn=turn, file=file, image=image):
                self._file_read(turn, file, image)
            case HunkStarted(id=hunk_id, path=path, op=op):
                self._thinks_no_more(hunk_id.turn)
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
                self._go(event.gone)
            case HunksGone(ids=ids):
                self._go(ids)
            case Decided(ids=ids, state=state):
                self._state(ids, state, "")
            case Flushed(turn=turn, ids=ids, entry=entry, took_ns=took):
                self._written = turn
                self._state(ids, HunkState.APPLIED, applied_words(took, entry))
            case FlushRefused(ids=ids):
                self._state(ids, HunkState.OPEN, "")
            case Undone(undoes=undoes, ids=ids, took_ns=took, merged=merged, hunks=hunks):
                said = words.merged(undoes, event.stays) if merged else words.undone(undoes, took)
                self._state(ids, HunkState.OPEN, f"{'in ' if hunks else ''}{said}")
            case Checked(results=results, running=running):
                self._checked(safe(words.checks(results, running)))
            case TrySet(tried=tried) if tried.provisional:
                self._say_of(tried.ids, green_words.tried(tried), folded=False)
            case TrySet(tried=tried) if tried.phase is TryPhase.KEPT:
                self._say_of(tried.ids, green_words.kept_try(tried), folded=True)
            case HunksGuarded(why=why):
                for hunk_id, reason in why:
                    self._say_of((hunk_id,), words.guarded(reason))
            case Metered(turn=turn, reading=reading):
                self._metered(turn, reading)
            case TurnEnded(at, turn, ending, reading, detail, remedies):
                told = on_screen(detail, remedies).lasting(self.look.keymap) if detail else ""
                self._ended(at, turn, ending, reading, told)
            case _:
                pass

    def _steered_by(self, at: int) -> int | None:
        """How many finished hunks an answer leaves that still ran when this was sent at `at`."""
        turn = next(reversed(self._turns.values()), None)
        if turn is None or not (turn.ending is None or turn.ended_at > at):
            return None
        return sum(block.hunk.state is not HunkState.WRITING for block in turn.hunks)

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

    def _thinks(self, turn_id: int, text: str) -> None:
        """More of a thought: of the one above all that was said, where there is one."""
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        block = self._thoughts.get(turn_id)
        if block is None:
            block = self._thoughts[turn_id] = ThoughtBlock(turn_id)
            self._append(turn, block)
        before = block.height
        block.append(text)
        if block.height != before:
            del self._starts[block.index + 1 :]

    def _thinks_no_more(self, turn_id: int) -> None:
        block = self._thoughts.get(turn_id)
        if block is not None:
            block.close()

    def _unsaid(self, turn_id: int) -> None:
        """What was said was thought."""
        said = [b for b in self.blocks if isinstance(b, ProseBlock) and b.turn == turn_id]
        for block in said:
            self._thinks(turn_id, block.said)
            self.remove(block)

    def _looked(self, turn_id: int, look: LookResult) -> None:
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        self._looks_of(turn).append(look)
        self.remeasure(self._looks[turn_id])
        if turn.header.round != look.round:
            turn.header.round = look.round
            self.remeasure(turn.header)

    def _wants(self, turn_id: int, wanted: tuple[str, ...]) -> None:
        turn = self._turns.get(turn_id)
        if turn is not None:
            block = self._looks_of(turn)
            block.wants = wanted
            self.remeasure(block)

    def _looks_of(self, turn: TurnBlocks) -> LooksBlock:
        block = self._looks.get(turn.header.turn)
        if block is None:
            block = self._looks[turn.header.turn] = LooksBlock(turn.header.turn)
            self._append(turn, block)
        return block

    def question(self, turn: int) -> LooksBlock | None:
        """The rows of a turn whose model wants to look."""
        block = self._looks.get(turn)
        return block if block is not None and block.wants else None

    def _file_read(self, turn_id: int, file: int, image: FileImage) -> None:
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        turn.images[file] = image
        for block in turn.hunks:
            if block.id.file == file and block.reread(image):
                self.remeasure(block)

    def _set(self, hunk: Hunk, after: HunkId | None) -> None:
        turn = self._turns.get(hunk.id.turn)
        if turn is None:
            return
        block = self.hunks.get(hunk.id)
        arrived = after is None and (block is None or block.hunk.state is HunkState.WRITING)
        if block is None:
            block = HunkBlock(hunk)
            block.image = turn.images.get(hunk.id.file)
            block.context = turn.context_of(hunk)
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
            if block.hunk.state is HunkState.WRITING:
                block.context = turn.context_of(hunk)
            # What was said about the state stays while the state does (located again, undone).
            block.set(hunk, block.words if hunk.state is block.hunk.state else "")
            self.remeasure(block)
        self._sort_out(block)
        self._regroup(block, arrived=arrived)

    def _go(self, ids: Sequence[HunkId]) -> None:
        """Take hunks out; what stood below each is known until others go."""
        if ids:
            self._below.clear()
        for hunk_id in ids:
            block = self.hunks.pop(hunk_id, None)
            if block is None:
                continue
            self.asking.pop(hunk_id, None)
            turn = self._turns[hunk_id.turn]
            turn.hunks.remove(block)
            if isinstance(block.group, GroupBlock):
                self._leave(turn, block.group, block)
            next_index = block.index + 1
            more = next_index < len(self.blocks)
            self._below[hunk_id] = self.blocks[next_index] if more else None
            self.remove(block)
            self._number(turn)

    def _number(self, turn: TurnBlocks) -> None:
        total = len(turn.hunks)
        running = turn.ending is None
        incomplete = turn.ending not in {None, Ending.COMPLETE}
        for n, block in enumerate(turn.hunks, 1):
            block.place, block.more, block.running = (n, total), running, running
            block.incomplete = incomplete
            block.strips.pop(0, None)
        for group in turn.groups.values():
            group.strips.pop(0, None)

    def _state(self, ids: Sequence[HunkId], state: HunkState, words: str) -> None:
        turns = set()
        groups = set()
        for hunk_id in ids:
            block = self.hunks.get(hunk_id)
            if block is not None:
                block.set(replace(block.hunk, state=state), words)
                self.remeasure(block)
                self._sort_out(block)
                turns.add(hunk_id.turn)
                groups.add(self.group_of(hunk_id))
        for group in groups:
            if group is not None:
                self.remeasure(group)
        for turn in turns:
            self._finish(self._turns[turn])

    def _say_of(self, ids: Sequence[HunkId], said: str, *, folded: bool | None = None) -> None:
        """Other words beside these hunks, folded or not; what state they are in stays."""
        for hunk_id in ids:
            block = self.hunks.get(hunk_id)
            if block is not None:
                block.folded = block.folded if folded is None else folded
                self._state((hunk_id,), block.hunk.state, safe(said))

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
            if reading.input:
                turn.header.set_input(reading.input, reading.cached or 0)

    def _ended(self, at: int, turn_id: int, ending: Ending, reading: Reading, detail: str) -> None:
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        self._metered(turn_id, reading)
        self._thinks_no_more(turn_id)
        turn.ending, turn.detail, turn.ended_at = ending, detail, at
        self._number(turn)
        self._finish(turn)

    def _finish(self, turn: TurnBlocks) -> None:
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
