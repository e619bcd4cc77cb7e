"""A review of 5,000 changed files with 40,000 hunks: `python -m tests.bench review [FILES …]`.

Growth is shown over several sizes. The screen runs without a terminal; a key's time is from its
arrival until the rows it changes are made and handed on. Its CPU time says what it costs where
others use the machine too.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from textual.events import Key

from spark_tui.core.tree_review.model import Scope
from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.reviewed_tree import ReviewedTree
from spark_tui.ui.app import SparkApp
from spark_tui.ui.options import ShellOptions, TreeReviewSetup
from tests.services.worktree.random_trees import git
from tests.ui.scripted import FakeConductor

HUNKS = 8
KEYS = 200


def make(root: Path, files: int) -> None:
    """Files of 160 lines in which every twentieth differs."""
    root.mkdir(parents=True)
    git(root, "init", "-q")
    lines = [f"def function_{n}(value): return value + {n}\n" for n in range(20 * HUNKS)]
    for number in range(files):
        path = root / f"package_{number % 50}" / f"module_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(lines) + f"# {number}\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    changed = [
        text.replace("value +", "value *") if n % 20 == 10 else text for n, text in enumerate(lines)
    ]
    for number in range(files):
        path = root / f"package_{number % 50}" / f"module_{number}.py"
        path.write_text("".join(changed) + f"# {number}\n")


def memory() -> float:
    """MB in use now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


async def measured(root: Path, state: Path) -> None:
    """One size, on a fresh screen."""
    setup = TreeReviewSetup(lambda: ReviewedTree(open_worktree(root, state), Scope()))
    app = SparkApp(FakeConductor, ShellOptions(reviewing=setup))
    async with app.run_test(size=(120, 36)):
        screen = app.reviewing
        assert screen is not None
        begun, at_start = time.perf_counter(), memory()
        while screen.view.block is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.001)
        first = time.perf_counter() - begun
        slow: list[float] = []
        while not screen.review.ready or screen.review.unread:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            slow.append(time.perf_counter() - before - 0.005)
        whole = time.perf_counter() - begun
        held = memory() - at_start
        review = screen.review
        said = [
            f"{len(review.files):6,} files  {review.hunks:7,} hunks",
            f"first hunk {first * 1e3:5.0f} ms  all read {whole:6.2f} s",
            f"loop held up p95 {quantiles(slow, n=20)[-1] * 1e3:5.1f} ms  memory +{held:4.0f} MB",
        ]
        print("  ".join(said), flush=True)
        for name in ("j", "y", "J", "K", "space", "x"):
            await pressed(app, name)
        print(f"{'':35} after the keys: memory +{memory() - at_start:5.0f} MB")


async def pressed(app: SparkApp, name: str) -> None:
    """How long a key takes, and when what it leads to is there."""
    screen = app.reviewing
    assert screen is not None
    own: list[float] = []
    cost: list[float] = []
    there: list[float] = []
    for _ in range(KEYS):
        was = screen.view.block
        event = Key(name, " " if name == "space" else name)
        began, cpu = time.perf_counter(), time.thread_time()
        screen.press(event)
        own.append(time.perf_counter() - began)
        cost.append(time.thread_time() - cpu)
        while name in "jyJK" and screen.view.block is was:
            if time.perf_counter() - began > 1:
                break
            await asyncio.sleep(0)
        there.append(time.perf_counter() - began)
        await asyncio.sleep(0.001)
    p95 = quantiles(own, n=20)[-1] * 1e3, quantiles(there, n=20)[-1] * 1e3
    print(f"{'':6} {name:6} p50 {median(own) * 1e3:5.1f} ms  p95 {p95[0]:5.1f} ms", end="")
    print(
        f"   CPU p50 {median(cost) * 1e3:5.1f}  p95 {quantiles(cost, n=20)[-1] * 1e3:5.1f} ms",
        end="",
    )
    print(f"   at the next hunk p50 {median(there) * 1e3:5.1f} ms  p95 {p95[1]:5.1f} ms")


def main(sizes: list[int]) -> None:
    """Each size in an interpreter of its own: memory is not shared between them."""
    if len(sizes) > 1:
        for size in sizes:
            subprocess.run([sys.executable, __file__, str(size)], check=True)
        return
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        make(home / "work", sizes[0])
        asyncio.run(measured(home / "work", home / "state"))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [500, 1_500, 5_000])
