"""The code view: a file to read and to point at. Title, lines, and what the digits say."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import FileImage
from spark_tui.ui.code_view.code_block import CodeBlock
from spark_tui.ui.code_view.find import FindInFile
from spark_tui.ui.code_view.line_selection import LineSelection
from spark_tui.ui.prompt.draft import Draft
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.contained import FaultBoundary
from spark_tui.ui.style.painted import CaretPlace, PaintedWidget, RoleText
from spark_tui.ui.style.palette import Palette
from spark_tui.ui.style.row_paint import Look
from spark_tui.ui.transcript.layout import Rows
from spark_tui.ui.transcript.row_view import RowScreen

WHEEL = 3
MARGIN = 2
"""Lines kept in sight above and below the cursor."""


class CodeView(RowScreen[Rows], can_focus=False):
    """The lines. It keeps the cursor in sight; keys come through `CodePane`."""

    DEFAULT_CSS = "CodeView { width: 1fr; height: 1fr; }"

    @dataclass
    class Clicked(Message):
        """The mouse chose a line (from 0)."""

        line: int

    def __init__(
        self,
        palette: Palette | None,
        *,
        ascii_only: bool,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        super().__init__(palette, ascii_only=ascii_only, clock=clock, id="code-lines")
        self.viewport.follow = False
        self.block: CodeBlock | None = None

    def new_document(self, look: Look) -> Rows:
        """One block: the file."""
        return Rows(look)

    def sideways_block(self) -> CodeBlock | None:
        """The file."""
        return self.block

    def open(self, block: CodeBlock, top: int | None) -> None:
        """Show a file from row `top` on, or so that its cursor is in the middle."""
        if self.block is not None:
            self.document.remove(self.block)
        self.block = block
        self.document.insert(0, block)
        height = self.viewport.height or self.app.size.height // 2
        self.viewport.top = max(0, block.lines.first - height // 3) if top is None else top
        self.warm([block.image.path])
        self.changed()

    @property
    def top(self) -> int:
        """The first row in sight."""
        return self.viewport.top

    @property
    def caret(self) -> CaretPlace:
        """The cell where what is typed goes, else of the chosen line; None out of sight."""
        if self.block is None:
            return None
        column, row = self.block.caret
        row -= self.viewport.top
        return (column, row) if 0 <= row < self.viewport.height else None

    def changed(self, *, follow: bool = True) -> None:
        """Cursor, selection or box changed: lay out, keep them in sight, paint."""
        block = self.block
        if block is None:
            return
        self.document.remeasure(block)
        if follow:
            self._keep_in_sight(block)
        self._look_at(block)
        self.present()

    def _keep_in_sight(self, block: CodeBlock) -> None:
        view = self.viewport
        if not view.height:
            return
        first = block.row_of(block.lines.cursor)
        last = block.row_of(block.lines.last) + block.box_rows if block.box is not None else first
        margin = min(MARGIN, view.height // 6)
        if first - margin < view.top:
            view.top = max(0, first - margin)
        if last + margin >= view.top + view.height:
            view.top = min(last + margin, block.height - 1) - view.height + 1
        view.top = max(0, min(view.top, max(0, block.height - 1)))

    def scroll_by(self, rows: int) -> None:
        """Scroll without moving the cursor."""
        if self.block is not None:
            self.viewport.scroll(rows)
            self._look_at(self.block)
            self.present()

    def on_resize(self, event: events.Resize) -> None:
        """Lay the rows out anew and keep the cursor in sight."""
        super().on_resize(event)
        self.changed()

    def present(self) -> None:
        """Paint; first colour as far as the last line in sight."""
        if self.block is not None:
            self._look_at(self.block)
        super().present()

    def _look_at(self, block: CodeBlock) -> None:
        bottom = self.viewport.top + max(self.viewport.height, 1)
        block.seen = min(bottom, len(block.texts)) - 1

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Wheel down."""
        event.stop()
        self.scroll_by(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Wheel up."""
        event.stop()
        self.scroll_by(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there."""
        if self.block is not None:
            line = self.block.line_at(self.viewport.top + event.y)
            if line is not None:
                self.post_message(self.Clicked(line))


class _Title(PaintedWidget):
    def __init__(self) -> None:
        super().__init__(id="code-title")
        self.left = self.right = ""

    def show(self, left: str, right: str) -> None:
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        right = cut_end(self.right, max(0, width // 2))
        name = cut_middle(safe(self.left), max(8, width - cells(right) - 12))
        line = "─" * max(1, width - cells(name) - cells(right) - 8)
        return [
            self.line(
                ("rule", "── "),
                ("text", name),
                ("rule", f" {line} "),
                ("muted", right),
                ("rule", " ──"),
            )
        ]


class _Foot(PaintedWidget):
    """The presets by their digits, or what is being looked for."""

    def __init__(self) -> None:
        super().__init__(id="code-foot")
        self.parts: tuple[RoleText, ...] = ()

    def show(self, parts: Sequence[RoleText]) -> None:
        if tuple(parts) != self.parts:
            self.parts = tuple(parts)
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        out: list[RoleText] = []
        room = width - 1
        self.caret = None
        for role, text in self.parts:
            if role == "cursor":
                self.caret = (width - 1 - room, 0)
            shown = cut_end(text, room)
            room -= cells(shown)
            out.append((role, shown))
            if room <= 0:
                break
        return [self.line(*out)]


class CodePane(FaultBoundary, Vertical):
    """Title, lines and foot; hidden until a file is opened."""

    DEFAULT_CSS = """
    CodePane { display: none; width: 1fr; height: 100%; }
    CodePane #code-title, CodePane #code-foot { height: 1; }
    """

    def __init__(self, palette: Palette, *, ascii_only: bool) -> None:
        super().__init__(id="code")
        self.title_row = _Title()
        self.view = CodeView(palette, ascii_only=ascii_only)
        self.foot = _Foot()
        self._given_up = Draft()

    def compose(self) -> ComposeResult:
        """Title, lines, foot."""
        yield self.title_row
        yield self.view
        yield self.foot

    @property
    def block(self) -> CodeBlock | None:
        """The file that is shown."""
        return self.view.block

    @property
    def lines(self) -> LineSelection | None:
        """The chosen lines of the file."""
        return self.block.lines if self.block is not None else None

    @property
    def path(self) -> str:
        """The file's path, "" before there was one."""
        return self.block.image.path if self.block is not None else ""

    def open(self, image: FileImage, first: int, last: int, top: int | None = None) -> None:
        """Show a file with these lines (from 0) chosen."""
        block = CodeBlock(image)
        block.lines.choose(first, last)
        self.display = True
        self.view.open(block, top)
        self.retitle()

    def reload(self, image: FileImage) -> None:
        """The file changed on disk: same place, same selection, as far as there are lines."""
        old = self.block
        if old is None:
            return
        block = CodeBlock(image)
        block.lines = old.lines
        block.lines.resize(len(block.texts))
        block.box, block.note, block.shift = old.box, old.note, old.shift
        self.view.open(block, self.view.top)
        self.retitle()

    def changed(self, *, follow: bool = True) -> None:
        """Cursor, selection or box changed."""
        self.view.changed(follow=follow)
        self.retitle()

    def retitle(self) -> None:
        """The title says which lines an instruction would be about."""
        block = self.block
        if block is None:
            return
        lines = block.lines
        if lines.selecting:
            where = f"lines {lines.first + 1}-{lines.last + 1}"
        else:
            where = f"line {lines.cursor + 1} of {len(block.texts)}"
        self.title_row.show(block.image.path, where)

    def open_box(self) -> Draft:
        """Hang an instruction on the chosen lines: the one given up last, else an empty one."""
        assert self.block is not None
        if self.block.box is None:
            self.block.box = self._given_up
            self.changed()
        return self.block.box

    def close_box(self, *, said: bool = False) -> None:
        """Take the box away. What was typed comes back with the next one, unless it was `said`."""
        if said:
            self._given_up = Draft()
        if self.block is not None:
            self.block.box = None
            self.changed()

    def caret_owner(self, finding: FindInFile) -> CodeView | _Foot:
        """Where what is typed goes."""
        return self.foot if finding.typing else self.view

    def show_foot(self, finding: FindInFile, presets: Sequence[tuple[str, str]]) -> None:
        """What is being looked for, else the presets by their digits."""
        if finding.typing:
            self.foot.show((("focus", " / "), ("text", safe(finding.text)), ("cursor", " ")))
            return
        parts: list[RoleText] = [("text", " ")]
        for digit, (name, _) in enumerate(presets[:9], 1):
            parts += [("focus", str(digit)), ("muted", f" {safe(name)}   ")]
        self.foot.show(parts)

    def note(self, said: str, keys: str) -> None:
        """What stands below the instruction: what would be sent."""
        if self.block is not None and (said, keys) != self.block.note:
            self.block.note = (said, keys)
            if self.block.box is not None:
                self.view.changed()
