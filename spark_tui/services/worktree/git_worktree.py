"""The port `pair` writes through: one worktree, its journal, and what happens behind them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from pathlib import Path

from spark_tui.core.commit import CommitPlan
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.model import Change, FileImage, blob_id
from spark_tui.core.errors import (
    ConflictError,
    JournalError,
    OverlapError,
    SparkError,
    WorktreeError,
)
from spark_tui.core.journal import (
    CheckWrites,
    Entry,
    EntryNote,
    EntryView,
    JournalBounds,
    UndoResult,
    named,
)
from spark_tui.core.tree import Tree
from spark_tui.services.worktree.chain import Chain
from spark_tui.services.worktree.changes import committed_text, working_diff
from spark_tui.services.worktree.check_writes import WatchedCheck
from spark_tui.services.worktree.commands import GitCommands
from spark_tui.services.worktree.commit import NOT_TEXT, entry_patch, journal_log
from spark_tui.services.worktree.conventions import Conventions
from spark_tui.services.worktree.disk_faults import disk_fault
from spark_tui.services.worktree.entry_view import in_the_way, view_of
from spark_tui.services.worktree.files import read_image
from spark_tui.services.worktree.filing import filed_under, state_name
from spark_tui.services.worktree.filing import note as note_place
from spark_tui.services.worktree.finalize import Settler
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record
from spark_tui.services.worktree.recover import RecoverReport, recover
from spark_tui.services.worktree.repo import Repository, find_repository, list_paths, read_tree
from spark_tui.services.worktree.searching import files_with
from spark_tui.services.worktree.undo import UndoPlan, plan_back, plan_undo
from spark_tui.services.worktree.user_commit import plan_commit
from spark_tui.services.worktree.watch import OwnWrites, watch_tree
from spark_tui.services.worktree.writer import Target, Written, write


def open_worktree(
    path: Path,
    state_dir: Path,
    bounds: JournalBounds | None = None,
    commands: type[GitCommands] = GitCommands,
) -> GitWorktree:
    """The worktree that holds `path`, journalled below `state_dir`; nothing is written yet.

    The journal is kept within `bounds`; without them nothing old is dropped. `commands` runs git
    on its private repository.

    Raises WorktreeError: no worktree, a bare repository, or git refuses.
    """
    repo = find_repository(path)
    under = filed_under(repo, state_dir)
    journal = Journal(state_dir / "journals" / state_name(under), repo.root, commands)
    return GitWorktree(repo, journal, bounds, lambda: note_place(repo, state_dir, under))


class GitWorktree:
    """A worktree as `pair.ports.Worktree` describes it, and what the commands need beside it.

    `notes` are what a write could not keep of a file, where nobody watches.

    Many methods: those of the port, one for each thing done to a worktree; others do them.
    """

    def __init__(
        self,
        repo: Repository,
        journal: Journal,
        bounds: JournalBounds | None = None,
        noted: Callable[[], None] = lambda: None,
    ) -> None:
        self.root = repo.root
        self.repo = repo
        self.journal = journal
        self._settler = Settler(journal, bounds)
        self._own = OwnWrites(repo.root)
        self._conventions = Conventions()
        self.notes: list[SparkError] = []
        self._watched_check: WatchedCheck | None = None
        self._tell: Callable[[SparkError], object] = self.notes.append
        self._recovered = False
        self._note_place: Callable[[], None] | None = noted

    # ---- looking

    def tree(self) -> Tree:
        """Branch and changed files, read through hardened git."""
        return read_tree(self.repo)

    def paths(self) -> tuple[str, ...]:
        """Tracked and untracked, not ignored, files; relative POSIX paths in sorted order."""
        return list_paths(self.repo)

    def stop_reading(self, *, for_good: bool = False) -> None:
        """Kill the git that lists and compares files now; who waits for it gets a WorktreeError."""
        self.repo.stop_reading(for_good=for_good)

    def diff(self) -> str:
        """What differs from HEAD, new files included, as a unified diff; "" for nothing."""
        return working_diff(self.repo)

    def read(self, path: str) -> FileImage:
        """The file's bytes now, `exists=False` where there is none. Raises FileRefusedError."""
        return read_image(self.root, path, self._own.is_ours, self._conventions.of)

    def search(self, texts: Sequence[str], *, fold: bool = False) -> tuple[str, ...]:
        """Listed text files that hold any of these texts, case aside with `fold`."""
        return files_with(self.repo, texts, fold=fold)

    def committed(self, path: str) -> str:
        """The file's text in HEAD, "" where it is not there."""
        return committed_text(self.repo, path)

    def watch(
        self, warn: Callable[[SparkError], None] | None = None
    ) -> AsyncIterator[frozenset[str]]:
        """Sets of paths changed by others, coalesced; empty: only git's own state changed.

        `warn` is told, in the running loop, where only a part of the tree can be watched, and of
        saves that came so late that we had written already: they are back.
        """
        if warn is not None:
            from asyncio import get_running_loop  # no shell command needs it

            loop = get_running_loop()

            def tell(error: SparkError) -> None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
                    loop.call_soon_threadsafe(warn, error)

            self._settler.tell = self._tell = tell
        return watch_tree(self.repo, self._own, warn)

    # ---- writing

    def prepare(self, image: FileImage) -> None:
        """Store the pre-image ahead of a flush. Raises JournalError (no room, no permission)."""
        if not image.exists:
            return
        try:
            self.journal.create()
            self.journal.store.put(image.data)
        except OSError as error:
            reason = (error.strerror or "i/o error").lower()
            raise JournalError(f"cannot write the journal: {reason}", "free space") from error

    def flush(self, changes: Sequence[Change], note: EntryNote) -> Entry:
        """Write all changes or none, journalled and durable.

        Raises ConflictError when a file is no longer its `before`, FileRefusedError, JournalError.
        """
        return self.put([_target(c) for c in changes if c.before != c.after], note)

    def put(
        self, targets: Sequence[Target], note: EntryNote, emptied: tuple[str, ...] = ()
    ) -> Entry:
        """`flush` for targets; of `emptied` those folders go that are empty then."""
        with self._locked():
            written = write(self.journal, targets, note, emptied=emptied, git_holds=self.git_holds)
        self._after(written)
        for path, names in written.lost:
            told = f"{shown(path)} lost {', '.join(names)}"
            self._tell(WorktreeError(told, "only an administrator may set that"))
        return _entry(written.record, Chain((written.record,)))

    def undo(
        self, entry: int | None = None, hunks: Sequence[int] = (), *, dry_run: bool = False
    ) -> UndoResult:
        """Take back an entry (default: the newest edit that stands) by appending a new one.

        With `hunks` only those of it, as `view` numbers them. With `dry_run` nothing is written
        and the result's `entry` is 0. Raises ConflictError (nothing changed) or JournalError.
        """
        return self._take_back(entry, "edit", dry_run, hunks)

    def undo_to(self, entry: int, *, dry_run: bool = False) -> UndoResult:
        """Take back every entry later than this one, by one new entry, all or nothing.

        Every file is then as it was right after `entry` (0: before the first), byte for byte where
        nobody else wrote meanwhile; what others wrote stays, or nothing changes. Errors as `undo`.
        """
        return self._take_back_all(lambda chain: chain.later(entry), dry_run)

    def undo_through(self, entry: int, *, dry_run: bool = False) -> UndoResult:
        """Take back an entry with every later one of the same files, likewise."""
        return self._take_back_all(lambda chain: chain.through(entry), dry_run)

    def undo_group(self, group: int, *, dry_run: bool = False) -> UndoResult:
        """Take back all entries of a group that stand, likewise."""
        return self._take_back_all(lambda chain: chain.group(group), dry_run)

    def redo(self, entry: int | None = None, *, dry_run: bool = False) -> UndoResult:
        """Take back an undo (default: the newest that stands), or that of an entry, likewise."""
        return self._take_back(entry, "undo", dry_run)

    def _take_back(
        self, entry: int | None, kind: str, dry_run: bool, hunks: Sequence[int] = ()
    ) -> UndoResult:
        with self._locked(undo=True):
            chain = Chain(self.journal.records())
            if entry is None:
                record = chain.newest(kind)
            else:
                record = chain.to_redo(entry) if kind == "undo" else chain.standing(entry)
            again = chain.redone(record.id) if not hunks else (None, ())
            redoes = again[0] is not None and kind == "undo"
            try:
                plan = plan_undo(
                    self.journal,
                    record,
                    hunks,
                    chain.taken(record.id),
                    self.git_holds,
                    named(again[0] or 0, again[1]) if redoes else "",
                )
            except OverlapError as error:
                if not redoes:
                    error.entries = in_the_way(self.journal, chain, record.id, self.git_holds)
                raise
            again = again if not plan.hunks else (None, ())
            back = record.back if again[0] else ()
            written = None if dry_run else self._write_back(plan, record.note, record.id)
        number = self._after(written)
        files = tuple(target.path for target in plan.targets)
        return UndoResult(
            number, record.id, files, plan.merged, plan.hunks, *again, back, plan.stays
        )

    def _take_back_all(
        self, choose: Callable[[Chain], Sequence[Record]], dry_run: bool
    ) -> UndoResult:
        with self._locked(undo=True):
            chain = Chain(self.journal.records())
            records = choose(chain)
            if not records:
                raise JournalError("nothing to take back")
            plan = plan_back(self.journal, records, self.git_holds)
            back = tuple(record.id for record in reversed(records))
            note = EntryNote("", "", 0)
            written = None if dry_run else self._write_back(plan, note, records[0].id, back)
        number = self._after(written)
        files = tuple(target.path for target in plan.targets)
        return UndoResult(number, records[0].id, files, plan.merged, back=back, stays=plan.stays)

    def _write_back(
        self, plan: UndoPlan, note: EntryNote, undoes: int, back: tuple[int, ...] = ()
    ) -> Written:
        """Write what the plan says, as an entry that takes these back. The lock must be held."""
        made = (folder for record in plan.records for folder in record.made)
        return write(
            self.journal,
            plan.targets,
            note,
            undoes=undoes,
            hunks=plan.hunks,
            back=back,
            emptied=tuple(dict.fromkeys(made)),
            git_holds=self.git_holds,
        )

    def git_holds(self, sha: str) -> bool:
        """Whether the user's repository has this blob: git may have written it then."""
        return self.repo.git("cat-file", "-e", sha, timeout=5.0).status == 0

    @contextlib.contextmanager
    def _locked(self, *, undo: bool = False) -> Iterator[None]:
        if not self._recovered:
            self.recover()
        if self._note_place is not None:
            self._note_place()
            self._note_place = None
        try:
            with self.journal.locked():
                yield
        except JournalError:
            self._recovered = False  # a fault may have left something half done
            raise
        except OSError as error:
            self._recovered = False
            raise disk_fault(error, undo=undo) from error

    def _after(self, written: Written | None) -> int:
        """What happens behind a write; the entry's number, 0 where nothing was written.

        The journal's lock must not be held: what settles entries waits for it.
        """
        if written is None:
            return 0
        self._own.note(step.path for step in written.record.steps)
        self._settler.submit(written)
        return written.record.id

    # ---- around a check

    def begin_check(self, *, anew: bool = False) -> None:
        """A check is about to run; `anew` where nothing is known of the runs before it.

        Raises WorktreeError.
        """
        if anew or self._watched_check is None:
            self._watched_check = WatchedCheck(self.repo, self.journal)
        self._watched_check.begin()

    def end_check(self, note: EntryNote) -> CheckWrites:
        """It has run: what it wrote itself is journalled as it was before, where that is known.

        Raises JournalError.
        """
        if self._watched_check is None:
            return CheckWrites()
        with self._locked():
            found, written = self._watched_check.end(note)
        self._after(written)
        return found

    # ---- the user's own commit

    def plan_commit(self, session: Collection[int] = ()) -> CommitPlan:
        """What a commit of our edits would hold; `session` are entries that count in any case.

        Raises WorktreeError where there is nothing to commit.
        """
        return plan_commit(self.repo, self.journal, session)

    # ---- the journal

    def entries(self, limit: int = 100) -> tuple[Entry, ...]:
        """Newest first."""
        records = self.journal.records()
        chain = Chain(records)
        return tuple(self._listed(record, chain) for record in records[::-1][:limit])

    def _listed(self, record: Record, chain: Chain) -> Entry:
        entry = _entry(record, chain)
        if not record.note.provisional or entry.undoes or entry.undone_by:
            return entry
        return replace(entry, undecided=not self.journal.is_confirmed(record.id))

    def keep(self, entry: int) -> None:
        """A provisional entry is kept: it is one like any other. Raises JournalError."""
        with self._locked():
            self.journal.confirm(entry)

    def view(self, entry: int) -> EntryView:
        """An entry opened: its hunks, and what taking them back would run into now.

        Raises JournalError: there is no such entry, or its bytes are damaged.
        """
        record = self.journal.record(entry)
        chain = Chain(self.journal.records())
        return view_of(self.journal, chain, record, _entry(record, chain), self.git_holds)

    def log_patch(self) -> str:
        """The journal as `git log -p` prints it, newest first; file text is not made safe."""
        self._settler.submit_left_over()
        self._settler.close()
        return journal_log(self.journal)

    def patch_of(self, number: int) -> str:
        """What one entry changed, as a unified diff. Raises JournalError, BinaryFileError."""
        record = self.journal.record(number)
        return entry_patch(record, self.journal.blobs(record))

    def recover(self) -> RecoverReport:
        """Roll back what an earlier process left half done, tidy up after the rest.

        Call it before the first flush. Raises JournalError.
        """
        report = recover(self.journal)
        self._recovered = True
        self._settler.submit_left_over()
        return report

    def late_saves(self) -> tuple[ConflictError, ...]:
        """What was found out after a write about files somebody saved into meanwhile."""
        return tuple(self._settler.late)

    def close(self, *, commit: bool = True) -> None:
        """Wait for what still happens behind the last flush; safe to call twice.

        Without `commit` only until the tree is free of our temp files (a fast exit); the next
        start does the rest.
        """
        self._settler.close(commit=commit)


def _target(change: Change) -> Target:
    before, after = change.before, change.after
    data = after.data if after.exists else None
    return Target(
        before.path,
        before.sha,
        before.mode if before.exists else 0,
        data,
        "" if data is None else blob_id(data),
        after.mode,
        source=change.source,
    )


def _entry(record: Record, chain: Chain) -> Entry:
    whole = record.undoes is not None and not record.hunks
    again = chain.redone(record.undoes) if whole and record.undoes is not None else (None, ())
    return Entry(
        record.id,
        record.when,
        record.note,
        tuple(step.path for step in record.steps),
        record.undoes,
        chain.undone_by(record.id),
        record.hunks,
        tuple(sorted(chain.taken(record.id))),
        record.flag if record.flag != NOT_TEXT else "",
        *again,
        record.back,
    )
