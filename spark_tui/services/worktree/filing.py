"""Under which path the state of a worktree is filed: the one it had first, wherever it is now.

Journal, sessions and history go by a worktree's path. A repository that was moved or renamed is
known again by its git directory, where nothing is ever written: by its inode, and by when files
were made that git makes once. `worktrees/NAME` in the state folder notes that, one file a worktree.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.services.plain_files import read_plain, write_private
from spark_tui.services.worktree.repo import Repository

_MOST_BYTES = 16_384
_MADE_ONCE = ("description", "info/exclude", "commondir")
"""Files of a git directory that git makes with it, and never writes again."""


@dataclass(frozen=True, slots=True)
class GitIdentity:
    """What a git directory is known by. A copy has the `marks` of its original, a clone has not."""

    inode: int
    marks: frozenset[str]

    @classmethod
    def of(cls, git_dir: Path) -> GitIdentity:
        """That of this directory; it is nobody's where it can't be looked into."""
        inode, marks = 0, set()
        with contextlib.suppress(OSError):
            inode = git_dir.stat().st_ino
        for name in _MADE_ONCE:
            with contextlib.suppress(OSError):
                made = (git_dir / name).stat(follow_symlinks=False).st_mtime_ns
                marks.add(f"{name} {made}")
        return cls(inode, frozenset(marks))


@dataclass(frozen=True, slots=True)
class _Filed:
    """A worktree's note: the path it is filed under, the one it was last seen at, its identity."""

    under: Path
    root: Path
    identity: GitIdentity

    def is_of(self, identity: GitIdentity, root: Path) -> bool:
        """Whether a git directory of this identity is the same one: moved here, or put back."""
        if not self.identity.marks & identity.marks:
            return False
        if self.identity.inode == identity.inode or self.root == root:
            return True
        return not os.path.lexists(self.root / ".git")


def state_name(root: Path) -> str:
    """The name of what is filed under a path: readable, and unique by the whole path."""
    digest = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    readable = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in root.name)
    return f"{readable[:40]}-{digest}"


def filed_under(repo: Repository, state: Path) -> Path:
    """The path under which the state of this worktree is kept."""
    here = GitIdentity.of(repo.git_dir)
    known = _read(_notes(state) / state_name(repo.root))
    if known is not None and _is_here(known, repo.root, here):
        return known.under
    moved = next((filed for filed in _all(state) if filed.is_of(here, repo.root)), None)
    if moved is not None:
        return moved.under
    if known is None:
        return repo.root
    # Another repository stood here, or still stands elsewhere: what it wrote is not ours.
    return repo.root.with_name(f"{repo.root.name}#{here.inode}")


def _is_here(known: _Filed, root: Path, here: GitIdentity) -> bool:
    """Whether the worktree that is filed under this path is the one that stands there."""
    if known.identity == here:
        return True
    alike = known.identity.marks & here.marks or not (known.identity.marks and here.marks)
    return known.root == root and bool(alike)


def note(repo: Repository, state: Path, under: Path) -> None:
    """Note where this worktree is, and what it is known by; a disk that refuses loses that."""
    filed = _Filed(under, repo.root, GitIdentity.of(repo.git_dir))
    place = _notes(state) / state_name(under)
    if _read(place) == filed:
        return
    record = {
        "under": str(filed.under),
        "root": str(filed.root),
        "inode": filed.identity.inode,
        "marks": sorted(filed.identity.marks),
    }
    with contextlib.suppress(OSError):
        write_private(place, json.dumps(record).encode() + b"\n", durable=False)


def left_behind(state: Path) -> list[tuple[Path, Path]]:
    """Journals whose worktree is not where it was last seen: that path, and the journal's folder.

    A repository that was copied to another disk is one of these, and one that was deleted.
    """
    found = []
    moved = {state_name(filed.under): filed.root for filed in _all(state)}
    with contextlib.suppress(OSError):
        for folder in sorted((state / "journals").iterdir()):
            root = moved.get(folder.name) or _first_root(folder)
            if root is not None and not os.path.lexists(root / ".git"):
                found.append((root, folder))
    return found


def _first_root(journal: Path) -> Path | None:
    """Where the worktree of a journal was when that was made."""
    with contextlib.suppress(OSError):
        data = read_plain(journal / "worktree", _MOST_BYTES, links=False)
        return Path(os.fsdecode(data.removesuffix(b"\n")))
    return None


def _notes(state: Path) -> Path:
    return state / "worktrees"


def _all(state: Path) -> Iterator[_Filed]:
    try:
        names = sorted(path.name for path in _notes(state).iterdir())
    except OSError:
        return
    for name in names:
        filed = _read(_notes(state) / name)
        if filed is not None and state_name(filed.under) == name:
            yield filed


def _read(file: Path) -> _Filed | None:
    """A note; None where there is none, or it is damaged."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        record = json.loads(read_plain(file, _MOST_BYTES, links=False))
        match record:
            case {"under": str(under), "root": str(root), "inode": int(), "marks": list(marks)}:
                identity = GitIdentity(record["inode"], frozenset(map(str, marks)))
                return _Filed(Path(under), Path(root), identity)
    return None
