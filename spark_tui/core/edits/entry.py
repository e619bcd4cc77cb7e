"""A journal entry as numbered hunks, and its files with some of those taken back.

The numbers follow from the entry's bytes alone, so they mean the same in every process: file by
file in the entry's order, a mode change before the lines, lines from the top. Creating, deleting
and renaming a file are one hunk each, and so is a change of anything that is no text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.encodings import read_mixed
from spark_tui.core.edits.model import Change, FileImage, FileOp, Row
from spark_tui.core.edits.rows import changed_rows
from spark_tui.core.edits.text import BinaryFileError, as_read, bare, encode, image_of

_APART = 3
"""So many unchanged lines between two changes make them two hunks."""

_CONTEXT = 2
_RENAMED = 0.5
_PAIRED_LINES = 5_000


@dataclass(frozen=True, slots=True)
class FileSides:
    """One file before and after an entry: bytes (None: absent) and the lower 12 bits of st_mode."""

    path: str
    before: bytes | None
    after: bytes | None
    before_permissions: int = 0
    after_permissions: int = 0


@dataclass(frozen=True, slots=True)
class EntryHunk:
    """One part of an entry that can be taken back alone.

    `path` is the file as the entry left it (a deleted one: as it was), `origin` the old name of a
    renamed one. `line` is 1-based in the file after the entry, None where no line is meant.
    """

    number: int
    path: str
    op: FileOp
    line: int | None = None
    added: int = 0
    removed: int = 0
    rows: tuple[Row, ...] = ()
    origin: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file this hunk touches."""
        return (self.origin, self.path) if self.origin else (self.path,)

    @property
    def title(self) -> str:
        """The hunk in a few words: where it is and what it does."""
        counts = f"  +{self.added} -{self.removed}" if self.rows else ""
        match self.op:
            case FileOp.UPDATE if self.line is not None:
                return f"{self.path}:{self.line}{counts}"
            case FileOp.UPDATE:
                return f"{self.path}  all of it"
            case FileOp.RENAME:
                return f"{self.path}  renamed from {self.origin}{counts}"
            case FileOp.MODE:
                return f"{self.path}  mode"
            case _:
                return f"{self.path}  {self.op.value}d{counts}"


@dataclass(frozen=True, slots=True)
class _Part:
    """A hunk with what is needed to take it back: `ops` are line ranges, none is all of a file."""

    hunk: EntryHunk
    ops: tuple[Op, ...] = ()


def entry_hunks(files: Sequence[FileSides]) -> tuple[EntryHunk, ...]:
    """All hunks of an entry, numbered from 1."""
    return tuple(part.hunk for part in _parts(files))


def hunks_of_changes(changes: Sequence[Change]) -> tuple[EntryHunk, ...]:
    """The hunks that an entry of these changes will have."""
    return entry_hunks(
        [
            FileSides(
                change.path,
                change.before.data if change.before.exists else None,
                change.after.data if change.after.exists else None,
                change.before.mode & 0o7777,
                change.after.mode & 0o7777,
            )
            for change in changes
            if change.before != change.after
        ]
    )


def with_taken(
    files: Sequence[FileSides], numbers: Collection[int]
) -> dict[str, tuple[bytes | None, int]]:
    """Bytes (None: absent) and permissions of each file after the entry without these hunks."""
    parts = [part for part in _parts(files) if part.hunk.number in numbers]
    return {
        file.path: _without(file, [p for p in parts if file.path in p.hunk.paths]) for file in files
    }


def _without(file: FileSides, parts: Sequence[_Part]) -> tuple[bytes | None, int]:
    data, permissions = file.after, file.after_permissions
    ops: list[Op] = []
    for part in parts:
        if part.hunk.op is FileOp.MODE:
            permissions = file.before_permissions
        elif part.ops:
            ops += part.ops
        elif part.hunk.op is FileOp.UPDATE:
            data = file.before
        else:
            return file.before, file.before_permissions
    images = both_as_text(file.before, file.after, file.path) if ops else None
    if images is not None:
        data = encode(images[1], spliced(*images, ops))
    return data, permissions


def spliced(before: FileImage, after: FileImage, ops: Iterable[Op]) -> list[str]:
    """The lines after, with the old lines where `ops` are."""
    lines, at = [], 0
    for op in sorted(ops, key=lambda op: (op.b1, op.a1)):
        lines += [*after.lines[at : op.b1], *before.lines[op.a1 : op.a2]]
        at = op.b2
    return [*lines, *after.lines[at:]]


# ------------------------------------------------------------------- finding them


