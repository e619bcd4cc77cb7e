"""Changed lines on as many rows as they need: where they break, and what of them is left out.

Unchanged lines take one row and are cut. A changed one is never cut: it breaks behind a blank or a
mark where there is one, and where much of a long line is the same on both sides, the rows that say
nothing new are one row.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, islice, takewhile
from typing import NamedTuple

from spark_tui.core.edits.lookalike import named
from spark_tui.core.edits.model import Row
from spark_tui.core.regex import regex
from spark_tui.ui.style.cells import cells, is_plain, pieces
from spark_tui.ui.style.row_paint import StyledRange

LEAST = 12
"""Cells a row of a line is given even where there are fewer."""

ENDING = " ← "
"""Stands before the name of a line's ending."""

_LEADING = regex(r"\s*")
_MARK = regex(r".*[,;:.([{)\]}>/|&=+]", re.DOTALL)
"""Up to the last mark behind which a line breaks where no blank is near."""

_WIDE = 2
_ALIKE = 3
"""Rows that are the same on both sides from which they become one."""


class Slice(NamedTuple):
    """Characters `start` to `end` of a line, on a row of their own.

    `indent` cells stand left of them. With `alike` they are the same on both sides, more than a row
    holds, and only counted.
    """

    start: int
    end: int
    indent: int = 0
    alike: bool = False


class Lined(NamedTuple):
    """A changed line on its rows. `parts` are its characters as they are shown, () for as is."""

    parts: Sequence[str]
    slices: Sequence[Slice]


class WrappedRow(NamedTuple):
    """Row `number` (from 0) of a line that takes several; `last` is true for the last one."""

    number: int
    slice: Slice
    parts: Sequence[str]
    last: bool


class Frame(NamedTuple):
    """What the rows of a line depend on besides the line.

    `room` in cells for its text; `around` is how many rows stay beside a difference; with `whole`
    nothing is left out; `paired` lines stand side by side.
    """

    room: int
    around: int = 1
    whole: bool = False
    ascii_only: bool = False
    paired: bool = False


def lined(row: Row, frame: Frame, before: tuple[str, Lined] | None = None) -> Lined | None:
    """The rows of a changed line; None where it is one row and shown as it is.

    `before` is the line when it was shorter, and its rows then.
    """
    text, room = row.text, max(LEAST, frame.room)
    # Of a line that grows only what is new is looked at.
    grows = before is not None and not before[1].parts and text.startswith(before[0])
    fresh = text[len(before[0]) :] if grows and before is not None else text
    plain = fresh.isascii() and fresh.isprintable() and not row.unseen
    if grows and before is not None and not before[0].isascii():
        plain = False
    if plain and not row.ending and len(text) <= room:
        return None
    ending = len(ENDING + row.ending) if row.ending else 0
    if plain and len(text) + ending <= room:
        return None
    parts = () if plain else _shown(row, ascii_only=frame.ascii_only)
    known: Sequence[Slice] = ()
    if grows and before is not None:
        known = before[1].slices[:-1]
    if parts or not text.isascii():
        slices = [*known, *_broken(text, parts, room, known)]
    else:
        slices = [*known, *_broken_plainly(text, room, known)]
    if not frame.whole and row.emphasis:
        slices = list(_shortened(slices, row, frame.around))
    if row.emphasis and len(slices) > 1:
        parts = _edges_drawn(row, parts, slices, ascii_only=frame.ascii_only)
    last = slices[-1]
    used = last.indent + cells("".join(parts[last.start :]) if parts else text[last.start :])
    if ending and used + ending > room:
        slices.append(Slice(len(text), len(text), last.indent))
    return Lined(parts, slices)


def _shown(row: Row, *, ascii_only: bool) -> Sequence[str]:
    """What stands for each character; () where every one stands for itself."""
    text = row.text
    if is_plain(text) and not row.unseen and (text.isascii() or not ascii_only):
        return ()
    shown = pieces(text)
    if row.unseen:
        for start, end in row.emphasis:
            for n in range(start, end):
                tab = "→" + shown[n][1:] if text[n] == "\t" else ""
                shown[n] = tab or named(text[n])
    if ascii_only:
        stand_ins = {"␣": "~", "→": ">"}
        for n, part in enumerate(shown):
            if not part.isascii():
                simple = stand_ins.get(part[0], "") if text[n] in " \t" else ""
                shown[n] = simple + part[1:] if simple else named(text[n])
    return shown


