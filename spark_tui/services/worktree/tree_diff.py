"""What differs between two sides of a repository, read without running any of its programs.

Git lists names and ids; contents come from its object store and from the disk as they are. No
filter, textconv or diff driver has a part in it: where one would, the path is shown as what it is.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.guard import check_known, shown
from spark_tui.core.errors import FileRefusedError, WorktreeError
from spark_tui.core.tree_review.hunks import file_change, size_words
from spark_tui.core.tree_review.line_ends import (
    AS_IT_IS,
    LineEnds,
    base_form,
    checked_out,
    committed_form,
    line_ends,
)
from spark_tui.core.tree_review.model import (
    ChangeKind,
    PathChange,
    Scope,
    ScopeKind,
    Side,
    SideKind,
)
from spark_tui.core.tree_review.order import rank
from spark_tui.core.tree_review.renames import LARGEST_COMPARED, MOST_COMPARED, Content, renames
from spark_tui.services.processes import run_git
from spark_tui.services.worktree.disk import is_temp
from spark_tui.services.worktree.files import Folders, git_mode, look_at
from spark_tui.services.worktree.repo import CONFIG_SECONDS, Repository

LARGEST_READ = 15_000_000
"""Bytes of the largest content that is read."""

_ATTRIBUTES = ("text", "eol", "filter", "ident", "working-tree-encoding", "linguist-generated")
_KINDS = {0o120000: SideKind.LINK, 0o160000: SideKind.SUBMODULE}
_CHUNKS = (4, 32, 128)
_CHUNK_BYTES = 8_000_000
_POINTER = b"version https://git-lfs.github.com/spec/v1\n"


@dataclass(frozen=True, slots=True)
class Changed:
    """A path that may differ. Modes are git's, ids "" where the side is the disk or nothing."""

    path: str
    old_mode: int = 0
    old_oid: str = ""
    new_mode: int = 0
    new_oid: str = ""
    conflict: bool = False
    origin: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class TreeDiff:
    """Compares the two sides of `scope`; `paths` narrow it (files or folders, from the root).

    Raises WorktreeError for a name that is no commit.
    """

    def __init__(self, repo: Repository, scope: Scope, paths: Sequence[str] = ()) -> None:
        self.repo = repo
        self.scope = scope
        self._paths = tuple(path.rstrip("/") for path in paths if path not in ("", "."))
        self._config: dict[str, str] | None = None
        self._listed = False
        self.base = self._tree(scope.base)
        self._other = self._tree(scope.other) if scope.kind is ScopeKind.BETWEEN else ""

    def listed(self, only: Collection[str] | None = None) -> tuple[Changed, ...]:
        """What may differ, in the order of a review; with `only` of these paths.

        Raises WorktreeError.
        """
        if self._listed:
            self.base = self._tree(self.scope.base)
        self._listed = True
        limit = [] if only is None else ["--", *sorted(only)]
        match self.scope.kind:
            case ScopeKind.BETWEEN:
                found = self._raw("diff-tree", "-r", self.base, self._other, *limit)
            case ScopeKind.STAGED:
                found = self._raw("diff-index", "--cached", self.base, *limit)
            case _:
                with ThreadPoolExecutor(1) as beside:  # two programs at a time
                    others = beside.submit(self._beside, limit)
                    found = self._raw("diff-index", self.base, *limit)
                    untracked, unmerged = others.result()
                for path in untracked:
                    # Out of the index, but still there: it is what it is now.
                    found[path] = replace(found.get(path) or Changed(path), new_mode=-1)
                for path in unmerged:
                    found[path] = replace(found.get(path) or Changed(path), conflict=True)
        if self._paths:
            found = {path: one for path, one in found.items() if self._wanted(path)}
        said = self._attributes(found)
        listed = [
            replace(one, attributes=said[path]) if path in said else one
            for path, one in found.items()
        ]
        listed = self._renamed(listed)
        return tuple(sorted(listed, key=_order))

    def changes(self, listed: Sequence[Changed]) -> Iterator[PathChange | None]:
        """Each read and compared, in order; None for one that does not differ after all."""
        start = 0
        for size in _sizes(len(listed)):
            yield from self._read(listed[start : start + size])
            start += size

    def still_based(self, changes: Iterable[PathChange]) -> str:
        """The first path whose base is another one by now, "" for none."""
        before = {c.file.origin or c.file.path: c.before.oid for c in changes}
        out = self.repo.output("ls-tree", "-z", self._tree(self.scope.base), "--", *sorted(before))
        now = {}
        for item in out.split(b"\0"):
            head, _, path = item.partition(b"\t")
            if path:
                now[os.fsdecode(path)] = head.split(b" ")[2].decode()
        return next((path for path, oid in before.items() if now.get(path, "") != oid), "")

    # ---- names

    def _tree(self, name: str) -> str:
        """The id of a name's tree; of the empty one for a HEAD without commits."""
        done = self.repo.git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{tree}}"
        )
        if done.status == 0:
            return done.out.decode().strip()
        if name == "HEAD":
            return self.repo.output("hash-object", "-t", "tree", "/dev/null").decode().strip()
        raise WorktreeError(f"{shown(name)} is no commit here", "git log --oneline lists some")

    def _raw(self, command: str, *args: str) -> dict[str, Changed]:
        out = self.repo.output(
            command,
            "--raw",
            "-z",
            "--no-renames",
            "--full-index",
            "--ignore-submodules=dirty",
            "--no-ext-diff",
            "--no-textconv",
            *args,
            may_stop=True,
            environment=self.repo.disarmed(),
        )
        found: dict[str, Changed] = {}
        items = iter(out.split(b"\0"))
        for head in items:
            if not head.startswith(b":"):
                continue
            path = os.fsdecode(next(items))
            old_mode, new_mode, old, new, status = head[1:].decode("ascii").split(" ")
            if path in found and not found[path].conflict and status != "U":
                continue
            known = found.get(path)
            conflict = status.startswith("U") or (known is not None and known.conflict)
            found[path] = Changed(
                path, int(old_mode, 8), _oid(old), int(new_mode, 8), _oid(new), conflict
            )
        return found

    def _beside(self, limit: Sequence[str]) -> tuple[list[str], set[str]]:
        """Untracked paths, and those with a merge conflict."""
        args = ("ls-files", "-z", "-t", "-o", "-u", "--exclude-standard")
        untracked: list[str] = []
        unmerged: set[str] = set()
        for raw in self.repo.output(*args, *limit, may_stop=True).split(b"\0"):
            path = os.fsdecode(raw[2:])
            if raw.startswith(b"? ") and not is_temp(path.rpartition("/")[2]):
                untracked.append(path.removesuffix("/"))
            elif raw and not raw.startswith(b"? "):
                unmerged.add(path.partition("\t")[2])
        return untracked, unmerged

    def _wanted(self, path: str) -> bool:
        return any(path == one or path.startswith(f"{one}/") for one in self._paths)

    def _attributes(self, paths: Collection[str]) -> dict[str, dict[str, str]]:
        """What the repository's attributes say of each path, where they say anything."""
        if not paths:
            return {}
        feed = b"\0".join(os.fsencode(path) for path in paths)
        done = self.repo.git("check-attr", "-z", "--stdin", *_ATTRIBUTES, feed=feed, may_stop=True)
        if done.status != 0:
            raise WorktreeError(f"git check-attr: {done.complaint}", "git status says more")
        items = done.out.split(b"\0")
        said: dict[str, dict[str, str]] = {}
        for path, name, value in zip(items[::3], items[1::3], items[2::3], strict=False):
            if value != b"unspecified":
                told = said.setdefault(os.fsdecode(path), {})
                told[name.decode("ascii", "replace")] = value.decode("utf-8", "replace")
        return said

    def _ends(self, one: Changed) -> LineEnds:
        if self.scope.kind is not ScopeKind.WORKTREE:
            return AS_IT_IS
        return line_ends(one.attributes, self._settings)

    @property
    def _settings(self) -> dict[str, str]:
        if self._config is None:
            done = run_git(
                ["config", "--list", "-z"],
                git_dir=self.repo.git_dir,
                work_tree=self.repo.root,
                user_config=True,
                timeout=CONFIG_SECONDS,
            )
            pairs = (i.partition("\n") for i in done.out.decode("utf-8", "replace").split("\0"))
            wanted = ("core.autocrlf", "core.eol", "core.filemode")
            self._config = {key: value for key, _, value in pairs if key in wanted}
        return self._config

    # ---- renames

    def _renamed(self, listed: Sequence[Changed]) -> list[Changed]:
        """Files that went and came under another name as one change."""
        went = {c.path: c for c in listed if c.new_mode == 0 and _plain(c) and c.old_mode}
        came = {c.path: c for c in listed if c.old_mode == 0 and _plain(c) and c.new_mode}
        if not went or not came:
            return list(listed)
        pairs = renames(*self._contents(went, came))
        old = set(pairs.values())
        out = []
        for one in listed:
            if one.path in old:
                continue
            source = went.get(pairs.get(one.path, ""))
            if source is None:
                out.append(one)
                continue
            oid, mode = source.old_oid, source.old_mode
            out.append(replace(one, origin=source.path, old_mode=mode, old_oid=oid))
        return out

    def _contents(
        self, went: Mapping[str, Changed], came: Mapping[str, Changed]
    ) -> tuple[dict[str, Content], dict[str, Content]]:
        """What both sides hold, as far as it takes to tell which are the same."""
        few = max(len(went), len(came)) <= MOST_COMPARED
        sizes = self._blob_sizes([c.old_oid for c in went.values()])
        wanted = {size for size in sizes.values() if size}
        small = [oid for oid, size in sizes.items() if size <= LARGEST_COMPARED]
        blobs = self.blobs(small, sizes) if few else {}
        gone = {p: Content(c.old_oid, blobs.get(c.old_oid)) for p, c in went.items()}
        new: dict[str, Content] = {}
        staged = [c.new_oid for c in came.values() if c.new_oid]
        theirs = self.blobs(staged, self._blob_sizes(staged)) if few and staged else {}
        for path, one in came.items():
            if one.new_oid:
                new[path] = Content(one.new_oid, theirs.get(one.new_oid))
                continue
            with Folders(self.repo.root) as folders:
                if not few and _size_of(folders, path) not in wanted:
                    continue
                side = self._on_disk(folders, path)
            if side.data is not None and side.kind is SideKind.FILE:
                data = committed_form(side.data, self._ends(one), None)
                like = next(iter(went.values())).old_oid
                new[path] = Content(_blob_oid(data, like), data if few else None)
        return gone, new

    # ---- contents

    def _read(self, chunk: Sequence[Changed]) -> Iterator[PathChange | None]:
        disk = self.scope.kind is ScopeKind.WORKTREE
        oids = [c.old_oid for c in chunk if c.old_mode & 0o170000 in (0o100000, 0o120000)]
        if not disk:
            oids += [c.new_oid for c in chunk if c.new_mode & 0o170000 in (0o100000, 0o120000)]
        sizes = self._blob_sizes([oid for oid in oids if oid])
        blobs = _InPieces(self, sizes, oids)
        with Folders(self.repo.root) as folders:
            for one in chunk:
                before = _stored(one.old_mode, one.old_oid, blobs)
                if not disk:
                    after = _stored(one.new_mode, one.new_oid, blobs)
                elif one.new_mode == 0o160000:
                    after = Side(SideKind.SUBMODULE, one.new_mode, oid=one.new_oid)
                else:
                    after = self._on_disk(folders, one.path)
                yield self._compared(one, before, after)

    def _compared(self, one: Changed, before: Side, after: Side) -> PathChange | None:
        path, origin = one.path, one.origin
        refusal = check_known(path)
        fixed = "" if self.scope.writable else "there is no tree to take it out of"
        fixed = refusal.message if refusal is not None else fixed
        if one.conflict:
            said = "merge conflict"
            return file_change(
                path, before, after, kind=ChangeKind.CONFLICT, what=said, fixed=fixed
            )
        if before.kind is SideKind.FILE and after.kind is SideKind.FILE:
            if self._settings.get("core.filemode", "true").lower() in ("false", "no", "off", "0"):
                after = replace(after, mode=before.mode) if self.scope.writable else after
            if self.scope.writable and not origin and _same_large(self.repo, path, before, after):
                return None
        regular = {before.kind, after.kind} <= {SideKind.FILE, SideKind.ABSENT}
        named = self._filter_of(one, before, after) if regular else ""
        if named:
            return _through_filter(one, before, after, named, fixed)
        if self.scope.writable and regular and before.data is not None:
            before = replace(before, data=_as_here(before.data, after.data, self._ends(one)))
        change = file_change(path, before, after, origin=origin, fixed=fixed)
        return change if change.file.hunks else None

    def _filter_of(self, one: Changed, before: Side, after: Side) -> str:
        """The name of what git would pass a path through, "" for nothing."""
        named = one.attributes.get("filter", "unset")
        if named not in ("", "unset", "set"):
            return named
        if any(_pointer(side.data) for side in (before, after)):
            return "lfs"
        if not self.scope.writable:
            return ""
        if one.attributes.get("working-tree-encoding", "unset") not in ("unset", "set"):
            return "working-tree-encoding"
        dollar = any(b"$Id" in (side.data or b"") for side in (before, after))
        return "ident" if dollar and one.attributes.get("ident") == "set" else ""

    def _on_disk(self, folders: Folders, path: str) -> Side:
        """What the worktree holds at a path; no link is followed."""
        try:
            folder, name = folders.of(path)
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                target = os.fsencode(os.readlink(name, dir_fd=folder))
                return Side(SideKind.LINK, 0o120000, target, len(target))
            if stat.S_ISDIR(status.st_mode):
                inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                try:
                    names = os.listdir(inside)  # noqa: PTH208  (a descriptor)
                finally:
                    os.close(inside)
                return Side(SideKind.SUBMODULE, 0o160000) if ".git" in names else Side()
            if not stat.S_ISREG(status.st_mode):
                return Side(SideKind.UNREADABLE)
            mode = git_mode(status.st_mode)
            if status.st_size > LARGEST_READ:
                return Side(SideKind.FILE, mode, None, status.st_size)
            found = look_at(folder, name, path)
        except FileNotFoundError:
            return Side()
        except (OSError, FileRefusedError, ValueError):
            return Side(SideKind.UNREADABLE)
        if not found.exists:
            return Side()
        return Side(SideKind.FILE, found.mode, found.data, len(found.data), "", found.permissions)

    def _blob_sizes(self, oids: Iterable[str]) -> dict[str, int]:
        """Bytes of each blob; -1 for one that is not here."""
        wanted = list(dict.fromkeys(oid for oid in oids if oid))
        if not wanted:
            return {}
        done = self.repo.git(
            "cat-file", "--batch-check", feed="\n".join(wanted).encode() + b"\n", may_stop=True
        )
        if done.status != 0:
            raise WorktreeError(f"git cat-file: {done.complaint}", "git fsck looks deeper")
        sizes = {}
        for line in done.out.decode("ascii", "replace").splitlines():
            oid, *rest = line.split(" ")
            sizes[oid] = int(rest[1]) if len(rest) == 2 and rest[0] == "blob" else -1
        return sizes

    def blobs(self, oids: Iterable[str], sizes: Mapping[str, int]) -> dict[str, bytes]:
        """The bytes of blobs that are here and not too large."""
        out: dict[str, bytes] = {}
        wanted = [o for o in dict.fromkeys(oids) if 0 <= sizes.get(o, -1) <= LARGEST_READ]
        piece: list[str] = []
        size = 0
        for oid in [*wanted, ""]:
            if piece and (not oid or size + sizes[oid] > _CHUNK_BYTES):
                out |= self._batch(piece)
                piece, size = [], 0
            if oid:
                piece.append(oid)
                size += sizes[oid]
        return out

    def _batch(self, oids: Sequence[str]) -> dict[str, bytes]:
        done = self.repo.git(
            "cat-file", "--batch", feed="\n".join(oids).encode() + b"\n", may_stop=True
        )
        if done.status != 0:
            raise WorktreeError(f"git cat-file: {done.complaint}", "git fsck looks deeper")
        out, at, data = {}, 0, done.out
        for _ in oids:
            end = data.index(b"\n", at)
            oid, *rest = data[at:end].decode("ascii").split(" ")
            at = end + 1
            if len(rest) == 2 and rest[0] == "blob":
                size = int(rest[1])
                out[oid] = data[at : at + size]
                at += size + 1
        return out


