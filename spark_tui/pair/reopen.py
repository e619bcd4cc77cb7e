"""A kept session's open hunks, placed on the files as they are now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.headless import image_or_refusal
from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.model import (
    FileImage,
    FileOp,
    Hunk,
    HunkState,
    Refusal,
    RefusalCode,
)
from spark_tui.core.edits.proposal import FileEdit
from spark_tui.core.session import Session, Turn

UNDECIDED = frozenset({HunkState.OPEN, HunkState.REFUSED, HunkState.STALE})

_WAITING = UNDECIDED | {HunkState.KEPT}
"""States of a hunk that needs its place: what is kept already was kept while files are read."""

_DECIDED = frozenset({HunkState.KEPT, HunkState.DROPPED})

Read = Callable[[str], FileImage]


@dataclass(frozen=True, slots=True)
class Reopened:
    """One file of one answer: its edit on the file of today, None where that can't be read."""

    turn: int
    file: int
    edit: FileEdit | None
    hunks: tuple[Hunk, ...]


def reopen(session: Session, read: Read) -> list[Reopened]:
    """Every file that has an undecided or applied hunk. Blocks: call it in a thread."""
    out: list[Reopened] = []
    images: dict[str, FileImage | Refusal] = {}
    for turn in session.turns:
        earlier: dict[str, list[FileEdit]] = {}
        for file, path, hunks in _files(turn):
            if path not in images:
                images[path] = image_or_refusal(path, read)
            image = images[path]
            if isinstance(image, Refusal):
                out.append(Reopened(turn.id, file, None, _without_place(hunks, image)))
                continue
            edit = FileEdit(turn.id, file, hunks[0].op, image, earlier=earlier.get(path, ()))
            earlier.setdefault(path, []).append(edit)
            for hunk in hunks:
                _take(edit, hunk, read)
            edit.close()
            undecided = tuple(h for h in edit.hunks if h.state in UNDECIDED)
            out.append(Reopened(turn.id, file, edit, undecided))
    return out


def as_decided(hunks: Sequence[Hunk], session: Session) -> tuple[Hunk, ...]:
    """Placed hunks with what the person decided about them while the files were being read."""
    out = []
    for hunk in hunks:
        now = session.find(hunk.id)
        if hunk.state is HunkState.OPEN and now is not None and now.state in _DECIDED:
            out.append(replace(hunk, state=now.state))
        else:
            out.append(hunk)
    return tuple(out)


def _files(turn: Turn) -> list[tuple[int, str, list[Hunk]]]:
    files: dict[int, list[Hunk]] = {}
    for hunk in turn.hunks:
        files.setdefault(hunk.id.file, []).append(hunk)
    wanted = _WAITING | {HunkState.APPLIED}
    return [
        (file, hunks[0].path, hunks)
        for file, hunks in files.items()
        if any(h.state in wanted for h in hunks)
    ]


def _without_place(hunks: Sequence[Hunk], refusal: Refusal) -> tuple[Hunk, ...]:
    return tuple(
        replace(h, state=HunkState.STALE, base_span=None, refusal=refusal)
        for h in hunks
        if h.state in _WAITING
    )


def _take(edit: FileEdit, hunk: Hunk, read: Read) -> None:
    """The hunk as a part of `edit`: decided ones as they were, the others placed again."""
    if hunk.state is HunkState.KEPT:
        hunk = replace(hunk, state=HunkState.OPEN)
    if hunk.state not in UNDECIDED:
        edit.update(hunk)
        edit.retire([hunk.id])
        return
    placed = _placed(edit, hunk, read)
    if hunk.state is HunkState.REFUSED or placed.state is HunkState.OPEN:
        if placed.state is HunkState.OPEN and hunk.line not in (None, placed.line):
            edit.update(replace(placed, moved_from=hunk.line))
        return
    if placed.refusal is not None and placed.refusal.code is not RefusalCode.ALREADY_APPLIED:
        edit.update(replace(placed, state=HunkState.STALE))


def _placed(edit: FileEdit, hunk: Hunk, read: Read) -> Hunk:
    ordinal, raw = hunk.id.ordinal, hunk.raw
    match hunk.op:
        case FileOp.CREATE if raw is not None:
            return edit.create(raw, ordinal, after=hunk.depends_on)
        case FileOp.DELETE if hunk.state is HunkState.OPEN:
            if hunk.old == edit.image.lines:
                return edit.update(hunk)
            return edit.refuse(ordinal, _CHANGED, op=hunk.op, raw=raw)
        case FileOp.RENAME if hunk.move_to is not None:
            there = image_or_refusal(hunk.move_to, read)
            if isinstance(there, Refusal):
                return edit.rename(hunk.move_to, None, there)
            return edit.rename(hunk.move_to, there, None if edit.image.exists else _GONE)
        case FileOp.MODE if edit.image.exists:
            return edit.update(hunk)
        case FileOp.UPDATE if raw is not None and is_excerpt(hunk):
            return edit.rewrite(replace(raw, whole=True, prefixed=False))[0]
        case FileOp.UPDATE if raw is not None and not raw.whole:
            placed = edit.place(raw, ordinal)
            return placed if placed.id == hunk.id else edit.refuse(ordinal, _CHANGED, raw=raw)
        case _ if hunk.refusal is not None:
            return edit.update(hunk)
        case _:
            return edit.refuse(ordinal, _CHANGED, op=hunk.op, raw=raw)


_CHANGED = Refusal(RefusalCode.STALE, "the file changed since")
_GONE = Refusal(RefusalCode.MISSING_FILE, "the file is gone")
