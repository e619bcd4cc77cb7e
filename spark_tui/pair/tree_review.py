"""A review of anyone's changes: reads a tree piece by piece, remembers, takes hunks out.

Everything here runs in the loop of the screen but the reading and writing, which are in threads.
All changed files are read once, for their hunks to be counted; the lines are held of those only
that the screen asks for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from typing import Any, Protocol

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.errors import SparkError
from spark_tui.core.journal import Entry, UndoResult
from spark_tui.core.tree_review.hunks import split
from spark_tui.core.tree_review.model import PathChange, Scope, TreeFile, TreeHunk
from spark_tui.core.tree_review.moved import MovedFrom, MovedLines
from spark_tui.core.tree_review.seen import SeenHunk, SeenHunks, SeenState, as_seen

_AT_FIRST = 4
_AT_ONCE = 48
_MOST_NAMED = 200
"""Changed paths that are looked up by name; beyond, everything is listed anew."""


class ListedPath(Protocol):
    """A path that may differ."""

    @property
    def path(self) -> str:
        """From the root."""


class ReviewSource(Protocol):
    """A tree, or a patch, that is reviewed. Its methods may wait, and raise SparkError."""

    @property
    def scope(self) -> Scope:
        """What is compared with what."""

    def listed(self, only: Collection[str] | None = None) -> Sequence[Any]:
        """What may differ, as `ListedPath`s in the order of the review."""

    def changes(self, listed: Sequence[Any]) -> Iterator[PathChange | None]:
        """Each read, in order; None for one that does not differ."""

    def stamp(self, path: str) -> object:
        """What changes when the file is written."""

    def seen(self) -> SeenHunks:
        """What was looked at so far."""

    def remember(self, hunks: Sequence[SeenHunk]) -> bool:
        """Keep that these were seen."""

    def forget(self, hunks: Sequence[SeenHunk]) -> bool:
        """Keep that these were not."""

    def take_out(self, drops: Sequence[tuple[PathChange, Collection[str]]]) -> Entry:
        """Take hunks out, all or none."""

    def take_back(self, entry: int | None = None) -> UndoResult:
        """Take an entry back."""

    def entries(self) -> Sequence[Entry]:
        """The journal, newest first."""

    def leave(self) -> Sequence[SparkError]:
        """The review is over: wait until the tree is as it stays; what was found out meanwhile."""


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A hunk that was taken out, as it was shown."""

    hunk: TreeHunk
    change: PathChange
    entry: int


@dataclass(slots=True)
class ReviewedFile:
    """One path under review. `file` is None until it was read, `change` unless it is held.

    `taken` are hunks that were taken out of it. `times` says of a hunk's content when it came,
    where that was after the review began.
    """

    path: str
    listed: Any
    file: TreeFile | None = None
    change: PathChange | None = None
    stamp: object = None
    unseen: int = 0
    taken: list[TakenOut] = field(default_factory=list)
    times: dict[str, str] = field(default_factory=dict)
    splits: set[str] = field(default_factory=set)
    version: int = 0


@dataclass(frozen=True, slots=True)
class _Act:
    """What can be taken back: hunks that were marked as seen, or an entry."""

    path: str
    hunk: str
    seen: tuple[SeenHunk, ...] = ()
    entry: int = 0


