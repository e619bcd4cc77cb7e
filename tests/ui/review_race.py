"""Another program writes in bursts while a reviewer presses random keys: nothing may be lost.

    python -m tests.ui.review_race [DECISIONS] [RUNS]

What the other program wrote last to a file is on disk afterwards, or what is on disk is made of it
by entries of the journal, one after the other, which hold every byte of before. Every discard whose
result nobody has touched can be taken back, exactly.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from textual.events import Key

from spark_tui.core.edits.model import blob_id
from spark_tui.core.events import TreeChanged
from spark_tui.core.tree import Tree
from spark_tui.core.tree_review.model import Scope
from spark_tui.services.worktree import open_worktree
from spark_tui.services.worktree.reviewed_tree import ReviewedTree
from spark_tui.ui.options import ShellOptions, TreeReviewSetup
from tests.services.worktree.random_trees import content, edited, git_state, make, snapshot
from tests.ui.scripted import FakeConductor, driven

DECISIONS = ("y", "d", "d", "d", "d", "d", "d", "d", "u", "u")
MOVES = ("j", "k", "J", "K", "x", "s", "space", "up", "down", "a", "A")
GONE = "gone"

Writes = dict[str, str]
"""Path → id of what the other program wrote there last, GONE where it removed it."""


class OtherProgram:
    """Writes as editors and agents do: in place, by renaming, new files, removed ones."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self.root = root
        self.rng = rng
        self.last: Writes = {}

    def burst(self) -> list[str]:
        touched = []
        for _ in range(self.rng.randint(1, 4)):
            paths = sorted(snapshot(self.root))
            path = self.rng.choice(paths) if paths else "made.txt"
            kind = self.rng.random()
            if kind < 0.1:
                path = f"made/{self.rng.randint(1, 6)}.txt"
            target = self.root / path
            if kind > 0.92:
                target.unlink(missing_ok=True)
                self.last[path] = GONE
                touched.append(path)
                continue
            try:
                before = target.read_bytes()
            except OSError:
                before = b""
            data = edited(before, self.rng) if before else content(self.rng)
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.rng.random() < 0.5:
                target.write_bytes(data)
            else:
                beside = target.with_name(f"{target.name}~")
                beside.write_bytes(data)
                beside.replace(target)
            self.last[path] = blob_id(data)
            touched.append(path)
        return touched


async def run(root: Path, state: Path, seed: int, decisions: int) -> tuple[int, int, int]:
    """One run: decisions, entries, bursts. Raises AssertionError where something was lost."""
    rng = random.Random(seed)
    make(root, seed)
    other = OtherProgram(root, random.Random(seed + 1))
    kept = git_state(root)
    made, bursts = 0, 0

    def source() -> ReviewedTree:
        return ReviewedTree(open_worktree(root, state), Scope())

    fake = FakeConductor()
    options = ShellOptions(reviewing=TreeReviewSetup(source))
    async with driven(fake, (100, 30), options) as drive:
        screen = drive.app.reviewing
        assert screen is not None
        await drive.until(lambda: screen.review.ready)
        writing: asyncio.Task[None] | None = None

        async def write() -> None:
            touched = await asyncio.to_thread(other.burst)
            if other.rng.random() < 0.8:  # else the reviewer is not told in time
                fake.push(TreeChanged(1, Tree("work", "main"), tuple(touched)))

        while made < decisions:
            if (not bursts or rng.random() < 0.15) and (writing is None or writing.done()):
                bursts += 1
                writing = asyncio.create_task(write())
            deciding = rng.random() < 0.7
            key = rng.choice(DECISIONS if deciding else MOVES)
            made += deciding
            screen.press(Key(key, " " if key == "space" else key if len(key) == 1 else None))
            if rng.random() < 0.7:
                await asyncio.sleep(rng.choice([0, 0.005, 0.03, 0.06]))
            if deciding and rng.random() < 0.7:
                await drive.until(lambda: not screen.review.busy)
        if writing is not None:
            await writing
        await drive.until(lambda: not screen.review.busy)
    judge(root, state, other.last)
    assert git_state(root) == kept
    return made, len(open_worktree(root, state).entries(10_000)), bursts


def judge(root: Path, state: Path, last: Writes) -> None:
    """Nothing is lost, and what nobody touched since can be taken back."""
    worktree = open_worktree(root, state)
    worktree.recover()
    records = worktree.journal.records()
    disk = {path: blob_id(data) for path, (data, _) in snapshot(root).items()}
    for path, wrote in last.items():
        now = disk.get(path, GONE)
        reached = {wrote}
        for record in records:
            for step in record.steps:
                if step.path == path and (step.before.sha or GONE) in reached:
                    reached.add(step.after.sha or GONE)
                    worktree.journal.blobs(record)
        assert now in reached, f"{path}: {wrote} was lost, {now} is there"
    for record in reversed(records):
        if record.undoes is not None or any(r.undoes == record.id for r in records):
            continue
        if any(snapshot_id(root, s.path) != (s.after.sha or GONE) for s in record.steps):
            continue
        worktree.undo(record.id)
        for step in record.steps:
            assert snapshot_id(root, step.path) == (step.before.sha or GONE), step.path
    worktree.close(commit=False)


def snapshot_id(root: Path, path: str) -> str:
    try:
        return blob_id((root / path).read_bytes())
    except FileNotFoundError:
        return GONE


def main(args: list[str]) -> None:
    decisions = int(args[0]) if args else 10_000
    runs = int(args[1]) if len(args) > 1 else 30
    each = -(-decisions // runs)
    totals = [0, 0, 0]
    for number in range(runs):
        began = time.monotonic()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
            home = Path(made)
            counts = asyncio.run(run(home / "work", home / "state", 1000 + number, each))
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        print(f"run {number + 1:3}  {counts[0]:5} decisions  {counts[1]:4} entries", end="")
        print(f"  {counts[2]:4} bursts  {time.monotonic() - began:6.1f} s", flush=True)
    print(f"{runs} runs, {totals[0]} decisions, {totals[1]} entries, {totals[2]} bursts: none lost")


if __name__ == "__main__":
    main(sys.argv[1:])
