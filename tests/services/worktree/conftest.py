"""A real repository in a temporary folder, and a journal beside it."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_tui.core.edits.model import Change, FileImage
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.journal import Entry, EntryNote
from spark_tui.services.worktree import GitWorktree, open_worktree

NOTE = EntryNote("cap it at 8 seconds", "simulated", 1, ("1/1/1 net/retry.py",))


class Rig:
    """The user's side (`git`, `save`, `seen`) and ours (`tree`, `put`) of one worktree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "work"
        self.state = folder / "state"
        self.home = folder / "home"
        self._open: list[GitWorktree] = []

    def init(self) -> None:
        self.home.mkdir()
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "u@example.com")
        self.git("config", "user.name", "User")

    def git(self, *args: str, cwd: Path | None = None, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=cwd or self.root,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace")

    def save(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """What an editor does: write in place. The save is old enough to be read at once."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.chmod(mode)
        os.utime(target, (1_700_000_000, 1_700_000_000))

    def commit_all(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "as it was")

    def tree(self) -> GitWorktree:
        opened = open_worktree(self.root, self.state)
        self._open.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._open:
            opened.close()

    def put(
        self, tree: GitWorktree, files: dict[str, bytes | None], note: EntryNote = NOTE
    ) -> Entry:
        """Flush these contents over what is there; None deletes."""
        return tree.flush([change(tree.read(path), data) for path, data in files.items()], note)

    def seen(self, *, git: bool = False) -> dict[str, tuple[int, bytes]]:
        """Every file and link below the root with mode and bytes; with `git`, .git too.

        What still happens behind a flush is waited for.
        """
        self.close()
        found = {}
        for place, folders, names in os.walk(self.root):
            if not git and ".git" in folders:
                folders.remove(".git")
            for name in [*names, *(f for f in folders if not os.listdir(os.path.join(place, f)))]:
                path = Path(place) / name
                status = path.lstat()
                data = b""
                if stat.S_ISREG(status.st_mode):
                    data = path.read_bytes()
                elif stat.S_ISLNK(status.st_mode):
                    data = os.fsencode(os.readlink(path))
                found[str(path.relative_to(self.root))] = (status.st_mode, data)
        return found


def change(before: FileImage, data: bytes | None, mode: int = 0) -> Change:
    """The change of `before` to these bytes; its mode stays unless one is given."""
    if data is None:
        return Change(before, absent(before.path))
    return Change(before, image_of(before.path, data, mode or before.mode or 0o100644))


@pytest.fixture
def rig() -> Iterator[Rig]:
    # In memory where there is such a place: every test waits for many fsyncs.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        made = Rig(Path(folder).resolve())
        made.init()
        yield made
        made.close()
