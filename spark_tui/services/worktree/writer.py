"""One flush: all files or none, journalled, durable, and never over a byte the user saved.

Order: lock, look and compare by hash, plan, intent (fsync), temps beside their targets (fsync),
swap, hash what came out, folders (fsync), mark (fsync). The intent is durable before the first
temp has a name, so that not even a power cut leaves one nobody knows of. Whatever fails before
the mark is rolled back by the same function that recovers after a crash (`rollback`).
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits import writers
from spark_tui.core.edits.guard import check_known, check_path, composed, shown
from spark_tui.core.errors import ConflictError, FileRefusedError, JournalError, SparkError
from spark_tui.core.journal import EntryNote
from spark_tui.core.remedy import Remedy
from spark_tui.services.worktree import disk
from spark_tui.services.worktree.disk_faults import disk_fault
from spark_tui.services.worktree.files import Folders, OnDisk, git_mode, look, look_at
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.records import Record, Step, StoredSide
from spark_tui.services.worktree.rollback import roll_back

_OPEN_AT_ONCE = 64
_SPECIAL_BITS = 0o6000


@dataclass(frozen=True, slots=True)
class Target:
    """What one file must be now and shall become.

    `sha` and `mode` (git's, 0 is absent) are compared with the disk; `data` None deletes.
    `permissions` are exact where an undo restores them; otherwise the file keeps its own, with
    the execute bits `new_mode` asks for. A moved file has those of its `source`, and its owner.
    """

    path: str
    sha: str
    mode: int
    data: bytes | None
    new_sha: str
    new_mode: int
    permissions: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A marked record, and the steps whose displaced file may still be written to by somebody.

    The displaced files are still beside their targets: unlinking can take as long as all the rest.
    `lost` are attributes that could not be given to a file again.
    """

    record: Record
    lingering: tuple[Step, ...]
    lost: tuple[tuple[str, tuple[str, ...]], ...] = ()


def write(
    journal: Journal,
    targets: Sequence[Target],
    note: EntryNote,
    *,
    undoes: int | None = None,
    hunks: tuple[int, ...] = (),
    back: tuple[int, ...] = (),
    emptied: tuple[str, ...] = (),
    git_holds: Callable[[str], bool] = lambda _: False,
) -> Written:
    """Write all targets or none. The journal's lock must be held.

    `git_holds` says whether the user's repository has a blob: then nobody is said to have saved it.

    Raises ConflictError (a file is not what it must be), FileRefusedError, or JournalError (a
    fault of the disk); the tree is then as it was.
    """
    _check(targets, undoes)

    def who(path: str, sha: str) -> str:
        return _writer(journal, path, sha, git_holds)

    try:
        with Folders(journal.root) as folders:
            going = frozenset(t.path for t in targets if t.data is None)
            found = {t.path: _compare(folders, t, going, who) for t in targets}
            models = {t.path: _model(t, targets, found) for t in targets}
            record = Record(
                journal.next_id(),
                time.time(),
                note,
                tuple(_step(t, found[t.path], models[t.path]) for t in targets),
                _missing_folders(folders, targets),
                emptied,
                undoes,
                hunks=hunks,
                back=back,
            )
            blobs = {t.new_sha: t.data for t in targets if t.data is not None}
            blobs |= {disk_.sha: disk_.data for disk_ in found.values() if disk_.exists}
            begun = journal.begin(record, blobs)
            try:
                _sync_and_close(begun)
                lost = _prepare(folders, record, targets, models)
                _swap_all(folders, record)
                lingering = _verify_all(folders, record, who)
                _sync_folders(folders, record)
                journal.mark(record)
            except BaseException as error:  # whatever it was: raised again below
                _take_back(journal, folders, record, error)
                raise
            if emptied:
                finish(folders, record, lingering)
            return Written(record, lingering, lost)
    except OSError as error:
        raise disk_fault(error, undo=undoes is not None) from error


def _take_back(journal: Journal, folders: Folders, record: Record, cause: BaseException) -> None:
    try:
        done = roll_back(journal, folders, record)
    except OSError as error:
        raise JournalError(
            f"the disk failed while writing: {(error.strerror or 'i/o error').lower()}",
            "spark-tui recover puts everything back",
        ) from error
    if done.rescued:
        path = (*done.left, *done.restored, *(step.path for step in record.steps))[0]
        twice = f"{shown(path)} changed twice meanwhile, the newer one is kept"
        raise ConflictError(
            twice if done.left else writers.saved("", shown(path)),
            f"the older one is in {done.rescued[0]}",
            paths=done.left,
        ) from cause


def _check(targets: Sequence[Target], undoes: int | None) -> None:
    if not targets and undoes is None:
        raise JournalError("nothing to write")
    paths = [t.path for t in targets]
    if twice := next((path for path in paths if paths.count(path) > 1), ""):
        raise JournalError(f"{shown(twice)} is named twice, nothing written")
    for target in targets:
        # What an undo brings back had its name before.
        new = not target.sha and target.permissions is None
        refusal = check_path(target.path) if new else check_known(target.path)
        if refusal is not None:
            raise FileRefusedError(target.path, refusal.message, Remedy.DROP)


def _compare(
    folders: Folders, target: Target, going: frozenset[str], who: Callable[[str, str], str]
) -> OnDisk:
    found = look(folders, target.path)
    if (found.sha, found.mode) != (target.sha, target.mode):
        by = who(target.path, found.sha) if found.sha != target.sha else ""
        raise raced(target.path, by)
    if found.links > 1:
        raise FileRefusedError(
            target.path, f"{shown(target.path)} is hard-linked, never written", "copy it first"
        )
    if found.permissions & _SPECIAL_BITS:
        raise FileRefusedError(
            target.path, f"{shown(target.path)} is setuid or setgid, never written", Remedy.DROP
        )
    if found.exists and not found.permissions & 0o200 and target.permissions is None:
        raise FileRefusedError(
            target.path,
            f"{shown(target.path)} is read-only, not written",
            "chmod u+w",
            Remedy.KEEP_AGAIN,
        )
    if not found.exists and target.data is not None:
        _refuse_twin(folders, target.path, going)
    return found


def raced(path: str, by: str = "") -> ConflictError:
    """The conflict for a file that `by` (see `writers`) changed since its image was read."""
    return ConflictError(writers.saved(by, shown(path)), Remedy.ASK_ON_IT, paths=(path,))


def _writer(journal: Journal, path: str, sha: str, git_holds: Callable[[str], bool]) -> str:
    """Who wrote the file as it is now: its newest entry, or the person where git did not."""
    steps = ((r.id, s) for r in reversed(journal.records()) for s in r.steps if s.path == path)
    number, newest = next(steps, (0, None))
    if newest is not None and newest.after.sha == sha:
        return writers.entry(number)
    return writers.YOU if sha and not git_holds(sha) else ""


def _refuse_twin(folders: Folders, path: str, going: frozenset[str]) -> None:
    """Refuse a new name that some system takes for one that is there, folders of it included.

    A file that goes with the same edit may be followed by one that differs so little.
    """
    *above, name = path.split("/")
    parent = ""
    for part in above:
        folder = f"{parent}/{part}" if parent else part
        try:
            folders.open(folder, path)
        except FileNotFoundError:
            name = part
            break
        parent = folder
    here = f"{parent}/" if parent else ""
    for other in os.listdir(folders.open(parent, path)):  # noqa: PTH208  (a descriptor)
        if other != name and _folded(other) == _folded(name) and f"{here}{other}" not in going:
            how = "case" if composed(other) != composed(name) else "how its letters are composed"
            what = f"{shown(path)} differs from {shown(here + other)} only in {how}"
            raise FileRefusedError(path, what, Remedy.DROP)


def _folded(name: str) -> str:
    return composed(composed(name).casefold())


def _model(target: Target, targets: Sequence[Target], found: dict[str, OnDisk]) -> OnDisk:
    """The file whose owner and attributes the target has: itself, or what it is moved from."""
    own = found[target.path]
    if own.exists or target.data is None:
        return own
    if target.source:
        return found.get(target.source, own)
    if target.permissions is not None:  # an undo: the way back of a move
        gone = [found[t.path] for t in targets if t.data is None and _much_alike(t, target, found)]
        if len(gone) == 1:
            return gone[0]
    return own


def _much_alike(gone: Target, new: Target, found: dict[str, OnDisk]) -> bool:
    one, two = found[gone.path].data.splitlines(), (new.data or b"").splitlines()
    shared = len(set(one) & set(two))
    return one == two or 2 * shared > max(len(set(one)), len(set(two)))


def _step(target: Target, found: OnDisk, model: OnDisk) -> Step:
    before = StoredSide(found.sha, found.permissions) if found.exists else StoredSide()
    if target.data is None:
        return Step(target.path, before, StoredSide(), disk.temp_name())
    permissions = target.permissions
    if permissions is None:
        permissions = _permissions(model, target.new_mode)
    return Step(target.path, before, StoredSide(target.new_sha, permissions), disk.temp_name())


def _permissions(found: OnDisk, mode: int) -> int:
    if not found.exists:
        return new_permissions(mode)
    if mode in (0, git_mode(found.permissions)):
        return found.permissions
    if mode == 0o100755:
        return found.permissions | (found.permissions & 0o444) >> 2
    return found.permissions & ~0o111


def new_permissions(mode: int) -> int:
    """Permissions of a new file of this git mode, as the system would give it."""
    return (0o777 if mode == 0o100755 else 0o666) & ~_umask()


def _umask() -> int:
    # os.umask can only be read by setting it, which other threads would see.
    try:
        for line in (
            Path("/proc/self/status").read_text(encoding="ascii", errors="replace").split("\n")
        ):
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    except (OSError, ValueError):
        pass
    return 0o022


def _missing_folders(folders: Folders, targets: Sequence[Target]) -> tuple[str, ...]:
    missing: dict[str, None] = {}
    for target in targets:
        if target.data is None:
            continue
        parts = target.path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            try:
                folders.open(folder, target.path)
            except FileNotFoundError:
                missing[folder] = None
    return tuple(sorted(missing))


# ------------------------------------------------------------------- the swap


def _prepare(
    folders: Folders,
    record: Record,
    targets: Sequence[Target],
    models: dict[str, OnDisk],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Make folders and temp files; when this returns, they are durable. What each file lost."""
    unsynced: list[int] = []
    try:
        lost = _make_temps(folders, record, targets, models, unsynced)
    except BaseException:  # whatever it was: no descriptor stays open
        for fd in unsynced:
            os.close(fd)
        raise
    _sync_and_close(unsynced)
    return lost


def _sync_and_close(fds: list[int]) -> None:
    try:
        disk.sync_all(fds)
    finally:
        for fd in fds:
            os.close(fd)


def _make_temps(
    folders: Folders,
    record: Record,
    targets: Sequence[Target],
    models: dict[str, OnDisk],
    unsynced: list[int],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    all_lost: list[tuple[str, tuple[str, ...]]] = []
    for folder in record.made:
        with _about(folder):
            parent, name = folders.of(folder)
            disk.make_folder(parent, name)
            unsynced.append(os.dup(parent))
    for step, target in zip(record.steps, targets, strict=True):
        if target.data is None:
            continue
        old = models[step.path]
        lost: list[str] = []
        with _about(step.path):
            parent, _ = folders.of(step.path)
            unsynced.append(
                disk.create_temp(
                    parent,
                    step.temp,
                    target.data,
                    step.after.permissions,
                    owner=(old.uid, old.gid) if old.exists else None,
                    attributes=old.attributes,
                    lost=lost,
                )
            )
        if lost:
            all_lost.append((step.path, tuple(lost)))
        if len(unsynced) >= _OPEN_AT_ONCE:
            disk.sync_all(unsynced)
            while unsynced:
                os.close(unsynced.pop())
    return tuple(all_lost)


def _swap_all(folders: Folders, record: Record) -> None:
    for step in record.steps:
        try:
            with _about(step.path):
                folder, name = folders.of(step.path)
                if not step.before.exists:
                    disk.move_new(folder, step.temp, name)
                elif not step.after.exists:
                    disk.move_new(folder, name, step.temp)
                elif not disk.swap(folder, step.temp, name):
                    _replace(folder, step, name)
        except (FileExistsError, FileNotFoundError) as error:
            raise raced(step.path) from error


@contextlib.contextmanager
def _about(path: str) -> Iterator[None]:
    """Note on a fault of the disk which of the person's files it is about."""
    try:
        yield
    except OSError as error:
        error.add_note(path)
        raise


def _replace(folder: int, step: Step, name: str) -> None:
    """`swap` where the file system has no exchange: the old file ends under the temp's name."""
    staged = f"{step.temp}.new.tmp"
    os.rename(step.temp, staged, src_dir_fd=folder, dst_dir_fd=folder)
    disk.replace(folder, staged, name, step.temp)


def _verify_all(
    folders: Folders, record: Record, who: Callable[[str, str], str]
) -> tuple[Step, ...]:
    """Hash every displaced file; those that may still be written to are returned.

    Raises ConflictError where one is not what was read before.
    """
    unsure = []
    deadline = time.monotonic() + disk.LINGER_SECONDS
    for step in record.steps:
        if not step.before.exists:
            continue
        folder, _ = folders.of(step.path)
        if disk.wait_for_writers(folder, step.temp, deadline) is not False:
            unsure.append(step)
        out = look_at(folder, step.temp, step.path)
        if (out.sha, out.permissions) != (step.before.sha, step.before.permissions):
            by = who(step.path, out.sha) if out.sha != step.before.sha else ""
            raise raced(step.path, by)
    return tuple(unsure)


def still_written(folders: Folders, step: Step) -> bool:
    """Whether somebody holds the displaced file of a step open for writing."""
    try:
        folder, _ = folders.of(step.path)
        return disk.wait_for_writers(folder, step.temp, 0.0) is True
    except (OSError, FileRefusedError):
        return False


def _sync_folders(folders: Folders, record: Record) -> None:
    touched = {step.path.rpartition("/")[0] for step in record.steps}
    disk.sync_all([folders.open(folder) for folder in touched])


def finish(folders: Folders, record: Record, lingering: Sequence[Step] = ()) -> None:
    """After the mark: remove displaced files (but the lingering) and emptied folders.

    A fault here costs nothing but a left-over name, which the next start removes.
    """
    kept = {step.temp for step in lingering}
    for step in record.steps:
        if step.before.exists and step.temp not in kept:
            try:
                folder, _ = folders.of(step.path)
                disk.remove(folder, step.temp)
            except (OSError, SparkError):
                continue
    for emptied in sorted(record.emptied, reverse=True):
        try:
            folders.forget(emptied)
            parent, name = folders.of(emptied)
            disk.drop_folder(parent, name)
        except (OSError, SparkError):
            continue