class _InPieces:
    """The blobs of a chunk, read a few megabytes at a time."""

    def __init__(self, diff: TreeDiff, sizes: Mapping[str, int], oids: Sequence[str]) -> None:
        self._diff = diff
        self.sizes = sizes
        self._order = list(dict.fromkeys(oid for oid in oids if oid))
        self._at = {oid: n for n, oid in enumerate(self._order)}
        self._held: dict[str, bytes] = {}

    def get(self, oid: str) -> bytes | None:
        """The bytes, None where they are not here or too many."""
        if not 0 <= self.sizes.get(oid, -1) <= LARGEST_READ:
            return None
        if oid not in self._held:
            piece: list[str] = []
            size = 0
            for other in self._order[self._at[oid] :]:
                if piece and size + max(0, self.sizes.get(other, -1)) > _CHUNK_BYTES:
                    break
                piece.append(other)
                size += max(0, self.sizes.get(other, -1))
            self._held = self._diff.blobs(piece, self.sizes)
        return self._held.get(oid)


def _stored(mode: int, oid: str, blobs: _InPieces) -> Side:
    """A side that git keeps."""
    if not mode:
        return Side()
    kind = _KINDS.get(mode & 0o170000, SideKind.FILE)
    if kind is SideKind.SUBMODULE:
        return Side(kind, mode, oid=oid)
    size = blobs.sizes.get(oid, -1)
    if size < 0:
        return Side(SideKind.UNREADABLE, mode, oid=oid)
    return Side(kind, 0o100755 if mode & 0o100 else mode, blobs.get(oid), size, oid)


