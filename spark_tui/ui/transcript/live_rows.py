"""The rows of a hunk that is still being written."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.edits.model import FileImage, Row, Tag, TaggedLine
from spark_tui.ui.style.cells import cells, safe

_LOOKED_AT = 64
"""Old-side lines after which the place in the file is no longer searched."""


class LiveRows:
    """Grows by lines and an unfinished tail; numbers lines where their place is already plain.

    The numbers are a reading aid until the hunk is located: they are shown once the old side that
    has arrived fits in exactly one place, character for character.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.settled = 0
        self.added = 0
        self.removed = 0
        self.digits = 2
        self.widest = 0
        self._old = 0
        self._new = 0
        # 0-based line of the file on which the old side begins, once only one fits
        self.place: int | None = None
        self._places: list[int] | None = None

    def grow(
        self, lines: Sequence[TaggedLine], tail: str, tail_tag: Tag, image: FileImage | None
    ) -> int:
        """`lines` are complete; `tail` replaces the previous unfinished line, "" is none.

        Returns the number of the first row that is not what it was.
        """
        first = self.settled
        del self.rows[first:]
        known = self.place
        for tag, text in lines:
            self._search(tag, text, image)
            self.rows.append(self._numbered(tag, text))
            self._count(tag)
            if tag != " ":
                self.widest = max(self.widest, cells(safe(text)))
        if known is None and self.place is not None:
            self._renumber()
            first = 0
        self.settled = len(self.rows)
        if tail:
            self.rows.append(self._numbered(tail_tag, tail))
        return first

    def _count(self, tag: Tag) -> None:
        self._old += tag != "+"
        self._new += tag != "-"
        self.added += tag == "+"
        self.removed += tag == "-"

    def _numbered(self, tag: Tag, text: str) -> Row:
        start = self.place
        if start is None:
            return Row(tag, None, None, text)
        old, new = start + self._old + 1, start + self._new + 1
        self.digits = max(self.digits, len(str(max(old, new))))
        return Row(tag, old if tag != "+" else None, new if tag != "-" else None, text)

    def _search(self, tag: Tag, text: str, image: FileImage | None) -> None:
        if self.place is not None or tag == "+" or image is None or self._old > _LOOKED_AT:
            return
        lines = image.lines
        if self._places is None:
            if self._old:
                return  # the file was read after the first line came: too late to be sure
            self._places = [n for n, line in enumerate(lines) if line.rstrip("\r\n") == text]
        else:
            self._places = [
                n
                for n in self._places
                if n + self._old < len(lines) and lines[n + self._old].rstrip("\r\n") == text
            ]
        if len(self._places) == 1 and text.strip():
            self.place = self._places[0]

    def _renumber(self) -> None:
        shown, self.rows = self.rows, []
        self._old = self._new = self.added = self.removed = 0
        for row in shown:
            self.rows.append(self._numbered(row.tag, row.text))
            self._count(row.tag)
