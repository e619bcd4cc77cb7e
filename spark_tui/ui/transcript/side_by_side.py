"""Side by side: which removed and added rows share a screen row, and how such a row looks.

A row shows the old side left and the new side right. The two are paired by their place in a run of
changes; the pairing grows with the rows, so that a long answer costs what is new in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.model import Row
from spark_tui.core.edits.rows import emphasis
from spark_tui.ui.style.row_paint import Look, RowView, StyledRange, StyledText
from spark_tui.ui.transcript.hunk_rows import line_view
from spark_tui.ui.transcript.wrap import WrappedRow

FROM_COLUMNS = 160
"""Terminal columns from which hunks are shown side by side unless told otherwise."""


class RowPair(NamedTuple):
    """Numbers of the diff rows left and right, None where that side has nothing."""

    left: int | None
    right: int | None


class _Run(NamedTuple):
    """The run of changes that may still grow: its first pair, removed and added rows in it."""

    start: int
    removed: int
    added: int


class Pairs:
    """Diff rows as pairs. `follow` takes the rows as they are now; known ones stay."""

    def __init__(self) -> None:
        self.all: list[RowPair] = []
        self._places: list[int] = []
        self._run = _Run(0, 0, 0)
        self._settled = (0, _Run(0, 0, 0))
        self._undo: tuple[int, RowPair | None] | None = None

    def follow(self, rows: Sequence[Row], settled: int) -> int:
        """Take `rows`; from number `settled` on they may be others the next time (one at most).

        Returns the first pair that is not what it was.
        """
        touched = self._take_tail_back()
        for number in range(len(self._places), settled):
            touched = min(touched, self._add(number, rows[number])[0])
        for number in range(settled, len(rows)):
            self._settled = (number, self._run)
            self._undo = self._add(number, rows[number])
            touched = min(touched, self._undo[0])
        return touched

    def place(self, row: int) -> int:
        """The pair that holds diff row `row`."""
        return self._places[row]

    def first_touched(self, row: int) -> int:
        """The first pair that holds diff row `row` or a later one."""
        return min(self._places[row:], default=len(self.all))

    def _add(self, number: int, row: Row) -> tuple[int, RowPair | None]:
        """Pair a row; what undoes it: the place, and what stood there before."""
        run, tag = self._run, row.tag
        end = len(self.all)
        if tag == " " or (tag == "-" and run.added):
            run = _Run(end, 0, 0)
        if tag == "+" and run.added < run.removed:
            place = run.start + run.added
            before: RowPair | None = self.all[place]
            self.all[place] = self.all[place]._replace(right=number)
        else:
            place, before = end, None
            left = None if tag == "+" else number
            self.all.append(RowPair(left, None if tag == "-" or row.there else number))
        if tag == " ":
            run = _Run(end + 1, 0, 0)
        elif tag == "-":
            run = run._replace(removed=run.removed + 1)
        else:
            run = run._replace(added=run.added + 1)
        self._run = run
        self._places.append(place)
        return place, before

    def _take_tail_back(self) -> int:
        """Forget the unfinished row; the place it had, or the end."""
        if self._undo is None:
            return len(self.all)
        place, before = self._undo
        number, self._run = self._settled
        if before is None:
            del self.all[place:]
        else:
            self.all[place] = before
        del self._places[number:]
        self._undo = None
        return place


def split_marks(left: Row | None, right: Row | None) -> tuple[Row | None, Row | None]:
    """The two sides with what differs between them, found where the rows do not say it."""
    if left is None or right is None or left is right:
        return left, right
    before, after = left.emphasis, right.emphasis
    if not before and not after:
        before, after = emphasis(left.text, right.text)
    return left._replace(emphasis=before), right._replace(emphasis=after)


class RowSide(NamedTuple):
    """What one side of a row shows: a line or one of its rows; `row` None for nothing more."""

    row: Row | None
    spans: Sequence[StyledRange] = ()
    place: WrappedRow | None = None
    shift: int = 0


def split_view(
    left: RowSide | None, right: RowSide | None, look: Look, *, current: bool, number_width: int
) -> RowView:
    """One row of two sides; a selection copies the new side, the old one where nothing is new.

    A side that has no more rows than this is blank, one that never had any is None.
    """
    bar = (look.bar if current else " ", "focus")
    old = _side(left, bar, number_width, new=False)
    new = _side(right, ("│", "rule"), number_width, new=True)
    if right is None:
        return old._replace(beside=new)
    return new._replace(beside=old, second=True)


def _side(side: RowSide | None, lead: StyledText, number_width: int, *, new: bool) -> RowView:
    if side is None:
        return RowView("", (lead,))
    row = side.row
    if row is None:
        return RowView("", (lead,), joins=True)
    number, width = row.new_no if new else row.old_no, max(5, number_width)
    return line_view(row, side.spans, lead, number, width, shift=side.shift, place=side.place)