def _order(one: Changed) -> tuple[bool, tuple[str, ...]]:
    said = one.attributes.get("linguist-generated")
    marked = None if said is None else said not in ("unset", "false")
    return rank(one.path, marked=marked)


def _plain(one: Changed) -> bool:
    modes = {mode & 0o170000 for mode in (one.old_mode, one.new_mode) if mode > 0}
    return not one.conflict and modes <= {0o100000} and "filter" not in one.attributes


def _oid(text: str) -> str:
    return text if text.strip("0") else ""


def _sizes(count: int) -> Iterator[int]:
    done = 0
    for number in range(count):
        size = _CHUNKS[min(number, len(_CHUNKS) - 1)]
        yield size
        done += size
        if done >= count:
            return


def _blob_oid(data: bytes, like: str) -> str:
    made = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % len(data))
    made.update(data)
    return made.hexdigest()


def _size_of(folders: Folders, path: str) -> int:
    try:
        folder, name = folders.of(path)
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
    except (OSError, FileRefusedError):
        return -1


def _same_large(repo: Repository, path: str, before: Side, after: Side) -> bool:
    """Whether a file too large to read is what is committed, by its hash."""
    if after.data is not None or before.size != after.size or before.mode != after.mode:
        return False
    made = hashlib.sha256() if len(before.oid) == 64 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % after.size)
    try:
        with Folders(repo.root) as folders:
            folder, name = folders.of(path)
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(fd, "rb") as file:
            while piece := file.read(1 << 20):
                made.update(piece)
    except (OSError, FileRefusedError):
        return False
    return made.hexdigest() == before.oid


