"""SIGKILL anywhere in a whole green loop and its undo: what is left is taken back byte for byte.

    python tests/services/worktree/green_points.py                 500 points
    python tests/services/worktree/green_points.py --sample 30     fewer

A loop is: an attempt that helps, one that makes it worse and is taken back, one more that helps,
then the undo of its group. After each kill a new process recovers; every file must then be as some
step of the loop left it. Then, at half of the points, somebody saves into one of the files. The
group is taken back: every byte of ours must be gone and every byte of theirs there, or nothing may
have changed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import JournalError, OverlapError
from spark_tui.core.journal import EntryNote
from tests.services.worktree.kill_points import (
    Seen,
    Stage,
    in_child,
    make,
    recover,
    seen,
    worktree,
)

POINTS = 500
MINE = b"a line of the person's\n"


def note(group: int, part: int) -> EntryNote:
    return EntryNote("make pytest pass", "simulated", part, group=group, part=part)


def attempt(folder: Path, part: int) -> None:
    """One attempt of the loop, over several files: changed, created, deleted, made executable."""
    tree = worktree(folder)
    group = min((e.group for e in tree.entries() if e.group), default=0)
    a, b, tool = (tree.read(path) for path in ("a.py", "lib/b.py", "lib/tool.sh"))
    changes = [
        Change(a, image_of("a.py", a.data.replace(b"one %d\r" % part, b"%d\r" % part), a.mode)),
        Change(b, image_of("lib/b.py", b.data + b"\xe9 %d\n" % part, b.mode)),
    ]
    if part == 1:
        changes.append(Change(tool, image_of("lib/tool.sh", tool.data, 0o100755)))
        changes.append(Change(absent("new/n.py"), image_of("new/n.py", b"n = 1\n" * 50)))
    if part == 3:
        changes.append(Change(tree.read("doc/gone.txt"), absent("doc/gone.txt")))
        n = tree.read("new/n.py")
        changes.append(Change(n, image_of("new/n.py", b"n = 3\n", n.mode)))
    tree.flush(changes, note(group, part))


def whole_loop(folder: Path) -> None:
    attempt(folder, 1)
    attempt(folder, 2)
    worktree(folder).undo(2)
    attempt(folder, 3)
    worktree(folder).undo_group(1)


def states(base: Path, of: Stage) -> list[Seen]:
    """The tree after each step of the loop, that of before the first among them."""
    folder = of.copy("old", base / "steps")
    found = [seen(folder)]
    for part in (1, 2, 3):
        attempt(folder, part)
        found.append(seen(folder))
        if part == 2:
            worktree(folder).undo(2)
    shutil.rmtree(folder)
    return found


def back(folder: Path) -> str:
    """Take what stands of the group back; "" where nothing stands, else what came of it."""
    tree = worktree(folder)
    group = next((e.group for e in tree.entries() if e.group), 0)
    try:
        tree.undo_group(group)
    except JournalError:
        return ""
    except OverlapError:
        return "refused"
    return "done"


def try_point(of: Stage, known: list[Seen], at: float, folder: Path, *, saves: bool) -> str:
    """Kill the loop there, recover, take it back; what is wrong, or ""."""
    of.copy("old", folder)
    in_child(whole_loop, folder, at)
    in_child(recover, folder, 0)
    state = seen(folder)
    if state not in known:
        return f"no step of the loop: {sorted(state)}"
    if saves:
        path = folder / "work" / "a.py"
        path.write_bytes(path.read_bytes() + MINE)
        state = seen(folder)
    came = back(folder)
    now = seen(folder)
    if came == "refused":
        return "" if now == state else "a refused undo changed something"
    wanted = dict(of.before)
    if saves:
        mode, data = wanted["a.py"]
        wanted["a.py"] = (mode, data + MINE)
    if now != wanted:
        wrong = {p for p in now.keys() | wanted.keys() if now.get(p) != wanted.get(p)}
        return f"not as it was: {sorted(wrong)}"
    left = [p.name for p in worktree(folder).journal.folder.rglob("*.intent")]
    return f"left over: {left}" if left else ""


def points(calls: int, many: int, seed: int) -> Iterator[tuple[float, bool]]:
    """Before and inside calls of the loop, with a save behind it and without."""
    every = [(at / 2, saves) for at in range(2, 2 * calls + 2) for saves in (False, True)]
    return iter(random.Random(seed).sample(every, min(many, len(every))))


def by_fork(base: Path, many: int, seed: int) -> tuple[int, list[str]]:
    make(base / "old")
    of = Stage(base, seen(base / "old"), {}, {})
    known = states(base, of)
    folder = of.copy("old", base / "probe")
    _, calls = in_child(whole_loop, folder, 0)
    assert seen(folder) == of.before
    shutil.rmtree(folder)
    failures: list[str] = []
    done = 0
    for number, (at, saves) in enumerate(points(calls, many, seed)):
        folder = base / f"point{number}"
        wrong = try_point(of, known, at, folder, saves=saves)
        if wrong:
            failures.append(f"at {at} of {calls}: {wrong}")
        shutil.rmtree(folder)
        done += 1
    return done, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=POINTS)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--on", type=Path, help="the folder, and so the file system, to work in")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="green-points-", dir=args.on) as base:
        count, failures = by_fork(Path(base), args.sample, args.seed)
    print(f"{count} kill points of a loop, seed {args.seed}: {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
