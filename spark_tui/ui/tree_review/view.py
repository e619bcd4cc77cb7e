"""The widget of a tree's hunks: which is the current one, what was painted of it, what is near."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.geometry import Region
from textual.message import Message

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.tree_review.seen import SeenState
from spark_tui.pair.tree_review import ReviewedFile, TreeReview
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.blocks import TranscriptBlock
from spark_tui.ui.transcript.row_view import RowScreen
from spark_tui.ui.tree_review.blocks import TreeHunkBlock
from spark_tui.ui.tree_review.document import TreeDocument

NEAR = 2
"""Heights of the view, above and below it, within which files are held by their hunks."""

Goal = tuple[str, str]
"""A path, and a hunk of it: its content, or "first", "last", "first unseen", "last unseen"."""


class TreeView(RowScreen[TreeDocument], can_focus=False):
    """Shows `review`; it binds no key.

    Many methods: half of them are Textual's, which calls each for a part of painting.
    """

    DEFAULT_CSS = "TreeView { width: 1fr; height: 1fr; }"

    @dataclass
    class Moved(Message):
        """Another hunk is the current one, or other files are near."""

    def __init__(
        self,
        palette: Palette | None,
        *,
        ascii_only: bool,
        clock: Callable[[], int] = time.monotonic_ns,
        keymap: Keymap | None = None,
    ) -> None:
        super().__init__(palette, ascii_only=ascii_only, clock=clock, keymap=keymap, id="tree")
        self._look = self.document.look = replace(self._look, review=True)
        self.viewport.follow = False
        self.review: TreeReview | None = None
        self._at: tuple[str, str] | None = None
        self._going: Goal | None = None
        self._looking: tuple[TreeHunkBlock | None, int, int] = (None, 0, 0)
        self._shown_whole: TreeHunkBlock | None = None
        self._under_mark: TreeHunkBlock | None = None
        self._painted_at = 0

    def new_document(self, look: Look) -> TreeDocument:
        """Files and hunks."""
        return TreeDocument(look)

    # ---------------------------------------------------------------- the current hunk

    @property
    def block(self) -> TreeHunkBlock | None:
        """The current hunk."""
        return None if self._at is None else self.document.find(*self._at)

    @property
    def file(self) -> ReviewedFile | None:
        """The current hunk's file."""
        if self._at is None or self.review is None:
            return None
        return self.review.by_path.get(self._at[0])

    def held_block(self) -> TranscriptBlock | None:
        """The current hunk keeps its row."""
        return self.block

    def sideways_block(self) -> TreeHunkBlock | None:
        """The current hunk."""
        return self.block

    def decidable(self, at: int) -> TreeHunkBlock | None:
        """The current hunk, where all it changes was on the screen before a key at `at` (ns)."""
        block = self.block
        if block is None or block is not self._under_mark or at <= self._painted_at:
            return None
        return block

    def show_current(self) -> None:
        """Bring the current hunk into view, unfolded; of a tall one what was not seen yet."""
        block, view = self.block, self.viewport
        if block is None:
            return
        if not block.unfolded and block.lines:
            block.folded = False
            self.document.remeasure(block)
        start, unshown = self.document.start(block), self._unshown(block)
        in_part = start < view.top + view.height and view.top < start + block.solid
        if in_part and block.last_change >= view.height and unshown:
            view.top = start + min(unshown) - 1
        else:
            view.reveal(block)
        self.settle()

    # ---------------------------------------------------------------- what is shown

    def changed(self) -> None:
        """The review is another: show it; what is current stays current, on its row."""
        if self.review is None:
            return
        anchor = self.viewport.anchor(self.block)
        block, row = self.block, None
        if anchor is not None and anchor.current:
            row = anchor.row
        was = block.index if block is not None else 0
        self._sync()
        if self._at is not None and self.block is None:
            self._instead(was)
        now = self.block
        if row is not None and now is not None:
            self.viewport.top = max(0, self.document.start(now) - self.viewport.eye_row(row, now))
        elif anchor is not None:
            self.viewport.settle(anchor)
        self.settle()

    def _instead(self, index: int) -> None:
        """The current hunk is gone: what stands where it stood is."""
        path, self._at = (self._at or ("", ""))[0], None
        mine = [b for b in self.document.hunks_of(path) if not b.discarded]
        blocks = [b for b in self.document.blocks if isinstance(b, TreeHunkBlock)]
        later = [b for b in mine if b.index >= index] or mine or blocks[:1]
        if later:
            self._mark(later[0])

    def settle(self) -> None:
        """Hold what is near, ask for what is not there yet, and paint."""
        self._arrange()
        if self._arrive():
            self._arrange()
        self.present()

    def _arrange(self) -> None:
        review, view = self.review, self.viewport
        if review is None:
            return
        height = max(view.height, 1)
        wanted: dict[str, None] = {}
        for _ in range(3):
            anchor = view.anchor(self.block)
            near = self.document.near(view.top, NEAR * height, (NEAR + 1) * height)
            asked = [self._at[0]] if self._at else []
            asked += [self._going[0]] if self._going else []
            before, wanted = wanted, dict.fromkeys([*asked, *near])
            if wanted == before:
                break
            review.hold(wanted)
            self._sync()
            view.settle(anchor)
        missing = [p for p in wanted if p in review.by_path and review.by_path[p].change is None]
        if missing:
            review.want(missing)
        if self._at is None and self._going is None:
            hunks = [b for b in self.document.blocks if isinstance(b, TreeHunkBlock)]
            first = next((b for b in hunks if self._asks(b)), hunks[0] if hunks else None)
            if first is not None:
                self._mark(first)
                view.reveal(first)

    def _sync(self) -> None:
        if self.review is not None:
            self.document.sync(self.review)

    def _arrive(self) -> bool:
        """Go where a key asked to go, once that is there; True when that was now."""
        if self._going is None or self.review is None:
            return False
        path, which = self._going
        file = self.review.by_path.get(path)
        blocks = self.document.hunks_of(path)
        if file is None or (file.file is not None and not file.file.hunks):
            self._going = None
            return False
        if not blocks:
            return False
        asking = [b for b in blocks if not b.discarded and b.seen is not SeenState.SEEN]
        found = {
            "first": blocks[0],
            "last": blocks[-1],
            "first unseen": asking[0] if asking else None,
            "last unseen": asking[-1] if asking else None,
        }.get(which, self.document.find(path, which))
        self._going = None
        if found is not None:
            self._place(found, None)
        return found is not None

    def go(self, block: TreeHunkBlock, row: int | None = None) -> None:
        """Make it the current one, in sight; on screen row `row` where one is given."""
        self._place(block, row)
        self.settle()

    def _place(self, block: TreeHunkBlock, row: int | None) -> None:
        self._mark(block)
        view = self.viewport
        if row is not None:
            view.top = max(0, self.document.start(block) - view.eye_row(row, block))
        else:
            view.reveal(block)

    def eye(self) -> int | None:
        """The screen row of the current hunk's header; None where it is out of sight."""
        block = self.block
        if block is None or not self.viewport.holds(block):
            return None
        return self.document.start(block) - self.viewport.top

    def go_to(self, target: Goal) -> None:
        """Go to a hunk of a file, at once or as soon as it is read."""
        self._going = target
        self.settle()

    def _mark(self, block: TreeHunkBlock) -> None:
        old = self.block
        if old is block:
            return
        self._at = block.key
        for one, value in ((old, False), (block, True)):
            if one is not None:
                one.current = value
                one.scroll_back()
                self.document.remeasure(one)
        self.post_message(self.Moved())

    # ---------------------------------------------------------------- moving

    def next_target(self, step: int, *, unseen: bool) -> Goal | None:
        """The next hunk (before, with a negative step) from the current one; None for no other."""
        review = self.review
        if review is None or not review.files:
            return None
        index = self._file_index()
        block = self.block
        if block is not None:
            mine = self.document.hunks_of(block.of.path)
            at = mine.index(block)
            rest = mine[at + 1 :] if step > 0 else mine[:at][::-1]
            for other in rest:
                asks = not other.discarded and other.seen is not SeenState.SEEN
                if asks or not unseen:
                    return other.key
        files = review.files
        order = files[index + 1 :] if step > 0 else files[: max(index, 0)][::-1]
        if unseen:
            order = [*order, *(files[: index + 1] if step > 0 else files[index:][::-1])]
        which = "first" if step > 0 else "last"
        for file in order:
            if file.file is None or not unseen or file.unseen:
                found = (file.path, f"{which} unseen" if unseen else which)
                mine_too = self._at is not None and file.path == self._at[0]
                if mine_too and block is not None and file.unseen == 1 and self._asks(block):
                    return None
                return found
        return None

    def _asks(self, block: TreeHunkBlock) -> bool:
        return not block.discarded and block.seen is not SeenState.SEEN

    def _file_index(self) -> int:
        file = self.file
        if file is None or self.review is None:
            return -1
        return next((n for n, one in enumerate(self.review.files) if one is file), -1)

    def scroll_by(self, lines: int) -> None:
        """Scroll by rows; what is current stays."""
        self.viewport.scroll(lines)
        self.settle()

    def page(self, direction: int) -> None:
        """One screen down (1) or up (-1), with two rows of overlap."""
        self.scroll_by(direction * max(1, self.size.height - 2))

    def unfold(self) -> None:
        """Unfold, or show more unchanged lines round the change."""
        block = self.block
        if block is None:
            return
        if block.unfolded:
            block.show_more()
        else:
            block.folded = False
        row = self.eye()
        self.document.remeasure(block)
        self.go(block, row)

    def selected_lines(self) -> tuple[int, int] | None:
        """Lines (1-based, inclusive) of the newer side that are selected in the current hunk."""
        selection, block = self.text_selection, self.block
        if selection is None or selection.start is None or selection.end is None or block is None:
            return None
        first, last = (self.document.at(p.y) for p in (selection.start, selection.end))
        if first is None or last is None or first[0] is not block or last[0] is not block:
            return None
        start, end = block.worktree_line(first[1]), block.worktree_line(last[1])
        return None if start is None or end is None else (start, max(start, end))

    # ---------------------------------------------------------------- what was painted

    def rows_presented(self) -> None:
        """What of the current hunk can be judged once the view is painted."""
        block, view = self.block, self.viewport
        if block is None:
            self._looking, self._shown_whole = (None, 0, 0), None
            return
        start = self.document.start(block)
        first = view.top - start
        self._looking = (block, first, first + view.height)
        self._shown_whole = block if self._judged(block, start) else None

    def _judged(self, block: TreeHunkBlock, start: int) -> bool:
        if not block.unfolded and block.lines:
            return False
        view = self.viewport
        bottom, last = view.top + view.height, block.last_change
        if last < view.height:
            return view.holds(block) and start + last < bottom
        in_sight = start < bottom and view.top < start + block.solid
        return in_sight and not self._unshown(block)

    def _unshown(self, block: TreeHunkBlock) -> frozenset[int]:
        looking, first, end = self._looking
        if looking is not block:
            return block.unshown
        return frozenset(n for n in block.unshown if not first <= n < end)

    def rows_painted(self, crop: Region) -> None:
        """They are on the screen now."""
        del crop
        if self._under_mark is not self._shown_whole:
            self._under_mark = self._shown_whole
            self._painted_at = self._clock()
        block, first, end = self._looking
        if block is not None:
            block.looked_at(first, end)
