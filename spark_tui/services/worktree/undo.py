"""Taking entries back by appending another: exactly where the files are still ours, else merged."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits import writers
from spark_tui.core.edits.diff import Op, opcodes
from spark_tui.core.edits.entry import FileSides, entry_hunks, with_taken
from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.model import blob_id
from spark_tui.core.errors import JournalError, OverlapError
from spark_tui.core.journal import several
from spark_tui.core.remedy import Remedy
from spark_tui.services.processes import run_git
from spark_tui.services.worktree.blame import LONGEST, BlamedLines, writer_of
from spark_tui.services.worktree.files import Folders, OnDisk, git_mode, look
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Step, StoredSide
from spark_tui.services.worktree.writer import Target

_SHOWN_LINES = 8

GitHolds = Callable[[str], bool]
"""Whether the user's repository has a blob with this id."""


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What taking `records` (oldest first) back writes; `merged` where a later edit stays, which
    `stays` wrote (see `writers`).

    `hunks` are those it takes back of the only record, none for all that is left of it.
    """

    records: tuple[Record, ...]
    targets: tuple[Target, ...]
    merged: bool
    hunks: tuple[int, ...] = ()
    stays: str = ""


def plan_undo(
    journal: Journal,
    record: Record,
    hunks: Collection[int] = (),
    taken: frozenset[int] = frozenset(),
    git_holds: GitHolds = lambda _: False,
    redoes: str = "",
) -> UndoPlan:
    """How to take `record`, or these hunks of it, back on the tree as it is; nothing is written.

    `taken` are hunks that are back already; `redoes` names what it has again. Raises OverlapError
    naming the line and who wrote it, FileRefusedError, JournalError (no such hunk, or bytes are
    damaged).
    """
    steps, extra, hunks = _way_back(journal, record, frozenset(hunks), taken)
    blobs = dict.fromkeys((s.sha for step in steps for s in (step.before, step.after)), record)
    named = f"#{record.id}" if not hunks else f"hunk {min(hunks)} of #{record.id}"
    named = f"{redoes} not redone" if redoes else f"{named} not undone"
    back = _Back(journal, record, named, len(steps) > 1, blobs, extra, git_holds)
    targets, stays = back.plan([[step] for step in steps])
    return UndoPlan((record,), targets, stays is not None, tuple(sorted(hunks)), stays or "")


def plan_back(
    journal: Journal, records: Sequence[Record], git_holds: GitHolds = lambda _: False
) -> UndoPlan:
    """How to take all of `records` (oldest first) back at once; errors as `plan_undo`.

    Where nobody else wrote between them every file becomes what it was before the first of them,
    byte for byte, whatever they undid of each other.
    """
    runs: dict[str, list[Step]] = {}
    blobs: dict[str, Record] = {}
    for record in records:
        for step in record.steps:
            blobs |= dict.fromkeys((step.before.sha, step.after.sha), record)
            before = runs.setdefault(step.path, [])
            if before and before[-1].after == step.before:
                before[-1] = Step(step.path, before[-1].before, step.after, "")
            else:
                before.append(step)
    named = f"{several([record.id for record in records])} not undone"
    back = _Back(journal, records[-1], named, len(runs) > 1, blobs, {}, git_holds)
    targets, stays = back.plan(list(runs.values()))
    return UndoPlan(tuple(records), targets, stays is not None, stays=stays or "")


class _Back:
    """Plans the way back of some files, each by its steps (oldest first).

    `record` is the newest one taken back: what came after it is in the way. `named` says what did
    not happen then, and with `many` files which; `blobs` says which record carries a blob, `extra`
    are bytes of no record.
    """

    def __init__(
        self,
        journal: Journal,
        record: Record,
        named: str,
        many: bool,
        blobs: dict[str, Record],
        extra: dict[str, bytes],
        git_holds: GitHolds,
    ) -> None:
        self._journal = journal
        self._record = record
        self._named = named
        self._many = many
        self._blobs = blobs
        self._extra = extra
        self._git_holds = git_holds

    def plan(self, files: Sequence[Sequence[Step]]) -> tuple[tuple[Target, ...], str | None]:
        """What is written, and who wrote what had to be merged; None where nothing had."""
        targets: list[Target] = []
        stay: list[str] = []
        with Folders(self._journal.root) as folders:
            for steps in files:
                found = look(folders, steps[0].path)
                wanted = steps[0].before
                if found.sha == wanted.sha and found.mode == _mode(wanted):
                    continue
                try:
                    target, by_merge = self._target(steps, found)
                except _Overlap as overlap:
                    raise self._conflict(steps, found, overlap) from None
                targets.append(target)
                if by_merge:
                    there = (found.sha, found.data)
                    stay.append(self._writer(steps[0].path, there, None))
        return tuple(targets), (stay[0] if len(set(stay)) == 1 else "") if stay else None

    def _target(self, steps: Sequence[Step], found: OnDisk) -> tuple[Target, bool]:
        sha, data, permissions = found.sha, found.data, found.permissions
        merged, outside = False, ""
        for step in reversed(steps):
            if sha == step.after.sha:
                sha = step.before.sha
                data = self._blob(sha) if sha else b""
            elif sha != step.before.sha:
                if not (sha and step.before.exists and step.after.exists):
                    raise _Overlap(outside=outside)
                before, after = self._blob(step.before.sha), self._blob(step.after.sha)
                made = _merge(self._journal, data, after, before)
                if made is None:
                    lines = _first_overlap(after, data, before) if not outside else None
                    raise _Overlap(data, lines, outside)
                sha, data, merged = blob_id(made), made, True
            outside = step.before.sha
            if not step.after.exists or permissions == step.after.permissions:
                permissions = step.before.permissions
        if not sha:
            return Target(steps[0].path, found.sha, found.mode, None, "", 0), merged
        mode = git_mode(permissions)
        target = Target(steps[0].path, found.sha, found.mode, data, sha, mode, permissions)
        return target, merged

    def _writer(self, path: str, found: tuple[str, bytes], lines: BlamedLines | None) -> str:
        return writer_of(self._journal, self._record, path, found, lines, self._git_holds)

    def _blob(self, sha: str) -> bytes:
        if sha in self._extra:
            return self._extra[sha]
        return self._journal.blob(sha, self._blobs[sha])

    def _conflict(self, steps: Sequence[Step], found: OnDisk, overlap: _Overlap) -> OverlapError:
        path, lines = steps[0].path, overlap.lines
        where = shown(path)
        if lines is not None:
            where = f"line {lines[0] + 1}{f' of {where}' if self._many else ''}"
        if overlap.outside:
            by = "" if self._git_holds(overlap.outside) else writers.YOU
        else:
            by = self._writer(path, (found.sha, found.data), lines)
        error = OverlapError(
            f"{self._named}: {writers.changed(by, where)}",
            Remedy.OPEN_IT,
            Remedy.SHOW_BOTH,
            paths=(path,),
            line=lines[0] + 1 if lines is not None else None,
        )
        error.by, error.entry = by, self._record.id
        if lines is not None:
            start, end = lines
            now = overlap.current.splitlines()[start : max(end, start + 1)]
            error.there = tuple(
                (start + number, text.decode("utf-8", "replace"))
                for number, text in enumerate(now[:_SHOWN_LINES], 1)
            )
        return error


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


def _side(content: tuple[bytes | None, int], extra: dict[str, bytes]) -> StoredSide:
    data, permissions = content
    if data is None:
        return StoredSide()
    sha = blob_id(data)
    extra[sha] = data
    return StoredSide(sha, permissions)


class _Overlap(Exception):  # noqa: N818  (never leaves this module)
    """The lines of `current` that are in the way; None: all of the file.

    `outside` is the blob id of what somebody else wrote between two of the steps; "" behind all.
    """

    def __init__(
        self, current: bytes = b"", lines: BlamedLines | None = None, outside: str = ""
    ) -> None:
        super().__init__()
        self.current = current
        self.lines = lines
        self.outside = outside


def _mode(side: StoredSide) -> int:
    return git_mode(side.permissions) if side.exists else 0


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


def _first_overlap(after: bytes, current: bytes, before: bytes) -> BlamedLines | None:
    """Lines of `current` where a later edit first meets the one to take back."""
    base, mine, theirs = (data.splitlines(keepends=True) for data in (after, current, before))
    if max(len(base), len(mine), len(theirs)) > LONGEST:
        return None
    ours = _changed(base, theirs)
    for op in _changed(base, mine):
        if any(op.a1 <= one.a2 and one.a1 <= op.a2 for one in ours):
            return op.b1, op.b2
    return None


def _changed(old: Sequence[bytes], new: Sequence[bytes]) -> list[Op]:
    return [op for op in opcodes(old, new) if not op.equal]
