"""Random sessions: edits, saves of the user, undo and redo in any order lose no byte of theirs.

The user switches branches, stages, stashes and commits in between; nothing of that is ours to
change. `SPARK_TUI_SESSIONS=10000` runs so many sessions instead of a few.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from spark_tui.core.edits.entry import FileSides, with_taken
from spark_tui.core.edits.model import Change, FileImage
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.errors import ConflictError, JournalError
from spark_tui.core.journal import EntryNote
from spark_tui.services.worktree import GitWorktree
from spark_tui.services.worktree.finalize import Settler, tidy
from spark_tui.services.worktree.journal import Journal
from spark_tui.services.worktree.repo import Repository
from spark_tui.services.worktree.writer import Written

PATHS = ("a.txt", "dir/b.txt", "dir/sub/c.sh", "ignored.log")
contents = st.lists(
    st.sampled_from([b"one\n", b"two\r\n", b"caf\xe9\n", b"\n", b"last", b"x\ry\n"]), max_size=8
).map(b"".join)
modes = st.sampled_from([0o644, 0o755, 0o600, 0o640])
memory = Path("/dev/shm")


class Quiet(Settler):
    """Leaves everything in the journal's own files."""

    def submit(self, written: Written) -> None:
        tidy(self._journal, written)

    def submit_left_over(self) -> None: ...


