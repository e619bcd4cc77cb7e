"""Decision to durable on disk, and undo: p50 and p95 in ms for 1 to 5 files.

    python tests/bench/bench_apply.py [--rounds 60] [--on DIR] [--json] [--quick]

In repositories of 50 and of 50,000 tracked files (`--quick`: of 50 alone), as the session does it:
in a thread, while the loop goes on. `blocked` is the longest time the loop did not run meanwhile.
Pre-images are prepared before the clock starts, as they are while an answer streams. Between two
rounds the entry before is settled and a person reads for PAUSE seconds (`settled`), or nothing is
waited for (`rushed`).
`fsync` is what one fsync of a new 8 kB file costs on the same disk at the same time.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import with_lines
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.repo import Repository

GOAL_P50_MS, GOAL_P95_MS, GOAL_BLOCKED_MS = 10.0, 25.0, 16.0


def quantile(samples: list[float], share: float) -> float:
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - started) / 1e6


def fsync_ms(folder: Path) -> float:
    samples = []
    for number in range(20):
        with (folder / f"probe{number}").open("wb") as file:
            file.write(b"x" * 8192)
            file.flush()
            samples.append(timed(functools.partial(os.fsync, file.fileno())))
    return quantile(samples, 0.5)


def repository(root: Path, files: int) -> None:
    """A git repository of so many committed files."""
    for number in range(files):
        path = root / f"pkg{number % 97}" / f"sub{number % 11}" / f"module{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"number = {number}\n")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=root, check=True)


class Loop:
    """Runs calls in threads of a running loop and notes how long the loop stood still."""

    def __init__(self) -> None:
        self.blocked = 0.0

    def timed(self, call: Callable[[], object]) -> float:
        """Milliseconds from here to the end of the call."""
        return asyncio.run(self._timed(call))

    async def _timed(self, call: Callable[[], object]) -> float:
        ticker = asyncio.create_task(self._tick())
        await asyncio.sleep(0.005)
        started = time.perf_counter_ns()
        await asyncio.to_thread(call)
        took = (time.perf_counter_ns() - started) / 1e6
        ticker.cancel()
        return took

    async def _tick(self) -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.blocked = max(self.blocked, (now - before - 0.001) * 1e3)
            before = now


def measure(
    folder: Path, root: Path, files: int, rounds: int, *, settle: bool, pause: float
) -> dict[str, float]:
    loop = Loop()
    paths = [f"{folder.name}{number % 3}/file{number}.py" for number in range(files)]
    for path in paths:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("".join(f"line {number}\n" for number in range(300)))
    tree = GitWorktree(Repository(root, root / ".git"), Journal(folder / "state" / "j", root))
    tree.recover()
    flushes, undos = [], []
    note = EntryNote("bench", "none", 1)
    for number in range(rounds):
        images = [tree.read(path) for path in paths]
        for image in images:
            tree.prepare(image)
        line = f"round {number}\n"
        changes = [Change(i, with_lines(i, (*i.lines[:9], line, *i.lines[10:]))) for i in images]
        flushes.append(loop.timed(functools.partial(tree.flush, changes, note)))
        if settle:
            tree.close()
            time.sleep(pause)
        if number % 3 == 2:
            undos.append(loop.timed(tree.undo))
            if settle:
                tree.close()
                time.sleep(pause)
    tree.close()
    return {
        "flush_p50": quantile(flushes, 0.5),
        "flush_p95": quantile(flushes, 0.95),
        "undo_p50": quantile(undos, 0.5),
        "undo_p95": quantile(undos, 0.95),
        "blocked": loop.blocked,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--on", type=Path, help="the folder, and so the disk, to work on")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-apply-", dir=args.on) as folder:
        for size in (50,) if args.quick else (50, 50_000):
            root = Path(folder) / f"repository{size}"
            root.mkdir()
            repository(root, size)
            for files, settle in ((1, True), (1, False), (3, True), (5, True), (5, False)):
                kind = "settled" if settle else "rushed"
                name = f"{files} of {size:,} files, {kind}"
                place = Path(folder) / f"{size}-{files}-{kind}"
                place.mkdir()
                results[name] = measure(
                    place, root, files, args.rounds, settle=settle, pause=args.pause
                )
                results[name]["fsync"] = fsync_ms(place)
    if args.json:
        print(json.dumps(results, indent=1))
    for name, row in results.items() if not args.json else ():
        print(f"{name:26}", "  ".join(f"{key} {value:6.1f}" for key, value in row.items()), "ms")
    worst50 = max(max(row["flush_p50"], row["undo_p50"]) for row in results.values())
    worst95 = max(max(row["flush_p95"], row["undo_p95"]) for row in results.values())
    blocked = max(row["blocked"] for row in results.values())
    good = worst50 <= GOAL_P50_MS and worst95 <= GOAL_P95_MS and blocked <= GOAL_BLOCKED_MS
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
