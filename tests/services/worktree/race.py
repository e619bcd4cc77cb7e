"""An editor saves while we flush, both as fast as they can: does any save get lost?

    python tests/services/worktree/race.py --saves 2000 --style rename
    python tests/services/worktree/race.py --saves 2000 --style in-place
    python tests/services/worktree/race.py --saves 2000 --way no-leases
    python tests/services/worktree/race.py --saves 2000 --way commands    spark-tui apply, undo
    python tests/services/worktree/race.py --everything --saves 2000      each style, each way

The editor numbers its saves. Before the next one it looks: the file must hold its last save,
alone or with our line behind it. While a swap is taken back the file may briefly be older, so a
save counts as lost only when it does not come back within three seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import image_of
from spark_tui.core.errors import ConflictError, FileRefusedError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree, disk
from spark_tui.services.worktree.finalize import Settler, tidy
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.repo import Repository
from spark_tui.services.worktree.watch import OwnWrites
from spark_tui.services.worktree.writer import Written

BODY = b"a line of the user's file\n" * 200 + b"the end\n"
PATCH = """*** Begin Patch
*** Update File: file.txt
@@
 the end
+ours
*** End Patch
"""
STYLES = ("rename", "in-place")
WAYS = ("leases", "no-leases", "commands")


class Hasty(OwnWrites):
    """Reads at once, also what was saved this very moment."""

    def is_ours(self, path: str) -> bool:
        return True


class Unsettled(Settler):
    """No commits behind the flushes: they would only slow the race down."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._commits = False

    def submit(self, written: Written) -> None:
        if written.lingering:
            super().submit(written)
        else:
            tidy(self._journal, written)


def editor(path: Path, style: str, saves: int, seed: int, pipe: int) -> None:
    """Save `saves` times; report how many were made and lost."""
    random_ = random.Random(seed)
    lost = 0
    for number in range(1, saves + 1):
        content = b"save %d\n" % number + BODY
        if style == "rename":
            temp = path.with_name(".editor.swp")
            temp.write_bytes(content)
            temp.replace(path)
        else:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            half = len(content) // 2
            os.write(fd, content[:half])
            time.sleep(random_.uniform(0, 0.001))
            os.write(fd, content[half:])
            os.close(fd)
        time.sleep(random_.uniform(0.004, 0.012))
        lost += not _still_there(path, number)
    os.write(pipe, json.dumps([saves, lost]).encode())


def _still_there(path: Path, number: int) -> bool:
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        data = path.read_bytes() if path.exists() else b""
        if data.startswith(b"save %d\n" % number + BODY):
            return True
        time.sleep(0.002)
    return False


def race(
    folder: Path, style: str, saves: int, seed: int, way: str = "leases"
) -> tuple[int, int, int, int]:
    """(saves, lost, our writes, our conflicts)."""
    root = folder / "work"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    path = root / "file.txt"
    path.write_bytes(b"save 0\n" + BODY)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            editor(path, style, saves, seed, write)
        finally:
            os._exit(0)
    os.close(write)
    os.set_blocking(read, False)
    result = b""

    def over() -> bytes:
        nonlocal result
        with contextlib.suppress(BlockingIOError):
            result = os.read(read, 100)
        return result

    flushed, conflicts = (_commands if way == "commands" else _flushes)(folder, over, way)
    os.close(read)
    os.waitpid(pid, 0)
    done, lost = json.loads(result)
    left = [name for name in os.listdir(root) if name not in (".git", "file.txt")]
    if left:
        raise AssertionError(f"left over: {left}")
    return done, lost, flushed, conflicts


def _flushes(folder: Path, over: Callable[[], bytes], way: str) -> tuple[int, int]:
    """Write in this process, again and again until it is over."""
    root = folder / "work"
    tree = GitWorktree(Repository(root, root / ".git"), Journal(folder / "state" / "j", root))
    tree._own = Hasty(root)
    tree._settler = Unsettled(tree.journal)
    flushed = conflicts = 0
    no_leases = mock.patch.object(disk, "has_writer", return_value=None)
    with no_leases if way == "no-leases" else contextlib.nullcontext():
        while not over():
            try:
                image = tree.read("file.txt")
                if image.exists:
                    wanted = image_of("file.txt", image.data + b"ours %d\n" % flushed, image.mode)
                    tree.flush([Change(image, wanted)], EntryNote("race", "sim", 1))
                    flushed += 1
            except (ConflictError, FileRefusedError):
                conflicts += 1
        tree.close(commit=False)
    return flushed, conflicts


def _commands(folder: Path, over: Callable[[], bytes], _: str) -> tuple[int, int]:
    """Run `spark-tui apply` and `undo` one after the other until it is over."""
    (folder / "patch").write_text(PATCH)
    written = conflicts = 0
    while not over():
        for command in (["apply", "--from", "../patch"], ["undo"]):
            done = subprocess.run(
                [sys.executable, "-m", "spark_tui", *command],
                cwd=folder / "work",
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(folder),
                    "XDG_STATE_HOME": str(folder / "state"),
                    "PYTHONPATH": str(Path(__file__).parents[3]),
                },
                capture_output=True,
                check=False,
            )
            if done.returncode not in (0, 1) or b"Traceback" in done.stderr:
                raise AssertionError(done.stderr.decode())
            written += done.returncode == 0
            conflicts += done.returncode == 1
    return written, conflicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=2000)
    parser.add_argument("--style", choices=STYLES, default="in-place")
    parser.add_argument("--way", choices=WAYS, default="leases")
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--on", type=Path, help="the folder, and so the file system, to work in")
    args = parser.parse_args()
    pairs = [(args.style, args.way)]
    if args.everything:
        pairs = [(style, way) for way in WAYS for style in STYLES]
    all_lost = 0
    for style, way in pairs:
        with tempfile.TemporaryDirectory(prefix="race-", dir=args.on) as folder:
            done, lost, flushed, conflicts = race(Path(folder), style, args.saves, args.seed, way)
        all_lost += lost
        said = f"{done} saves, {lost} lost; {flushed} writes, {conflicts} conflicts"
        print(f"{said}; {style}, {way}, seed {args.seed}", flush=True)
    return 1 if all_lost else 0


if __name__ == "__main__":
    sys.exit(main())
