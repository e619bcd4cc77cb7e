"""Which lines of a file are chosen: one line, or from an anchor to the cursor. Pure."""

from __future__ import annotations

from spark_tui.core.dataclass import dataclass


@dataclass(slots=True)
class LineSelection:
    """Lines count from 0; `anchor` is set while lines are being selected.

    A `given` selection is somebody else's: it goes when the person moves.
    """

    total: int
    cursor: int = 0
    anchor: int | None = None
    given: bool = False

    @property
    def first(self) -> int:
        """The first chosen line."""
        return self.cursor if self.anchor is None else min(self.cursor, self.anchor)

    @property
    def last(self) -> int:
        """The last chosen line."""
        return self.cursor if self.anchor is None else max(self.cursor, self.anchor)

    @property
    def selecting(self) -> bool:
        """True while moving extends the selection."""
        return self.anchor is not None

    def move(self, step: int) -> None:
        """Down (positive) or up, within the file."""
        self.to(self.cursor + step)

    def to(self, line: int) -> None:
        """To a line, or the nearest there is."""
        if self.given:
            self.drop()
        self.cursor = max(0, min(line, self.total - 1))

    def toggle(self) -> None:
        """Begin to select at the cursor, or stop; a given selection becomes one's own."""
        if self.given:
            self.given = False
        else:
            self.anchor = self.cursor if self.anchor is None else None

    def drop(self) -> None:
        """Select nothing but the cursor's line."""
        self.anchor, self.given = None, False

    def choose(self, first: int, last: int) -> None:
        """Exactly these lines, until the person moves; the cursor is on the last."""
        self.to(first)
        self.anchor = self.cursor if last > first else None
        self.to(last)
        self.given = self.anchor is not None

    def resize(self, total: int) -> None:
        """The file has another number of lines now."""
        self.total = total
        self.cursor = max(0, min(self.cursor, total - 1))
        if self.anchor is not None:
            self.anchor = min(self.anchor, max(0, total - 1))

    def __contains__(self, line: int) -> bool:
        """True for a chosen line."""
        return self.first <= line <= self.last
