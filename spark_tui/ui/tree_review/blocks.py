"""One hunk of a tree on the screen, and the row of a file whose lines are not held."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.lookalike import appearance
from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState, Row
from spark_tui.core.tree_review.model import ChangeKind, PathChange, TreeHunk
from spark_tui.core.tree_review.moved import MovedFrom
from spark_tui.core.tree_review.rows import CONTEXT, cut_of, hunk_rows_of, only_blanks
from spark_tui.core.tree_review.seen import SeenState
from spark_tui.pair.tree_review import ReviewedFile
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import cells, cut_middle, safe
from spark_tui.ui.style.highlight import Colourist
from spark_tui.ui.style.row_paint import Look, RowView, joined
from spark_tui.ui.transcript.blocks import TranscriptBlock
from spark_tui.ui.transcript.hunk_block import HunkBlock
from spark_tui.ui.transcript.hunk_rows import counts_parts, header_row

MARKS = {
    SeenState.NEW: ("○", "o", "open"),
    SeenState.SEEN: ("✓", "+", "ok"),
    SeenState.CHANGED: ("✎", "@", "outside"),
}
"""Mark, mark without UTF-8 and role of how a hunk stands."""

DISCARDED = ("✗", "x", "drop")

_OPS = {
    ChangeKind.NEW: FileOp.CREATE,
    ChangeKind.DELETED: FileOp.DELETE,
    ChangeKind.RENAMED: FileOp.RENAME,
    ChangeKind.MODE: FileOp.MODE,
}


class FileRow(TranscriptBlock):
    """A file whose lines are not held: its name and how much it is, on one row."""

    def __init__(self, file: ReviewedFile) -> None:
        super().__init__(1)
        self.file = file
        self.height = 1

    def layout(self, look: Look) -> None:
        """One row."""
        del look
        self.forget()
        self.height = 1

    def view(self, row: int, look: Look) -> RowView:
        """Name, hunks, counts."""
        del row
        known = self.file.file
        if known is None:
            text, spans = joined([("… ", "muted"), (safe(self.file.path), "muted")])
            return RowView(text, ((" ", "text"),), spans)
        seen = len(known.hunks) - self.file.unseen
        said = words.file_hunks(len(known.hunks), seen)
        mark, plain, role = MARKS[SeenState.NEW if self.file.unseen else SeenState.SEEN]
        added = sum(hunk.added for hunk in known.hunks)
        removed = sum(hunk.removed for hunk in known.hunks)
        path = cut_middle(safe(known.path), max(8, look.width - cells(said) - 24))
        parts = [(plain if look.ascii_only else mark, role), (f" {path}   ", "text")]
        text, spans = joined([*parts, (said, "muted")])
        return RowView(text, ((" ", "text"),), spans, right=counts_parts((added, removed)))


class TreeHunkBlock(HunkBlock):
    """One hunk of a changed path. Its lines are those of the two sides that were read."""

    def __init__(
        self,
        change: PathChange,
        hunk: TreeHunk,
        *,
        seen: SeenState,
        discarded: int = 0,
        place: tuple[int, int] = (1, 1),
        came: str = "",
        moved: MovedFrom | None = None,
    ) -> None:
        super().__init__(_as_hunk(change, hunk, _state(seen, discarded)))
        self.change = change
        self.of = hunk
        self.seen = seen
        self.discarded = discarded
        self.came = came
        self.moved = moved
        self.blanks = only_blanks(change, hunk)
        self.fold_blanks = False
        self.place = place
        self.more = False
        self.running = False
        self.image = change.images[0] if change.images is not None else None

    @property
    def key(self) -> tuple[str, str]:
        """Path and content: what it is found again by."""
        return self.of.path, self.of.content

    def stands(self, seen: SeenState, place: tuple[int, int], came: str) -> bool:
        """Take how it stands now; False where that is nothing new."""
        if (self.seen, self.place, self.came) == (seen, place, came):
            return False
        state = _state(seen, self.discarded)
        if state is not self.hunk.state:
            self.set(_as_hunk(self.change, self.of, state))
        self.seen, self.place, self.came = seen, place, came
        return True

    @property
    def lines(self) -> Sequence[Row]:
        """The diff rows, whether shown or not."""
        if self._rows is None:
            usual = 0 if self._compact else CONTEXT
            context = usual if self.context is None else self.context
            self._rows = hunk_rows_of(self.change, self.of, context)
        return self._rows

    def header(self, look: Look) -> RowView:
        """Mark, path and line, which of how many, what it is, counts."""
        hunk = self.of
        state = DISCARDED if self.discarded else MARKS[self.seen]
        where = safe(hunk.path)
        if hunk.new_start and hunk.kind in (ChangeKind.LINES, ChangeKind.BINARY):
            where = f"{where}:{hunk.new_start}"
        done = self.discarded or self.seen is SeenState.SEEN
        return header_row(
            state,
            (where, "muted" if done else "text"),
            look,
            current=self.current,
            place=self.place,
            more=False,
            words=(self._told(), "outside" if self.seen is SeenState.CHANGED else "muted"),
            counts=(hunk.added, hunk.removed),
        )

    def _told(self) -> str:
        hunk = self.of
        said = [safe(hunk.what)] if hunk.what else []
        if self.discarded:
            said.append(words.discarded(self.discarded))
        elif self.seen is SeenState.CHANGED:
            said.append(words.CHANGED_SINCE_SEEN)
        if self.came:
            said.append(words.came_at(self.came))
        if self.blanks:
            said.append(words.ONLY_BLANKS)
        if self.moved is not None:
            place = f"{safe(self.moved.path)}:{self.moved.line}"
            said.append(words.moved_lines(self.moved.lines, place, gone=self.moved.gone))
        if cut_of(hunk):
            said.append(words.not_shown(cut_of(hunk)))
        unseen = words.differs_in(self.lines) if self.unfolded else ""
        return " · ".join([*said, *([unseen] if unseen else [])])

    def _colour_alone(self, colourist: Colourist) -> None:
        """Colours of its own only where there is no file: one that is there is lexed in slices."""
        if self.change.images is None:
            super()._colour_alone(colourist)

    def worktree_line(self, row: int) -> int | None:
        """The line (1-based) of the newer side on row `row` of the block, or right above it."""
        shown = self.lines
        number, _ = self._wraps.at(max(0, row - self._top))
        if self._pairs is not None and self._pairs.all:
            pair = self._pairs.all[min(max(number, 0), len(self._pairs.all) - 1)]
            number = pair.right if pair.right is not None else pair.left or 0
        above = shown[: number + 1] if number >= 0 else ()
        found = (r.new_no for r in reversed(above) if r.new_no is not None)
        return next(found, self.of.new_start or None)

    def _is_unfolded(self, look: Look) -> bool:
        if self.folded is not None:
            return not self.folded
        if self.discarded or self.seen is SeenState.SEEN or (self.blanks and self.fold_blanks):
            return False
        return not look.compact or self.current


def _state(seen: SeenState, discarded: int) -> HunkState:
    if discarded:
        return HunkState.DROPPED
    return HunkState.APPLIED if seen is SeenState.SEEN else HunkState.OPEN


def _as_hunk(change: PathChange, hunk: TreeHunk, state: HunkState) -> Hunk:
    """The hunk as a transcript's blocks know one: all it changes as one range of base lines."""
    op = _OPS.get(hunk.kind, FileOp.UPDATE)
    ident = HunkId(1, 1, hunk.id)
    if hunk.kind is ChangeKind.RENAMED:
        alike = appearance(change.file.origin) == appearance(hunk.path)
        name = hunk.path if alike else None  # only names that look the same need their two rows
        return Hunk(
            ident,
            change.file.origin,
            op,
            state,
            move_to=name,
            added=hunk.added,
            removed=hunk.removed,
        )
    images = change.images
    if images is None or not (hunk.ops or op in (FileOp.CREATE, FileOp.DELETE)):
        return Hunk(ident, hunk.path, op, state, added=hunk.added, removed=hunk.removed)
    one, two = images
    a1, a2, b1, b2 = 0, len(one.lines), 0, len(two.lines)
    if hunk.ops:
        a1, a2 = hunk.ops[0].a1, hunk.ops[-1].a2
        b1, b2 = hunk.ops[0].b1, hunk.ops[-1].b2
    old, new = tuple(one.lines[a1:a2]), tuple(two.lines[b1:b2])
    return Hunk(
        ident,
        hunk.path,
        op,
        state,
        None,
        (a1, a2),
        old,
        new,
        added=hunk.added,
        removed=hunk.removed,
    )
