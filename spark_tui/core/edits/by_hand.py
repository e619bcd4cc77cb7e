"""A hunk whose new side the person wrote: same place, their lines."""

from __future__ import annotations

from dataclasses import replace

from spark_tui.core.edits.compose import trimmed
from spark_tui.core.edits.endings import ended
from spark_tui.core.edits.hunk_factory import spelled_out, unwritable
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.model import (
    FileOp,
    Hunk,
    HunkId,
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
        return Refusal(RefusalCode.OVERLAP, "another hunk changes the same lines")
    start, end = hunk.base_span
    lines = edit.image.lines
    above = lines[start - 1] if start else ""
    below = lines[end] if end < len(lines) else ""
    new = ended(edit.image, hunk.new, texts, above, below)
    change = trimmed(edit.image, start, end, new, final_newline=False if unfinished else None)
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