class TreeReview:
    """The review of one source. `tell` is called in the loop after everything that changes it.

    `wall` is the time of day in words; `spawn` starts a coroutine in the loop. `order` changes with
    the list of files, `touched` are those of it that changed since that was emptied.
    """

    def __init__(
        self,
        source: Callable[[], ReviewSource],
        tell: Callable[[], None],
        failed: Callable[[SparkError], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        wall: Callable[[], str],
    ) -> None:
        self._make = source
        self._tell = tell
        self._failed = failed
        self._spawn = spawn
        self._wall = wall
        self._source: ReviewSource | None = None
        self.files: list[ReviewedFile] = []
        self.by_path: dict[str, ReviewedFile] = {}
        self.seen = SeenHunks()
        self.moved = MovedLines()
        self.ready = False
        self.busy = False
        self.unread = 0
        self.hunks = 0
        self.unseen = 0
        self.taken = 0
        self.last_entry = 0
        self.order = 0
        self.touched: set[str] = set()
        self._wanted: list[str] = []
        self.held: frozenset[str] = frozenset()
        self._reading = False
        self._acts: list[_Act] = []
        self._lock = asyncio.Lock()
        self._outside: set[str] | None = set()
        self._looking = False

    @property
    def scope(self) -> Scope | None:
        """What is compared, once that is known."""
        return None if self._source is None else self._source.scope

    # ---------------------------------------------------------------- reading

    async def start(self) -> None:
        """List what differs, then read it, what is wanted first."""
        try:
            self._source = await asyncio.to_thread(self._make)
            self.seen = await asyncio.to_thread(self._source.seen)
            await self._list(None)
        except SparkError as error:
            self._failed(error)
            return
        finally:
            self.ready = True
            self._tell()
        await self._read_all()

    def want(self, paths: Sequence[str]) -> None:
        """Read these next, and hold their lines."""
        self._wanted = [path for path in paths if path in self.by_path]
        if self._wanted and not self._reading and self._source is not None:
            self._spawn(self._read_all())

    def hold(self, paths: Collection[str]) -> None:
        """Let go of the lines of every other file."""
        held = frozenset(paths)
        for path in self.held - held:
            file = self.by_path.get(path)
            if file is not None:
                file.change = None
        self.touched |= self.held ^ held
        self.held = held

    def changed_outside(self, paths: Collection[str]) -> None:
        """Somebody wrote these; none: anything may be another."""
        if not paths or self._outside is None or len(self._outside) + len(paths) > _MOST_NAMED:
            self._outside = None
        else:
            self._outside |= set(paths)
        if not self._looking and self.ready:
            self._looking = True
            self._spawn(self._look_again())

    async def _look_again(self) -> None:
        try:
            while self._outside is None or self._outside:
                named, self._outside = self._outside, set()
                await self._list(named)
                self._tell()
                await self._read_all()
        except SparkError as error:
            self._failed(error)
        finally:
            self._looking = False

    async def _list(self, only: set[str] | None) -> None:
        source = self._source
        if source is None:
            return
        if only is not None:
            # A renamed file is listed under its new name only where both are asked about.
            pairs = {f.file.path: f.file.origin for f in self.files if f.file and f.file.origin}
            only = only | {pairs[p] for p in only if p in pairs}
            only |= {new for new, old in pairs.items() if old in only}
        async with self._lock:
            if only is not None and any(path not in self.by_path for path in only):
                only = None  # what is new may be what went elsewhere
            found = await asyncio.to_thread(source.listed, only)
            known = frozenset(self.by_path)  # of others nothing is known to be as it was
            stamps = await asyncio.to_thread(
                lambda: [source.stamp(one.path) if one.path in known else None for one in found]
            )
        self._merge(found, stamps, only)

    def _merge(self, found: Sequence[Any], stamps: Sequence[object], only: set[str] | None) -> None:
        """Take a new listing; what is as it was stays as it is."""
        now = {one.path: (one, stamp) for one, stamp in zip(found, stamps, strict=True)}
        for path in [p for p in self.by_path if p not in now and (only is None or p in only)]:
            self._gone(self.by_path[path])
        for path, (one, stamp) in now.items():
            file = self.by_path.get(path)
            if file is None:
                file = self.by_path[path] = ReviewedFile(path, one)
                self.unread += 1
                file.stamp = _UNREAD
            elif (file.listed, file.stamp) != (one, stamp):
                file.listed = one
                if file.stamp is not _UNREAD:
                    file.stamp = _UNREAD
                    self.unread += 1
        self.order += 1
        if only is None:
            order = {one.path: n for n, one in enumerate(found)}
            old = [file.path for file in self.files]
            last = -1
            for path in old:  # what is only remembered stays behind what it stood behind
                last = order.setdefault(path, last)
            self.files = sorted(self.by_path.values(), key=lambda file: order[file.path])

    def _gone(self, file: ReviewedFile) -> None:
        """A path differs no more; hunks that were taken out of it are still shown."""
        self._count(file, None)
        self.moved.forget(file.path)
        if file.stamp is _UNREAD:
            self.unread -= 1
        file.stamp = None
        if not file.taken:
            del self.by_path[file.path]
            self.order += 1
            self.files = [one for one in self.files if one is not file]

    async def _read_all(self) -> None:
        if self._reading or self._source is None:
            return
        self._reading = True
        first = True
        try:
            while batch := self._next(_AT_FIRST if first else _AT_ONCE):
                first = False
                await self._read(batch)
                self._tell()
        except SparkError as error:
            self._failed(error)
        finally:
            self._reading = False

    def _next(self, most: int) -> list[ReviewedFile]:
        wanted = [self.by_path[path] for path in self._wanted if path in self.by_path]
        wanted = [f for f in wanted if f.change is None and (f.stamp is not None)]
        self._wanted = []
        if wanted:
            self._wanted = [file.path for file in wanted[most:]]
            return wanted[:most]
        if not self.unread:
            return []
        unread = (file for file in self.files if file.stamp is _UNREAD)
        return [file for _, file in zip(range(most), unread, strict=False)]

    async def _read(self, batch: Sequence[ReviewedFile]) -> None:
        source = self._source
        if source is None:
            return

        def read() -> list[tuple[object, PathChange | None]]:
            stamps = [source.stamp(file.path) for file in batch]
            return list(zip(stamps, source.changes([f.listed for f in batch]), strict=True))

        async with self._lock:
            found = await asyncio.to_thread(read)
        for file, (stamp, change) in zip(batch, found, strict=True):
            if self.by_path.get(file.path) is not file:
                continue
            if change is None:
                self._gone(file)
                continue
            if file.stamp is _UNREAD:
                self.unread -= 1
            file.stamp = stamp
            self._took(file, change)

    def _took(self, file: ReviewedFile, change: PathChange) -> None:
        """A file was read."""
        for hunk in change.file.hunks:
            if hunk.id in file.splits:
                change = split(change, hunk)
        known = {h.content for h in file.file.hunks} if file.file is not None else None
        if known is not None or self._begun_with:
            for hunk in change.file.hunks:
                if hunk.content not in (known or ()):
                    file.times.setdefault(hunk.content, self._wall())
        self.moved.add(change)
        self._count(file, change.file)
        file.change = change if file.path in self.held or not self.held else None

    @property
    def _begun_with(self) -> bool:
        """Whether the first reading is over: what comes now is new."""
        return self._complete

    _complete = False

    def _count(self, file: ReviewedFile, now: TreeFile | None) -> None:
        before = file.file
        self.hunks += (len(now.hunks) if now else 0) - (len(before.hunks) if before else 0)
        self.unseen -= file.unseen
        file.file = now
        file.unseen = 0
        if now is not None:
            states = (self.seen.look(now, hunk) for hunk in now.hunks)
            file.unseen = sum(state is not SeenState.SEEN for state in states)
        else:
            file.change = None
        self.unseen += file.unseen
        self._touch(file)
        if not self.unread:
            self._complete = True

    def _touch(self, file: ReviewedFile) -> None:
        file.version += 1
        self.touched.add(file.path)

    def moved_from(self, change: PathChange, hunk: TreeHunk) -> MovedFrom | None:
        """Where a hunk's lines are from, or went to."""
        return self.moved.of(change, hunk)

    # ---------------------------------------------------------------- marking

    def state(self, file: ReviewedFile, hunk: TreeHunk) -> SeenState:
        """How a hunk stands."""
        return SeenState.NEW if file.file is None else self.seen.look(file.file, hunk)

    def mark(self, file: ReviewedFile, hunks: Sequence[TreeHunk]) -> int:
        """These were seen; how many were not before."""
        if file.file is None:
            return 0
        fresh = [as_seen(file.file, hunk) for hunk in hunks if hunk.content not in self.seen]
        if fresh:
            self._acts.append(_Act(file.path, hunks[0].id, tuple(fresh)))
            self._add([(file, fresh)])
        return len(fresh)

    def mark_all(self) -> int:
        """Every hunk that was read is seen; how many were not."""
        found: list[tuple[ReviewedFile, list[SeenHunk]]] = []
        for file in self.files:
            if file.file is not None and file.unseen:
                hunks = [h for h in file.file.hunks if h.content not in self.seen]
                found.append((file, [as_seen(file.file, hunk) for hunk in hunks]))
        fresh = [hunk for _, hunks in found for hunk in hunks]
        if fresh:
            self._acts.append(_Act("", "", tuple(fresh)))
            self._add(found)
        return len(fresh)

    def _add(self, found: Sequence[tuple[ReviewedFile, Sequence[SeenHunk]]]) -> None:
        for file, hunks in found:
            for hunk in hunks:
                self.seen.add(hunk)
            self._count(file, file.file)
        self._keep(lambda s: s.remember([hunk for _, hunks in found for hunk in hunks]))
        self._tell()

    def _keep(self, work: Callable[[ReviewSource], bool]) -> None:
        source = self._source
        if source is None:
            return

        async def keep() -> None:
            await asyncio.to_thread(work, source)

        self._spawn(keep())

    def split(self, file: ReviewedFile, hunk: TreeHunk) -> bool:
        """Show a hunk's separate changes as hunks; False where it is one."""
        if file.change is None:
            return False
        parts = split(file.change, hunk)
        if parts is file.change:
            return False
        file.splits.add(hunk.id)
        if hunk.content in file.times:
            times = {h.content: file.times[hunk.content] for h in parts.file.hunks}
            file.times |= {c: t for c, t in times.items() if c not in file.times}
        self._count(file, parts.file)
        file.change = parts
        self._tell()
        return True

    # ---------------------------------------------------------------- taking out, and back

    async def take_out(self, file: ReviewedFile, hunk: TreeHunk) -> int:
        """Take a hunk out of the tree; the entry's number, 0 where it did not happen."""
        source, change = self._source, file.change
        if self.busy or source is None or change is None:
            return 0
        self.busy = True
        try:
            async with self._lock:
                entry = await asyncio.to_thread(source.take_out, [(change, frozenset({hunk.id}))])
            file.taken.append(TakenOut(hunk, change, entry.id))
            self._touch(file)
            self._acts.append(_Act(file.path, hunk.id, entry=entry.id))
            self.taken += 1
            self.last_entry = entry.id
            await self._list({file.path, *([change.file.origin] if change.file.origin else [])})
            await self._reread(file)
        except SparkError as error:
            self._failed(error)
            self.changed_outside({file.path})
            return 0
        finally:
            self.busy = False
        self._tell()
        return entry.id

    async def take_back(self) -> tuple[str, str, int] | None:
        """Take the last mark or the last taking out back: path, hunk, and the entry (0: a mark).

        None where there is nothing to take back, or it failed, which is told.
        """
        if self.busy or not self._acts:
            return None
        act = self._acts[-1]
        if not act.entry:
            self._acts.pop()
            for hunk in act.seen:
                self.seen.discard(hunk.content)
            for file in self.files:
                if file.file is not None and (not act.path or file.path == act.path):
                    self._count(file, file.file)
            self._keep(lambda s: s.forget(act.seen))
            self._tell()
            return act.path, act.hunk, 0
        if not await self.take_back_entry(act.entry):
            return None
        return act.path, act.hunk, act.entry

    async def take_back_entry(self, entry: int) -> bool:
        """Take an entry of the journal back; False where that failed, which is told."""
        source = self._source
        if self.busy or source is None:
            return False
        self.busy = True
        try:
            async with self._lock:
                done = await asyncio.to_thread(source.take_back, entry)
            self._acts = [act for act in self._acts if act.entry != entry]
            for file in self.files:
                before = len(file.taken)
                file.taken = [one for one in file.taken if one.entry != entry]
                self.taken -= before - len(file.taken)
                if before != len(file.taken):
                    self._touch(file)
            await self._list(set(done.files))
            for path in done.files:
                if path in self.by_path:
                    await self._reread(self.by_path[path])
        except SparkError as error:
            self._failed(error)
            return False
        finally:
            self.busy = False
        self._tell()
        return True

    async def _reread(self, file: ReviewedFile) -> None:
        if self.by_path.get(file.path) is file and file.stamp is not None:
            await self._read([file])

    def can_take_back(self) -> bool:
        """Whether anything was done that can be taken back."""
        return bool(self._acts)

    async def entries(self) -> Sequence[Entry]:
        """The journal, newest first."""
        if self._source is None:
            return ()
        return await asyncio.to_thread(self._source.entries)

    async def close(self) -> Sequence[SparkError]:
        """The review is over; what was found out about late saves."""
        if self._source is None:
            return ()
        async with self._lock:
            return await asyncio.to_thread(self._source.leave)


_UNREAD = object()
