"""Putting a begun record back, from nothing but what the disk holds.

Used in process after a fault and at the next start after a crash, so it may run any number of
times, from any state the writer can be stopped in, and may itself be stopped.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time

from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import FileRefusedError, SparkError
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.files import ABSENT, Folders, OnDisk, look_at
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Step, StoredSide


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, what was left because somebody saved it since, what was rescued where."""

    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    rescued: tuple[str, ...] = ()

    def __add__(self, other: Restored) -> Restored:
        return Restored(
            self.restored + other.restored, self.left + other.left, self.rescued + other.rescued
        )


def roll_back(journal: Journal, folders: Folders, record: Record) -> Restored:
    """Undo what was done of an unmarked record and forget it.

    Where the user's bytes came out of a swap they go back to their place; where they saved over
    ours they stay. Raises OSError (the intent stays, the next start tries again).
    """
    total = Restored()
    synced = set()
    for step in reversed(record.steps):
        try:
            folder, name = folders.of(step.path)
        except (FileNotFoundError, FileRefusedError):
            total += _rescue_before(journal, record, step)
            continue
        total += StepPlace(journal, record, step, folder, name).restore()
        synced.add(folder)
    for fd in synced:
        disk.sync(fd)
    for made in reversed(record.made):
        folders.forget(made)
        with contextlib.suppress(FileNotFoundError, SparkError):
            parent, name = folders.of(made)
            disk.drop_folder(parent, name)
            disk.sync(parent)
    journal.discard(record.id)
    return total


def _rescue_before(journal: Journal, record: Record, step: Step) -> Restored:
    """Keep the bytes from before where their folder is gone: the intent that holds them goes."""
    if not step.before.exists:
        return Restored()
    data = journal.blob(step.before.sha, record)
    return Restored(left=(step.path,), rescued=(str(journal.rescue(step.path, data)),))


@dataclass(frozen=True, slots=True)
class StepPlace:
    """One step's two names on disk: the file itself, and the one beside it."""

    journal: Journal
    record: Record
    step: Step
    folder: int
    name: str

    def restore(self) -> Restored:
        """Put the file back as it was before; what is beside it goes."""
        staged = f"{self.step.temp}.new.tmp"
        if self.look(staged).exists:
            disk.remove(self.folder, staged)
        if not self.step.before.exists:
            return self._uncreate()
        if not self.step.after.exists:
            return self._undelete()
        return self._unswap()

    def _unswap(self) -> Restored:
        here, aside = self.look(self.name), self.look(self.step.temp)
        if not aside.exists:
            return Restored()
        if unfinished(aside) or self.is_after(aside):
            disk.remove(self.folder, self.step.temp)
            return Restored()
        if self.is_before(here) and self.is_torn(aside):
            return self.drop_torn(aside)
        if not self.is_after(here):
            return self.leave(here, aside)
        if not disk.swap(self.folder, self.step.temp, self.name):
            os.rename(self.step.temp, self.name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
            return Restored(restored=(self.step.path,))
        out = self._at_rest()
        if not self.is_after(out):
            # Somebody saved over ours between the look and the swap: theirs is the newest.
            disk.swap(self.folder, self.step.temp, self.name)
            return self.leave(out, aside)
        disk.remove(self.folder, self.step.temp)
        return Restored(restored=(self.step.path,))

    def _uncreate(self) -> Restored:
        here, aside = self.look(self.name), self.look(self.step.temp)
        if aside.exists:
            linked = here.exists and here.inode == aside.inode
            if linked:
                disk.remove(self.folder, self.name)
            if linked or unfinished(aside) or self.is_after(aside):
                disk.remove(self.folder, self.step.temp)
                return Restored()
            if not here.exists and self.is_torn(aside):
                return self.drop_torn(aside)
            # A roll-back that was stopped after it had moved a user's file aside.
            return self.move_back(aside)
        if not here.exists:
            return Restored()
        if not self.is_after(here):
            return Restored(left=(self.step.path,))
        disk.move_new(self.folder, self.name, self.step.temp)
        out = self._at_rest()
        if not self.is_after(out):
            return self.move_back(out)
        disk.remove(self.folder, self.step.temp)
        return Restored(restored=(self.step.path,))

    def _at_rest(self) -> OnDisk:
        """What was just taken out of its place, once nobody writes into it any more."""
        with contextlib.suppress(FileNotFoundError):
            deadline = time.monotonic() + disk.LINGER_SECONDS
            disk.wait_for_writers(self.folder, self.step.temp, deadline)
        return self.look(self.step.temp)

    def _undelete(self) -> Restored:
        aside = self.look(self.step.temp)
        if not aside.exists:
            return Restored()
        return self.move_back(aside)

    def move_back(self, aside: OnDisk) -> Restored:
        """Give the path back what is beside it, unless somebody took the path."""
        try:
            disk.move_new(self.folder, self.step.temp, self.name)
        except FileExistsError:
            return self.leave(self.look(self.name), aside)
        return Restored(restored=(self.step.path,))

    def leave(self, here: OnDisk, aside: OnDisk) -> Restored:
        """The path holds a save newer than ours: it stays; unknown bytes aside are kept too."""
        rescued: tuple[str, ...] = ()
        if aside.sha not in (self.step.before.sha, self.step.after.sha, here.sha):
            rescued = (str(self.journal.rescue(self.step.path, aside.data)),)
        disk.remove(self.folder, self.step.temp)
        left = () if self.is_before(here) else (self.step.path,)
        return Restored(left=left, rescued=rescued)

    def is_after(self, found: OnDisk) -> bool:
        """Whether this is what the record wrote."""
        return self._is(found, self.step.after)

    def is_torn(self, found: OnDisk) -> bool:
        """Whether a power cut kept this temp's name but not (all of) its bytes.

        File systems leave such a file shorter, or filled up with zeros.
        """
        ours = self.journal.blob(self.step.after.sha, self.record)
        part = found.data.rstrip(b"\0")
        return len(found.data) <= len(ours) and ours.startswith(part)

    def drop_torn(self, aside: OnDisk) -> Restored:
        """Remove a torn temp; what it holds is kept, in case it is a save after all."""
        rescued: tuple[str, ...] = ()
        if aside.data.strip(b"\0"):
            rescued = (str(self.journal.rescue(self.step.path, aside.data)),)
        disk.remove(self.folder, self.step.temp)
        return Restored(rescued=rescued)

    def is_before(self, found: OnDisk) -> bool:
        """Whether this is what was there before the record."""
        return self._is(found, self.step.before)

    def _is(self, found: OnDisk, side: StoredSide) -> bool:
        if not found.exists or found.sha != side.sha:
            return False
        only_mode = self.step.before.sha == self.step.after.sha
        return not only_mode or found.permissions == side.permissions

    def look(self, name: str) -> OnDisk:
        """What this name of the folder holds; what is no regular file beside it counts as none."""
        try:
            status = os.stat(name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return ABSENT
        if stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == disk.UNFINISHED:
            return OnDisk(sha="unfinished", permissions=disk.UNFINISHED)
        try:
            return look_at(self.folder, name, self.step.path)
        except FileRefusedError:
            # A link, folder or device that took the place meanwhile: not ours, never touched.
            return OnDisk(sha="?", permissions=-1) if name == self.name else ABSENT


def unfinished(aside: OnDisk) -> bool:
    """Whether this is a temp file we had not finished writing."""
    return aside.permissions == disk.UNFINISHED
