"""Taking an entry back by appending another: exactly where the files are still ours, else merged.

What counts as undone follows from the chain alone: an entry is undone while an entry that undoes
it is not itself undone. A hunk of it likewise.
"""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from spark_tui.core.edits.entry import FileSides, entry_hunks, with_taken
from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import ConflictError, JournalError
from spark_tui.services.processes import run_git
from spark_tui.services.worktree.files import Folders, OnDisk, git_mode, look
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Side, Step
from spark_tui.services.worktree.writer import Target

_DIFFED_LINES = 20_000
_SHOWN_LINES = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking `record` back writes; `merged` where a later edit of the user stays.

    `hunks` are those it takes back, none for all that is left of the record.
    """

    record: Record
    targets: tuple[Target, ...]
    merged: bool
    hunks: tuple[int, ...] = ()


class OverlapError(ConflictError):
    """Something can't be taken back; `yours` are the person's lines in the way, with numbers.

    `entry` is the journal's entry it is about.
    """

    yours: tuple[tuple[int, str], ...] = ()
    entry: int = 0


class Chain:
    """Who undoes whom, for one list of records (oldest first)."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._by_id = {record.id: record for record in records}
        self._undoers: dict[int, list[int]] = {}
        for record in records:
            if record.undoes is not None:
                self._undoers.setdefault(record.undoes, []).append(record.id)

    def undone_by(self, number: int) -> int | None:
        """The newest effective entry that undoes all of this one, None where it stands."""
        for undoer in reversed(self._undoers.get(number, ())):
            if not self._by_id[undoer].hunks and self.undone_by(undoer) is None:
                return undoer
        return None

    def taken(self, number: int) -> frozenset[int]:
        """The hunks of this entry that effective entries took back one by one."""
        return frozenset(
            hunk
            for undoer in self._undoers.get(number, ())
            if self.undone_by(undoer) is None
            for hunk in self._by_id[undoer].hunks
        )

    def kind(self, number: int) -> str:
        """`edit`, `undo` or `redo`; what undoes a pruned entry is an undo."""
        record = self._by_id[number]
        if record.undoes is None:
            return "edit"
        if record.undoes not in self._by_id:
            return "undo"
        return "redo" if self.kind(record.undoes) == "undo" else "undo"

    def redone(self, number: int) -> tuple[int | None, tuple[int, ...]]:
        """What undoing this undo has again: an entry and hunks of it (none: all); None: no undo."""
        record = self._by_id.get(number)
        if record is None or self.kind(number) != "undo":
            return None, ()
        return record.undoes, record.hunks

    def to_redo(self, number: int) -> Record:
        """The standing undo with this id, or the one that undoes the entry with it.

        Raises JournalError.
        """
        if number in self._by_id and self.kind(number) != "undo":
            undoer = self.undone_by(number)
            if undoer is None:
                raise JournalError(f"#{number} is not undone", "spark-tui redo: the newest undo")
            return self._by_id[undoer]
        return self.standing(number)

    def newest(self, kind: str) -> Record:
        """The newest standing record of a kind. Raises JournalError."""
        for number in sorted(self._by_id, reverse=True):
            if self.kind(number) == kind and self.undone_by(number) is None:
                return self._by_id[number]
        raise JournalError("nothing to take back" if kind == "edit" else "nothing to redo")

    def standing(self, number: int) -> Record:
        """The record with this id if it is not undone. Raises JournalError."""
        if number not in self._by_id:
            raise JournalError(f"there is no entry #{number}", "spark-tui log lists them")
        undoer = self.undone_by(number)
        if undoer is not None:
            undo = self.kind(number) == "undo"
            said = f"#{number} is already {'redone' if undo else 'undone'} by #{undoer}"
            raise JournalError(said, f"spark-tui {f'undo {undoer}' if undo else f'redo {number}'}")
        return self._by_id[number]


def plan_undo(
    journal: Journal,
    record: Record,
    hunks: Collection[int] = (),
    taken: frozenset[int] = frozenset(),
) -> Plan:
    """How to take `record`, or these hunks of it, back on the tree as it is; nothing is written.

    `taken` are hunks that are back already. Raises OverlapError naming the line,
    FileRefusedError, JournalError (no such hunk, or bytes are damaged).
    """
    steps, extra, hunks = _way_back(journal, record, frozenset(hunks), taken)

    def blob(sha: str) -> bytes:
        return extra[sha] if sha in extra else journal.blob(sha, record)

    merged = False
    targets = []
    named = f"#{record.id}" if not hunks else f"hunk {min(hunks)} of #{record.id}"
    with Folders(journal.root) as folders:
        for step in steps:
            found = look(folders, step.path)
            if found.sha == step.before.sha and found.mode == _mode(step.before):
                continue
            try:
                target, by_merge = _target(journal, blob, step, found)
            except _Overlap as overlap:
                error = _conflict(named, len(steps), step, overlap)
                error.entry = record.id
                raise error from None
            targets.append(target)
            merged = merged or by_merge
    return Plan(record, tuple(targets), merged, tuple(sorted(hunks)))


def sides_of(journal: Journal, record: Record) -> tuple[FileSides, ...]:
    """The files of a record with their bytes before and after it. Raises JournalError."""
    return tuple(
        FileSides(
            step.path,
            journal.blob(step.before.sha, record) if step.before.exists else None,
            journal.blob(step.after.sha, record) if step.after.exists else None,
            step.before.permissions,
            step.after.permissions,
        )
        for step in record.steps
    )