def _edges_drawn(
    row: Row, parts: Sequence[str], slices: Sequence[Slice], *, ascii_only: bool
) -> Sequence[str]:
    """Draws blanks that differ where they would not be seen: where a row ends, or goes on."""
    text, blank = row.text, "~" if ascii_only else "␣"
    ends = [piece.end for piece in slices]
    drawn: list[str] | None = None
    for first, last in row.emphasis:
        for piece in slices[bisect_right(ends, first) : bisect_left(ends, last) + 1]:
            low, high = max(piece.start, first), min(piece.end, last)
            edges: list[int] = []
            if high == piece.end:
                edges += takewhile(lambda n: text[n].isspace(), range(high - 1, low - 1, -1))
            if low == piece.start > 0:
                edges += takewhile(lambda n: text[n].isspace(), range(low, high))
            for n in edges:
                drawn = drawn if drawn is not None else list(parts or text)
                if not drawn[n].strip():
                    drawn[n] = blank * cells(drawn[n])
    return parts if drawn is None else drawn


def _broken(text: str, parts: Sequence[str], room: int, known: Sequence[Slice]) -> Iterator[Slice]:
    """The rows after the `known` ones, of at most `room` cells; all but the first are indented."""
    body = len(text) - len(text.lstrip())
    lead = cells("".join(parts[:body]) if parts else text[:body])
    indent = min(lead + 2, room // 3)
    sizes = None if not parts and text.isascii() else [cells(part) for part in parts or text]
    start = known[-1].end if known else 0
    while True:
        inset = indent if start else 0
        end = _reach(sizes, len(text), start, max(LEAST, room - inset))
        if end < len(text):
            end = _break(text, sizes, max(start, body), end)
        yield Slice(start, end, inset)
        if end >= len(text):
            return
        start = end


def _broken_plainly(text: str, room: int, known: Sequence[Slice]) -> Iterator[Slice]:
    """The same for a text of which every character takes one cell: most there is."""
    body = _LEADING.match(text).end()  # type: ignore[union-attr]
    indent = min(body + 2, room // 3)
    length, start = len(text), known[-1].end if known else 0
    while True:
        inset = indent if start else 0
        end = start + max(LEAST, room - inset)
        if end >= length:
            yield Slice(start, length, inset)
            return
        end = _break(text, None, start if start > body else body, end)
        yield Slice(start, end, inset)
        start = end


def _reach(sizes: Sequence[int] | None, length: int, start: int, room: int) -> int:
    """The end of what fits into `room` cells: one character at least, and what joins it."""
    if sizes is None:
        return min(length, start + room)
    end, used = start, 0
    while end < length and (used + sizes[end] <= room or end == start):
        used += sizes[end]
        end += 1
    return end


def _break(text: str, sizes: Sequence[int] | None, start: int, end: int) -> int:
    """Where a row ends that could hold everything from `start` to `end`.

    Wide characters may be parted anywhere.
    """
    if sizes is not None and sizes[end] == _WIDE:
        return end
    first = start + (end - start) // 3
    found = blank = 1 + text.rfind(" ", first, end)
    if blank <= start + (end - start) * 2 // 3:
        marked = _MARK.match(text, first, end)
        found = max(blank, marked.end() if marked else 0)
    return end if not found or (sizes is not None and not sizes[found]) else found


def _shortened(slices: Sequence[Slice], row: Row, around: int) -> Iterator[Slice]:
    """The first row, those that differ and `around` beside them; others count as one row."""
    ends = [piece.end for piece in slices]
    kept = {0} | ({len(slices) - 1} if row.ending else set())
    for start, end in row.emphasis:
        touched = _touched(ends, start, end)
        kept.update(range(touched.start - around, touched.stop + around))
    for keep, run in groupby(enumerate(slices), key=lambda one: one[0] in kept):
        some = [piece for _, piece in run]
        if keep or len(some) < _ALIKE:
            yield from some
        else:
            yield Slice(some[0].start, some[-1].end, some[0].indent, alike=True)


def _touched(ends: Sequence[int], start: int, end: int) -> range:
    """Which of the rows that end at `ends` hold characters `start` to `end`, or that place."""
    last = len(ends) - 1
    low, high = bisect_right(ends, start), bisect_left(ends, max(end, start + 1))
    return range(min(low, last), min(high, last) + 1)


class Wraps:
    """How many rows each line of a hunk, or each pair of lines, takes; it grows with the hunk.

    Lines without a mark that are `known` by their text are not wrapped again.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._lined: list[Lined | None] = []
        self._starts: list[int] = [0]
        self.known: dict[str, Lined] = {}
        self._last = ""
        self._tail: tuple[str, Lined] | None = None

    @property
    def height(self) -> int:
        """All rows."""
        return self._starts[-1]

    def start(self, item: int) -> int:
        """The row on which a line or pair begins; where the next one will for an unknown one."""
        return self._starts[min(item, len(self._starts) - 1)]

    def at(self, row: int) -> tuple[int, int]:
        """The line or pair on a row, and which of its rows that is."""
        item = bisect_right(self._starts, row) - 1
        return item, row - self._starts[item]

    def place(self, number: int, inside: int) -> WrappedRow | None:
        """What row `inside` of line `number` shows; None for a line that is one row as it is."""
        found = self._lined[number]
        if found is None:
            return None
        last = len(found.slices) - 1
        return WrappedRow(inside, found.slices[inside], found.parts, inside == last)

    def rows(self, number: int) -> int:
        """How many rows line `number` takes."""
        found = self._lined[number]
        return 1 if found is None else len(found.slices)

    def marked(self, number: int, row: Row) -> Sequence[int]:
        """The rows of line `number` that show a difference; the first where all of it is one."""
        found = self._lined[number]
        if found is None:
            return (0,)
        ends = [piece.end for piece in found.slices]
        rows = {len(ends) - 1} if row.ending else set()
        for start, end in row.emphasis:
            rows.update(_touched(ends, start, end))
        return sorted(rows) or (0,)

    def kept(self, number: int, text: str) -> int:
        """How many rows of line `number` stay if it is the last one and grows to `text`."""
        last = self._lined[number] if number == len(self._lined) - 1 else None
        if last is None or last.parts or not text.startswith(self._last):
            return 0
        return len(last.slices) - 1

    def by_text(self, rows: Sequence[Row]) -> dict[str, Lined]:
        """Lines that take several rows, for others of the same text."""
        return {
            row.text: found
            for row, found in zip(rows, self._lined, strict=False)
            if found is not None
        }

    def cut(self, item: int, number: int) -> None:
        """Line `number`, line or pair `item`, and all after them will be others."""
        last = self._lined[-1] if number == len(self._lined) - 1 else None
        self._tail = (self._last, last) if last is not None else None
        del self._lined[number:]
        del self._starts[item + 1 :]

    def grow(
        self, rows: Sequence[Row], pairs: Sequence[tuple[int | None, int | None]] | None
    ) -> None:
        """Take the lines, and how they are paired, from the first unknown one on."""
        before, self._tail = self._tail, None
        for row in rows[len(self._lined) :]:
            one: Lined | None = None
            if row.tag != " " or row.emphasis:
                marked = row.emphasis or row.ending
                one = None if marked else self.known.get(row.text)
                one = one or lined(row, self.frame, before)
            self._lined.append(one)
            before, self._last = None, row.text
        first = len(self._starts) - 1
        if pairs is None:
            heights = [1 if one is None else len(one.slices) for one in self._lined[first:]]
        else:
            heights = [max(self.rows(n) for n in p if n is not None) for p in pairs[first:]]
        self._starts += islice(accumulate(heights, initial=self._starts[-1]), 1, None)


def clipped(spans: Sequence[StyledRange], start: int, end: int) -> list[StyledRange]:
    """Coloured ranges of characters `start` to `end`, counted from there."""
    first = bisect_right(spans, start, key=lambda span: span[1])
    out: list[StyledRange] = []
    for left, right, role in islice(spans, first, None):
        if left >= end:
            break
        out.append((max(left, start) - start, min(right, end) - start, role))
    return out


def within(ranges: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The parts of ranges that lie between `start` and `end`, counted from there."""
    return [
        (max(left, start) - start, min(right, end) - start)
        for left, right in ranges
        if left < end and right > start
    ]
