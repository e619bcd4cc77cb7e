"""Taking an entry back by appending another: exactly where the files are still ours, else merged.

What counts as undone follows from the chain alone: an entry is undone while an entry that undoes
it is not itself undone.
"""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import ConflictError, JournalError
from spark_tui.services.processes import run_git
from spark_tui.services.worktree.files import Folders, OnDisk, git_mode, look
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Side, Step
from spark_tui.services.worktree.writer import Target

_DIFFED_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking `record` back writes; `merged` where a later edit of the user stays."""

    record: Record
    targets: tuple[Target, ...]
    merged: bool


class Chain:
    """Who undoes whom, for one list of records (oldest first)."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._by_id = {record.id: record for record in records}
        self._undoers: dict[int, list[int]] = {}
        for record in records:
            if record.undoes is not None:
                self._undoers.setdefault(record.undoes, []).append(record.id)

    def undone_by(self, number: int) -> int | None:
        """The newest effective entry that undoes this one, None where it stands."""
        for undoer in reversed(self._undoers.get(number, ())):
            if self.undone_by(undoer) is None:
                return undoer
        return None

    def kind(self, number: int) -> str:
        """`edit`, `undo` or `redo`; what undoes a pruned entry is an undo."""
        record = self._by_id[number]
        if record.undoes is None:
            return "edit"
        if record.undoes not in self._by_id:
            return "undo"
        return "redo" if self.kind(record.undoes) == "undo" else "undo"

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
            raise JournalError(
                f"#{number} is already undone by #{undoer}", f"spark-tui undo {undoer}"
            )
        return self._by_id[number]


def plan_undo(journal: Journal, record: Record) -> Plan:
    """How to take `record` back on the tree as it is; nothing is written.

    Raises ConflictError naming the line, FileRefusedError, JournalError (bytes are damaged).
    """
    merged = False
    targets = []
    with Folders(journal.root) as folders:
        for step in record.steps:
            found = look(folders, step.path)
            if found.sha == step.before.sha and found.mode == _mode(step.before):
                continue
            target, by_merge = _target(journal, record, step, found)
            targets.append(target)
            merged = merged or by_merge
    return Plan(record, tuple(targets), merged)


def _target(journal: Journal, record: Record, step: Step, found: OnDisk) -> tuple[Target, bool]:
    if found.sha == step.after.sha:
        data = journal.blob(step.before.sha, record) if step.before.exists else None
        return _back(step, found, data), False
    if not (found.exists and step.before.exists and step.after.exists):
        raise _conflict(record, step, None)
    before = journal.blob(step.before.sha, record)
    after = journal.blob(step.after.sha, record)
    data = _merge(journal, found.data, after, before)
    if data is None:
        raise _conflict(record, step, _first_overlap(after, found.data, before))
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


def _conflict(record: Record, step: Step, line: int | None) -> ConflictError:
    where = f"line {line}" if line is not None and len(record.steps) == 1 else shown(step.path)
    if line is not None and len(record.steps) > 1:
        where = f"line {line} of {shown(step.path)}"
    return ConflictError(
        f"#{record.id} not undone: you changed {where} since",
        "o opens it · U shows both",
        paths=(step.path,),
        line=line,
    )


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


def _first_overlap(after: bytes, current: bytes, before: bytes) -> int | None:
    """1-based line of `current` where the user's edit first meets the one to take back."""
    base, mine, theirs = (data.splitlines(keepends=True) for data in (after, current, before))
    if max(len(base), len(mine), len(theirs)) > _DIFFED_LINES:
        return None
    ours = _changed(base, theirs)
    for start, end, at in _changed(base, mine):
        if any(start <= stop and begin <= end for begin, stop, _ in ours):
            return at + 1
    return None


def _changed(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """(start, end) in old and start in new of every changed range; common ends are cut first."""
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
        (head + i1, head + i2, head + j1)
        for tag, i1, i2, j1, _ in matcher.get_opcodes()
        if tag != "equal"
    ]
