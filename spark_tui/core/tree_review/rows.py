"""A tree's hunk as lines of a diff view: old lines numbered as the base has them, others as now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spark_tui.core.edits.diff import Op
from spark_tui.core.edits.model import Row
from spark_tui.core.edits.rows import changed_rows, emphasis
from spark_tui.core.edits.text import bare
from spark_tui.core.tree_review.model import ChangeKind, PathChange, TreeHunk

MOST_ROWS = 3_000
"""Rows of a hunk that are shown."""

CONTEXT = 3
"""Unchanged lines round a change that a hunk shows by itself."""


def hunk_rows_of(change: PathChange, hunk: TreeHunk, context: int = CONTEXT) -> tuple[Row, ...]:
    """The hunk's rows with unchanged ones round them; none for one that has no lines."""
    parts = dict(change.parts).get(hunk.id)
    if parts is not None:
        return tuple(_of_patch(hunk, parts))[:MOST_ROWS]
    if change.images is None:
        return ()
    if hunk.kind in (ChangeKind.NEW, ChangeKind.DELETED):
        one, two = (image.lines[:MOST_ROWS] for image in change.images)
        usual = change.images[1 if two else 0].eol
        return tuple(changed_rows(one, two, Op(False, 0, len(one), 0, len(two)), usual))
    if not hunk.ops:
        return ()
    return tuple(_of_lines(change, hunk.ops, context))[:MOST_ROWS]


def cut_of(hunk: TreeHunk) -> int:
    """Changed lines of a hunk beyond those that are shown."""
    return max(0, hunk.added + hunk.removed - MOST_ROWS)


def only_blanks(change: PathChange, hunk: TreeHunk) -> bool:
    """Whether all that differs is blanks and line ends."""
    if change.images is None or not hunk.ops:
        return False
    one, two = change.images
    old = "".join(line for op in hunk.ops for line in one.lines[op.a1 : op.a2])
    new = "".join(line for op in hunk.ops for line in two.lines[op.b1 : op.b2])
    return "".join(old.split()) == "".join(new.split())


def _of_lines(change: PathChange, ops: Sequence[Op], context: int) -> Iterator[Row]:
    if change.images is None:
        return
    before, after = change.images
    usual = before.eol if before.lines else after.eol
    at = max(0, ops[0].b1 - context)
    for number, op in enumerate(ops):
        old = op.a1 - op.b1
        last = ops[number - 1].b2 if number else 0
        for n in range(max(at, last), op.b1):
            known = n + old + 1 if n + old >= 0 else None
            yield Row(" ", known, n + 1, bare(after.lines[n]))
        yield from changed_rows(before.lines, after.lines, op, usual)
        at = op.b2
    shift = ops[-1].a2 - ops[-1].b2
    for n in range(at, min(at + context, len(after.lines))):
        known = n + shift + 1 if n + shift < len(before.lines) else None
        yield Row(" ", known, n + 1, bare(after.lines[n]))


def _of_patch(hunk: TreeHunk, lines: Sequence[tuple[str, str]]) -> Iterator[Row]:
    lead = next((n for n, (tag, _) in enumerate(lines) if tag != " "), 0)
    old, new = hunk.old_start - lead, hunk.new_start - lead
    gone: list[Row] = []
    came: list[Row] = []
    for tag, text in [*lines, (" ", None)]:
        if tag == " " or (tag == "-" and came):
            yield from _paired(gone, came)
            gone, came = [], []
        if text is None:
            return
        if tag == "-":
            gone.append(Row("-", old, None, text))
        elif tag == "+":
            came.append(Row("+", None, new, text))
        else:
            yield Row(" ", old, new, text)
        old += tag != "+"
        new += tag != "-"


def _paired(gone: list[Row], came: list[Row]) -> Iterator[Row]:
    if len(gone) == len(came):
        marks = [emphasis(one.text, two.text) for one, two in zip(gone, came, strict=True)]
        gone = [row._replace(emphasis=m[0]) for row, m in zip(gone, marks, strict=True)]
        came = [row._replace(emphasis=m[1]) for row, m in zip(came, marks, strict=True)]
    yield from gone
    yield from came