class Session(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self.root = self.folder / "work"
        self.root.mkdir()
        self.model: dict[str, tuple[bytes, int]] = {}
        self.git("init", "-q", "-b", "main", "--template=")
        self.user_saves(".gitignore", b"*.log\n", 0o644)
        self.user_saves("a.txt", b"one\ntwo\n", 0o644)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "start")
        self.git("branch", "side")
        self.states: dict[int, tuple[dict[str, tuple[bytes, int]], ...]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def open(self) -> None:
        journal = Journal(self.folder / "state" / "j", self.root)
        self.tree = GitWorktree(Repository(self.root, self.root / ".git"), journal)
        self.tree._settler = Quiet(journal)
        self.tree.recover()

    @rule(path=st.sampled_from(PATHS), data=contents, mode=modes)
    def user_saves(self, path: str, data: bytes, mode: int) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.chmod(0o644)
        target.write_bytes(data)
        target.chmod(mode)
        self.model[path] = (data, mode)

    def git(self, *args: str) -> bool:
        """The user's git; whether it did it."""
        who = ("-c", "user.name=u", "-c", "user.email=u@localhost", "-c", "gc.auto=0")
        done = subprocess.run(["git", *who, *args], cwd=self.root, capture_output=True, check=False)
        return done.returncode == 0

    @rule(act=st.sampled_from(["switch", "stage", "commit", "stash", "unstash", "reset"]))
    def user_works_with_git(self, act: str) -> None:
        match act:
            case "switch":
                on_main = (self.root / ".git/HEAD").read_text().endswith("main\n")
                self.git("checkout", "-q", "side" if on_main else "main")
            case "stage":
                self.git("add", "-A")
            case "commit":
                self.git("add", "-A")
                self.git("commit", "-q", "-m", "more")
            case "stash":
                self.git("stash", "-q", "-u")
            case "unstash":
                self.git("stash", "pop", "-q")
            case _:
                self.git("reset", "-q", "--hard", "HEAD")
        self.model = self.on_disk()

    def git_files(self) -> dict[str, bytes]:
        """Everything git keeps: HEAD, index, refs, stash, objects."""
        return {
            str(path): path.read_bytes()
            for path in (self.root / ".git").rglob("*")
            if path.is_file()
        }

    @rule(path=st.sampled_from(PATHS))
    def user_deletes(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)
        self.model.pop(path, None)

    @rule(edits=st.dictionaries(st.sampled_from(PATHS), st.none() | contents, min_size=1))
    def edit(self, edits: dict[str, bytes | None]) -> None:
        changes, after = [], dict(self.model)
        for path, data in edits.items():
            before = self.image(path)
            if data is None:
                changes.append(Change(before, absent(path)))
                after.pop(path, None)
            else:
                mode = before.mode or 0o100644
                changes.append(Change(before, image_of(path, data, mode)))
                after[path] = (data, self.model.get(path, (b"", 0o644))[1])
        git = self.git_files()
        try:
            entry = self.tree.flush(changes, EntryNote("edit", "sim", 1))
        except JournalError:
            assert after == self.model, "refused, though there is something to write"
            return
        self.states[entry.id] = (dict(self.model), dict(after))
        self.model = after
        self.check()
        assert self.git_files() == git

    @rule(path=st.sampled_from(PATHS), data=contents)
    def edit_on_a_stale_image(self, path: str, data: bytes) -> None:
        before = self.image(path)
        self.user_saves(path, b"newer " + before.data, 0o644)
        change = Change(before, image_of(path, data + b"!", 0o100644))
        try:
            self.tree.flush([change], EntryNote("stale", "sim", 1))
        except ConflictError:
            pass
        else:
            raise AssertionError("written over a save")
        self.check()

    @precondition(lambda self: self.states)
    @rule(choice=st.integers(0, 30), redo=st.booleans())
    def take_back(self, choice: int, *, redo: bool) -> None:
        entries = self.tree.entries()
        standing = [e.id for e in entries if e.undone_by is None]
        number = standing[choice % len(standing)] if choice < 20 else None
        before, git = dict(self.model), self.git_files()
        try:
            back = self.tree.redo if redo and number is None else self.tree.undo
            done = back(number)
        except (ConflictError, JournalError):
            self.check()
            return
        assert self.git_files() == git
        was, became = self.states[done.undoes]
        partly = any(e.taken for e in entries if e.id == done.undoes)
        touched = {path for path in {*was, *became} if was.get(path) != became.get(path)}
        self.model = self.on_disk()
        for path in {*before, *self.model, *touched}:
            now = self.model.get(path)
            if path not in touched:
                assert now == before.get(path), "an untouched file changed"
            elif before.get(path) == became.get(path) and not partly:
                assert now == was.get(path), "not byte-exact"
        self.states[done.entry] = (before, dict(self.model))

    @precondition(lambda self: self.states)
    @rule(choice=st.integers(0, 30), which=st.integers(0, 5))
    def take_one_hunk_back(self, choice: int, which: int) -> None:
        standing = [e for e in self.tree.entries() if e.undone_by is None]
        entry = standing[choice % len(standing)]
        hunks = self.tree.view(entry.id).hunks
        if not hunks:
            return
        hunk = hunks[which % len(hunks)]
        before, git = dict(self.model), self.git_files()
        try:
            done = self.tree.undo(entry.id, [hunk.number])
        except (ConflictError, JournalError):
            self.check()
            return
        assert self.git_files() == git
        was, became = self.states[entry.id]
        self.model = self.on_disk()
        for path in {*before, *self.model} - set(hunk.paths):
            if done.hunks:
                assert self.model.get(path) == before.get(path), "an untouched file changed"
        if not entry.taken and all(before.get(p) == became.get(p) for p in hunk.paths):
            sides = [
                FileSides(p, was.get(p, (None, 0))[0], became.get(p, (None, 0))[0])
                for p in entry.files
            ]
            wanted = with_taken(sides, {h.number for h in hunks if h.number == hunk.number})
            if all(was.get(p, (0, 0))[1] == became.get(p, (0, 0))[1] for p in entry.files):
                for path in hunk.paths:
                    assert self.model.get(path, (None,))[0] == wanted[path][0], "not byte-exact"
        self.states[done.entry] = (before, dict(self.model))

    @rule()
    def restart(self) -> None:
        self.open()
        self.check()

    def image(self, path: str) -> FileImage:
        found = self.model.get(path)
        if found is None:
            return absent(path)
        return image_of(path, found[0], 0o100755 if found[1] & 0o100 else 0o100644)

    def on_disk(self) -> dict[str, tuple[bytes, int]]:
        return {
            str(path.relative_to(self.root)): (path.read_bytes(), path.stat().st_mode & 0o7777)
            for path in self.root.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }

    def check(self) -> None:
        assert self.on_disk() == self.model


Session.TestCase.settings = settings(
    max_examples=int(os.environ.get("SPARK_TUI_SESSIONS", "15")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestSession = Session.TestCase
