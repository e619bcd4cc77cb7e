"""What an entry still needs after its mark, done in a thread behind the person's back.

Displaced files are removed; one that may still be written to is watched for two seconds. Then the
bytes move into the private repository, the entry is committed there, and old entries are pruned.
A process that ends before leaves all of it to the next one.
"""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
import time
from collections.abc import Callable

from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits import writers
from spark_tui.core.edits.guard import shown
from spark_tui.core.errors import ConflictError, SparkError
from spark_tui.core.journal import JournalBounds
from spark_tui.services.worktree.commit import clear_stale_locks, commit_record
from spark_tui.services.worktree.disk import LINGER_SECONDS
from spark_tui.services.worktree.files import Folders
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.late_saves import settle_displaced
from spark_tui.services.worktree.prune import prune
from spark_tui.services.worktree.records import Record, Step
from spark_tui.services.worktree.rollback import Restored
from spark_tui.services.worktree.writer import Written, finish, raced

_LOCK = "settle.lock"
_QUIET_SECONDS = 0.3


def tidy(journal: Journal, written: Written) -> None:
    """Remove the displaced files nobody can write to any more. Raises OSError, JournalError."""
    with journal.locked(), Folders(journal.root) as folders:
        finish(folders, written.record, written.lingering)


@dataclass(frozen=True, slots=True)
class _Job:
    record: Record
    lingering: tuple[Step, ...]
    at: float


class Settler:
    """A queue of entries and the one thread that settles them; the thread starts when needed.

    Without `bounds` nothing old is ever dropped. `tell` hears, in that thread, of saves that came
    into files we had displaced; until it is set they are gathered in `late`.
    """

    def __init__(self, journal: Journal, bounds: JournalBounds | None = None) -> None:
        self._journal = journal
        self._bounds = bounds
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._commits = True
        self.late: list[ConflictError] = []
        self.tell: Callable[[ConflictError], object] = self.late.append

    def submit(self, written: Written) -> None:
        """Settle this entry soon."""
        self._put(_Job(written.record, written.lingering, time.monotonic()))

    def submit_left_over(self) -> None:
        """Settle what an earlier process left unsettled."""
        for record in self._journal.unsettled():
            self._put(_Job(record, (), time.monotonic()))

    def close(self, *, commit: bool = True) -> None:
        """Wait until nothing of ours lies in the tree any more, and stop.

        With `commit` also until every entry is committed; without, that is left to the next start.
        """
        with self._starting:
            if self._thread is None:
                return
            self._commits = commit
            self._closing.set()
            self._jobs.put(None)
            self._thread.join()
            self._thread = None
            self._closing.clear()
            self._commits = True
            atexit.unregister(self._at_exit)

    def _at_exit(self) -> None:
        self.close(commit=False)

    def _put(self, job: _Job) -> None:
        with self._starting:
            self._jobs.put(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="settle", daemon=True)
                self._thread.start()
                atexit.register(self._at_exit)

    def _work(self) -> None:
        ending = False
        while not (ending and self._jobs.empty()):
            job = self._jobs.get()
            if job is None:
                ending = True  # what has to be looked at again is behind it
                continue
            # Disk full or a failing git: the entry stays whole in its own file and is settled by
            # the next start.
            with contextlib.suppress(OSError, SparkError):
                self._settle(job)

    def _wait_for_late_saves(self, job: _Job) -> None:
        """Look again at displaced files that may have been written to since.

        What is displaced by that is looked at later in its turn.
        """
        if not job.lingering:
            return
        time.sleep(max(0.0, job.at + LINGER_SECONDS - time.monotonic()))
        again = []
        with self._journal.locked(), Folders(self._journal.root) as folders:
            for step in job.lingering:
                found = settle_displaced(self._journal, folders, job.record, step)
                self._tell(step.path, found)
                if found.left and not found.rescued:
                    again.append(step)
        if again:
            self._jobs.put(_Job(job.record, tuple(again), time.monotonic()))

    def _tell(self, path: str, found: Restored) -> None:
        if found.rescued:
            what = f"{shown(path)} changed twice meanwhile, the newer one is kept"
            self.tell(ConflictError(what, f"the older one is in {found.rescued[0]}", paths=(path,)))
        elif found.left or found.restored:
            self.tell(raced(path, writers.YOU))

    def _settle(self, job: _Job) -> None:
        tidy(self._journal, Written(job.record, job.lingering))
        self._wait_for_late_saves(job)
        # The disk belongs to the next key for a moment: keys come in bursts.
        self._closing.wait(max(0.0, job.at + _QUIET_SECONDS - time.monotonic()))
        if not self._commits:
            return
        with self._journal.locked(_LOCK):
            if not self._journal.is_unsettled(job.record.id):
                return
            blobs = self._journal.blobs(job.record)
            for data in blobs.values():
                self._journal.store.put(data)
            clear_stale_locks(self._journal.store.git_dir)
            commit, flag = commit_record(self._journal, job.record, blobs)
            self._journal.settle(replace(job.record, commit=commit, flag=flag))
            if self._bounds is not None:
                prune(self._journal, self._bounds)
