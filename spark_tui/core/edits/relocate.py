"""Where hunks go when their file changes under them."""

from __future__ import annotations

from spark_tui.core.dataclass import replace
from spark_tui.core.edits import writers
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.model import (
    FileImage,
    FileOp,
    Hunk,
    HunkState,
    Refusal,
    RefusalCode,
)
from spark_tui.core.edits.text import bare


class Mover:
    """Follows line ranges from one image of a file to the next, which `by` wrote (`writers`)."""

    def __init__(self, old: FileImage, new: FileImage, by: str = "") -> None:
        self._old = old
        self._new = new
        self._by = by
        self._ops = opcodes(old.lines, new.lines)

    def follow(self, hunk: Hunk) -> Hunk | None:
        """The hunk at its lines' new place; None where they or a neighbour line changed."""
        if hunk.base_span is None:
            return None
        start, end = hunk.base_span
        low, high = max(0, start - 1), min(len(self._old.lines), end + 1)
        op = next((op for op in self._ops if op.equal and op.a1 <= low and high <= op.a2), None)
        if op is None:
            return None
        if not self._still_at_edge(start, end, op):
            return None
        shift = op.b1 - op.a1
        if not shift:
            return hunk
        return replace(hunk, base_span=(start + shift, end + shift), moved_from=start + 1)

    def _still_at_edge(self, start: int, end: int, op: Op) -> bool:
        """A hunk at the file's first or last line stays there: beyond it nothing vouches."""
        shift = op.b1 - op.a1
        top = start > 0 or start + shift == 0
        bottom = end < len(self._old.lines) or end + shift == len(self._new.lines)
        return top and bottom

    def stale(self, hunk: Hunk) -> Hunk:
        """The hunk without a place, naming the line of the new file that changed.

        `moved_from` is the line where it was. One that was stale already is so for the same reason
        while nobody changed that line again.
        """
        known = self._still(hunk.refusal) if hunk.state is HunkState.STALE else None
        if known is not None:
            return replace(hunk, refusal=known)
        line, there = self._changed_line(hunk)
        found = bare(self._new.lines[line - 1]) if there else ""
        said = writers.changed(self._by, f"line {line}")
        refusal = Refusal(RefusalCode.STALE, said, line=line, found=found, by=self._by)
        was = hunk.line or hunk.moved_from
        return replace(hunk, state=HunkState.STALE, base_span=None, refusal=refusal, moved_from=was)

    def _still(self, refusal: Refusal | None) -> Refusal | None:
        """The reason where its line is now; None where that line changed too."""
        if refusal is None or refusal.line is None:
            return None
        at = refusal.line - 1
        op = next((op for op in self._ops if op.equal and op.a1 <= at < op.a2), None)
        if op is None:
            return None
        line = at + op.b1 - op.a1 + 1
        said = writers.changed(refusal.by, f"line {line}")
        return replace(refusal, message=said, line=line)

    def _changed_line(self, hunk: Hunk) -> tuple[int, bool]:
        """The line (1-based) of the new file, and whether a changed one stands there."""
        start, end = hunk.base_span or (0, 0)
        for op in self._ops:
            if not op.equal and op.a1 <= end and start <= op.a2:
                line = min(op.b1 + 1, max(1, len(self._new.lines)))
                return line, op.b2 > op.b1
        changed = next((op for op in self._ops if not op.equal), None)
        return (changed.b1 + 1 if changed else start + 1), False

    def file_operation(self, hunk: Hunk) -> Hunk:
        """Create, delete, rename and mode hunks on the new image."""
        if hunk.state is not HunkState.OPEN:
            return hunk
        if hunk.op is FileOp.CREATE and self._new.exists and not self._old.exists:
            refusal = Refusal(RefusalCode.FILE_EXISTS, "the file was created meanwhile")
            return replace(hunk, state=HunkState.STALE, base_span=None, refusal=refusal)
        if hunk.op is FileOp.DELETE and self._new.data != self._old.data:
            return self.stale(hunk)
        if hunk.op in (FileOp.RENAME, FileOp.MODE) and not self._new.exists:
            refusal = Refusal(RefusalCode.MISSING_FILE, "the file is gone")
            return replace(hunk, state=HunkState.STALE, refusal=refusal)
        return hunk
