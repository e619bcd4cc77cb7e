"""One changed path as hunks, and its bytes with some of those taken out. Pure.

Hunks follow from both sides' bytes alone. Taking all of them out gives the older side, byte for
byte; where lines could not promise that, the file is one hunk.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.entry import both_as_text, spliced
from spark_tui.core.edits.model import FileImage
from spark_tui.core.edits.text import encode
from spark_tui.core.tree_review.model import (
    ChangeKind,
    FileResult,
    PathChange,
    Side,
    SideKind,
    TreeFile,
    TreeHunk,
)
from spark_tui.core.tree_review.sliding import slid

LARGEST_TEXT = 2_000_000
"""Bytes of a side up to which it is shown as lines."""

_APART = 3
"""So many unchanged lines between two changes make them two hunks."""


def file_change(
    path: str,
    before: Side,
    after: Side,
    *,
    origin: str = "",
    kind: ChangeKind | None = None,
    what: str = "",
    fixed: str = "",
) -> PathChange:
    """The change of `path` from `before` to `after`; without a difference it has no hunks.

    `kind` and `what` name it where lines would be misleading. `fixed` says why nothing of it can
    be taken out. `before` is as the worktree would have it.
    """
    place = digest(path, origin, before.oid)
    make = _Maker(path, before, fixed)
    images: tuple[FileImage, FileImage] | None = None
    hunks: list[TreeHunk] = []
    if kind is not None:
        hunks.append(make.whole(kind, what, after))
    elif any(side.exists and side.kind is not SideKind.FILE for side in (before, after)):
        hunks.append(make.whole(*_of_kind(before, after), after))
    elif not before.exists or not after.exists:
        images = _images(before, after, path, same=False)
        hunks += make.came_or_went(after, images)
    else:
        if origin:
            hunks.append(make.whole(ChangeKind.RENAMED, f"renamed from {origin}", after))
        if before.mode != after.mode:
            said = f"mode {before.mode:o} → {after.mode:o}"
            hunks.append(make.whole(ChangeKind.MODE, said, after))
        if before.data is None or after.data is None:
            if before.size != after.size or not before.oid or before.oid != after.oid:
                hunks.append(make.whole(ChangeKind.LARGE, _sizes(before, after), after))
        elif before.data != after.data:
            images = _images(before, after, path)
            hunks += make.lines(images, after)
    return PathChange(TreeFile(path, origin, place, tuple(hunks)), before, after, images)


def split(change: PathChange, hunk: TreeHunk) -> PathChange:
    """The change with this hunk's separate runs as hunks of their own; as it was where it is one.

    A run in which lines were both taken and given stays whole.
    """
    if len(hunk.ops) < 2 or change.images is None:
        return change
    make = _Maker(change.file.path, change.before, hunk.fixed)
    parts = make.grouped(change.images, [(op,) for op in hunk.ops])
    hunks = [p for h in change.file.hunks for p in (parts if h.id == hunk.id else [h])]
    return replace(change, file=replace(change.file, hunks=tuple(hunks)))


def without(change: PathChange, ids: Collection[str]) -> tuple[FileResult, ...]:
    """What the paths of a change are with these hunks taken out, the file's own path first.

    Raises ValueError for a hunk that can't be taken out, or that the change has not.
    """
    out = [hunk for hunk in change.file.hunks if hunk.id in ids]
    if len(out) != len(set(ids)) or any(hunk.fixed for hunk in out):
        raise ValueError("no such hunk to take out")
    path, before, after = change.file.path, change.before, change.after
    if any(hunk.kind is ChangeKind.NEW for hunk in out):
        return (FileResult(path, None),)
    data, mode, name = after.data, after.mode, path
    ops: list[Op] = []
    for hunk in out:
        if hunk.kind is ChangeKind.DELETED:
            data, mode = before.data, before.mode
        elif hunk.kind is ChangeKind.MODE:
            mode = before.mode
        elif hunk.kind is ChangeKind.RENAMED:
            name = change.file.origin
        elif hunk.ops:
            ops += hunk.ops
        else:
            data = before.data
    if ops and change.images is not None:
        data = encode(change.images[1], spliced(*change.images, ops))
    if data is None:
        raise ValueError("a side was not read")
    if name != path:
        return FileResult(path, None), FileResult(name, data, mode)
    return (FileResult(path, data, mode),)


def digest(*parts: str | bytes) -> str:
    """Sixteen hex digits that stand for these texts."""
    made = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        made.update(b"%d " % len(data))
        made.update(data)
    return made.hexdigest()


def size_words(size: int) -> str:
    """Bytes in words: `812 B`, `1.2 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.1f} kB"
    return f"{size / 1_000_000:.1f} MB"


class _Maker:
    """Makes the hunks of one path. `fixed` holds for all of them."""

    def __init__(self, path: str, before: Side, fixed: str) -> None:
        self._path = path
        self._base = before.oid or (digest(before.data) if before.data is not None else "")
        self._before = before
        self._fixed = fixed

    def whole(
        self, kind: ChangeKind, what: str, after: Side, removed: int = 0, added: int = 0
    ) -> TreeHunk:
        """A hunk without line ranges; of a file that comes or goes it has so many lines."""
        said = after.data if after.data is not None else f"{after.oid} {after.size}"
        said = b"" if kind in (ChangeKind.RENAMED, ChangeKind.MODE) else said
        content = digest(self._path, kind.value, what, said)
        return TreeHunk(
            digest(self._path, self._base, content),
            content,
            self._path,
            kind,
            fixed=self._fixed or _why_fixed(kind, self._before, after),
            what=what,
            removed=removed,
            added=added,
            old_start=min(removed, 1),
            new_start=min(added, 1),
        )

    def came_or_went(
        self, after: Side, images: tuple[FileImage, FileImage] | None
    ) -> list[TreeHunk]:
        """A file that is new, or gone."""
        kind = ChangeKind.NEW if after.exists else ChangeKind.DELETED
        side = after if after.exists else self._before
        if not side.exists:
            return []
        said = "new file" if after.exists else "deleted"
        if images is None:
            what = "large" if side.data is None else "binary"
            return [self.whole(kind, f"{said}, {what}, {size_words(side.size)}", after)]
        if not side.size:
            said = f"{said}, empty"
        return [self.whole(kind, said, after, len(images[0].lines), len(images[1].lines))]

    def lines(self, images: tuple[FileImage, FileImage] | None, after: Side) -> list[TreeHunk]:
        """The changed lines of a file that stays; one hunk where it is no text."""
        if images is None:
            large = max(self._before.size, after.size) > LARGEST_TEXT
            kind = ChangeKind.LARGE if large else ChangeKind.BINARY
            return [self.whole(kind, _sizes(self._before, after), after)]
        one, two = images
        changed = slid(one.lines, two.lines, _changed(one.lines, two.lines))
        if not changed or encode(two, spliced(one, two, changed)) != self._before.data:
            return [self.whole(ChangeKind.BINARY, "how it is encoded", after)]
        return self.grouped(images, _groups(changed))

    def grouped(
        self, images: tuple[FileImage, FileImage], groups: Iterable[Sequence[Op]]
    ) -> list[TreeHunk]:
        """A hunk for each group of ranges."""
        one, two = images
        seen: Counter[str] = Counter()
        out = []
        for ops in groups:
            first, last = ops[0], ops[-1]
            new = "".join(line for op in ops for line in two.lines[op.b1 : op.b2])
            old = "".join(line for op in ops for line in one.lines[op.a1 : op.a2])
            around = *two.lines[max(0, first.b1 - 1) : first.b1], *two.lines[last.b2 : last.b2 + 1]
            content = digest(self._path, "lines", old, new, "".join(around))
            seen[content] += 1
            if seen[content] > 1:
                content = digest(content, str(seen[content]))
            spans = "".join(f"{op.a1},{op.a2},{op.b2 - op.b1};" for op in ops)
            out.append(
                TreeHunk(
                    digest(self._path, self._base, spans, new),
                    content,
                    self._path,
                    ChangeKind.LINES,
                    _start(first.a1, last.a2),
                    _start(first.b1, last.b2),
                    sum(op.b2 - op.b1 for op in ops),
                    sum(op.a2 - op.a1 for op in ops),
                    tuple(ops),
                    self._fixed,
                )
            )
        return out


def _start(start: int, end: int) -> int:
    """As a unified diff counts: an empty range is named by the line before it."""
    return start + 1 if end > start else start


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Op]:
    return [op for op in opcodes(old, new) if not op.equal]


def _groups(changed: Sequence[Op]) -> Iterator[tuple[Op, ...]]:
    group: list[Op] = []
    for op in changed:
        if group and op.a1 - group[-1].a2 >= _APART:
            yield tuple(group)
            group = []
        group.append(op)
    if group:
        yield tuple(group)


def _images(
    before: Side, after: Side, path: str, *, same: bool = True
) -> tuple[FileImage, FileImage] | None:
    for side in (before, after):
        if side.exists and (side.data is None or len(side.data) > LARGEST_TEXT):
            return None
    return both_as_text(before.data or b"", after.data or b"", path, same=same)


def _sizes(before: Side, after: Side) -> str:
    large = max(before.size, after.size) > LARGEST_TEXT
    return f"{'large' if large else 'binary'}, {size_words(before.size)} → {size_words(after.size)}"


def _of_kind(before: Side, after: Side) -> tuple[ChangeKind, str]:
    """What a path is that is no regular file on one of its sides."""
    for kind, named in (
        (SideKind.SUBMODULE, ChangeKind.SUBMODULE),
        (SideKind.LINK, ChangeKind.LINK),
        (SideKind.UNREADABLE, ChangeKind.OTHER),
    ):
        if kind in (before.kind, after.kind):
            return named, f"{_held(before)} → {_held(after)}"
    return ChangeKind.OTHER, "no regular file"


def _held(side: Side) -> str:
    match side.kind:
        case SideKind.ABSENT:
            return "nothing"
        case SideKind.SUBMODULE:
            return f"repository at {side.oid[:9]}" if side.oid else "another repository"
        case SideKind.LINK:
            return f"link to {(side.data or b'').decode('utf-8', 'replace')}"
        case SideKind.UNREADABLE:
            return "cannot be read"
        case SideKind.FILE:
            return f"file, {size_words(side.size)}"


def _why_fixed(kind: ChangeKind, before: Side, after: Side) -> str:
    match kind:
        case ChangeKind.LINK:
            return "a link is never written"
        case ChangeKind.SUBMODULE:
            return "another repository is never written"
        case ChangeKind.CONFLICT:
            return "a merge conflict is resolved in git first"
        case ChangeKind.LFS | ChangeKind.FILTERED:
            return "what a filter wrote is not written back"
        case ChangeKind.OTHER:
            return "this is never written"
        case ChangeKind.MODE | ChangeKind.RENAMED:
            return "too large to write" if after.data is None else ""
        case ChangeKind.NEW:
            return "too large to write" if after.data is None else ""
        case _:
            sides = [side for side in (before, after) if side.exists]
            return "too large to write" if any(side.data is None for side in sides) else ""
