"""The header of a review of changes, and the row a remark is typed in."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from spark_tui.ui.input.typed import shown_as_typed
from spark_tui.ui.prompt.draft import Draft
from spark_tui.ui.style.cells import cells, cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, spread


class ReviewHeader(PaintedWidget):
    """What is reviewed, and how far that is."""

    def __init__(self) -> None:
        super().__init__(id="header")
        self._title = ""
        self._right = ""

    def show(self, title: str, right: str) -> None:
        """Paints only what differs."""
        if (title, right) != (self._title, self._right):
            self._title, self._right = title, right
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        right = f"{safe(self._right)} " if self._right else ""
        room = max(width - cells(right) - 2, 8)
        title = cut_middle(safe(self._title), room)
        return [self.line(*spread([("text", f" {title}")], [("muted", right)], width))]


class RemarkRow(PaintedWidget):
    """One line of text about `place`; hidden while nothing is typed."""

    def __init__(self) -> None:
        super().__init__(id="remark")
        self.draft = Draft()
        self.place = ""
        self.display = False

    def open(self, place: str) -> None:
        """Begin a remark about a place."""
        self.draft.set("")
        self.place = place
        self.display = True
        self.repaint()

    def close(self) -> None:
        """Nothing is typed any more."""
        self.display = False

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The place, then what is typed; of a long text the part with the cursor."""
        lead = f" {cut_middle(safe(self.place), max(8, width // 3))} › "
        text = self.draft.text.replace("\n", " ")
        at = self.draft.cursor
        before, after = shown_as_typed(text[:at]), shown_as_typed(text[at:])
        room = max(8, width - cells(lead) - 2)
        while cells(before) > room and before:
            before = before[1:]
        self.caret = (cells(lead) + cells(before), 0)
        under = after[:1] or " "
        return [
            self.line(("focus", lead), ("text", before), ("select", under), ("text", after[1:]))
        ]
