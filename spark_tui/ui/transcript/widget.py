"""The transcript: prose and live diffs, the hunk keys act on, and what holds still.

Rows, painting, mouse selection: `row_view`. Blocks and events: `document`. Which hunk is
current: `ui.current`. What stays on its screen row: `viewport`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from textual import events
from textual.geometry import Region
from textual.message import Message

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.events import Asked, Event, FileTouched, HunksSet, TurnEnded
from spark_tui.core.mode import Mode
from spark_tui.core.session import Session
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.blocks import TranscriptBlock, WordsBlock
from spark_tui.ui.transcript.current_hunk import Mark, follow, settled
from spark_tui.ui.transcript.document import Document
from spark_tui.ui.transcript.hunk_block import HunkBlock
from spark_tui.ui.transcript.hunk_group import GroupBlock
from spark_tui.ui.transcript.row_view import RowScreen
from spark_tui.ui.transcript.viewport import Anchor, Viewport

WHEEL = 3
"""Rows a notch of the mouse wheel scrolls."""


class Transcript(RowScreen[Document], can_focus=True):
    """The body of the session screen. It never takes focus by a click and binds no key.

    Many methods: one for each key that reads, scrolls, selects or copies; its rows are `document`.
    """

    DEFAULT_CSS = "Transcript { width: 1fr; height: 1fr; }"

    @dataclass
    class HunkPainted(Message):
        """The header row of a closed hunk is on the screen for the first time.

        `state` tells a located hunk (OPEN) from one that needs help (REFUSED, STALE).
        """

        id: HunkId
        at_ns: int
        state: HunkState

    @dataclass
    class CurrentChanged(Message):
        """Another hunk, or none, is the one keys act on."""

        id: HunkId | None

    def __init__(
        self,
        palette: Palette | None = None,
        *,
        ascii_only: bool = False,
        clock: Callable[[], int] = time.monotonic_ns,
        keymap: Keymap | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(palette, ascii_only=ascii_only, clock=clock, keymap=keymap, id=id)
        self._mark = Mark()
        self._current: HunkId | None = None
        self._presented: tuple[Hunk, ...] = ()
        self._under_mark: tuple[Hunk, ...] = ()
        self._looking: tuple[TranscriptBlock | None, int, int] = (None, 0, 0)
        self._welcome: WordsBlock | None = None
        self._scrolled_away = False
        self._unseen: dict[int, HunkBlock] = {}
        self._painted: dict[HunkId, int] = {}
        self.question = 0
        self._question_at = 0

    def new_document(self, look: Look) -> Document:
        """Blocks of turns and hunks."""
        return Document(look)

    # ---------------------------------------------------------------- feeding it

    def handle(self, events: Sequence[Event], session: Session) -> None:
        """Show what happened; `session` is already folded over `events`."""
        anchor = self.viewport.anchor(self.held_block())
        auto = session.mode is Mode.AUTO
        quietly = False
        for event in events:
            self._inherit(event)
            self.document.apply(event)
            before, self._mark = self._mark, follow(self._mark, event, self.document, auto=auto)
            if self._mark.at != before.at:
                quietly = before.at is None and isinstance(event, TurnEnded)
            match event:
                case Asked(context=context):
                    self._drop_welcome()
                    self._scrolled_away = False
                    self.viewport.follow = self._mark.at is None
                    self.warm([item.path for item in context])
                case FileTouched(path=path):
                    self.warm([path])
                case _:
                    pass
        if anchor is not None and (shown := self.document.shown(anchor.block)) is not anchor.block:
            anchor.block, anchor.inside = shown, 0
        if self._mark.at != self._current:
            self._move_eye(self._mark.at, anchor, quietly=quietly)
        elif anchor is not None and anchor.current and isinstance(anchor.block, GroupBlock):
            # It grows downward, and stays in sight while it fits.
            anchor.row = self.viewport.eye_row(anchor.row, anchor.block)
        self._mark_question()
        self.viewport.settle(anchor)
        self.present()

    def _mark_question(self) -> None:
        """The row that asks whether the model may look has the mark where no hunk has it."""
        asks = self._mark.question if self._mark.at is None else 0
        if asks == self.question:
            return
        for turn, current in ((self.question, False), (asks, True)):
            block = self.document.question(turn)
            if block is not None:
                block.current = current
                block.forget()
        self.question = asks
        self._question_at = self._clock()

    def sees_question(self, at: int) -> bool:
        """Whether the row that asks was on the screen before a key at `at`; else shows it."""
        block = self.document.question(self.question)
        if block is None or at <= self._question_at:
            return False
        if self.viewport.holds(block):
            return True
        self.viewport.reveal(block)
        self.present()
        return False

    def _inherit(self, event: Event) -> None:
        """The lines of a split hunk's parts were on the screen as long as the whole."""
        if isinstance(event, HunksSet) and event.gone:
            at = max((self._painted[i] for i in event.gone if i in self._painted), default=None)
            if at is not None:
                self._painted.update((hunk.id, at) for hunk in event.hunks)

    def restore(self, session: Session) -> None:
        """Show a session that was saved: its turns, hunks, and answers without an edit."""
        from spark_tui.core.saved_session import events_of

        self.handle(events_of(session), session)

    def start_over(self, session: Session) -> None:
        """Forget all rows and show what the session holds: what was shown broke."""
        newest_only = self.document.newest_only
        self.document = self.new_document(self._look)
        self.document.rescope(newest_only=newest_only)
        self.viewport = Viewport(self.document)
        was = self._current
        self._mark, self._current, self._welcome = Mark(), None, None
        self._presented = self._under_mark = ()
        self.restore(session)
        if was is not None and self.document.asks(was):
            self.set_current(was)

    def clear(self) -> None:
        """An empty view: what follows begins at its top, all of before is above."""
        self._drop_welcome()
        self.document.note(0, "")
        self.viewport.top = self.document.height - 1
        self.viewport.follow = True
        self._scrolled_away = False
        self.present()

    def show_welcome(self, lines: Sequence[str]) -> None:
        """Lines to greet with; they go when the first instruction is given."""
        self._drop_welcome()
        self._welcome = WordsBlock(0, lines, "text")
        self.document.insert(0, self._welcome)
        self.present()

    def _drop_welcome(self) -> None:
        if self._welcome is not None:
            self.document.remove(self._welcome)
            self._welcome = None

    def in_place(self, top: int, rows: int) -> None:
        """The next turn is about lines chosen in a file.

        Its line `top` (from 0) is the first of `rows` in sight: hunks are shown where they were.
        """
        self.document.place = (top, rows)

    def note(self, turn: int, text: str) -> None:
        """A dim line at the end of a turn, once in a row; turn 0 is the newest."""
        if self.document.noted(turn, text):
            return
        anchor = self.viewport.anchor(self.held_block())
        self.document.note(turn, text)
        self.viewport.settle(anchor)
        self.present()

    def open_note(self, lines: Sequence[str]) -> WordsBlock:
        """Dim lines at the end of everything, which `set_note` changes."""
        anchor = self.viewport.anchor(self.held_block())
        block = self.document.note(0, "\n".join(lines))
        self.viewport.settle(anchor)
        self.present()
        return block

    def set_note(self, block: WordsBlock, lines: Sequence[str]) -> None:
        """Other lines in its place, at the end again where it is gone."""
        if block not in self.document.blocks:
            self.note(0, "\n".join(lines))
            return
        anchor = self.viewport.anchor(self.held_block())
        if block.set(lines):
            self.document.remeasure(block)
            self.viewport.settle(anchor)
            self.present()

    # ---------------------------------------------------------------- the current hunk

    @property
    def review_focus(self) -> bool:
        """True while letters go to the review: the current hunk's bar is thick."""
        return self._look.review

    @review_focus.setter
    def review_focus(self, value: bool) -> None:
        if value != self._look.review:
            self._look = self.document.look = replace(self._look, review=value)
            block = self.held_block()
            if block is not None:
                block.forget()
            self.document.rename_keys()
            self.present()

    @property
    def newest_only(self) -> bool:
        """True while only the newest turn's hunks ask for decisions; older ones are folded."""
        return self.document.newest_only

    @newest_only.setter
    def newest_only(self, value: bool) -> None:
        anchor = self.viewport.anchor(self.held_block())
        self.document.rescope(newest_only=value)
        self._mark = settled(self._mark, self.document)
        if self._mark.at != self._current:
            self._move_eye(self._mark.at, anchor)
        self.viewport.settle(anchor)
        self.present()

    @property
    def current(self) -> HunkId | None:
        """The hunk keys act on."""
        return self._current

    def set_current(self, hunk_id: HunkId | None) -> None:
        """Make a hunk the current one; unknown ids are ignored. The view holds still."""
        if hunk_id is not None and hunk_id not in self.document.hunks:
            return
        anchor = self.viewport.anchor(self.held_block())
        self._put_mark(hunk_id)
        self.viewport.settle(anchor)
        self.present()

    def move(self, step: int, *, only_open: bool) -> None:
        """To the next (`step` > 0) or previous hunk, in the whole transcript, and show it.

        `only_open` skips hunks that ask for nothing and starts again at the other end.
        """
        document = self.document
        block = self.held_block()
        index = block.index if block else (-1 if step > 0 else len(document.blocks))
        found = document.next_hunk(index, step, only_open=only_open)
        if found is None and only_open:
            asking = document.undecided()
            found = (asking[0] if step > 0 else asking[-1]) if asking else None
        if found is not None:
            self.set_current(found.id)
            self.reveal(found.id)

    def held_block(self) -> TranscriptBlock | None:
        """The block that shows the current hunk: its own, or its group's."""
        block = None if self._current is None else self.document.hunks.get(self._current)
        return None if block is None else self.document.shown(block)

    def sideways_block(self) -> HunkBlock | None:
        """The current hunk's block."""
        block = self.held_block()
        return block if isinstance(block, HunkBlock) else None

    def _put_mark(self, hunk_id: HunkId | None) -> None:
        if hunk_id == self._current:
            return
        for known, value in ((self._current, False), (hunk_id, True)):
            block = None if known is None else self.document.hunks.get(known)
            if block is not None:
                block.current = value
                block.scroll_back()
                self.document.remeasure(block)
                self.document.remeasure(self.document.shown(block))
        self._current = hunk_id
        self._mark = replace(self._mark, at=hunk_id)
        self._mark_question()
        # The tail is followed until a hunk is current, and again when none is left.
        self.viewport.follow = hunk_id is None and not self._scrolled_away
        self.post_message(self.CurrentChanged(hunk_id))

    def _move_eye(
        self, hunk_id: HunkId | None, anchor: Anchor | None, *, quietly: bool = False
    ) -> None:
        """Another hunk is current: it takes the old one's screen row, or is brought into view.

        Who scrolled away to read is left there. `quietly` is for a hunk of an earlier turn after
        an answer that asks for nothing: what that says stays in sight.
        """
        if quietly and hunk_id is not None and hunk_id.turn != self.document.last_turn:
            self.viewport.settle(anchor)
            seen = self.viewport.anchor(None)
            if anchor is not None and seen is not None:
                anchor.block, anchor.inside, anchor.row = seen.block, seen.inside, seen.row
            self._put_mark(hunk_id)
            return
        self._put_mark(hunk_id)
        block = self.held_block()
        if block is None or anchor is None:
            return
        if anchor.current:
            anchor.row = self.viewport.eye_row(anchor.row, block)
        elif self._scrolled_away:
            return
        else:
            self.viewport.reveal(block)
            anchor.row = self.document.start(block) - self.viewport.top
        anchor.block, anchor.inside = block, 0

    # ---------------------------------------------------------------- asking about hunks

    @property
    def first_painted_hunk_of_turn(self) -> HunkId | None:
        """The newest turn's first hunk that was closed when it was on the screen."""
        turn = self.document.last_turn
        if turn is None:
            return None
        return next((b.id for b in self.document.of_turn(turn) if b.id in self._painted), None)

    def hidden_below(self) -> int:
        """Hunks that ask for a decision and begin below what is shown."""
        bottom = self.viewport.top + self.size.height
        document = self.document
        return sum(document.row(b) >= bottom for b in document.asking.values())

    @property
    def under_mark(self) -> Sequence[Hunk]:
        """What was under the mark when it was last painted, and can be judged by that.

        One hunk, or those of a closed group whose places were on the screen. They may be others
        than the current ones, or say something else, until those are painted.
        """
        return self._under_mark

    def together(self, hunk_id: HunkId) -> tuple[HunkId, ...]:
        """The hunks of the closed group that shows this one, () where it stands alone."""
        group = self.document.group_of(hunk_id)
        return () if group is None else tuple(member.id for member in group.members)

    @property
    def behind(self) -> bool:
        """True while something else is under the mark than what was painted there."""
        return self.display and self._presented != self._under_mark

    def is_visible(self, hunk_id: HunkId) -> bool:
        """True when the hunk can be judged: all that it changes is in the view, with its header.

        One that is taller than the view may be judged while some of it is seen, and once every
        place in which it differs was; one that is folded can't.
        """
        block = self.document.hunks.get(hunk_id)
        if block is None or block.group is not None or (not block.unfolded and block.lines):
            return False
        view, start = self.viewport, self.document.start(block)
        bottom, last = view.top + view.height, block.last_change
        if last < view.height:
            return view.holds(block) and start + last < bottom
        return start < bottom and view.top < start + block.solid and not self._unshown(block)

    def was_painted(self, hunk_id: HunkId, at: int) -> bool:
        """True when the hunk's header was on the screen before `at` (ns of the monotonic clock)."""
        return self._painted.get(hunk_id, at) < at

    def copy_text(self, hunk_id: HunkId) -> str:
        """The hunk's code without marks and numbers; "" for an unknown id."""
        block = self.document.hunks.get(hunk_id)
        return "" if block is None else block.copy_text()

    def selected_place(self) -> tuple[str, int, int] | None:
        """Path and lines (1-based, inclusive) of a selection in one hunk; None for any other."""
        selection, document = self.text_selection, self.document
        if selection is None or selection.start is None or selection.end is None:
            return None
        first, last = document.at(selection.start.y), document.at(selection.end.y)
        if first is None or last is None or first[0] is not last[0]:
            return None
        block = first[0]
        if not isinstance(block, HunkBlock):
            return None
        start, end = block.base_line(first[1]), block.base_line(last[1])
        return None if start is None or end is None else (block.hunk.path, start, end)

    # ---------------------------------------------------------------- moving what is seen

    def reveal(self, hunk_id: HunkId) -> None:
        """Scroll as little as it takes to see the header, and the lines if they fit."""
        block = self.document.hunks.get(hunk_id)
        if block is not None:
            self.viewport.follow = self._scrolled_away = False
            self.viewport.reveal(self.document.shown(block))
            self.present()

    def show(self, hunk_id: HunkId) -> None:
        """Bring what is to be decided into view, unfolded.

        Of a hunk that is taller than the view and seen in part, what was not seen comes next.
        """
        block, view = self.document.hunks.get(hunk_id), self.viewport
        if block is None:
            return
        group = self.document.group_of(hunk_id)
        if group is None and not block.unfolded:
            block.folded = False
            self.document.remeasure(block)
        shown = group or block
        start, unshown = self.document.start(shown), self._unshown(shown)
        in_part = start < view.top + view.height and view.top < start + shown.solid
        if not in_part or shown.last_change < view.height or not unshown:
            self.reveal(hunk_id)
            return
        view.follow = self._scrolled_away = False
        view.top = start + min(unshown) - 1
        self.present()

    def open_group(self, hunk_id: HunkId) -> None:
        """Show each hunk of a group alone; the first takes the head's row."""
        group = self.document.group_of(hunk_id)
        if group is None:
            return
        row = self.document.start(group) - self.viewport.top
        first = group.leader(self.document.asking)
        self.document.open_group(group)
        self._put_mark(first.id)
        self.document.remeasure(first)
        self.viewport.top = max(0, self.document.start(first) - max(0, row))
        self.viewport.follow = False
        self.present()

    def toggle_fold(self, hunk_id: HunkId) -> None:
        """Fold or unfold a hunk; its header stays where it is."""
        block = self.document.hunks.get(hunk_id)
        if block is not None:
            block.folded = block.unfolded
            self._reshape(block)

    def more_context(self, hunk_id: HunkId) -> None:
        """Unfold, or show more unchanged lines round the change."""
        block = self.document.hunks.get(hunk_id)
        if block is not None:
            if block.unfolded:
                block.show_more()
            else:
                block.folded = False
            self._reshape(block)

    def _reshape(self, block: TranscriptBlock) -> None:
        view = self.viewport
        row = self.document.start(block) - view.top
        self.document.remeasure(block)
        view.top = max(0, self.document.start(block) - max(0, row))
        view.follow = False
        self.present()

    def scroll_by(self, lines: int) -> None:
        """Scroll by rows; reaching the end follows the answer again when nothing is current."""
        ended = self.viewport.scroll(lines)
        self._scrolled_away = not ended and self._current is None
        self.viewport.follow = ended and self._current is None
        self.present()

    def page(self, direction: int) -> None:
        """One screen down (1) or up (-1), with two rows of overlap."""
        self.scroll_by(direction * max(1, self.size.height - 2))

    def hunk_at(self, y: int) -> HunkId | None:
        """The hunk on row `y` of the view; of a group the one that stands for all."""
        found = self.document.at(self.viewport.top + y)
        block = found[0] if found is not None else None
        if isinstance(block, GroupBlock):
            block = block.leader(self.document.asking)
        return block.id if isinstance(block, HunkBlock) else None

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Wheel down."""
        event.stop()
        self.scroll_by(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Wheel up."""
        event.stop()
        self.scroll_by(-WHEEL)

    # ---------------------------------------------------------------- what was seen

    def would_cut(self, turn: int, width: int) -> bool:
        """True where a changed line of a turn's hunks would not fit on a row of `width` cells."""
        look = replace(self._look, width=width)
        return any(block.cuts(look) for block in self.document.of_turn(turn))

    def rows_presented(self) -> None:
        """Find headers of closed hunks that are about to be on the screen for the first time."""
        document, view = self.document, self.viewport
        block = self.held_block()
        first = 0 if block is None else view.top - document.start(block)
        self._looking = (block, first, first + view.height)
        self._presented = self._judged()
        self._unseen = {}
        for hunk_id, block in document.asking.items():
            if hunk_id not in self._painted:
                row = document.row(block) - view.top
                if 0 <= row < view.height:
                    self._unseen[row] = block

    def _judged(self) -> tuple[Hunk, ...]:
        """What of the current hunk, or of its group, can be judged once the view is painted."""
        current = self._current
        block = None if current is None else self.document.hunks.get(current)
        if block is None:
            return ()
        group = self.document.group_of(block.id)
        if group is None:
            return (block.hunk,) if self.is_visible(block.id) else ()
        start, view = self.document.start(group), self.viewport
        if start + group.solid <= view.top or start >= view.top + view.height:
            return ()
        return group.open_without(self._unshown(group))

    def _unshown(self, block: HunkBlock | GroupBlock) -> frozenset[int]:
        """Rows that differ and were never on the screen, once the view is painted."""
        looking, first, end = self._looking
        if looking is not block:
            return block.unshown
        return frozenset(n for n in block.unshown if not first <= n < end)

    def rows_painted(self, crop: Region) -> None:
        """Tell the shell about headers that are on the screen for the first time."""
        # Whatever differed is painted at once, before the next key is looked at.
        self._under_mark = self._presented
        block, first, end = self._looking
        if isinstance(block, HunkBlock | GroupBlock):
            block.looked_at(first, end)
        for row in sorted(self._unseen):
            if crop.y <= row < crop.bottom:
                block = self._unseen.pop(row)
                at = self._painted[block.id] = self._clock()
                message = self.HunkPainted(block.id, at, block.hunk.state)
                # The screen is painting: as its sender it would not let the message bubble up.
                self.post_message(message.set_sender(self))
