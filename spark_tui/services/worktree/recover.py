"""What a new start does before it writes: finish or take back what the last one was doing."""

from __future__ import annotations

import shutil

from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import JournalError
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.files import Folders
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.late_saves import settle_displaced
from spark_tui.services.worktree.rollback import Restored, roll_back
from spark_tui.services.worktree.writer import finish, still_written


@dataclass(frozen=True, slots=True)
class RecoverReport:
    """What was found: records taken back, entries finished, files put back, left and rescued.

    `left` are paths somebody saved after us, so they were not touched; `rescued` are absolute
    paths of files that hold bytes which had no other place to stay.
    """

    rolled_back: int = 0
    finished: int = 0
    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    rescued: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there was nothing to recover."""
        return self == RecoverReport()

    def lines(self) -> tuple[str, ...]:
        """The report for a person, one fact a line."""
        if self.clean:
            return ("nothing to recover",)
        found = [f"{path} put back" for path in self.restored]
        found += [f"{path} left as it is: it changed since" for path in self.left]
        found += [f"bytes without a place are kept in {path}" for path in self.rescued]
        if self.rolled_back:
            found.append(f"{self.rolled_back} unfinished writes taken back")
        if self.finished:
            found.append(f"{self.finished} entries tidied up")
        return tuple(found)


def recover(journal: Journal) -> RecoverReport:
    """Roll back unmarked records, tidy up after marked ones. Safe to repeat and to interrupt.

    Raises JournalError where the disk fails; what is left is found again at the next start.
    """
    if not journal.pending():
        return RecoverReport()
    try:
        with journal.locked(), Folders(journal.root) as folders:
            return _recover(journal, folders)
    except OSError as error:
        reason = (error.strerror or "i/o error").lower()
        raise JournalError(f"cannot recover: {reason}", "spark-tui recover tries again") from error


def _recover(journal: Journal, folders: Folders) -> RecoverReport:
    rolled_back = finished = 0
    total = Restored()
    for intent in reversed(journal.intents()):
        rolled_back += 1
        if isinstance(intent, int):
            # Torn while it was written: nothing else had begun.
            journal.discard(intent)
        else:
            total += roll_back(journal, folders, intent)
    for record in journal.unsettled():
        before = total
        held = tuple(step for step in record.steps if still_written(folders, step))
        for step in record.steps:
            if step not in held:
                total += settle_displaced(journal, folders, record, step)
        finish(folders, record, held)
        finished += total != before
    for leftover in journal.folder.glob("merge-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for leftover in (journal.folder / "entries").glob("*.tmp"):
        leftover.unlink(missing_ok=True)
    for leftover in (journal.folder / "git" / "objects").glob(f"??/{disk.TEMP_PREFIX}*"):
        leftover.unlink(missing_ok=True)
    return RecoverReport(rolled_back, finished, total.restored, total.left, total.rescued)
