"""SIGKILL at each system call of `spark-tui apply`, `undo` and `recover` that changes a file.

    python tests/services/worktree/kill_commands.py                 every point
    python tests/services/worktree/kill_commands.py --sample 60     a random part of them

The programs run as a shell starts them, under strace, and `spark-tui recover` runs after each
kill. The tree must then be entirely as before or entirely as after (see `kill_points`).
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.services.worktree.kill_points import SYSTEM_CALLS, Stage, make, seen, worktree

PATCH = """\
--- a/a.py
+++ b/a.py
@@ -7,1 +7,1 @@
-one 3
+three
--- a/lib/b.py
+++ b/lib/b.py
@@ -9,1 +9,2 @@
 café 8
+café 8 and a half
--- a/doc/gone.txt
+++ /dev/null
@@ -1,10 +0,0 @@
BYES--- /dev/null
+++ b/new/deep/n.py
@@ -0,0 +1,1 @@
+n = 1
diff --git a/lib/tool.sh b/lib/tool.sh
old mode 100644
new mode 100755
""".replace("BYES", "-bye\n" * 10)
"""What `spark-tui apply` is given: five files changed, created, deleted, made executable."""


ARGUMENTS = {"apply": ["apply", "--from", "../patch"], "undo": ["undo"], "recover": ["recover"]}


STARTS = (("apply", "old"), ("undo", "new"), ("recover", "half"), ("recover", "marked"))


def by_command(
    base: Path, sample: int, seed: int, limit: int, only: str = ""
) -> tuple[int, list[str]]:
    """Kill `spark-tui apply`, `undo` and `recover` at the n-th of each changing system call."""
    make(base / "old")
    (base / "old" / "patch").write_text(PATCH, encoding="utf-8")
    of = Stage(base, seen(base / "old"), {}, {})
    folder = of.copy("old", base / "new")
    spark_tui("apply", folder)
    of = Stage(base, of.before, seen(folder), {})
    assert of.after != of.before
    # What `recover` finds: an apply that was killed in its swaps, and one behind its mark.
    if only in ("", "recover"):
        spark_tui("apply", of.copy("old", base / "half"), inject=("renameat2", 3))
        spark_tui("apply", of.copy("old", base / "marked"), inject=("unlinkat", 2))
    points = [
        (command, start, call, number)
        for command, start in STARTS
        if only in ("", command)
        for call, count in _calls_of(of, command, start).items()
        for number in range(1, min(count, limit) + 1)
    ]
    if sample:
        points = random.Random(seed).sample(points, min(sample, len(points)))
    failures, done = [], 0
    for command, start, call, number in points:
        folder = of.copy(start, base / "here")
        done += spark_tui(command, folder, inject=(call, number))
        wrong = _wrong_after(of, folder, undone=number % 4 == 0)
        if wrong:
            failures.append(f"{command} from {start} at {call} {number}: {wrong}")
        shutil.rmtree(folder)
    return done, failures


def _calls_of(of: Stage, command: str, start: str) -> dict[str, int]:
    """How often one process or thread of the command makes each changing system call."""
    folder = of.copy(start, of.base / "here")
    spark_tui(command, folder, log=of.base / "calls")
    counts: dict[tuple[str, str], int] = {}
    for line in (of.base / "calls").read_text(errors="replace").split("\n"):
        task, _, rest = line.partition(" ")
        name = rest.strip().partition("(")[0]
        if name in SYSTEM_CALLS.split(","):
            counts[task, name] = counts.get((task, name), 0) + 1
    shutil.rmtree(folder)
    most: dict[str, int] = {}
    for (_, name), count in counts.items():
        most[name] = max(most.get(name, 0), count)
    return most


def _wrong_after(of: Stage, folder: Path, *, undone: bool) -> str:
    spark_tui("recover", folder)
    if seen(folder) not in (of.before, of.after):
        return f"mixed: {sorted(seen(folder))}"
    journal = worktree(folder).journal
    left = [p.name for p in journal.folder.rglob("*") if p.name.endswith((".tmp", ".intent"))]
    if left or any(journal.folder.glob("merge-*")):
        return f"left over: {left}"
    if not undone or seen(folder) == of.before:
        return ""
    spark_tui("undo", folder)
    return "" if seen(folder) == of.before else "undo does not give back what was"


def spark_tui(
    command: str, folder: Path, *, inject: tuple[str, int] | None = None, log: Path | None = None
) -> bool:
    """Run a command in the worktree, killed at the n-th system call; whether it was killed."""
    traced: tuple[str, ...] = ()
    if inject is not None:
        traced = (
            *("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={inject[0]}"),
            *("-e", f"inject={inject[0]}:signal=KILL:when={inject[1]}"),
        )
    elif log is not None:
        traced = ("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={SYSTEM_CALLS}")
    done = subprocess.run(
        [*traced, sys.executable, "-m", "spark_tui", *ARGUMENTS[command]],
        cwd=folder / "work",
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        check=False,
    )
    if done.returncode != 0 and not inject:
        raise AssertionError(f"{command}: {done.stderr.decode()}")
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=sorted(ARGUMENTS), default="", help="this command")
    parser.add_argument("--limit", type=int, default=200, help="of one system call")
    parser.add_argument("--on", type=Path, help="the folder, and so the file system, to work in")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-commands-", dir=args.on) as base:
        count, failures = by_command(Path(base), args.sample, args.seed, args.limit, args.only)
    print(f"{count} kill points, seed {args.seed}: {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
