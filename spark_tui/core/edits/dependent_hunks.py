"""Hunks that fit only on the text an earlier hunk of the answer wrote."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.compose import IndentError, Replacement, covers, post_image, replacement
from spark_tui.core.edits.hunk_factory import opened
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.locate import locate
from spark_tui.core.edits.model import FileImage, Hunk, HunkId, RawHunk


def stacked(
    hunk_id: HunkId, raw: RawHunk, image: FileImage, earlier: Sequence[Hunk]
) -> Hunk | None:
    """The hunk placed on `image` after the `earlier` hunks, told in lines of `image`.

    It `depends_on` the one earlier hunk whose text it needs; where it changes that text, its own
    replacement holds both changes. None where it does not fit surely, or needs several.
    """
    if not earlier:
        return None
    after = LineIndex(post_image(image, earlier))
    located = locate(raw, after)
    if not located.match or located.match.loose:
        return None
    try:
        change = replacement(located.match, after)
    except IndentError:
        return None
    touched: list[tuple[Hunk, int, int]] = []
    near: dict[HunkId, Hunk] = {}
    shift = before = 0
    for hunk in _outermost(earlier):
        a, b = _span(hunk)
        start, end = a + shift, a + shift + len(hunk.new)
        if _touches(change, hunk, start, end):
            touched.append((hunk, start, end))
        elif end <= change.start:
            before = shift + len(hunk.new) - (b - a)
        if located.match.start < end and start < located.match.end:
            near[hunk.id] = hunk
        shift += len(hunk.new) - (b - a)
    if len({*near, *(hunk.id for hunk, _, _ in touched)}) != 1:
        return None
    if not touched:
        (needed,) = near.values()
        base = Replacement(change.start - before, change.end - before, change.old, change.new)
    else:
        ((needed, start, end),) = touched
        base = _merged(change, needed, (start, end), after.image)
    if image.lines[base.start : base.end] != base.old:
        return None
    return replace(opened(hunk_id, image.path, raw, base), depends_on=needed.id)


def _span(hunk: Hunk) -> tuple[int, int]:
    return hunk.base_span or (0, 0)


def _outermost(hunks: Sequence[Hunk]) -> list[Hunk]:
    """Without those that a later one covers, in file order."""
    by_id = {hunk.id: hunk for hunk in hunks}
    covered = {
        h.depends_on for h in hunks if h.depends_on in by_id and covers(h, by_id[h.depends_on])
    }
    return sorted((h for h in hunks if h.id not in covered), key=_span)


def _merged(
    change: Replacement, hunk: Hunk, where: tuple[int, int], after: FileImage
) -> Replacement:
    """Both changes as one on the base; `where` are the lines the hunk wrote in `after`."""
    start, end = where
    low, high = min(start, change.start), max(end, change.end)
    a, b = _span(hunk)
    base_start, base_end = a - (start - low), b + (high - end)
    new = (*after.lines[low : change.start], *change.new, *after.lines[change.end : high])
    unchanged_above = after.lines[low:start]
    unchanged_below = after.lines[end:high]
    old = (*unchanged_above, *hunk.old, *unchanged_below)
    return Replacement(base_start, base_end, old, new)


def _touches(change: Replacement, hunk: Hunk, start: int, end: int) -> bool:
    """Whether `change` meets the text `[start, end)` that `hunk` wrote.

    Beside each other is apart only where both have text and the hunk replaced some: else their
    order at that point would be lost on the base.
    """
    if change.start < end and start < change.end:
        return True
    firm = hunk.old and start < end and change.start < change.end
    return not firm and change.start <= end and start <= change.end
