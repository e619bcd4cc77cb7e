"""Values of a review of any tree: what is compared, one changed file, and its hunks."""

from __future__ import annotations

from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.diff import Op
from spark_tui.core.edits.model import FileImage, TaggedLine


class ScopeKind(StrEnum):
    """What is compared with what."""

    WORKTREE = "worktree"
    STAGED = "staged"
    BETWEEN = "between"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class Scope:
    """Two sides. `base` is the older one's name, `other` the newer one's (BETWEEN only)."""

    kind: ScopeKind = ScopeKind.WORKTREE
    base: str = "HEAD"
    other: str = ""

    @property
    def title(self) -> str:
        """Both sides in words."""
        match self.kind:
            case ScopeKind.WORKTREE:
                return f"worktree against {self.base}"
            case ScopeKind.STAGED:
                return f"index against {self.base}"
            case ScopeKind.BETWEEN:
                return f"{self.other} against {self.base}"
            case ScopeKind.PATCH:
                return "a patch"

    @property
    def writable(self) -> bool:
        """Whether there is a tree out of which a hunk can be taken."""
        return self.kind is ScopeKind.WORKTREE


class SideKind(StrEnum):
    """What a path holds on one side."""

    ABSENT = "absent"
    FILE = "file"
    LINK = "link"
    SUBMODULE = "submodule"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Side:
    """A path on one side. `mode` is git's (0 is absent), `size` in bytes.

    `data` is None where it was not read: too large, no file, or not allowed. `oid` is git's id of
    what is committed or staged there, "" for a file of the worktree. `permissions` are the lower
    12 bits of st_mode, None where git only knows `mode`.
    """

    kind: SideKind = SideKind.ABSENT
    mode: int = 0
    data: bytes | None = None
    size: int = 0
    oid: str = ""
    permissions: int | None = None

    @property
    def exists(self) -> bool:
        """Whether there is anything."""
        return self.kind is not SideKind.ABSENT


class ChangeKind(StrEnum):
    """What a hunk does, or what a changed path is where it can't be shown as lines."""

    LINES = "lines"
    NEW = "new"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE = "mode"
    BINARY = "binary"
    LARGE = "large"
    LINK = "link"
    SUBMODULE = "submodule"
    CONFLICT = "conflict"
    LFS = "lfs"
    FILTERED = "filtered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TreeHunk:
    """The smallest part of a tree's changes that is looked at, and taken out, alone.

    `id` is a hash of path, base and hunk; `content` one of what it says, wherever it stands.
    `old_start` and `new_start` are 1-based, as a diff has them. `ops` are its line ranges; a hunk
    without them is all of a file, its name or its mode. `fixed` says why it can't be taken out,
    "" where it can. `what` is said of it where there are no lines to show.
    """

    id: str
    content: str
    path: str
    kind: ChangeKind
    old_start: int = 0
    new_start: int = 0
    added: int = 0
    removed: int = 0
    ops: tuple[Op, ...] = ()
    fixed: str = ""
    what: str = ""

    @property
    def base_lines(self) -> tuple[int, int]:
        """The half-open range of base lines (from 0) it touches."""
        if not self.ops:
            return 0, 0
        return self.ops[0].a1, self.ops[-1].a2


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One changed path, light: what is listed and counted. `origin` is a renamed file's old name.

    `place` is a hash of path and base: what was seen of one base says nothing of another.
    """

    path: str
    origin: str
    place: str
    hunks: tuple[TreeHunk, ...]


@dataclass(frozen=True, slots=True)
class PathChange:
    """One changed path with both its sides, as they are in the tree that is reviewed.

    `images` are both sides as text, None where one is none. `parts` are the lines of hunks that
    only a patch tells of, by hunk id.
    """

    file: TreeFile
    before: Side
    after: Side
    images: tuple[FileImage, FileImage] | None = None
    parts: tuple[tuple[str, tuple[TaggedLine, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a path is after hunks were taken out: `data` None is absent. `mode` is git's."""

    path: str
    data: bytes | None
    mode: int = 0
