"""SIGKILL in front of, inside and behind every call that changes a file, then recover and look.

    python tests/services/worktree/kill_points.py                 every point, by fork
    python tests/services/worktree/kill_points.py --sample 60     a random part of them
    python tests/services/worktree/kill_points.py --strace        at the system calls themselves

After each kill a new process recovers. The tree must then be entirely as before or entirely as
after (bytes, modes, no file of ours, no folder too many), and the journal must still work: what
is on disk can be undone, and written again. Points of `recover` kill a flush half-way first, then
the recovery at each of its own calls.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree, disk
from spark_tui.services.worktree.filing import state_name
from spark_tui.services.worktree.finalize import Settler, tidy
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.repo import Repository
from spark_tui.services.worktree.writer import Written

NOTE = EntryNote("five files", "simulated", 1)
OLD = {
    "a.py": (b"".join(b"one %d\r\ntwo\r\n" % number for number in range(400)), 0o640),
    "lib/b.py": (b"".join(b"caf\xe9 %d\n" % number for number in range(300)), 0o600),
    "lib/tool.sh": (b"echo\n", 0o644),
    "doc/gone.txt": (b"bye\n" * 10, 0o640),
    "other.txt": (b"not touched\n", 0o664),
}
_WHOLE = ("fsync", "rename", "link", "unlink", "mkdir", "rmdir", "fchmod", "setxattr")
SYSTEM_CALLS = (
    "write,fsync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fchmod"
)

Seen = dict[str, tuple[int, bytes]]


@dataclass(frozen=True)
class Point:
    """One kill: at the `at`-th changing call of `job` (halves are half-way through it).

    For `recover`, `flush_at` is where the flush before it was killed.
    """

    job: str
    at: float
    flush_at: float = 0.0


class Killer:
    """Counts changing calls in this process and ends it at the chosen one."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.count = 0

    def arm(self) -> None:
        for name in _WHOLE:
            setattr(os, name, self._whole(getattr(os, name)))
        disk._renameat2 = self._whole(disk._renameat2)
        disk.sync_all = one_by_one
        os_open, os_write = os.open, os.write

        def opened(path: Any, flags: int, *args: Any, **named: Any) -> int:
            if flags & os.O_CREAT:
                self._step()
            return os_open(path, flags, *args, **named)

        def written(fd: int, data: bytes) -> int:
            self._step()
            if self.at == self.count + 0.5:
                os_write(fd, bytes(data)[: len(data) // 2])
                die()
            return os_write(fd, data)

        os.open = opened
        os.write = written  # type: ignore[assignment]

    def _whole(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            self._step()
            result = call(*args, **named)
            if self.at == self.count + 0.5:
                die()
            return result

        return counted

    def _step(self) -> None:
        self.count += 1
        if self.count == self.at:
            die()


def one_by_one(fds: Sequence[int]) -> None:
    for fd in fds:
        disk.sync(fd)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


class Tidying(Settler):
    """Does in this thread what the settling thread does first, and nothing of the rest."""

    def submit(self, written: Written) -> None:
        tidy(self._journal, written)

    def submit_left_over(self) -> None: ...


def journals(folder: Path) -> Path:
    return folder / "state" / "spark-tui" / "journals"


def worktree(folder: Path) -> GitWorktree:
    root = folder / "work"
    tree = GitWorktree(
        Repository(root, root / ".git"),
        Journal(journals(folder) / state_name(root), root),
    )
    tree._settler = Tidying(tree.journal)
    return tree


def flush(folder: Path) -> None:
    tree = worktree(folder)
    a, b, tool = (tree.read(path) for path in ("a.py", "lib/b.py", "lib/tool.sh"))
    tree.flush(
        [
            Change(a, image_of("a.py", a.data.replace(b"two", b"2"), a.mode)),
            Change(b, image_of("lib/b.py", b.data + b"\xe9", b.mode)),
            Change(tool, image_of("lib/tool.sh", tool.data, 0o100755)),
            Change(tree.read("doc/gone.txt"), absent("doc/gone.txt")),
            Change(absent("new/deep/n.py"), image_of("new/deep/n.py", b"n = 1\n" * 50)),
        ],
        NOTE,
    )


def undo(folder: Path) -> None:
    worktree(folder).undo()


def recover(folder: Path) -> None:
    worktree(folder).recover()


JOBS: dict[str, Callable[[Path], None]] = {"flush": flush, "undo": undo, "recover": recover}


def seen(folder: Path) -> Seen:
    """Every file and every empty folder below the root, .git left out."""
    root = folder / "work"
    found: Seen = {}
    for place, folders, names in os.walk(root):
        if ".git" in folders:
            folders.remove(".git")
        relative = os.path.relpath(place, root)
        if not folders and not names:
            found[relative + "/"] = (0, b"")
        for name in names:
            path = Path(place) / name
            found[os.path.normpath(f"{relative}/{name}")] = (
                path.stat().st_mode & 0o7777,
                path.read_bytes(),
            )
    return found


def make(folder: Path) -> None:
    root = folder / "work"
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "--template=", str(root)], check=True)
    for path, (data, mode) in OLD.items():
        target = root / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        target.chmod(mode)
        os.utime(target, (1_700_000_000, 1_700_000_000))


def in_child(job: Callable[[Path], None], folder: Path, at: float) -> tuple[bool, int]:
    """Run `job` in a forked child killed at `at`; whether it was killed, and the calls it made."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            send = os.write
            killer = Killer(at)
            killer.arm()
            job(folder)
            send(write, str(killer.count).encode())
            status = 0
        except BaseException:  # noqa: BLE001  (shown here: the child leaves without unwinding)
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        count = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True, 0
    if os.WEXITSTATUS(status) != 0:
        raise AssertionError(f"{job.__name__} failed in {folder}")
    return False, int(count)


@dataclass(frozen=True)
class Stage:
    """The states all points start from and may end in."""

    base: Path
    before: Seen
    after: Seen
    calls: dict[str, int]

    def copy(self, name: str, to: Path) -> Path:
        # The journal's folder is named by the path of the root: the copy needs its own name.
        shutil.copytree(self.base / name, to, symlinks=True)
        if journals(to).is_dir():
            (old,) = journals(to).iterdir()
            old.rename(journals(to) / state_name(to / "work"))
        return to


def stage(base: Path) -> Stage:
    make(base / "old")
    made = Stage(base, seen(base / "old"), {}, {})
    folder = made.copy("old", base / "new")
    _, flush_calls = in_child(flush, folder, 0)
    after = seen(folder)
    assert after != made.before
    probe = made.copy("new", base / "probe")
    _, undo_calls = in_child(undo, probe, 0)
    assert seen(probe) == made.before
    return Stage(base, made.before, after, {"flush": flush_calls, "undo": undo_calls})


def points(of: Stage) -> Iterator[Point]:
    for job in ("flush", "undo"):
        for number in range(1, of.calls[job] + 1):
            yield Point(job, number)
            yield Point(job, number + 0.5)
    step = max(1, of.calls["flush"] // 12)
    for flush_at in range(step, of.calls["flush"] + 1, step):
        for number in range(1, 26):
            yield Point("recover", number, flush_at)
            yield Point("recover", number + 0.5, flush_at)


def try_point(of: Stage, point: Point, folder: Path) -> str:
    """Kill there, recover, look; what is wrong, or ""."""
    of.copy("new" if point.job == "undo" else "old", folder)
    if point.job == "recover":
        in_child(flush, folder, point.flush_at)
    in_child(JOBS[point.job], folder, point.at)
    in_child(recover, folder, 0)
    state = seen(folder)
    if state not in (of.before, of.after):
        wrong = {
            path
            for path in state.keys() | of.before.keys()
            if state.get(path) not in (of.before.get(path), of.after.get(path))
        }
        return f"mixed: {sorted(state)}, neither old nor new: {sorted(wrong)}"
    if worktree(folder).journal.intents():
        return "an intent is left"
    if state == of.after:
        in_child(undo, folder, 0)
    if seen(folder) != of.before:
        return "undo does not give back what was"
    in_child(flush, folder, 0)
    return "" if seen(folder) == of.after else "the next flush does not write"


def by_fork(base: Path, sample: int, seed: int) -> tuple[int, list[str]]:
    of = stage(base)
    chosen = list(points(of))
    if sample:
        chosen = random.Random(seed).sample(chosen, min(sample, len(chosen)))
    failures = []
    for number, point in enumerate(chosen):
        folder = base / f"point{number}"
        wrong = try_point(of, point, folder)
        if wrong:
            failures.append(f"{point}: {wrong}")
        shutil.rmtree(folder)
    return len(chosen), failures


def by_strace(base: Path, limit: int) -> tuple[int, list[str]]:
    """Kill at the n-th of each system call of whole processes, interpreter start included."""
    of = stage(base)
    failures, done = [], 0
    for job in ("flush", "undo"):
        for call in SYSTEM_CALLS.split(","):
            for number in range(1, limit):
                folder = of.copy("new" if job == "undo" else "old", base / "traced")
                killed = _traced(job, folder, call, number)
                in_child(recover, folder, 0)
                state = seen(folder)
                if state not in (of.before, of.after):
                    failures.append(f"{job} killed at {call} {number}: {sorted(state)}")
                shutil.rmtree(folder)
                if not killed:
                    break
                done += 1
    return done, failures


def _traced(job: str, folder: Path, call: str, number: int) -> bool:
    process = subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"),
            *("-e", f"inject={call}:signal=KILL:when={number}"),
            *(sys.executable, __file__, "--job", job, "--folder", str(folder)),
        ],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    if process.returncode not in (0, -signal.SIGKILL, 128 + signal.SIGKILL):
        raise AssertionError(process.stderr.decode())
    return process.returncode != 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=0, help="so many points, by chance")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--strace", action="store_true")
    parser.add_argument("--limit", type=int, default=200, help="of one system call, with --strace")
    parser.add_argument("--on", type=Path, help="the folder, and so the file system, to work in")
    parser.add_argument("--job", choices=sorted(JOBS))
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    if args.job:
        JOBS[args.job](args.folder)
        return 0
    with tempfile.TemporaryDirectory(prefix="kill-points-", dir=args.on) as base:
        if args.strace:
            count, failures = by_strace(Path(base), args.limit)
        else:
            count, failures = by_fork(Path(base), args.sample, args.seed)
    print(f"{count} kill points, seed {args.seed}: {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
