"""Base of the small widgets: they build their rows as strips, and only changed rows are painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from spark_tui.core.printable import STAND_INS
from spark_tui.ui.style.cells import cells, cut_end
from spark_tui.ui.style.contained import FaultBoundary, shown_or_blank
from spark_tui.ui.style.direct_write import ChangedCells, DirectPainter
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import STATE_MARKS

RoleText = tuple[str, str]
"""(role, safe text)."""

CaretPlace = tuple[int, int] | None
"""A cell of a widget, as (column, row), where what is typed goes; None for nowhere."""


_PLAIN = str.maketrans(
    {
        **STAND_INS,
        chr(0x2800): " ",
        **{chr(code): "." for code in range(0x2801, 0x2900)},
        **dict(zip("▁▂▃▄▅▆▇", "_.-=+*#", strict=True)),
        **{mark: simple for mark, simple, _ in STATE_MARKS.values()},
    }
)


def plain(text: str) -> str:
    """`text` in ASCII of the same width: our marks by their stand-ins, all else by `?`."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * cells(c) for c in text.translate(_PLAIN))


class PaintedWidget(FaultBoundary, Widget):
    """A widget of fixed rows without boxes, padding or focus.

    Subclasses build all rows in `rows(width, height)` and call `repaint` when their values
    changed: rows that stayed equal are not sent to the terminal again. `rows` sets `caret` where
    something is typed here.
    """

    can_focus = False
    ALLOW_SELECT = False
    DIRECT: ClassVar[bool] = False
    """True where rows change while an answer runs: the cells that do are written at once."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.caret: CaretPlace = None
        self._rows: list[Strip] = []
        self._rows_size = (-1, -1)
        self._direct = DirectPainter(self)

    def rows(self, width: int, height: int) -> Sequence[Strip]:
        """The rows to show, at most `height` of them, each at most `width` cells."""
        raise NotImplementedError

    def role(self, name: str) -> Style:
        """The style of a colour role on this widget's ground."""
        palette: Palette = getattr(self.app, "palette")  # noqa: B009
        return palette.style(name)

    def line(self, *parts: RoleText) -> Strip:
        """A strip of (role, text) parts; plain ASCII where the terminal speaks nothing else."""
        if getattr(self.app, "ascii_only", False):
            parts = tuple((role, plain(text)) for role, text in parts)
        return Strip([Segment(text, self.role(role)) for role, text in parts if text])

    def repaint(self) -> None:
        """Rebuild the rows; refresh those that differ from what is on the screen."""
        if not self.is_mounted or self.size.width == 0:
            self._rows_size = (-1, -1)
            return
        width, height = self.size
        before = self._rows if self._rows_size == (width, height) else None
        self._build(width, height)
        if before is None or len(before) != len(self._rows):
            self._leave(None)
            return
        rows = enumerate(zip(before, self._rows, strict=True))
        changed = [(y, old, new) for y, (old, new) in rows if not _same(old, new)]
        if not self.DIRECT or not self._direct.can_paint():
            for y, _, _ in changed:
                self._leave(Region(0, y, width, 1))
        elif changed:
            self._direct.paint(
                [
                    ChangedCells(y, new, start, end)
                    for y, old, new in changed
                    for start, end in changed_cells(old, new)
                ]
            )

    def _leave(self, region: Region | None) -> None:
        """Leave a region, or all, to Textual: until it is painted nothing is written past it."""
        self._direct.waiting = True
        if region is None:
            self.refresh()
        else:
            self.refresh(region)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips inside `crop`; bypasses the style cache, rows carry all their styles.

        As Textual's own does, it takes the widget for clean from here on.
        """
        self._dirty_regions.clear()
        strips = shown_or_blank(self, crop, self._lines)
        if self.DIRECT:
            self._direct.painted()
        return strips

    def _lines(self, crop: Region) -> list[Strip]:
        width, height = self.size
        if self._rows_size != (width, height):
            self._build(width, height)
        blank = Strip.blank(width, self.role("text"))
        out = [self._rows[y] if y < len(self._rows) else blank for y in crop.line_range]
        if crop.column_span != (0, width):
            return [strip.crop(*crop.column_span) for strip in out]
        return out

    def on_hide(self) -> None:
        """What was shown before may be old when it is shown again."""
        self._rows_size = (-1, -1)

    def notify_style_update(self) -> None:
        """A theme change drops all rows."""
        super().notify_style_update()
        self._rows_size = (-1, -1)

    def _build(self, width: int, height: int) -> None:
        ground = self.role("text")
        self._rows = [
            strip.crop(0, width).extend_cell_length(width, ground)
            for strip in list(self.rows(width, height))[:height]
        ]
        self._rows_size = (width, height)


def _same(a: Strip, b: Strip) -> bool:
    return a is b or a._segments == b._segments


def changed_cells(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """Ranges of cells in which two rows of one width differ, those close together as one."""
    out: list[tuple[int, int]] = []
    for at, (before, after) in enumerate(zip(_by_cell(old), _by_cell(new), strict=False)):
        if before == after:
            continue
        if out and at - out[-1][1] <= _CLOSE:
            out[-1] = out[-1][0], at + 1
        else:
            out.append((at, at + 1))
    return out


_CLOSE = 8
"""Cells that cost no more to be painted again than to be skipped."""


def _by_cell(row: Strip) -> list[tuple[str, Style | None]]:
    """What stands in each cell; whatever takes not one cell for each character stands in all."""
    out: list[tuple[str, Style | None]] = []
    for text, style, _ in row:
        if text.isascii() or all(cells(char) == 1 for char in text):
            out += [(char, style) for char in text]
        else:
            out += [(text, style)] * cells(text)
    return out


def spread(left: Sequence[RoleText], right: Sequence[RoleText], width: int) -> list[RoleText]:
    """Parts at the two ends of `width` cells; the right end stays, the left is cut."""
    taken = sum(cells(text) for _, text in right)
    out: list[RoleText] = []
    room = max(width - taken - 1, 0)
    for role, text in left:
        text = cut_end(text, room)  # noqa: PLW2901
        out.append((role, text))
        room -= cells(text)
    used = sum(cells(text) for _, text in out)
    out.append(("text", " " * max(width - used - taken, 1)))
    return [*out, *right]
