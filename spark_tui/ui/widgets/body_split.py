"""Side by side: which removed and added rows share a screen row, and how such a row looks.

A row shows the old side left and the new side right. The two are paired by their place in a run of
changes; the pairing grows with the rows, so that a long answer costs what is new in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spark_tui.core.edits.model import Row, Tag
from spark_tui.core.edits.rows import emphasis
from spark_tui.ui.widgets.body_paint import Look, Part, RowView, Span

FROM_COLUMNS = 160
"""Terminal columns from which hunks are shown side by side unless told otherwise."""

_GROUNDS = {"+": "add", "-": "remove", " ": ""}


class Pair(NamedTuple):
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
        self.all: list[Pair] = []
        self._places: list[int] = []
        self._run = _Run(0, 0, 0)
        self._settled = (0, _Run(0, 0, 0))
        self._undo: tuple[int, Pair | None] | None = None

    def follow(self, rows: Sequence[Row], settled: int) -> int:
        """Take `rows`; from number `settled` on they may be others the next time (one at most).

        Returns the first pair that is not what it was.
        """
        touched = self._take_tail_back()
        for number in range(len(self._places), settled):
            touched = min(touched, self._add(number, rows[number].tag)[0])
        for number in range(settled, len(rows)):
            self._settled = (number, self._run)
            self._undo = self._add(number, rows[number].tag)
            touched = min(touched, self._undo[0])
        return touched

    def first_touched(self, row: int) -> int:
        """The first pair that holds diff row `row` or a later one."""
        return min(self._places[row:], default=len(self.all))

    def _add(self, number: int, tag: Tag) -> tuple[int, Pair | None]:
        """Pair a row; what undoes it: the place, and what stood there before."""
        run = self._run
        end = len(self.all)
        if tag == " " or (tag == "-" and run.added):
            run = _Run(end, 0, 0)
        if tag == "+" and run.added < run.removed:
            place = run.start + run.added
            before: Pair | None = self.all[place]
            self.all[place] = self.all[place]._replace(right=number)
        else:
            place, before = end, None
            self.all.append(Pair(None if tag == "+" else number, None if tag == "-" else number))
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


def split_view(
    left: Row | None,
    right: Row | None,
    spans: tuple[Sequence[Span], Sequence[Span]],
    look: Look,
    *,
    current: bool,
    number_width: int,
    marked: bool = True,
) -> RowView:
    """One row of two sides; a selection copies the new side, the old one where nothing is new.

    `spans` colour the left and the right text. With `marked` what differs within a pair is found
    where the rows don't say it.
    """
    bar = (look.bar if current else " ", "focus")
    if marked and left is not None and right is not None and left is not right:
        before, after = left.emphasis, right.emphasis
        if not before and not after:
            before, after = emphasis(left.text, right.text)
        left, right = left._replace(emphasis=before), right._replace(emphasis=after)
    old = _side(left, spans[0], bar, number_width, new=False)
    new = _side(right, spans[1], ("│", "rule"), number_width, new=True)
    if right is None:
        return old._replace(beside=new)
    return new._replace(beside=old, second=True)


def _side(
    row: Row | None, spans: Sequence[Span], lead: Part, number_width: int, *, new: bool
) -> RowView:
    if row is None:
        return RowView("", (lead,))
    number = row.new_no if new else row.old_no
    shown = "" if number is None else str(number)
    ground = _GROUNDS[row.tag]
    gutter = (
        lead,
        (f"{shown:>{max(5, number_width)}} ", "muted"),
        (f"{row.tag} ", ground or "text"),
    )
    return RowView(row.text, gutter, spans, "text", ground, row.emphasis, code=True)
