"""An editor saves while we flush, both as fast as they can: does any save get lost?

    python tests/services/worktree/race.py --saves 2000 --style rename
    python tests/services/worktree/race.py --saves 2000 --style in-place

The editor numbers its saves. Before the next one it looks: the file must hold its last save,
alone or with our line behind it. While a swap is taken back the file may briefly be older, so a
save counts as lost only when it does not come back within three seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import image_of
from spark_tui.core.errors import ConflictError, FileRefusedError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.repo import Repository
from spark_tui.services.worktree.settle import Settler, tidy
from spark_tui.services.worktree.watch import OwnWrites
from spark_tui.services.worktree.writer import Written

BODY = b"a line of the user's file\n" * 200


class Hasty(OwnWrites):
    """Reads at once, also what was saved this very moment."""

    def is_ours(self, path: str) -> bool:
        return True


class Unsettled(Settler):
    """No commits behind the flushes: they would only slow the race down."""

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


def race(folder: Path, style: str, saves: int, seed: int) -> tuple[int, int, int, int]:
    """(saves, lost, our flushes, our conflicts)."""
    root = folder / "work"
    (root / ".git").mkdir(parents=True)
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
    tree = GitWorktree(Repository(root, root / ".git"), Journal(folder / "state" / "j", root))
    tree._own = Hasty(root)
    tree._settler = Unsettled(tree.journal)
    flushed = conflicts = 0
    result = b""
    while not result:
        try:
            image = tree.read("file.txt")
            if image.exists:
                wanted = image_of("file.txt", image.data + b"ours %d\n" % flushed, image.mode)
                tree.flush([Change(image, wanted)], EntryNote("race", "sim", 1))
                flushed += 1
        except (ConflictError, FileRefusedError):
            conflicts += 1
        try:
            result = os.read(read, 100)
        except BlockingIOError:
            continue
    os.close(read)
    os.waitpid(pid, 0)
    tree.close()
    done, lost = json.loads(result)
    left = [name for name in os.listdir(root) if name not in (".git", "file.txt")]
    if left:
        raise AssertionError(f"left over: {left}")
    return done, lost, flushed, conflicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=2000)
    parser.add_argument("--style", choices=("rename", "in-place"), default="in-place")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--on", type=Path, help="the folder, and so the file system, to work in")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="race-", dir=args.on) as folder:
        done, lost, flushed, conflicts = race(Path(folder), args.style, args.saves, args.seed)
    print(f"{done} saves, {lost} lost; {flushed} flushes, {conflicts} conflicts, seed {args.seed}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
