"""The power goes at any moment of a flush, an undo or a recovery: what comes up must be whole.

    python tests/services/worktree/power_loss.py                every prefix of the recorded calls
    python tests/services/worktree/power_loss.py --sample 60    a random part of them

The calls that change files are recorded once, with the inodes they touch. For every prefix the
disk is built as it may come up: file contents as they were last synced (nothing, where never);
folders as last synced (`strict`), with every change of names (`names`), or with the changes of
each folder up to a random one and the beginnings of unsynced files (`mixed`). Then a new process
recovers. Once the call has returned its work must be there. A folder's names change in the
order of the calls, as in a journal.
"""

from __future__ import annotations

import argparse
import copy
import os
import random
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[3]))

from spark_tui.services.worktree import disk
from spark_tui.services.worktree.filing import state_name
from tests.services.worktree import kill_points
from tests.services.worktree.kill_points import Stage, in_child, journals, one_by_one, seen, stage

POLICIES = ("strict", "names", "mixed")

Names = dict[str, int]


@dataclass
class Disk:
    """Inodes below one folder: contents and modes of files, names in folders; now and synced.

    `versions` of a folder are its states since it was last synced, oldest first.
    """

    root: int
    now: dict[int, bytes] = field(default_factory=dict)
    synced: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    modes: dict[int, int] = field(default_factory=dict)
    versions: dict[int, list[Names]] = field(default_factory=dict)

    def names(self, folder: int) -> Names:
        return self.versions[folder][-1]

    def change(self, folder: int) -> Names:
        """A new version of a folder, to be changed by the caller."""
        self.versions[folder].append(dict(self.names(folder)))
        return self.names(folder)


Op = Callable[[Disk], None]


def snapshot(folder: Path) -> Disk:
    """Everything below a folder, all of it durable."""
    found = Disk(folder.stat().st_ino)
    for place, folders, files in os.walk(folder):
        at = Path(place)
        found.versions[at.stat().st_ino] = [
            {name: (at / name).stat().st_ino for name in [*folders, *files]}
        ]
        found.modes[at.stat().st_ino] = stat.S_IMODE(at.stat().st_mode)
        for name in files:
            status = (at / name).stat()
            data = (at / name).read_bytes()
            found.now[status.st_ino] = data
            found.modes[status.st_ino] = stat.S_IMODE(status.st_mode)
            found.synced[status.st_ino] = (data, stat.S_IMODE(status.st_mode))
    return found


