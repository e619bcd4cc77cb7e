"""Hunk values: opened at a place, or refused with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits import guard
from spark_tui.core.edits.compose import Replacement
from spark_tui.core.edits.diff import counts
from spark_tui.core.edits.encodings import MIXED, encoded, stray_bytes
from spark_tui.core.edits.index import LineIndex, runs_of
from spark_tui.core.edits.mangled import mangled
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
from spark_tui.core.edits.text import bare, ending

LEFT_OUT = "it leaves code out instead of writing it"
UNSURE_END = "it holds code fences, so where it ends is not sure"
EDIT_MARKS = "it holds the marks of an edit"
INDENTED_OTHERWISE = "its indentation does not go with the file's"
NUMBERED = "its lines carry line numbers"
_CONTEXT = 3
_MARK = "\ufeff"


def opened(hunk_id: HunkId, path: str, raw: RawHunk, change: Replacement) -> Hunk:
    """A located, undecided hunk."""
    added, removed = counts(change.old, change.new)
    return Hunk(
        hunk_id,
        path,
        FileOp.UPDATE,
        HunkState.OPEN,
        raw,
        (change.start, change.end),
        change.old,
        change.new,
        added=added,
        removed=removed,
    )


def refused_hunk(
    hunk_id: HunkId, path: str, op: FileOp, refusal: Refusal, raw: RawHunk | None
) -> Hunk:
    """A hunk without a place; counts are those of the model's text."""
    lines = raw.lines if raw else ()
    return Hunk(
        hunk_id,
        path,
        op,
        HunkState.REFUSED,
        raw,
        refusal=refusal,
        added=sum(line.tag == "+" for line in lines),
        removed=sum(line.tag == "-" for line in lines),
    )


def is_excerpt(hunk: Hunk) -> bool:
    """Whether it waits for a word whether its text is the whole file."""
    return hunk.refusal is not None and hunk.refusal.code is RefusalCode.EXCERPT


def overlapping(hunk_id: HunkId, path: str, raw: RawHunk, other: Hunk) -> Hunk:
    """A refused hunk that changes lines another one changes already."""
    refusal = Refusal(
        RefusalCode.OVERLAP, f"it changes lines that hunk {other.id.ordinal} changes too"
    )
    return refused_hunk(hunk_id, path, FileOp.UPDATE, refusal, raw)


def spelled_out(hunk_id: HunkId, change: Replacement, index: LineIndex) -> Hunk:
    """An open hunk whose raw form, with context from the file, is written by us."""
    texts = index.texts
    above = texts[max(0, change.start - _CONTEXT) : change.start]
    below = texts[change.end : change.end + _CONTEXT]
    at_end = change.end == len(texts)
    raw = RawHunk(
        (
            *(TaggedLine(" ", text) for text in above),
            *(TaggedLine("-", bare(line)) for line in change.old),
            *(TaggedLine("+", bare(line)) for line in change.new),
            *(TaggedLine(" ", text) for text in below),
        ),
        line_hint=change.start - len(above) + 1,
        prefixed=False,
        spelled=True,
        final_newline=bool(ending(change.new[-1])) if change.new and at_end else None,
    )
    return opened(hunk_id, index.image.path, raw, change)


def unmarked(raw: RawHunk, index: LineIndex) -> RawHunk:
    """The hunk without a byte order mark at its start: that is the file's own, and no text."""
    firsts = {
        next((i for i, line in enumerate(raw.lines) if line.tag != tag), 0) for tag in ("+", "-")
    }
    marked = [i for i in firsts if raw.lines and raw.lines[i].text.startswith(_MARK)]
    if not marked or any(_MARK in text for text in index.texts):
        return raw
    lines = list(raw.lines)
    for i in marked:
        lines[i] = lines[i]._replace(text=lines[i].text.removeprefix(_MARK))
    return replace(raw, lines=tuple(lines))


def content_refusal(raw: RawHunk, index: LineIndex, expected: Sequence[str] = ()) -> Refusal | None:
    """A refusal for added lines that leave code out or can't be written to this file.

    `expected` are odd lines that earlier edits of the file took for its own.
    """
    new = [line.text for line in raw.lines if line.tag == "+"]
    removed = sum(line.tag == "-" for line in raw.lines)
    dots, prose = removed > len(new), guard.is_prose(index.image.path)
    if guard.lazy_marker(new, (), dots=dots, prose=prose) is not None:
        lazy = guard.lazy_marker(new, [*index.texts, *raw.old()], dots=dots, prose=prose)
        if lazy is not None:
            return Refusal(RefusalCode.ELIDED, LEFT_OUT, found=new[lazy])
    refusal = unwritable(new, index)
    done = (
        ""
        if refusal
        else mangled(new, index.texts, index.image.path, [*raw.old(), *expected], whole=raw.whole)
    )
    return Refusal(RefusalCode.MALFORMED, done) if done else refusal


def unwritable(texts: Sequence[str], index: LineIndex) -> Refusal | None:
    """A refusal for characters a text file can't hold, or not surely in its encoding.

    What the file has already may be written again: its bytes are known.
    """
    joined, image = "\n".join(texts), index.image
    if "\0" in joined:
        return Refusal(RefusalCode.MALFORMED, "it writes NUL characters")
    if joined.isascii():
        return None
    if not image.sure:
        new = next((run for run in runs_of(joined) if run not in index.runs), "")
        if new:
            return _unencodable(new, "the file's encoding is not known, so {} is not written")
        return None
    if image.encoding == MIXED:
        known = "".join(index.runs)
        strays = stray_bytes(joined) - stray_bytes(known)
        if strays or ("\ufffd" in joined and "\ufffd" not in known):
            return _unencodable(
                min(strays, default="\ufffd"), "{} stands for a byte that is no text"
            )
    try:
        encoded(joined, image.encoding)
    except UnicodeEncodeError as error:
        return _unencodable(joined[error.start : error.start + 1], image.encoding + " has no {}")
    return None


def _unencodable(text: str, words: str) -> Refusal:
    return Refusal(RefusalCode.UNREADABLE, words.format(repr(guard.shown(text[:1]))))