def _parts(files: Sequence[FileSides]) -> list[_Part]:
    found: list[_Part] = []
    pairs = _renames(files)
    origins = set(pairs.values())
    by_path = {file.path: file for file in files}
    for file in files:
        if file.path in origins:
            continue
        if file.path in pairs:
            found.append(_renamed(by_path[pairs[file.path]], file))
        elif file.before is None or file.after is None:
            found.append(_whole(file))
        else:
            if file.before_permissions != file.after_permissions:
                found.append(_Part(EntryHunk(0, file.path, FileOp.MODE)))
            if file.before != file.after:
                found += _changes(file)
    return [
        replace(part, hunk=replace(part.hunk, number=number))
        for number, part in enumerate(found, 1)
    ]


def _renames(files: Sequence[FileSides]) -> dict[str, str]:
    """New name → old name, for files that went and came back alike under another name."""
    gone = [file for file in files if file.before is not None and file.after is None]
    pairs: dict[str, str] = {}
    for file in files:
        if file.before is None and file.after is not None and gone:
            best = max(gone, key=lambda old: _alike(old.before or b"", file.after or b""))
            if _alike(best.before or b"", file.after) >= _RENAMED:
                pairs[file.path] = best.path
                gone.remove(best)
    return pairs


def _alike(one: bytes, other: bytes) -> float:
    if one == other:
        return 1.0
    a, b = one.splitlines(), other.splitlines()
    if not a or not b or max(len(a), len(b)) > _PAIRED_LINES:
        return 0.0
    return 2 * sum(op.a2 - op.a1 for op in opcodes(a, b) if op.equal) / (len(a) + len(b))


def _renamed(old: FileSides, new: FileSides) -> _Part:
    images = both_as_text(old.before, new.after, new.path)
    hunk = EntryHunk(0, new.path, FileOp.RENAME, origin=old.path)
    return _Part(_with_rows(hunk, images, opcodes(*_lines(images))) if images else hunk)


def _whole(file: FileSides) -> _Part:
    op = FileOp.CREATE if file.before is None else FileOp.DELETE
    images = both_as_text(file.before or b"", file.after or b"", file.path, same=False)
    hunk = EntryHunk(0, file.path, op)
    return _Part(_with_rows(hunk, images, opcodes(*_lines(images))) if images else hunk)


def _changes(file: FileSides) -> list[_Part]:
    images = both_as_text(file.before, file.after, file.path)
    changed = [op for op in opcodes(*_lines(images)) if not op.equal] if images else []
    if images is None or not changed:
        return [_Part(EntryHunk(0, file.path, FileOp.UPDATE))]
    before, after = images
    if encode(after, spliced(before, after, changed)) != file.before:
        return [_Part(EntryHunk(0, file.path, FileOp.UPDATE))]
    groups: list[list[Op]] = []
    for op in changed:
        if groups and op.a1 - groups[-1][-1].a2 < _APART:
            groups[-1].append(op)
        else:
            groups.append([op])
    out = []
    for group in groups:
        line = min(group[0].b1 + 1, max(len(after.lines), 1))
        hunk = EntryHunk(0, file.path, FileOp.UPDATE, line)
        out.append(_Part(_with_rows(hunk, images, group), tuple(group)))
    return out


def both_as_text(
    before: bytes | None, after: bytes | None, path: str, *, same: bool = True
) -> tuple[FileImage, FileImage] | None:
    """Both sides as text; None where one is none, or (`same`) they are not written alike."""
    try:
        one, two = image_of(path, before), image_of(path, after)
        if not same or _alike_read(one, two):
            return one, two
        one, two = (as_read(path, data or b"", read_mixed(data or b"")) for data in (before, after))
    except BinaryFileError:
        return None
    return (one, two) if _alike_read(one, two) else None


def _alike_read(one: FileImage, two: FileImage) -> bool:
    return (one.encoding, one.bom) == (two.encoding, two.bom)


def _lines(images: tuple[FileImage, FileImage]) -> tuple[Sequence[str], Sequence[str]]:
    return images[0].lines, images[1].lines


def _with_rows(
    hunk: EntryHunk, images: tuple[FileImage, FileImage], ops: Sequence[Op]
) -> EntryHunk:
    changed = [op for op in ops if not op.equal]
    if not changed:
        return hunk
    usual = images[0].eol if images[0].exists else images[1].eol
    rows = tuple(_rows(images[0].lines, images[1].lines, changed, usual))
    added = sum(row.tag == "+" for row in rows)
    removed = sum(row.tag == "-" for row in rows)
    return replace(hunk, added=added, removed=removed, rows=rows)


def _rows(
    before: Sequence[str], after: Sequence[str], ops: Sequence[Op], usual: str
) -> Iterable[Row]:
    at = shift = 0
    for op in ops:
        shift = op.b1 - op.a1
        for i in range(max(at, op.a1 - _CONTEXT), op.a1):
            yield Row(" ", i + 1, i + 1 + shift, bare(before[i]))
        yield from changed_rows(before, after, op, usual)
        at, shift = op.a2, op.b2 - op.a2
    for i in range(at, min(at + _CONTEXT, len(before))):
        yield Row(" ", i + 1, i + 1 + shift, bare(before[i]))