class Recorder:
    """Notes every changing call of this process as an operation on a `Disk`."""

    def __init__(self) -> None:
        self.ops: list[Op] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        with (
            mock.patch.multiple(
                os,
                open=self._open(os.open),
                write=self._write(os.write),
                fsync=self._fsync(os.fsync),
                rename=self._rename(os.rename),
                link=self._link(os.link),
                unlink=self._unlink(os.unlink),
                mkdir=self._mkdir(os.mkdir),
                rmdir=self._unlink(os.rmdir),
                fchmod=self._fchmod(os.fchmod),
            ),
            mock.patch.multiple(
                disk, _renameat2=self._renameat2(disk._renameat2), sync_all=one_by_one
            ),
        ):
            yield

    def _open(self, call: Any) -> Any:
        def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            new = flags & os.O_CREAT and not os.access(path, os.F_OK, dir_fd=dir_fd)
            fd: int = call(path, flags, mode, dir_fd=dir_fd)
            ino = os.fstat(fd).st_ino
            if new:
                folder, name = _place(path, dir_fd)
                made = stat.S_IMODE(os.fstat(fd).st_mode)

                def create(on: Disk) -> None:
                    on.now[ino] = b""
                    on.modes[ino] = made
                    on.synced.pop(ino, None)  # a number that was used before
                    on.change(folder)[name] = ino

                self.ops.append(create)
            elif flags & os.O_TRUNC:
                self.ops.append(lambda on: on.now.update({ino: b""}))
            return fd

        return opened

    def _write(self, call: Any) -> Any:
        def written(fd: int, data: bytes) -> int:
            count: int = call(fd, data)
            ino, part = os.fstat(fd).st_ino, bytes(data)[:count]
            if stat.S_ISREG(os.fstat(fd).st_mode):
                self.ops.append(lambda on: on.now.update({ino: on.now[ino] + part}))
            return count

        return written

    def _fsync(self, call: Any) -> Any:
        def synced(fd: int) -> None:
            call(fd)
            ino = os.fstat(fd).st_ino

            def sync(on: Disk) -> None:
                if ino in on.versions:
                    on.versions[ino] = [on.names(ino)]
                else:
                    on.synced[ino] = (on.now[ino], on.modes[ino])

            self.ops.append(sync)

        return synced

    def _fchmod(self, call: Any) -> Any:
        def changed(fd: int, mode: int) -> None:
            call(fd, mode)
            ino = os.fstat(fd).st_ino
            self.ops.append(lambda on: on.modes.update({ino: mode}))

        return changed

    def _rename(self, call: Any) -> Any:
        def renamed(
            old: Any, new: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
        ) -> None:
            (folder, a), (other, b) = _place(old, src_dir_fd), _place(new, dst_dir_fd)
            assert folder == other, "names move within one folder"
            call(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
            self.ops.append(lambda on: _move(on.change(folder), a, b))

        return renamed

    def _renameat2(self, call: Any) -> Any:
        def renamed(fd: int, a: str, b: str, flags: int) -> bool:
            done: bool = call(fd, a, b, flags)
            folder = os.fstat(fd).st_ino
            if done and flags == disk._EXCHANGE:
                self.ops.append(lambda on: _exchange(on.change(folder), a, b))
            elif done:
                self.ops.append(lambda on: _move(on.change(folder), a, b))
            return done

        return renamed

    def _link(self, call: Any) -> Any:
        def linked(old: Any, new: Any, **named: Any) -> None:
            call(old, new, **named)
            folder, name = _place(new, named.get("dst_dir_fd"))
            _, source = _place(old, named.get("src_dir_fd"))
            self.ops.append(lambda on: _same(on.change(folder), source, name))

        return linked

    def _unlink(self, call: Any) -> Any:
        def gone(path: Any, *, dir_fd: int | None = None) -> None:
            folder, name = _place(path, dir_fd)
            call(path, dir_fd=dir_fd)
            self.ops.append(lambda on: _drop(on.change(folder), name))

        return gone

    def _mkdir(self, call: Any) -> Any:
        def made(path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
            folder, name = _place(path, dir_fd)
            call(path, mode, dir_fd=dir_fd)
            ino = os.stat(path, dir_fd=dir_fd).st_ino
            kept = stat.S_IMODE(os.stat(path, dir_fd=dir_fd).st_mode)

            def make(on: Disk) -> None:
                on.versions[ino] = [{}]
                on.modes[ino] = kept
                on.change(folder)[name] = ino

            self.ops.append(make)

        return made


def _place(path: Any, dir_fd: int | None) -> tuple[int, str]:
    """The inode of the folder that holds a path, and its last part."""
    folder, _, name = os.fspath(path).rpartition("/")
    if folder:
        return os.stat(folder).st_ino, name
    return (os.fstat(dir_fd) if dir_fd is not None else os.stat(".")).st_ino, name


def _move(names: Names, old: str, new: str) -> None:
    names[new] = names.pop(old)


def _exchange(names: Names, one: str, other: str) -> None:
    names[one], names[other] = names[other], names[one]


def _same(names: Names, source: str, name: str) -> None:
    names[name] = names[source]


def _drop(names: Names, name: str) -> None:
    del names[name]


# ------------------------------------------------------------------- coming up again


def build(after: Disk, policy: str, seed: int, to: Path) -> None:
    """Write what the disk holds after the power went."""
    random_ = random.Random(seed)
    chosen = {
        folder: states[0]
        if policy == "strict"
        else states[-1]
        if policy == "names"
        else random_.choice(states)
        for folder, states in sorted(after.versions.items())
    }

    def write(ino: int, at: Path) -> None:
        if ino in chosen:
            at.mkdir(parents=True, exist_ok=True)
            for name, child in chosen[ino].items():
                write(child, at / name)
            at.chmod(after.modes[ino] | 0o700)
        else:
            data, mode = after.synced.get(ino, (b"", after.modes[ino]))
            if policy == "mixed" and ino not in after.synced:
                data = after.now[ino][: random_.randrange(len(after.now[ino]) + 1)]
            at.write_bytes(data)
            at.chmod(mode)

    write(after.root, to)


@dataclass(frozen=True)
class Run:
    """What was recorded of one job: the disk it started from, its calls, how it must end."""

    job: str
    start: Disk
    ops: tuple[Op, ...]
    done: kill_points.Seen

    def disk_after(self, count: int) -> Disk:
        state = copy.deepcopy(self.start)
        for op in self.ops[:count]:
            op(state)
        return state


def record(of: Stage, job: str, start: str, *, flush_at: float = 0) -> Run:
    folder = of.copy(start, of.base / f"recorded-{job}")
    if flush_at:
        in_child(kill_points.flush, folder, flush_at)
    before, recorder = snapshot(folder), Recorder()
    with recorder.recording():
        kill_points.JOBS[job](folder)
    return Run(job, before, tuple(recorder.ops), seen(folder))


def try_point(of: Stage, run: Run, count: int, policy: str, seed: int, folder: Path) -> str:
    """Build, recover, look; what is wrong, or ""."""
    build(run.disk_after(count), policy, seed, folder)
    if journals(folder).is_dir():
        for old in list(journals(folder).iterdir()):
            old.rename(journals(folder) / state_name(folder / "work"))
    in_child(kill_points.recover, folder, 0)
    state = seen(folder)
    if count == len(run.ops) and state != run.done:
        return "what was said to be done is gone"
    if state not in (of.before, of.after):
        return f"neither old nor new: {sorted(state)}"
    if kill_points.worktree(folder).journal.intents():
        return "an intent is left"
    if state == of.after:
        in_child(kill_points.undo, folder, 0)
    return "" if seen(folder) == of.before else "undo does not give back what was"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--on", type=Path, help="the folder, and so the file system, to work in")
    args = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory(prefix="power-loss-", dir=args.on) as made:
        of = stage(Path(made))
        half = of.calls["flush"] * 0.6
        runs = [
            record(of, "flush", "old"),
            record(of, "undo", "new"),
            record(of, "recover", "old", flush_at=int(half)),
        ]
        points = [
            (run, count, policy)
            for run in runs
            for count in range(len(run.ops) + 1)
            for policy in (*POLICIES, "mixed", "mixed")
        ]
        random_ = random.Random(args.seed)
        if args.sample:
            points = random_.sample(points, min(args.sample, len(points)))
        for run, count, policy in points:
            folder, seed = Path(made) / "up", random_.randrange(1 << 30)
            wrong = try_point(of, run, count, policy, seed, folder)
            if wrong:
                failures.append(f"{run.job} after {count} calls, {policy} {seed}: {wrong}")
            shutil.rmtree(folder)
    print(f"{len(points)} power losses, seed {args.seed}: {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
