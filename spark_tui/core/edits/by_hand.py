"""A hunk whose new side the person wrote: same place, their lines."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.compose import trimmed
from spark_tui.core.edits.endings import ended
from spark_tui.core.edits.hunk_factory import spelled_out, unwritable
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.merge import Merge, in_conflict, merge
from spark_tui.core.edits.model import (
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
)
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.edits.text import bare, created_as, ending, split_lines


def new_side(hunk: Hunk) -> str:
    r"""The hunk's new lines as a text to edit: `\n` ends every line."""
    return "".join(bare(line) + "\n" for line in hunk.new)


def by_hand(edit: FileEdit, hunk_id: HunkId, text: str) -> Hunk | Refusal:
    """Make `text` the new side of a placed hunk of `edit`, indented as it stands there.

    Lines get the file's own ending; a missing final newline stays missing. A refusal, and no
    change, where the file can't hold the text or the hunk has no lines of its own. Raises
    LookupError for an unknown hunk.
    """
    hunk = next((h for h in edit.hunks if h.id == hunk_id), None)
    if hunk is None:
        raise LookupError(f"no hunk {hunk_id}")
    if hunk.op not in (FileOp.UPDATE, FileOp.CREATE) or hunk.base_span is None:
        return Refusal(RefusalCode.MALFORMED, "this hunk has no lines to edit")
    texts = [bare(line) for line in split_lines(text)]
    creates = hunk.op is FileOp.CREATE
    index = LineIndex(created_as(edit.image, texts)) if creates else edit.index
    refusal = unwritable(texts, index)
    if refusal is not None:
        return refusal
    unfinished = bool(hunk.new) and not ending(hunk.new[-1])
    if hunk.op is FileOp.CREATE:
        return edit.update(_created(hunk, texts, unfinished=unfinished))
    if hunk.depends_on or any(h.depends_on == hunk_id for h in edit.hunks):
        return _OVERLAP
    last = False if unfinished else None
    return _placed(edit, hunk_id, hunk.base_span, texts, hunk.new, final_newline=last)


def to_merge(edit: FileEdit, hunk_id: HunkId) -> Merge | None:
    """A refused or stale hunk and the lines of its file that it was most likely meant for, as one.

    None where nothing is near, several places are, or it has no lines of its own.
    """
    hunk = next((h for h in edit.hunks if h.id == hunk_id), None)
    if hunk is None or hunk.raw is None or hunk.op is not FileOp.UPDATE or hunk.depends_on:
        return None
    if hunk.state not in (HunkState.REFUSED, HunkState.STALE):
        return None
    if hunk.refusal is not None and hunk.refusal.candidates:
        return None
    return merge(hunk.raw, edit.index)


def merged(edit: FileEdit, hunk_id: HunkId, place: Merge, text: str) -> Hunk | Refusal:
    """Put such a hunk at the lines that `to_merge` named, with `text` as its new side."""
    start = _start(edit.image.lines, place)
    if start is None or to_merge(edit, hunk_id) is None:
        return Refusal(RefusalCode.STALE, "the lines it was merged with are others by now")
    texts = [bare(line) for line in split_lines(text)]
    if in_conflict(texts):
        return Refusal(RefusalCode.MALFORMED, "conflict marks are still in the text")
    refusal = unwritable(texts, edit.index)
    if refusal is not None:
        return refusal
    span = (start, start + len(place.lines))
    spans = [h.base_span for h in edit.hunks if h.id != hunk_id and h.state is HunkState.OPEN]
    if any(other and other[0] < span[1] and span[0] < other[1] for other in spans):
        return _OVERLAP
    return _placed(edit, hunk_id, span, texts, place.lines)


def _start(lines: Sequence[str], place: Merge) -> int | None:
    """Where the lines stand by now, which were merged: where they were, or in the one place."""
    size = len(place.lines)

    def there(start: int) -> bool:
        return tuple(lines[start : start + size]) == place.lines

    if there(place.start):
        return place.start
    found = [start for start in range(len(lines) - size + 1) if there(start)]
    return found[0] if len(found) == 1 else None


_OVERLAP = Refusal(RefusalCode.OVERLAP, "another hunk changes the same lines")


def _placed(
    edit: FileEdit,
    hunk_id: HunkId,
    span: tuple[int, int],
    texts: list[str],
    was: Sequence[str],
    *,
    final_newline: bool | None = None,
) -> Hunk | Refusal:
    """`texts` in place of these lines of the file; those that `was` has end as they do there."""
    start, end = span
    lines = edit.image.lines
    above = lines[start - 1] if start else ""
    below = lines[end] if end < len(lines) else ""
    new = ended(edit.image, was, texts, above, below)
    change = trimmed(edit.image, start, end, new, final_newline=final_newline)
    if change.old == change.new:
        return Refusal(RefusalCode.ALREADY_APPLIED, "this is what the file says already")
    return edit.update(spelled_out(hunk_id, change, edit.index))


def _created(hunk: Hunk, texts: list[str], *, unfinished: bool) -> Hunk:
    eol = ending(hunk.new[0]) if hunk.new else "\n"
    new = [text + (eol or "\n") for text in texts]
    if unfinished and new:
        new[-1] = texts[-1]
    lines = tuple(TaggedLine("+", text) for text in texts)
    raw = replace(hunk.raw or RawHunk(()), lines=lines, final_newline=not unfinished)
    return replace(hunk, raw=raw, new=tuple(new), added=len(new))
