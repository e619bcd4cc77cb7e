"""A widget that shows a document's rows and asks for exactly the cells that differ.

Textual lays nothing out here: the widget keeps its own scroll position and one cached strip per
row. What a hunk is, or which is current, is the business of `body`.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import RenderResult
from textual.geometry import Offset, Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from spark_tui.core.dataclass import replace
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.style.contained import FaultBoundary, shown_or_blank
from spark_tui.ui.style.direct_write import ChangedCells, DirectPainter
from spark_tui.ui.style.highlight import Colourist
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look, difference
from spark_tui.ui.transcript.blocks import TranscriptBlock
from spark_tui.ui.transcript.layout import Rows
from spark_tui.ui.transcript.mouse_selection import cell_range, hit_strip
from spark_tui.ui.transcript.side_by_side import FROM_COLUMNS
from spark_tui.ui.transcript.viewport import Viewport

COMPACT = (72, 20)
"""Columns and rows of the terminal under which only the current hunk is unfolded."""

RowsT = TypeVar("RowsT", bound=Rows)

SIDEWAYS = 8
"""Cells a key moves long lines."""


class RowScreen(FaultBoundary, Widget, Generic[RowsT]):
    """Rows of `document` from `viewport.top` on, painted, selectable, never laid out.

    Many methods: half of them are Textual's, which calls each for a part of painting.
    """

    FOCUS_ON_CLICK = False

    def __init__(
        self,
        palette: Palette | None,
        *,
        ascii_only: bool,
        clock: Callable[[], int] = time.monotonic_ns,
        keymap: Keymap | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._look = Look(
            80, palette or Palette(), ascii_only=ascii_only, keymap=keymap or Keymap()
        )
        self.document = self.new_document(self._look)
        self.viewport = Viewport(self.document)
        self._shown: list[Strip] = []
        self._shown_top = 0
        self._direct = DirectPainter(self)
        self._clock = clock
        self._written_at: int | None = None
        self._after: list[Callable[[], object]] = []
        self._colourist = Colourist(clock)
        self._slicing = False
        self._wants_split: bool | None = None
        self._beside = False

    def new_document(self, look: Look) -> RowsT:
        """What it shows: empty at first."""
        raise NotImplementedError

    def held_block(self) -> TranscriptBlock | None:
        """The block whose first row stays where it is when the size changes."""
        return None

    def sideways_block(self) -> TranscriptBlock | None:
        """The block whose long lines move sideways."""
        return None

    def rows_presented(self) -> None:
        """The rows about to be painted are known."""

    def rows_painted(self, crop: Region) -> None:
        """The rows in `crop` are being painted."""

    # ---------------------------------------------------------------- looks

    @property
    def palette(self) -> Palette:
        """The styles in use; setting others repaints."""
        return self._look.palette

    @palette.setter
    def palette(self, palette: Palette) -> None:
        self._relook(replace(self._look, palette=palette))

    @property
    def settled(self) -> bool:
        """True when nothing more will change without an event: all colours have arrived."""
        return not self._slicing and not self._colourist.loading

    @property
    def split(self) -> bool:
        """True while hunks are shown side by side."""
        return self._look.split

    def when_painted(self, call: Callable[[], object]) -> None:
        """Call it in the loop, once what was shown last is on the screen."""
        if self._direct.waiting:
            self._after.append(call)
        else:
            self.call_later(call)

    def toggle_split(self) -> bool:
        """Side by side, or one below the other, from here on at any width.

        False where the screen is too small for two sides.
        """
        if self._look.compact or self._beside:
            return False
        self._wants_split = not self._look.split
        self._fit(self.size)
        return True

    @property
    def beside(self) -> bool:
        """True while another transcript stands beside: hunks are not shown side by side then."""
        return self._beside

    @beside.setter
    def beside(self, value: bool) -> None:
        self._beside = value

    def scroll_code(self, columns: int) -> None:
        """Scroll what is cut of `sideways_block` by cells, no further than its longest line."""
        block = self.sideways_block()
        if block is not None and block.scroll(columns, self._look):
            block.forget()
            self.present()

    def _relook(self, look: Look) -> None:
        self._look = look
        self.document.repaint(look)
        self._shown = []
        self.present()

    def on_resize(self, event: events.Resize) -> None:
        """Lay the rows out for the new size; the held block keeps its row."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        screen = self.app.size
        compact = screen.width < COMPACT[0] or screen.height < COMPACT[1]
        held, unseen = self.held_block(), not self.viewport.height
        anchor = self.viewport.anchor(held)
        self._shown = []
        self.viewport.height = size.height
        wide = screen.width >= FROM_COLUMNS if self._wants_split is None else self._wants_split
        split = wide and not compact and not self._beside
        look = replace(self._look, width=max(1, size.width), compact=compact, split=split)
        if look != self._look:
            self._look = look
            self.document.relayout(look)
        if anchor is not None and anchor.current and held is not None:
            anchor.row = self.viewport.eye_row(anchor.row, held)
        if unseen and held is not None:
            self.viewport.reveal(held)
        else:
            self.viewport.settle(anchor)
        self.present()

    def notify_style_update(self) -> None:
        """Textual's styles changed; ours come from the palette, so only painting starts anew."""
        super().notify_style_update()
        self._shown = []

    # ---------------------------------------------------------------- painting

    def present(self) -> None:
        """Paint the cells that differ from what is shown, or have them painted."""
        size, top = self.size, self.viewport.top
        if not size or size.width != self._look.width or not self.is_attached:
            return
        if not self.document.colour(top, size.height, self._colourist):
            self._slice_soon()
        new = [self._row(top + y) for y in range(size.height)]
        old, moved = self._shown, top - self._shown_top
        self._shown, self._shown_top = new, top
        self.rows_presented()
        if len(old) != len(new):
            self.repaint()
        elif self._direct.can_paint():
            self._paint(old, new, moved)
            self.rows_painted(size.region)
        elif cells := _changed(old, new):
            self.repaint(*(Region(c.start, c.y, c.end - c.start, 1) for c in cells))
        elif not self._direct.waiting:
            self.rows_painted(Region())  # it is on the screen already

    def _paint(self, old: Sequence[Strip], new: Sequence[Strip], moved: int) -> None:
        before: Sequence[Strip | None] = old
        can_scroll = self._direct.scrolls and not self._beside
        scroll = moved if abs(moved) <= len(new) // 2 and can_scroll else 0
        if scroll:
            nothing = [None] * abs(scroll)
            before = [*old[scroll:], *nothing] if scroll > 0 else [*nothing, *old[:scroll]]
        cells = _changed(before, new)
        if cells or scroll:
            self._direct.paint(cells, scroll)
            self._written_at = self._clock()

    def take_written(self) -> int | None:
        """When cells were last written past Textual, ns; None if none were since this was asked."""
        at, self._written_at = self._written_at, None
        return at

    def repaint(self, *regions: Region) -> None:
        """Leave the painting to Textual."""
        self._direct.waiting = True
        self.refresh(*regions)

    def _row(self, row: int) -> Strip:
        strip = self.document.strip(row)
        if strip is None:
            return Strip.blank(self._look.width, self.palette.style("text"))
        return strip

    def render(self) -> RenderResult:
        """Nothing: rows are painted by `render_lines`."""
        return ""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of the rows in `crop`; blank ones where they can't be made."""
        return shown_or_blank(self, crop, self._lines)

    def _lines(self, crop: Region) -> list[Strip]:
        if len(self._shown) < crop.bottom or self.size.width != self._look.width:
            self._fit(self.size)
        shown = self._shown
        blank = Strip.blank(self._look.width, self.palette.style("text"))
        out = [shown[y] if y < len(shown) else blank for y in crop.line_range]
        selection = self.text_selection
        if selection is not None:
            rows = range(self.viewport.top + crop.y, self.viewport.top + crop.bottom)
            out = [
                self._selected(row, strip, selection) for row, strip in zip(rows, out, strict=True)
            ]
        self.rows_painted(crop)
        self._direct.painted()
        while self._after:
            self.call_later(self._after.pop(0))
        if crop.column_span != (0, self._look.width):
            out = [strip.crop(*crop.column_span) for strip in out]
        return out

    # ---------------------------------------------------------------- colours that come later

    def warm(self, paths: Sequence[str]) -> None:
        """Have the lexers for these files imported, in a thread, and colour with them then."""
        if not self.is_attached:
            return
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def arrived() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody is left to paint for
                loop.call_soon_threadsafe(self.present, context=context)

        self._colourist.warm(paths, arrived)

    def _slice_soon(self) -> None:
        """Go on colouring in the next frame; the only timer of ours, and it ends with the work."""
        if not self._slicing:
            self._slicing = True
            self.set_timer(1 / 60, self._slice)

    def _slice(self) -> None:
        self._slicing = False
        self.present()

    # ---------------------------------------------------------------- selection

    def render_line(self, y: int) -> Strip:
        """One row with the place in its text under every cell, for the mouse; never painted."""
        row = self.viewport.top + y
        view = self.document.view(row)
        return self._row(row) if view is None else hit_strip(view, self._look, row)

    def _selected(self, row: int, strip: Strip, selection: Selection) -> Strip:
        span = selection.get_span(row)
        view = self.document.view(row)
        if span is None or view is None:
            return strip
        start, end = cell_range(view, self._look, *span)
        if end <= start:
            return strip
        chosen = self.palette.style("select")
        ground = Style(bgcolor=chosen.bgcolor, reverse=chosen.reverse)
        middle = [Segment(s.text, (s.style or Style()) + ground) for s in strip.crop(start, end)]
        return Strip.join([strip.crop(0, start), Strip(middle), strip.crop(end)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it came, without gutters."""
        document = self.document
        start = selection.start or Offset(0, 0)
        end = selection.end
        last = document.height - 1 if end is None else min(end.y, document.height - 1)
        out: list[str] = []
        for row in range(max(0, start.y), last + 1):
            view = document.view(row)
            text = "" if view is None else view.text
            first = start.x if row == start.y else 0
            text = text[first : end.x] if end is not None and row == end.y else text[first:]
            if out and view is not None and view.joins:
                out[-1] += text
            else:
                out.append(text)
        return "\n".join(out), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the rows anew, with or without the selection."""
        del selection
        self.repaint()


def _changed(old: Sequence[Strip | None], new: Sequence[Strip]) -> list[ChangedCells]:
    out = []
    for y, (before, after) in enumerate(zip(old, new, strict=True)):
        span = difference(before, after)
        if span is not None:
            out.append(ChangedCells(y, after, *span))
    return out