def _as_here(committed: bytes, there: bytes | None, ends: LineEnds) -> bytes:
    """A blob as the worktree would have it, whose file is `there`."""
    if there is None:
        return checked_out(committed, ends)
    if committed_form(there, ends, committed) == committed:
        return there
    return base_form(committed, there, ends)


def _through_filter(
    one: Changed, before: Side, after: Side, named: str, fixed: str
) -> PathChange | None:
    """A path that a filter has a part in, as what it is; None where it is not changed."""
    old, new = before.data, after.data
    if old == new and before.mode == after.mode and not one.origin and old is not None:
        return None
    kind, said = ChangeKind.FILTERED, f"goes through {shown(named)}"
    was, now = _pointer(old), _pointer(new)
    if was or now or named == "lfs":
        kind = ChangeKind.LFS
        if was and not now and new is not None and hashlib.sha256(new).hexdigest() == was[0]:
            return None
        sizes = (was[1] if was else before.size, now[1] if now else after.size)
        said = f"LFS file, {size_words(sizes[0])} → {size_words(sizes[1])}"
    return file_change(
        one.path, before, after, origin=one.origin, kind=kind, what=said, fixed=fixed
    )


def _pointer(data: bytes | None) -> tuple[str, int] | None:
    """SHA-256 and size that an LFS pointer names."""
    if data is None or len(data) > 1024 or not data.startswith(_POINTER):
        return None
    found = dict(
        line.split(" ", 1) for line in data.decode("ascii", "replace").split("\n") if " " in line
    )
    size = found.get("size", "")
    oid = found.get("oid", "").removeprefix("sha256:")
    return (oid, int(size)) if size.isdigit() and len(size) < 20 else None
