"""What a check itself writes: tracked files are journalled as they were, untracked ones named.

Files are told from one another by their status (times, size, inode), so that looking at thousands
of them takes milliseconds. What a file held before comes from git where it was as in the index,
else it was read when it was first seen to differ.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import FileRefusedError, SparkError
from spark_tui.core.journal import CheckWrites, EntryNote
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.files import LARGEST, Folders, OnDisk, look
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Step, StoredSide
from spark_tui.services.worktree.repo import Repository, list_paths
from spark_tui.services.worktree.writer import Written

MOST_FILES = 50_000
"""Tracked files of a repository in which a check is watched at all."""

_Status = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tracked file before a check: its status, its blob in the index, its bytes where known."""

    status: _Status | None
    sha: str
    data: bytes | None = None


class WatchedCheck:
    """The files of one worktree around the runs of a check. All methods block."""

    def __init__(self, repo: Repository, journal: Journal) -> None:
        self._repo = repo
        self._journal = journal
        self._files: dict[str, _Seen] = {}
        self._untracked: frozenset[str] | None = None

    def begin(self) -> None:
        """A check is about to run. Raises WorktreeError."""
        if self._untracked is None:
            self._load()
            return
        with Folders(self._repo.root) as folders:
            for path, seen in self._files.items():
                status = self._status(path)
                if status != seen.status:  # somebody else wrote it since the last check
                    found = _look(folders, path)
                    data = found.data if found is not None and found.exists else None
                    self._files[path] = _Seen(status, "", data)

    def end(self, note: EntryNote) -> tuple[CheckWrites, Written | None]:
        """It has run: journal what it wrote. The journal's lock must be held.

        Raises JournalError, OSError.
        """
        changed = [
            (path, seen) for path, seen in self._files.items() if self._status(path) != seen.status
        ]
        steps: list[Step] = []
        blobs: dict[str, bytes] = {}
        lost: list[str] = []
        with Folders(self._repo.root) as folders:
            for path, seen in changed:
                found = _look(folders, path)
                before = self._before(seen)
                if found is None or before is None or seen.status is None:
                    self._files[path] = _Seen(self._status(path), "")
                    lost.append(path)
                    continue
                permissions = seen.status[4] & 0o7777
                old = StoredSide(blob_id(before), permissions)
                new = StoredSide(found.sha, found.permissions) if found.exists else StoredSide()
                self._files[path] = _Seen(self._status(path), "", found.data)
                if (old.sha, old.permissions) == (new.sha, new.permissions):
                    continue
                blobs[old.sha] = before
                if found.exists:
                    blobs[new.sha] = found.data
                steps.append(Step(path, old, new, disk.temp_name()))
        names = frozenset(list_paths(self._repo)) - self._files.keys()
        fresh = tuple(sorted(names - (self._untracked or frozenset())))
        self._untracked = names
        written = self._record(steps, blobs, note) if steps else None
        entry = written.record.id if written is not None else 0
        paths = tuple(step.path for step in steps)
        return CheckWrites(entry, paths, tuple(lost), fresh), written

    def _record(self, steps: Sequence[Step], blobs: dict[str, bytes], note: EntryNote) -> Written:
        """An entry for what is on disk already. Until its mark nobody takes it for anything."""
        record = Record(self._journal.next_id(), time.time(), note, tuple(steps))
        fds = self._journal.begin(record, blobs)
        try:
            disk.sync_all(fds)
        finally:
            for fd in fds:
                os.close(fd)
        self._journal.mark(record)
        return Written(record, ())

    def _load(self) -> None:
        listing = self._repo.output("ls-files", "-z", "--stage")
        differing = self._repo.output(
            "diff-files", "--name-only", "-z", environment=self._repo.disarmed()
        )
        dirty = {os.fsdecode(one) for one in differing.split(b"\0")}
        items = [one for one in listing.split(b"\0") if one.startswith(b"100")]
        if len(items) > MOST_FILES:
            self._untracked = frozenset()
            return
        with Folders(self._repo.root) as folders:
            for item in items:
                head, _, raw = item.partition(b"\t")
                path, sha = os.fsdecode(raw), head.split()[1].decode()
                status = self._status(path)
                if path not in dirty:
                    self._files[path] = _Seen(status, sha)
                    continue
                found = _look(folders, path)
                data = found.data if found is not None and found.exists else None
                self._files[path] = _Seen(status, "", data)
        self._untracked = frozenset(list_paths(self._repo)) - self._files.keys()

    def _before(self, seen: _Seen) -> bytes | None:
        """What the file held, None where that is not known for sure."""
        if seen.data is not None or not seen.sha or seen.status is None:
            return seen.data
        if seen.status[1] > LARGEST:
            return None
        done = self._repo.git("cat-file", "blob", seen.sha)
        # Git may have converted its line ends: then it is another size on disk.
        return done.out if done.status == 0 and len(done.out) == seen.status[1] else None

    def _status(self, path: str) -> _Status | None:
        try:
            found = os.lstat(f"{self._repo.root}/{path}")
        except OSError:
            return None
        return (
            found.st_mtime_ns,
            found.st_size,
            found.st_ino,
            found.st_ctime_ns,
            found.st_mode,
        )


def _look(folders: Folders, path: str) -> OnDisk | None:
    """The file as it is now, None where it can't be read as one."""
    try:
        return look(folders, path)
    except (FileRefusedError, SparkError, OSError):
        return None
