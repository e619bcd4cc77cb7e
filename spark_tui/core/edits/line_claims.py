"""Which base lines are taken by placed hunks; a question costs the lines it asks about."""

from __future__ import annotations

from collections.abc import Iterable

from spark_tui.core.edits.model import Hunk


class Occupied:
    """Base lines and points between lines that hunks change, and the text they wrote."""

    def __init__(self, hunks: Iterable[Hunk] = ()) -> None:
        self._lines: dict[int, Hunk] = {}
        self._points: dict[int, Hunk] = {}
        self._spans: set[tuple[int, int]] = set()
        self._changes: dict[tuple[tuple[int, int] | None, tuple[str, ...]], Hunk] = {}
        self._written: set[str] = set()
        self._beside: dict[tuple[str, ...], Hunk] = {}
        for hunk in hunks:
            self.add(hunk)

    def add(self, hunk: Hunk) -> None:
        """A hunk takes its place; one without a place takes none."""
        if hunk.base_span is None:
            return
        start, end = hunk.base_span
        self._spans.add((start, end))
        if hunk.raw is not None and all(line.tag != "-" for line in hunk.raw.lines):
            self._beside[hunk.raw.old()] = hunk
        self._changes.setdefault(((start, end), hunk.new), hunk)
        if start == end:
            self._points[start] = hunk
        for line in range(start, end):
            self._lines[line] = hunk
        self._written.update(text.strip() for text in hunk.new)

    def clash(self, start: int, end: int) -> Hunk | None:
        """The hunk that already changes something inside base lines `[start, end)`, if any.

        Beside each other is no clash, and neither are two insertions at one point.
        """
        if start == end:
            above, below = self._lines.get(start - 1), self._lines.get(start)
            return above if above is not None and above is below else None
        for line in range(start, end):
            if line in self._lines:
                return self._lines[line]
            if line > start and line in self._points:
                return self._points[line]
        return None

    def beside(self, lines: tuple[str, ...]) -> Hunk | None:
        """The hunk that removes nothing and is told by just these lines of the file."""
        return self._beside.get(lines)

    def holds(self, start: int, end: int) -> bool:
        """Whether a hunk has exactly this span."""
        return (start, end) in self._spans

    def maker(self, hunk: Hunk) -> Hunk | None:
        """The hunk that makes the very change which this one makes."""
        return self._changes.get((hunk.base_span, hunk.new))

    def wrote(self, texts: Iterable[str]) -> bool:
        """Whether any of these lines was written by a hunk, blanks aside."""
        return any(text.strip() in self._written for text in texts if text.strip())