def _way_back(
    journal: Journal, record: Record, hunks: frozenset[int], taken: frozenset[int]
) -> tuple[Sequence[Step], dict[str, bytes], frozenset[int]]:
    """Steps whose `after` is what should be there now and `before` what it becomes, and their
    bytes beyond the journal's; the hunks are none when nothing of the record is left.
    """
    if not hunks and not taken:
        return record.steps, {}, hunks
    sides = sides_of(journal, record)
    all_ = {hunk.number for hunk in entry_hunks(sides)}
    for number in sorted(hunks):
        if number not in all_:
            count = f"{len(all_)} hunk{'s' * (len(all_) != 1)}"
            raise JournalError(
                f"#{record.id} has {count}, no hunk {number}",
                f"spark-tui undo {record.id} --dry-run shows them",
            )
        if number in taken:
            raise JournalError(f"hunk {number} of #{record.id} is already undone")
    if hunks | taken >= all_:
        hunks = frozenset()
    now, then = with_taken(sides, taken), with_taken(sides, hunks | taken if hunks else all_)
    extra: dict[str, bytes] = {}
    steps = [
        Step(file.path, _side(then[file.path], extra), _side(now[file.path], extra), "")
        for file in sides
        if then[file.path] != now[file.path]
    ]
    return steps, extra, hunks


def _side(content: tuple[bytes | None, int], extra: dict[str, bytes]) -> Side:
    data, permissions = content
    if data is None:
        return Side()
    sha = blob_id(data)
    extra[sha] = data
    return Side(sha, permissions)


class _Overlap(Exception):  # noqa: N818  (never leaves this module)
    """The person's lines (0-based, half open) that are in the way, and their file; None: all."""

    def __init__(self, current: bytes = b"", lines: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.current = current
        self.lines = lines


def _target(
    journal: Journal, blob: Callable[[str], bytes], step: Step, found: OnDisk
) -> tuple[Target, bool]:
    if found.sha == step.after.sha:
        data = blob(step.before.sha) if step.before.exists else None
        return _back(step, found, data), False
    if not (found.exists and step.before.exists and step.after.exists):
        raise _Overlap
    before, after = blob(step.before.sha), blob(step.after.sha)
    data = _merge(journal, found.data, after, before)
    if data is None:
        raise _Overlap(found.data, _first_overlap(after, found.data, before))
    return _back(step, found, data), True


def _back(step: Step, found: OnDisk, data: bytes | None) -> Target:
    if data is None:
        return Target(step.path, found.sha, found.mode, None, "", 0)
    ours = not step.after.exists or found.permissions == step.after.permissions
    permissions = step.before.permissions if ours else found.permissions
    return Target(
        step.path, found.sha, found.mode, data, blob_id(data), git_mode(permissions), permissions
    )


def _mode(side: Side) -> int:
    return git_mode(side.permissions) if side.exists else 0


def _conflict(named: str, files: int, step: Step, overlap: _Overlap) -> OverlapError:
    line = overlap.lines[0] + 1 if overlap.lines else None
    where = shown(step.path)
    if line is not None:
        where = f"line {line}" if files == 1 else f"line {line} of {where}"
    error = OverlapError(
        f"{named} not undone: you changed {where} since",
        "o opens it · U shows both",
        paths=(step.path,),
        line=line,
    )
    if overlap.lines:
        start, end = overlap.lines
        lines = overlap.current.splitlines()[start : max(end, start + 1)]
        error.yours = tuple(
            (start + number, text.decode("utf-8", "replace"))
            for number, text in enumerate(lines[:_SHOWN_LINES], 1)
        )
    return error


def _merge(journal: Journal, current: bytes, after: bytes, before: bytes) -> bytes | None:
    """`current` with the step after → before taken into it; None where they overlap."""
    with tempfile.TemporaryDirectory(prefix="merge-", dir=journal.folder) as name:
        folder = Path(name)
        for file, data in (("current", current), ("after", after), ("before", before)):
            (folder / file).write_bytes(data)
        done = run_git(
            ["merge-file", "-p", "--quiet", "current", "after", "before"],
            git_dir=journal.store.git_dir,
            cwd=folder,
        )
    if done.status == 0:
        return done.out
    if 0 < done.status < 128:
        return None
    raise JournalError(f"git merge-file: {done.complaint}", "nothing changed")


def _first_overlap(after: bytes, current: bytes, before: bytes) -> tuple[int, int] | None:
    """Lines of `current` where the user's edit first meets the one to take back."""
    base, mine, theirs = (data.splitlines(keepends=True) for data in (after, current, before))
    if max(len(base), len(mine), len(theirs)) > _DIFFED_LINES:
        return None
    ours = _changed(base, theirs)
    for start, end, at, until in _changed(base, mine):
        if any(start <= stop and begin <= end for begin, stop, *_ in ours):
            return at, until
    return None


def _changed(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int, int, int]]:
    """Start and end in old, then in new, of every changed range; common ends are cut first."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    matcher = difflib.SequenceMatcher(
        None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False
    )
    return [
        (head + i1, head + i2, head + j1, head + j2)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
