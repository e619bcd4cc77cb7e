"""Whole files and file operations: created, rewritten, deleted, moved."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits import excerpt, guard, marks
from spark_tui.core.edits.blanks import suited_new
from spark_tui.core.edits.compose import IndentError, Replacement, whole_lines
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.encodings import MIXED, encoded, stray_bytes
from spark_tui.core.edits.fences import doubt, fenced_again
from spark_tui.core.edits.hunk_factory import (
    EDIT_MARKS,
    INDENTED_OTHERWISE,
    LEFT_OUT,
    NUMBERED,
    UNSURE_END,
    content_refusal,
    refused_hunk,
    unwritable,
)
from spark_tui.core.edits.index import LineIndex
from spark_tui.core.edits.mangled import mangled, numbered, with_tabs
from spark_tui.core.edits.model import (
    Candidate,
    FileImage,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
)
from spark_tui.core.edits.text import bare, created_as


def rewritten(
    raw: RawHunk, index: LineIndex, *, vouched: bool = False
) -> list[Replacement] | Refusal:
    """A whole-file answer as the changed runs of lines, or why it can't be meant.

    `vouched`: the person says that it is the whole file.
    """
    image = index.image
    raw = with_stray_bytes(raw, index)
    tabbed = with_tabs(raw.new(), index.texts, image.path)
    if tabbed is None:
        return Refusal(RefusalCode.INDENT, INDENTED_OTHERWISE)
    raw = replace(raw, lines=tuple(TaggedLine("+", text) for text in tabbed))
    refusal = _whole_refusal(raw, index, vouched=vouched)
    if refusal:
        return refusal
    try:
        new = whole_lines(raw, index)
    except IndentError:
        return Refusal(RefusalCode.INDENT, INDENTED_OTHERWISE)
    ops = [op for op in opcodes(image.lines, new) if not op.equal]
    if not ops:
        return Refusal(RefusalCode.ALREADY_APPLIED, "the edit is already in the file")
    return [
        Replacement(op.a1, op.a2, image.lines[op.a1 : op.a2], tuple(new[op.b1 : op.b2]))
        for op in _joined(ops)
    ]


def with_stray_bytes(raw: RawHunk, index: LineIndex) -> RawHunk:
    """The text with the file's own lines where only letters differ that are no text in the file.

    A model writes what such bytes were meant to be; a line that it does not change keeps them.
    """
    if index.image.encoding != MIXED:
        return raw
    meant: dict[str, str] = {}
    for text in index.texts:
        if stray_bytes(text):
            data = encoded(text, MIXED)
            for encoding in ("cp1252", "latin-1"):
                meant.setdefault(data.decode(encoding, "replace"), text)
    lines = tuple(
        line._replace(text=meant[line.text]) if line.text in meant else line for line in raw.lines
    )
    return replace(raw, lines=lines)


def _whole_refusal(raw: RawHunk, index: LineIndex, *, vouched: bool) -> Refusal | None:
    refusal = content_refusal(raw, index)
    if refusal:
        return refusal
    texts = [line.text for line in raw.lines]
    if not any(text.strip() for text in texts) and index.texts:
        return Refusal(RefusalCode.SHRUNK, "the new file would be empty")
    if doubt(texts, raw.extent, index.texts):
        return Refusal(RefusalCode.MALFORMED, UNSURE_END)
    mark = "" if raw.prefixed else marks.first_new(texts, index.texts)
    if mark:
        return Refusal(RefusalCode.MALFORMED, EDIT_MARKS, found=mark)
    done = NUMBERED if numbered(texts, index.texts) else ""
    done = done or fenced_again(texts, index.texts, index.image.path)
    if done:
        return Refusal(RefusalCode.MALFORMED, done)
    lazy = guard.bare_dots(texts, index.texts)
    if lazy is None and len(texts) < len(index.texts):
        prose = guard.is_prose(index.image.path)
        lazy = guard.lazy_marker(texts, index.texts, dots=True, prose=prose)
    if lazy is not None:
        return Refusal(RefusalCode.ELIDED, LEFT_OUT, found=texts[lazy])
    lacks = "" if vouched else excerpt.missing(texts, index.texts, index.image.path)
    if lacks:
        whole = (Candidate(1, ""),)
        return Refusal(RefusalCode.EXCERPT, f"an excerpt: {lacks}", candidates=whole)
    return None


def _joined(ops: Sequence[Op]) -> list[Op]:
    """Changed runs with those less than two lines apart joined: they read as one change."""
    out: list[Op] = []
    for op in ops:
        if out and op.a1 - out[-1].a2 < 2:
            out[-1] = Op(False, out[-1].a1, op.a2, out[-1].b1, op.b2)
        else:
            out.append(op)
    return out


def created(hunk_id: HunkId, raw: RawHunk, index: LineIndex, after: HunkId | None) -> Hunk:
    """The hunk of a new file; `after` is the deletion of the old one in the same answer."""
    path = index.image.path
    refusal = _create_refusal(raw, index, replaced=after is not None)
    if refusal:
        return refused_hunk(hunk_id, path, FileOp.CREATE, refusal, raw)
    eol = index.image.habits.eol or "\n"
    habits = index.image.habits
    texts = suited_new(path, [line.text for line in raw.lines], habits.indent, habits.width)
    new = tuple(text + eol for text in texts)
    if raw.final_newline is False and new:
        new = (*new[:-1], bare(new[-1]))
    return Hunk(
        hunk_id,
        path,
        FileOp.CREATE,
        HunkState.OPEN,
        raw,
        (0, 0),
        new=new,
        depends_on=after,
        added=len(new),
    )


def _create_refusal(raw: RawHunk, index: LineIndex, *, replaced: bool) -> Refusal | None:
    image = index.image
    texts = [line.text for line in raw.lines]
    if any(line.tag != "+" for line in raw.lines):
        return Refusal(RefusalCode.MALFORMED, "a new file has only new lines")
    if image.exists and image.data and not replaced:
        if index.texts == texts:
            return Refusal(RefusalCode.ALREADY_APPLIED, "the edit is already in the file")
        return Refusal(
            RefusalCode.FILE_EXISTS, f"{guard.shown(image.path)} exists, so it is not created"
        )
    if raw.extent is not None and not raw.extent.sure:
        return Refusal(RefusalCode.MALFORMED, UNSURE_END)
    mark = "" if raw.prefixed else marks.first_new(texts, ())
    if mark:
        return Refusal(RefusalCode.MALFORMED, EDIT_MARKS, found=mark)
    done = NUMBERED if numbered(texts, ()) else mangled(texts, (), image.path)
    done = done or ("" if raw.prefixed else fenced_again(texts, (), image.path))
    if done:
        return Refusal(RefusalCode.MALFORMED, done)
    prose = guard.is_prose(image.path)
    lazy = guard.lazy_marker(texts, (), dots=False, prose=prose)
    if lazy is not None:
        return Refusal(RefusalCode.ELIDED, LEFT_OUT, found=texts[lazy])
    return unwritable(texts, LineIndex(created_as(image, texts)))


def deleted(hunk_id: HunkId, raws: Sequence[RawHunk], index: LineIndex) -> Hunk:
    """The file goes; where the answer spells out its lines they must be all the file has."""
    image = index.image
    raw = raws[0] if raws else None
    spelled = [text for r in raws for text in r.old()]
    other = [text.rstrip() for text in spelled] != [text.rstrip() for text in index.texts]
    if (spelled and other) or any(r.new() for r in raws):
        refusal = Refusal(RefusalCode.NOT_FOUND, "the lines it removes are not all the file has")
        return refused_hunk(hunk_id, image.path, FileOp.DELETE, refusal, raw)
    return Hunk(
        hunk_id,
        image.path,
        FileOp.DELETE,
        HunkState.OPEN,
        raw,
        (0, len(image.lines)),
        old=image.lines,
        removed=len(image.lines),
    )


def renamed(
    hunk_id: HunkId, path: str, to: str, there: FileImage | None, refusal: Refusal | None
) -> Hunk:
    """The file moves to `to`, where `there` is now; refused where that path is bad or taken."""
    if not refusal and there and there.exists:
        refusal = Refusal(
            RefusalCode.FILE_EXISTS, f"{guard.shown(to)} exists, nothing is moved over it"
        )
    if refusal:
        return replace(refused_hunk(hunk_id, path, FileOp.RENAME, refusal, None), move_to=to)
    return Hunk(hunk_id, path, FileOp.RENAME, HunkState.OPEN, move_to=to)
