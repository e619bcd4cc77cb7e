"""Changes made by others: folders with files that are not ignored are watched, one list of them.

Watching the tree recursively would also watch .git and node_modules; the list costs a tenth. Our
own writes and temp names are left out, what arrives in one burst is one set. A tree with more
folders than MOST_FOLDERS, or than the system allows, is watched from its top as far as that goes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.core.errors import SparkError, WorktreeError
from spark_tui.services.worktree.disk import is_temp
from spark_tui.services.worktree.repo import Repository, list_paths

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_STEP_MS = 50
_BURST_MS = 400
_GIT_STATE = ("HEAD", "index")
MOST_FOLDERS = 50_000
"""Folders that are watched at most: each costs the system about a kilobyte."""

_RAISE_LIMIT = "raise fs.inotify.max_user_watches"
_Mark = tuple[int, int, int]


class OwnWrites:
    """What our own writes left on disk, to tell their echo from somebody else's save."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._marks: dict[str, _Mark | None] = {}

    def note(self, paths: Iterable[str]) -> None:
        """Remember these files as they are now."""
        for path in paths:
            self._marks[path] = self._mark(path)

    def is_ours(self, path: str) -> bool:
        """Whether the file is still exactly what we left: inode, time and size."""
        return path in self._marks and self._marks[path] == self._mark(path)

    def _mark(self, path: str) -> _Mark | None:
        try:
            status = (self._root / path).lstat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


async def watch_tree(
    repo: Repository, own: OwnWrites, warn: Callable[[SparkError], None] | None = None
) -> AsyncIterator[frozenset[str]]:
    """Relative paths changed by others; an empty set says that only HEAD or the index changed.

    `warn` is told, in the loop's thread, where only a part of the folders can be watched. Raises
    WorktreeError where nothing can be, or git lists nothing.
    """
    import asyncio  # a quarter of a shell command's start, and none of them watches

    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[frozenset[str] | SparkError] = asyncio.Queue()
    stop = threading.Event()

    def deliver(item: frozenset[str] | SparkError) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    def say(problem: SparkError) -> None:
        if warn is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(warn, problem)

    def work() -> None:
        try:
            watcher = _Watcher(repo, own, say)
            for changed in watcher.bursts(stop):
                deliver(changed)
        except SparkError as error:
            deliver(error)

    thread = threading.Thread(target=work, name="watch", daemon=True)
    thread.start()
    try:
        while True:
            item = await arrived.get()
            if isinstance(item, SparkError):
                raise item
            yield item
    finally:
        stop.set()


class _Watcher:
    """The watched folders and the known files; everything here runs in one thread."""

    def __init__(self, repo: Repository, own: OwnWrites, say: Callable[[SparkError], None]) -> None:
        self._repo = repo
        self._own = own
        self._say = say
        self._most = MOST_FOLDERS
        self._told = False
        self._root = str(repo.root)
        self._known = set(list_paths(repo))
        self._folders = {""} | {folder for path in self._known for folder in _parents(path)}

    def bursts(self, stop: threading.Event) -> Iterable[frozenset[str]]:
        """Changes until `stop`."""
        notify = self._start()
        try:
            while True:
                events = notify.watch(_BURST_MS, _STEP_MS, 0, stop)
                if not isinstance(events, set):
                    return
                paths, folders, git_state = self._sorted_out(path for _, path in events)
                while folders:
                    paths |= self._adopt(folders)
                    old, notify = notify, self._start()
                    # The new watch is on: what the old one saw until then, and what was put into
                    # the new folders before it was on, is looked up once more.
                    late = old.watch(1, 1, 1, stop)
                    old.close()
                    seen, more, state = self._sorted_out(
                        path for _, path in (late if isinstance(late, set) else ())
                    )
                    watched = len(self._folders)
                    paths |= seen | self._adopt(folders)
                    git_state = git_state or state
                    folders = more | (folders if len(self._folders) > watched else set())
                changed = frozenset(path for path in paths if not self._own.is_ours(path))
                if changed or git_state:
                    yield changed
        finally:
            notify.close()

    def _start(self) -> RustNotify:
        from watchfiles._rust_notify import RustNotify

        prefix = self._root + os.sep
        self._folders = {folder for folder in self._folders if _is_folder(prefix + folder)}
        chosen = sorted(self._folders, key=lambda folder: (folder.count("/"), folder))[: self._most]
        watched = [(prefix + folder).rstrip(os.sep) for folder in chosen]
        try:
            notify = RustNotify([str(self._repo.git_dir), *watched], False, False, 300, False, True)
        except FileNotFoundError:
            return self._start()
        except OSError as error:
            if len(chosen) > 1:
                self._most = len(chosen) // 2
                return self._start()
            raise WorktreeError(
                f"cannot watch {self._repo.root.name}: {str(error).lower()}", _RAISE_LIMIT
            ) from error
        if len(chosen) < len(self._folders) and not self._told:
            self._told = True
            self._say(
                WorktreeError(
                    f"watching {len(chosen):,} of {len(self._folders):,} folders: changes in the"
                    " others are seen when they are written",
                    _RAISE_LIMIT,
                )
            )
        return notify

    def _sorted_out(self, absolute: Iterable[str]) -> tuple[set[str], set[str], bool]:
        """Files, new folders, and whether HEAD or the index changed."""
        prefix = self._root + os.sep
        git_prefix = str(self._repo.git_dir) + os.sep
        files, unknown, folders, git_state = set(), set(), set(), False
        for path in absolute:
            if path.startswith(git_prefix):
                git_state = git_state or path.removeprefix(git_prefix) in _GIT_STATE
                continue
            relative = path.removeprefix(prefix)
            name = relative.rpartition("/")[2]
            if not path.startswith(prefix) or is_temp(name) or name == ".git":
                continue
            if relative in self._known:
                files.add(relative)
            elif _is_folder(path):
                if relative not in self._folders:
                    folders.add(relative)
            elif os.path.lexists(path) and _is_text_name(relative):
                unknown.add(relative)
        ignored = self._ignored(unknown | folders)
        self._known |= unknown - ignored
        return files | (unknown - ignored), folders - ignored, git_state

    def _adopt(self, folders: set[str]) -> set[str]:
        """Watch new folders and what is in them; their files count as changed."""
        found: set[str] = set()
        for folder in folders:
            for place, names, files in os.walk(self._root + os.sep + folder):
                names[:] = [name for name in names if name != ".git"]
                relative = os.path.relpath(place, self._root)
                self._folders.add(relative)
                found |= {f"{relative}/{name}" for name in files if not is_temp(name)}
        found = {path for path in found if _is_text_name(path)}
        found -= self._ignored(found)
        self._known |= found
        return found

    def _ignored(self, paths: set[str]) -> set[str]:
        if not paths:
            return set()
        # `./` keeps a name that begins with a colon from being read as a pattern.
        feed = "\0".join(f"./{path}" for path in sorted(paths)).encode("utf-8")
        done = self._repo.git("check-ignore", "-z", "--stdin", feed=feed)
        if done.status not in (0, 1):
            raise WorktreeError(f"git check-ignore: {done.complaint}", "restart to watch again")
        found = done.out.decode("utf-8", "replace").split("\0")
        return {path.removeprefix("./") for path in found if path}


def _parents(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _is_folder(path: str) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISDIR(os.lstat(path).st_mode)
    return False


def _is_text_name(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
