"""Files in order as blocks: those near the screen by hunks, the others by one row each."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.tree_review.model import TreeHunk
from spark_tui.core.tree_review.seen import SeenState
from spark_tui.pair.tree_review import ReviewedFile, TreeReview
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.blocks import TranscriptBlock, WordsBlock
from spark_tui.ui.transcript.layout import Rows
from spark_tui.ui.tree_review.blocks import FileRow, TreeHunkBlock


class _Shown:
    """The blocks of a file, and what they were made of."""

    def __init__(self, blocks: list[TranscriptBlock], made_of: object) -> None:
        self.blocks = blocks
        self.made_of = made_of


class TreeDocument(Rows):
    """The rows of a review. `fold_blanks` folds hunks that change nothing but blanks."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.fold_blanks = False
        self._files: dict[str, _Shown] = {}
        self._folds: dict[tuple[str, str], tuple[bool | None, int | None]] = {}
        self._words: WordsBlock | None = None
        self._known: object = None

    def near(self, top: int, above: int, below: int) -> list[str]:
        """The files that show, or would show by their hunks, on so many rows round row `top`."""
        at = self.at(max(0, top))
        if at is None:
            return []
        found: dict[str, None] = {}
        index = at[0].index
        for part, room in ((self.blocks[index:], below), (self.blocks[:index][::-1], above)):
            taken = 0
            for block in part:
                if taken >= room:
                    break
                path = _path_of(block)
                taken += _LIKELY if isinstance(block, FileRow) else block.height
                if path is not None:
                    found[path] = None
        return list(found)

    def hunks_of(self, path: str) -> list[TreeHunkBlock]:
        """The hunks of a file that are shown, top to bottom."""
        shown = self._files.get(path)
        return [b for b in shown.blocks if isinstance(b, TreeHunkBlock)] if shown else []

    def first_of(self, path: str) -> TranscriptBlock | None:
        """The block a file begins with."""
        shown = self._files.get(path)
        return shown.blocks[0] if shown and shown.blocks else None

    def find(self, path: str, content: str) -> TreeHunkBlock | None:
        """The hunk of this content."""
        return next((b for b in self.hunks_of(path) if b.of.content == content), None)

    def say(self, lines: Sequence[str]) -> None:
        """Dim lines in place of hunks; none for hunks."""
        if tuple(lines) != (self._words.lines if self._words is not None else ()):
            self._words = WordsBlock(1, lines) if lines else None

    def sync(self, review: TreeReview) -> None:
        """Show the files as they are now, those that are held by their hunks."""
        known = (review, review.order, self.fold_blanks, self._words)
        if known != self._known:
            self._known = known
            self._all_anew(review)
        else:
            for path in review.touched:
                file, shown = review.by_path.get(path), self._files.get(path)
                if file is not None and shown is not None:
                    self._update(review, file, shown)
        review.touched.clear()

    def _all_anew(self, review: TreeReview) -> None:
        blocks: list[TranscriptBlock] = []
        if self._words is not None:
            self._words.layout(self.look)
            blocks.append(self._words)
        shown: dict[str, _Shown] = {}
        for file in review.files:
            one = shown[file.path] = self._files.get(file.path) or _Shown([], _NOTHING)
            self._remake(review, file, one)
            blocks += one.blocks
        self._files = shown
        self._put(blocks, 0)

    def _update(self, review: TreeReview, file: ReviewedFile, shown: _Shown) -> None:
        before = shown.blocks
        first, end = before[0].index, before[-1].index + 1
        self._remake(review, file, shown)
        if shown.blocks != before:
            self._put([*self.blocks[:first], *shown.blocks, *self.blocks[end:]], first)
        else:
            del self._starts[first + 1 :]

    def _remake(self, review: TreeReview, file: ReviewedFile, shown: _Shown) -> None:
        """Bring a file's blocks up to date."""
        by_hunks = file.path in review.held and (file.change is not None or bool(file.taken))
        made_of = (file.version, id(file.change), self.fold_blanks) if by_hunks else None
        if shown.made_of == made_of and made_of is not None:
            return
        before = shown.blocks
        shown.made_of = made_of
        shown.blocks = self._made(review, file, before) if by_hunks else []
        if not shown.blocks:
            shown.made_of = None
            shown.blocks = _row(file, before)
        for block in shown.blocks:
            if not isinstance(block, FileRow) and not any(block is old for old in before):
                block.layout(self.look)

    def _put(self, blocks: list[TranscriptBlock], first: int) -> None:
        self.blocks = blocks
        for index in range(first, len(blocks)):
            blocks[index].index = index
        del self._starts[first + 1 :]

    def _made(
        self, review: TreeReview, file: ReviewedFile, before: Sequence[TranscriptBlock]
    ) -> list[TranscriptBlock]:
        known = {b.key: b for b in before if isinstance(b, TreeHunkBlock)}
        for old in known.values():
            self._folds[old.key] = (old.folded, old.context)
        made: list[TreeHunkBlock] = []
        change, hunks = file.change, list(file.change.file.hunks) if file.change else []
        for number, hunk in enumerate(hunks, 1):
            seen, place = review.state(file, hunk), (number, len(hunks))
            came = file.times.get(hunk.content, "")
            block = known.get((hunk.path, hunk.content))
            if block is not None and block.change is change and block.of == hunk:
                if block.stands(seen, place, came) or block.fold_blanks != self.fold_blanks:
                    block.fold_blanks = self.fold_blanks
                    self.remeasure(block)
                made.append(block)
            elif change is not None:
                moved = review.moved_from(change, hunk)
                new = TreeHunkBlock(change, hunk, seen=seen, place=place, came=came, moved=moved)
                new.fold_blanks = self.fold_blanks
                self._as_before(new, block)
                made.append(new)
        for one in file.taken:
            gone = known.get((file.path, one.hunk.content))
            if gone is not None and gone.discarded == one.entry:
                made.append(gone)
                continue
            was = one.change.file.hunks
            new = TreeHunkBlock(
                one.change,
                one.hunk,
                seen=SeenState.NEW,
                discarded=one.entry,
                place=(was.index(one.hunk) + 1, len(was)),
            )
            self._as_before(new, gone)
            made.append(new)
        ordered = sorted(made, key=lambda b: (_line(b.of), bool(b.discarded)))
        return [*ordered]

    def _as_before(self, block: TreeHunkBlock, old: TreeHunkBlock | None) -> None:
        """A hunk that is made anew is folded, or has as many lines round it, as before."""
        if not block.discarded:
            block.folded, block.context = self._folds.get(block.key, (None, None))
        if old is not None:
            block.current = old.current

    def unfold_all_again(self) -> None:
        """Forget which hunks were folded by hand."""
        self._folds.clear()


_NOTHING = object()

_LIKELY = 10
"""Rows that a file is taken to need before its hunks are known."""


def _line(hunk: TreeHunk) -> int:
    return hunk.old_start if hunk.ops else -1


def _path_of(block: TranscriptBlock) -> str | None:
    if isinstance(block, FileRow):
        return block.file.path
    return block.of.path if isinstance(block, TreeHunkBlock) else None


def _row(file: ReviewedFile, before: Sequence[TranscriptBlock]) -> list[TranscriptBlock]:
    if len(before) == 1 and isinstance(before[0], FileRow):
        before[0].forget()
        return list(before)
    return [FileRow(file)]
